import { bytesOf } from "../vocab/dtype.ts";
import { callsOf, planArena, type BufferSlot, type Call, type Operand, type Phase } from "../compiler/program.ts";
import type { Allocation, KernelBackend } from "../runtime/backend.ts";
import { putWord, WORDS, type ProgramImage } from "../runtime/program.ts";

const sizeInBytes = (slot: BufferSlot): number => Math.max(1, slot.size) * bytesOf(slot.dtype);

/** Scratch memory that all programs of a backend share: no two run at once. */
class Arena {
  #allocation: Allocation | null = null;
  readonly #backend: KernelBackend;
  constructor(backend: KernelBackend) {
    this.#backend = backend;
  }
  /** Its address, with room for at least `bytes`. */
  reserve(bytes: number): number {
    if (this.#allocation === null || this.#allocation.bytes < bytes) {
      if (this.#allocation !== null) this.#backend.free(this.#allocation);
      this.#allocation = this.#backend.allocate(Math.max(bytes, 4096));
    }
    return this.#allocation.offset;
  }
}
const arenas = new WeakMap<KernelBackend, Arena>();
const errors = new WeakMap<KernelBackend, Allocation>();

/** Three words of i32: 1 while all is well, else 0; the site that met an index outside its axis; that index. */
export const ALL_WELL = new Int32Array([1, 0, 0]);
/** Where kernels note an index outside its axis. */
export function errorWords(backend: KernelBackend): number {
  let words = errors.get(backend);
  if (words === undefined) {
    errors.set(backend, words = backend.allocate(ALL_WELL.byteLength));
    backend.write(words.offset, ALL_WELL);
  }
  return words.offset;
}

/** A lowered program in a backend's memory: instructions and arguments, with the places to fill in per call. */
export class Image {
  readonly image: ProgramImage;
  readonly scratchBytes: number;
  readonly checked: boolean;
  readonly #backend: KernelBackend;
  readonly #allocation: Allocation;
  /** Words that hold the address of a leaf or a result: place, slot, byte offset. */
  readonly #outside: { readonly at: number; readonly slot: BufferSlot; readonly offset: number }[] = [];
  readonly #scratch: { readonly at: number; readonly offset: number }[] = [];
  #arenaBase = -1;
  /** Addresses in the image now. */
  readonly #held: number[] = [];

  constructor(backend: KernelBackend, phases: readonly Phase[]) {
    this.#backend = backend;
    const arena = planArena(phases, sizeInBytes);
    this.scratchBytes = arena.bytes;
    const calls = phases.flatMap((p) => [...callsOf(p)]);
    const numbers = backend.prepare(calls.map((c) => c.kernel));
    const numberOf = new Map(calls.map((c, i) => [c, numbers[i]]));
    const serialWork = backend.target.threads > 1 ? backend.target.serialWork : Infinity;
    const program: number[][] = [];
    const parallel = phases.some((p) => anyParallel(p, serialWork));
    const argumentsOf: Call[] = [];
    this.#encode(phases, serialWork, parallel, program, argumentsOf);
    program.push([WORDS.STOP]);
    const instructionWords = program.reduce((n, words) => n + words.length, 0);
    const argumentWords = argumentsOf.reduce((n, c) => n + wordsOf(c), 0);
    const bytes = 8 * (instructionWords + argumentWords);
    this.#allocation = backend.allocate(bytes);
    const base = this.#allocation.offset;
    const words = new Int32Array(bytes / 4), floats = new Float64Array(words.buffer);
    let at = instructionWords;
    const place = (operand: Operand): void => {
      const { slot } = operand;
      const size = bytesOf(slot.dtype);
      const offset = operand.offset * size;
      if (slot.kind === "scratch") this.#scratch.push({ at, offset: offset + arena.offsets.get(slot)! });
      else if (slot.kind === "error") putWord(words, at, errorWords(backend));
      else this.#outside.push({ at, slot, offset });
      putWord(words, at + 1, operand.step * size);
      at += 2;
    };
    const argumentsAt = new Map<Call, number>();
    for (const call of argumentsOf) {
      argumentsAt.set(call, base + 8 * at);
      call.operands.forEach(place);
      for (const n of call.ints) putWord(words, at++, n);
      for (const x of call.floats) floats[at++] = x;
    }
    let word = 0, next = 0, guard = 0;
    for (const instruction of program) {
      instruction.forEach((value, i) => {
        if (instruction[0] === WORDS.CALL && i === 1) putWord(words, word, numberOf.get(argumentsOf[next])!);
        else if (instruction[0] === WORDS.CALL && i === 2) putWord(words, word, argumentsAt.get(argumentsOf[next])!);
        else if (instruction[0] === WORDS.GUARD && i === 1) {
          const slot = this.#guards[guard++];
          if (slot.kind === "error") putWord(words, word, errorWords(backend));
          else this.#outside.push({ at: word, slot, offset: 0 });
        } else putWord(words, word, value);
        word++;
      });
      if (instruction[0] === WORDS.CALL) next++;
    }
    backend.write(base, words);
    const marks = [...this.#marks];
    marks.forEach(({ at: start, label }) => {
      const offset = base + 8 * program.slice(0, start).reduce((n, w) => n + w.length, 0);
      this.#segments.push({ image: { offset, parallel, kernels: [...new Set(numbers)] }, label });
    });
    this.image = { offset: base, parallel, kernels: [...new Set(numbers)] };
    this.checked = calls.some((c) => c.operands.some((o) => o.slot.kind === "error"));
  }
  readonly #guards: BufferSlot[] = [];
  readonly #marks: { readonly at: number; readonly label: string }[] = [];

  #encode(
    phases: readonly Phase[], serialWork: number, parallel: boolean, program: number[][], calls: Call[], top = true,
  ): void {
    let before = false;
    for (const phase of phases) {
      if (Image.profile !== null && top) {
        if (program.length > 0) program.push([WORDS.STOP]);
        this.#marks.push({ at: program.length, label: labelOf(phase) });
        before = false;
      }
      if ("calls" in phase) {
        const shared = anyParallel(phase, serialWork);
        if (parallel && (shared || before) && program.length > 0) program.push([WORDS.BARRIER]);
        let from = 0;
        const total = phase.calls.reduce((n, c) => n + weight(c), 0);
        for (const call of phase.calls) {
          const to = from + weight(call);
          program.push([WORDS.CALL, 0, 0, call.units, shared ? from : 0, shared ? to : 0, shared ? total : 0]);
          calls.push(call);
          from = to;
        }
        before = shared;
      } else if (phase.item === "guard") {
        if (parallel) program.push([WORDS.BARRIER]);
        this.#guards.push(phase.operand.slot);
        program.push([WORDS.GUARD, 0]);
        before = false;
      } else {
        if (parallel) program.push([WORDS.BARRIER]);
        program.push([phase.reverse ? WORDS.REVERSE : WORDS.LOOP, phase.length]);
        this.#encode(phase.body, serialWork, parallel, program, calls, false);
        if (parallel && anyParallel(phase, serialWork)) program.push([WORDS.BARRIER]);
        program.push([WORDS.END]);
        before = parallel;
      }
    }
  }

