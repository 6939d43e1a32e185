import type { Tensor } from "../../tensor/tensor.ts";
import { isFloat } from "../../vocab/dtype.ts";
import { sameShape, type Shape } from "../../vocab/shape.ts";
import type { Attributes } from "../../ir/op.ts";
import { matmul } from "../../ops/contract.ts";
import { iota } from "../../ops/create.ts";
import { add, eq, exp, le, mul, reciprocal, sub, where } from "../../ops/elementwise.ts";
import { reshape, transpose } from "../../ops/movement.ts";
import { sum } from "../../ops/reduce.ts";
import { rowMax } from "./softmax.ts";

/** A sum of rows that stays a column. */
export const LAST = { keepdim: true } as const;

/**
 * Scores q k^T scale (..., T, S), with what must not be seen at minus infinity. The rows are those from position
 * `first` on (default 0) of a longer sequence.
 */
export function scores(q: Tensor, k: Tensor, mask: Tensor | undefined, { causal, scale, first }: Attributes): Tensor {
  let s = mul(matmul(q, transpose(k)), Number(scale));
  if (mask !== undefined) s = isFloat(mask.dtype) ? add(s, mask) : where(mask, s, -Infinity);
  if (causal !== true) return s;
  const [rows, columns] = s.shape.slice(-2);
  const at = first === undefined ? iota(rows) : add(iota(rows), Number(first));
  return where(le(iota(columns), reshape(at, [rows, 1])), s, -Infinity);
}
/** The largest score of each row, or 0 where everything is masked: what exponents are shifted by. */
export function shiftOf(s: Tensor): Tensor {
  const most = rowMax(s);
  return where(eq(most, -Infinity), 0, most);
}
/** Softmax of rows in which everything may be masked: such a row is 0, as in PyTorch. */
export function weights(s: Tensor): Tensor {
  const e = exp(sub(s, shiftOf(s)));
  const total = sum(e, -1, LAST);
  // One division a row.
  return mul(e, reciprocal(where(eq(total, 0), 1, total)));
}
/** Sums over the axes that broadcasting added, so that a gradient fits its operand. */
export function fit(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const extra = g.shape.length - shape.length;
  const axes = g.shape.flatMap((n, i) => (i < extra || (shape[i - extra] === 1 && n !== 1) ? [i] : []));
  return reshape(sum(g, axes), shape);
}
