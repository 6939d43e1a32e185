import { UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import { tensor } from "../tensor/create.ts";
import { noGrad, scope } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isRecurrent, type LanguageModel, type RecurrentLanguageModel } from "./language-model.ts";

export interface SampleOptions {
  /** How many tokens to add. */
  readonly length: number;
  /** Below 1 the likely tokens become likelier; 0 takes the likeliest always. */
  readonly temperature?: number;
  /** Only the k likeliest tokens may come. */
  readonly topK?: number;
  readonly random?: RandomStream;
}

/** Picks a token by its score: softmax(scores / temperature), over the k likeliest. */
export function pick(scores: ArrayLike<number>, options: Omit<SampleOptions, "length">, random: RandomStream): number {
  const { temperature = 1, topK = scores.length } = options;
  if (!(temperature >= 0)) throw new UsageError(`sample: temperature is ${temperature}; it must be 0 or more`);
  if (!(topK >= 1)) throw new UsageError(`sample: topK is ${topK}; it must be 1 or more`);
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a]).slice(0, topK);
  if (temperature === 0) return order[0];
  const weights = order.map((i) => Math.exp((scores[i] - scores[order[0]]) / temperature));
  let rest = random.uniform() * weights.reduce((a, b) => a + b, 0);
  for (const [place, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return order[place];
  }
  return order[order.length - 1];
}

/**
 * Continues a sequence of tokens, one at a time as they are drawn. Models with a state keep it, and where its room for
 * `context` tokens is full they read the last half of it again; others look at the last `context` tokens for each new
 * one. The model is in the mode it is in: call `eval()` before.
 */
export async function* sample(
  model: LanguageModel, prompt: readonly number[], options: SampleOptions,
): AsyncGenerator<number, void, undefined> {
  if (prompt.length === 0) throw new UsageError("sample: the prompt is empty; give at least one token to start from");
  const random = options.random ?? new RandomStream(0);
  const next = isRecurrent(model) ? stepping(model) : looking(model);
  let scores = await next(prompt).data();
  for (let i = 0; i < options.length; i++) {
    const token = pick(scores, options, random);
    yield token;
    if (i < options.length - 1) scores = await next([token]).data();
  }
}
const indices = (tokens: readonly number[], shape: readonly number[]): Tensor =>
  tensor(Int32Array.from(tokens), { shape });

/** Feeds tokens to a recurrent model; gives the scores (1, V) after the last. */
function stepping(model: RecurrentLanguageModel): (tokens: readonly number[]) => Tensor {
  const bounded = Number.isFinite(model.context);
  let state = model.start(1), seen: number[] = [];
  const read = (token: number): Tensor => {
    const made = scope(() => noGrad(() => model.step(indices([token], [1]), state)));
    state = made.state;
    return made.logits;
  };
  return (tokens) => tokens.map((token) => {
    if (bounded && seen.length === model.context) {
      state = model.start(1);
      seen = seen.slice(-Math.floor(model.context / 2));
      for (const again of seen) read(again);
    }
    if (bounded) seen.push(token);
    return read(token);
  }).at(-1)!;
}
/** Looks at the end of all tokens so far; gives the scores (1, V) after the last. */
function looking(model: LanguageModel): (tokens: readonly number[]) => Tensor {
  const seen: number[] = [];
  return (tokens) => {
    seen.push(...tokens);
    const window = seen.slice(-model.context);
    return scope(() => noGrad(() => model.forward(indices(window, [1, window.length])).select(1, -1)));
  };
}
