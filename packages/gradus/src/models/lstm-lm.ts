import { Dropout } from "../nn/dropout.ts";
import { Embedding } from "../nn/embedding.ts";
import { assign } from "../exec/state.ts";
import { uniform, zeros } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { LSTM } from "../nn/recurrent.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";
import type { DecoderStep } from "./decoder.ts";
import type { RecurrentLanguageModel } from "./language-model.ts";

/**
 * A character language model with long short-term memory.
 *
 * Hochreiter, Schmidhuber, "Long short-term memory", Neural Computation 9, 1997; as a model of characters: Graves,
 * "Generating sequences with recurrent neural networks", arXiv 1308.0850, 2013, and Karpathy, "The unreasonable
 * effectiveness of recurrent neural networks", 2015.
 *
 * Left out: Graves's skip connections from the input to all layers, and peepholes.
 *
 * Letters: B sequences, T time, V vocabulary, E embedding, H hidden size, L layers.
 */
export interface LSTMLanguageModelOptions {
  readonly vocabulary: number;
  readonly embedding?: number;
  readonly hidden?: number;
  readonly layers?: number;
  /** While training: on the embedding, between layers and before the output. Zaremba et al. 2014. */
  readonly dropout?: number;
  /** The table of embeddings is the weight of the output too; E must be H. Press and Wolf 2017. */
  readonly tied?: boolean;
}
/** Named sizes of the LSTM language model. */
export const LSTM_PRESETS = {
  small: { vocabulary: 65, embedding: 64, hidden: 128, layers: 1 },
} as const satisfies Readonly<Record<string, LSTMLanguageModelOptions>>;

/** Tokens (B, T) to scores of the next token (B, T, vocabulary) by an LSTM. Zaremba et al. 2014. */
export class LSTMLanguageModel extends Module implements RecurrentLanguageModel {
  readonly embedding: Embedding;
  readonly lstm: LSTM;
  readonly head: Linear;
  readonly drop: Dropout;
  readonly vocabulary: number;
  readonly context = Infinity;

  constructor(options: LSTMLanguageModelOptions = LSTM_PRESETS.small) {
    super();
    const { vocabulary, embedding = 64, hidden = 128, layers = 1, dropout = 0, tied = false } = options;
    if (tied && embedding !== hidden) {
      throw new UsageError(`LSTMLanguageModel: tied weights need as many features as hidden units, not ${embedding} ` +
        `and ${hidden}`);
    }
    this.embedding = new Embedding(vocabulary, embedding);
    this.lstm = new LSTM(embedding, hidden, { numLayers: layers, dropout, batchFirst: true });
    this.head = new Linear(hidden, vocabulary);
    if (tied) {
      // Scores are products with the table: standard normal rows would start them far too large.
      assign(this.embedding.weight, uniform([vocabulary, embedding], -0.1, 0.1));
      Object.assign(this.head, { weight: this.embedding.weight });
    }
    this.drop = new Dropout(dropout);
    this.vocabulary = vocabulary;
  }
  /** Scores of every next token: tokens (B, T), i32, result (B, T, V). */
  forward(tokens: Tensor): Tensor {
    return this.read(tokens, null).logits;
  }
  /** The same from a state, which it also gives at the end: to go through a long text piece by piece. */
  read(
    tokens: Tensor, state: readonly Tensor[] | null,
  ): { readonly logits: Tensor; readonly hidden: Tensor; readonly state: readonly [h: Tensor, c: Tensor] } {
    const x = this.drop.forward(this.embedding.forward(tokens));            // (B, T, E)
    const first = state === null ? null : [state[0], state[1]] as const;    // (L, B, H) each
    const [h, last] = this.lstm.forward(x, first);                          // (B, T, H)
    return { logits: this.head.forward(this.drop.forward(h)), hidden: h, state: last }; // (B, T, V)
  }
  /** h and c of each layer, sequences first: (B, L, H) each. */
  start(batch: number): readonly Tensor[] {
    const shape = [batch, this.lstm.numLayers, this.lstm.hiddenSize];
    return [zeros(shape), zeros(shape)];
  }
  step(token: Tensor, state: readonly Tensor[]): DecoderStep {
    const turned = (parts: readonly Tensor[]): readonly Tensor[] => parts.map((part) => part.transpose(0, 1));
    const { logits, hidden, state: next } = this.read(token.unsqueeze(1), turned(state)); // (B, 1, V)
    return { logits: logits.select(1, 0), hidden: hidden.select(1, 0), state: turned(next) };
  }
}
