import { assign, eagerly } from "../exec/state.ts";
import { add, exp, log, mul, neg } from "../ops/elementwise.ts";
import { concat, narrow } from "../ops/movement.ts";
import { Conv1d } from "../nn/conv.ts";
import * as F from "../nn/functional.ts";
import { ones, uniform, zeros } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { RMSNorm } from "../nn/norm.ts";
import { parameter } from "../nn/parameter.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";
import { MambaLanguageModel, stepBias, type StateMixer } from "./mamba-frame.ts";

/**
 * Mamba-2: selective state spaces whose decay is one number per head, so that they are matrix products.
 *
 * Dao, Gu, "Transformers are SSMs: generalized models and efficient algorithms through structured state space duality",
 * ICML 2024: section 6 (the algorithm), section 7 and figure 6 (the block, with all projections in parallel).
 *
 * Letters: B sequences, T time, V vocabulary, D width, E = 2 D inner width, P head, H = E / P heads, N state, G groups
 * of B and C, K taps of the convolution.
 *
 * Names are those of the official implementation as Hugging Face stores it: backbone.layers.0.mixer.A_log, ...
 */
export interface Mamba2Options {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  /** P; default 64. */
  readonly head?: number;
  /** N; default 128. */
  readonly state?: number;
  readonly groups?: number;
  readonly expand?: number;
  readonly taps?: number;
  /** Steps that are computed as one matrix product; default 64. The numbers do not depend on it. */
  readonly chunk?: number;
}
/** Named sizes of Mamba-2. */
export const MAMBA2_PRESETS = {
  small: { vocabulary: 65, width: 128, layers: 7, head: 32, state: 32 },
  "mamba2-130m": { vocabulary: 50288, width: 768, layers: 24 },
} as const satisfies Readonly<Record<string, Mamba2Options>>;

/** The block: gate, input, B, C and step size from one projection. */
class Mixer extends Module implements StateMixer {
  readonly in_proj: Linear;
  readonly conv1d: Conv1d;
  readonly dt_bias: Tensor;
  readonly A_log: Tensor;
  readonly D: Tensor;
  readonly norm: RMSNorm;
  readonly out_proj: Linear;
  readonly groups: number;
  readonly state: number;
  readonly chunk: number;

