import { UsageError } from "../vocab/errors.ts";
import { formatShape, sizeOf } from "../vocab/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional/conv.ts";
import { padAxes, type PadMode } from "./functional/pad.ts";
import { batched, eachAxis, type Size } from "./functional/space.ts";
import { fans, kaimingUniform, uniform } from "./init.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";

export interface ConvLayerOptions extends F.ConvolutionOptions {
  readonly bias?: boolean;
  /** What padding holds (default zeros). */
  readonly paddingMode?: "zeros" | Exclude<PadMode, "constant">;
}
export interface ConvTransposeLayerOptions extends F.ConvTransposeOptions {
  readonly bias?: boolean;
}

/** What a convolution and its transpose share: sizes, a weight of the given leading axes, and a bias. */
abstract class Kernels extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;

  constructor(
    rank: number, inChannels: number, outChannels: number, kernelSize: Size,
    options: Omit<ConvLayerOptions, "padding">, transposed: boolean,
  ) {
    super();
    const groups = options.groups ?? 1, { name } = this.constructor;
    const kernel = eachAxis(kernelSize, rank, 1, name);
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new UsageError(`${name}: ${groups} groups do not divide ${inChannels} and ${outChannels} channels`);
    }
    const [first, second] = transposed ? [inChannels, outChannels] : [outChannels, inChannels];
    const shape = [first, second / groups, ...kernel], bound = 1 / Math.sqrt(fans(shape).fanIn);
    this.weight = parameter(kaimingUniform(shape, { a: Math.sqrt(5) }));
    this.bias = options.bias === false ? null : parameter(uniform([outChannels], -bound, bound));
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernel;
    this.stride = eachAxis(options.stride, rank, 1, name);
    this.dilation = eachAxis(options.dilation, rank, 1, name);
    this.groups = groups;
  }
  /** Settings beyond the usual ones, for `toString`. */
  protected abstract extras(): string;
  protected override describe(): string {
    return `${this.inChannels}, ${this.outChannels}, kernelSize=${formatShape(this.kernelSize)}, ` +
      `stride=${formatShape(this.stride)}` + this.extras() +
      (sizeOf(this.dilation) > 1 ? `, dilation=${formatShape(this.dilation)}` : "") +
      (this.groups > 1 ? `, groups=${this.groups}` : "") + (this.bias === null ? ", bias=false" : "");
  }
}

const CONV = [F.conv1d, F.conv2d, F.conv3d];
/** Convolution over `rank` spatial axes; the subclasses fix the rank. */
abstract class Conv extends Kernels {
  readonly padding: readonly number[] | "same" | "valid";
  readonly paddingMode: NonNullable<ConvLayerOptions["paddingMode"]>;

  constructor(rank: number, inChannels: number, outChannels: number, kernelSize: Size, options: ConvLayerOptions) {
    super(rank, inChannels, outChannels, kernelSize, options, false);
    // Looked at now, so that what is wrong shows when the layer is made.
    const { low } = F.paddingSides(this.kernelSize, options, this.constructor.name);
    this.padding = typeof options.padding === "string" ? options.padding : low;
    this.paddingMode = options.paddingMode ?? "zeros";
  }
  forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, dilation, groups, paddingMode: mode, constructor: { name } } = this;
    const rank = kernelSize.length;
    if (mode === "zeros") return CONV[rank - 1](x, this.weight, this.bias, { stride, padding, dilation, groups });
    return batched(x, rank, name, (y) => {
      const { low, high } = F.paddingSides(kernelSize, { stride, padding, dilation }, name);
      const wide = padAxes(y, [0, 0, ...low], [0, 0, ...high], { mode });
      return CONV[rank - 1](wide, this.weight, this.bias, { stride, dilation, groups });
    });
  }
  protected override extras(): string {
    const { padding, paddingMode } = this;
    const sides = typeof padding === "string" ? padding : formatShape(padding);
    return `, padding=${sides}${paddingMode === "zeros" ? "" : `, paddingMode=${paddingMode}`}`;
  }
}
/** Convolution of x (N, C, L). */
export class Conv1d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvLayerOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}
/** Convolution of x (N, C, H, W). */
export class Conv2d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvLayerOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}
/** Convolution of x (N, C, D, H, W). */
export class Conv3d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvLayerOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
}

const TRANSPOSED = [F.convTranspose1d, F.convTranspose2d, F.convTranspose3d];
/** The transpose of a convolution, which enlarges by its stride; the subclasses fix the rank. */
abstract class ConvTranspose extends Kernels {
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];

  constructor(
    rank: number, inChannels: number, outChannels: number, kernelSize: Size, options: ConvTransposeLayerOptions,
  ) {
    super(rank, inChannels, outChannels, kernelSize, options, true);
    this.padding = eachAxis(options.padding, rank, 0, this.constructor.name);
    this.outputPadding = eachAxis(options.outputPadding, rank, 0, this.constructor.name);
  }
  forward(x: Tensor): Tensor {
    const { stride, padding, outputPadding, dilation, groups } = this;
    return TRANSPOSED[this.kernelSize.length - 1](x, this.weight, this.bias,
      { stride, padding, outputPadding, dilation, groups });
  }
  protected override extras(): string {
    const { padding, outputPadding } = this;
    return `, padding=${formatShape(padding)}` +
      (outputPadding.some((n) => n > 0) ? `, outputPadding=${formatShape(outputPadding)}` : "");
  }
}
/** Transposed convolution of x (N, C, L). */
export class ConvTranspose1d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvTransposeLayerOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}
/** Transposed convolution of x (N, C, H, W). */
export class ConvTranspose2d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvTransposeLayerOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}
/** Transposed convolution of x (N, C, D, H, W). */
export class ConvTranspose3d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvTransposeLayerOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
}
