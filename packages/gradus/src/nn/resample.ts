import { formatShape } from "../vocab/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { interpolate, type InterpolateOptions } from "./functional/interpolate.ts";
import * as F from "./functional/rearrange.ts";
import type { Size } from "./functional/space.ts";
import { Module } from "./module.ts";

/** x (N, C, ...space) at another resolution: see `interpolate`. */
export class Upsample extends Module {
  readonly options: InterpolateOptions;
  constructor(options: InterpolateOptions) {
    super();
    this.options = options;
  }
  forward(x: Tensor): Tensor {
    return interpolate(x, this.options);
  }
  protected override describe(): string {
    return Object.entries(this.options)
      .map(([name, value]) => `${name}=${Array.isArray(value) ? formatShape(value as number[]) : String(value)}`)
      .join(", ");
  }
}
/** Channels as pixels: (N, C r r, H, W) becomes (N, C, H r, W r). */
export class PixelShuffle extends Module {
  readonly factor: number;
  constructor(factor: number) {
    super();
    this.factor = factor;
  }
  forward(x: Tensor): Tensor {
    return F.pixelShuffle(x, this.factor);
  }
  protected override describe(): string {
    return `factor=${this.factor}`;
  }
}
/** Pixels as channels: (N, C, H r, W r) becomes (N, C r r, H, W). */
export class PixelUnshuffle extends PixelShuffle {
  override forward(x: Tensor): Tensor {
    return F.pixelUnshuffle(x, this.factor);
  }
}
/** Channels of x (N, C, ...) dealt out to groups in turn. */
export class ChannelShuffle extends Module {
  readonly groups: number;
  constructor(groups: number) {
    super();
    this.groups = groups;
  }
  forward(x: Tensor): Tensor {
    return F.channelShuffle(x, this.groups);
  }
  protected override describe(): string {
    return `groups=${this.groups}`;
  }
}
/** The windows of x (N, C, H, W) as columns: (N, C kh kw, windows). */
export class Unfold extends Module {
  readonly kernelSize: Size;
  readonly options: F.FoldOptions;
  constructor(kernelSize: Size, options: F.FoldOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }
  forward(x: Tensor): Tensor {
    return F.unfold(x, this.kernelSize, this.options);
  }
}
/** Columns (N, C kh kw, windows) added up where their windows lie: (N, C, ...outputSize). */
export class Fold extends Module {
  readonly outputSize: Size;
  readonly kernelSize: Size;
  readonly options: F.FoldOptions;
  constructor(outputSize: Size, kernelSize: Size, options: F.FoldOptions = {}) {
    super();
    this.outputSize = outputSize;
    this.kernelSize = kernelSize;
    this.options = options;
  }
  forward(x: Tensor): Tensor {
    return F.fold(x, this.outputSize, this.kernelSize, this.options);
  }
}
/** An axis as several, of the sizes given (one may be -1). */
export class Unflatten extends Module {
  readonly axis: number;
  readonly sizes: readonly number[];
  constructor(axis: number, sizes: readonly number[]) {
    super();
    this.axis = axis;
    this.sizes = sizes;
  }
  forward(x: Tensor): Tensor {
    return F.unflatten(x, this.axis, this.sizes);
  }
  protected override describe(): string {
    return `axis=${this.axis}, sizes=${formatShape(this.sizes)}`;
  }
}
