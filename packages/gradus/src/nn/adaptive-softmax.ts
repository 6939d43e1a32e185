import { UsageError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { iota } from "../ops/create.ts";
import { add, eq, neg, where } from "../ops/elementwise.ts";
import { concat, narrow, unsqueeze } from "../ops/movement.ts";
import { argmax, mean, sum } from "../ops/reduce.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ModuleList, Sequential } from "./container.ts";
import { logSoftmax } from "./functional/softmax.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";

export interface AdaptiveLogSoftmaxOptions {
  /** By how much each cluster is narrower than the one before (default 4). */
  readonly divValue?: number;
  readonly headBias?: boolean;
}
/**
 * A softmax over many classes, the frequent ones first: those below `cutoffs[0]` and one entry per cluster make the
 * head, and clusters of rarer classes have weights of less and less width. Grave et al. 2017.
 */
export class AdaptiveLogSoftmaxWithLoss extends Module {
  readonly head: Linear;
  readonly tail: ModuleList<Sequential>;
  readonly cutoffs: readonly number[];

  constructor(
    inFeatures: number, classes: number, cutoffs: readonly number[], options: AdaptiveLogSoftmaxOptions = {},
  ) {
    super();
    const { divValue = 4, headBias = false } = options, all = [...cutoffs, classes];
    if (cutoffs.length === 0 || all.some((n, i) => !Number.isInteger(n) || n <= (i === 0 ? 0 : all[i - 1]))) {
      throw new UsageError(`AdaptiveLogSoftmaxWithLoss: cutoffs ${formatShape(cutoffs)} do not divide ${classes} ` +
        "classes; they are whole numbers that rise from above 0 to below the number of classes");
    }
    this.cutoffs = all;
    this.head = new Linear(inFeatures, cutoffs[0] + cutoffs.length, { bias: headBias });
    this.tail = new ModuleList(cutoffs.map((first, i) => {
      const width = Math.floor(inFeatures / divValue ** (i + 1));
      return new Sequential(new Linear(inFeatures, width, { bias: false }),
        new Linear(width, all[i + 1] - first, { bias: false }));
    }));
  }
  /** The logarithm of the probability of every class: x (N, inFeatures) gives (N, classes), or both without N. */
  logProb(x: Tensor): Tensor {
    const [frequent] = this.cutoffs, head = logSoftmax(this.head.forward(x));
    const clusters = [...this.tail].map((cluster, i) =>
      add(logSoftmax(cluster.forward(x)), narrow(head, -1, frequent + i, 1)));
    return concat([narrow(head, -1, 0, frequent), ...clusters], -1);
  }
  /** The logarithm of the probability of each target, (N), and their mean, negated. */
  forward(x: Tensor, target: Tensor): [output: Tensor, loss: Tensor] {
    const logs = this.logProb(x), classes = this.cutoffs[this.cutoffs.length - 1];
    const output = sum(where(eq(unsqueeze(target, -1), iota(classes)), logs, 0), -1);
    return [output, neg(mean(output))];
  }
  /** The most probable class of each row. */
  predict(x: Tensor): Tensor {
    return argmax(this.logProb(x), -1);
  }
}
