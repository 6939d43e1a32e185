import { assign } from "../exec/state.ts";
import { linear } from "../ops/contract.ts";
import { iota } from "../ops/create.ts";
import { add, mul } from "../ops/elementwise.ts";
import { LinformerAttention, LSHAttention, PerformerAttention } from "../nn/efficient-attention.ts";
import { Embedding } from "../nn/embedding.ts";
import * as F from "../nn/functional.ts";
import { normal, zeros } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module, type Layer } from "../nn/module.ts";
import { LayerNorm } from "../nn/norm.ts";
import { ReversibleBlock, ReversibleSequence } from "../nn/reversible.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import type { LanguageModel } from "./language-model.ts";

/**
 * A Transformer whose attention is a choice: one model in which the ways to attend in less than quadratic time can be
 * compared, everything else equal.
 *
 * Child et al., "Generating long sequences with sparse transformers", 2019 (local, strided); Zaheer et al., "Big Bird",
 * 2020; Wang et al., "Linformer", 2020; Choromanski et al., "Rethinking attention with performers", 2021; Kitaev,
 * Kaiser, Levskaya, "Reformer", 2020 (hashing, and reversible residual layers); Dao et al., "FlashAttention", 2022
 * (chunked: exact, in linear memory). Starting values as in GPT-2.
 *
 * Letters: B sequences, T time (at most `block`), V vocabulary, D width, H heads, L layers.
 *
 * A decoder by default: position t sees positions up to t. Reformer keeps to that within what it sees, but where its
 * chunks end depends on how all positions hash. Linformer has no causal form: it is an encoder (`causal: false`).
 */
export type AttentionKind =
  | { readonly kind: "full" }
  | { readonly kind: "chunked"; readonly chunk?: number }
  | { readonly kind: "local"; readonly window: number }
  | { readonly kind: "strided"; readonly stride: number }
  | ({ readonly kind: "big-bird"; readonly block: number } & Omit<F.BigBirdOptions, "causal">)
  | { readonly kind: "linformer"; readonly rank: number; readonly share?: boolean }
  | { readonly kind: "performer"; readonly features?: number }
  | { readonly kind: "reformer"; readonly buckets: number; readonly rounds?: number; readonly chunk: number };

export interface EfficientTransformerOptions {
  readonly vocabulary: number;
  /** The longest sequence. */
  readonly block: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly attention: AttentionKind;
  /** Position t sees positions up to t only (default true). */
  readonly causal?: boolean;
  /** Residual layers in two streams, y1 = x1 + attention(x2), y2 = x2 + feedForward(y1), as in Reformer. */
  readonly reversible?: boolean;
}
const SMALL = { vocabulary: 65, block: 256, width: 128, heads: 4, layers: 4 } as const;
/** One small model for each way to attend. */
export const EFFICIENT_TRANSFORMER_PRESETS = {
  local: { ...SMALL, attention: { kind: "local", window: 32 } },
  strided: { ...SMALL, attention: { kind: "strided", stride: 16 } },
  "big-bird": { ...SMALL, attention: { kind: "big-bird", block: 16 } },
  performer: { ...SMALL, attention: { kind: "performer", features: 128 } },
  reformer: { ...SMALL, attention: { kind: "reformer", buckets: 8, rounds: 2, chunk: 32 }, reversible: true },
  linformer: { ...SMALL, attention: { kind: "linformer", rank: 32 }, causal: false },
  full: { ...SMALL, attention: { kind: "full" } },
} as const satisfies Readonly<Record<string, EfficientTransformerOptions>>;

/** How queries, keys and values (B, H, T, D/H) meet. */
type Attend = (q: Tensor, k: Tensor, v: Tensor) => Tensor;
function attendWithout(choice: AttentionKind, causal: boolean): Attend {
  switch (choice.kind) {
    case "full": return (q, k, v) => F.scaledDotProductAttention(q, k, v, { causal });
    case "chunked": return (q, k, v) => F.chunkedAttention(q, k, v, { causal, chunk: choice.chunk });
    case "local": return (q, k, v) => F.localAttention(q, k, v, { causal, window: choice.window });
    case "strided": return (q, k, v) => F.stridedAttention(q, k, v, { causal, stride: choice.stride });
    case "big-bird": return (q, k, v) => {
      const { block } = choice, layout = F.bigBirdLayout(Math.ceil(q.shape[2] / block), { ...choice, causal });
      return F.blockSparseAttention(q, k, v, layout, { block, causal });
    };
    default: throw new UsageError(`EfficientTransformer: ${choice.kind} keeps numbers of its own`);
  }
}
type Holder = LinformerAttention | PerformerAttention | LSHAttention;
/** The module of a kind of attention that keeps numbers: weights, or random directions. */
function holderOf(choice: AttentionKind, length: number, d: number, causal: boolean): Holder | null {
  switch (choice.kind) {
    case "linformer": return new LinformerAttention({ ...choice, length });
    case "performer": return new PerformerAttention(d, { ...choice, causal });
    case "reformer": return new LSHAttention(d, { ...choice, causal });
    default: return null;
  }
}

