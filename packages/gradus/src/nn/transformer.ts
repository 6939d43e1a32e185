import { iota, zeros } from "../ops/create.ts";
import { add, le, where } from "../ops/elementwise.ts";
import { reshape } from "../ops/movement.ts";
import { assign } from "../exec/state.ts";
import type { DType } from "../vocab/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { MultiheadAttention } from "./attention.ts";
import { ModuleList } from "./container.ts";
import { gelu, relu } from "./functional/activation.ts";
import { dropout } from "./functional/dropout.ts";
import { xavierUniform } from "./init.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { LayerNorm } from "./norm.ts";

/**
 * Blocks of attention and feed-forward nets: Vaswani et al., "Attention is all you need", 2017; `normFirst`: Xiong et
 * al., "On layer normalization in the Transformer architecture", 2020. Masks mean what they mean in
 * `MultiheadAttention`.
 */
export interface TransformerLayerOptions {
  /** Width between the two products of the feed-forward net (default 2048). */
  readonly dimFeedforward?: number;
  /** While training (default 0.1): of attention weights, inside the feed-forward net, and of what each part adds. */
  readonly dropout?: number;
  readonly activation?: "relu" | "gelu" | ((x: Tensor) => Tensor);
  readonly layerNormEps?: number;
  /** Sequences are (B, T, E) instead of (T, B, E). */
  readonly batchFirst?: boolean;
  /** Normalize what goes into each part instead of what comes out. */
  readonly normFirst?: boolean;
  readonly bias?: boolean;
}

/** What layers of the encoder and of the decoder share. */
abstract class TransformerLayer extends Module {
  abstract readonly self_attn: MultiheadAttention;
  abstract readonly linear1: Linear;
  abstract readonly linear2: Linear;
  readonly dropout: number;
  readonly normFirst: boolean;
  readonly #activation: (x: Tensor) => Tensor;

  constructor({ dropout = 0.1, normFirst = false, activation = "relu" }: TransformerLayerOptions) {
    super();
    this.dropout = dropout;
    this.normFirst = normFirst;
    const named = { relu, gelu: (x: Tensor) => gelu(x) };
    this.#activation = typeof activation === "function" ? activation : named[activation];
  }
  /** x with what a part makes of it added. */
  protected residual(x: Tensor, norm: LayerNorm, part: (x: Tensor) => Tensor): Tensor {
    const added = (from: Tensor): Tensor => add(x, dropout(part(from), this.dropout, this.training));
    return this.normFirst ? added(norm.forward(x)) : norm.forward(added(x));
  }
  protected feedForward(x: Tensor): Tensor {
    const inner = this.#activation(this.linear1.forward(x));
    return this.linear2.forward(dropout(inner, this.dropout, this.training));
  }
  protected override describe(): string {
    return `${this.self_attn.embedDim}, ${this.self_attn.heads}, normFirst=${this.normFirst}`;
  }
}
const attention = (dModel: number, heads: number, { dropout: rate = 0.1, bias, batchFirst }: TransformerLayerOptions) =>
  new MultiheadAttention(dModel, heads, { dropout: rate, bias: bias ?? true, batchFirst: batchFirst ?? false });
const normOf = (dModel: number, { layerNormEps, bias }: TransformerLayerOptions): LayerNorm =>
  new LayerNorm(dModel, { eps: layerNormEps ?? 1e-5, bias: bias ?? true });

export interface EncoderCall {
  /** (T, T) or (B * heads, T, T): bool, true hides, or numbers added to the scores. */
  readonly mask?: Tensor | null;
  /** (B, T): true where a position must not be seen. */
  readonly keyPaddingMask?: Tensor | null;
  /** Position i sees positions up to i only. */
  readonly causal?: boolean;
}
/** Self-attention and a feed-forward net: x (B, T, E) if batchFirst, result the same shape. */
export class TransformerEncoderLayer extends TransformerLayer {
  readonly self_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly #options: TransformerLayerOptions;

  constructor(dModel: number, heads: number, options: TransformerLayerOptions = {}) {
    super(options);
    const { dimFeedforward = 2048, bias = true } = options;
    this.self_attn = attention(dModel, heads, options);
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = normOf(dModel, options);
    this.norm2 = normOf(dModel, options);
    this.#options = options;
  }
  forward(x: Tensor, { mask = null, keyPaddingMask = null, causal = false }: EncoderCall = {}): Tensor {
    const attended = this.residual(x, this.norm1, (y) =>
      this.self_attn.forward(y, y, y, { attnMask: mask, keyPaddingMask, causal })[0]);
    return this.residual(attended, this.norm2, (y) => this.feedForward(y));
  }
  /** Another layer with the same options and first values of its own. */
  another(): TransformerEncoderLayer {
    return new TransformerEncoderLayer(this.self_attn.embedDim, this.self_attn.heads, this.#options);
  }
}

export interface DecoderCall {
  readonly tgtMask?: Tensor | null;
  readonly memoryMask?: Tensor | null;
  readonly tgtKeyPaddingMask?: Tensor | null;
  readonly memoryKeyPaddingMask?: Tensor | null;
  /** Position i of the target sees its positions up to i only. */
  readonly tgtCausal?: boolean;
  /** Position i of the target sees positions of the memory up to i only. */
  readonly memoryCausal?: boolean;
}
/** Self-attention, attention to a memory, and a feed-forward net: target (B, T, E), memory (B, S, E) if batchFirst. */
export class TransformerDecoderLayer extends TransformerLayer {
  readonly self_attn: MultiheadAttention;
  readonly multihead_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: LayerNorm;
  readonly #options: TransformerLayerOptions;

