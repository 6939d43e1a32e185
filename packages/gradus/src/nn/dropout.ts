import type { Generator, RandomOptions } from "../tensor/random.ts";
import { squeeze, unsqueeze } from "../ops/movement.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { alphaDropout, channelDropout, dropPath, dropout, featureAlphaDropout } from "./functional/dropout.ts";
import { Module } from "./module.ts";

/** While training, drops each element with probability p and scales the others by 1/(1-p). */
export class Dropout extends Module {
  readonly p: number;
  readonly generator: Generator | undefined;

  constructor(p = 0.5, options: RandomOptions = {}) {
    super();
    this.p = p;
    this.generator = options.generator;
  }
  forward(x: Tensor): Tensor {
    return dropout(x, this.p, this.training, this.options);
  }
  protected get options(): RandomOptions {
    return this.generator === undefined ? {} : { generator: this.generator };
  }
  protected override describe(): string {
    return `p=${this.p}`;
  }
}
/** Drops whole channels of x (N, C, L) or (C, L). */
export class Dropout1d extends Dropout {
  override forward(x: Tensor): Tensor {
    return dropChannels(x, 1, (y) => channelDropout(y, this.p, this.training, this.options));
  }
}
/** Drops whole channels of x (N, C, ...). */
export class Dropout2d extends Dropout {
  override forward(x: Tensor): Tensor {
    return channelDropout(x, this.p, this.training, this.options);
  }
}
/** Drops whole channels of x (N, C, D, H, W) or (C, D, H, W). */
export class Dropout3d extends Dropout {
  override forward(x: Tensor): Tensor {
    return dropChannels(x, 3, (y) => channelDropout(y, this.p, this.training, this.options));
  }
}
/** An input without batch axis gets one for the while. */
const dropChannels = (x: Tensor, rank: number, drop: (x: Tensor) => Tensor): Tensor =>
  x.shape.length === rank + 1 ? squeeze(drop(unsqueeze(x, 0)), 0) : drop(x);
/** Dropout that keeps mean 0 and variance 1, for networks of SELU. */
export class AlphaDropout extends Dropout {
  override forward(x: Tensor): Tensor {
    return alphaDropout(x, this.p, this.training, this.options);
  }
}
/** `AlphaDropout` of whole channels of x (N, C, ...). */
export class FeatureAlphaDropout extends Dropout {
  override forward(x: Tensor): Tensor {
    return featureAlphaDropout(x, this.p, this.training, this.options);
  }
}
/** Stochastic depth: drops the branch of a residual block, for each sample ("row") or for the whole batch. */
export class DropPath extends Dropout {
  readonly mode: "row" | "batch";
  constructor(p: number, mode: "row" | "batch" = "row", options: RandomOptions = {}) {
    super(p, options);
    this.mode = mode;
  }
  override forward(x: Tensor): Tensor {
    return dropPath(x, this.p, this.mode, this.training, this.options);
  }
  protected override describe(): string {
    return `${super.describe()}, mode=${this.mode}`;
  }
}