class Attention extends Module {
  /** Queries, keys and values side by side; keys are queries in Reformer. */
  readonly c_attn: Linear;
  readonly c_proj: Linear;
  readonly inner: Holder | null;
  readonly heads: number;
  readonly #attend: Attend | null;

  constructor({ width, heads, block, attention, causal = true }: EfficientTransformerOptions) {
    super();
    this.c_attn = new Linear(width, (attention.kind === "reformer" ? 2 : 3) * width);
    this.c_proj = new Linear(width, width);
    this.inner = holderOf(attention, block, width / heads, causal);
    this.heads = heads;
    this.#attend = this.inner === null ? attendWithout(attention, causal) : null;
  }
  /** x (B, T, D), result (B, T, D). */
  forward(x: Tensor): Tensor {
    const [B, T, D] = x.shape;
    const parts = this.c_attn.forward(x).split(D, 2)                        // (B, T, D) each
      .map((part) => part.reshape([B, T, this.heads, D / this.heads]).transpose(1, 2));
    const [q, k] = parts, v = parts[parts.length - 1];                      // (B, H, T, D/H)
    const y = this.inner === null ? this.#attend!(q, k, v)
      : this.inner instanceof LSHAttention ? this.inner.forward(q, v) : this.inner.forward(q, k, v);
    return this.c_proj.forward(y.transpose(1, 2).reshape([B, T, D]));
  }
}
class FeedForward extends Module {
  readonly c_fc: Linear;
  readonly c_proj: Linear;

  constructor({ width }: EfficientTransformerOptions) {
    super();
    this.c_fc = new Linear(width, 4 * width);
    this.c_proj = new Linear(4 * width, width);
  }
  forward(x: Tensor): Tensor {
    return this.c_proj.forward(F.gelu(this.c_fc.forward(x), "tanh"));       // (B, T, 4D), (B, T, D)
  }
}
/** A layer of what was normalized before. */
class Normed extends Module {
  readonly norm: LayerNorm;
  readonly layer: Layer;

  constructor(width: number, layer: Layer) {
    super();
    this.norm = new LayerNorm(width);
    this.layer = layer;
  }
  forward(x: Tensor): Tensor {
    return this.layer.forward(this.norm.forward(x));
  }
}

/** Tokens (B, T) to scores (B, T, vocabulary) by Transformer blocks with a chosen kind of attention. */
export class EfficientTransformer extends Module implements LanguageModel {
  readonly wte: Embedding;
  readonly wpe: Embedding;
  readonly h: ReversibleSequence;
  readonly ln_f: LayerNorm;
  readonly vocabulary: number;
  readonly context: number;
  readonly reversible: boolean;

  constructor(options: EfficientTransformerOptions = EFFICIENT_TRANSFORMER_PRESETS.local) {
    super();
    const { vocabulary, block, width, heads, layers, attention, causal = true, reversible = false } = options;
    if (width % heads !== 0) {
      throw new UsageError(`EfficientTransformer: ${heads} heads do not divide a width of ${width}`);
    }
    if (attention.kind === "linformer" && causal) {
      throw new UsageError("EfficientTransformer: linformer mixes the whole sequence; use it with { causal: false }");
    }
    this.wte = new Embedding(vocabulary, width);
    this.wpe = new Embedding(block, width);
    assign(this.wte.weight, normal([vocabulary, width], 0, 0.02));
    assign(this.wpe.weight, normal([block, width], 0, 0.01));
    this.h = new ReversibleSequence(Array.from({ length: layers }, () => new ReversibleBlock(
      new Normed(width, new Attention(options)), new Normed(width, new FeedForward(options)))));
    for (const part of this.h.modules()) {
      if (!(part instanceof Linear)) continue;
      assign(part.weight, normal(part.weight.shape, 0, 0.02));
      assign(part.bias!, zeros(part.bias!.shape));
    }
    this.ln_f = new LayerNorm(width);
    this.vocabulary = vocabulary;
    this.context = block;
    this.reversible = reversible;
  }
  /** Scores of every next token (of every token, where it is no decoder): tokens (B, T), i32, result (B, T, V). */
  forward(tokens: Tensor): Tensor {
    const T = tokens.shape[1];
    if (T > this.context) {
      throw new ShapeError(`EfficientTransformer: tokens of ${formatShape(tokens.shape)} are longer than the window ` +
        `of ${this.context}; cut them or use a larger block`);
    }
    const x = add(this.wte.forward(tokens), this.wpe.forward(iota(T)));     // (B, T, D)
    return linear(this.ln_f.forward(this.#through(x)), this.wte.weight);    // (B, T, V)
  }
  #through(x: Tensor): Tensor {
    if (this.reversible) return mul(add(...this.h.forward(x, x)), 0.5);     // the mean of both streams
    let y = x;
    for (const { f, g } of this.h.blocks) {
      y = add(y, f.forward(y));
      y = add(y, g.forward(y));
    }
    return y;
  }
}
