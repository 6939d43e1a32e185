import { assign } from "../exec/state.ts";
import { log1p, mul } from "../ops/elementwise.ts";
import * as F from "../nn/functional.ts";
import { normal, zeros } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { GroupNorm } from "../nn/norm.ts";
import { buffer } from "../nn/parameter.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";
import { MixingLanguageModel, type Mixer, type MixingOptions } from "./mixing.ts";

/**
 * RetNet: attention without softmax whose heads forget at different speeds.
 *
 * Sun, Dong, Huang et al., "Retentive network: a successor to Transformer for large language models", arXiv 2307.08621,
 * 2023: section 2.1 (retention in parallel, step by step, chunk by chunk), section 2.2 (gate, group norm, decays).
 *
 * Letters: B sequences, T time, D width, H heads, N = D / H features of a key, P = 2 N of a value, gamma the decay of a
 * head. Keys and queries turn with their position as in RoFormer, which is the paper's e^(i n theta) in real numbers.
 * Left out: the paper's divisors of scores, which the group norm takes out again.
 */
export interface RetNetOptions extends MixingOptions {
  readonly heads: number;
  /** Steps that are computed as one matrix product; default 64. The numbers do not depend on it. */
  readonly chunk?: number;
}
/** Named sizes of RetNet. As in the paper the feed-forward net is 2 D wide, for the values are. */
export const RETNET_PRESETS = {
  small: { vocabulary: 65, width: 128, heads: 4, layers: 4, inner: 256 },
} as const satisfies Readonly<Record<string, RetNetOptions>>;

/** Several heads of retention, each normalized by itself, and a gate. */
class Retention extends Module implements Mixer {
  readonly q_proj: Linear;
  readonly k_proj: Linear;
  readonly v_proj: Linear;
  readonly g_proj: Linear;
  readonly group_norm: GroupNorm;
  readonly out_proj: Linear;
  readonly logDecay: Tensor;
  readonly heads: number;
  readonly chunk: number | undefined;

  constructor({ width, heads, layers, chunk }: RetNetOptions) {
    super();
    if (width % (2 * heads) !== 0) {
      throw new UsageError(`RetNet: a width of ${width} does not give ${heads} heads an even number of features`);
    }
    const project = (outputs: number): Linear => new Linear(width, outputs, { bias: false });
    this.q_proj = project(width);
    this.k_proj = project(width);
    this.v_proj = project(2 * width);
    this.g_proj = project(2 * width);
    this.group_norm = new GroupNorm(heads, 2 * width);
    this.out_proj = new Linear(2 * width, width, { bias: false });
    assign(this.out_proj.weight, normal([width, 2 * width], 0, 0.02 / Math.sqrt(2 * layers)));
    // gamma = 1 - 2^(-5 - h): half of it is forgotten after 22, 44, 88, ... steps.
    const forgotten = Float32Array.from({ length: heads }, (_, h) => -(2 ** (-5 - h)));
    this.logDecay = buffer(log1p(tensor(forgotten)), { persistent: false }); // (H)
    this.heads = heads;
    this.chunk = chunk;
  }
  /** Queries, keys (.., H, N) and values (.., H, P) of x (.., D), turned by `positions`. */
  #project(x: Tensor, positions?: Tensor): readonly [q: Tensor, k: Tensor, v: Tensor] {
    const heads = (y: Tensor): Tensor => y.reshape([...x.shape.slice(0, -1), this.heads, y.shape.at(-1)! / this.heads]);
    const turn = (y: Tensor): Tensor => (positions === undefined
      ? F.rotary(heads(y).transpose(1, 2)).transpose(1, 2)                  // (B, T, H, N), by time
      : F.rotary(heads(y).unsqueeze(2), { positions }).squeeze(2));         // (B, H, N), one position for all
    const k = this.k_proj.forward(x), N = k.shape.at(-1)! / this.heads;
    return [turn(this.q_proj.forward(x)), turn(mul(k, 1 / Math.sqrt(N))), heads(this.v_proj.forward(x))];
  }
  /** What the heads (.., H, P) remember, normalized and let through the gate of x: (.., D). */
  #finish(heads: Tensor, x: Tensor): Tensor {
    const flat = heads.reshape([-1, this.group_norm.weight!.shape[0]]);     // (B T, 2 D)
    const y = this.group_norm.forward(flat).reshape([...x.shape.slice(0, -1), -1]);
    return this.out_proj.forward(y.mul(F.silu(this.g_proj.forward(x))));
  }
  /** x (B, T, D), result (B, T, D): in parallel inside chunks, from chunk to chunk as a recurrence. */
  forward(x: Tensor): Tensor {
    const chunk = this.chunk === undefined ? {} : { chunk: this.chunk };
    return this.#finish(F.linearAttention(...this.#project(x), { logDecay: this.logDecay, ...chunk }), x);
  }
  start(batch: number): Tensor {
    const N = this.q_proj.weight.shape[0] / this.heads;
    return zeros([batch, this.heads, N, 2 * N]);
  }
  step(x: Tensor, state: Tensor, position: Tensor): { y: Tensor; state: Tensor } {
    const made = F.linearAttentionStep(...this.#project(x, position), state, this.logDecay);
    return { y: this.#finish(made.y, x), state: made.state };
  }
}

/** Tokens (B, T) to scores of the next token (B, T, vocabulary) by multi-scale retention. Sun et al. 2023. */
export class RetNet extends MixingLanguageModel<Retention> {
  constructor(options: RetNetOptions = RETNET_PRESETS.small) {
    super(options, () => new Retention(options));
  }
}
