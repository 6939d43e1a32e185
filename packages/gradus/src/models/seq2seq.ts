import { assign } from "../exec/state.ts";
import { linear } from "../ops/contract.ts";
import { add, lt, mul, ne, tanh, where } from "../ops/elementwise.ts";
import { take } from "../ops/indexing.ts";
import { scan } from "../ops/loop.ts";
import { concat, narrow, select, transpose } from "../ops/movement.ts";
import { argmax } from "../ops/reduce.ts";
import { Alignment, type AlignmentForm } from "../nn/alignment.ts";
import { GRUCell, LSTMCell } from "../nn/cells.ts";
import { ModuleList } from "../nn/container.ts";
import { Dropout } from "../nn/dropout.ts";
import { Embedding } from "../nn/embedding.ts";
import { gruCell, lstmCell } from "../nn/functional/cells.ts";
import { normal, ones, zeros } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { MaskedSequence } from "../nn/masked-sequence.ts";
import { Module } from "../nn/module.ts";
import { GRU, LSTM } from "../nn/recurrent.ts";
import { rand } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";
import type { AlignedStep, EncoderDecoder } from "./encoder-decoder.ts";

/**
 * Sequence to sequence: one recurrent network reads the source, another writes the target, token by token.
 *
 * Without attention all that the decoder knows of the source is one vector c, the encoder's last state, given to every
 * step: Cho et al., "Learning phrase representations using RNN encoder-decoder", EMNLP 2014 (and Sutskever, Vinyals and
 * Le, NeurIPS 2014). With attention each step has a c of its own, a mean over the encoder's states:
 *
 * - "bahdanau": Bahdanau, Cho and Bengio, "Neural machine translation by jointly learning to align and translate", ICLR
 *   2015. c_t comes from the state before the step and goes into it: s_t = unit([y_t; c_t], s_{t-1}), and the scores
 *   are of r_t = tanh(W [s_t; c_t; y_t]). Without attention the same with c_t = c.
 * - "luong-...": Luong, Pham and Manning, "Effective approaches to attention-based neural machine translation", EMNLP
 *   2015, global attention with input feeding: s_t = unit([y_t; r_{t-1}], s_{t-1}), c_t comes from s_t, and
 *   r_t = tanh(W [s_t; c_t]). "scaled-dot" is in this order too.
 *
 * Different here: r is as wide as the embeddings, not as the states, and no maxout, so that the output may share their
 * table; decoders start from tanh(W last) of each layer of the encoder, of both directions. Left out: local attention.
 *
 * Letters: B sequences, S places of the source, T of the target, V vocabulary, E embedding, H hidden size (of the
 * encoder: both directions together), L layers, G gates (3 of a GRU, 4 of an LSTM).
 */
export interface Seq2SeqOptions {
  /** Tokens of targets, V. */
  readonly vocabulary: number;
  /** Tokens of sources (default V). */
  readonly sourceVocabulary?: number;
  /** Default "bahdanau". */
  readonly attention?: AlignmentForm | "none";
  /** Default "gru". */
  readonly unit?: "gru" | "lstm";
  readonly embedding: number;
  readonly hidden: number;
  readonly layers?: number;
  /** The encoder reads in both directions, half of H each (default true). */
  readonly bidirectional?: boolean;
  /** While training: of embeddings, between layers of the encoder and before the scores. */
  readonly dropout?: number;
  /** One table for sources, targets and scores: sqrt(E) times a row is its embedding. Press and Wolf 2017. */
  readonly tied?: boolean;
  /** The token that fills sources up (default 0). */
  readonly padding?: number;
}
/** Named sizes of the sequence-to-sequence network. */
export const SEQ2SEQ_PRESETS = {
  small: { vocabulary: 3000, embedding: 128, hidden: 256, tied: true, attention: "bahdanau" },
  none: { vocabulary: 3000, embedding: 128, hidden: 256, tied: true, attention: "none" },
} as const satisfies Readonly<Record<string, Seq2SeqOptions>>;

export interface Seq2SeqCall {
  /** Probability, for each token of the target, of reading the token that was likeliest one step before instead. */
  readonly sampling?: number | Tensor;
}
/** What a step makes. */
interface Advanced {
  readonly carries: readonly Tensor[];
  /** What the scores are made of: s and c (and y), or r. */
  readonly parts: readonly Tensor[];
  readonly weights: Tensor | null;
}

