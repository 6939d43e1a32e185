import { afterEach, describe, expect, it } from "vitest";
import { KernelBuilder } from "../../compiler/build.ts";
import type { Kernel } from "../../ir/kernel.ts";
import { WORDS, putWord, type ProgramImage } from "../../runtime/program.ts";
import { CONTROL_WORDS, createDriver } from "./driver.ts";
import { WasmBackend, type WasmOptions } from "./device.ts";
import { createWasmBackend } from "./index.ts";

const { STOP, CALL, BARRIER, LOOP, REVERSE, END, GUARD } = WORDS;
const made: WasmBackend[] = [];

function create(options: WasmOptions): WasmBackend {
  const backend = new WasmBackend(options);
  made.push(backend);
  return backend;
}
/** A backend whose helpers are all up. */
async function createReady(threads: number): Promise<WasmBackend> {
  const backend = create({ threads });
  while (backend.helpers < threads - 1) await new Promise(resolve => setImmediate(resolve));
  return backend;
}
afterEach(() => {
  for (const backend of made.splice(0)) backend.dispose();
});

function place(backend: WasmBackend, words: readonly number[]): number {
  const data = new Int32Array(2 * words.length);
  words.forEach((word, i) => putWord(data, i, word));
  const { offset } = backend.allocate(data.byteLength);
  backend.write(offset, data);
  return offset;
}
const program = (backend: WasmBackend, words: readonly number[], parallel = true): ProgramImage =>
  ({ offset: place(backend, words), parallel, kernels: [] });
const floats = (backend: WasmBackend, offset: number, length: number): number[] =>
  [...new Float32Array(backend.readSync(offset, 4 * length))];
function upload(backend: WasmBackend, values: readonly number[]): number {
  const { offset } = backend.allocate(4 * values.length);
  backend.write(offset, Float32Array.from(values));
  return offset;
}

/** y[u] = y[u] * factor + x[u], for units u. */
function update(): Kernel {
  const k = new KernelBuilder(4);
  const [x, y] = [k.buffer("x", "f32", "read"), k.buffer("y", "f32", "readwrite")];
  const factor = k.int("factor");
  k.for("u", k.begin, k.end, 1, u =>
    k.store(y, u, k.add(k.mul(k.load(y, u, 1), k.convert("f32", factor)), k.load(x, u, 1))));
  return k.finish("update", "update");
}

