import { zeros } from "../ops/create.ts";
import { lt, ne, where } from "../ops/elementwise.ts";
import { concat } from "../ops/movement.ts";
import { amax } from "../ops/reduce.ts";
import { Conv1d } from "../nn/conv.ts";
import { CRF } from "../nn/crf.ts";
import { Dropout } from "../nn/dropout.ts";
import { Embedding } from "../nn/embedding.ts";
import * as F from "../nn/functional.ts";
import { Linear } from "../nn/linear.ts";
import { MaskedSequence } from "../nn/masked-sequence.ts";
import { Module } from "../nn/module.ts";
import { LSTM } from "../nn/recurrent.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * Tags for the words of a sentence: a convolution spells each word, an LSTM reads the sentence in both directions, and
 * a conditional random field finds the tags that fit together best.
 *
 * Huang, Xu and Yu, "Bidirectional LSTM-CRF models for sequence tagging", arXiv 1508.01991, 2015; with characters as in
 * Ma and Hovy, "End-to-end sequence labeling via bi-directional LSTM-CNNs-CRF", ACL 2016 (Lample et al. 2016 read them
 * with a second LSTM).
 *
 * Left out: vectors of words that were learned from other texts.
 *
 * Letters: B sentences, T words, C characters of a word, K tags, E and M features of a word and of a character, F
 * filters, H hidden units of a direction. Number 0 of words and of characters fills up; what it stands at changes
 * nothing.
 */
export interface BiLSTMCRFOptions {
  /** How many words have a number, 0 for none included. */
  readonly words: number;
  readonly characters: number;
  /** K. */
  readonly tags: number;
  /** E. */
  readonly embedding?: number;
  /** M. */
  readonly characterEmbedding?: number;
  /** F. */
  readonly filters?: number;
  /** H. */
  readonly hidden?: number;
  /** While training: on the features of words, and on what the LSTM found. */
  readonly dropout?: number;
}
/** Named sizes of the tagger; `ma-hovy` is that of the paper, with 45 tags of the Penn Treebank. */
export const BILSTM_CRF_PRESETS = {
  small: { words: 5000, characters: 100, tags: 13 },
  "ma-hovy": {
    words: 400_000, characters: 100, tags: 45, embedding: 100, characterEmbedding: 30, filters: 30, hidden: 200,
  },
} as const satisfies Readonly<Record<string, BiLSTMCRFOptions>>;

/** Words (B, T) and their characters (B, T, C), i32, to tags (B, T). Ma and Hovy 2016. */
export class BiLSTMCRF extends Module {
  readonly words: Embedding;
  readonly characters: Embedding;
  readonly spelling: Conv1d;
  readonly lstm: LSTM;
  readonly emission: Linear;
  readonly crf: CRF;
  readonly drop: Dropout;

  constructor(options: BiLSTMCRFOptions = BILSTM_CRF_PRESETS.small) {
    super();
    const { words, characters, tags, embedding = 64, characterEmbedding = 16, filters = 32, hidden = 64 } = options;
    this.words = new Embedding(words, embedding, { paddingIndex: 0 });
    this.characters = new Embedding(characters, characterEmbedding, { paddingIndex: 0 });
    this.spelling = new Conv1d(characterEmbedding, filters, 3, { padding: 1 });
    this.lstm = new LSTM(embedding + filters, hidden, { bidirectional: true });
    this.emission = new Linear(2 * hidden, tags);
    this.crf = new CRF(tags);
    this.drop = new Dropout(options.dropout ?? 0.5);
  }
  /** What the letters of each word look like: characters (B, T, C), result (B, T, F). */
  spell(characters: Tensor): Tensor {
    const [B, T, C] = characters.shape;
    const letters = characters.reshape([B * T, C]);
    const x = this.characters.forward(letters).transpose(1, 2);              // (B T, M, C)
    const y = F.relu(this.spelling.forward(x));                              // (B T, F, C)
    // No filter answers with less than 0, so that places behind the end of a word never are the largest.
    const most = amax(where(ne(letters, 0).unsqueeze(1), y, 0), 2);          // (B T, F)
    return most.reshape([B, T, -1]);
  }
  /**
   * Scores of every tag of every word: words (B, T), characters (B, T, C), result (B, T, K). Without characters words
   * are known by their numbers alone.
   */
  forward(words: Tensor, characters: Tensor = zeros([...words.shape, 1], "i32")): Tensor {
    const x = concat([this.words.forward(words), this.spell(characters)], 2); // (B, T, E + F)
    const [h] = this.lstm.forward(new MaskedSequence(this.drop.forward(x), maskOf(words)));
    return this.emission.forward(this.drop.forward(h.unpadded()));           // (B, T, 2 H) to (B, T, K)
  }
  /** Mean surprise of the tags (B, T) of a sentence, in nats. */
  loss(words: Tensor, characters: Tensor, tags: Tensor): Tensor {
    return this.crf.forward(this.forward(words, characters), tags, maskOf(words));
  }
  /** The most probable tags (B, T), i32. */
  decode(words: Tensor, characters: Tensor): Tensor {
    return this.crf.decode(this.forward(words, characters), maskOf(words));
  }
}
/** True where there is a word. */
const maskOf = (words: Tensor): Tensor => lt(0, words);
