import { assign } from "../exec/state.ts";
import { linear, matmul } from "../ops/contract.ts";
import { iota } from "../ops/create.ts";
import { add } from "../ops/elementwise.ts";
import { ModuleList } from "../nn/container.ts";
import { Dropout } from "../nn/dropout.ts";
import { Embedding } from "../nn/embedding.ts";
import * as F from "../nn/functional.ts";
import type { KeyValueCache } from "../nn/functional/cached-attention.ts";
import { normal, zeros } from "../nn/init.ts";
import { Module } from "../nn/module.ts";
import { LayerNorm } from "../nn/norm.ts";
import { parameter } from "../nn/parameter.ts";
import type { MatrixLayer } from "../nn/quantize.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import type { DecoderStep } from "./decoder.ts";
import type { RecurrentLanguageModel } from "./language-model.ts";

/**
 * GPT-2: a Transformer decoder that predicts the next token.
 *
 * Radford et al., "Language models are unsupervised multitask learners", OpenAI 2019, section 2.3; Vaswani et al.,
 * "Attention is all you need", NeurIPS 2017. Starting values are those of OpenAI's code: deviation 0.02, positions
 * 0.01, and 0.02 / sqrt(2 L) for the two layers of a block that write into the residual stream.
 *
 * Letters: B sequences, T time (at most `block`), V vocabulary, D width (d_model), H heads, L layers.
 *
 * Names are those of OpenAI's checkpoints: wte, wpe, h.0.ln_1, h.0.attn.c_attn, ... The scores use wte once more.
 */
export interface GPTOptions {
  readonly vocabulary: number;
  /** The longest sequence. */
  readonly block: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly dropout?: number;
}
/** Named sizes of GPT, GPT-2 among them. */
export const GPT_PRESETS = {
  small: { vocabulary: 65, block: 64, width: 128, heads: 4, layers: 4 },
  "gpt2": { vocabulary: 50257, block: 1024, width: 768, heads: 12, layers: 12 },
} as const satisfies Readonly<Record<string, GPTOptions>>;

/** y = x W + b with W (inputs, outputs): the other way round than `Linear`, as GPT-2's files have it. */
class Projection extends Module implements MatrixLayer {
  readonly outputAxis = 1;
  readonly weight: Tensor;
  readonly bias: Tensor;

  constructor(inputs: number, outputs: number, std = 0.02) {
    super();
    this.weight = parameter(normal([inputs, outputs], 0, std));
    this.bias = parameter(zeros([outputs]));
  }
  forward(x: Tensor): Tensor {
    return add(matmul(x, this.weight), this.bias);
  }
  protected override describe(): string {
    return this.weight.shape.join(", ");
  }
}
const residualStd = ({ layers }: GPTOptions): number => 0.02 / Math.sqrt(2 * layers);

class Attention extends Module {
  readonly c_attn: Projection;
  readonly c_proj: Projection;
  readonly resid_dropout: Dropout;
  readonly heads: number;

  constructor(options: GPTOptions) {
    super();
    this.c_attn = new Projection(options.width, 3 * options.width);
    this.c_proj = new Projection(options.width, options.width, residualStd(options));
    this.resid_dropout = new Dropout(options.dropout ?? 0);
    this.heads = options.heads;
  }
  /** Queries, keys and values (B, H, T, D/H) of x (B, T, D). */
  #project(x: Tensor): readonly Tensor[] {
    const [B, T, D] = x.shape;
    return this.c_attn.forward(x).chunk(3, 2)                               // (B, T, D) each
      .map((part) => part.reshape([B, T, this.heads, D / this.heads]).transpose(1, 2));
  }
  /** What the heads (B, H, T, D/H) found, written back: (B, T, D). */
  #join(heads: Tensor): Tensor {
    const [B, H, T, d] = heads.shape;
    return this.resid_dropout.forward(this.c_proj.forward(heads.transpose(1, 2).reshape([B, T, H * d])));
  }
  /** x (B, T, D), result (B, T, D). */
  forward(x: Tensor): Tensor {
    const [q, k, v] = this.#project(x);
    const dropout = this.training ? this.resid_dropout.p : 0;
    return this.#join(F.scaledDotProductAttention(q, k, v, { causal: true, dropout }));
  }
  /** One step: x (B, 1, D) at `position`. */
  step(x: Tensor, cache: KeyValueCache, position: Tensor): { y: Tensor; cache: KeyValueCache } {
    const [q, k, v] = this.#project(x);
    const made = F.cachedAttention(q, k, v, cache, position);               // (B, H, 1, D/H)
    return { y: this.#join(made.y), cache: made.cache };
  }
}
class FeedForward extends Module {
  readonly c_fc: Projection;
  readonly c_proj: Projection;
  readonly dropout: Dropout;

