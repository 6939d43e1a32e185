import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { readBytes } from "../data/files.node.ts";
import { removeUnfinished, writeAtomically } from "./atomic.node.ts";
import type { Callback, CallbackState, Run, TrainResult } from "./callbacks.ts";
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { figureOf, type Evaluation } from "./task.ts";

/** Writes a checkpoint so that the file is the old one or the new one, never a part. */
export const writeCheckpoint = async (path: string, checkpoint: Checkpoint): Promise<void> =>
  writeAtomically(path, await encodeCheckpoint(checkpoint));
/** The checkpoint of a file, or null if there is none. */
export async function readCheckpoint(path: string): Promise<Checkpoint | null> {
  if (await stat(path).catch(() => null) === null) return null;
  return decodeCheckpoint(await readBytes(path), path);
}

export interface CheckpointOptions {
  /** Steps between checkpoints (default: those between evaluations). */
  readonly every?: number;
  /** Keep each one as `step-<n>.safetensors`, not only the last. */
  readonly keepAll?: boolean;
}

/**
 * Checkpoints in a folder: `last.safetensors` every n steps and at the end, `best.safetensors` at every evaluation
 * that is the best so far. Give it after the callbacks whose state is to be in the files.
 */
export class Checkpoints implements Callback {
  readonly name = "checkpoints";
  readonly folder: string;
  readonly options: CheckpointOptions;
  #best: number | null = null;
  #isBest = false;

  constructor(folder: string, options: CheckpointOptions = {}) {
    this.folder = folder;
    this.options = options;
  }
  /** Where a run that was stopped or killed goes on: for `train`'s option `from`. */
  last(): Promise<Checkpoint | null> {
    return readCheckpoint(join(this.folder, "last.safetensors"));
  }
  /** The best evaluation's. */
  best(): Promise<Checkpoint | null> {
    return readCheckpoint(join(this.folder, "best.safetensors"));
  }
  async onStart(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await removeUnfinished(this.folder);
  }
  onEvaluate(evaluation: Evaluation, { task }: Run): void {
    const figure = figureOf(evaluation);
    this.#isBest = this.#best === null || (task.better === "higher" ? figure > this.#best : figure < this.#best);
    if (this.#isBest) this.#best = figure;
  }
  async onSettled(run: Run): Promise<void> {
    const { every = run.task.stepsPerEvaluation, keepAll } = this.options;
    if (this.#isBest) await this.#write("best", run);
    this.#isBest = false;
    if (!run.ending && run.step % every !== 0) return;
    await this.#write("last", run);
    if (keepAll === true) await this.#write(`step-${String(run.step).padStart(6, "0")}`, run);
  }
  async onEnd({ end }: TrainResult, run: Run): Promise<void> {
    if (end === "stopped") await this.#write("last", run);
  }
  stateDict(): CallbackState {
    return { values: this.#best };
  }
  loadStateDict({ values }: CallbackState): void {
    this.#best = values as number | null;
  }
  #write(name: string, run: Run): Promise<void> {
    return writeCheckpoint(join(this.folder, `${name}.safetensors`), run.checkpoint());
  }
}
