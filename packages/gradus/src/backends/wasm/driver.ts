/** A printed kernel: runs units begin <= u < end with the argument block at `args`. */
export type KernelFunction = (args: number, begin: number, end: number, t: number) => void;

export interface DriverSetup {
  readonly memory: WebAssembly.Memory;
  /** Words that all threads share: `CONTROL_WORDS` and one for each helper. */
  readonly control: Int32Array;
  /** False where a thread may not sleep: the main thread of a page. */
  readonly mayWait: boolean;
  /** Helper threads. */
  readonly helpers: number;
  /** Which helper this is; -1 for the caller. */
  readonly helper: number;
}

/** Walks programs on one thread. */
export interface Driver {
  /** Compiles the modules published so far that this thread does not have. */
  load(): void;
  /** Makes a module known to all threads: `address` of its block in memory (see `driver.ts`). */
  publish(address: number): void;
  /**
   * Runs a program, with the helpers that answer if `parallel`, after writing `patches`: pairs of the address and the
   * value of an 8-byte word. Returns 0, or FAILED: 1 + the kernel that failed.
   */
  run(image: number, parallel: boolean, patches: readonly number[]): number;
  /** The error behind a failure on this thread. */
  takeError(): unknown;
  /** Helpers that listen to the bell. */
  ready(): number;
  /** Threads that ran the last program. */
  parties(): number;
  /** A helper's life: runs what it is called to, until `close`. */
  serve(): void;
  /** Strikes a helper that ended off the list. */
  lose(helper: number): void;
  close(): void;
}

export const CONTROL_WORDS = 11;

/**
 * Makes a thread's driver. Its *text* also runs inside the helper threads, so that it uses nothing from outside.
 *
 * A program starts with a roll call: the caller opens the roll and rings, helpers that are awake join, the caller
 * closes the roll, and whoever joined has a share. A helper that is busy, still starting or gone delays a program by a
 * moment and never stops it. Waiting spins for 20 us, then sleeps.
 *
 * Modules lie in memory as a chain of blocks: [address of the next block or 0, bytes of the module, the module]. A
 * helper waiting for the bell gets no messages, so it compiles them from there. Kernels are numbered along the chain.
 */
