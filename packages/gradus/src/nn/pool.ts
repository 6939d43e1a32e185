import type { Tensor } from "../tensor/tensor.ts";
import * as adaptive from "./functional/adaptive-pool.ts";
import * as pool from "./functional/pool.ts";
import type { Size } from "./functional/space.ts";
import { Module } from "./module.ts";

const shown = (size: number | readonly (number | null)[]): string =>
  (typeof size === "number" ? String(size) : `[${size.join(", ")}]`);

/** A window that slides over an input; subclasses say what it makes of the cells. */
abstract class Pool<O extends pool.MaxPoolOptions> extends Module {
  readonly kernelSize: Size;
  readonly options: O;

  constructor(kernelSize: Size, options: O) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }
  protected override describe(): string {
    return `kernelSize=${shown(this.kernelSize)}, stride=${shown(this.options.stride ?? this.kernelSize)}, ` +
      `padding=${shown(this.options.padding ?? 0)}${this.options.ceilMode === true ? ", ceilMode=true" : ""}`;
  }
}
export interface MaxPoolLayerOptions<I extends boolean> extends pool.MaxPoolOptions {
  /** Give [values, indices] instead of the values: what the layer `MaxUnpool` of the same rank takes. */
  readonly returnIndices?: I;
}
/** A tensor, or with indices a pair of values and indices. */
type MaybeIndexed<I extends boolean> = I extends true ? [values: Tensor, indices: Tensor] : Tensor;
const MAX = [pool.maxPool1d, pool.maxPool2d, pool.maxPool3d];
const MAX_WITH_INDICES = [pool.maxPool1dWithIndices, pool.maxPool2dWithIndices, pool.maxPool3dWithIndices];

abstract class MaxPool<I extends boolean> extends Pool<MaxPoolLayerOptions<I>> {
  protected abstract readonly rank: number;
  forward(x: Tensor): MaybeIndexed<I> {
    const { kernelSize, options, rank } = this;
    const f = options.returnIndices === true ? MAX_WITH_INDICES[rank - 1] : MAX[rank - 1];
    return f(x, kernelSize, options) as MaybeIndexed<I>;
  }
}
/** The largest cell of each window of x (N, C, L). */
export class MaxPool1d<I extends boolean = false> extends MaxPool<I> {
  protected override readonly rank = 1;
  constructor(kernelSize: Size, options: MaxPoolLayerOptions<I> = {}) {
    super(kernelSize, options);
  }
}
/** The largest cell of each window of x (N, C, H, W). */
export class MaxPool2d<I extends boolean = false> extends MaxPool<I> {
  protected override readonly rank = 2;
  constructor(kernelSize: Size, options: MaxPoolLayerOptions<I> = {}) {
    super(kernelSize, options);
  }
}
/** The largest cell of each window of x (N, C, D, H, W). */
export class MaxPool3d<I extends boolean = false> extends MaxPool<I> {
  protected override readonly rank = 3;
  constructor(kernelSize: Size, options: MaxPoolLayerOptions<I> = {}) {
    super(kernelSize, options);
  }
}

const UNPOOL = [pool.maxUnpool1d, pool.maxUnpool2d, pool.maxUnpool3d];
type UnpoolOptions = Omit<pool.MaxUnpoolOptions, "outputSize">;
abstract class MaxUnpool extends Pool<UnpoolOptions> {
  protected abstract readonly rank: number;
  forward(x: Tensor, indices: Tensor, outputSize?: readonly number[]): Tensor {
    const size = outputSize === undefined ? {} : { outputSize };
    return UNPOOL[this.rank - 1](x, indices, this.kernelSize, { ...this.options, ...size });
  }
}
/** Puts what `MaxPool1d` gave with `returnIndices` back where it came from, zeros elsewhere. */
export class MaxUnpool1d extends MaxUnpool {
  protected override readonly rank = 1;
  constructor(kernelSize: Size, options: UnpoolOptions = {}) {
    super(kernelSize, options);
  }
}
/** Puts what `MaxPool2d` gave with `returnIndices` back where it came from, zeros elsewhere. */
export class MaxUnpool2d extends MaxUnpool {
  protected override readonly rank = 2;
  constructor(kernelSize: Size, options: UnpoolOptions = {}) {
    super(kernelSize, options);
  }
}
/** Puts what `MaxPool3d` gave with `returnIndices` back where it came from, zeros elsewhere. */
export class MaxUnpool3d extends MaxUnpool {
  protected override readonly rank = 3;
  constructor(kernelSize: Size, options: UnpoolOptions = {}) {
    super(kernelSize, options);
  }
}