  constructor(options: Mamba2Options) {
    super();
    const { width, layers, head = 64, state = 128, groups = 1, expand = 2, taps = 4, chunk = 64 } = options;
    const inner = expand * width, heads = inner / head, mixed = inner + 2 * groups * state;
    if (!Number.isInteger(heads) || heads % groups !== 0) {
      throw new UsageError(`Mamba2: heads of ${head} and ${groups} groups do not fit an inner width of ${inner}`);
    }
    this.in_proj = new Linear(width, inner + mixed + heads, { bias: false });
    this.conv1d = new Conv1d(mixed, mixed, taps, { groups: mixed, padding: taps - 1 });
    this.dt_bias = parameter(stepBias(heads));                              // (H)
    this.A_log = parameter(eagerly(() => noGrad(() => log(uniform([heads], 1, 16))))); // (H)
    this.D = parameter(ones([heads]));                                      // (H)
    this.norm = new RMSNorm(inner, { eps: 1e-5 });
    this.out_proj = new Linear(inner, width, { bias: false });
    assign(this.out_proj.weight, mul(this.out_proj.weight.detach(), 1 / Math.sqrt(layers)));
    this.groups = groups;
    this.state = state;
    this.chunk = chunk;
  }
  /** Gate (.., E), what is convolved (.., E + 2 G N) and step size (.., H) of x (.., D). */
  #project(x: Tensor): readonly Tensor[] {
    const H = this.D.shape[0], mixed = this.conv1d.weight.shape[0], E = this.out_proj.weight.shape[1];
    const [gate, seen, dt] = this.in_proj.forward(x).split([E, mixed, H], -1);
    return [gate, seen, F.softplus(dt.add(this.dt_bias))];
  }
  /** The convolved part (..lead, E + 2 G N) as x (..lead, H, P), B and C (..lead, G, N). */
  #select(h: Tensor): readonly Tensor[] {
    const E = this.out_proj.weight.shape[1], lead = h.shape.slice(0, -1), part = this.groups * this.state;
    const [x, B, C] = h.split([E, part, part], -1);
    const groups = [...lead, this.groups, this.state];
    return [x.reshape([...lead, this.D.shape[0], -1]), B.reshape(groups), C.reshape(groups)];
  }
  /** y (.., H, P) and gate (.., E), result (.., D). */
  #finish(y: Tensor, gate: Tensor): Tensor {
    const size = gate.shape.at(-1)! / this.groups;
    // Each group of B and C has a norm of its own, so that groups could live on different machines.
    const gated = y.reshape(gate.shape).mul(F.silu(gate)).reshape([...gate.shape.slice(0, -1), this.groups, size]);
    const normed = F.rmsNorm(gated, [size], null, this.norm.eps).reshape(gate.shape);
    return this.out_proj.forward(normed.mul(this.norm.weight!));
  }
  /** x (B, T, D), result (B, T, D). */
  forward(x: Tensor): Tensor {
    const T = x.shape[1];
    const [gate, mixed, dt] = this.#project(x);
    const seen = narrow(this.conv1d.forward(mixed.transpose(1, 2)), 2, 0, T); // (B, E + 2 G N, T)
    const [h, B, C] = this.#select(F.silu(seen.transpose(1, 2)));
    const y = F.stateSpaceDuality(h, dt, neg(exp(this.A_log)), B, C, this.D, this.chunk); // (B, T, H, P)
    return this.#finish(y, gate);
  }
  start(batch: number): [past: Tensor, state: Tensor] {
    const [mixed, , K] = this.conv1d.weight.shape, H = this.D.shape[0];
    return [zeros([batch, mixed, K - 1]), zeros([batch, H, this.out_proj.weight.shape[1] / H, this.state])];
  }
  /** One step: x (B, D), the last K - 1 inputs of the convolution (B, E + 2 G N, K - 1), the state (B, H, P, N). */
  step(x: Tensor, past: Tensor, state: Tensor): { y: Tensor; past: Tensor; state: Tensor } {
    const K = this.conv1d.weight.shape[2], H = this.D.shape[0];
    const [gate, mixed, dt] = this.#project(x);                             // dt (B, H)
    const window = concat([past, mixed.unsqueeze(2)], 2);
    const seen = window.mul(this.conv1d.weight.squeeze(1)).sum(2).add(this.conv1d.bias!);
    const [h, B, C] = this.#select(F.silu(seen));                           // (B, H, P), (B, G, N) twice
    const [keys, queries] = [B, C].map((v) => v.unsqueeze(2)                // (B, H, 1, N): one for a group's heads
      .broadcastTo([x.shape[0], this.groups, H / this.groups, this.state]).reshape([x.shape[0], H, 1, this.state]));
    const decay = exp(mul(dt, neg(exp(this.A_log)))).unsqueeze(2).unsqueeze(3);
    const next = add(mul(decay, state), mul(h.mul(dt.unsqueeze(2)).unsqueeze(3), keys)); // (B, H, P, N)
    const y = next.mul(queries).sum(3).add(h.mul(this.D.unsqueeze(1)));     // (B, H, P)
    return { y: this.#finish(y, gate), past: narrow(window, 2, 1, K - 1), state: next };
  }
}
/** Tokens (B, T) to scores of the next token (B, T, vocabulary) by state space duality. Dao and Gu 2024. */
export class Mamba2 extends MambaLanguageModel<Mixer> {
  constructor(options: Mamba2Options = MAMBA2_PRESETS.small) {
    super(options, () => new Mixer(options));
  }
}
