import type { Generator } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional.ts";
import { full } from "./init.ts";
import { Module, type Layer } from "./module.ts";
import { parameter } from "./parameter.ts";

/**
 * A function without parameters as a layer, for `Sequential`; `defaults` names its settings in order, and the
 * constructor takes them in that order.
 */
function layerOf<S extends readonly (number | undefined)[] = []>(
  name: string, apply: (x: Tensor, ...settings: S) => Tensor, defaults: Readonly<Record<string, number>> = {},
): new (...settings: S) => Layer {
  const made = class extends Module {
    readonly #settings: readonly [name: string, value: number][];
    constructor(...settings: S) {
      super();
      this.#settings = Object.entries(defaults).map(([key, value], i) => [key, settings[i] ?? value]);
    }
    forward(x: Tensor): Tensor {
      return apply(x, ...(this.#settings.map(([, value]) => value) as unknown as S));
    }
    protected override describe(): string {
      return this.#settings.map(([key, value]) => `${key}=${value}`).join(", ");
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
/** x - tanh(x) */
export const Tanhshrink = layerOf("Tanhshrink", F.tanhshrink);
/** ln sigmoid(x) */
export const LogSigmoid = layerOf("LogSigmoid", F.logSigmoid);
/** x where positive, else slope x. */
export const LeakyReLU = layerOf<[slope?: number]>("LeakyReLU", F.leakyRelu, { slope: 0.01 });
/** x where positive, else a (e^x - 1). */
export const ELU = layerOf<[a?: number]>("ELU", F.elu, { a: 1 });
/** x where positive, else a (e^(x/a) - 1). */
export const CELU = layerOf<[a?: number]>("CELU", F.celu, { a: 1 });
/** ln(1 + e^(beta x)) / beta */
export const Softplus = layerOf<[beta?: number]>("Softplus", F.softplus, { beta: 1 });
/** 0 where |x| <= bound, else x. */
export const Hardshrink = layerOf<[bound?: number]>("Hardshrink", F.hardshrink, { bound: 0.5 });
/** x drawn towards 0 by `bound`, and 0 within it. */
export const Softshrink = layerOf<[bound?: number]>("Softshrink", F.softshrink, { bound: 0.5 });
/** x held within [low, high]. */
export const Hardtanh = layerOf<[low?: number, high?: number]>("Hardtanh", F.hardtanh, { low: -1, high: 1 });
/** x where above `limit`, else `value`. */
export const Threshold = layerOf<[limit: number, value: number]>("Threshold", F.threshold, { limit: 0, value: 0 });
/** a sigmoid(b) with a, b the halves of an axis. */
export const GLU = layerOf<[axis?: number]>("GLU", F.glu, { axis: -1 });
/** Shares e^x_i / sum_j e^x_j along an axis. */
export const Softmax = layerOf<[axis?: number]>("Softmax", F.softmax, { axis: -1 });
/** Shares e^-x_i / sum_j e^-x_j along an axis. */
export const Softmin = layerOf<[axis?: number]>("Softmin", F.softmin, { axis: -1 });
/** Logarithms of the shares, along an axis. */
export const LogSoftmax = layerOf<[axis?: number]>("LogSoftmax", F.logSoftmax, { axis: -1 });
/** Shares over the channels of x (N, C, H, W) or (C, H, W). */
export const Softmax2d = layerOf("Softmax2d", (x) => F.softmax(x, -3));

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
/** x where positive, else a slope times x: drawn from [low, high) while training, the mean of both after. */
export class RReLU extends Module {
  readonly low: number;
  readonly high: number;
  readonly generator: Generator | undefined;
  constructor(low = 1 / 8, high = 1 / 3, options: { readonly generator?: Generator } = {}) {
    super();
    this.low = low;
    this.high = high;
    this.generator = options.generator;
  }
  forward(x: Tensor): Tensor {
    const { low, high, training, generator } = this;
    return F.rrelu(x, low, high, training, generator === undefined ? {} : { generator });
  }
  protected override describe(): string {
    return `low=${this.low}, high=${this.high}`;
  }
}
