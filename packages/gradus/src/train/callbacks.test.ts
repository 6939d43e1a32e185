import { beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { Linear } from "../nn/linear.ts";
import { ExponentialMovingAverage } from "../optim/averaging.ts";
import { ReduceLROnPlateau } from "../optim/plateau.ts";
import { StepLR } from "../optim/schedules.ts";
import { SGD } from "../optim/sgd.ts";
import { setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import { manualSeed, rand } from "../tensor/random.ts";
import { NonFiniteError, UsageError } from "../vocab/errors.ts";
import { EarlyStopping, type Callback } from "./callbacks.ts";
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from "./checkpoint.ts";
import type { TrainingTask } from "./task.ts";
import { train, type TrainOptions } from "./trainer.ts";

beforeAll(() => setBackend(createReferenceBackend()));

/** y = 2 a - b + 1 from rows of (a, b): eight rows in order, `rows` a batch. */
function lineTask(rows: number, change: Partial<TrainingTask> = {}, lr = 0.1): TrainingTask {
  manualSeed(2);
  const xs = Array.from({ length: 8 }, (_, i) => [i / 4 - 1, ((i * 5) % 8) / 4 - 1]);
  const model = new Linear(2, 1);
  return {
    model, optimizer: new SGD(model.parameters(), { lr, momentum: 0.5 }), steps: 6, better: "lower",
    batch: (index) => {
      const part = Array.from({ length: rows }, (_, i) => xs[(index * rows + i) % 8]);
      return [tensor(part), tensor(part.map(([a, b]) => [2 * a - b + 1]))];
    },
    loss: (x, y) => model.forward(x).sub(y).square().mean(),
    evaluate: async () => ({ error: await model.weight.sub(tensor([[2, -1]])).square().sum().item() }),
    stepsPerEvaluation: 2, ...change,
  };
}
const weights = async ({ model }: TrainingTask): Promise<number[]> => {
  const parts = await Promise.all(model.parameters().map((p) => p.data()));
  return parts.flatMap((part) => [...part]);
};
async function trained(task: TrainingTask, options?: TrainOptions): Promise<number[]> {
  await train(task, options);
  return weights(task);
}
const near = (got: readonly number[], want: readonly number[]): void =>
  want.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 6));

describe("a step", () => {
  it("of several batches is that of one batch of all their rows", async () => {
    near(await trained(lineTask(2, { accumulate: 4 })), await trained(lineTask(8)));
  });
  it("of several batches leaves parameters alone that the loss does not reach", async () => {
    const task = lineTask(4, { accumulate: 2 });
    const { bias } = task.model as Linear;
    const optimizer = new SGD([...task.model.parameters()], { lr: 0.1, weightDecay: 0.5 });
    const before = await bias!.data();
    const loss: TrainingTask["loss"] = (x, y) => x.matmul((task.model as Linear).weight.T).sub(y).square().mean();
    await train({ ...task, optimizer, loss });
    expect(await bias!.data()).toEqual(before);
  });
  it("holds gradients within a norm and within a range", async () => {
    const moved = async (change: Partial<TrainingTask>): Promise<number[]> => {
      const task = lineTask(8, { steps: 1, ...change });
      const before = await weights(task);
      const after = await trained(task);
      return after.map((value, i) => (before[i] - value) / 0.1);
    };
    const free = await moved({}), norm = Math.hypot(...free);
    expect(norm).toBeGreaterThan(0.5);
    (await moved({ maxNorm: 0.5 })).forEach((g, i) => expect(g).toBeCloseTo((free[i] * 0.5) / norm, 4));
    const within = await moved({ maxValue: 0.2 });
    within.forEach((g, i) => expect(g).toBeCloseTo(Math.max(-0.2, Math.min(0.2, free[i])), 4));
  });
  it("refuses an impossible number of batches, and names what is not finite", async () => {
    await expect(train(lineTask(2, { accumulate: 1.5 }))).rejects.toThrow(/accumulate is 1\.5/);
    const task = lineTask(4, { accumulate: 2 });
    const broken = { ...task, batch: (i: number) => (i === 3 ? [tensor([[NaN, 1]]), tensor([[1]])] : task.batch(i)) };
    await expect(train(broken)).rejects.toThrow(NonFiniteError);
  });
});

describe("the learning rate", () => {
  const rates = async (make: (task: TrainingTask) => Partial<TrainingTask>): Promise<number[]> => {
    const task = lineTask(8), found: number[] = [];
    await train({ ...task, ...make(task) }, { onStep: ({ learningRate }) => found.push(learningRate) });
    return found.map((rate) => Number(rate.toFixed(6)));
  };
  it("follows a schedule by steps or by epochs", async () => {
    const half = ({ optimizer }: TrainingTask): Partial<TrainingTask> =>
      ({ scheduler: new StepLR(optimizer as SGD, { stepSize: 1, gamma: 0.5 }) });
    expect(await rates(half)).toEqual([0.1, 0.05, 0.025, 0.0125, 0.00625, 0.003125]);
    expect(await rates((task) => ({ ...half(task), stepsPerRate: 2 }))).toEqual([0.1, 0.1, 0.05, 0.05, 0.025, 0.025]);
  });
  it("follows a measure", async () => {
    expect(await rates(({ optimizer }) => ({
      evaluate: () => Promise.resolve({ error: 1 }),
      scheduler: new ReduceLROnPlateau(optimizer as SGD, { patience: 0 }),
    }))).toEqual([0.1, 0.1, 0.1, 0.1, 0.01, 0.01]);
  });
});

