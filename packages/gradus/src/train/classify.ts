import { DataLoader } from "../data/loader.ts";
import { subset } from "../data/dataset.ts";
import { labelledDataset, standardize, standardizer, type LabelledRows } from "../data/table.ts";
import { shuffledSplit, tailSplit, type Split } from "../data/split.ts";
import { compile } from "../exec/compile.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { crossEntropy } from "../nn/functional/cross-entropy.ts";
import { AdamW } from "../optim/adam.ts";
import { WarmupCosineLR } from "../optim/warmup.ts";
import type { Classifier, ClassifierRecipe, PreparedRows, Scaling, Settings } from "./recipe.ts";
import type { Evaluation, TrainingTask } from "./task.ts";

/** Rows of the digits that are held out, as in the figure published for them. */
const DIGITS_HELD_OUT = 360;

/** How many rows are held out, and which: drawn by the seed, or the last ones. */
export interface SplitPlan {
  readonly split: "shuffled" | "tail";
  readonly heldOut: number;
}
/** The publisher's test files where there are some; for images in one pair of files the last fifth; else by seed. */
export function planSplit(rows: LabelledRows, trained: number | null): SplitPlan {
  if (trained !== null) return { split: "tail", heldOut: rows.size - trained };
  const fifth = Math.max(1, Math.round(rows.size / 5));
  if (rows.shape.length === 3) return { split: "tail", heldOut: fifth };
  return { split: "shuffled", heldOut: rows.name === "digits" ? DIGITS_HELD_OUT : fifth };
}
export const splitBy = (plan: SplitPlan, size: number, seed: number): Split =>
  plan.split === "tail" ? tailSplit(size, plan.heldOut) : shuffledSplit(size, plan.heldOut, seed);

/** Pixels are divided by their largest value; columns of a table are standardized on the rows of training. */
function scalingOf(rows: LabelledRows, split: Split): Scaling {
  if (rows.name === "digits") return { mean: [0], scale: [16] };
  if (rows.shape.length === 3) return { mean: [0], scale: [255] };
  return standardizer(rows, split.train);
}
export function prepareRows(rows: LabelledRows, plan: SplitPlan, seed: number): PreparedRows {
  const split = splitBy(plan, rows.size, seed);
  return { rows, split, scaling: scalingOf(rows, split) };
}

/** Steps of so many epochs. */
export const stepsOf = (epochs: number, rows: number, batch: number): number =>
  Math.round(epochs * Math.ceil(rows / batch));

/** A classifier with cross-entropy, AdamW and a rate that rises and falls; scored on the rows held out. */
export function classifierTask(
  recipe: ClassifierRecipe, model: Classifier, { rows, split, scaling }: PreparedRows, settings: Settings,
): TrainingTask {
  const data = labelledDataset(standardize(rows, scaling));
  const { batch: batchSize, seed } = settings;
  const loader = new DataLoader(subset(data, split.train), { batchSize, shuffle: true, seed });
  const optimizer = new AdamW(model.parameters(), { lr: settings.lr, weightDecay: recipe.weightDecay });
  const { steps } = settings;
  return {
    model, optimizer, steps, better: "higher", stepsPerEvaluation: loader.length,
    scheduler: new WarmupCosineLR(optimizer, { warmup: Math.round(recipe.warmup * steps), steps }),
    batch: (step) => loader.at(step),
    loss: (x, y) => crossEntropy(model.forward(x), y),
    evaluate: accuracyOf(model, new DataLoader(subset(data, split.test), { batchSize: 250 })),
  };
}

/** Measures the share of rows whose highest score is that of their class, and the mean loss. */
export function accuracyOf(model: Classifier, loader: DataLoader): () => Promise<Evaluation> {
  const score = compile((x: Tensor, y: Tensor) => {
    const scores = model.forward(x);
    return [scores.argmax(-1).eq(y).cast("f32").sum(), crossEntropy(scores, y, { reduction: "sum" })];
  }, { name: "score" });
  return async () => {
    let right = 0, loss = 0;
    for (let i = 0; i < loader.length; i++) {
      const batch = loader.at(i);
      const [hits, total] = noGrad(() => score(batch[0], batch[1]));
      right += await hits.item();
      loss += await total.item();
      for (const x of [...batch, hits, total]) x.dispose();
    }
    return { accuracy: right / loader.dataset.size, loss: loss / loader.dataset.size };
  };
}

/** Probabilities of every class for rows of features, [rows][classes]. */
export async function classify(model: Classifier, rows: LabelledRows, scaling: Scaling): Promise<number[][]> {
  const loader = new DataLoader(labelledDataset(standardize(rows, scaling)), { batchSize: 250 });
  const forward = compile((x: Tensor) => {
    const scores = model.forward(x);
    const e = scores.sub(scores.amax([-1], { keepdim: true })).exp();
    return e.div(e.sum([-1], { keepdim: true }));
  }, { name: "classify" });
  model.eval();
  const found: number[][] = [];
  for (let i = 0; i < loader.length; i++) {
    const batch = loader.at(i);
    const probabilities = noGrad(() => forward(batch[0]));
    found.push(...await probabilities.array() as number[][]);
    for (const x of [...batch, probabilities]) x.dispose();
  }
  return found;
}
