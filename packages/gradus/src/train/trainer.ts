import { UsageError } from "../vocab/errors.ts";
import { noGrad } from "../tensor/gradient.ts";
import { defaultGenerator } from "../tensor/random.ts";
import { assign } from "../exec/state.ts";
import type { PlateauState } from "../optim/plateau.ts";
import type { Callback, Run, StepReport, TrainResult } from "./callbacks.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { trainingStep } from "./step.ts";
import { figureOf, type Evaluation, type TrainingTask } from "./task.ts";

export type { StepReport, TrainResult } from "./callbacks.ts";
export type { Evaluation, TrainableOptimizer, TrainingTask } from "./task.ts";

export interface TrainOptions {
  /** Go on from here; null: from the start. */
  readonly from?: Checkpoint | null;
  /** Stop after this many evaluations without a better result. */
  readonly patience?: number;
  /** Watchers of the run, called in order: early stopping, files of checkpoints, logs. */
  readonly callbacks?: readonly Callback[];
  readonly onStep?: (report: StepReport) => void;
  readonly onEvaluation?: (step: number, result: Evaluation) => void | Promise<void>;
  /** Receives a checkpoint every `stepsPerCheckpoint` steps, when stopped and at the end. */
  readonly save?: (checkpoint: Checkpoint) => Promise<void>;
  readonly stepsPerCheckpoint?: number;
  /** Asked before every step: true saves and stops. */
  readonly stopRequested?: () => boolean;
}

/**
 * Trains a model: batch, loss, gradients, optimizer, again. The step is compiled; a run that goes on from a checkpoint
 * computes the same losses, bit for bit, as one that never stopped. Throws a NonFiniteError that names the layer when a
 * loss or gradient is not finite.
 */
export async function train(task: TrainingTask, options: TrainOptions = {}): Promise<TrainResult> {
  const run = new TrainingRun(task, options);
  const makeStep = trainingStep(task);
  await run.call((callback) => callback.onStart?.(run));
  const { stepsPerEvaluation, stepsPerEpoch = stepsPerEvaluation, steps } = task;
  while (run.step < steps) {
    if (options.stopRequested?.() === true) return run.end("stopped");
    task.model.train();
    run.setRate();
    const { loss, gradientNorm } = await makeStep(run.step);
    await run.stepped({ step: run.step + 1, loss, gradientNorm, learningRate: task.optimizer.lr });
    if (run.step % stepsPerEvaluation === 0 || run.step === steps) await run.evaluate();
    if (run.step % stepsPerEpoch === 0) await run.call((callback) => callback.onEpoch?.(run.step / stepsPerEpoch, run));
    await run.call((callback) => callback.onSettled?.(run));
    if (run.impatient) return run.end("patience");
    if (run.reason !== null) return run.end("callback");
    if (run.step < steps && run.step % (options.stepsPerCheckpoint ?? Infinity) === 0) await run.save();
  }
  // A run that had finished before only says again what it reached.
  if (run.evaluation === null) await run.measure();
  return run.end("finished");
}

/** Where a run stands. */
class TrainingRun implements Run {
  readonly task: TrainingTask;
  readonly #options: TrainOptions;
  readonly #callbacks: readonly Callback[];
  readonly losses: number[] = [];
  step = 0;
  evaluation: Evaluation | null = null;
  /** Why a callback ended the run. */
  reason: string | null = null;
  #best: number | null = null;
  #sinceBest = 0;
  /** The step of the checkpoint that the run goes on from. */
  #resumedAt = -1;

