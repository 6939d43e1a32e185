import { assign } from "../exec/state.ts";
import { linear, matmul } from "../ops/contract.ts";
import { add, eq, logicalNot, mul } from "../ops/elementwise.ts";
import { iota } from "../ops/create.ts";
import { mean } from "../ops/reduce.ts";
import { chunk, reshape, transpose, unsqueeze } from "../ops/movement.ts";
import type { MultiheadAttention } from "../nn/attention.ts";
import { Dropout } from "../nn/dropout.ts";
import { Embedding } from "../nn/embedding.ts";
import { relu } from "../nn/functional/activation.ts";
import { attentionWeights } from "../nn/functional/dense-attention.ts";
import { cachedAttention } from "../nn/functional/cached-attention.ts";
import { sinusoidalPositions } from "../nn/functional/positions.ts";
import { normal, xavierUniform, zeros } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import type { LayerNorm } from "../nn/norm.ts";
import { Transformer, type TransformerDecoderLayer } from "../nn/transformer.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import type { AlignedStep, EncoderDecoder } from "./encoder-decoder.ts";

/**
 * The Transformer: an encoder and a decoder of attention and feed-forward layers, without recurrence.
 *
 * Vaswani et al., "Attention is all you need", NeurIPS 2017: sinusoidal positions, and one table for sources, targets
 * and scores, whose rows times sqrt(D) are the embeddings (section 3.4; Press and Wolf 2017). `normFirst` normalizes
 * what goes into each part instead of what comes out: Xiong et al., "On layer normalization in the Transformer
 * architecture", ICML 2020.
 *
 * Different here: sines and cosines stand in two blocks instead of in turn, which is the same up to the order of the
 * features, and one more norm is behind each stack in both orders, as in PyTorch. Label smoothing and the schedule
 * belong to training.
 *
 * Letters: B sequences, S places of the source, T of the target, V vocabulary, D width (d_model), H heads, d = D / H,
 * L layers of each stack, F inner width of the feed-forward net (d_ff).
 */
export interface TranslationTransformerOptions {
  /** Tokens of targets, V. */
  readonly vocabulary: number;
  /** Tokens of sources (default V). */
  readonly sourceVocabulary?: number;
  /** The longest source and target. */
  readonly block: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  /** F; default 4 D. */
  readonly inner?: number;
  /** While training: of embeddings, attention weights, and of what each part adds (default 0.1). */
  readonly dropout?: number;
  readonly normFirst?: boolean;
  /** One table for sources, targets and scores (default: where there is one vocabulary). */
  readonly tied?: boolean;
  /** The token that fills sources and targets up (default 0). */
  readonly padding?: number;
}
/** Named sizes of the Transformer; `base` and `big` are those of Vaswani et al. 2017, table 3. */
export const TRANSLATION_TRANSFORMER_PRESETS = {
  small: { vocabulary: 3000, block: 64, width: 128, heads: 4, layers: 2, inner: 256, normFirst: true },
  base: { vocabulary: 37000, block: 512, width: 512, heads: 8, layers: 6, inner: 2048 },
  big: { vocabulary: 37000, block: 512, width: 1024, heads: 16, layers: 6, inner: 4096, dropout: 0.3 },
} as const satisfies Readonly<Record<string, TranslationTransformerOptions>>;

/** Source (B, S) and target (B, T) to scores of the next token (B, T, V) by attention alone. Vaswani et al. 2017. */
export class TranslationTransformer extends Module implements EncoderDecoder {
  readonly source: Embedding;
  readonly target: Embedding;
  readonly stacks: Transformer;
  readonly head: Linear | null;
  readonly drop: Dropout;
  readonly sourceVocabulary: number;
  readonly vocabulary: number;
  readonly padding: number;
  readonly context: number;

