import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import type { Callback, Run, StepReport } from "./callbacks.ts";
import { histogramEvent, scalarEvent, startEvent, versionEvent } from "./events.ts";
import { CsvLog } from "./log.node.ts";
import type { Evaluation } from "./task.ts";

/** Appends to a TensorBoard event file in a folder; `tensorboard --logdir <folder>` shows it. */
export class EventFile {
  readonly path: string;
  readonly #now: () => number;

  private constructor(path: string, now: () => number) {
    this.path = path;
    this.#now = now;
  }
  /** Starts a file; `step` is the last one before it, where a run goes on. `now` gives seconds since 1970. */
  static async open(folder: string, step = 0, now: () => number = () => Date.now() / 1000): Promise<EventFile> {
    await mkdir(folder, { recursive: true });
    const seconds = String(Math.floor(now())).padStart(10, "0");
    const name = `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${step}`;
    const file = new EventFile(join(folder, name), now);
    // Also at the beginning: a run that was killed before its first checkpoint has left a file of the same steps.
    await writeFile(file.path, Buffer.concat([versionEvent(now()), startEvent(now(), step + 1)]));
    return file;
  }
  /** Numbers by name at a step. */
  async scalars(step: number, values: Readonly<Record<string, number>>): Promise<void> {
    const time = this.#now();
    const events = Object.entries(values).map(([tag, value]) => scalarEvent(time, step, tag, value));
    await appendFile(this.path, Buffer.concat(events));
  }
  /** How values are distributed at a step. */
  async histogram(step: number, tag: string, values: ArrayLike<number>): Promise<void> {
    await appendFile(this.path, histogramEvent(this.#now(), step, tag, values));
  }
}

export interface TensorBoardOptions {
  /** Also write the distribution of every parameter at every evaluation. */
  readonly histograms?: boolean;
}
/** Loss, norm of the gradients and learning rate of every step, and every evaluation, for TensorBoard. */
export class TensorBoard implements Callback {
  readonly name = "tensorBoard";
  readonly folder: string;
  readonly options: TensorBoardOptions;
  #file: EventFile | null = null;

  constructor(folder: string, options: TensorBoardOptions = {}) {
    this.folder = folder;
    this.options = options;
  }
  async onStart(run: Run): Promise<void> {
    this.#file = await EventFile.open(this.folder, run.step);
  }
  async onStep({ step, loss, gradientNorm, learningRate }: StepReport): Promise<void> {
    await this.#file!.scalars(step, {
      "train/loss": loss, "train/gradient_norm": gradientNorm, "train/learning_rate": learningRate,
    });
  }
  async onEvaluate(evaluation: Evaluation, { step, task }: Run): Promise<void> {
    const tagged = Object.entries(evaluation).map(([name, value]) => [`evaluation/${name}`, value]);
    await this.#file!.scalars(step, Object.fromEntries(tagged) as Record<string, number>);
    if (this.options.histograms !== true) return;
    for (const [name, parameter] of task.model.namedParameters()) {
      await this.#file!.histogram(step, name, await parameter.data());
    }
  }
}

/** A line per step and evaluation in a CSV file; lines beyond the checkpoint that a run goes on from are dropped. */
export class CsvLogger implements Callback {
  readonly name = "csvLogger";
  readonly path: string;
  readonly metrics: readonly string[];
  #log: CsvLog | null = null;

  /** `metrics` are the quantities of the evaluation that get a column, `evaluation_<name>`. */
  constructor(path: string, metrics: readonly string[] = []) {
    this.path = path;
    this.metrics = metrics;
  }
  async onStart(run: Run): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    this.#log = await CsvLog.open(
      this.path, ["step", "loss", "gradient_norm", "learning_rate", ...this.metrics.map(columnOf)], run.step);
  }
  async onStep({ step, loss, gradientNorm, learningRate }: StepReport): Promise<void> {
    this.#log!.add({ step, loss, gradient_norm: gradientNorm, learning_rate: learningRate });
    await this.#log!.flush();
  }
  async onEvaluate(evaluation: Evaluation, { step }: Run): Promise<void> {
    this.#log!.add({ step, ...Object.fromEntries(this.metrics.map((name) => [columnOf(name), evaluation[name]])) });
    await this.#log!.flush();
  }
}
const columnOf = (metric: string): string => `evaluation_${metric}`;
