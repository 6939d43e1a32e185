import type { Generator } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { channelDropout, dropout } from "./functional/dropout.ts";
import { Module } from "./module.ts";

/** While training, drops each element with probability p and scales the others by 1/(1-p). */
export class Dropout extends Module {
  readonly p: number;
  readonly generator: Generator | undefined;

  constructor(p = 0.5, options: { readonly generator?: Generator } = {}) {
    super();
    this.p = p;
    this.generator = options.generator;
  }
  forward(x: Tensor): Tensor {
    return dropout(x, this.p, this.training, this.options);
  }
  protected get options(): { readonly generator?: Generator } {
    return this.generator === undefined ? {} : { generator: this.generator };
  }
  protected override describe(): string {
    return `p=${this.p}`;
  }
}
/** Drops whole channels of x (N, C, ...). */
export class Dropout2d extends Dropout {
  override forward(x: Tensor): Tensor {
    return channelDropout(x, this.p, this.training, this.options);
  }
}