  constructor(options: TranslationTransformerOptions = TRANSLATION_TRANSFORMER_PRESETS.small) {
    super();
    const {
      vocabulary, sourceVocabulary = vocabulary, block, width, heads, layers, inner = 4 * width, dropout = 0.1,
      normFirst = false, tied = sourceVocabulary === vocabulary, padding = 0,
    } = options;
    if (tied && sourceVocabulary !== vocabulary) {
      throw new UsageError(`TranslationTransformer: one table for ${sourceVocabulary} tokens of sources and ` +
        `${vocabulary} of targets cannot be; use one vocabulary for both, or tied: false`);
    }
    const table = (count: number): Embedding => {
      const made = new Embedding(count, width);
      assign(made.weight, normal([count, width], 0, width ** -0.5));
      return made;
    };
    this.source = table(sourceVocabulary);
    this.target = tied ? this.source : table(vocabulary);
    this.stacks = new Transformer(width, heads, {
      numEncoderLayers: layers, numDecoderLayers: layers, dimFeedforward: inner, dropout, normFirst, batchFirst: true,
    });
    this.head = tied ? null : new Linear(width, vocabulary, { bias: false });
    if (this.head !== null) assign(this.head.weight, xavierUniform([vocabulary, width]));
    this.drop = new Dropout(dropout);
    this.sourceVocabulary = sourceVocabulary;
    this.vocabulary = vocabulary;
    this.padding = padding;
    this.context = block;
  }
  /**
   * Scores of the token after each token of the target: source (B, S), target (B, T), i32, result (B, T, V). Without a
   * target it is the source, as in copying.
   */
  forward(source: Tensor, target = source): Tensor {
    const [memory, hidden] = this.#encode(source);
    const x = this.#embed(this.target, target);                             // (B, T, D)
    const y = this.stacks.decoder.forward(x, memory, { tgtCausal: true, memoryKeyPaddingMask: hidden });
    return this.#scores(y);                                                 // (B, T, V)
  }
  /** What the encoder makes of a source (B, S, D), and where there is a token (B, S). */
  encode(source: Tensor): readonly Tensor[] {
    const [memory, hidden] = this.#encode(source);
    return [memory, logicalNot(hidden)];
  }
  #encode(source: Tensor): readonly [memory: Tensor, hidden: Tensor] {
    const hidden = eq(source, this.padding);                                // (B, S)
    return [this.stacks.encoder.forward(this.#embed(this.source, source), { keyPaddingMask: hidden }), hidden];
  }
  /** sqrt(D) times rows of a table, plus positions: tokens (B, T), result (B, T, D). */
  #embed(table: Embedding, tokens: Tensor): Tensor {
    const length = tokens.shape[1];
    if (length > this.context) {
      throw new ShapeError(`TranslationTransformer: tokens of ${formatShape(tokens.shape)} are longer than ` +
        `${this.context}; cut them or use a larger block`);
    }
    return this.#placed(table.forward(tokens), iota(length));
  }
  #placed(rows: Tensor, positions: Tensor): Tensor {
    const width = this.source.weight.shape[1];
    return this.drop.forward(add(mul(rows, Math.sqrt(width)), sinusoidalPositions(positions, width)));
  }
  #scores(y: Tensor): Tensor {
    return linear(y, (this.head ?? this.target).weight);
  }

  /** The position; of each layer keys and values of the target so far and of the memory (B, H, ., d); the mask. */
  start(memory: readonly Tensor[]): readonly Tensor[] {
    const [encoded, mask] = memory, [B, , width] = encoded.shape;
    const perLayer = [...this.stacks.decoder.layers].flatMap(({ multihead_attn: attention }) => {
      const empty = (): Tensor => zeros([B, attention.heads, this.context, width / attention.heads], encoded.dtype);
      return [empty(), empty(), projected(attention, encoded, KEY), projected(attention, encoded, VALUE)];
    });
    return [tensor(0, { dtype: "i32" }), ...perLayer, mask];
  }
  /** Weights are those of the last layer, the mean over its heads. */
  step(token: Tensor, state: readonly Tensor[]): AlignedStep {
    const position = state[0], mask = state[state.length - 1];
    const next: Tensor[] = [add(position, 1)];
    let x = unsqueeze(this.#placed(this.target.forward(token), position), 1); // (B, 1, D)
    let weights: Tensor | null = null;
    for (const [i, layer] of [...this.stacks.decoder.layers].entries()) {
      const [keys, values, ...read] = state.slice(1 + 4 * i, 5 + 4 * i);
      const own = residual(layer, x, layer.norm1, (y) => {
        const [q, k, v] = ([QUERY, KEY, VALUE] as const).map((part) => projected(layer.self_attn, y, part));
        const made = cachedAttention(q, k, v, { keys, values }, position);  // (B, H, 1, d)
        next.push(made.cache.keys, made.cache.values, ...read);
        return joined(layer.self_attn, made.y);
      });
      const informed = residual(layer, own, layer.norm2, (y) => {
        const q = projected(layer.multihead_attn, y, QUERY);
        const each = attentionWeights(q, read[0], { mask: reshape(mask, [mask.shape[0], 1, 1, mask.shape[1]]) });
        weights = mean(each, 1).squeeze(1);                                 // (B, S)
        return joined(layer.multihead_attn, matmul(each, read[1]));
      });
      x = residual(layer, informed, layer.norm3, (y) => layer.linear2.forward(relu(layer.linear1.forward(y))));
    }
    const hidden = (this.stacks.decoder.norm?.forward(x) ?? x).squeeze(1);  // (B, D)
    return { logits: this.#scores(hidden), state: [...next, mask], hidden, weights };
  }
}

/** x with what a part makes of it added, in the order of the layer; nothing is dropped while decoding. */
function residual(
  layer: TransformerDecoderLayer, x: Tensor, norm: LayerNorm, part: (x: Tensor) => Tensor,
): Tensor {
  return layer.normFirst ? add(x, part(norm.forward(x))) : norm.forward(add(x, part(x)));
}
const QUERY = 0, KEY = 1, VALUE = 2;
/** Queries, keys or values of x (B, T, D): (B, H, T, d). */
function projected(attention: MultiheadAttention, x: Tensor, part: typeof QUERY | typeof KEY | typeof VALUE): Tensor {
  const [B, T, D] = x.shape;
  const weight = chunk(attention.in_proj_weight!, 3)[part], bias = chunk(attention.in_proj_bias!, 3)[part];
  return transpose(reshape(linear(x, weight, bias), [B, T, attention.heads, D / attention.heads]), 1, 2);
}
/** What the heads (B, H, T, d) found, written back: (B, T, D). */
function joined(attention: MultiheadAttention, heads: Tensor): Tensor {
  const [B, H, T, d] = heads.shape;
  return attention.out_proj.forward(reshape(transpose(heads, 1, 2), [B, T, H * d]));
}
