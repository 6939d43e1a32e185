import type { Tensor } from "../tensor/tensor.ts";
import { cosineSimilarity, pairwiseDistance, type PairwiseDistanceOptions } from "./functional/distance.ts";
import { Module } from "./module.ts";

/** a.b / (|a| |b|) along an axis. */
export class CosineSimilarity extends Module {
  readonly axis: number;
  readonly eps: number;
  constructor(axis = 1, eps = 1e-8) {
    super();
    this.axis = axis;
    this.eps = eps;
  }
  forward(a: Tensor, b: Tensor): Tensor {
    return cosineSimilarity(a, b, this.axis, this.eps);
  }
  protected override describe(): string {
    return `axis=${this.axis}`;
  }
}
/** |a - b + eps|_p of the rows of a and b. */
export class PairwiseDistance extends Module {
  readonly options: PairwiseDistanceOptions;
  constructor(options: PairwiseDistanceOptions = {}) {
    super();
    this.options = options;
  }
  forward(a: Tensor, b: Tensor): Tensor {
    return pairwiseDistance(a, b, this.options);
  }
  protected override describe(): string {
    return `p=${this.options.p ?? 2}`;
  }
}
