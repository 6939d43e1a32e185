import { ShapeError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { assign } from "../exec/state.ts";
import { add, mul, sub } from "../ops/elementwise.ts";
import { tensor } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { batchNormInference, batchNormTraining } from "./functional/batch-norm.ts";
import { groupNorm, layerNorm, rmsNorm } from "./functional/norm.ts";
import { ones, zeros } from "./init.ts";
import { Module } from "./module.ts";
import { buffer, parameter } from "./parameter.ts";

export interface NormOptions {
  /** Added to the variance. */
  readonly eps?: number;
  /** Whether scale and shift are learned (default true). */
  readonly affine?: boolean;
}
export interface BatchNormOptions extends NormOptions {
  /** Share of the new batch in the running averages (default 0.1); null: the mean over all batches so far. */
  readonly momentum?: number | null;
  /** Keep running averages (default true); without them the batch is used always. */
  readonly trackRunningStats?: boolean;
}

/**
 * Each channel of x (N, C, ...) with mean 0 and variance 1 over batch and positions, then scaled and shifted. Uses the
 * batch while training, running averages (with the unbiased variance) after `eval()`. Ioffe and Szegedy 2015.
 */
abstract class BatchNorm extends Module {
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  readonly running_mean: Tensor | null;
  readonly running_var: Tensor | null;
  readonly num_batches_tracked: Tensor | null;
  readonly eps: number;
  readonly momentum: number | null;
  readonly channels: number;
  protected abstract readonly ranks: readonly number[];

  constructor(channels: number, options: BatchNormOptions = {}) {
    super();
    const affine = options.affine ?? true, tracks = options.trackRunningStats ?? true;
    this.weight = affine ? parameter(ones([channels])) : null;
    this.bias = affine ? parameter(zeros([channels])) : null;
    this.running_mean = tracks ? buffer(zeros([channels])) : null;
    this.running_var = tracks ? buffer(ones([channels])) : null;
    this.num_batches_tracked = tracks ? buffer(tensor(0, { dtype: "i32" })) : null;
    this.eps = options.eps ?? 1e-5;
    this.momentum = options.momentum === undefined ? 0.1 : options.momentum;
    this.channels = channels;
  }
  forward(x: Tensor): Tensor {
    if (!this.ranks.includes(x.shape.length) || x.shape[1] !== this.channels) {
      throw new ShapeError(`${this.constructor.name}(${this.channels}): the input is ${formatShape(x.shape)}; it ` +
        `needs ${this.ranks.join(" or ")} axes and ${this.channels} channels in axis 1`);
    }
    const weight = this.weight ?? ones([this.channels], x.dtype), bias = this.bias ?? zeros([this.channels], x.dtype);
    if (!this.training && this.running_mean !== null) {
      return batchNormInference(x, this.running_mean, this.running_var!, weight, bias, this.eps);
    }
    const { result, mean, variance } = batchNormTraining(x, weight, bias, this.eps);
    if (this.training) noGrad(() => this.#track(mean, variance, x.numel / this.channels));
    return result;
  }
  #track(mean: Tensor, variance: Tensor, count: number): void {
    const { running_mean: m, running_var: v, num_batches_tracked: batches } = this;
    if (m === null || v === null || batches === null) return;
    assign(batches, add(batches, 1));
    const share = this.momentum ?? batches.to("f32").reciprocal();
    assign(m, add(m, mul(sub(mean, m), share)).to(m.dtype));
    assign(v, add(v, mul(sub(mul(variance, count / (count - 1)), v), share)).to(v.dtype));
  }
  protected override describe(): string {
    return `${this.channels}, eps=${this.eps}, momentum=${this.momentum}`;
  }
}
/** Batch norm of x (N, C) or (N, C, L). */
export class BatchNorm1d extends BatchNorm {
  protected override readonly ranks = [2, 3];
}
/** Batch norm of x (N, C, H, W). */
export class BatchNorm2d extends BatchNorm {
  protected override readonly ranks = [4];
}

/** The last axes of x, whose sizes are `shape`, with mean 0 and variance 1, then scaled and shifted. Ba et al. 2016. */
export class LayerNorm extends Module {
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  readonly shape: readonly number[];
  readonly eps: number;

  constructor(shape: number | readonly number[], options: NormOptions & { readonly bias?: boolean } = {}) {
    super();
    this.shape = typeof shape === "number" ? [shape] : shape;
    this.eps = options.eps ?? 1e-5;
    const affine = options.affine ?? true;
    this.weight = affine ? parameter(ones(this.shape)) : null;
    this.bias = affine && options.bias !== false ? parameter(zeros(this.shape)) : null;
  }
  forward(x: Tensor): Tensor {
    return layerNorm(x, this.shape, this.weight, this.bias, this.eps);
  }
  protected override describe(): string {
    return `[${this.shape.join(", ")}], eps=${this.eps}`;
  }
}
/** x over the root of its mean square along the last axes, then scaled. Zhang and Sennrich 2019. */
export class RMSNorm extends Module {
  readonly weight: Tensor | null;
  readonly shape: readonly number[];
  readonly eps: number;

  constructor(shape: number | readonly number[], options: NormOptions = {}) {
    super();
    this.shape = typeof shape === "number" ? [shape] : shape;
    this.eps = options.eps ?? 1e-6;
    this.weight = options.affine ?? true ? parameter(ones(this.shape)) : null;
  }
  forward(x: Tensor): Tensor {
    return rmsNorm(x, this.shape, this.weight, this.eps);
  }
  protected override describe(): string {
    return `[${this.shape.join(", ")}], eps=${this.eps}`;
  }
}
/** Layer norm over each group of channels of x (N, C, ...), then scaled and shifted by channel. Wu and He 2018. */
export class GroupNorm extends Module {
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  readonly groups: number;
  readonly eps: number;

  constructor(groups: number, channels: number, options: NormOptions = {}) {
    super();
    this.groups = groups;
    this.eps = options.eps ?? 1e-5;
    const affine = options.affine ?? true;
    this.weight = affine ? parameter(ones([channels])) : null;
    this.bias = affine ? parameter(zeros([channels])) : null;
  }
  forward(x: Tensor): Tensor {
    return groupNorm(x, this.groups, this.weight, this.bias, this.eps);
  }
  protected override describe(): string {
    return `${this.groups}, ${this.weight?.shape[0] ?? "any"}, eps=${this.eps}`;
  }
}
