import type { Tensor } from "../../tensor/tensor.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { ShapeError, UsageError } from "../../vocab/errors.ts";
import { formatShape, sameShape, sizeOf } from "../../vocab/shape.ts";
import { apply } from "../../ops/composite.ts";
import { matmul } from "../../ops/contract.ts";
import { full, iota } from "../../ops/create.ts";
import {
  add, bitAnd, cast, div, eq, exp, floorDivide, ge, le, log, lt, mul, neg, sqrt, square, sub, where,
} from "../../ops/elementwise.ts";
import { argsort, sort, take } from "../../ops/indexing.ts";
import { broadcastTo, concat, narrow, pad, reshape, transpose, unsqueeze } from "../../ops/movement.ts";
import { argmax, sum } from "../../ops/reduce.ts";
import { neighbours } from "./attention-blocks.ts";
import { LAST, shiftOf } from "./attention-scores.ts";
import { softmax } from "./softmax.ts";

export interface LshAttentionOptions {
  /** Positions of a chunk of the sorted sequence; each chunk sees itself and the one before. */
  readonly chunk: number;
  /** Position i sees positions up to i only. */
  readonly causal?: boolean;
  /** Factor of the scores; default 1 / sqrt(d). */
  readonly scale?: number;
}
/** The score of a position with itself: it counts only where nothing else may be seen. */
const OWN = -1e5;

/**
 * The bucket of each vector in each round: the largest of [x R, -x R]. x (..., T, d), R (rounds, d, buckets / 2),
 * result (..., rounds, T), i32. Vectors in similar directions meet. Andoni et al. 2015; Kitaev et al. 2020, section 2.
 */
export function lshBuckets(x: Tensor, R: Tensor): Tensor {
  const turned = matmul(unsqueeze(x, -3), R);
  return argmax(concat([turned, neg(turned)], -1), -1);
}

// Letters: N sequences, r rounds, T positions, C chunk, c chunks, T' = c C with those behind the end.

