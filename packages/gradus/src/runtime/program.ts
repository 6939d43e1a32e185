/**
 * A program is a list of kernel calls as plain words in a backend's heap: the drivers of all threads walk the same
 * image, in WebAssembly's host and in C. Word = 8 bytes.
 *
 *   CALL     kernel, args, units, from, to, total   a thread's share of [0, total) cuts [from, to) into units
 *   BARRIER                                          all threads meet
 *   LOOP     count                                   the words up to END run count times, t = 0 .. count-1
 *   REVERSE  count                                   the same with t = count-1 .. 0
 *   END
 *   GUARD    address                                 stop when the u32 there is 0
 *   STOP
 *
 * `total` 0 marks a call that thread 0 runs whole. Calls between two barriers are independent of each other.
 */
export const WORDS = {
  STOP: 0, CALL: 1, BARRIER: 2, LOOP: 3, REVERSE: 4, END: 5, GUARD: 6,
} as const;
/** Words that each instruction takes, itself included. */
export const LENGTH = [1, 7, 1, 2, 2, 1, 2] as const;

/** A program placed in memory, ready to run. */
export interface ProgramImage {
  /** Byte offset of its first word. */
  readonly offset: number;
  /** False when no call is shared between threads: workers need not wake. */
  readonly parallel: boolean;
  /** Numbers of the kernels it calls (a queueing backend waits for these). */
  readonly kernels: readonly number[];
}

/** Splits an integer into the low and high halves of a 64-bit word. */
export function putWord(words: Int32Array, at: number, value: number): void {
  words[2 * at] = value | 0;
  words[2 * at + 1] = Math.floor(value / 2 ** 32);
}
