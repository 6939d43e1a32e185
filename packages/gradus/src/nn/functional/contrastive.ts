import { ShapeError, UsageError } from "../../vocab/errors.ts";
import { formatShape, sameShape } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { matmul } from "../../ops/contract.ts";
import { iota, zeros } from "../../ops/create.ts";
import { add, eq, mul, remainder, where } from "../../ops/elementwise.ts";
import { concat, transpose, unsqueeze } from "../../ops/movement.ts";
import { sum } from "../../ops/reduce.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { normalize } from "./distance.ts";
import type { LossOptions } from "./loss.ts";

export interface ContrastiveOptions extends LossOptions {
  /** What similarities are divided by: the smaller, the more the nearest wrong ones count. */
  readonly temperature?: number;
}
function check(name: string, a: Tensor, b: Tensor, temperature: number): void {
  if (a.shape.length !== 2 || !sameShape(a.shape, b.shape)) {
    throw new ShapeError(`${name}: the two views are ${formatShape(a.shape)} and ${formatShape(b.shape)}; both need ` +
      "(samples, features)");
  }
  if (!(temperature > 0)) throw new UsageError(`${name}: the temperature is ${temperature}; it must be above 0`);
}
export interface InfoNceOptions extends ContrastiveOptions {
  /** Wrong answers for every query, (M, D); without them those of the other queries are the wrong ones. */
  readonly negatives?: Tensor | null;
  /** Cosine of the angle (default), or the plain product. */
  readonly similarity?: "cosine" | "dot";
}
/**
 * -ln(e^(s+/t) / (e^(s+/t) + sum e^(s-/t))): which key belongs to the query, as a classification. Queries and keys
 * (N, D), similarities s, temperature t. van den Oord, Li, Vinyals, "Contrastive predictive coding", 2018.
 */
export function infoNceLoss(query: Tensor, key: Tensor, options: InfoNceOptions = {}): Tensor {
  const { temperature = 0.1, negatives = null, similarity = "cosine", reduction = "mean" } = options;
  check("infoNceLoss", query, key, temperature);
  const unit = (x: Tensor): Tensor => (similarity === "cosine" ? normalize(x, 2, -1) : x);
  const q = unit(query), k = unit(key), n = query.shape[0];
  const scores = negatives === null ? matmul(q, transpose(k))
    : concat([unsqueeze(sum(mul(q, k), -1), 1), matmul(q, transpose(unit(negatives)))], 1);
  return crossEntropy(mul(scores, 1 / temperature), negatives === null ? iota(n) : zeros([n], "i32"), { reduction });
}
/**
 * Each of 2 N views finds the other view of its sample among all others: a and b (N, D), cosine similarity. Chen et
 * al., "A simple framework for contrastive learning" (SimCLR), 2020, equation 1.
 */
export function ntXentLoss(a: Tensor, b: Tensor, options: ContrastiveOptions = {}): Tensor {
  const { temperature = 0.5, reduction = "mean" } = options;
  check("ntXentLoss", a, b, temperature);
  const n = a.shape[0], z = normalize(concat([a, b]), 2, -1);
  const scores = mul(matmul(z, transpose(z)), 1 / temperature), at = iota(2 * n);
  const others = where(eq(unsqueeze(at, 1), at), -Infinity, scores);
  return crossEntropy(others, remainder(add(at, n), 2 * n), { reduction });
}
