import { ShapeError, UsageError } from "../../vocab/errors.ts";
import { formatShape, sameShape } from "../../vocab/shape.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { detach } from "../../tensor/gradient.ts";
import { apply } from "../../ops/composite.ts";
import { full, iota, ones, zeros } from "../../ops/create.ts";
import {
  abs, add, cast, div, eq, floorDivide, gt, le, logicalAnd, maximum, mul, ne, pow, sub, where,
} from "../../ops/elementwise.ts";
import { indexAdd, scatter, take } from "../../ops/indexing.ts";
import { broadcastTo, narrow, reshape, unsqueeze } from "../../ops/movement.ts";
import { amax, sum } from "../../ops/reduce.ts";

export interface EmbeddingCall {
  /** The row of this number gets no gradient, and counts nothing in a bag. */
  readonly paddingIndex?: number | null;
  /** Divide the gradient of each row by how often the row occurs in `index`. */
  readonly scaleGradByFreq?: boolean;
}
/** The first operand; its gradient is multiplied by the second. */
const SCALE_GRADIENT: CompositeDefinition = {
  name: "scaleGradient",
  body: ([x]) => add(x, 0),
  vjp: ([, scale], _, [g]) => [g === null ? null : mul(g, scale), null],
};
/** How often each row of a table is named: index (...), result (rows). */
const occurrences = (index: Tensor, rows: number): Tensor =>
  indexAdd(zeros([rows]), 0, reshape(index, [-1]), ones([index.numel]));

/** Rows of a table: index (...), i32, table (vocabulary, features), result (..., features). */
export function embedding(index: Tensor, table: Tensor, call: EmbeddingCall = {}): Tensor {
  const { paddingIndex = null, scaleGradByFreq = false } = call;
  let rows = take(table, index, 0);
  if (scaleGradByFreq) {
    const often = take(occurrences(index, table.shape[0]), index);
    rows = apply(SCALE_GRADIENT, [rows, cast(unsqueeze(div(1, often), -1), rows.dtype)]);
  }
  return paddingIndex === null ? rows : where(unsqueeze(eq(index, paddingIndex), -1), detach(rows), rows);
}
/** A table whose rows named by `index` are shortened to a p-norm of `maxNorm`, where they are longer. */
export function embeddingRenorm(table: Tensor, index: Tensor, maxNorm: number, normType = 2): Tensor {
  const lengths = normType === Infinity ? amax(abs(table), 1)
    : pow(sum(pow(abs(table), normType), 1), 1 / normType);
  const named = gt(occurrences(index, table.shape[0]), 0);
  const scale = where(logicalAnd(named, gt(lengths, maxNorm)), div(maxNorm, add(lengths, 1e-7)), 1);
  return mul(table, unsqueeze(scale, 1));
}

export interface EmbeddingBagCall extends EmbeddingCall {
  /** Where each bag begins in a vector of indices, (bags), i32; without it a bag is a row of `index`. */
  readonly offsets?: Tensor | null;
  /** What becomes of the rows of a bag (default "mean"). */
  readonly mode?: "sum" | "mean" | "max";
  /** Factor of each row, in the shape of `index`; mode "sum" only. */
  readonly perSampleWeights?: Tensor | null;
  /** The last offset is the end of the last bag, not the beginning of another. */
  readonly includeLastOffset?: boolean;
}
/** The bag of each index, (n), and how many bags there are. */
function bagsOf(index: Tensor, { offsets = null, includeLastOffset = false }: EmbeddingBagCall): [Tensor, number] {
  const n = index.numel;
  if ((index.shape.length === 2) !== (offsets === null) || index.shape.length > 2 || index.shape.length === 0) {
    throw new ShapeError(`embeddingBag: an index of ${formatShape(index.shape)} ` +
      `${offsets === null ? "without" : "with"} offsets; give (bags, size) alone, or a vector with offsets`);
  }
  if (offsets === null) return [floorDivide(iota(n), index.shape[1]), index.shape[0]];
  const bags = offsets.shape[0] - (includeLastOffset ? 1 : 0);
  const begun = le(unsqueeze(narrow(offsets, 0, 0, bags), 0), unsqueeze(iota(n), 1));
  return [sub(sum(begun, 1), 1), bags];
}
/**
 * Sum, mean or maximum of the rows of each bag: index (bags, size) or (n) with offsets, table (vocabulary, features),
 * result (bags, features). An empty bag gives 0.
 */
export function embeddingBag(index: Tensor, table: Tensor, call: EmbeddingBagCall = {}): Tensor {
  const { mode = "mean", perSampleWeights = null, paddingIndex = null } = call;
  if (perSampleWeights !== null && (mode !== "sum" || !sameShape(perSampleWeights.shape, index.shape))) {
    throw new UsageError(`embeddingBag: weights of ${formatShape(perSampleWeights.shape)} in mode "${mode}"; weights ` +
      `need mode "sum" and the shape of the index, ${formatShape(index.shape)}`);
  }
  const [bag, bags] = bagsOf(index, call);
  const flat = reshape(index, [-1]), width = table.shape[1];
  let rows = embedding(flat, table, call);
  if (perSampleWeights !== null) rows = mul(rows, reshape(perSampleWeights, [-1, 1]));
  const counted = paddingIndex === null ? broadcastTo(full([], 1, "i32"), [flat.numel])
    : cast(ne(flat, paddingIndex), "i32");
  const present = unsqueeze(ne(counted, 0), 1);
  const size = indexAdd(zeros([bags], "i32"), 0, bag, counted);
  if (mode === "max") {
    const at = broadcastTo(unsqueeze(bag, 1), rows.shape);
    const most = scatter(full([bags, width], -Infinity, table.dtype), 0, at, where(present, rows, -Infinity), "max");
    return where(unsqueeze(eq(size, 0), 1), 0, most);
  }
  const total = indexAdd(zeros([bags, width], table.dtype), 0, bag, where(present, rows, 0));
  return mode === "sum" ? total : div(total, cast(unsqueeze(maximum(size, 1), 1), table.dtype));
}