  constructor(dModel: number, heads: number, options: TransformerLayerOptions = {}) {
    super(options);
    const { dimFeedforward = 2048, bias = true } = options;
    this.self_attn = attention(dModel, heads, options);
    this.multihead_attn = attention(dModel, heads, options);
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = normOf(dModel, options);
    this.norm2 = normOf(dModel, options);
    this.norm3 = normOf(dModel, options);
    this.#options = options;
  }
  forward(target: Tensor, memory: Tensor, call: DecoderCall = {}): Tensor {
    const own = this.residual(target, this.norm1, (y) => this.self_attn.forward(y, y, y, {
      attnMask: call.tgtMask ?? null, keyPaddingMask: call.tgtKeyPaddingMask ?? null, causal: call.tgtCausal ?? false,
    })[0]);
    const read = this.residual(own, this.norm2, (y) => this.multihead_attn.forward(y, memory, memory, {
      attnMask: call.memoryMask ?? null, keyPaddingMask: call.memoryKeyPaddingMask ?? null,
      causal: call.memoryCausal ?? false,
    })[0]);
    return this.residual(read, this.norm3, (y) => this.feedForward(y));
  }
  /** Another layer with the same options and first values of its own. */
  another(): TransformerDecoderLayer {
    return new TransformerDecoderLayer(this.self_attn.embedDim, this.self_attn.heads, this.#options);
  }
}

export interface StackOptions {
  /** Applied to the result of the last layer. */
  readonly norm?: LayerNorm | null;
}
/** A layer and `count - 1` more of its kind. Their first values differ, where PyTorch's copies start equal. */
const repeat = <L extends Module & { another(): L }>(layer: L, count: number): ModuleList<L> =>
  new ModuleList(Array.from({ length: count }, (_, i) => (i === 0 ? layer : layer.another())));

/** Layers of an encoder one after another. */
export class TransformerEncoder extends Module {
  readonly layers: ModuleList<TransformerEncoderLayer>;
  readonly norm: LayerNorm | null;

  constructor(layer: TransformerEncoderLayer, numLayers: number, options: StackOptions = {}) {
    super();
    this.layers = repeat(layer, numLayers);
    this.norm = options.norm ?? null;
  }
  forward(x: Tensor, call: EncoderCall = {}): Tensor {
    let y = x;
    for (const layer of this.layers) y = layer.forward(y, call);
    return this.norm?.forward(y) ?? y;
  }
}
/** Layers of a decoder one after another, all with the same memory. */
export class TransformerDecoder extends Module {
  readonly layers: ModuleList<TransformerDecoderLayer>;
  readonly norm: LayerNorm | null;

  constructor(layer: TransformerDecoderLayer, numLayers: number, options: StackOptions = {}) {
    super();
    this.layers = repeat(layer, numLayers);
    this.norm = options.norm ?? null;
  }
  forward(target: Tensor, memory: Tensor, call: DecoderCall = {}): Tensor {
    let y = target;
    for (const layer of this.layers) y = layer.forward(y, memory, call);
    return this.norm?.forward(y) ?? y;
  }
}

export interface TransformerOptions extends TransformerLayerOptions {
  /** Default 6. */
  readonly numEncoderLayers?: number;
  /** Default 6. */
  readonly numDecoderLayers?: number;
}
export interface TransformerCall extends DecoderCall {
  readonly srcMask?: Tensor | null;
  readonly srcKeyPaddingMask?: Tensor | null;
  readonly srcCausal?: boolean;
}
/** Encoder and decoder, without embeddings: source (B, S, E), target (B, T, E) if batchFirst, result as the target. */
export class Transformer extends Module {
  readonly encoder: TransformerEncoder;
  readonly decoder: TransformerDecoder;

  constructor(dModel = 512, heads = 8, options: TransformerOptions = {}) {
    super();
    const { numEncoderLayers = 6, numDecoderLayers = 6 } = options;
    this.encoder = new TransformerEncoder(new TransformerEncoderLayer(dModel, heads, options), numEncoderLayers,
      { norm: normOf(dModel, options) });
    this.decoder = new TransformerDecoder(new TransformerDecoderLayer(dModel, heads, options), numDecoderLayers,
      { norm: normOf(dModel, options) });
    for (const weight of this.parameters()) if (weight.shape.length > 1) assign(weight, xavierUniform(weight.shape));
  }
  forward(source: Tensor, target: Tensor, call: TransformerCall = {}): Tensor {
    const { srcMask = null, srcKeyPaddingMask = null, srcCausal = false, ...rest } = call;
    const memory = this.encoder.forward(source,
      { mask: srcMask, keyPaddingMask: srcKeyPaddingMask, causal: srcCausal });
    return this.decoder.forward(target, memory, rest);
  }
}

/** The mask of a causal model, to be added to scores: (n, n), 0 up to the diagonal, minus infinity above it. */
export function generateSquareSubsequentMask(size: number, dtype: DType = "f32"): Tensor {
  const at = iota(size);
  return where(le(at, reshape(at, [size, 1])), zeros([], dtype), -Infinity);
}
