import { assign, eagerly } from "../exec/state.ts";
import { linear } from "../ops/contract.ts";
import { add, clamp, exp, expm1, log, neg } from "../ops/elementwise.ts";
import { ModuleList } from "../nn/container.ts";
import { Embedding } from "../nn/embedding.ts";
import { normal, uniform } from "../nn/init.ts";
import { Module } from "../nn/module.ts";
import { RMSNorm } from "../nn/norm.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { DecoderStep } from "./decoder.ts";
import type { RecurrentLanguageModel } from "./language-model.ts";

/**
 * What Mamba and Mamba-2 have in common: blocks that add x + mixer(norm(x)) between an embedding and its transpose,
 * under the names of the published checkpoints.
 *
 * Letters: B sequences, T time, D width, V vocabulary.
 */
export interface StateMixer extends Module {
  /** x (B, T, D), result (B, T, D). */
  forward(x: Tensor): Tensor;
  /** What is kept of the past before the first token: the last inputs of the convolution, and the state. */
  start(batch: number): readonly [past: Tensor, state: Tensor];
  /** One step: x (B, D), y (B, D). */
  step(x: Tensor, past: Tensor, state: Tensor): { y: Tensor; past: Tensor; state: Tensor };
}
/** What the frame needs to know; the rest is the mixer's. */
interface FrameOptions {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
}
const EPSILON = 1e-5;

class Block<M extends StateMixer> extends Module {
  readonly norm: RMSNorm;
  readonly mixer: M;

  constructor(width: number, mixer: M) {
    super();
    this.norm = new RMSNorm(width, { eps: EPSILON });
    this.mixer = mixer;
  }
  forward(x: Tensor): Tensor {
    return x.add(this.mixer.forward(this.norm.forward(x)));                 // (B, T, D)
  }
}
class Backbone<M extends StateMixer> extends Module {
  readonly embeddings: Embedding;
  readonly layers: ModuleList<Block<M>>;
  readonly norm_f: RMSNorm;

  constructor({ vocabulary, width, layers }: FrameOptions, makeMixer: () => M) {
    super();
    this.embeddings = new Embedding(vocabulary, width);
    assign(this.embeddings.weight, normal([vocabulary, width], 0, 0.02));
    this.layers = new ModuleList(Array.from({ length: layers }, () => new Block(width, makeMixer())));
    this.norm_f = new RMSNorm(width, { eps: EPSILON });
  }
}

/** Tokens (B, T) to scores of the next token (B, T, vocabulary) by mixers with a state of fixed size. */
export abstract class MambaLanguageModel<M extends StateMixer> extends Module implements RecurrentLanguageModel {
  readonly backbone: Backbone<M>;
  readonly vocabulary: number;
  readonly context = Infinity;

  constructor(options: FrameOptions, makeMixer: () => M) {
    super();
    this.backbone = new Backbone(options, makeMixer);
    this.vocabulary = options.vocabulary;
  }
  /** Scores of every next token: tokens (B, T), i32, result (B, T, V). */
  forward(tokens: Tensor): Tensor {
    const { embeddings, layers } = this.backbone;
    let x = embeddings.forward(tokens);                                     // (B, T, D)
    for (const layer of layers) x = layer.forward(x);
    return this.#scores(this.backbone.norm_f.forward(x));                   // (B, T, V)
  }
  #scores(h: Tensor): Tensor {
    return linear(h, this.backbone.embeddings.weight);
  }
  start(batch: number): readonly Tensor[] {
    return [...this.backbone.layers].flatMap(({ mixer }) => mixer.start(batch));
  }
  step(token: Tensor, state: readonly Tensor[]): DecoderStep {
    const next: Tensor[] = [];
    let x = this.backbone.embeddings.forward(token);                        // (B, D)
    for (const [i, { norm, mixer }] of [...this.backbone.layers].entries()) {
      const made = mixer.step(norm.forward(x), state[2 * i], state[2 * i + 1]);
      next.push(made.past, made.state);
      x = x.add(made.y);
    }
    const hidden = this.backbone.norm_f.forward(x);                         // (B, D)
    return { logits: this.#scores(hidden), state: next, hidden };           // (B, V)
  }
}

/** A bias (n) whose softplus is a step size between 0.001 and 0.1, evenly on a logarithmic scale. */
export function stepBias(n: number): Tensor {
  return eagerly(() => noGrad(() => {
    const dt = clamp(exp(uniform([n], Math.log(0.001), Math.log(0.1))), 1e-4, null);
    return add(dt, log(neg(expm1(neg(dt)))));                               // the inverse of softplus
  }));
}