describe("averaged weights", () => {
  it("are those that are evaluated, and the trained ones stay", async () => {
    const seen: number[][] = [], plain = await trained(lineTask(8));
    const task = lineTask(8);
    const average = new ExponentialMovingAverage(task.model, { decay: 0.5 });
    const last = await trained({ ...task, average, evaluate: async () => {
      seen.push(await weights(task));
      return { error: 1 };
    } });
    expect(last).toEqual(plain);
    const kept = (await Promise.all(average.averages.map((x) => x.data()))).flatMap((part) => [...part]);
    expect(seen.at(-1)).toEqual(kept);
    expect(kept).not.toEqual(last);
  });
});

describe("callbacks", () => {
  it("are called in order", async () => {
    const calls: string[] = [];
    const note = (name: string): Callback => ({
      name,
      onStart: () => { calls.push(`${name} start`); }, onStep: ({ step }) => { calls.push(`${name} step ${step}`); },
      onEvaluate: () => { calls.push(`${name} evaluate`); },
      onEpoch: (epoch) => { calls.push(`${name} epoch ${epoch}`); },
      onSettled: () => { calls.push(`${name} settled`); }, onEnd: ({ end }) => { calls.push(`${name} ${end}`); },
    });
    await train(lineTask(8, { steps: 2, stepsPerEpoch: 1 }), { callbacks: [note("a"), note("b")] });
    expect(calls.filter((call) => call.startsWith("a"))).toEqual(["a start", "a step 1", "a epoch 1", "a settled",
      "a step 2", "a evaluate", "a epoch 2", "a settled", "a finished"]);
    expect(calls.indexOf("a step 2")).toBe(calls.indexOf("b step 2") - 1);
    await expect(train(lineTask(8), { callbacks: [note("a"), note("a")] })).rejects.toThrow(/two callbacks/);
  });
  it("end a run and say why", async () => {
    const result = await train(lineTask(8), { callbacks: [{
      name: "limit", onStep: ({ step }, run) => { if (step === 3) run.stop("enough"); },
    }] });
    expect(result).toMatchObject({ end: "callback", step: 3, reason: "enough" });
  });
});

describe("early stopping", () => {
  const errors = [5, 4, 3.95, 3.9, 6, 7];
  const task = (): TrainingTask => {
    let at = 0;
    return lineTask(8, { steps: 12, evaluate: () => Promise.resolve({ error: errors[at++], other: -at }) });
  };
  it.each([
    [{ patience: 1 }, 10, 3.9], [{ patience: 2 }, 12, 3.9], [{ patience: 2, minDelta: 0.2 }, 8, 4],
    [{ patience: 1, metric: "other", better: "higher" as const }, 4, -1],
  ])("with %j ends after step %i at %d", async (options, step, best) => {
    const stopping = new EarlyStopping(options);
    expect(await train(task(), { callbacks: [stopping] })).toMatchObject({ step });
    expect(stopping.best).toBe(best);
  });
  it("puts the best weights back, also after a checkpoint", async () => {
    const seen: number[][] = [];
    const build = (): [TrainingTask, EarlyStopping] => {
      const made = task();
      return [made, new EarlyStopping({ patience: 2, restoreBest: true })];
    };
    const [whole, stopping] = build();
    const note: Callback = { name: "note", onEvaluate: async () => { seen.push(await weights(whole)); } };
    let saved: Uint8Array | null = null;
    const save = async (checkpoint: Checkpoint): Promise<void> => { saved ??= await encodeCheckpoint(checkpoint); };
    await train(whole, { callbacks: [stopping, note], save, stepsPerCheckpoint: 8 });
    expect(stopping.bestStep).toBe(8);
    expect(await weights(whole)).toEqual(seen[3]);
    const [second, again] = build();
    for (let i = 0; i < 4; i++) await second.evaluate();
    await train(second, { callbacks: [again], from: await decodeCheckpoint(saved!) });
    expect(await weights(second)).toEqual(seen[3]);
  });
  it("says what is wrong with what was asked", async () => {
    expect(() => new EarlyStopping({ patience: 0 })).toThrow(UsageError);
    await expect(train(task(), { callbacks: [new EarlyStopping({ patience: 1, metric: "recall" })] }))
      .rejects.toThrow(/no "recall", only error, other/);
  });
});

it("a run is the same for the same seed, and another for another", async () => {
  const noisy = (seed: number): TrainingTask => {
    const task = lineTask(8);
    manualSeed(seed);
    return { ...task, loss: (x, y) => task.loss(x.add(rand(x.shape)), y) };
  };
  expect(await trained(noisy(1))).toEqual(await trained(noisy(1)));
  expect(await trained(noisy(1))).not.toEqual(await trained(noisy(2)));
});
