import type { Tensor } from "../tensor/tensor.ts";
import * as pool from "./functional/pool.ts";
import { Module } from "./module.ts";

type Size = number | readonly number[];
const shown = (size: Size): string => (typeof size === "number" ? String(size) : `[${size.join(", ")}]`);

/** A window that slides over an input; subclasses say what it makes of the cells. */
abstract class Pool<O extends pool.PoolOptions> extends Module {
  readonly kernelSize: Size;
  readonly options: O;

  constructor(kernelSize: Size, options: O) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }
  protected override describe(): string {
    return `kernelSize=${shown(this.kernelSize)}, stride=${shown(this.options.stride ?? this.kernelSize)}, ` +
      `padding=${shown(this.options.padding ?? 0)}`;
  }
}
/** The largest cell of each window of x (N, C, L). */
export class MaxPool1d extends Pool<pool.MaxPoolOptions> {
  constructor(kernelSize: Size, options: pool.MaxPoolOptions = {}) {
    super(kernelSize, options);
  }
  forward(x: Tensor): Tensor {
    return pool.maxPool1d(x, this.kernelSize, this.options);
  }
}
/** The largest cell of each window of x (N, C, H, W). */
export class MaxPool2d extends Pool<pool.MaxPoolOptions> {
  constructor(kernelSize: Size, options: pool.MaxPoolOptions = {}) {
    super(kernelSize, options);
  }
  forward(x: Tensor): Tensor {
    return pool.maxPool2d(x, this.kernelSize, this.options);
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
export class AvgPool2d extends Pool<pool.AvgPoolOptions> {
  constructor(kernelSize: Size, options: pool.AvgPoolOptions = {}) {
    super(kernelSize, options);
  }
  forward(x: Tensor): Tensor {
    return pool.avgPool2d(x, this.kernelSize, this.options);
  }
}
/** Means over windows that cover x (N, C, L) evenly, `outputSize` of them. */
export class AdaptiveAvgPool1d extends Module {
  readonly outputSize: Size;
  constructor(outputSize: Size) {
    super();
    this.outputSize = outputSize;
  }
  forward(x: Tensor): Tensor {
    return pool.adaptiveAvgPool1d(x, this.outputSize);
  }
  protected override describe(): string {
    return shown(this.outputSize);
  }
}
/** Means over windows that cover x (N, C, H, W) evenly, `outputSize` of them. */
export class AdaptiveAvgPool2d extends AdaptiveAvgPool1d {
  override forward(x: Tensor): Tensor {
    return pool.adaptiveAvgPool2d(x, this.outputSize);
  }
}
