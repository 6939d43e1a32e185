import { UsageError } from "../vocab/errors.ts";
import { sizeOf } from "../vocab/shape.ts";
import { conv, convTranspose, perAxis } from "../ops/contract.ts";
import { pad } from "../ops/movement.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { fans, kaimingUniform, uniform } from "./init.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";

type Size = number | readonly number[];
export interface ConvLayerOptions {
  readonly stride?: Size;
  /** Zeros on both sides, or "same": as many as keep the size at stride 1. */
  readonly padding?: Size | "same";
  readonly dilation?: Size;
  /** Channels are split into groups that do not see each other; as many as channels: depthwise. */
  readonly groups?: number;
  readonly bias?: boolean;
}

/** Convolution over `rank` spatial axes; the subclasses fix the rank. */
abstract class Conv extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  /** A further zero at the end of an axis, where "same" needs an odd number. */
  readonly #extra: readonly number[];

  constructor(rank: number, inChannels: number, outChannels: number, kernelSize: Size, options: ConvLayerOptions) {
    super();
    const kernel = perAxis(kernelSize, rank, 1), groups = options.groups ?? 1;
    divides(this.constructor.name, groups, inChannels, outChannels);
    const shape = [outChannels, inChannels / groups, ...kernel];
    this.weight = parameter(kaimingUniform(shape, { a: Math.sqrt(5) }));
    const bound = 1 / Math.sqrt(fans(shape).fanIn);
    this.bias = options.bias === false ? null : parameter(uniform([outChannels], -bound, bound));
    this.stride = perAxis(options.stride, rank, 1);
    this.dilation = perAxis(options.dilation, rank, 1);
    this.groups = groups;
    const reach = kernel.map((k, i) => (k - 1) * this.dilation[i]);
    if (options.padding === "same" && this.stride.some((n) => n !== 1)) {
      throw new UsageError(`${this.constructor.name}: padding "same" needs a stride of 1`);
    }
    this.padding = options.padding === "same" ? reach.map((n) => Math.floor(n / 2)) : perAxis(options.padding, rank, 0);
    this.#extra = options.padding === "same" ? reach.map((n) => n % 2) : reach.map(() => 0);
  }
  forward(x: Tensor): Tensor {
    const { stride, padding, dilation, groups } = this;
    const even = this.#extra.every((n) => n === 0) ? x : pad(x, x.shape.map(() => 0), [0, 0, ...this.#extra]);
    return conv(even, this.weight, this.bias, { stride, padding, dilation, groups });
  }
  protected override describe(): string {
    const [out, perGroup, ...kernel] = this.weight.shape;
    return `${perGroup * this.groups}, ${out}, kernelSize=[${kernel.join(", ")}], ` +
      `stride=[${this.stride.join(", ")}], padding=[${this.padding.join(", ")}]` +
      (this.groups > 1 ? `, groups=${this.groups}` : "");
  }
}
function divides(name: string, groups: number, inChannels: number, outChannels: number): void {
  if (inChannels % groups !== 0 || outChannels % groups !== 0) {
    throw new UsageError(`${name}: ${groups} groups do not divide ${inChannels} and ${outChannels} channels`);
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

export interface ConvTransposeOptions extends Omit<ConvLayerOptions, "padding"> {
  readonly padding?: Size;
  /** Cells added at the end of each axis: which of several sizes with the same convolution is meant. */
  readonly outputPadding?: Size;
}
/** The transpose of a convolution, which enlarges by its stride; the subclasses fix the rank. */
abstract class ConvTranspose extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly options: ConvTransposeOptions;

  constructor(rank: number, inChannels: number, outChannels: number, kernelSize: Size, options: ConvTransposeOptions) {
    super();
    const groups = options.groups ?? 1;
    divides(this.constructor.name, groups, inChannels, outChannels);
    const kernel = perAxis(kernelSize, rank, 1);
    const shape = [inChannels, outChannels / groups, ...kernel];
    this.weight = parameter(kaimingUniform(shape, { a: Math.sqrt(5) }));
    const bound = 1 / Math.sqrt(shape[1] * sizeOf(kernel));
    this.bias = options.bias === false ? null : parameter(uniform([outChannels], -bound, bound));
    this.options = options;
  }
  forward(x: Tensor): Tensor {
    return convTranspose(x, this.weight, this.bias, this.options);
  }
  protected override describe(): string {
    const [inChannels, perGroup, ...kernel] = this.weight.shape;
    return `${inChannels}, ${perGroup * (this.options.groups ?? 1)}, kernelSize=[${kernel.join(", ")}]`;
  }
}
/** Transposed convolution of x (N, C, L). */
export class ConvTranspose1d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvTransposeOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}
/** Transposed convolution of x (N, C, H, W). */
export class ConvTranspose2d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvTransposeOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}
