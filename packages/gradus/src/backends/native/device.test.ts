import { createHash } from "node:crypto";
import {
  chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { KernelBuilder } from "../../compiler/build.ts";
import type { Kernel } from "../../ir/kernel.ts";
import type { KernelBackend } from "../../runtime/backend.ts";
import { putWord, WORDS, type ProgramImage } from "../../runtime/program.ts";
import { shareOf } from "../../runtime/share.ts";
import type { TypedArray } from "../../vocab/dtype.ts";
import { BackendError, MemoryError } from "../../vocab/errors.ts";
import { createNativeBackend as absentBackend } from "./absent.ts";
import { findCompiler } from "./compile.ts";
import { DRIVER } from "./driver.ts";
import { createNativeBackend } from "./index.ts";
import type { NativeOptions } from "./options.ts";

const found = await findCompiler().catch((error: Error) => error);
const absent = found instanceof Error ? found.message : null;
/** The compiler behind the test's own. */
const real = found instanceof Error ? "" : found.path;
if (absent !== null) test.skip(`skipped: ${absent}`, () => undefined);

const { CALL, BARRIER, LOOP, REVERSE, END, GUARD, STOP } = WORDS;
const folder = mkdtempSync(join(tmpdir(), "gradus-device-"));
const open: KernelBackend[] = [];
async function create(options: NativeOptions = {}): Promise<KernelBackend> {
  const backend = await createNativeBackend({ threads: 1, cache: folder, ...options });
  open.push(backend);
  return backend;
}
afterEach(() => {
  for (const backend of open.splice(0)) backend.dispose();
});
afterAll(() => rmSync(folder, { recursive: true }));

const words = (list: readonly number[]): Int32Array => {
  const made = new Int32Array(2 * list.length);
  list.forEach((value, i) => putWord(made, i, value));
  return made;
};
function upload(backend: KernelBackend, data: TypedArray): number {
  const { offset } = backend.allocate(data.byteLength);
  backend.write(offset, data);
  return offset;
}
function image(
  backend: KernelBackend, list: readonly number[], kernels: readonly number[], parallel = false,
): ProgramImage {
  return { offset: upload(backend, words(list)), parallel, kernels };
}
const numbers = (bytes: ArrayBuffer): number[] => [...new Int32Array(bytes)];

/** out[u] = out[u] * times + plus, unit by unit; a new key and text for each pair of constants. */
function affine(times: number, plus: number): Kernel {
  const k = new KernelBuilder(1);
  const out = k.buffer("out", "i32", "readwrite");
  k.for("u", k.begin, k.end, 1, (u) => {
    k.store(out, u, k.add(k.mul(k.load(out, u, 1), k.constant(times, "i32")), k.constant(plus, "i32")));
  });
  return k.finish("affine", `affine ${times} ${plus}`);
}
/** log[count++] = begin * 1000 + end + 1000000 * (value at the moving buffer). */
function logger(): Kernel {
  const k = new KernelBuilder(1);
  const [log, count] = [k.buffer("log", "i32", "write"), k.buffer("count", "i32", "readwrite")];
  const moving = k.buffer("moving", "i32", "read");
  const n = k.let("n", k.load(count, 0, 1));
  const span = k.convert("i32", k.add(k.mul(k.begin, 1000), k.end));
  k.store(log, k.convert("index", n), k.add(span, k.mul(k.load(moving, 0, 1), k.constant(1_000_000, "i32"))));
  k.store(count, 0, k.add(n, k.constant(1, "i32")));
  return k.finish("logger", "logger");
}
/** Adds 0.7 times the sum of its row to each y: floating-point work whose order must not depend on threads. */
function rows(length: number): Kernel {
  const k = new KernelBuilder(1);
  const [x, y] = [k.buffer("x", "f32", "read"), k.buffer("y", "f32", "readwrite")];
  k.for("row", k.begin, k.end, 1, (row) => {
    const sum = k.mutable("sum", k.load(y, row, 1));
    k.for("i", 0, length, 1, (i) => {
      k.set(sum, k.fma(k.load(x, k.add(k.mul(row, length), i), 1), k.constant(0.7, "f32"), k.read(sum)));
    });
    k.store(y, row, k.read(sum));
  });
  return k.finish("rows", `rows ${length}`);
}

describe.skipIf(absent !== null)("programs", () => {
  test("LOOP, REVERSE, nested blocks and empty loops give each call its t", async () => {
    const backend = await create();
    const [number] = backend.prepare([logger()]);
    const log = upload(backend, new Int32Array(64));
    const count = upload(backend, new Int32Array(1));
    const moving = upload(backend, Int32Array.from([0, 1, 2, 3, 4]));
    const still = upload(backend, words([log, 0, count, 0, moving, 0]));
    const byT = upload(backend, words([log, 0, count, 0, moving, 4]));
    const at = (args: number, units: number): number[] => [CALL, number, args, units, 0, 0, 0];
    backend.submit(image(backend, [
      LOOP, 2, ...at(byT, 1), REVERSE, 3, ...at(byT, 2), END, ...at(byT, 3), END,
      LOOP, 0, ...at(byT, 4), LOOP, 2, ...at(byT, 5), END, END,
      REVERSE, 4, END,
      ...at(still, 6), STOP, ...at(still, 7),
    ], [number]));
    const n = numbers(await backend.read(count, 4))[0];
    const got = numbers(await backend.read(log, 4 * n));
    const million = 1_000_000;
    const inner = [2 * million + 2, million + 2, 2];
    expect(got).toEqual([1, ...inner, 3, million + 1, ...inner, million + 3, 6]);
  });

  test("GUARD stops the whole program, also inside loops", async () => {
    const backend = await create();
    const [add] = backend.prepare([affine(1, -1)]);
    const left = upload(backend, Int32Array.from([3]));
    const runs = upload(backend, Int32Array.from([0]));
    const [leftArgs, runsArgs] = [upload(backend, words([left, 0])), upload(backend, words([runs, 0]))];
    backend.submit(image(backend, [
      LOOP, 10, LOOP, 10, GUARD, left, CALL, add, leftArgs, 1, 0, 0, 0, END, END, CALL, add, runsArgs, 1, 0, 0, 0, STOP,
    ], [add]));
    expect(numbers(backend.readSync(left, 4))).toEqual([0]);
    expect(numbers(backend.readSync(runs, 4))).toEqual([0]);
  });

  test.each([1, 2, 3, 5])("%i threads take the shares of shareOf", async (threads) => {
    const backend = await create({ threads });
    const [add] = backend.prepare([affine(3, 1)]);
    const [log] = backend.prepare([logger()]);
    const data = upload(backend, new Int32Array(1000));
    const args = upload(backend, words([data, 0]));
    // Two calls of one phase, then a call for one thread alone, then all again.
    const [a, b, total] = [700, 300, 1000];
    const second = upload(backend, words([data + 4 * a, 0]));
    const logs = upload(backend, new Int32Array(8));
    const count = upload(backend, new Int32Array(1));
    const logArgs = upload(backend, words([logs, 0, count, 0, count, 0]));
    const program = image(backend, [
      LOOP, 3, CALL, add, args, a, 0, 600, total, CALL, add, second, b, 600, total, total, BARRIER,
      CALL, log, logArgs, 9, 0, 0, 0, BARRIER, END, STOP,
    ], [add, log], true);
    for (let i = 0; i < 20; i++) backend.submit(program);
    let want = 0;
    for (let i = 0; i < 60; i++) want = (Math.imul(want, 3) + 1) | 0;
    const got = numbers(await backend.read(data, 4000));
    expect(got.every((value) => value === want)).toBe(true);
    expect(numbers(await backend.read(count, 4))).toEqual([60]);
    // The pieces of shareOf, written by each thread as it saw them.
    const seen = upload(backend, new Int32Array(64));
    const [spans] = backend.prepare([spanKernel()]);
    const spanArgs = upload(backend, words([seen, 0]));
    backend.submit(image(backend, [CALL, spans, spanArgs, 40, 100, 900, 1000, STOP], [spans], true));
    const marks = numbers(await backend.read(seen, 160));
    const expected = Array.from({ length: 40 }, () => 0);
    for (let rank = 0; rank < threads; rank++) {
      const [begin, end] = shareOf(40, 100, 900, 1000, rank, threads);
      for (let u = begin; u < end; u++) expected[u] = begin * 1000 + end;
    }
    expect(marks).toEqual(expected);
  });

  test("1, 2 and 4 threads give the same bits, for thousands of programs", async () => {
    const results: ArrayBuffer[] = [];
    for (const threads of [1, 2, 4]) {
      const backend = await create({ threads });
      const [number] = backend.prepare([rows(33)]);
      const x = upload(backend, Float32Array.from({ length: 33 * 64 }, (_, i) => Math.sin(i)));
      const y = upload(backend, new Float32Array(64));
      const args = upload(backend, words([x, 0, y, 0]));
      const call = [CALL, number, args, 64, 0, 64, 64];
      const program = image(backend, [...call, BARRIER, ...call, BARRIER, ...call, STOP], [number], true);
      for (let i = 0; i < 3000; i++) backend.submit(program);
      results.push(await backend.read(y, 256));
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test("more threads than processors finish", async () => {
    const backend = await create({ threads: 16 });
    const [add] = backend.prepare([affine(1, 1)]);
    const data = upload(backend, new Int32Array(64));
    const args = upload(backend, words([data, 0]));
    const program = image(backend, [LOOP, 50, CALL, add, args, 64, 0, 64, 64, BARRIER, END, STOP], [add], true);
    for (let i = 0; i < 20; i++) backend.submit(program);
    expect(numbers(await backend.read(data, 256))).toEqual(Array.from({ length: 64 }, () => 1000));
  });
});

/** Every unit of a share gets the share's borders. */
function spanKernel(): Kernel {
  const k = new KernelBuilder(1);
  const out = k.buffer("out", "i32", "write");
  k.for("u", k.begin, k.end, 1, (u) => k.store(out, u, k.convert("i32", k.add(k.mul(k.begin, 1000), k.end))));
  return k.finish("spans", "spans");
}

describe.skipIf(absent !== null)("queue", () => {
  test("work waits in order for the compiler, and reads see their own moment", async () => {
    const backend = await create();
    const data = upload(backend, Int32Array.from([1]));
    const args = upload(backend, words([data, 0]));
    const reads: Promise<ArrayBuffer>[] = [];
    for (let i = 0; i < 5; i++) {
      const [number] = backend.prepare([affine(2, i + 100)]);
      backend.submit(image(backend, [CALL, number, args, 1, 0, 0, 0, STOP], [number]));
      reads.push(backend.read(data, 4));
      const scratch = Int32Array.from([i]);
      backend.write(data, scratch);
      // The queue holds a copy.
      scratch[0] = 12345;
      reads.push(backend.read(data, 4));
    }
    const got = (await Promise.all(reads)).map((bytes) => numbers(bytes)[0]);
    expect(got).toEqual([102, 0, 101, 1, 104, 2, 107, 3, 110, 4]);
    await backend.idle();
  });

  test("memory freed behind queued work may be used again", async () => {
    const backend = await create();
    const [number] = backend.prepare([affine(7, 1)]);
    const results: number[] = [];
    const waits: Promise<void>[] = [];
    const seen = new Set<number>();
    for (let i = 0; i < 50; i++) {
      const block = backend.allocate(64);
      seen.add(block.offset);
      backend.write(block.offset, Int32Array.from([i]));
      const args = backend.allocate(16);
      backend.write(args.offset, words([block.offset, 0]));
      const program = image(backend, [CALL, number, args.offset, 1, 0, 0, 0, STOP], [number]);
      backend.submit(program);
      waits.push(backend.read(block.offset, 4).then((bytes) => void results.push(numbers(bytes)[0])));
      backend.free(block);
      backend.free(args);
    }
    await Promise.all(waits);
    expect(seen.size).toBeLessThan(5);
    expect(results).toEqual(Array.from({ length: 50 }, (_, i) => 7 * i + 1));
  });

  test("readSync compiles at once what it waits for", async () => {
    const backend = await create();
    const data = upload(backend, Int32Array.from([5]));
    const args = upload(backend, words([data, 0]));
    const kernels = backend.prepare([affine(11, 1), affine(11, 2), affine(11, 1)]);
    expect(kernels[2]).toBe(kernels[0]);
    expect(kernels[1]).not.toBe(kernels[0]);
    for (const number of kernels) backend.submit(image(backend, [CALL, number, args, 1, 0, 0, 0, STOP], [number]));
    expect(numbers(backend.readSync(data, 4))).toEqual([((5 * 11 + 1) * 11 + 2) * 11 + 1]);
    await backend.idle();
    const [again] = backend.prepare([affine(11, 3)]);
    // The compiler is on its way already.
    await Promise.resolve();
    backend.submit(image(backend, [CALL, again, args, 1, 0, 0, 0, STOP], [again]));
    expect(numbers(backend.readSync(data, 4))).toEqual([(((5 * 11 + 1) * 11 + 2) * 11 + 1) * 11 + 3]);
    await backend.idle();
  });

  test("many kernels compile in several files and run", async () => {
    const backend = await create();
    const data = upload(backend, Int32Array.from([0]));
    const args = upload(backend, words([data, 0]));
    const kernels = backend.prepare(Array.from({ length: 25 }, (_, i) => affine(1, 1000 + i)));
    backend.submit(image(backend, [...kernels.flatMap((number) => [CALL, number, args, 1, 0, 0, 0]), STOP], kernels));
    expect(numbers(await backend.read(data, 4))).toEqual([25 * 1000 + 300]);
  });

  test("shared arrays, views and empty arrays are written", async () => {
    const backend = await create();
    const shared = new Int32Array(new SharedArrayBuffer(8)).fill(9);
    const view = new Int32Array(Int32Array.from([1, 2, 3, 4]).buffer, 4, 2);
    const at = upload(backend, new Int32Array(4));
    backend.write(at, shared);
    backend.write(at + 8, view);
    backend.write(at, new Int32Array(0));
    expect(numbers(backend.readSync(at, 16))).toEqual([9, 9, 2, 3]);
    expect(backend.readSync(at, 0).byteLength).toBe(0);
  });

  test("addresses outside the heap and a disposed backend are refused", async () => {
    const backend = await create();
    expect(() => backend.write(-8, new Int32Array(1))).toThrow(BackendError);
    expect(() => backend.readSync(2 ** 52, 8)).toThrow("outside the heap");
    expect(() => backend.allocate(2 ** 50)).toThrow(MemoryError);
    await expect(backend.read(0, 8)).rejects.toThrow(BackendError);
    const [number] = backend.prepare([affine(13, 13)]);
    const at = upload(backend, new Int32Array(1));
    backend.submit(image(backend, [CALL, number, upload(backend, words([at, 0])), 1, 0, 0, 0, STOP], [number]));
    const waiting = backend.read(at, 4);
    backend.dispose();
    await expect(waiting).rejects.toThrow("disposed");
    expect(() => backend.allocate(8)).toThrow("disposed");
    backend.dispose();
  });
});

describe.skipIf(absent !== null)("cache", () => {
  /** A compiler that notes each of its runs. */
  function counted(name: string): { path: string; runs: () => number } {
    const notes = join(folder, `${name}-runs`);
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\ncase "$*" in *--version*) ;; *) echo run >> '${notes}' ;; esac\n` +
      `exec '${real}' "$@"\n`);
    chmodSync(path, 0o700);
    return { path, runs: () => existsSync(notes) ? readFileSync(notes, "utf8").split("\n").length - 1 : 0 };
  }
  const ran = async (backend: KernelBackend, kernel: Kernel): Promise<number[]> => {
    const [number] = backend.prepare([kernel]);
    const at = upload(backend, Int32Array.from([1]));
    backend.submit(image(backend, [CALL, number, upload(backend, words([at, 0])), 1, 0, 0, 0, STOP], [number]));
    return numbers(await backend.read(at, 4));
  };
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test("a second run compiles nothing, however the kernels are grouped", async () => {
    const cc = counted("counting-cc");
    vi.stubEnv("CC", cc.path);
    const cache = join(folder, "second");
    const first = await create({ cache });
    first.prepare([affine(17, 1), affine(17, 2), affine(17, 3)]);
    expect(await ran(first, affine(17, 4))).toEqual([21]);
    const before = cc.runs();
    expect(before).toBeGreaterThan(1);
    const second = await create({ cache });
    expect(await ran(second, affine(17, 3))).toEqual([20]);
    expect(await ran(second, affine(17, 1))).toEqual([18]);
    expect(cc.runs()).toBe(before);
    const files = readdirSync(join(cache, readdirSync(cache)[0]));
    expect(files.filter((file) => file.startsWith("tmp-"))).toEqual([]);
    expect(statSync(cache).mode & 0o777).toBe(0o700);
  });

  test("a damaged file is compiled anew, never loaded", async () => {
    const cache = join(folder, "damaged");
    expect(await ran(await create({ cache }), affine(19, 1))).toEqual([20]);
    const inside = join(cache, readdirSync(cache)[0]);
    for (const file of readdirSync(inside)) {
      if (!file.endsWith(".so")) continue;
      // A new file: the old one is mapped by this process.
      rmSync(join(inside, file));
      writeFileSync(join(inside, file), "not code", { mode: 0o700 });
    }
    writeFileSync(join(inside, "index"), `${readFileSync(join(inside, "index"), "utf8")}\nnonsense ../../evil\n`);
    expect(await ran(await create({ cache }), affine(19, 1))).toEqual([20]);
  });

  test("a file that the system will not load is one clear sentence", async () => {
    const cache = join(folder, "unloadable");
    await create({ cache });
    const inside = join(cache, readdirSync(cache)[0]);
    const hash = createHash("sha256").update("not code").digest("hex");
    writeFileSync(join(inside, `${hash}.so`), "not code", { mode: 0o700 });
    writeFileSync(join(inside, "index"), `${DRIVER.symbol} ${hash}\n`);
    await expect(create({ cache })).rejects.toThrow(/could not be loaded .*file system forbids.*GRADUS_CACHE/);
  });

  test("what a stopped compiler left is swept away, later", async () => {
    const cache = join(folder, "swept");
    await create({ cache });
    const inside = join(cache, readdirSync(cache)[0]);
    const [old, young] = [join(inside, "tmp-1-old.so"), join(inside, "tmp-1-young.so")];
    for (const path of [old, young]) writeFileSync(path, "");
    utimesSync(old, 1000, 1000);
    const before = readdirSync(inside).length;
    await create({ cache });
    expect([existsSync(old), existsSync(young), readdirSync(inside).length]).toEqual([false, true, before - 1]);
  });

  test("folders that others may write are refused", async () => {
    const cache = join(folder, "public");
    mkdirSync(cache, { mode: 0o777 });
    chmodSync(cache, 0o777);
    await expect(create({ cache })).rejects.toThrow(/mode 700.*GRADUS_CACHE/);
  });

  test("a cache that cannot be a folder is one clear sentence", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    await expect(create({ cache: join(file, "cache") })).rejects
      .toThrow(/cache folder .* cannot be used .*GRADUS_CACHE/);
  });

  test("no compiler is one clear sentence", async () => {
    vi.stubEnv("PATH", "");
    vi.stubEnv("CC", "");
    await expect(create()).rejects
      .toThrow(/no C compiler was found \(looked for cc, gcc, clang on the PATH\).*install/);
    await expect(create()).rejects.toBeInstanceOf(BackendError);
  });

  test("a compiler without our instruction functions still serves", async () => {
    const path = join(folder, "plain-cc");
    writeFileSync(path, `#!/bin/sh\ncase "$*" in *--version*|*-DPLAIN_C*) exec '${real}' "$@" ;; esac\n` +
      `echo 'error: no such builtin' >&2\nexit 1\n`);
    chmodSync(path, 0o700);
    vi.stubEnv("CC", path);
    const cache = join(folder, "plain");
    expect(await ran(await create({ cache }), affine(23, 1))).toEqual([24]);
    expect(await ran(await create({ cache }), affine(23, 2))).toEqual([25]);
  });

  test("a compiler that breaks down later fails what waits for it", async () => {
    const cc = join(folder, "broken-cc");
    writeFileSync(cc, `#!/bin/sh\nexec '${real}' "$@"\n`);
    chmodSync(cc, 0o700);
    vi.stubEnv("CC", cc);
    const backend = await create({ cache: join(folder, "broken") });
    rmSync(cc);
    await expect(ran(backend, affine(29, 1))).rejects.toThrow(/could not compile/);
    expect(() => backend.prepare([affine(29, 2)])).toThrow(BackendError);
  });

  test("bad thread counts and the browser's stand-in are refused", async () => {
    await expect(create({ threads: 0 })).rejects.toThrow(/threads is 0/);
    await expect(absentBackend()).rejects.toThrow(/needs Node/);
  });
});