describe("programs", () => {
  it("loops forward and backward with steps, nested, and skips empty loops", () => {
    const backend = create({ threads: 1 });
    const [kernel] = backend.prepare([update()]);
    const x = upload(backend, [1, 2, 3, 4]);
    const y = upload(backend, [0]);
    // x moves by one element each iteration, y stays: digits in base 10.
    const args = place(backend, [x, 4, y, 0, 10]);
    const call = [CALL, kernel, args, 1, 0, 1, 0];
    backend.submit(program(backend, [LOOP, 4, ...call, END, STOP]));
    expect(floats(backend, y, 1)).toEqual([1234]);
    backend.write(y, Float32Array.of(0));
    backend.submit(program(backend, [REVERSE, 4, ...call, BARRIER, END, STOP]));
    expect(floats(backend, y, 1)).toEqual([4321]);
    backend.write(y, Float32Array.of(0));
    backend.submit(program(backend, [LOOP, 2, REVERSE, 3, ...call, END, END, ...call, STOP]));
    expect(floats(backend, y, 1)).toEqual([3213211]);
    backend.submit(program(backend, [LOOP, 0, LOOP, 5, ...call, END, ...call, END, STOP]));
    expect(floats(backend, y, 1)).toEqual([3213211]);
  });
  it("patches words before it runs", () => {
    const backend = create({ threads: 1 });
    const [kernel] = backend.prepare([update()]);
    const [x, y, z] = [upload(backend, [7]), upload(backend, [0]), upload(backend, [1])];
    const args = place(backend, [0, 0, 0, 0, 10]);
    const image = program(backend, [CALL, kernel, args, 1, 0, 1, 2 ** 40, STOP]);
    backend.submit(image, [args, x, args + 16, y]);
    // `total` is the seventh word.
    backend.submit(image, [args, y, args + 16, z, image.offset + 48, 2 ** 33 + 1]);
    expect([...floats(backend, y, 1), ...floats(backend, z, 1)]).toEqual([7, 17]);
    expect([...new Int32Array(backend.readSync(image.offset + 48, 8))]).toEqual([1, 2]);
  });
  it("stops at a guard that reads 0", () => {
    const backend = create({ threads: 1 });
    const [kernel] = backend.prepare([update()]);
    const [x, y] = [upload(backend, [1]), upload(backend, [0])];
    const flag = place(backend, [1]);
    const args = place(backend, [x, 0, y, 0, 1]);
    const call = [CALL, kernel, args, 1, 0, 1, 0];
    const image = program(backend, [...call, LOOP, 3, GUARD, flag, ...call, END, STOP]);
    backend.submit(image);
    expect(floats(backend, y, 1)).toEqual([4]);
    backend.write(flag, Int32Array.of(0));
    backend.submit(image);
    expect(floats(backend, y, 1)).toEqual([5]);
  });
  it("cuts [from, to) of the work into units as shares say, with work beyond 32 bits", async () => {
    const n = 1001;
    const work = 2 ** 33;
    const results: number[][] = [];
    for (const threads of [1, 2, 3]) {
      const backend = await createReady(threads);
      const [kernel] = backend.prepare([update()]);
      const x = upload(backend, Array.from({ length: n }, (_, i) => Math.sin(i)));
      const [y, z] = [upload(backend, Array<number>(n).fill(0)), upload(backend, Array<number>(n).fill(0))];
      const image = program(backend, [
        LOOP, 5, CALL, kernel, place(backend, [x, 0, y, 0, 3]), n, 0, work / 4, work,
        CALL, kernel, place(backend, [x, 0, z, 0, -2]), n, work / 4, work, work, BARRIER,
        CALL, kernel, place(backend, [y, 0, z, 0, 1]), n, 0, work, work, BARRIER,
        CALL, kernel, place(backend, [z, 0, y, 0, 1]), n, 0, 1, 0, BARRIER, END, STOP,
      ]);
      // On a busy machine a helper may miss the call.
      do {
        backend.write(y, new Float32Array(n).fill(0.1));
        backend.write(z, new Float32Array(n).fill(0.7));
        backend.submit(image);
      } while (backend.parties < threads);
      results.push([...floats(backend, y, n), ...floats(backend, z, n)]);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    expect(new Set(results[0]).size).toBeGreaterThan(n);
  });
});

describe("threads", () => {
  it("runs alone at once, and with helpers when they are up, thousands of times", async () => {
    const backend = create({ threads: 2 });
    const [kernel] = backend.prepare([update()]);
    const n = 64;
    const [x, y] = [upload(backend, Array<number>(n).fill(1)), upload(backend, Array<number>(n).fill(0))];
    const call = [CALL, kernel, place(backend, [x, 0, y, 0, 1]), n, 0, n, n];
    const image = program(backend, [...call, BARRIER, ...call, STOP]);
    backend.submit(image);
    expect(backend.parties).toBe(1);
    while (backend.helpers < 1) await new Promise(resolve => setImmediate(resolve));
    let together = 0;
    let runs = 1;
    for (; runs < 3000 || together === 0; runs++) {
      backend.submit(image);
      together += Number(backend.parties === 2);
      // Now and then the helper falls asleep.
      if (runs % 100 === 0) await new Promise(resolve => setImmediate(resolve));
    }
    expect(floats(backend, y, n)).toEqual(Array<number>(n).fill(2 * runs));
  });
  it("hands new kernels and grown memory to helpers", async () => {
    const backend = await createReady(2);
    for (let round = 0; round < 5; round++) {
      const k = new KernelBuilder(4);
      const y = k.buffer("y", "f32", "write");
      k.for("u", k.begin, k.end, 1, u => k.store(y, u, k.constant(round, "f32")));
      const [kernel] = backend.prepare([k.finish("fill", `fill ${round}`)]);
      backend.allocate(2 ** 26);
      const n = 1000;
      const at = upload(backend, Array<number>(n).fill(-1));
      const args = place(backend, [at, 0]);
      backend.submit(program(backend, [CALL, kernel, args, n, 0, n, n, STOP]));
      expect(new Set(floats(backend, at, n))).toEqual(new Set([round]));
    }
  });
  it("reports a kernel that traps, on either thread, and goes on", async () => {
    const backend = await createReady(2);
    const k = new KernelBuilder(4);
    const y = k.buffer("y", "f32", "write");
    const bad = k.int("bad");
    k.for("u", k.begin, k.end, 1, u => {
      k.if(k.compare("eq", u, bad), () => k.store(y, k.constant(2 ** 29 - 1), k.constant(1, "f32")));
      k.store(y, u, k.constant(1, "f32"));
    });
    const [kernel] = backend.prepare([k.finish("broken", "broken")]);
    const at = upload(backend, Array<number>(100).fill(0));
    for (const where of [3, 97]) {
      const args = place(backend, [at, 0, where]);
      const words = [CALL, kernel, args, 100, 0, 100, 100, BARRIER, LOOP, 10, BARRIER, END, STOP];
      for (let i = 0; i < 20; i++) {
        expect(() => backend.submit(program(backend, words))).toThrow(/kernel broken failed/);
      }
    }
    const args = place(backend, [at, 0, -1]);
    backend.submit(program(backend, [CALL, kernel, args, 100, 0, 100, 100, STOP]));
    expect(floats(backend, at, 100)).toEqual(Array<number>(100).fill(1));
  });
  it("does not wait for a helper that never answers", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const control = new Int32Array(new SharedArrayBuffer(4 * (CONTROL_WORDS + 1)));
    const driver = createDriver({ memory, control, mayWait: true, helpers: 1, helper: -1 });
    control[CONTROL_WORDS] = 1;
    expect(driver.ready()).toBe(1);
    // The memory is zero: a program that stops at once.
    expect(driver.run(0, true, [])).toBe(0);
    expect(driver.parties()).toBe(1);
    driver.lose(0);
    expect(driver.ready()).toBe(0);
  });
});