/** Rows (N, T', d) in another order for each round: order (N, r, T'), result (N, r, T', d). */
function sorted(x: Tensor, order: Tensor): Tensor {
  const [N, T, d] = x.shape;
  return take(reshape(x, [N * T, d]), add(order, reshape(mul(iota(N), T), [N, 1, 1])), 0);
}
/** Rows (N, r, T', d), each round in an order of its own. */
function sortedRounds(x: Tensor, order: Tensor): Tensor {
  const [N, r, T, d] = x.shape;
  const y = sorted(reshape(x, [N * r, T, d]), reshape(order, [N * r, 1, T]));
  return reshape(y, [N, r, T, d]);
}
const LSH: CompositeDefinition = {
  name: "lshAttention",
  body: ([qk, v, R], attributes) => {
    const C = Number(attributes.chunk), [N, T] = qk.shape, r = R.shape[0];
    const c = Math.ceil(T / C), more = c * C - T;
    const longer = (x: Tensor): Tensor => pad(x, [0, 0, 0], [0, more, 0]);
    // What lies behind the end has a bucket of its own, the last.
    const buckets = concat([lshBuckets(qk, R), full([N, r, more], 2 * R.shape[2], "i32")], 2);   // (N, r, T')
    const [sortedBuckets, order] = sort(buckets), rank = argsort(order);
    const chunks = (x: Tensor): Tensor => reshape(x, [N, r, c, C, x.shape[x.shape.length - 1]]);
    // Where each position stands in every round: its bucket and its chunk.
    const places = [buckets, floorDivide(rank, C)].map((x) =>
      chunks(sorted(transpose(x, 1, 2), order)));                                        // (N, r, c, C, r)
    const at = chunks(unsqueeze(order, 3));                                              // (N, r, c, C, 1)
    const keysAt = transpose(neighbours(at, 1, 0, -1));                                  // (N, r, c, 1, 2C)
    const [bucketNear, chunkNear] = places.map((x) => transpose(neighbours(x, 1, 0, -2)));
    // In how many rounds a query meets a key: what several have found counts once.
    const meetings = Array.from({ length: r }, (_, i) => {
      const [bucket, chunk] = places.map((x) => narrow(x, 4, i, 1));
      const apart = sub(chunk, narrow(chunkNear, 3, i, 1));
      const near = bitAnd(ge(apart, 0), le(apart, 1));
      return bitAnd(eq(bucket, narrow(bucketNear, 3, i, 1)), near);                      // (N, r, c, C, 2C)
    });
    const count = meetings.map((met) => cast(met, qk.dtype)).reduce((a, b) => add(a, b));
    const own = chunks(unsqueeze(sortedBuckets, 3));                                     // (N, r, c, C, 1)
    const here = eq(own, transpose(neighbours(own, 1, 0, -2)));
    const q = chunks(sorted(longer(qk), order)), values = chunks(sorted(longer(v), order));
    const k = div(q, sqrt(add(sum(square(q), -1, LAST), 1e-12)));
    const s = mul(matmul(q, transpose(neighbours(k, 1, 0))), Number(attributes.scale));  // (N, r, c, C, 2C)
    const inside = bitAnd(ge(keysAt, 0), lt(keysAt, T));
    const seen = attributes.causal === true ? bitAnd(inside, le(keysAt, at)) : inside;
    const others = where(bitAnd(here, broadcastTo(seen, here.shape)), sub(s, log(where(here, count, 1))), -Infinity);
    const masked = where(eq(keysAt, at), OWN, others);
    const shift = shiftOf(masked), weight = exp(sub(masked, shift)), total = sum(weight, -1, LAST);
    const found = div(matmul(weight, neighbours(values, 1, 0)), total);                  // (N, r, c, C, e)
    const back = (x: Tensor): Tensor =>
      narrow(sortedRounds(reshape(x, [N, r, c * C, x.shape[4]]), rank), 2, 0, T);        // (N, r, T, e | 1)
    return sum(mul(softmax(back(add(shift, log(total))), 1), back(found)), 1);
  },
};
/**
 * Reformer: attention among positions whose vectors fall into the same bucket of random hash functions, in `rounds` of
 * which each finds others. Queries are also keys (of length 1); a position sees itself only where it sees nobody else.
 *
 * qk (..., T, d), v (..., T, e), R (rounds, d, buckets / 2) of normal numbers, result (..., T, e). In each round the
 * sequence is sorted by bucket and cut into chunks that see themselves and the one before: time and memory are
 * O(rounds T chunk), and O(T log T) for sorting. What counts is the union of what all rounds have found. Throws where
 * shapes do not fit. Kitaev, Kaiser and Levskaya, "Reformer: the efficient transformer", 2020, section 2.
 */
export function lshAttention(qk: Tensor, v: Tensor, R: Tensor, options: LshAttentionOptions): Tensor {
  const rank = qk.shape.length, d = qk.shape[rank - 1], lead = qk.shape.slice(0, -2);
  const alike = rank >= 2 && sameShape(qk.shape.slice(0, -1), v.shape.slice(0, -1));
  if (!alike || R.shape.length !== 3 || R.shape[1] !== d) {
    throw new ShapeError(`lshAttention: queries ${formatShape(qk.shape)}, values ${formatShape(v.shape)} and ` +
      `rotations ${formatShape(R.shape)}; they must be (..., time, width), (..., time, features) and (rounds, width, ` +
      "buckets / 2)");
  }
  const { chunk, causal = false, scale = 1 / Math.sqrt(d) } = options;
  if (!Number.isInteger(chunk) || chunk < 1) {
    throw new UsageError(`lshAttention: a chunk of ${chunk} positions; use a whole number from 1 on`);
  }
  const flat = (x: Tensor): Tensor => reshape(x, [sizeOf(lead), ...x.shape.slice(-2)]);
  return reshape(apply(LSH, [flat(qk), flat(v), R], { chunk, causal, scale }), v.shape);
}
