import { assign } from "../exec/state.ts";
import { linear } from "../ops/contract.ts";
import { add } from "../ops/elementwise.ts";
import { ModuleList } from "../nn/container.ts";
import { Embedding } from "../nn/embedding.ts";
import * as F from "../nn/functional.ts";
import { normal } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { LayerNorm } from "../nn/norm.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { RecurrentLanguageModel } from "./language-model.ts";

/**
 * What the relatives of Mamba share: GPT's frame with something else than attention between the steps of time. A block
 * is x + mixer(norm(x)), then x + feedForward(norm(x)); the scores use the embedding once more.
 *
 * Letters: B sequences, T time, V vocabulary, D width, L layers.
 */
export interface MixingOptions {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  /** Width between the two products of the feed-forward net; default 4 D. */
  readonly inner?: number;
}
/** Something that carries information along time, all at once or step by step, with the same numbers. */
export interface Mixer extends Module {
  /** x (B, T, D), result (B, T, D). */
  forward(x: Tensor): Tensor;
  /** The state before the first step, with sequences along the first axis. */
  start(batch: number): Tensor;
  /** One step: x (B, D) at `position`, a number. */
  step(x: Tensor, state: Tensor, position: Tensor): { readonly y: Tensor; readonly state: Tensor };
}

/** One mixer and one feed-forward net, each behind a norm and beside the residual stream. */
export class MixingBlock<M extends Mixer> extends Module {
  readonly norm_1: LayerNorm;
  readonly mixer: M;
  readonly norm_2: LayerNorm;
  readonly linear1: Linear;
  readonly linear2: Linear;

  constructor({ width, layers, inner = 4 * width }: Omit<MixingOptions, "vocabulary">, mixer: M) {
    super();
    this.norm_1 = new LayerNorm(width);
    this.mixer = mixer;
    this.norm_2 = new LayerNorm(width);
    this.linear1 = new Linear(width, inner);
    this.linear2 = new Linear(inner, width);
    // What writes into the residual stream starts smaller, as in GPT-2.
    assign(this.linear2.weight, normal([width, inner], 0, 0.02 / Math.sqrt(2 * layers)));
  }
  forward(x: Tensor): Tensor {
    return this.#finish(x.add(this.mixer.forward(this.norm_1.forward(x)))); // (B, T, D)
  }
  step(x: Tensor, state: Tensor, position: Tensor): { y: Tensor; state: Tensor } {
    const made = this.mixer.step(this.norm_1.forward(x), state, position);
    return { y: this.#finish(x.add(made.y)), state: made.state };           // (B, D)
  }
  #finish(h: Tensor): Tensor {
    return h.add(this.linear2.forward(F.gelu(this.linear1.forward(this.norm_2.forward(h)))));
  }
}

/** Tokens (B, T) to scores of the next token (B, T, V) by blocks around one kind of mixer. */
export abstract class MixingLanguageModel<M extends Mixer> extends Module implements RecurrentLanguageModel {
  readonly embedding: Embedding;
  readonly blocks: ModuleList<MixingBlock<M>>;
  readonly norm: LayerNorm;
  readonly vocabulary: number;
  readonly context = Infinity;

  constructor(options: MixingOptions, mixer: () => M) {
    super();
    const { vocabulary, width, layers } = options;
    this.embedding = new Embedding(vocabulary, width);
    assign(this.embedding.weight, normal([vocabulary, width], 0, 0.02));
    this.blocks = new ModuleList(Array.from({ length: layers }, () => new MixingBlock(options, mixer())));
    this.norm = new LayerNorm(width);
    this.vocabulary = vocabulary;
  }
  /** Embeddings (.., D) of tokens that stand at positions 0 .. length - 1, or at one position. */
  protected embed(tokens: Tensor, _positions: number | Tensor): Tensor {
    return this.embedding.forward(tokens);
  }
  /** What the last block made of the tokens: (B, T), i32, result (B, T, D). */
  features(tokens: Tensor): Tensor {
    let x = this.embed(tokens, tokens.shape[1]);                            // (B, T, D)
    for (const block of this.blocks) x = block.forward(x);
    return this.norm.forward(x);
  }
  /** Scores of every next token: tokens (B, T), i32, result (B, T, V). */
  forward(tokens: Tensor): Tensor {
    return linear(this.features(tokens), this.embedding.weight);
  }
  /** The position, then the state of each layer. */
  start(batch: number): readonly Tensor[] {
    return [tensor(0, { dtype: "i32" }), ...[...this.blocks].map(({ mixer }) => mixer.start(batch))];
  }
  step(token: Tensor, state: readonly Tensor[]): { logits: Tensor; state: readonly Tensor[]; hidden: Tensor } {
    const [position, ...before] = state, next: Tensor[] = [add(position, 1)];
    let x = this.embed(token, position);                                    // (B, D)
    for (const [i, block] of [...this.blocks].entries()) {
      const made = block.step(x, before[i], position);
      next.push(made.state);
      x = made.y;
    }
    const hidden = this.norm.forward(x);
    return { logits: linear(hidden, this.embedding.weight), state: next, hidden }; // (B, V)
  }
}