  /** Where the time goes: milliseconds by kernel, while `Image.profile` is a map. Phases then run one by one. */
  static profile: Map<string, number> | null = null;
  readonly #segments: { readonly image: ProgramImage; readonly label: string }[] = [];

  /** Runs with the given addresses of leaves and results. */
  run(addressOf: (slot: BufferSlot) => number): void {
    const base = this.#allocation.offset;
    const patches: number[] = [];
    // Most addresses are those of the last call.
    this.#outside.forEach(({ at, slot, offset }, i) => {
      const address = addressOf(slot) + offset;
      if (this.#held[i] === address) return;
      this.#held[i] = address;
      patches.push(base + 8 * at, address);
    });
    if (this.scratchBytes > 0) {
      let arena = arenas.get(this.#backend);
      if (arena === undefined) arenas.set(this.#backend, arena = new Arena(this.#backend));
      const start = arena.reserve(this.scratchBytes);
      if (start !== this.#arenaBase) {
        for (const { at, offset } of this.#scratch) patches.push(base + 8 * at, start + offset);
        this.#arenaBase = start;
      }
    }
    if (Image.profile === null || this.#segments.length === 0) {
      this.#backend.submit(this.image, patches);
      return;
    }
    let rest: readonly number[] = patches;
    for (const { image, label } of this.#segments) {
      const start = performance.now();
      this.#backend.submit(image, rest);
      rest = [];
      Image.profile.set(label, (Image.profile.get(label) ?? 0) + performance.now() - start);
    }
  }
  dispose(): void {
    this.#backend.free(this.#allocation);
  }
}

const wordsOf = (call: Call): number => 2 * call.operands.length + call.ints.length + call.floats.length;
const weight = (call: Call): number => Math.max(1, Math.round(call.work));
/** A phase is shared between threads when its work pays for waking them and it has units to share. */
function anyParallel(phase: Phase, serialWork: number): boolean {
  if ("calls" in phase) {
    return phase.calls.reduce((n, c) => n + weight(c), 0) >= serialWork &&
      phase.calls.some((c) => c.units > 1 || phase.calls.length > 1);
  }
  return phase.item === "loop" && phase.body.some((p) => anyParallel(p, serialWork));
}

function labelOf(phase: Phase): string {
  if (!("calls" in phase)) {
    return phase.item === "loop" ? `loop ${phase.length}: ${phase.body.map(labelOf).join(" | ")}` : phase.item;
  }
  return phase.calls.map((c) => `${c.kernel.name} ${c.units}u ${Math.round(c.work)}w`).join(" + ").slice(0, 150);
}
