import { randomWindows, scoringWindows, type Corpus } from "../data/text.ts";
import { RandomStream } from "../vocab/random.ts";
import { compile } from "../exec/compile.ts";
import { tensor } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { crossEntropy } from "../nn/functional/cross-entropy.ts";
import { AdamW } from "../optim/adam.ts";
import { WarmupCosineLR } from "../optim/scheduler.ts";
import type { LanguageRecipe, Predictor, Settings } from "./recipe.ts";
import type { Evaluation, TrainingTask } from "./trainer.ts";

/** Windows scored together. */
const SCORED_TOGETHER = 32;

/** Mean surprise over all characters, in nats: scores (B, T, V), targets (B, T). */
function surprise(model: Predictor, x: Tensor, y: Tensor, reduction: "mean" | "sum"): Tensor {
  const scores = model.forward(x);
  return crossEntropy(scores.reshape([-1, scores.shape[2]]), y.reshape([-1]), { reduction });
}

/** A model of characters on random windows, with AdamW and gradients clipped; scored on the text held out. */
export function languageTask(recipe: LanguageRecipe, model: Predictor, corpus: Corpus, settings: Settings): TrainingTask {
  const { steps, seed, batch: count } = settings;
  const optimizer = new AdamW(model.parameters(), { lr: settings.lr, betas: [0.9, 0.99], weightDecay: recipe.weightDecay });
  return {
    model, optimizer, steps, maxNorm: 1, better: "lower", stepsPerEvaluation: Math.min(500, steps),
    scheduler: new WarmupCosineLR(optimizer, { warmup: Math.round(recipe.warmup * steps), steps, minimum: settings.lr / 10 }),
    batch: (step) => randomWindows(corpus.train, { length: recipe.context, count, seed, step }),
    loss: (x, y) => surprise(model, x, y, "mean"),
    evaluate: surpriseOf(model, corpus.heldOut, recipe.context),
  };
}

/** Measures the mean nats over every window of `context` characters of a text, none of which overlap. */
export function surpriseOf(model: Predictor, ids: Int32Array, context: number): () => Promise<Evaluation> {
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

export interface SampleOptions {
  /** Characters to write. */
  readonly length: number;
  /** Scores are divided by it: below 1 the likely becomes likelier; 0 always takes the likeliest. */
  readonly temperature: number;
  readonly seed: number;
  /** Characters the model was trained to look back on. */
  readonly context: number;
}
/**
 * Goes on with a text, one character at a time. The window always has the same length, so that one compiled program
 * serves all: what follows the present character cannot be seen by a model that looks back only.
 */
export async function* sample(model: Predictor, prompt: Int32Array, options: SampleOptions): AsyncGenerator<number> {
  const { length, temperature, seed, context } = options;
  const stream = new RandomStream(seed);
  const forward = compile((x: Tensor) => model.forward(x), { name: "sample" });
  const text = Array.from(prompt);
  model.eval();
  for (let i = 0; i < length; i++) {
    const window = text.slice(-context);
    const x = tensor(Int32Array.from({ length: context }, (_, t) => window[t] ?? 0), { shape: [1, context] });
    const scores = noGrad(() => forward(x));
    const flat = await scores.data();
    const width = scores.shape[2];
    for (const done of [x, scores]) done.dispose();
    const next = draw(flat.subarray((window.length - 1) * width, window.length * width), temperature, stream);
    text.push(next);
    yield next;
  }
}
/** An index drawn with probability proportional to exp(score / temperature). */
export function draw(scores: ArrayLike<number>, temperature: number, stream: RandomStream): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i] > scores[best]) best = i;
  if (temperature === 0) return best;
  const weights = Array.from(scores, (score) => Math.exp((score - scores[best]) / temperature));
  let left = stream.uniform() * weights.reduce((a, b) => a + b, 0);
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return best;
}
