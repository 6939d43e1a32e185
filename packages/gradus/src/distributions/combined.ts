import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape, sameShape, type Shape } from "../vocab/shape.ts";
import { iota } from "../ops/create.ts";
import { add, cast, eq, mul, square, sub } from "../ops/elementwise.ts";
import { reshape, unsqueeze } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { logSumExp } from "../nn/functional/log-sum.ts";
import type { RandomOptions } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Categorical } from "./categorical.ts";
import { Distribution } from "./distribution.ts";

/** The last axes of a batch as parts of one event: their log-probabilities are added up. */
export class Independent extends Distribution {
  readonly base: Distribution;
  readonly count: number;

  constructor(base: Distribution, reinterpretedBatchAxes: number) {
    const rank = base.batchShape.length, kept = rank - reinterpretedBatchAxes;
    if (!Number.isInteger(reinterpretedBatchAxes) || kept < 0 || reinterpretedBatchAxes < 0) {
      throw new UsageError(`Independent: ${reinterpretedBatchAxes} axes of a batch of ` +
        `${formatShape(base.batchShape)}; give a whole number from 0 to ${rank}`);
    }
    super(base.batchShape.slice(0, kept), [...base.batchShape.slice(kept), ...base.eventShape], base.dtype);
    this.base = base;
    this.count = reinterpretedBatchAxes;
  }
  #sum(x: Tensor): Tensor {
    return this.count === 0 ? x : sum(x, Array.from({ length: this.count }, (_, i) => -1 - i));
  }
  override get mean(): Tensor {
    return this.base.mean;
  }
  override get variance(): Tensor {
    return this.base.variance;
  }
  override get hasRsample(): boolean {
    return this.base.hasRsample;
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    return this.base.hasRsample ? this.base.rsample(shape, options) : this.base.sample(shape, options);
  }
  override logProb(value: Tensor): Tensor {
    return this.#sum(this.base.logProb(value));
  }
  override entropy(): Tensor {
    return this.#sum(this.base.entropy());
  }
}
/** A choice among K distributions of one kind: probabilities (..., K) and a batch (..., K) of components. */
export class MixtureSameFamily extends Distribution {
  readonly mixture: Categorical;
  readonly components: Distribution;

  constructor(mixture: Categorical, components: Distribution) {
    const batch = components.batchShape.slice(0, -1);
    if (components.batchShape.at(-1) !== mixture.classes ||
      (mixture.batchShape.length > 0 && !sameShape(mixture.batchShape, batch))) {
      throw new ShapeError(`MixtureSameFamily: probabilities ${formatShape(mixture.probs.shape)} ` +
        `and components ${formatShape(components.batchShape)}; the last axis of both counts the components`);
    }
    super(batch, components.eventShape, components.dtype);
    this.mixture = mixture;
    this.components = components;
  }
  /** Probabilities (..., K, 1, ...), beside values of the components. */
  get #shares(): Tensor {
    return reshape(this.mixture.probs, [...this.mixture.probs.shape, ...this.eventShape.map(() => 1)]);
  }
  get #axis(): number {
    return -1 - this.eventShape.length;
  }
  override get mean(): Tensor {
    return sum(mul(this.#shares, this.components.mean), this.#axis);
  }
  override get variance(): Tensor {
    const within = sum(mul(this.#shares, this.components.variance), this.#axis);
    const away = square(sub(this.components.mean, unsqueeze(this.mean, this.#axis)));
    return add(within, sum(mul(this.#shares, away), this.#axis));
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    const places = [...shape, ...this.batchShape.slice(0, this.batchShape.length - this.mixture.batchShape.length)];
    const chosen = this.mixture.sample(places, options);                     // (shape, batch)
    const hot = cast(eq(unsqueeze(chosen, -1), iota(this.mixture.classes)), this.dtype);
    const all = this.components.sample(shape, options);                      // (shape, batch, K, event)
    return sum(mul(reshape(hot, [...hot.shape, ...this.eventShape.map(() => 1)]), all), this.#axis);
  }
  override logProb(value: Tensor): Tensor {
    const each = this.components.logProb(unsqueeze(value, this.#axis));
    return logSumExp(add(each, this.mixture.logits), -1);
  }
  override cdf(value: Tensor): Tensor {
    return sum(mul(this.components.cdf(unsqueeze(value, this.#axis)), this.#shares), this.#axis);
  }
}
