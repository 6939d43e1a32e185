import type { LabelledRows } from "../data/table.ts";
import type { Split } from "../data/split.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { LanguageModel } from "../models/language-model.ts";
import type { Module } from "../nn/module.ts";

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
/** What a good run reaches: a figure on data that was held out. */
export interface Bar {
  readonly metric: "accuracy" | "nats";
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
export type Recipe = ClassifierRecipe | LanguageRecipe;

/** Rows with the split and scaling of a run. */
export interface PreparedRows {
  readonly rows: LabelledRows;
  readonly split: Split;
  readonly scaling: Scaling;
}
