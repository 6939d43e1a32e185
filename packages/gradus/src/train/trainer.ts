import { UsageError } from "../vocab/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { noGrad } from "../tensor/gradient.ts";
import { defaultGenerator } from "../tensor/random.ts";
import { assign } from "../exec/state.ts";
import { compile } from "../exec/compile.ts";
import type { Module } from "../nn/module.ts";
import { clipGradNorm, gradientNorm } from "../optim/clip.ts";
import type { Scheduler } from "../optim/scheduler.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { explainNonFinite } from "./nonfinite.ts";

/** What the trainer asks of an optimizer; every one of `optim` fits. */
export interface TrainableOptimizer {
  lr: number;
  zeroGrad(): void;
  step(): void;
  stateDict(): Readonly<Record<string, Tensor>>;
  loadStateDict(record: Readonly<Record<string, Tensor>>): void;
}
/** A model and what it is to learn. */
export interface TrainingTask {
  readonly model: Module;
  readonly optimizer: TrainableOptimizer;
  /** The batch of a step: the same step always gets the same batch. */
  readonly batch: (step: number) => readonly Tensor[];
  /** The loss of a batch, one number. */
  readonly loss: (...batch: Tensor[]) => Tensor;
  readonly steps: number;
  /** Sets the learning rate of every step; a rate is a function of the step alone. */
  readonly scheduler?: Scheduler;
  /** Gradients are scaled down to this norm over all parameters; without it they are left alone. */
  readonly maxNorm?: number;
  /** Measures the model as it is; the first quantity decides about early stopping. */
  readonly evaluate: () => Promise<Evaluation>;
  readonly stepsPerEvaluation: number;
  /** Whether a higher or a lower first quantity is better. */
  readonly better: "higher" | "lower";
}
export type Evaluation = Readonly<Record<string, number>>;

export interface StepReport {
  /** Steps made, this one included. */
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
}
export interface TrainOptions {
  /** Go on from here. */
  readonly from?: Checkpoint;
  /** Stop after this many evaluations without a better result. */
  readonly patience?: number;
  readonly onStep?: (report: StepReport) => void;
  readonly onEvaluation?: (step: number, result: Evaluation) => void | Promise<void>;
  /** Receives a checkpoint every `stepsPerCheckpoint` steps, when stopped and at the end. */
  readonly save?: (checkpoint: Checkpoint) => Promise<void>;
  readonly stepsPerCheckpoint?: number;
  /** Asked before every step: true saves and stops. */
  readonly stopRequested?: () => boolean;
}
export interface TrainResult {
  readonly step: number;
  readonly end: "finished" | "stopped" | "patience";
  readonly losses: readonly number[];
  readonly evaluation: Evaluation | null;
}

/**
 * Trains a model: batch, loss, gradients, optimizer, again. The step is compiled; a run that goes on from a checkpoint
 * computes the same losses, bit for bit, as one that never stopped. Throws a NonFiniteError that names the layer when a
 * loss or gradient is not finite.
 */
export async function train(task: TrainingTask, options: TrainOptions = {}): Promise<TrainResult> {
  const { model, optimizer, scheduler } = task;
  const parameters = model.parameters();
  const losses: number[] = [];
  let step = 0, best: number | null = null, sinceBest = 0;
  let evaluation: Evaluation | null = null;
  if (options.from !== undefined) {
    ({ step, best, sinceBest } = options.from.position);
    losses.push(...options.from.position.losses);
    restore(task, options.from);
  }

  const makeStep = compile((...batch: Tensor[]) => {
    optimizer.zeroGrad();
    const loss = task.loss(...batch);
    loss.backward();
    const norm = task.maxNorm === undefined ? gradientNorm(parameters) : clipGradNorm(parameters, task.maxNorm);
    optimizer.step();
    return [loss, norm];
  }, { name: "train" });
  const save = async (): Promise<void> => {
    await options.save?.({ position: { step, losses, best, sinceBest }, parts: partsOf(task) });
  };
  const measure = async (): Promise<Evaluation> => {
    model.eval();
    return task.evaluate();
  };
  const result = (end: TrainResult["end"]): TrainResult => ({ step, end, losses, evaluation });

  while (step < task.steps) {
    if (options.stopRequested?.() === true) {
      await save();
      return result("stopped");
    }
    model.train();
    if (scheduler !== undefined) {
      scheduler.resume(step);
    }
    const batch = task.batch(step);
    const [loss, norm] = await numbers(makeStep(...batch));
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      throw await explainNonFinite(model, batch, task.loss, step + 1);
    }
    for (const x of batch) x.dispose();
    step++;
    losses.push(loss);
    options.onStep?.({ step, loss, gradientNorm: norm, learningRate: optimizer.lr });

    if (step % task.stepsPerEvaluation === 0 || step === task.steps) {
      evaluation = await measure();
      const figure = Object.values(evaluation)[0];
      const improved = best === null || (task.better === "higher" ? figure > best : figure < best);
      if (improved) best = figure;
      sinceBest = improved ? 0 : sinceBest + 1;
      await options.onEvaluation?.(step, evaluation);
      if (options.patience !== undefined && sinceBest >= options.patience) {
        await save();
        return result("patience");
      }
    }
    if (step === task.steps || step % (options.stepsPerCheckpoint ?? Infinity) === 0) await save();
  }
  // A run that had finished before only says again what it reached.
  evaluation ??= await measure();
  return result("finished");
}

/** Reads the results of a step and frees them. */
async function numbers(results: readonly Tensor[]): Promise<number[]> {
  const read: number[] = [];
  for (const x of results) {
    read.push(await x.item());
    x.dispose();
  }
  return read;
}

/** Every State that the next step depends on. */
const partsOf = ({ model, optimizer }: TrainingTask): Checkpoint["parts"] => ({
  model: model.stateDict(), optimizer: optimizer.stateDict(), generator: { state: defaultGenerator().state },
});
function restore({ model, optimizer, steps }: TrainingTask, { parts, position }: Checkpoint): void {
  if (position.step > steps) {
    throw new UsageError(`the checkpoint has made ${position.step} steps already and ${steps} are asked for; ask for ` +
      `more`);
  }
  model.loadStateDict(parts["model"] ?? {});
  optimizer.loadStateDict(parts["optimizer"] ?? {});
  const { state } = parts["generator"] ?? {};
  if (state !== undefined) noGrad(() => assign(defaultGenerator().state, state));
}

