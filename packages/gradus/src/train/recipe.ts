import type { LabelledRows } from "../data/table.ts";
import type { Split } from "../data/split.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { LanguageModel } from "../models/language-model.ts";
import type { Module } from "../nn/module.ts";
import type { TrainingTask } from "./task.ts";

/** A classifier: features (B, ...) to scores (B, classes). */
export type Classifier = Module & { forward(x: Tensor): Tensor };

/** What a user may change about a run; the recipe fills in the rest. */
export interface Settings {
  readonly seed: number;
  readonly batch: number;
  /** The highest learning rate. */
  readonly lr: number;
  readonly steps: number;
}
/** Figures that models are judged by, and which way is better. */
export const METRICS = {
  accuracy: "higher", f1: "higher", bleu: "higher", nats: "lower", perplexity: "lower", rmse: "lower",
} as const;
/** Whether a figure is at least as good as a bar. */
export const reaches = (metric: keyof typeof METRICS, value: number, bar: number): boolean =>
  (METRICS[metric] === "higher" ? value >= bar : value <= bar);

/** What a good run reaches: a figure on data that was held out. */
export interface Bar {
  readonly metric: keyof typeof METRICS;
  readonly value: number;
  /** On which data, in words. */
  readonly on: string;
}
interface Common {
  readonly name: string;
  readonly title: string;
  /** What `--data` is when it is not given; null where it must be. */
  readonly data: string | null;
  readonly bar: Bar;
  readonly batch: number;
  readonly lr: number;
  readonly weightDecay: number;
  /** Share of the steps in which the learning rate rises. */
  readonly warmup: number;
}

/** Numbers are classified: (x - mean) / scale, by column, or by one pair for all columns. */
export interface Scaling {
  readonly mean: readonly number[];
  readonly scale: readonly number[];
}
/** How a classifier is trained. */
export interface ClassifierRecipe extends Common {
  readonly kind: "classifier";
  readonly epochs: number;
  /** The model for rows of a shape and a number of classes. Throws a DataError if the rows do not fit it. */
  readonly create: (shape: readonly number[], classes: number) => Promise<Classifier>;
}
/** How a model of text is trained. */
export interface LanguageRecipe extends Common {
  readonly kind: "language";
  readonly steps: number;
  /** Characters of a window. */
  readonly context: number;
  readonly create: (vocabulary: number) => Promise<LanguageModel>;
}
/** What `--data` is for a recipe that makes up its own data. */
export const GENERATED = "generated";
/** A path that data are read from: a file, or the files of a folder. */
export interface Source {
  readonly name: string;
  /** The bytes of the file, or of a file of the folder. */
  read(file?: string): Promise<Uint8Array>;
}
/** Data of a kind of their own, read and ready to learn from. */
export interface TaskData {
  /** What stays with the run, so that it can be used without its data: vocabularies, scaling. Plain JSON. */
  readonly kept: object;
  /** A new model, with weights drawn from the default generator, and what it is to learn. */
  task(settings: Settings): Promise<TrainingTask>;
}
/** A model built from what was kept, before it gets its weights. */
export interface TaskModel {
  readonly model: Module;
  /** What the model makes of a line of text: a translation, tags, a class. */
  answer(line: string): Promise<string>;
}
/** How a model whose data are of a kind of their own is trained: pairs of sentences, tagged words, series. */
export interface TaskRecipe extends Common {
  readonly kind: "task";
  readonly steps: number;
  /** What `--data` must be, in words. */
  readonly wanted: string;
  /** Reads the data. Throws a DataError that says what is missing. */
  readonly open: (source: Source) => Promise<TaskData>;
  /** Builds the model again. Throws a DataError if what was kept is not what it should be. */
  readonly restore: (kept: object) => Promise<TaskModel>;
}
export type Recipe = ClassifierRecipe | LanguageRecipe | TaskRecipe;

/** Rows with the split and scaling of a run. */
export interface PreparedRows {
  readonly rows: LabelledRows;
  readonly split: Split;
  readonly scaling: Scaling;
}
