import { detach } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { figureOf, type Evaluation, type TrainingTask } from "./task.ts";

/** One step as it was made. */
export interface StepReport {
  /** Steps made, this one included. */
  readonly step: number;
  readonly loss: number;
  /** The norm of all gradients together, before they were clipped. */
  readonly gradientNorm: number;
  readonly learningRate: number;
}
/** What a callback sees of the run, and may do. */
export interface Run {
  readonly task: TrainingTask;
  readonly step: number;
  readonly losses: readonly number[];
  /** The last evaluation, null before the first. */
  readonly evaluation: Evaluation | null;
  /** Whether no step follows this one. */
  readonly ending: boolean;
  /** Ends the run after this step, for a reason that stands in the result. */
  stop(reason: string): void;
  /** Everything that the next step depends on, as it is now. */
  checkpoint(): Checkpoint;
}
export interface TrainResult {
  readonly step: number;
  /** All steps made; asked to stop; no better for as long as `patience`; ended by a callback. */
  readonly end: "finished" | "stopped" | "patience" | "callback";
  /** What the callback that ended the run said. */
  readonly reason?: string;
  readonly losses: readonly number[];
  readonly evaluation: Evaluation | null;
}
/** What a callback must know to go on: plain values and tensors. */
export interface CallbackState {
  /** Anything that JSON holds. */
  readonly values?: unknown;
  readonly tensors?: Readonly<Record<string, Tensor>>;
}

/** Something that watches a run, and may end it. Every method is optional; those that return a promise are awaited. */
export interface Callback {
  /** Under this name its state is kept in checkpoints. */
  readonly name: string;
  /** Before the first step, or before the first one of a run that goes on. */
  onStart?(run: Run): void | Promise<void>;
  onStep?(report: StepReport, run: Run): void | Promise<void>;
  /** After the last step of an epoch; `epoch` counts from 1. */
  onEpoch?(epoch: number, run: Run): void | Promise<void>;
  onEvaluate?(evaluation: Evaluation, run: Run): void | Promise<void>;
  /** After a step with all that belongs to it, evaluation and epoch: the moment for a checkpoint. */
  onSettled?(run: Run): void | Promise<void>;
  /** After the last step, however the run ended, except by an error. */
  onEnd?(result: TrainResult, run: Run): void | Promise<void>;
  stateDict?(): CallbackState;
  loadStateDict?(state: CallbackState): void;
}

export interface EarlyStoppingOptions {
  /** Evaluations without progress that are let pass. */
  readonly patience: number;
  /** A change smaller than this is no progress (default 0). */
  readonly minDelta?: number;
  /** At the end, put back the weights of the best evaluation. */
  readonly restoreBest?: boolean;
  /** The quantity that is watched (default: the first) and which of its values are better (default: as the task). */
  readonly metric?: string;
  readonly better?: "higher" | "lower";
}
interface EarlyStoppingValues {
  readonly best: number | null;
  readonly bestStep: number;
  readonly waited: number;
}

/** Ends a run whose evaluations have stopped getting better. Prechelt 1998, "Early stopping - but when?". */
export class EarlyStopping implements Callback {
  readonly name = "earlyStopping";
  readonly options: EarlyStoppingOptions;
  #values: EarlyStoppingValues = { best: null, bestStep: 0, waited: 0 };
  #weights: Readonly<Record<string, Tensor>> = {};

  constructor(options: EarlyStoppingOptions) {
    const { patience, minDelta = 0 } = options;
    if (!(patience >= 1) || !(minDelta >= 0)) {
      throw new UsageError(`EarlyStopping: patience ${patience} and minDelta ${minDelta}; patience is at least 1, ` +
        "minDelta at least 0");
    }
    this.options = options;
  }
  /** The best value so far, null before the first evaluation. */
  get best(): number | null {
    return this.#values.best;
  }
  /** The step of the best value. */
  get bestStep(): number {
    return this.#values.bestStep;
  }
  onEvaluate(evaluation: Evaluation, run: Run): void {
    const { metric, patience, minDelta = 0, better = run.task.better, restoreBest } = this.options;
    const value = metric === undefined ? figureOf(evaluation) : evaluation[metric];
    if (value === undefined) {
      throw new UsageError(`EarlyStopping: the evaluation has no "${metric}", only ` +
        Object.keys(evaluation).join(", "));
    }
    const { best, bestStep, waited } = this.#values;
    const gain = best === null ? Infinity : better === "higher" ? value - best : best - value;
    if (gain > minDelta) {
      this.#values = { best: value, bestStep: run.step, waited: 0 };
      if (restoreBest === true) this.#weights = snapshot(run.task.model.stateDict());
      return;
    }
    this.#values = { best, bestStep, waited: waited + 1 };
    if (waited + 1 >= patience) {
      run.stop(`no better than ${best} at step ${bestStep} for ${waited + 1} evaluations`);
    }
  }
  onEnd({ end }: TrainResult, run: Run): void {
    // A run that was asked to stop will go on from where it was.
    if (this.options.restoreBest !== true || end === "stopped" || this.#values.best === null) return;
    run.task.model.loadStateDict(this.#weights);
  }
  stateDict(): CallbackState {
    return { values: this.#values, tensors: this.#weights };
  }
  loadStateDict({ values, tensors }: CallbackState): void {
    this.#values = values as EarlyStoppingValues;
    this.#weights = tensors ?? {};
  }
}
/** State as it is now: later steps do not change it. */
const snapshot = (state: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(state).map(([key, value]) => [key, detach(value)]));
