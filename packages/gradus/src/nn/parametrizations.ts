import { UsageError } from "../vocab/errors.ts";
import { normalizeAxis } from "../vocab/shape.ts";
import { assign, eagerly } from "../exec/state.ts";
import { matmul } from "../ops/contract.ts";
import { div, mul } from "../ops/elementwise.ts";
import { flatten, moveAxis } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { detach, noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "./conv.ts";
import { normalize, vectorNorm } from "./functional/distance.ts";
import { normal } from "./init.ts";
import type { Module } from "./module.ts";
import { buffer } from "./parameter.ts";
import { parameterOf, Parametrization, registerParametrization } from "./parametrize.ts";

/** w = g v / |v|, with a norm for each entry of an axis (null: one for all). */
class WeightNorm extends Parametrization {
  readonly #axis: number | null;
  constructor(axis: number | null) {
    super();
    this.#axis = axis;
  }
  #norm(v: Tensor): Tensor {
    const rank = v.shape.length, kept = this.#axis === null ? null : normalizeAxis(this.#axis, rank, "weightNorm");
    const axes = v.shape.map((_, i) => i).filter((i) => i !== kept);
    return vectorNorm(v, 2, axes, { keepdim: kept !== null });
  }
  override forward(g: Tensor, v: Tensor): Tensor {
    return mul(v, div(g, this.#norm(v)));
  }
  override rightInverse(weight: Tensor): readonly Tensor[] {
    return [this.#norm(weight), weight];
  }
}
/**
 * Learns length and direction of a weight apart: w = g v / |v|, a length for each entry of `axis` (null: one for all).
 * Checkpoints hold g and v as `parametrizations.<name>.original0` and `1`. Salimans and Kingma 2016.
 */
export const weightNorm = <M extends Module>(module: M, name = "weight", axis: number | null = 0): M =>
  registerParametrization(module, name, new WeightNorm(axis));

/** w / sigma, sigma the largest singular value, followed by power iteration: a step whenever it is read in training. */
class SpectralNorm extends Parametrization {
  readonly _u: Tensor | null;
  readonly _v: Tensor | null;
  readonly #steps: number;
  readonly #axis: number;
  readonly #eps: number;

  constructor(weight: Tensor, steps: number, axis: number, eps: number) {
    super();
    if (!(steps >= 1)) throw new UsageError(`spectralNorm: ${steps} power iterations; it takes one or more`);
    this.#steps = steps;
    this.#axis = axis;
    this.#eps = eps;
    if (weight.shape.length === 1) {
      this._u = this._v = null;
      return;
    }
    const [u, v] = eagerly(() => noGrad(() => {
      const matrix = this.#matrix(weight), first = normalize(normal([matrix.shape[1]]), 2, 0, eps);
      // A good start, so that the first steps of training see nearly the right norm.
      return this.#iterate(matrix, first, 15);
    }));
    this._u = buffer(u);
    this._v = buffer(v);
  }
  #matrix(weight: Tensor): Tensor {
    return flatten(moveAxis(weight, this.#axis, 0), 1);
  }
  #iterate(matrix: Tensor, start: Tensor, steps: number): [u: Tensor, v: Tensor] {
    let u = start, v = start;
    for (let i = 0; i < steps; i++) {
      u = normalize(matmul(matrix, v), 2, 0, this.#eps);
      v = normalize(matmul(u, matrix), 2, 0, this.#eps);
    }
    return [u, v];
  }
  override forward(weight: Tensor): Tensor {
    if (this._u === null || this._v === null) return normalize(weight, 2, 0, this.#eps);
    const matrix = this.#matrix(weight);
    let [u, v] = [detach(this._u), detach(this._v)];
    if (this.training) {
      [u, v] = noGrad(() => this.#iterate(matrix, v, this.#steps));
      // Copies: what is written to State at the end of a compiled step is another value than the gradients read.
      assign(this._u, mul(u, 1));
      assign(this._v, mul(v, 1));
    }
    return div(weight, sum(mul(u, matmul(matrix, v))));
  }
}
export interface SpectralNormOptions {
  /** Steps of the power iteration whenever the weight is read in training (default 1). */
  readonly iterations?: number;
  /** Held under the norms of the vectors (default 1e-12). */
  readonly eps?: number;
  /** The axis of the outputs (default 0; 1 for transposed convolutions). */
  readonly axis?: number;
}
/**
 * Divides a weight, as a matrix (outputs, rest), by its largest singular value, so that the layer stretches nothing:
 * for discriminators. Checkpoints hold `parametrizations.<name>.original` and the vectors `0._u` and `0._v`. Miyato et
 * al. 2018.
 */
export function spectralNorm<M extends Module>(module: M, name = "weight", options: SpectralNormOptions = {}): M {
  const { iterations = 1, eps = 1e-12 } = options;
  const transposed = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d].some((kind) => module instanceof kind);
  const step = new SpectralNorm(parameterOf(module, name), iterations, options.axis ?? (transposed ? 1 : 0), eps);
  return registerParametrization(module, name, step);
}