export function createDriver({ memory, control, mayWait, helpers, helper }: DriverSetup): Driver {
  // Control words.
  const BELL = 0;      // rung for new modules, new programs and the end
  const QUIT = 1;      // 1: helpers leave
  const ROLL = 2;      // helpers that joined the program, or CLOSED
  const PARTIES = 3;   // threads of the program, once the roll is closed; 0 before
  const IMAGE = 4;     // address of the program
  const PAGES = 5;     // pages of memory that a view must cover
  const ARRIVED = 6;   // threads at the barrier
  const PHASE = 7;     // barriers passed
  const DONE = 8;      // helpers that finished the program
  const FAILED = 9;    // 1 + the kernel that failed, or BROKEN; else 0
  const FIRST = 10;    // address of the first module block
  const READY = 11;    // for each helper: 1 while it listens to the bell
  const CLOSED = -1;
  const BROKEN = -1;
  // Instructions of a program (runtime/program.ts), in 32-bit words.
  const CALL = 1, BARRIER = 2, LOOP = 3, REVERSE = 4, END = 5, GUARD = 6;
  const LENGTH = [2, 14, 2, 4, 4, 2, 4];
  /** Milliseconds. */
  const SPIN = 0.02;
  const ROLL_CALL = 2;
  /** A kernel counts as compiled by the optimizing compiler after running so long. */
  const WARM_UP = 4;
  const LONG_CHUNK = 0.2;
  /** Programs. */
  const MIN_ALONE = 8;
  const MAX_ALONE = 256;

  if (helper < 0) Atomics.store(control, ROLL, CLOSED);
  const kernels: KernelFunction[] = [];
  /** Milliseconds that a kernel still runs in chunks. */
  const cold: number[] = [];
  let words = new Int32Array(memory.buffer);
  let lastBlock = 0;
  let parties = 1;
  let rank = 0;
  let failed = false;
  let error: unknown = null;
  /** How often and how many milliseconds this thread slept in the program. */
  let naps = 0;
  let slept = 0;
  /** Programs still to run alone, and how many the next crowded program brings. */
  let alone = 0;
  let penalty = MIN_ALONE;

  /** A view of the memory as it is now: growing makes a new buffer, which a helper may see a moment later. */
  function refresh(pages: number): void {
    while (words.byteLength < pages * 65536) words = new Int32Array(memory.buffer);
  }
  function wide(at: number): number {
    return words[at + 1] * 4294967296 + (words[at] >>> 0);
  }

  // Waiting ----------------------------------------------------------------------------------------------------------
  /** Waits until the word differs from `value` or `limit` milliseconds have passed. */
  function waitWhile(word: number, value: number, limit: number): number {
    const start = performance.now();
    for (;;) {
      for (let i = 0; i < 64; i++) {
        const now = Atomics.load(control, word);
        if (now !== value) return now;
      }
      const passed = performance.now() - start;
      if (passed > limit) return value;
      if (mayWait && passed > SPIN) {
        Atomics.wait(control, word, value, limit - passed);
        naps++;
        slept += performance.now() - start - passed;
      }
    }
  }
  function ring(): void {
    Atomics.add(control, BELL, 1);
    Atomics.notify(control, BELL);
  }
  function barrier(): void {
    if (parties === 1) return;
    const phase = Atomics.load(control, PHASE);
    if (Atomics.load(control, FAILED) !== 0) {
      failed = true;
      return;
    }
    if (Atomics.add(control, ARRIVED, 1) + 1 === parties) {
      Atomics.store(control, ARRIVED, 0);
      Atomics.add(control, PHASE, 1);
      Atomics.notify(control, PHASE);
    } else waitWhile(PHASE, phase, Infinity);
    if (Atomics.load(control, FAILED) !== 0) failed = true;
  }

  // Running ----------------------------------------------------------------------------------------------------------
  /**
   * Units of one call. The baseline compiler's code is left only between calls, so that a kernel that is new runs in
   * several short ones.
   */
  function units(kernel: number, args: number, begin: number, end: number, t: number): void {
    const f = kernels[kernel];
    if (end - begin === 1 || cold[kernel] <= 0) {
      if (begin < end) f(args, begin, end, t);
      return;
    }
    let chunk = 1;
    let time = performance.now();
    for (let u = begin; u < end;) {
      const next = Math.min(u + chunk, end);
      f(args, u, next, t);
      const now = performance.now();
      const took = now - time;
      cold[kernel] -= took;
      time = now;
      u = next;
      if (cold[kernel] <= 0) chunk = end;
      else if (took < LONG_CHUNK / 2) chunk *= 2;
      else if (took > LONG_CHUNK) chunk = Math.ceil(chunk / 2);
    }
  }
  function call(at: number, t: number): void {
    const kernel = words[at + 2];
    const args = words[at + 4];
    const count = words[at + 6];
    const total = wide(at + 12);
    try {
      if (total === 0 || parties === 1) {
        if (rank === 0) units(kernel, args, 0, count, t);
        return;
      }
      // The share of `shareOf` in runtime/share.ts.
      const from = wide(at + 8);
      const to = wide(at + 10);
      const low = Math.floor((total * rank) / parties);
      const high = Math.floor((total * (rank + 1)) / parties);
      const begin = low <= from ? 0 : low >= to ? count : Math.floor(((low - from) * count) / (to - from));
      const end = high <= from ? 0 : high >= to ? count : Math.floor(((high - from) * count) / (to - from));
      units(kernel, args, begin, end, t);
    } catch (thrown) {
      fail(kernel + 1, thrown);
    }
  }
  /** Stops the program on all threads, those that wait at a barrier too. */
  function fail(code: number, thrown: unknown): void {
    failed = true;
    error = thrown;
    Atomics.store(control, FAILED, code);
    Atomics.add(control, PHASE, 1);
    Atomics.notify(control, PHASE);
  }
  /** Runs from word `at` to the END of the loop around it; returns the word after, or -1 when the program stops. */
  function walk(at: number, t: number): number {
    for (;;) {
      if (failed) return -1;
      switch (words[at]) {
        case CALL:
          call(at, t);
          at += 14;
          break;
        case BARRIER:
          barrier();
          at += 2;
          break;
        case LOOP: case REVERSE: {
          const count = words[at + 2];
          const reverse = words[at] === REVERSE;
          const body = at + 4;
          let next = count > 0 ? body : skip(body);
          for (let i = 0; i < count && next >= 0; i++) next = walk(body, reverse ? count - 1 - i : i);
          if (next < 0) return -1;
          at = next;
          break;
        }
        case END: return at + 2;
        case GUARD:
          if (words[(words[at + 2] >>> 0) / 4] === 0) return -1;
          at += 4;
          break;
        default: return -1;
      }
    }
  }
  /** The word after the END that closes the loop whose body starts here. */
  function skip(at: number): number {
    for (let depth = 1; depth > 0;) {
      const instruction = words[at];
      if (instruction === LOOP || instruction === REVERSE) depth++;
      else if (instruction === END) depth--;
      at += LENGTH[instruction];
    }
    return at;
  }
  /** Whether to leave the helpers out, since other processes hold their cores. */
  function crowded(): boolean {
    if (alone === 0) return false;
    alone--;
    return true;
  }
  /**
   * On a crowded machine helpers miss the roll call, or two threads hand one core to each other at every barrier: many
   * short sleeps (less than 0.1 ms of work to each) take much of the time. Running alone is several times faster then.
   */
  function judge(took: number, missed: boolean): void {
    if (missed || (naps >= 4 && took < 0.1 * naps && slept > 0.3 * took)) {
      alone = penalty;
      penalty = Math.min(2 * penalty, MAX_ALONE);
    } else if (naps < 4) penalty = MIN_ALONE;
  }
  function start(image: number): void {
    failed = false;
    error = null;
    walk(image / 4, 0);
  }

  return {
    load() {
      for (;;) {
        const next = lastBlock === 0 ? Atomics.load(control, FIRST) : words[(lastBlock >>> 0) / 4];
        if (next === 0) return;
        refresh(Atomics.load(control, PAGES));
        const size = words[(next >>> 0) / 4 + 1];
        const bytes = new Uint8Array(size);
        bytes.set(new Uint8Array(memory.buffer, (next >>> 0) + 8, size));
        const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
        for (const name in exports) {
          kernels.push(exports[name] as KernelFunction);
          cold.push(WARM_UP);
        }
        lastBlock = next;
      }
    },
    publish(address) {
      Atomics.store(control, PAGES, memory.buffer.byteLength / 65536);
      refresh(memory.buffer.byteLength / 65536);
      words[(address >>> 0) / 4] = 0;
      if (lastBlock === 0) Atomics.store(control, FIRST, address);
      else words[(lastBlock >>> 0) / 4] = address;
      this.load();
      ring();
    },
    run(image, parallel, patches) {
      const pages = memory.buffer.byteLength / 65536;
      refresh(pages);
      for (let i = 0; i < patches.length; i += 2) {
        words[patches[i] / 4] = patches[i + 1];
        words[patches[i] / 4 + 1] = Math.floor(patches[i + 1] / 4294967296);
      }
      parties = 1;
      rank = 0;
      Atomics.store(control, FAILED, 0);
      const ready = parallel && helpers > 0 ? this.ready() : 0;
      if (ready === 0 || crowded()) {
        start(image);
        return Atomics.load(control, FAILED);
      }
      for (const word of [PARTIES, ARRIVED, DONE]) Atomics.store(control, word, 0);
      Atomics.store(control, IMAGE, image);
      Atomics.store(control, PAGES, pages);
      Atomics.store(control, ROLL, 0);
      ring();
      const begun = performance.now();
      const limit = begun + ROLL_CALL;
      for (let joined = 0, left = ROLL_CALL; joined < ready && left > 0; left = limit - performance.now()) {
        joined = waitWhile(ROLL, joined, left);
      }
      const joined = Atomics.exchange(control, ROLL, CLOSED);
      parties = joined + 1;
      Atomics.store(control, PARTIES, parties);
      Atomics.notify(control, PARTIES);
      naps = 0;
      slept = 0;
      start(image);
      for (let done = 0; done < joined;) done = waitWhile(DONE, done, Infinity);
      judge(performance.now() - begun, joined < ready);
      return Atomics.load(control, FAILED);
    },
    ready() {
      let ready = 0;
      for (let i = 0; i < helpers; i++) ready += Atomics.load(control, READY + i);
      return ready;
    },
    parties() {
      return parties;
    },
    takeError() {
      const taken = error;
      error = null;
      return taken;
    },
    serve() {
      let heard = Atomics.load(control, BELL);
      this.load();
      Atomics.store(control, READY + helper, 1);
      for (;;) {
        waitWhile(BELL, heard, Infinity);
        heard = Atomics.load(control, BELL);
        if (Atomics.load(control, QUIT) !== 0) return;
        this.load();
        for (let joined = Atomics.load(control, ROLL); joined !== CLOSED; joined = Atomics.load(control, ROLL)) {
          if (Atomics.compareExchange(control, ROLL, joined, joined + 1) !== joined) continue;
          Atomics.notify(control, ROLL);
          rank = joined + 1;
          parties = waitWhile(PARTIES, 0, Infinity);
          try {
            refresh(Atomics.load(control, PAGES));
            this.load();
            start(Atomics.load(control, IMAGE) >>> 0);
          } catch (thrown) {
            fail(BROKEN, thrown);
          }
          Atomics.add(control, DONE, 1);
          Atomics.notify(control, DONE);
          break;
        }
      }
    },
    lose(lost) {
      Atomics.store(control, READY + lost, 0);
    },
    close() {
      Atomics.store(control, QUIT, 1);
      ring();
    },
  };
}
