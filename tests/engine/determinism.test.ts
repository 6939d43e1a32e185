import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  compile, createReferenceBackend, F, manualSeed, optim, setBackend, tensor, type KernelBackend, type nn, type Tensor,
} from "../../packages/gradus/src/index.ts";
import { findCompiler } from "../../packages/gradus/src/backends/native/compile.ts";
import { createNativeBackend } from "../../packages/gradus/src/backends/native/index.ts";
import { WasmBackend } from "../../packages/gradus/src/backends/wasm/device.ts";
import { GPT } from "../../packages/gradus/src/models/gpt.ts";
import { LeNet5 } from "../../packages/gradus/src/models/lenet5.ts";
import { LSTMLanguageModel } from "../../packages/gradus/src/models/lstm-lm.ts";
import { Mamba } from "../../packages/gradus/src/models/mamba.ts";
import { MLP } from "../../packages/gradus/src/models/mlp.ts";
import { RandomStream } from "../../packages/gradus/src/vocab/random.ts";

const BATCH = 16, TIME = 32, VOCABULARY = 33, STEPS = 3;

/** A model, with a batch of inputs and targets, and the loss of it. */
interface Training {
  readonly model: nn.Module;
  readonly batch: readonly [x: Tensor, y: Tensor];
  readonly loss: (x: Tensor, y: Tensor) => Tensor;
}
let random = new RandomStream(7);
const floats = (...shape: number[]): Tensor => {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.uniform() - 0.5);
  return tensor(data, { shape });
};
const classes = (below: number, ...shape: number[]): Tensor => {
  const length = shape.reduce((a, b) => a * b, 1);
  return tensor(Int32Array.from({ length }, () => Math.floor(random.uniform() * below)), { shape });
};
type Forward = nn.Module & { forward(x: Tensor): Tensor };
const classifier = (model: Forward, x: Tensor): Training => ({
  model, batch: [x, classes(10, BATCH)], loss: (given, y) => F.crossEntropy(model.forward(given), y),
});
const language = (model: Forward): Training => ({
  model, batch: [classes(VOCABULARY, BATCH, TIME), classes(VOCABULARY, BATCH, TIME)],
  loss: (tokens, next) => F.crossEntropy(model.forward(tokens).reshape([-1, VOCABULARY]), next.reshape([-1])),
});
/** Each is large enough that threads share its work. */
const TRAININGS: Readonly<Record<string, () => Training>> = {
  mlp: () => classifier(new MLP({ sizes: [784, 128, 10], dropout: 0.3 }), floats(BATCH, 784)),
  lenet5: () => classifier(new LeNet5(), floats(BATCH, 1, 28, 28)),
  lstm: () => language(new LSTMLanguageModel({ vocabulary: VOCABULARY, embedding: 64, hidden: 128, dropout: 0.2 })),
  gpt: () => language(
    new GPT({ vocabulary: VOCABULARY, block: TIME, width: 64, heads: 2, layers: 1, dropout: 0.1 })),
  mamba: () => language(new Mamba({ vocabulary: VOCABULARY, width: 64, layers: 1 })),
};

/** What a training leaves behind, and how it ran. */
interface Run {
  /** Every loss and, in the end, every parameter and buffer. */
  readonly bits: Readonly<Record<string, Uint32Array>>;
  /** Programs meant for several threads. */
  readonly shared: number;
}
async function train(name: string, backend: KernelBackend, tier: "eager" | "compiled"): Promise<Run> {
  let shared = 0;
  const submit = vi.spyOn(backend, "submit").mockImplementation((image, patches) => {
    if (image.parallel) shared++;
    // Calls the method that the spy stands before.
    Object.getPrototypeOf(backend).submit.call(backend, image, patches);
    if (backend instanceof WasmBackend && image.parallel) mostParties = Math.max(mostParties, backend.parties);
  });
  setBackend(backend);
  manualSeed(5);
  random = new RandomStream(7);
  const { model, batch, loss } = TRAININGS[name]();
  const optimizer = new optim.AdamW(model.parameters(), { lr: 0.01 });
  const step = (x: Tensor, y: Tensor): Tensor => {
    optimizer.zeroGrad();
    const value = loss(x, y);
    value.backward();
    optimizer.step();
    return value;
  };
  const run = tier === "compiled" ? compile(step) : step;
  const results: [string, Tensor][] = [];
  for (let i = 0; i < STEPS; i++) results.push([`loss ${i}`, run(...batch)]);
  results.push(...Object.entries(model.stateDict()));
  const bits: Record<string, Uint32Array> = {};
  for (const [key, value] of results) bits[key] = new Uint32Array((await value.data()).slice().buffer);
  submit.mockRestore();
  return { bits, shared };
}
/** Threads that ran a program of the wasm backend together, at most. */
let mostParties = 0;

function sameBits(a: Run, b: Run): void {
  expect(Object.keys(a.bits)).toEqual(Object.keys(b.bits));
  for (const [key, bits] of Object.entries(a.bits)) {
    const other = b.bits[key];
    const at = bits.findIndex((word, i) => word !== other[i]);
    expect(at, `${key} differs at element ${at}`).toBe(-1);
  }
}
const learned = ({ bits }: Run): void => {
  const losses = Array.from({ length: STEPS }, (_, i) => new Float32Array(bits[`loss ${i}`].buffer)[0]);
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(losses[STEPS - 1]).not.toBe(losses[0]);
};

function suite(backends: () => readonly [one: KernelBackend, two: KernelBackend]): void {
  test.each([...Object.keys(TRAININGS).map((name) => [name, "compiled"] as const), ["mlp", "eager"] as const])(
    "%s, %s: 1 thread, 2 threads and 2 threads again", async (name, tier) => {
      const [one, two] = backends();
      const single = await train(name, one, tier), double = await train(name, two, tier);
      learned(single);
      expect(single.shared).toBe(0);
      expect(double.shared).toBeGreaterThan(0);
      sameBits(single, double);
      sameBits(double, await train(name, two, tier));
    });
}

describe("wasm gives the same bits", () => {
  const one = new WasmBackend({ threads: 1 }), two = new WasmBackend({ threads: 2 });
  beforeAll(async () => {
    while (two.helpers < 1) await new Promise((resolve) => { setImmediate(resolve); });
  });
  suite(() => [one, two]);

  test("with two threads at work", () => {
    expect(mostParties).toBe(2);
  });
  test("and other bits with another seed", async () => {
    const first = await train("mlp", one, "compiled");
    manualSeed(6);
    random = new RandomStream(7);
    const { batch, loss } = TRAININGS.mlp();
    expect(await loss(...batch).item()).not.toBe(new Float32Array(first.bits["loss 0"].buffer)[0]);
  });
  afterAll(() => {
    setBackend(createReferenceBackend());
    one.dispose();
    two.dispose();
  });
});

const missing = await findCompiler().then(() => null, (error: Error) => error.message);
const why = missing === null ? "" : ` (skipped: ${missing})`;
describe.skipIf(missing !== null)(`native gives the same bits${why}`, () => {
  let backends: readonly [KernelBackend, KernelBackend];
  beforeAll(async () => {
    backends = await Promise.all([createNativeBackend({ threads: 1 }), createNativeBackend({ threads: 2 })]);
  });
  suite(() => backends);
  afterAll(() => {
    setBackend(createReferenceBackend());
    for (const backend of backends) backend.dispose();
  });
});