  constructor(task: TrainingTask, options: TrainOptions) {
    this.task = task;
    this.#options = options;
    this.#callbacks = options.callbacks ?? [];
    const names = this.#callbacks.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new UsageError(`train: two callbacks are named "${twice}"; give one another name`);
    if (options.from != null) this.#restore(options.from);
  }
  stop(reason: string): void {
    this.reason ??= reason;
  }
  get impatient(): boolean {
    return this.#options.patience !== undefined && this.#sinceBest >= this.#options.patience;
  }
  get ending(): boolean {
    return this.step >= this.task.steps || this.impatient || this.reason !== null;
  }
  /** Calls every callback in order. */
  async call(what: (callback: Callback) => void | Promise<void>): Promise<void> {
    for (const callback of this.#callbacks) await what(callback);
  }
  /** Sets the rate of the step to come. */
  setRate(): void {
    const { scheduler, stepsPerRate = 1 } = this.task;
    if (scheduler !== undefined && "resume" in scheduler) scheduler.resume(Math.floor(this.step / stepsPerRate));
  }
  async stepped(report: StepReport): Promise<void> {
    this.step = report.step;
    this.losses.push(report.loss);
    this.#options.onStep?.(report);
    await this.call((callback) => callback.onStep?.(report, this));
  }
  /** Measures the averaged weights where there are some, else the model's. */
  async measure(): Promise<Evaluation> {
    const { model, average, evaluate } = this.task;
    model.eval();
    average?.swap();
    try {
      return this.evaluation = await evaluate();
    } finally {
      average?.swap();
    }
  }
  async evaluate(): Promise<void> {
    const { better, scheduler } = this.task;
    const evaluation = await this.measure();
    const figure = figureOf(evaluation);
    const improved = this.#best === null || (better === "higher" ? figure > this.#best : figure < this.#best);
    if (improved) this.#best = figure;
    this.#sinceBest = improved ? 0 : this.#sinceBest + 1;
    if (scheduler !== undefined && !("resume" in scheduler)) scheduler.step(figure);
    await this.#options.onEvaluation?.(this.step, evaluation);
    await this.call((callback) => callback.onEvaluate?.(evaluation, this));
  }
  async save(): Promise<void> {
    await this.#options.save?.(this.checkpoint());
  }
  async end(end: TrainResult["end"]): Promise<TrainResult> {
    // What was finished when it was loaded stands on the disk already.
    if (end !== "finished" || this.step !== this.#resumedAt) await this.save();
    const { step, losses, evaluation, reason } = this;
    const result = { step, end, losses, evaluation, ...(end === "callback" ? { reason: reason! } : {}) };
    await this.call((callback) => callback.onEnd?.(result, this));
    return result;
  }

  checkpoint(): Checkpoint {
    const { model, optimizer, scheduler, average } = this.task;
    const states = this.#callbacks.flatMap((callback) =>
      (callback.stateDict === undefined ? [] : [[callback.name, callback.stateDict()] as const]));
    const plateau = scheduler !== undefined && !("resume" in scheduler) ? { plateau: scheduler.stateDict() } : {};
    const values = Object.fromEntries(states.map(([name, { values: own }]) => [name, own ?? null]));
    return {
      position: {
        step: this.step, losses: this.losses, best: this.#best, sinceBest: this.#sinceBest, ...plateau,
        ...(states.length === 0 ? {} : { callbacks: values }),
      },
      parts: {
        model: model.stateDict(), optimizer: optimizer.stateDict(), generator: { state: defaultGenerator().state },
        ...(average === undefined ? {} : { average: average.stateDict() }),
        ...Object.fromEntries(states.map(([name, { tensors }]) => [`callback.${name}`, tensors ?? {}])),
      },
    };
  }
  #restore({ parts, position }: Checkpoint): void {
    const { model, optimizer, scheduler, average, steps } = this.task;
    if (position.step > steps) {
      throw new UsageError(`the checkpoint has made ${position.step} steps already and ${steps} are asked for; ask ` +
        "for more");
    }
    this.step = this.#resumedAt = position.step;
    this.losses.push(...position.losses);
    this.#best = position.best;
    this.#sinceBest = position.sinceBest;
    model.loadStateDict(parts["model"] ?? {});
    optimizer.loadStateDict(parts["optimizer"] ?? {});
    average?.loadStateDict(parts["average"] ?? {});
    if (scheduler !== undefined && !("resume" in scheduler) && position.plateau !== undefined) {
      scheduler.loadStateDict(position.plateau as PlateauState);
    }
    for (const callback of this.#callbacks) {
      const values = position.callbacks?.[callback.name];
      if (values !== undefined) callback.loadStateDict?.({ values, tensors: parts[`callback.${callback.name}`] ?? {} });
    }
    const { state } = parts["generator"] ?? {};
    if (state !== undefined) noGrad(() => assign(defaultGenerator().state, state));
  }
}