/** The mean of each window of x (N, C, L). */
export class AvgPool1d extends Pool<pool.AvgPoolOptions> {
  constructor(kernelSize: Size, options: pool.AvgPoolOptions = {}) {
    super(kernelSize, options);
  }
  forward(x: Tensor): Tensor {
    return pool.avgPool1d(x, this.kernelSize, this.options);
  }
}
/** The mean of each window of x (N, C, H, W). */
export class AvgPool2d extends AvgPool1d {
  override forward(x: Tensor): Tensor {
    return pool.avgPool2d(x, this.kernelSize, this.options);
  }
}
/** The mean of each window of x (N, C, D, H, W). */
export class AvgPool3d extends AvgPool1d {
  override forward(x: Tensor): Tensor {
    return pool.avgPool3d(x, this.kernelSize, this.options);
  }
}
/** (sum x^p)^(1/p) over each window of x (N, C, L). */
export class LPPool1d extends Pool<pool.LPPoolOptions> {
  readonly p: number;
  constructor(p: number, kernelSize: Size, options: pool.LPPoolOptions = {}) {
    super(kernelSize, options);
    this.p = p;
  }
  forward(x: Tensor): Tensor {
    return pool.lpPool1d(x, this.p, this.kernelSize, this.options);
  }
  protected override describe(): string {
    return `p=${this.p}, ${super.describe()}`;
  }
}
/** (sum x^p)^(1/p) over each window of x (N, C, H, W). */
export class LPPool2d extends LPPool1d {
  override forward(x: Tensor): Tensor {
    return pool.lpPool2d(x, this.p, this.kernelSize, this.options);
  }
}
/** (sum x^p)^(1/p) over each window of x (N, C, D, H, W). */
export class LPPool3d extends LPPool1d {
  override forward(x: Tensor): Tensor {
    return pool.lpPool3d(x, this.p, this.kernelSize, this.options);
  }
}

/** Windows that cover an input evenly, `outputSize` of them; 1 pools globally. */
abstract class Adaptive extends Module {
  readonly outputSize: adaptive.AdaptiveSize;
  constructor(outputSize: adaptive.AdaptiveSize) {
    super();
    this.outputSize = outputSize;
  }
  protected override describe(): string {
    return shown(this.outputSize);
  }
}
/** Means over windows that cover x (N, C, L) evenly. */
export class AdaptiveAvgPool1d extends Adaptive {
  forward(x: Tensor): Tensor {
    return adaptive.adaptiveAvgPool1d(x, this.outputSize);
  }
}
/** Means over windows that cover x (N, C, H, W) evenly. */
export class AdaptiveAvgPool2d extends Adaptive {
  forward(x: Tensor): Tensor {
    return adaptive.adaptiveAvgPool2d(x, this.outputSize);
  }
}
/** Means over windows that cover x (N, C, D, H, W) evenly. */
export class AdaptiveAvgPool3d extends Adaptive {
  forward(x: Tensor): Tensor {
    return adaptive.adaptiveAvgPool3d(x, this.outputSize);
  }
}
const ADAPTIVE_MAX = [adaptive.adaptiveMaxPool1d, adaptive.adaptiveMaxPool2d, adaptive.adaptiveMaxPool3d];
const ADAPTIVE_MAX_WITH_INDICES = [
  adaptive.adaptiveMaxPool1dWithIndices, adaptive.adaptiveMaxPool2dWithIndices, adaptive.adaptiveMaxPool3dWithIndices,
];
abstract class AdaptiveMaxPool<I extends boolean> extends Adaptive {
  readonly returnIndices: boolean;
  protected abstract readonly rank: number;
  constructor(outputSize: adaptive.AdaptiveSize, options: { readonly returnIndices?: I } = {}) {
    super(outputSize);
    this.returnIndices = options.returnIndices ?? false;
  }
  forward(x: Tensor): MaybeIndexed<I> {
    const f = this.returnIndices ? ADAPTIVE_MAX_WITH_INDICES[this.rank - 1] : ADAPTIVE_MAX[this.rank - 1];
    return f(x, this.outputSize) as MaybeIndexed<I>;
  }
}
/** The largest cells of windows that cover x (N, C, L) evenly. */
export class AdaptiveMaxPool1d<I extends boolean = false> extends AdaptiveMaxPool<I> {
  protected override readonly rank = 1;
}
/** The largest cells of windows that cover x (N, C, H, W) evenly. */
export class AdaptiveMaxPool2d<I extends boolean = false> extends AdaptiveMaxPool<I> {
  protected override readonly rank = 2;
}
/** The largest cells of windows that cover x (N, C, D, H, W) evenly. */
export class AdaptiveMaxPool3d<I extends boolean = false> extends AdaptiveMaxPool<I> {
  protected override readonly rank = 3;
}
