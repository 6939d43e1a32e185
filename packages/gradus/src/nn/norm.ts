import type { Tensor } from "../tensor/tensor.ts";
import {
  groupNorm, layerNorm, localResponseNorm, rmsNorm, type LocalResponseNormOptions,
} from "./functional/norm.ts";
import { ones, zeros } from "./init.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";

export interface NormOptions {
  /** Added to the variance. */
  readonly eps?: number;
  /** Whether scale and shift are learned (default true). */
  readonly affine?: boolean;
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
/** x / (k + alpha m)^beta, m the mean square over `size` channels around each. Krizhevsky et al. 2012. */
export class LocalResponseNorm extends Module {
  readonly size: number;
  readonly options: LocalResponseNormOptions;

  constructor(size: number, options: LocalResponseNormOptions = {}) {
    super();
    this.size = size;
    this.options = options;
  }
  forward(x: Tensor): Tensor {
    return localResponseNorm(x, this.size, this.options);
  }
  protected override describe(): string {
    return String(this.size);
  }
}