  constructor(options: GPTOptions) {
    super();
    this.c_fc = new Projection(options.width, 4 * options.width);
    this.c_proj = new Projection(4 * options.width, options.width, residualStd(options));
    this.dropout = new Dropout(options.dropout ?? 0);
  }
  forward(x: Tensor): Tensor {
    const h = F.gelu(this.c_fc.forward(x), "tanh");                         // (B, T, 4D)
    return this.dropout.forward(this.c_proj.forward(h));                    // (B, T, D)
  }
}
class Block extends Module {
  readonly ln_1: LayerNorm;
  readonly attn: Attention;
  readonly ln_2: LayerNorm;
  readonly mlp: FeedForward;

  constructor(options: GPTOptions) {
    super();
    this.ln_1 = new LayerNorm(options.width);
    this.attn = new Attention(options);
    this.ln_2 = new LayerNorm(options.width);
    this.mlp = new FeedForward(options);
  }
  forward(x: Tensor): Tensor {
    return this.#finish(x.add(this.attn.forward(this.ln_1.forward(x))));    // (B, T, D)
  }
  step(x: Tensor, cache: KeyValueCache, position: Tensor): { y: Tensor; cache: KeyValueCache } {
    const made = this.attn.step(this.ln_1.forward(x), cache, position);
    return { y: this.#finish(x.add(made.y)), cache: made.cache };
  }
  #finish(h: Tensor): Tensor {
    return h.add(this.mlp.forward(this.ln_2.forward(h)));
  }
}

/** Tokens (B, T) to scores of the next token (B, T, vocabulary) by Transformer blocks. Radford et al. 2019. */
export class GPT extends Module implements RecurrentLanguageModel {
  readonly wte: Embedding;
  readonly wpe: Embedding;
  readonly drop: Dropout;
  readonly h: ModuleList<Block>;
  readonly ln_f: LayerNorm;
  readonly vocabulary: number;
  readonly context: number;

  constructor(options: GPTOptions = GPT_PRESETS.small) {
    super();
    const { vocabulary, block, width, heads, layers, dropout = 0 } = options;
    if (width % heads !== 0) throw new UsageError(`GPT: ${heads} heads do not divide a width of ${width}`);
    this.wte = new Embedding(vocabulary, width);
    this.wpe = new Embedding(block, width);
    assign(this.wte.weight, normal([vocabulary, width], 0, 0.02));
    assign(this.wpe.weight, normal([block, width], 0, 0.01));
    this.drop = new Dropout(dropout);
    this.h = new ModuleList(Array.from({ length: layers }, () => new Block(options)));
    this.ln_f = new LayerNorm(width);
    this.vocabulary = vocabulary;
    this.context = block;
  }
  /** Scores of every next token: tokens (B, T), i32, result (B, T, V). */
  forward(tokens: Tensor): Tensor {
    const T = tokens.shape[1];
    if (T > this.context) {
      throw new ShapeError(`GPT: tokens of ${formatShape(tokens.shape)} are longer than the window of ` +
        `${this.context}; cut them or use a larger block`);
    }
    let x = this.wte.forward(tokens).add(this.wpe.forward(iota(T)));        // (B, T, D)
    x = this.drop.forward(x);
    for (const block of this.h) x = block.forward(x);
    return this.#scores(this.ln_f.forward(x));                              // (B, T, V)
  }
  #scores(h: Tensor): Tensor {
    return linear(h, this.wte.weight);
  }
  /** The position, then keys and values (B, H, block, D/H) of each layer. */
  start(batch: number): readonly Tensor[] {
    const width = this.wte.weight.shape[1];
    const caches = [...this.h].flatMap(({ attn: { heads } }) => {
      const empty = (): Tensor => zeros([batch, heads, this.context, width / heads]);
      return [empty(), empty()];
    });
    return [tensor(0, { dtype: "i32" }), ...caches];
  }
  step(token: Tensor, state: readonly Tensor[]): DecoderStep {
    const [position, ...caches] = state;
    const next: Tensor[] = [add(position, 1)];
    let x = this.wte.forward(token).add(this.wpe.forward(position)).unsqueeze(1); // (B, 1, D)
    x = this.drop.forward(x);
    for (const [i, block] of [...this.h].entries()) {
      const made = block.step(x, { keys: caches[2 * i], values: caches[2 * i + 1] }, position);
      next.push(made.cache.keys, made.cache.values);
      x = made.y;
    }
    const hidden = this.ln_f.forward(x).squeeze(1);                         // (B, D)
    return { logits: this.#scores(hidden), state: next, hidden };           // (B, V)
  }
}

/** The name here of a tensor in a GPT-2 checkpoint (OpenAI's or Hugging Face's), or null for one that is not needed. */
export function gptCheckpointName(name: string): string | null {
  const plain = name.replace(/^transformer\./, "");
  return plain === "lm_head.weight" || /^h\.\d+\.attn\.(masked_)?bias$/.test(plain) ? null : plain;
}
