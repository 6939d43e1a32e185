import { ShapeError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { assign } from "../exec/state.ts";
import { add, mul, sub } from "../ops/elementwise.ts";
import { mean as meanOver } from "../ops/reduce.ts";
import { tensor } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { batchNormInference, batchNormTraining, instanceNormTraining } from "./functional/batch-norm.ts";
import { batched } from "./functional/space.ts";
import { ones, zeros } from "./init.ts";
import { Module } from "./module.ts";
import type { NormOptions } from "./norm.ts";
import { buffer, parameter } from "./parameter.ts";

export interface RunningNormOptions extends NormOptions {
  /** Share of the new batch in the running averages (default 0.1); null: the mean over all batches so far. */
  readonly momentum?: number | null;
  /** Keep running averages (default true for batch norm, false for instance norm). */
  readonly trackRunningStats?: boolean;
}
type Settings = Required<RunningNormOptions>;

/** Norms of the channels of x (N, C, ...) that keep running averages of mean and (unbiased) variance for later use. */
abstract class RunningNorm extends Module {
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  readonly running_mean: Tensor | null;
  readonly running_var: Tensor | null;
  readonly num_batches_tracked: Tensor | null;
  readonly eps: number;
  readonly momentum: number | null;
  readonly channels: number;
  /** How many axes an input has. */
  protected abstract readonly ranks: readonly number[];

  constructor(channels: number, { affine, trackRunningStats: tracks, eps, momentum }: Settings) {
    super();
    this.weight = affine ? parameter(ones([channels])) : null;
    this.bias = affine ? parameter(zeros([channels])) : null;
    this.running_mean = tracks ? buffer(zeros([channels])) : null;
    this.running_var = tracks ? buffer(ones([channels])) : null;
    this.num_batches_tracked = tracks ? buffer(tensor(0, { dtype: "i32" })) : null;
    this.eps = eps;
    this.momentum = momentum;
    this.channels = channels;
  }
  /** x normalised by its own statistics, and its mean and biased variance; a call while training moves the averages. */
  protected abstract byItself(x: Tensor, weight: Tensor, bias: Tensor): Tensor;

  forward(x: Tensor): Tensor {
    if (!this.ranks.includes(x.shape.length) || x.shape[1] !== this.channels) {
      throw new ShapeError(`${this.constructor.name}(${this.channels}): the input is ${formatShape(x.shape)}; it ` +
        `needs ${this.ranks.join(" or ")} axes and ${this.channels} channels in axis 1`);
    }
    const weight = this.weight ?? ones([this.channels], x.dtype), bias = this.bias ?? zeros([this.channels], x.dtype);
    if (!this.training && this.running_mean !== null) {
      return batchNormInference(x, this.running_mean, this.running_var!, weight, bias, this.eps);
    }
    return this.byItself(x, weight, bias);
  }
  /** Moves the averages by a share towards statistics of `count` numbers each. */
  protected follow(mean: Tensor, variance: Tensor, count: number, share: number | Tensor): void {
    const { running_mean: m, running_var: v } = this;
    if (m === null || v === null) return;
    assign(m, add(m, mul(sub(mean, m), share)).to(m.dtype));
    assign(v, add(v, mul(sub(mul(variance, count / (count - 1)), v), share)).to(v.dtype));
  }
  protected override describe(): string {
    return `${this.channels}, eps=${this.eps}, momentum=${this.momentum}`;
  }
}

/**
 * Each channel of x (N, C, ...) with mean 0 and variance 1 over batch and positions, then scaled and shifted. Uses the
 * batch while training, running averages after `eval()`. Ioffe and Szegedy 2015.
 */
abstract class BatchNorm extends RunningNorm {
  constructor(channels: number, options: RunningNormOptions = {}) {
    super(channels, { affine: true, trackRunningStats: true, eps: 1e-5, momentum: 0.1, ...options });
  }
  protected override byItself(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
    const { result, mean, variance } = batchNormTraining(x, weight, bias, this.eps);
    const batches = this.num_batches_tracked;
    if (this.training && batches !== null) {
      noGrad(() => {
        assign(batches, add(batches, 1));
        this.follow(mean, variance, x.numel / this.channels, this.momentum ?? batches.to("f32").reciprocal());
      });
    }
    return result;
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
/** Batch norm of x (N, C, D, H, W). */
export class BatchNorm3d extends BatchNorm {
  protected override readonly ranks = [5];
}

/**
 * Each channel of each sample of x (N, C, ...), or (C, ...), with mean 0 and variance 1 over its positions; scale,
 * shift and running averages (the means over the batch) are kept only if asked for. Ulyanov et al. 2016.
 */
abstract class InstanceNorm extends RunningNorm {
  constructor(channels: number, options: RunningNormOptions = {}) {
    super(channels, { affine: false, trackRunningStats: false, eps: 1e-5, momentum: 0.1, ...options });
  }
  override forward(x: Tensor): Tensor {
    return batched(x, this.ranks[0] - 2, this.constructor.name, (y) => super.forward(y));
  }
  protected override byItself(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
    const { result, mean, variance } = instanceNormTraining(x, weight, bias, this.eps);
    if (this.training) {
      noGrad(() => {
        this.follow(meanOver(mean, 0), meanOver(variance, 0), x.numel / mean.numel, this.momentum ?? 0);
      });
    }
    return result;
  }
}
/** Instance norm of x (N, C, L). */
export class InstanceNorm1d extends InstanceNorm {
  protected override readonly ranks = [3];
}
/** Instance norm of x (N, C, H, W). */
export class InstanceNorm2d extends InstanceNorm {
  protected override readonly ranks = [4];
}
/** Instance norm of x (N, C, D, H, W). */
export class InstanceNorm3d extends InstanceNorm {
  protected override readonly ranks = [5];
}
