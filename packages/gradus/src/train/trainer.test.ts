import { beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import { manualSeed } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { moons } from "../data/generators.ts";
import { MLP } from "../models/mlp.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { SGD } from "../optim/sgd.ts";
import { NonFiniteError, UsageError } from "../vocab/errors.ts";
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { classifierTask, prepareRows } from "./classify.ts";
import { MLP_RECIPE } from "./recipes/mlp.ts";
import { train, type TrainingTask, type TrainOptions } from "./trainer.ts";

beforeAll(() => setBackend(createReferenceBackend()));

/** A small network with dropout on 40 points: dropout makes the result depend on the generator's state. */
function smallTask(steps: number): TrainingTask {
  manualSeed(5);
  const data = prepareRows(moons({ size: 40, seed: 1, noise: 0.1 }), { split: "shuffled", heldOut: 8 }, 3);
  const model = new MLP({ sizes: [2, 6, 2], dropout: 0.2 });
  return classifierTask(MLP_RECIPE, model, data, { seed: 3, batch: 5, lr: 0.02, steps });
}
const lossesOf = async (task: TrainingTask, options: TrainOptions = {}): Promise<number[]> => {
  const losses: number[] = [];
  await train(task, { ...options, onStep: ({ loss }) => losses.push(loss) });
  return losses;
};

describe("train", () => {
  it("goes on from a checkpoint with the same losses, bit for bit", async () => {
    const whole = await lossesOf(smallTask(20));
    let saved: Uint8Array | null = null;
    const first = await lossesOf(smallTask(20), {
      stepsPerCheckpoint: 9,
      // Killed right after the first checkpoint: what follows is lost.
      save: async (checkpoint) => { saved ??= await encodeCheckpoint(checkpoint); },
    });
    expect(first).toEqual(whole);
    const second = await lossesOf(smallTask(20), { from: await decodeCheckpoint(saved!) });
    expect(second).toEqual(whole.slice(9));
    expect(whole[19]).toBeLessThan(whole[0]);
  });
  it("saves and stops when asked to", async () => {
    let step = 0, saved: Checkpoint | null = null;
    const result = await train(smallTask(20), {
      onStep: (report) => { step = report.step; }, stopRequested: () => step === 4,
      save: (checkpoint) => { saved = checkpoint; return Promise.resolve(); },
    });
    expect(result).toMatchObject({ end: "stopped", step: 4 });
    expect(saved!).toMatchObject({ position: { step: 4 } });
  });
  it("stops early after evaluations that are no better", async () => {
    const task = { ...smallTask(100), stepsPerEvaluation: 2, evaluate: () => Promise.resolve({ accuracy: 0.5 }) };
    const result = await train(task, { patience: 3 });
    // The first is the best, and three more are not better.
    expect(result).toMatchObject({ end: "patience", step: 8 });
  });
  it("only evaluates when everything was done before, and refuses to go backwards", async () => {
    let saved: Checkpoint | null = null;
    await train(smallTask(6), { save: (checkpoint) => { saved = checkpoint; return Promise.resolve(); } });
    const again = await train(smallTask(6), { from: saved! });
    expect(again).toMatchObject({ end: "finished", step: 6 });
    expect(again.evaluation).not.toBeNull();
    await expect(train(smallTask(5), { from: saved! })).rejects.toThrow(UsageError);
  });
});

/** y = log(inner(x)): NaN as soon as `inner` gives a negative number. */
class Fragile extends Module {
  readonly inner = new Linear(2, 2);
  readonly outer = new Linear(2, 1);
  forward(x: Tensor): Tensor {
    return this.outer.forward(new Log().forward(this.inner.forward(x)));
  }
}
class Log extends Module {
  forward(x: Tensor): Tensor {
    return x.log();
  }
}
class Chain extends Module {
  readonly first = new Linear(2, 2);
  readonly log = new Log();
  readonly last = new Linear(2, 1);
  forward(x: Tensor): Tensor {
    return this.last.forward(this.log.forward(this.first.forward(x)));
  }
}
function fragileTask(model: Module & { forward(x: Tensor): Tensor }, input: readonly number[]): TrainingTask {
  return {
    model, optimizer: new SGD(model.parameters(), { lr: 0.1 }), steps: 3, stepsPerEvaluation: 3, better: "lower",
    batch: () => [tensor([[...input]])], loss: (x) => model.forward(x).sum(),
    evaluate: () => Promise.resolve({ loss: 0 }),
  };
}

describe("a number that is not finite", () => {
  it("is named with the layer that made it first, and nothing was written", async () => {
    manualSeed(1);
    const model = new Chain();
    model.loadStateDict({ ...model.stateDict(), "first.bias": tensor([-100, -100]) });
    const before = await model.last.weight.array();
    await expect(train(fragileTask(model, [1, 1]))).rejects.toThrow(/step 1: the output of log \(Log\) holds NaN/);
    expect(await model.last.weight.array()).toEqual(before);
    expect(Object.keys(model.log)).not.toContain("forward");
  });
  it("is found in the data and in an unnamed place", async () => {
    manualSeed(1);
    await expect(train(fragileTask(new Chain(), [1, Infinity]))).rejects.toThrow(/input 0 of the batch holds Infinity/);
    const model = new Fragile();
    model.loadStateDict({ ...model.stateDict(), "inner.bias": tensor([-100, -100]) });
    await expect(train(fragileTask(model, [1, 1]))).rejects.toThrow(NonFiniteError);
    await expect(train(fragileTask(model, [1, 1]))).rejects.toThrow(/the output of outer \(Linear\)/);
  });
});
