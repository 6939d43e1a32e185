import { add, exp, log, mul, neg } from "../ops/elementwise.ts";
import { assign, eagerly } from "../exec/state.ts";
import { Conv1d } from "../nn/conv.ts";
import * as F from "../nn/functional.ts";
import { ones, uniform, zeros } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { parameter } from "../nn/parameter.ts";
import { concat, narrow } from "../ops/movement.ts";
import { arange } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { MambaLanguageModel, stepBias, type StateMixer } from "./mamba-frame.ts";

/**
 * Mamba: a language model of selective state spaces, without attention.
 *
 * Gu, Dao, "Mamba: linear-time sequence modeling with selective state spaces", arXiv 2312.00752, 2023: figure 3 (the
 * block), algorithm 2 (the selective scan), section 3.6 (starting values).
 *
 * Letters: B sequences, T time (the paper's L), V vocabulary, D width (d_model), E inner width (d_inner = 2 D, the
 * paper's D in algorithm 2), N state (d_state), K taps of the convolution (d_conv), R rank of the step size (dt_rank).
 *
 * Names are those of the official implementation as Hugging Face stores it: backbone.layers.0.mixer.A_log, ... The
 * scores use the embedding once more.
 */
export interface MambaOptions {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly state?: number;
  readonly expand?: number;
  readonly taps?: number;
  /** R; default D / 16, rounded up. */
  readonly rank?: number;
}
/** Named sizes of Mamba. */
export const MAMBA_PRESETS = {
  small: { vocabulary: 65, width: 128, layers: 7 },
  "mamba-130m": { vocabulary: 50280, width: 768, layers: 24 },
} as const satisfies Readonly<Record<string, MambaOptions>>;

/** The selective state space block. */
class Mixer extends Module implements StateMixer {
  readonly A_log: Tensor;
  readonly D: Tensor;
  readonly in_proj: Linear;
  readonly conv1d: Conv1d;
  readonly x_proj: Linear;
  readonly dt_proj: Linear;
  readonly out_proj: Linear;

  constructor({ width, layers, state = 16, expand = 2, taps = 4, rank = Math.ceil(width / 16) }: MambaOptions) {
    super();
    const inner = expand * width;
    // S4D-Real: A starts as -1, -2, ..., -N in every channel.
    const row = eagerly(() => noGrad(() => log(arange(1, state + 1, 1, "f32")).broadcastTo([inner, state])));
    this.A_log = parameter(row);                                            // (E, N)
    this.D = parameter(ones([inner]));                                      // (E)
    this.in_proj = new Linear(width, 2 * inner, { bias: false });
    this.conv1d = new Conv1d(inner, inner, taps, { groups: inner, padding: taps - 1 });
    this.x_proj = new Linear(inner, rank + 2 * state, { bias: false });
    this.dt_proj = new Linear(rank, inner);
    this.out_proj = new Linear(inner, width, { bias: false });
    const bound = 1 / Math.sqrt(rank);
    assign(this.dt_proj.weight, uniform([inner, rank], -bound, bound));
    assign(this.dt_proj.bias!, stepBias(inner));
    // The layers that write into the residual stream start smaller, as in GPT-2.
    assign(this.out_proj.weight, mul(this.out_proj.weight.detach(), 1 / Math.sqrt(layers)));
  }
  /** x (B, T, D), result (B, T, D). */
  forward(x: Tensor): Tensor {
    const T = x.shape[1];
    const [u, gate] = this.in_proj.forward(x).chunk(2, 2);                  // (B, T, E) each
    const seen = narrow(this.conv1d.forward(u.transpose(1, 2)), 2, 0, T);   // (B, E, T): the past K steps only
    const h = F.silu(seen.transpose(1, 2));                                 // (B, T, E)
    const { dt, B, C } = this.#select(h);
    const y = F.selectiveScan(h, dt, neg(exp(this.A_log)), B, C, this.D);   // (B, T, E)
    return this.out_proj.forward(y.mul(F.silu(gate)));                      // (B, T, D)
  }
  /** What depends on the input: step size (.., E), input and output of the state (.., N). */
  #select(h: Tensor): { dt: Tensor; B: Tensor; C: Tensor } {
    const rank = this.dt_proj.weight.shape[1], N = this.A_log.shape[1];
    const [low, B, C] = this.x_proj.forward(h).split([rank, N, N], -1);     // (.., R), (.., N), (.., N)
    return { dt: F.softplus(this.dt_proj.forward(low)), B, C };
  }
  start(batch: number): [past: Tensor, state: Tensor] {
    const [E, , K] = this.conv1d.weight.shape;
    return [zeros([batch, E, K - 1]), zeros([batch, E, this.A_log.shape[1]])];
  }
  /** One step: x (B, D), the last K - 1 inputs of the convolution (B, E, K - 1) and the state (B, E, N). */
  step(x: Tensor, past: Tensor, state: Tensor): { y: Tensor; past: Tensor; state: Tensor } {
    const K = this.conv1d.weight.shape[2];
    const [u, gate] = this.in_proj.forward(x).chunk(2, 1);                  // (B, E) each
    const window = concat([past, u.unsqueeze(2)], 2);                       // (B, E, K)
    const seen = window.mul(this.conv1d.weight.squeeze(1)).sum(2).add(this.conv1d.bias!);
    const h = F.silu(seen);                                                 // (B, E)
    const { dt, B, C } = this.#select(h);
    const decay = exp(mul(dt.unsqueeze(2), neg(exp(this.A_log))));          // (B, E, N)
    const next = add(mul(decay, state), mul(dt.mul(h).unsqueeze(2), B.unsqueeze(1)));
    const y = next.mul(C.unsqueeze(1)).sum(2).add(h.mul(this.D));           // (B, E)
    return { y: this.out_proj.forward(y.mul(F.silu(gate))), past: narrow(window, 2, 1, K - 1), state: next };
  }
}
/** Tokens (B, T) to scores of the next token (B, T, vocabulary) by selective state spaces. Gu and Dao 2023. */
export class Mamba extends MambaLanguageModel<Mixer> {
  constructor(options: MambaOptions = MAMBA_PRESETS.small) {
    super(options, () => new Mixer(options));
  }
}

/** The name here of a tensor in a checkpoint (state-spaces' or Hugging Face's), or null for one that is not needed. */
export const mambaCheckpointName = (name: string): string | null =>
  name === "lm_head.weight" ? null : name.replace(/^backbone\.embedding\./, "backbone.embeddings.");
