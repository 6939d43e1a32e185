import { afterAll, beforeEach, describe, expect, test } from "vitest";
import {
  compile, createReferenceBackend, createWasmBackend, F, manualSeed, memoryReport, nn, optim, randn, scope, setBackend,
  tensor, zeros, type Tensor,
} from "../../packages/gradus/src/index.ts";
import { MemoryError } from "../../packages/gradus/src/vocab/errors.ts";
import { WasmBackend } from "../../packages/gradus/src/backends/wasm/device.ts";

const WARM_UP = 100, STEPS = 10_000;

/** Bytes of tensors, and of the heap: handed out, and up to its end. */
const held = (backend: WasmBackend): Record<string, number> => ({ bytes: memoryReport().bytes, ...backend.memory });

/** One step of training an MLP 4-8-2 on eight rows. */
function tinyTraining(): () => Tensor {
  manualSeed(1);
  const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
  const x = randn([8, 4]), y = tensor(Int32Array.from({ length: 8 }, (_, row) => row % 2));
  return () => {
    optimizer.zeroGrad();
    const loss = F.crossEntropy(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  };
}

describe("memory over many steps", () => {
  let backend: WasmBackend;
  beforeEach(() => setBackend(backend = new WasmBackend({ threads: 1 })));
  afterAll(() => setBackend(createReferenceBackend()));

  test(`stays the same over ${STEPS} steps inside scope`, () => {
    const step = tinyTraining();
    const run = (steps: number): void => {
      for (let i = 0; i < steps; i++) scope(() => void step());
    };
    run(WARM_UP);
    const before = held(backend);
    run(STEPS);
    expect(held(backend)).toEqual(before);
  });

  test(`stays the same over ${STEPS} compiled steps`, async () => {
    const step = compile(tinyTraining());
    const run = async (steps: number): Promise<void> => {
      for (let i = 0; i < steps; i++) {
        const loss = step();
        if (i % 1000 === 0) expect(await loss.item()).toBeGreaterThan(0);
        loss.dispose();
      }
    };
    await run(WARM_UP);
    const before = held(backend);
    await run(STEPS);
    expect(held(backend)).toEqual(before);
  });

  test("is bounded without scope where every step waits for its loss", async () => {
    // About 29 tensors a step are left to the garbage collector; 116,000 in all.
    const step = tinyTraining();
    let most = 0;
    for (let i = 0; i < 4000; i++) {
      await step().item();
      if (i % 400 === 399) most = Math.max(most, memoryReport().tensors);
    }
    expect(most).toBeGreaterThan(100);
    expect(most).toBeLessThan(90_000);
  });

  test("is bounded without scope for large tensors too", async () => {
    // 1 GiB in all, with 64 MiB between two visits of the collector.
    const x = zeros([256, 1024]);
    let most = 0;
    for (let i = 0; i < 1024; i++) {
      await x.add(i).sum().item();
      most = Math.max(most, memoryReport().bytes);
    }
    expect(most).toBeLessThan(384 * 2 ** 20);
  });
});

describe("the memory budget", () => {
  const limit = 8 * 2 ** 20;
  beforeEach(() => setBackend(createWasmBackend({ threads: 1, memoryLimit: limit })));
  afterAll(() => setBackend(createReferenceBackend()));
  const failure = (body: () => unknown): Error => {
    try {
      body();
    } catch (error) {
      return error as Error;
    }
    throw new Error("nothing was thrown");
  };

  test("a synchronous loop without scope ends in a MemoryError that says what to do", () => {
    const step = tinyTraining();
    const error = failure(() => { for (let i = 0; i < 1_000_000; i++) step(); });
    expect(error).toBeInstanceOf(MemoryError);
    const [what, how] = error.message.split("; out of memory: ");
    expect(what).toMatch(/^\w+ of shape \[.*\] (f32|i32|bool) needs \d+ bytes$/);
    expect(how).toMatch(/^\d+ bytes do not fit, \d+ of 8388608 bytes are in use; free .* with scope\(\(\) => \.\.\.\)/);
  });

  test("what does not fit names the operation, its shape and its bytes", () => {
    const x = tensor(new Float32Array(1024), { shape: [1024, 1] });
    expect(failure(() => x.matmul(x.T).add(1)).message).toMatch(
      new RegExp(`^\\w+ of shape \\[1024, 1024\\] f32 needs 4194304 bytes; out of memory: 4194304 bytes do not fit, ` +
        `\\d+ of ${limit} bytes are in use`));
    expect(failure(() => tensor(new Float32Array(2 ** 22))).message)
      .toMatch(/^tensor of shape \[4194304\] f32 needs 16777216 bytes;/);
  });

  test("afterwards smaller tensors still fit", async () => {
    const x = tensor(new Float32Array(1024).fill(1));
    expect(failure(() => x.reshape([1024, 1]).mul(zeros([1, 4096])).add(1))).toBeInstanceOf(MemoryError);
    expect(await x.sum().item()).toBe(1024);
  });
});

describe("memoryReport", () => {
  test("names what is held by the operation that made it, largest first", () => {
    setBackend(createWasmBackend({ threads: 1 }));
    const before = memoryReport();
    const count = (origin: string): { count: number; bytes: number } => {
      const found = memoryReport().byOrigin.find((row) => row.origin === origin) ?? { count: 0, bytes: 0 };
      const old = before.byOrigin.find((row) => row.origin === origin) ?? { count: 0, bytes: 0 };
      return { count: found.count - old.count, bytes: found.bytes - old.bytes };
    };
    const x = tensor(new Float32Array(100));
    const y = x.exp(), z = y.reshape([10, 10]), large = scope(() => x.reshape([100, 1]).add(x));
    expect(count("tensor")).toEqual({ count: 1, bytes: 400 });
    expect(count("exp")).toEqual({ count: 1, bytes: 400 });
    expect(count("add")).toEqual({ count: 1, bytes: 40_000 });
    expect(memoryReport().bytes - before.bytes).toBe(40_800);
    const sizes = memoryReport().byOrigin.map(({ bytes }) => bytes);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    y.dispose();
    // The view still holds the memory.
    expect(count("exp").count).toBe(1);
    z.dispose();
    expect(count("exp").count).toBe(0);
    large.dispose();
    x.dispose();
    expect(memoryReport().bytes).toBe(before.bytes);
    setBackend(createReferenceBackend());
  });
});
