import { ne, where } from "../ops/elementwise.ts";
import { amax } from "../ops/reduce.ts";
import { assign } from "../exec/state.ts";
import { Dropout } from "../nn/dropout.ts";
import { Embedding } from "../nn/embedding.ts";
import { Linear } from "../nn/linear.ts";
import { MaskedSequence } from "../nn/masked-sequence.ts";
import { Module } from "../nn/module.ts";
import { GRU, LSTM } from "../nn/recurrent.ts";
import { detach } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * What a sentence says, as one of a few classes: a recurrent network reads it in both directions, what it found at each
 * word is pooled over the sentence, and a line divides the classes.
 *
 * Collobert and Weston 2008 pool over words; Lai, Xu, Liu and Zhao, "Recurrent convolutional neural networks for text
 * classification", AAAI 2015, pool over what a bidirectional recurrent network says of each.
 *
 * Letters: B sentences, T words, V vocabulary, E features of a word, H hidden units of a direction, D directions, C
 * classes. Word 0 fills up and changes nothing.
 */
export interface SentimentOptions {
  /** V, word 0 included. */
  readonly vocabulary: number;
  /** C. */
  readonly classes?: number;
  /** E. */
  readonly embedding?: number;
  /** H. */
  readonly hidden?: number;
  readonly cell?: "lstm" | "gru";
  readonly bidirectional?: boolean;
  /** The largest, or the mean, of each feature over the sentence. */
  readonly pooling?: "max" | "mean";
  /** While training: on the features of words, and on what was pooled. */
  readonly dropout?: number;
}
/** Named sizes of the classifier of sentences. */
export const SENTIMENT_PRESETS = {
  small: { vocabulary: 10_000 },
  lstm: { vocabulary: 10_000, cell: "lstm", pooling: "mean" },
} as const satisfies Readonly<Record<string, SentimentOptions>>;

/** Words (B, T), i32, to scores of each class (B, C) by a recurrent network. Lai et al. 2015. */
export class SentimentClassifier extends Module {
  readonly embedding: Embedding;
  readonly recurrent: GRU | LSTM;
  readonly head: Linear;
  readonly drop: Dropout;
  readonly pooling: "max" | "mean";

  constructor(options: SentimentOptions = SENTIMENT_PRESETS.small) {
    super();
    const {
      vocabulary, classes = 2, embedding = 64, hidden = 64, cell = "gru", bidirectional = true, pooling = "max",
    } = options;
    this.embedding = new Embedding(vocabulary, embedding, { paddingIndex: 0 });
    // Words that are seen once or twice stay almost nothing, where standard normal features would be noise.
    assign(this.embedding.weight, detach(this.embedding.weight).mul(0.1));
    this.recurrent = new (cell === "gru" ? GRU : LSTM)(embedding, hidden, { bidirectional });
    this.head = new Linear(hidden * (bidirectional ? 2 : 1), classes);
    this.drop = new Dropout(options.dropout ?? 0.5);
    this.pooling = pooling;
  }
  /** Scores of each class, before any softmax: words (B, T), i32, result (B, C). */
  forward(words: Tensor): Tensor {
    const mask = ne(words, 0), x = this.drop.forward(this.embedding.forward(words)); // (B, T, E)
    const [read] = this.recurrent.forward(new MaskedSequence(x, mask));
    const h = read.unpadded(), here = mask.unsqueeze(2);                     // (B, T, D H)
    const pooled = this.pooling === "max" ? amax(where(here, h, -1), 1)
      : where(here, h, 0).sum(1).div(here.cast(h.dtype).sum(1));             // (B, D H)
    return this.head.forward(this.drop.forward(pooled));                     // (B, C)
  }
}
