import { concat } from "../ops/movement.ts";
import { Dropout } from "../nn/dropout.ts";
import { Embedding } from "../nn/embedding.ts";
import * as F from "../nn/functional.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";
import type { LanguageModel } from "./language-model.ts";

/**
 * A network that predicts the next word from the features of the words before it.
 *
 * Bengio, Ducharme, Vincent, Jauvin, "A neural probabilistic language model", Journal of Machine Learning Research 3,
 * 2003. Equation 1, y = b + W x + U tanh(d + H x), with x the features C of the last n - 1 words side by side:
 * `embedding` is C, `hidden` H and d, `output` U and b, `direct` W.
 *
 * Left out: the mixture with an interpolated trigram. The words of a window stand in reading order, the latest last
 * (the paper has it first, which only renames columns of H and W). Before the first word of a text there are zeros.
 *
 * Letters: B texts, T time, V vocabulary, n order, m features of a word, h hidden units.
 */
export interface WordMLPOptions {
  /** V. */
  readonly vocabulary: number;
  /** n: the word that is predicted and the n - 1 it is predicted from. */
  readonly order?: number;
  /** m. */
  readonly features?: number;
  /** h. */
  readonly hidden?: number;
  /** Whether features also reach the scores without the hidden layer (W x). */
  readonly direct?: boolean;
  /** While training: on the features of the window and on the hidden units, which the paper does not have. */
  readonly dropout?: number;
}
/** Named sizes of the word network; `brown` is the paper's best on the Brown corpus, MLP10 of its table 1. */
export const WORD_MLP_PRESETS = {
  small: { vocabulary: 1000, order: 4, features: 16, hidden: 64 },
  brown: { vocabulary: 16_383, order: 5, features: 30, hidden: 100 },
} as const satisfies Readonly<Record<string, WordMLPOptions>>;

/** Tokens (B, T) to scores of the next token (B, T, vocabulary) by a hidden layer over a window. Bengio et al. 2003. */
export class WordMLP extends Module implements LanguageModel {
  readonly embedding: Embedding;
  readonly hidden: Linear;
  readonly output: Linear;
  readonly direct: Linear | null;
  readonly drop: Dropout;
  readonly vocabulary: number;
  /** n - 1. */
  readonly context: number;

  constructor(options: WordMLPOptions = WORD_MLP_PRESETS.small) {
    super();
    const { vocabulary, order = 4, features = 16, hidden = 64, direct = false, dropout = 0 } = options;
    if (!(Number.isInteger(order) && order >= 2)) {
      throw new UsageError(`WordMLP: order is ${order}; it must be a whole number of 2 or more, one word to look at`);
    }
    this.embedding = new Embedding(vocabulary, features);
    this.hidden = new Linear((order - 1) * features, hidden);
    this.output = new Linear(hidden, vocabulary);
    this.direct = direct ? new Linear((order - 1) * features, vocabulary, { bias: false }) : null;
    this.drop = new Dropout(dropout);
    this.vocabulary = vocabulary;
    this.context = order - 1;
  }
  /** Scores of every next token, each from the n - 1 tokens up to its place: tokens (B, T), i32, result (B, T, V). */
  forward(tokens: Tensor): Tensor {
    const length = tokens.shape[1];
    const features = this.embedding.forward(tokens);                        // (B, T, m)
    const padded = F.pad(features, [0, 0, this.context - 1, 0]);            // (B, n - 2 + T, m)
    const shifted = Array.from({ length: this.context }, (_, i) => padded.narrow(1, i, length));
    const x = this.drop.forward(concat(shifted, 2));                        // (B, T, (n - 1) m)
    const h = this.hidden.forward(x).tanh();                                // (B, T, h)
    const y = this.output.forward(this.drop.forward(h));                    // (B, T, V)
    return this.direct === null ? y : y.add(this.direct.forward(x));
  }
}
