import { compile } from "../exec/compile.ts";
import { assign } from "../exec/state.ts";
import { zerosLike } from "../ops/create.ts";
import { state } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { clipGradNorm, clipGradValue, gradientNorm } from "../optim/clip.ts";
import { UsageError } from "../vocab/errors.ts";
import { explainNonFinite } from "./nonfinite.ts";
import type { TrainingTask } from "./task.ts";

export interface StepNumbers {
  /** The loss; with `accumulate`, its mean over the batches of the step. */
  readonly loss: number;
  /** The norm of all gradients together, before they were clipped. */
  readonly gradientNorm: number;
}

/**
 * The step of a task as compiled programs: loss, gradients, clipping, optimizer, average. With `accumulate` the
 * gradients of several batches are summed in State of their own first, so that one batch at a time is in memory. Throws
 * a NonFiniteError that names the layer when a loss or a gradient is not finite; nothing was written then.
 */
export function trainingStep(task: TrainingTask): (step: number) => Promise<StepNumbers> {
  const count = task.accumulate ?? 1;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new UsageError(`train: accumulate is ${count}; it counts the batches of a step, a whole number from 1 on`);
  }
  return count === 1 ? plainStep(task) : accumulatedStep(task, count);
}

/** Clips, lets the optimizer step and the average follow; returns the norm from before. */
function update({ optimizer, average, maxNorm, maxValue }: TrainingTask, parameters: readonly Tensor[]): Tensor {
  const norm = maxNorm === undefined ? gradientNorm(parameters) : clipGradNorm(parameters, maxNorm);
  if (maxValue !== undefined) clipGradValue(parameters, maxValue);
  optimizer.step();
  average?.update();
  return norm;
}

function plainStep(task: TrainingTask): (step: number) => Promise<StepNumbers> {
  const parameters = task.model.parameters();
  const makeStep = compile((...batch: Tensor[]) => {
    task.optimizer.zeroGrad();
    const loss = task.loss(...batch);
    loss.backward();
    return [loss, update(task, parameters)];
  }, { name: "train" });
  return async (step) => {
    const [loss, norm] = await runOn(task, step, step, makeStep);
    return { loss, gradientNorm: norm };
  };
}

function accumulatedStep(task: TrainingTask, count: number): (step: number) => Promise<StepNumbers> {
  const parameters = task.model.parameters();
  const sums = noGrad(() => parameters.map((p) => state(zerosLike(p))));
  /** Places of the parameters that the loss reaches: the others have no gradient, not a gradient of zero. */
  const reached = new Set<number>();
  const collect = compile((...batch: Tensor[]) => {
    task.optimizer.zeroGrad();
    const loss = task.loss(...batch);
    loss.backward();
    parameters.forEach((p, i) => {
      if (p.grad === null) return;
      reached.add(i);
      assign(sums[i], sums[i].add(p.grad));
    });
    return [loss, gradientNorm(parameters)];
  }, { name: "accumulate" });
  const finish = compile(() => {
    task.optimizer.zeroGrad();
    for (const i of reached) parameters[i].grad = sums[i].mul(1 / count);
    const norm = update(task, parameters);
    task.optimizer.zeroGrad();
    for (const i of reached) assign(sums[i], zerosLike(sums[i]));
    return [norm];
  }, { name: "train" });
  return async (step) => {
    let total = 0;
    for (let i = 0; i < count; i++) total += (await runOn(task, step, step * count + i, collect))[0];
    const [norm] = await numbers(finish());
    return { loss: total / count, gradientNorm: norm };
  };
}

/** Runs a program on a batch, which is freed, and checks that what it returns is finite. */
async function runOn(
  { model, batch: batchOf, loss }: TrainingTask, step: number, index: number, program: (...batch: Tensor[]) => Tensor[],
): Promise<number[]> {
  const batch = batchOf(index);
  const found = await numbers(program(...batch));
  if (!found.every(Number.isFinite)) throw await explainNonFinite(model, batch, loss, step + 1);
  for (const x of batch) x.dispose();
  return found;
}
/** Reads the results of a program and frees them. */
async function numbers(results: readonly Tensor[]): Promise<number[]> {
  const read: number[] = [];
  for (const x of results) {
    read.push(await x.item());
    x.dispose();
  }
  return read;
}
