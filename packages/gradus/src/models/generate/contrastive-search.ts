import { UsageError } from "../../vocab/errors.ts";
import { decoderOf, type Decoder } from "../decoder.ts";
import type { LanguageModel } from "../language-model.ts";
import { likeliestFirst, logSoftmax } from "./controls.ts";
import { checkLimits, type Limits } from "./generate.ts";
import { SequenceReader } from "./reader.ts";

export interface ContrastiveSearchOptions extends Limits {
  /** How many of the likeliest tokens are tried: k. Default 4. */
  readonly topK?: number;
  /** How much a repetition of the text's features costs, from 0 (greedy) to 1: alpha. Default 0.6. */
  readonly alpha?: number;
}
export interface ContrastiveCandidate {
  readonly token: number;
  /** What the model gives it: p(token | text). */
  readonly confidence: number;
  /** Its largest cosine similarity with a token of the text: how much it would repeat. */
  readonly penalty: number;
  /** (1 - alpha) confidence - alpha penalty. */
  readonly score: number;
}
export interface ContrastiveStep {
  readonly token: number;
  /** What was tried, the likeliest first. */
  readonly candidates: readonly ContrastiveCandidate[];
  readonly finished: "stop" | "length" | null;
}

/**
 * Continues a text without dice: of the k likeliest tokens v the one with the largest
 *
 *     (1 - alpha) p(v | text) - alpha max_j cos(h_v, h_j),
 *
 * h being what the last layer makes of a token and j running over the text. All k are read as one batch. The decoder
 * must give `hidden`. Source: Su et al., "A contrastive framework for neural text generation", NeurIPS 2022,
 * section 4.2.
 */
export async function* contrastiveSearch(
  model: LanguageModel | Decoder, prompt: readonly number[], options: ContrastiveSearchOptions,
): AsyncGenerator<ContrastiveStep, void, undefined> {
  const { length, stopTokens = [], topK = 4, alpha = 0.6 } = options;
  checkLimits(prompt, options, model.vocabulary);
  if (!(Number.isInteger(topK) && topK >= 1)) {
    throw new UsageError(`contrastiveSearch: topK is ${topK}; it must be a whole number, 1 or more`);
  }
  if (!(alpha >= 0 && alpha <= 1)) throw new UsageError(`contrastiveSearch: alpha is ${alpha}; it must be from 0 to 1`);
  const reader = new SequenceReader(decoderOf(model));
  try {
    const features: Float64Array[] = [];
    let scores: ArrayLike<number> = [], parent = 0;
    for (const token of prompt) {
      const { scores: [next], hidden } = await reader.read([token]);
      if (hidden.length === 0) {
        throw new UsageError("contrastiveSearch: the model's steps give no hidden features to compare; use generate");
      }
      features.push(direction(hidden[0]));
      scores = next;
    }
    for (let i = 0; i < length; i++) {
      const logs = logSoftmax(scores), tried = likeliestFirst(logs).slice(0, topK);
      const reading = await reader.read(tried, tried.map(() => parent));
      const directions = reading.hidden.map(direction);
      const candidates = tried.map((token, at): ContrastiveCandidate => {
        const confidence = Math.exp(logs[token]);
        const penalty = features.reduce((most, feature) => Math.max(most, dot(feature, directions[at])), -1);
        return { token, confidence, penalty, score: (1 - alpha) * confidence - alpha * penalty };
      });
      parent = candidates.reduce((best, { score }, at) => score > candidates[best].score ? at : best, 0);
      const { token } = candidates[parent];
      const finished = stopTokens.includes(token) ? "stop" : i === length - 1 ? "length" : null;
      yield { token, candidates, finished };
      if (finished !== null) return;
      features.push(directions[parent]);
      scores = reading.scores[parent];
    }
  } finally {
    reader.close();
  }
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
/** A vector of length 1. */
function direction(vector: Float32Array): Float64Array {
  const numbers = Float64Array.from(vector), size = Math.sqrt(dot(numbers, numbers));
  return numbers.map((value) => value / size);
}
