import type { Tensor } from "../tensor/tensor.ts";
import type { Module } from "../nn/module.ts";
import type { PlateauState } from "../optim/plateau.ts";

/** What the trainer asks of an optimizer; every one of `optim` fits. */
export interface TrainableOptimizer {
  lr: number;
  zeroGrad(): void;
  step(): void;
  stateDict(): Readonly<Record<string, Tensor>>;
  loadStateDict(record: Readonly<Record<string, Tensor>>): void;
}
/** A schedule that is a function of a count: every `optim.Scheduler`. */
export interface CountedSchedule {
  resume(count: number): void;
}
/** A schedule that follows a measure: `optim.ReduceLROnPlateau`. */
export interface MeasuredSchedule {
  step(measure: number): void;
  stateDict(): PlateauState;
  loadStateDict(record: PlateauState): void;
}
/** Averaged weights: `optim.ExponentialMovingAverage` or `optim.AveragedModel`. */
export interface WeightAverages {
  update(): void;
  swap(): void;
  stateDict(): Readonly<Record<string, Tensor>>;
  loadStateDict(record: Readonly<Record<string, Tensor>>): void;
}

/** A model and what it is to learn. */
export interface TrainingTask {
  readonly model: Module;
  readonly optimizer: TrainableOptimizer;
  /** The batch of an index: the same index always gets the same batch. Step s takes batches s n to s n + n - 1. */
  readonly batch: (index: number) => readonly Tensor[];
  /** The loss of a batch, one number. */
  readonly loss: (...batch: Tensor[]) => Tensor;
  readonly steps: number;
  /** Batches whose mean gradient makes one step, n (default 1). */
  readonly accumulate?: number;
  /** Sets the learning rate: of every step, or after every evaluation where it follows a measure. */
  readonly scheduler?: CountedSchedule | MeasuredSchedule;
  /** Steps after which a counted schedule moves on by one (default 1; the steps of an epoch for one by epochs). */
  readonly stepsPerRate?: number;
  /** Gradients are scaled down to this norm over all parameters; without it they are left alone. */
  readonly maxNorm?: number;
  /** Every element of every gradient is held within [-maxValue, maxValue]. */
  readonly maxValue?: number;
  /** Weights that follow the model's after every step, and are the ones that are evaluated. */
  readonly average?: WeightAverages;
  /** Measures the model as it is; the first quantity decides about early stopping. */
  readonly evaluate: () => Promise<Evaluation>;
  readonly stepsPerEvaluation: number;
  /** Steps of an epoch (default: those between evaluations). */
  readonly stepsPerEpoch?: number;
  /** Whether a higher or a lower first quantity is better. */
  readonly better: "higher" | "lower";
}
/** Quantities by name, the one that decides first. */
export type Evaluation = Readonly<Record<string, number>>;

/** The quantity that decides. */
export const figureOf = (evaluation: Evaluation): number => Object.values(evaluation)[0];
