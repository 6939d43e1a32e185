import type { Tensor } from "../../tensor/tensor.ts";
import { mean, sum } from "../../ops/reduce.ts";

/** What a loss does with its elements: average them (default), add them up, or give them as they are. */
export type Reduction = "mean" | "sum" | "none";

export function reduceLoss(loss: Tensor, reduction: Reduction = "mean"): Tensor {
  if (reduction === "none") return loss;
  return reduction === "sum" ? sum(loss) : mean(loss);
}
