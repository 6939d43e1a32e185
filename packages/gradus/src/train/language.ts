import { randomWindows, scoringWindows, type Corpus } from "../data/text.ts";
import { compile } from "../exec/compile.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { LanguageModel } from "../models/language-model.ts";
import { crossEntropy } from "../nn/functional/cross-entropy.ts";
import { AdamW } from "../optim/adam.ts";
import { WarmupCosineLR } from "../optim/warmup.ts";
import type { LanguageRecipe, Settings } from "./recipe.ts";
import type { Evaluation, TrainingTask } from "./task.ts";

/** Windows scored together. */
const SCORED_TOGETHER = 32;

/** Mean surprise over all characters, in nats: scores (B, T, V), targets (B, T). */
function surprise(model: LanguageModel, x: Tensor, y: Tensor, reduction: "mean" | "sum"): Tensor {
  const scores = model.forward(x);
  return crossEntropy(scores.reshape([-1, scores.shape[2]]), y.reshape([-1]), { reduction });
}

/** A model of characters on random windows, with AdamW and gradients clipped; scored on the text held out. */
export function languageTask(
  recipe: LanguageRecipe, model: LanguageModel, corpus: Corpus, settings: Settings,
): TrainingTask {
  const { steps, seed, lr, batch: count } = settings;
  const optimizer = new AdamW(model.parameters(), { lr, betas: [0.9, 0.99], weightDecay: recipe.weightDecay });
  const warmup = Math.round(recipe.warmup * steps);
  return {
    model, optimizer, steps, maxNorm: 1, better: "lower", stepsPerEvaluation: Math.min(500, steps),
    scheduler: new WarmupCosineLR(optimizer, { warmup, steps, minimum: lr / 10 }),
    batch: (step) => randomWindows(corpus.train, { length: recipe.context, count, seed, step }),
    loss: (x, y) => surprise(model, x, y, "mean"),
    evaluate: surpriseOf(model, corpus.heldOut, recipe.context),
  };
}

/** Measures the mean nats over every window of `context` characters of a text, none of which overlap. */
export function surpriseOf(model: LanguageModel, ids: Int32Array, context: number): () => Promise<Evaluation> {
  const score = compile((x: Tensor, y: Tensor) => surprise(model, x, y, "sum"), { name: "score" });
  return async () => {
    let total = 0, count = 0;
    for (const [x, y] of scoringWindows(ids, context, SCORED_TOGETHER)) {
      const sum = noGrad(() => score(x, y));
      total += await sum.item();
      count += y.numel;
      for (const done of [x, y, sum]) done.dispose();
    }
    return { nats: total / count };
  };
}
