import { linear } from "../ops/contract.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { bilinear } from "./functional/bilinear.ts";
import { kaimingUniform, uniform } from "./init.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";

export interface BiasOption {
  /** Whether a bias is learned too (default true). */
  readonly bias?: boolean;
}

/** y = x W^T + b: x (..., inFeatures), y (..., outFeatures). Starts uniform within 1 / sqrt(inFeatures). */
export class Linear extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly inFeatures: number;
  readonly outFeatures: number;

  constructor(inFeatures: number, outFeatures: number, options: BiasOption = {}) {
    super();
    this.weight = parameter(kaimingUniform([outFeatures, inFeatures], { a: Math.sqrt(5) }));
    const bound = 1 / Math.sqrt(inFeatures);
    this.bias = options.bias === false ? null : parameter(uniform([outFeatures], -bound, bound));
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
  }
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
  protected override describe(): string {
    return `inFeatures=${this.inFeatures}, outFeatures=${this.outFeatures}, bias=${this.bias !== null}`;
  }
}

/** y_k = a W_k b + c_k: a (..., in1), b (..., in2), y (..., out). */
export class Bilinear extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;

  constructor(in1Features: number, in2Features: number, outFeatures: number, options: BiasOption = {}) {
    super();
    const bound = 1 / Math.sqrt(in1Features);
    this.weight = parameter(uniform([outFeatures, in1Features, in2Features], -bound, bound));
    this.bias = options.bias === false ? null : parameter(uniform([outFeatures], -bound, bound));
  }
  forward(a: Tensor, b: Tensor): Tensor {
    return bilinear(a, b, this.weight, this.bias);
  }
  protected override describe(): string {
    const [out, in1, in2] = this.weight.shape;
    return `in1Features=${in1}, in2Features=${in2}, outFeatures=${out}, bias=${this.bias !== null}`;
  }
}

/** Its input: a place to put a name or to leave a layer out. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

/** The axes from `start` to `end` as one; by default all but the batch. */
export class Flatten extends Module {
  readonly start: number;
  readonly end: number;

  constructor(start = 1, end = -1) {
    super();
    this.start = start;
    this.end = end;
  }
  forward(x: Tensor): Tensor {
    return x.flatten(this.start, this.end);
  }
  protected override describe(): string {
    return `start=${this.start}, end=${this.end}`;
  }
}
