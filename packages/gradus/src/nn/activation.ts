import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional.ts";
import { full } from "./init.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";

/** A function without parameters as a layer, for `Sequential`. */
function layerOf(name: string, apply: (x: Tensor) => Tensor): new () => Module & { forward(x: Tensor): Tensor } {
  const made = class extends Module {
    forward(x: Tensor): Tensor {
      return apply(x);
    }
  };
  Object.defineProperty(made, "name", { value: name });
  return made;
}
/** max(x, 0) */
export const ReLU = layerOf("ReLU", F.relu);
/** min(max(x, 0), 6) */
export const ReLU6 = layerOf("ReLU6", F.relu6);
/** 1 / (1 + e^-x) */
export const Sigmoid = layerOf("Sigmoid", F.sigmoid);
/** Hyperbolic tangent. */
export const Tanh = layerOf("Tanh", F.tanh);
/** x sigmoid(x) */
export const SiLU = layerOf("SiLU", F.silu);
/** x tanh(softplus(x)) */
export const Mish = layerOf("Mish", F.mish);
/** Scaled exponential linear unit. */
export const SELU = layerOf("SELU", F.selu);
/** x hardSigmoid(x) */
export const Hardswish = layerOf("Hardswish", F.hardswish);
/** Piecewise linear sigmoid. */
export const Hardsigmoid = layerOf("Hardsigmoid", F.hardSigmoid);
/** x / (1 + |x|) */
export const Softsign = layerOf("Softsign", F.softsign);
/** ln sigmoid(x) */
export const LogSigmoid = layerOf("LogSigmoid", F.logSigmoid);

/** x where positive, else slope x. */
export class LeakyReLU extends Module {
  readonly slope: number;
  constructor(slope = 0.01) {
    super();
    this.slope = slope;
  }
  forward(x: Tensor): Tensor {
    return F.leakyRelu(x, this.slope);
  }
  protected override describe(): string {
    return `slope=${this.slope}`;
  }
}
/** x where positive, else a (e^x - 1). */
export class ELU extends Module {
  readonly a: number;
  constructor(a = 1) {
    super();
    this.a = a;
  }
  forward(x: Tensor): Tensor {
    return F.elu(x, this.a);
  }
  protected override describe(): string {
    return `a=${this.a}`;
  }
}
/** x P(Z <= x), exact or by its tanh form. */
export class GELU extends Module {
  readonly approximate: "none" | "tanh";
  constructor(options: { readonly approximate?: "none" | "tanh" } = {}) {
    super();
    this.approximate = options.approximate ?? "none";
  }
  forward(x: Tensor): Tensor {
    return F.gelu(x, this.approximate);
  }
  protected override describe(): string {
    return `approximate=${this.approximate}`;
  }
}
/** ln(1 + e^(beta x)) / beta */
export class Softplus extends Module {
  readonly beta: number;
  constructor(beta = 1) {
    super();
    this.beta = beta;
  }
  forward(x: Tensor): Tensor {
    return F.softplus(x, this.beta);
  }
  protected override describe(): string {
    return `beta=${this.beta}`;
  }
}
/** x where positive, else a learned slope (one, or one per channel) times x. */
export class PReLU extends Module {
  readonly weight: Tensor;
  constructor(count = 1, init = 0.25) {
    super();
    this.weight = parameter(full([count], init));
  }
  forward(x: Tensor): Tensor {
    return F.prelu(x, this.weight);
  }
  protected override describe(): string {
    return `count=${this.weight.shape[0]}`;
  }
}
/** a sigmoid(b) with a, b the halves of an axis. */
export class GLU extends Module {
  readonly axis: number;
  constructor(axis = -1) {
    super();
    this.axis = axis;
  }
  forward(x: Tensor): Tensor {
    return F.glu(x, this.axis);
  }
}
/** Shares e^x_i / sum_j e^x_j along an axis. */
export class Softmax extends Module {
  readonly axis: number;
  constructor(axis = -1) {
    super();
    this.axis = axis;
  }
  forward(x: Tensor): Tensor {
    return F.softmax(x, this.axis);
  }
  protected override describe(): string {
    return `axis=${this.axis}`;
  }
}
/** Logarithms of the shares, along an axis. */
export class LogSoftmax extends Softmax {
  override forward(x: Tensor): Tensor {
    return F.logSoftmax(x, this.axis);
  }
}