describe("device", () => {
  it("numbers equal kernels once", () => {
    const backend = create({ threads: 1 });
    const [a, b] = backend.prepare([update(), update()]);
    expect(a).toBe(b);
    const other = new KernelBuilder(4).finish("empty", "empty");
    expect(backend.prepare([other, update()])).toEqual([1, a]);
  });
  it("keeps contents while memory grows, and names what does not fit", async () => {
    const backend = create({ threads: 1, memoryLimit: 2 ** 27 });
    const x = upload(backend, [1, 2, 3]);
    backend.allocate(2 ** 25);
    const far = backend.allocate(2 ** 25);
    backend.write(far.offset + 4, Uint8Array.of(7, 8));
    expect(floats(backend, x, 3)).toEqual([1, 2, 3]);
    expect([...new Uint8Array(await backend.read(far.offset + 4, 3))]).toEqual([7, 8, 0]);
    expect(far.offset % 64).toBe(0);
    expect(() => backend.allocate(2 ** 27)).toThrow(/out of memory/);
    backend.free(far);
    expect(backend.allocate(2 ** 25).offset).toBe(far.offset);
  });
  it("copies on reading", () => {
    const backend = create({ threads: 2 });
    const x = upload(backend, [1]);
    const copy = backend.readSync(x, 4);
    expect(copy).toBeInstanceOf(ArrayBuffer);
    backend.write(x, Float32Array.of(2));
    expect([...new Float32Array(copy)]).toEqual([1]);
  });
  it("shows a kernel's source", () => {
    const backend = createWasmBackend({ threads: 1, fusedMultiplyAdd: false });
    const source = backend.source(update());
    expect(source).toContain("(func $update (param $args i32)");
    expect(source).toContain("f32.load");
    expect(backend.target.fusedMultiplyAdd).toBe(false);
    backend.dispose();
    expect(() => backend.allocate(4)).toThrow(/disposed/);
  });
});
