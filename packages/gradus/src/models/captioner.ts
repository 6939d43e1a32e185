import { stack } from "../ops/movement.ts";
import { argmax } from "../ops/reduce.ts";
import { full } from "../ops/create.ts";
import { Sequential } from "../nn/container.ts";
import { Conv2d } from "../nn/conv.ts";
import { Embedding } from "../nn/embedding.ts";
import { Flatten, Linear } from "../nn/linear.ts";
import { Module, type Layer } from "../nn/module.ts";
import { MaxPool2d } from "../nn/pool.ts";
import { ReLU } from "../nn/activation.ts";
import { LSTM } from "../nn/recurrent.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";
import type { DecoderStep } from "./decoder.ts";

/**
 * One picture in, many words out: a convolutional network looks at the picture, and a recurrent network whose state
 * begins with what it saw says a sentence, a word after the other.
 *
 * Vinyals, Toshev, Bengio and Erhan, "Show and tell: a neural image caption generator", CVPR 2015. There the picture is
 * the first input; here it makes the first state, as in Xu et al. 2015.
 *
 * Left out: an encoder that learned from other pictures; search with several sentences side by side.
 *
 * Letters: B pictures, S their side in pixels, F filters of the first layer, T words, V vocabulary, E features of a
 * word, H hidden units. Word 0 fills up, word 1 begins a sentence, word 2 ends it.
 */
export interface CaptionerOptions {
  /** V. */
  readonly vocabulary: number;
  /** S, a multiple of 8. */
  readonly side?: number;
  /** F. */
  readonly filters?: number;
  /** E. */
  readonly embedding?: number;
  /** H. */
  readonly hidden?: number;
}
/** Named sizes of the captioner. */
export const CAPTIONER_PRESETS = {
  small: { vocabulary: 16, side: 32, filters: 16, embedding: 32, hidden: 96 },
} as const satisfies Readonly<Record<string, CaptionerOptions>>;
/** The words that every vocabulary of captions begins with. */
export const CAPTION_WORDS = ["<pad>", "<s>", "</s>"] as const;
const BEGIN = 1;

/** Pictures (B, 3, S, S) to captions (B, T) by a convolutional encoder and a recurrent decoder. Vinyals et al. 2015. */
export class Captioner extends Module {
  readonly encoder: Sequential;
  readonly embedding: Embedding;
  readonly lstm: LSTM;
  readonly head: Linear;
  readonly vocabulary: number;

  constructor(options: CaptionerOptions = CAPTIONER_PRESETS.small) {
    super();
    const { vocabulary, side = 32, filters = 16, embedding = 32, hidden = 96 } = options;
    if (side % 8 !== 0) throw new UsageError(`Captioner: a side of ${side} pixels is halved three times; give 8 n`);
    const block = (from: number, to: number): Layer[] =>
      [new Conv2d(from, to, 3, { padding: 1 }), new ReLU(), new MaxPool2d(2)];
    this.encoder = new Sequential(
      ...block(3, filters), ...block(filters, 2 * filters), ...block(2 * filters, 2 * filters), new Flatten(),
      new Linear(2 * filters * (side / 8) ** 2, 2 * hidden),
    );
    this.embedding = new Embedding(vocabulary, embedding, { paddingIndex: 0 });
    this.lstm = new LSTM(embedding, hidden, { batchFirst: true });
    this.head = new Linear(hidden, vocabulary);
    this.vocabulary = vocabulary;
  }
  /** The state before the first word, of pictures (B, 3, S, S): h and c (B, H) each. */
  look(pictures: Tensor): readonly [h: Tensor, c: Tensor] {
    const [h, c] = this.encoder.forward(pictures).chunk(2, 1);               // (B, 2 H)
    return [h.tanh(), c];
  }
  /**
   * Scores of the word after each word: pictures (B, 3, S, S), words (B, T), i32 (default: the one that begins a
   * sentence), result (B, T, V).
   */
  forward(pictures: Tensor, words: Tensor = full([pictures.shape[0], 1], BEGIN, "i32")): Tensor {
    const [h, c] = this.look(pictures);
    const x = this.embedding.forward(words);                                 // (B, T, E)
    const [out] = this.lstm.forward(x, [h.unsqueeze(0), c.unsqueeze(0)]);    // (B, T, H)
    return this.head.forward(out);                                           // (B, T, V)
  }
  /** Scores (B, V) behind one more word (B), i32, from a state, and the state behind it. */
  step(word: Tensor, [h, c]: readonly Tensor[]): DecoderStep {
    const x = this.embedding.forward(word.unsqueeze(1));                     // (B, 1, E)
    const [out, [nextH, nextC]] = this.lstm.forward(x, [h.unsqueeze(0), c.unsqueeze(0)]);
    return { logits: this.head.forward(out.select(1, 0)), state: [nextH.squeeze(0), nextC.squeeze(0)] };
  }
  /** The word that is likeliest after each other: pictures (B, 3, S, S), result (B, length), i32. */
  caption(pictures: Tensor, length: number): Tensor {
    let state: readonly Tensor[] = this.look(pictures), word = full([pictures.shape[0]], BEGIN, "i32");
    const said: Tensor[] = [];
    for (let t = 0; t < length; t++) {
      const made = this.step(word, state);
      state = made.state;
      said.push(word = argmax(made.logits, 1));                              // (B)
    }
    return stack(said, 1);
  }
}