/** Source (B, S) and target (B, T) to scores of the next token (B, T, V). Bahdanau et al. 2015; Luong et al. 2015. */
export class Seq2Seq extends Module implements EncoderDecoder {
  readonly source: Embedding;
  readonly target: Embedding;
  readonly encoder: GRU | LSTM;
  readonly bridge: ModuleList<Linear>;
  readonly alignment: Alignment | null;
  readonly cells: ModuleList<GRUCell | LSTMCell>;
  readonly readout: Linear;
  readonly head: Linear | null;
  readonly drop: Dropout;
  readonly sourceVocabulary: number;
  readonly vocabulary: number;
  readonly padding: number;
  readonly context = Infinity;
  readonly #embedding: number;
  /** Whether attention comes after the recurrent unit, as Luong has it. */
  readonly #after: boolean;

  constructor(options: Seq2SeqOptions = SEQ2SEQ_PRESETS.small) {
    super();
    const {
      vocabulary, sourceVocabulary = vocabulary, attention = "bahdanau", unit = "gru", embedding, hidden, layers = 1,
      bidirectional = true, dropout = 0, tied = false, padding = 0,
    } = options;
    if (tied && sourceVocabulary !== vocabulary) {
      throw new UsageError(`Seq2Seq: one table for ${sourceVocabulary} tokens of sources and ${vocabulary} of ` +
        "targets cannot be; use one vocabulary for both, or tied: false");
    }
    if (bidirectional && hidden % 2 !== 0) {
      throw new UsageError(`Seq2Seq: hidden is ${hidden}; two directions share it, so it must be even`);
    }
    this.#embedding = embedding;
    this.#after = attention !== "none" && attention !== "bahdanau";
    this.source = new Embedding(sourceVocabulary, embedding);
    this.target = tied ? this.source : new Embedding(vocabulary, embedding);
    if (tied) assign(this.source.weight, normal([vocabulary, embedding], 0, embedding ** -0.5));
    const recurrent = { numLayers: layers, bidirectional, dropout, batchFirst: true };
    const width = bidirectional ? hidden / 2 : hidden;
    this.encoder = unit === "gru" ? new GRU(embedding, width, recurrent) : new LSTM(embedding, width, recurrent);
    const states = unit === "gru" ? 1 : 2;
    this.bridge = new ModuleList(Array.from({ length: layers * states }, () => new Linear(hidden, hidden)));
    this.alignment = attention === "none" ? null : new Alignment(attention, hidden);
    const Cell = unit === "gru" ? GRUCell : LSTMCell;
    const first = embedding + (this.#after ? embedding : hidden);
    this.cells = new ModuleList<GRUCell | LSTMCell>(Array.from({ length: layers }, (_, i) =>
      new Cell(i === 0 ? first : hidden, hidden)));
    this.readout = new Linear(2 * hidden + (this.#after ? 0 : embedding), embedding);
    this.head = tied ? null : new Linear(embedding, vocabulary);
    this.drop = new Dropout(dropout);
    this.sourceVocabulary = sourceVocabulary;
    this.vocabulary = vocabulary;
    this.padding = padding;
  }

  /**
   * Scores of the token after each token of the target: source (B, S), target (B, T), i32, result (B, T, V). Without a
   * target it is the source, as in copying.
   */
  forward(source: Tensor, target = source, call: Seq2SeqCall = {}): Tensor {
    const state = this.start(this.encode(source));
    const parts = call.sampling === undefined ? this.#forced(target, state)
      : this.#sampled(target, state, call.sampling);
    const r = this.#after ? parts[0] : this.#read(parts);                   // (T, B, E)
    return transpose(this.#scores(this.drop.forward(r)), 0, 1);             // (B, T, V)
  }
  /** How much each place of the source counts for each token of the target: (B, T, S), rows of sum 1. */
  align(source: Tensor, target: Tensor): Tensor {
    if (this.alignment === null) {
      throw new UsageError("Seq2Seq.align: this network has no attention; make it with an attention other than none");
    }
    const [weights] = this.#forced(target, this.start(this.encode(source)), true).slice(-1);
    return transpose(weights, 0, 1);                                        // (B, T, S)
  }

  /** The encoder's states (B, S, H), where there is a token (B, S), and the last states (B, H) of each layer. */
  encode(source: Tensor): readonly Tensor[] {
    const mask = ne(source, this.padding);                                  // (B, S)
    const x = this.drop.forward(this.#embed(this.source, source));          // (B, S, E)
    const read = new MaskedSequence(x, mask);
    const [output, ...last] = this.encoder instanceof GRU ? this.encoder.forward(read) : this.encoder.forward(read);
    const states = last.flat();                                             // (L directions, B, H / directions) each
    const directions = this.encoder.bidirectional ? 2 : 1;
    const lasts = [...this.cells].flatMap((_, layer) => states.map((all) =>
      concat(Array.from({ length: directions }, (_, d) => select(all, 0, layer * directions + d)), 1))); // (B, H)
    return [output.unpadded(), mask, ...lasts];
  }
  /** States of the decoder's layers (B, H), with Luong's order r (B, E); then h, mask and keys, or c. */
  start(memory: readonly Tensor[]): readonly Tensor[] {
    const [h, mask, ...lasts] = memory;
    const states = [...this.bridge].map((layer, i) => tanh(layer.forward(lasts[i])));
    const feed = this.#after ? [zeros([h.shape[0], this.#embedding], h.dtype)] : [];
    const top = lasts.length - lasts.length / this.cells.length;
    const fixed = this.alignment === null ? [lasts[top]] : [h, mask, this.alignment.keys(h)];
    return [...states, ...feed, ...fixed];
  }
  step(token: Tensor, state: readonly Tensor[]): AlignedStep {
    const [carries, fixed] = this.#apart(state);
    const y = this.drop.forward(this.#embed(this.target, token));           // (B, E)
    const made = this.#advance(carries, this.#word(y), fixed, this.#constants());
    const hidden = this.#after ? made.parts[0] : this.#read([...made.parts, y]); // (B, E)
    return { logits: this.#scores(this.drop.forward(hidden)), state: [...made.carries, ...fixed], hidden,
      weights: made.weights };
  }

  /** All steps at once, each reading the right token: what the scores are made of (T, B, ...), or the weights. */
  #forced(target: Tensor, state: readonly Tensor[], weights = false): readonly Tensor[] {
    const [carries, fixed] = this.#apart(state);
    const y = this.drop.forward(this.#embed(this.target, transpose(target, 0, 1))); // (T, B, E)
    const { results } = scan(carries, [this.#word(y)], [...fixed, ...this.#constants()], (now, [word], all) => {
      const made = this.#advance(now, word, all.slice(0, fixed.length), all.slice(fixed.length));
      return { carries: made.carries, results: weights ? [made.weights!] : made.parts };
    });
    return this.#after || weights ? results : [...results, y];
  }
  /**
   * The same with some tokens exchanged for those that were likeliest: what is read in training comes to look like what
   * is read in use. Bengio et al., "Scheduled sampling", NeurIPS 2015, with the likeliest token instead of a drawn one.
   */
  #sampled(target: Tensor, state: readonly Tensor[], sampling: number | Tensor): readonly Tensor[] {
    const [carries, fixed] = this.#apart(state), tokens = transpose(target, 0, 1); // (T, B)
    const coins = lt(rand(tokens.shape), sampling);
    const kept = this.drop.forward(ones([...tokens.shape, this.#embedding]));      // (T, B, E): 0 where dropped
    const constants = [...fixed, ...this.#constants()];
    const { weight_ih, bias_ih } = this.cells.at(0), [head, bias] = this.#scoring();
    const extra = [this.target.weight, weight_ih, bias_ih!, head, ...(bias === null ? [] : [bias])];
    const { results } = scan([...carries, select(tokens, 0, 0)], [tokens, coins, kept], [...constants, ...extra],
      (now, [right, coin, mask], all) => {
        const [table, wordWeight, wordBias, headWeight, headBias] = all.slice(constants.length);
        const own = all.slice(fixed.length, constants.length);
        const token = where(coin, now[carries.length], right);
        const y = mul(this.#scaled(take(table, token)), mask);
        const made = this.#advance(now.slice(0, carries.length), this.#word(y, wordWeight, wordBias),
          all.slice(0, fixed.length), own);
        const parts = this.#after ? made.parts : [...made.parts, y];
        const r = this.#after ? made.parts[0] : this.#read(parts, own);
        return { carries: [...made.carries, argmax(linear(r, headWeight, headBias), 1)], results: parts };
      });
    return results;
  }

  /** One step, where `word` (B, G H) is what the token adds to the sums of the first layer. */
  #advance(
    carries: readonly Tensor[], word: Tensor, fixed: readonly Tensor[], constants: readonly Tensor[],
  ): Advanced {
    const perLayer = this.encoder instanceof GRU ? 1 : 2, layers = this.cells.length;
    const states = carries.slice(0, layers * perLayer), feed = carries[layers * perLayer];
    const attend = (s: Tensor): readonly [Tensor, Tensor | null] => {
      if (this.alignment === null) return [fixed[0], null];
      const [h, mask, keys] = fixed;
      return this.alignment.attend(s, keys, h, mask, constants.slice(2 + 4 * layers));
    };
    let [context, weights] = this.#after ? [feed, null] : attend(states[states.length - perLayer]);
    const next: Tensor[] = [];
    let below = context;
    for (let layer = 0; layer < layers; layer++) {
      const [input, inputBias, recurrent, recurrentBias] = constants.slice(2 + 4 * layer);
      const [s, cell] = states.slice(layer * perLayer, (layer + 1) * perLayer);
      const sums = layer === 0 ? add(word, linear(below, input)) : linear(below, input, inputBias); // (B, G H)
      const own = linear(s, recurrent, recurrentBias);
      next.push(...(cell === undefined ? [gruCell(sums, own, s)] : lstmCell(add(sums, own), cell)));
      below = next[layer * perLayer];                                       // (B, H)
    }
    if (!this.#after) return { carries: next, parts: [below, context], weights };
    [context, weights] = attend(below);
    const r = this.#read([below, context], constants);                      // (B, E)
    return { carries: [...next, r], parts: [r], weights };
  }
  /**
   * Parameters of a step: of the readout, then of each layer: weights of what comes in (without the word), its bias,
   * weights of the state, its bias; then of the alignment.
   */
  #constants(): readonly Tensor[] {
    const layers = [...this.cells].flatMap(({ weight_ih, bias_ih, weight_hh, bias_hh }, i) => {
      const width = weight_ih.shape[1] - this.#embedding;
      const input = i === 0 ? narrow(weight_ih, 1, this.#embedding, width) : weight_ih;
      return [input, bias_ih!, weight_hh, bias_hh!];
    });
    return [this.readout.weight, this.readout.bias!, ...layers, ...this.alignment?.constants() ?? []];
  }
  /** The part of the first layer's sums that comes from words (..., E): (..., G H). */
  #word(y: Tensor, weight = this.cells.at(0).weight_ih, bias = this.cells.at(0).bias_ih!): Tensor {
    return linear(y, narrow(weight, 1, 0, this.#embedding), bias);
  }
  /** r (..., E) of what it is made of. */
  #read(parts: readonly Tensor[], [weight, bias] = this.#constants()): Tensor {
    return tanh(linear(concat(parts, -1), weight, bias));
  }
  #scores(r: Tensor): Tensor {
    const [weight, bias] = this.#scoring();
    return linear(r, weight, bias);                                         // (..., V)
  }
  #scoring(): readonly [weight: Tensor, bias: Tensor | null] {
    return this.head === null ? [this.target.weight, null] : [this.head.weight, this.head.bias];
  }
  #embed(table: Embedding, tokens: Tensor): Tensor {
    return this.#scaled(table.forward(tokens));
  }
  #scaled(rows: Tensor): Tensor {
    return this.head === null ? mul(rows, Math.sqrt(this.#embedding)) : rows;
  }
  /** The carries of a state, and what stays as it is. */
  #apart(state: readonly Tensor[]): readonly [carries: readonly Tensor[], fixed: readonly Tensor[]] {
    const count = this.bridge.length + (this.#after ? 1 : 0);
    return [state.slice(0, count), state.slice(count)];
  }
}
