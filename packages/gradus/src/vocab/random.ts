/**
 * Philox4x32-10, a counter-based generator: the bits of element i depend on (seed, offset + i) alone, so every
 * backend and any number of threads draw the same numbers.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */
export const PHILOX = { M0: 0xd2511f53, M1: 0xcd9e8d57, W0: 0x9e3779b9, W1: 0xbb67ae85, rounds: 10 } as const;

/** High and low 32 bits of a 32 x 32-bit product. */
function mulHiLo(a: number, b: number): [hi: number, lo: number] {
  const al = a & 0xffff, ah = a >>> 16, bl = b & 0xffff, bh = b >>> 16;
  const ll = al * bl, lh = al * bh, hl = ah * bl;
  const mid = (ll >>> 16) + (lh & 0xffff) + (hl & 0xffff);
  const hi = ah * bh + (lh >>> 16) + (hl >>> 16) + (mid >>> 16);
  return [hi >>> 0, Math.imul(a, b) >>> 0];
}

/** One block of four 32-bit words. `counter` and `key` are unsigned 32-bit words. */
export function philox(
  counter: readonly [number, number, number, number], key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < PHILOX.rounds; round++) {
    const [hi0, lo0] = mulHiLo(PHILOX.M0, c0);
    const [hi1, lo1] = mulHiLo(PHILOX.M1, c2);
    [c0, c1, c2, c3] = [(hi1 ^ c1 ^ k0) >>> 0, lo1, (hi0 ^ c3 ^ k1) >>> 0, lo0];
    k0 = (k0 + PHILOX.W0) >>> 0;
    k1 = (k1 + PHILOX.W1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/**
 * A stream of numbers on the CPU, for shuffles and splits. The tensor generators use the same function, with the
 * block number as first counter word and the state's offset as third.
 */
export class RandomStream {
  readonly #key: readonly [number, number];
  #block = 0;
  #lane = 4;
  #words: readonly number[] = [];

  constructor(seed: number, stream = 0) {
    this.#key = [seed >>> 0, (Math.floor(seed / 2 ** 32) ^ Math.imul(stream, 0x9e3779b1)) >>> 0];
  }
  /** 32 random bits as an unsigned integer. */
  bits(): number {
    if (this.#lane === 4) {
      this.#words = philox([this.#block % 2 ** 32 >>> 0, Math.floor(this.#block / 2 ** 32), 0, 1], this.#key);
      this.#block++;
      this.#lane = 0;
    }
    return this.#words[this.#lane++];
  }
  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number {
    return ((this.bits() >>> 5) * 67108864 + (this.bits() >>> 6)) / 9007199254740992;
  }
  /** Uniform integer in [0, n), without bias. */
  integer(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    let draw = this.bits();
    while (draw >= limit) draw = this.bits();
    return draw % n;
  }
  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
  /** A random order of 0 .. n-1 (Fisher and Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}
