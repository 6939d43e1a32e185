import { assign } from "../exec/state.ts";
import { add } from "../ops/elementwise.ts";
import { reshape } from "../ops/movement.ts";
import { ModuleList } from "../nn/container.ts";
import { Embedding } from "../nn/embedding.ts";
import * as F from "../nn/functional.ts";
import type { KeyValueCache } from "../nn/functional/cached-attention.ts";
import { normal, zeros } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { RMSNorm } from "../nn/norm.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import type { DecoderStep } from "./decoder.ts";
import type { RecurrentLanguageModel } from "./language-model.ts";

/**
 * Llama: a Transformer decoder with what became usual after GPT-2: root-mean-square norms, rotary positions, gated
 * feed-forward layers, keys shared by groups of queries, no biases.
 *
 * Touvron et al., "LLaMA: open and efficient foundation language models", arXiv 2302.13971, 2023, section 2.2; shared
 * keys from "Llama 2", arXiv 2307.09288, 2023. Su et al. 2021 (positions), Shazeer 2020 (gates), Ainslie et al. 2023
 * (groups).
 *
 * Letters: B sequences, T time (at most `block`), V vocabulary, D width, H heads, G groups of keys, d = D / H, M inner
 * width of the feed-forward layer.
 *
 * Names are those of Hugging Face's checkpoints: model.layers.0.self_attn.q_proj.weight, ...
 */
export interface LlamaOptions {
  readonly vocabulary: number;
  /** The longest sequence. */
  readonly block: number;
  readonly width: number;
  readonly heads: number;
  /** G; default one for each head. */
  readonly groups?: number;
  readonly layers: number;
  /** M; default 8/3 of the width, rounded up to a multiple of 32. */
  readonly inner?: number;
  /** The base of the rotary waves; default 10000. */
  readonly base?: number;
  readonly eps?: number;
  /** The scores use the embedding once more. */
  readonly tied?: boolean;
}
/** Named sizes of Llama. */
export const LLAMA_PRESETS = {
  small: { vocabulary: 65, block: 64, width: 128, heads: 4, groups: 2, layers: 4, tied: true },
  "tinyllama-1.1b": { vocabulary: 32000, block: 2048, width: 2048, heads: 32, groups: 4, layers: 22, inner: 5632 },
  "llama-2-7b": { vocabulary: 32000, block: 4096, width: 4096, heads: 32, layers: 32, inner: 11008 },
} as const satisfies Readonly<Record<string, LlamaOptions>>;

const plain = { bias: false } as const;

class Attention extends Module {
  readonly q_proj: Linear;
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly o_proj: Linear;
  readonly heads: number;
  readonly groups: number;
  readonly base: number;

  constructor({ width, heads, groups = heads, base = 10000 }: LlamaOptions) {
    super();
    const head = width / heads;
    this.q_proj = new Linear(width, width, plain);
    this.k_proj = new Linear(width, groups * head, plain);
    this.v_proj = new Linear(width, groups * head, plain);
    this.o_proj = new Linear(width, width, plain);
    this.heads = heads;
    this.groups = groups;
    this.base = base;
  }
  /** Queries (B, H, T, d), keys and values (B, G, T, d) of x (B, T, D), turned to their positions (T). */
  #project(x: Tensor, positions?: Tensor): readonly [q: Tensor, k: Tensor, v: Tensor] {
    const apart = (y: Tensor, heads: number): Tensor =>
      reshape(y, [...x.shape.slice(0, 2), heads, -1]).transpose(1, 2);
    const turned = (y: Tensor): Tensor =>
      F.rotary(y, { base: this.base, ...(positions === undefined ? {} : { positions }) });
    return [
      turned(apart(this.q_proj.forward(x), this.heads)), turned(apart(this.k_proj.forward(x), this.groups)),
      apart(this.v_proj.forward(x), this.groups),
    ];
  }
  /** x (B, T, D), result (B, T, D). */
  forward(x: Tensor): Tensor {
    const [q, k, v] = this.#project(x);
    const y = F.scaledDotProductAttention(q, k, v, { causal: true, enableGqa: this.groups !== this.heads });
    return this.o_proj.forward(y.transpose(1, 2).reshape(x.shape));         // (B, T, D)
  }
  /** One step: x (B, 1, D) at `position`. */
  step(x: Tensor, cache: KeyValueCache, position: Tensor): { y: Tensor; cache: KeyValueCache } {
    const [q, k, v] = this.#project(x, position);
    const made = F.cachedAttention(q, k, v, cache, position);               // (B, H, 1, d)
    return { y: this.o_proj.forward(made.y.transpose(1, 2).reshape(x.shape)), cache: made.cache };
  }
}
class FeedForward extends Module {
  readonly gate_proj: Linear;
  readonly up_proj: Linear;
  readonly down_proj: Linear;

  constructor({ width, inner = 32 * Math.ceil(width * 8 / 3 / 32) }: LlamaOptions) {
    super();
    this.gate_proj = new Linear(width, inner, plain);
    this.up_proj = new Linear(width, inner, plain);
    this.down_proj = new Linear(inner, width, plain);
  }
  forward(x: Tensor): Tensor {
    const h = F.silu(this.gate_proj.forward(x)).mul(this.up_proj.forward(x)); // (B, T, M)
    return this.down_proj.forward(h);                                       // (B, T, D)
  }
}
class Block extends Module {
  readonly self_attn: Attention;
  readonly mlp: FeedForward;
  readonly input_layernorm: RMSNorm;
  readonly post_attention_layernorm: RMSNorm;

  constructor(options: LlamaOptions) {
    super();
    const eps = options.eps ?? 1e-5;
    this.self_attn = new Attention(options);
    this.mlp = new FeedForward(options);
    this.input_layernorm = new RMSNorm(options.width, { eps });
    this.post_attention_layernorm = new RMSNorm(options.width, { eps });
  }
  forward(x: Tensor): Tensor {
    return this.finish(x, this.self_attn.forward(this.input_layernorm.forward(x)));
  }
  /** What follows attention: x and what attention wrote, (B, T, D) each. */
  finish(x: Tensor, written: Tensor): Tensor {
    const h = add(x, written);
    return h.add(this.mlp.forward(this.post_attention_layernorm.forward(h)));
  }
}
class Decoder extends Module {
  readonly embed_tokens: Embedding;
  readonly layers: ModuleList<Block>;
  readonly norm: RMSNorm;

  constructor(options: LlamaOptions) {
    super();
    this.embed_tokens = new Embedding(options.vocabulary, options.width);
    this.layers = new ModuleList(Array.from({ length: options.layers }, () => new Block(options)));
    this.norm = new RMSNorm(options.width, { eps: options.eps ?? 1e-5 });
  }
}

/** Tokens (B, T) to scores of the next token (B, T, vocabulary) by a Llama decoder. Touvron et al. 2023. */
export class Llama extends Module implements RecurrentLanguageModel {
  readonly model: Decoder;
  readonly lm_head: Linear | null;
  readonly vocabulary: number;
  readonly context: number;

  constructor(options: LlamaOptions = LLAMA_PRESETS.small) {
    super();
    const { vocabulary, block, width, heads, groups = heads, tied = false } = options;
    if (width % heads !== 0 || heads % groups !== 0 || (width / heads) % 2 !== 0) {
      throw new UsageError(`Llama: width ${width}, heads ${heads} and groups ${groups} do not fit; groups must ` +
        "divide heads, heads the width, and width / heads be even");
    }
    this.model = new Decoder(options);
    this.lm_head = tied ? null : new Linear(width, vocabulary, plain);
    this.vocabulary = vocabulary;
    this.context = block;
    for (const [name, weight] of this.namedParameters()) {
      if (!name.includes("norm")) assign(weight, normal(weight.shape, 0, 0.02));
    }
  }
  /** Scores of every next token: tokens (B, T), i32, result (B, T, V). */
  forward(tokens: Tensor): Tensor {
    if (tokens.shape[1] > this.context) {
      throw new ShapeError(`Llama: tokens of ${formatShape(tokens.shape)} are longer than the window of ` +
        `${this.context}; cut them or use a larger block`);
    }
    let x = this.model.embed_tokens.forward(tokens);                        // (B, T, D)
    for (const layer of this.model.layers) x = layer.forward(x);
    return this.#scores(this.model.norm.forward(x));                        // (B, T, V)
  }
  #scores(h: Tensor): Tensor {
    return this.lm_head === null ? F.linear(h, this.model.embed_tokens.weight) : this.lm_head.forward(h);
  }
  /** The position, then keys and values (B, G, block, d) of each layer. */
  start(batch: number): readonly Tensor[] {
    const caches = [...this.model.layers].flatMap(({ self_attn: { groups, k_proj } }) => {
      const empty = (): Tensor => zeros([batch, groups, this.context, k_proj.weight.shape[0] / groups]);
      return [empty(), empty()];
    });
    return [tensor(0, { dtype: "i32" }), ...caches];
  }
  step(token: Tensor, state: readonly Tensor[]): DecoderStep {
    const [position, ...caches] = state;
    const next: Tensor[] = [add(position, 1)];
    let x = this.model.embed_tokens.forward(token).unsqueeze(1);            // (B, 1, D)
    for (const [i, layer] of [...this.model.layers].entries()) {
      const cache = { keys: caches[2 * i], values: caches[2 * i + 1] };
      const made = layer.self_attn.step(layer.input_layernorm.forward(x), cache, position);
      next.push(made.cache.keys, made.cache.values);
      x = layer.finish(x, made.y);
    }
    const hidden = this.model.norm.forward(x).squeeze(1);                   // (B, D)
    return { logits: this.#scores(hidden), state: next, hidden };           // (B, V)
  }
}

/** The name here of a tensor in a Llama checkpoint, or null for one that is not needed. */
export const llamaCheckpointName = (name: string): string | null =>
  (name.endsWith("rotary_emb.inv_freq") ? null : name);
