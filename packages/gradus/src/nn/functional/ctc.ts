import { ShapeError } from "../../vocab/errors.ts";
import { formatShape } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { tensor } from "../../tensor/create.ts";
import { full, iota } from "../../ops/create.ts";
import {
  add, cast, div, eq, ge, logicalAnd, logicalOr, lt, maximum, mul, ne, neg, sub, where,
} from "../../ops/elementwise.ts";
import { gather, take } from "../../ops/indexing.ts";
import { cumsum, scan } from "../../ops/loop.ts";
import { broadcastTo, concat, narrow, reshape, select, stack, unsqueeze } from "../../ops/movement.ts";
import { mean } from "../../ops/reduce.ts";
import { logAddExp, logSumExp } from "./log-sum.ts";
import type { LossOptions } from "./loss.ts";
import { reduceLoss } from "./reduction.ts";

export interface CtcOptions extends LossOptions {
  /** The class that writes nothing (default 0). */
  readonly blank?: number;
  /** 0 instead of infinity, without a gradient, where no path writes the target: it is longer than the input. */
  readonly zeroInfinity?: boolean;
}
/** One length per sequence: plain numbers, or an integer tensor. */
export type Lengths = readonly number[] | Tensor;
const asTensor = (lengths: Lengths): Tensor =>
  cast(Array.isArray(lengths) ? tensor(new Int32Array(lengths)) : lengths as Tensor, "i32");

/** Targets as a table (N, S), with anything behind the end of each; one vector (sum of lengths) is cut up. */
function tableOf(targets: Tensor, lengths: Lengths, batch: number): Tensor {
  if (targets.shape.length === 2) return cast(targets, "i32");
  const each = asTensor(lengths), total = targets.shape[0];
  const longest = Array.isArray(lengths) ? Math.max(1, ...(lengths as readonly number[])) : total;
  const starts = sub(cast(cumsum(cast(each, "f32"), 0), "i32"), each);
  const at = add(reshape(starts, [batch, 1]), iota(longest));
  return take(cast(targets, "i32"), where(lt(at, total), at, 0));
}
/**
 * Connectionist temporal classification: -ln of the probability of all paths of classes that write the target once
 * repetitions and then blanks are removed. logProbs (T, N, C), targets (N, S) or all of them in one vector, lengths of
 * inputs and targets (N); or logProbs (T, C) and targets (S). "mean" divides each loss by the length of its target
 * first. The forward recursion runs over logarithms. Graves et al. 2006, equations 5 to 8.
 *
 * The gradient is the derivative with respect to logProbs. PyTorch's has the probabilities added, which `logSoftmax`
 * takes away again: behind it both are equal.
 */
export function ctcLoss(
  logProbs: Tensor, targets: Tensor, inputLengths: Lengths, targetLengths: Lengths, options: CtcOptions = {},
): Tensor {
  if (logProbs.shape.length === 2) {
    const one = (lengths: Lengths): Lengths => (Array.isArray(lengths) ? lengths : reshape(lengths as Tensor, [1]));
    const table = reshape(targets, [1, -1]);
    const losses = ctcLoss(unsqueeze(logProbs, 1), table, one(inputLengths), one(targetLengths), options);
    return options.reduction === "none" ? select(losses, 0, 0) : losses;
  }
  const { blank = 0, zeroInfinity = false, reduction = "mean" } = options;
  const [steps, batch, classes] = logProbs.shape;
  const inputs = asTensor(inputLengths), lengths = asTensor(targetLengths);
  if (logProbs.shape.length !== 3 || inputs.numel !== batch || lengths.numel !== batch || blank >= classes ||
    targets.shape.length > 2 || (targets.shape.length === 2 && targets.shape[0] !== batch)) {
    throw new ShapeError(`ctcLoss: logProbs ${formatShape(logProbs.shape)}, targets ${formatShape(targets.shape)}, ` +
      `${inputs.numel} input lengths, ${lengths.numel} target lengths and blank ${blank} do not fit; logProbs are ` +
      "(T, N, C), targets (N, S) or a vector, lengths (N), and the blank is one of the C classes");
  }
  const table = tableOf(targets, targetLengths, batch), longest = table.shape[1];
  const ends = reshape(lengths, [batch, 1]);
  const labels = where(lt(broadcastTo(iota(longest), table.shape), ends), table, blank);
  // Blanks around all labels: (N, L), L = 2 S + 1.
  const none = full([batch, longest], blank, "i32");
  const path = concat([reshape(stack([none, labels], 2), [batch, 2 * longest]), narrow(none, 1, 0, 1)], 1);
  const size = 2 * longest + 1;
  // A label may follow the one before last directly if that is another label: then no blank has to part them.
  const before = concat([full([batch, 2], blank, "i32"), narrow(path, 1, 0, size - 2)], 1);
  const skips = logicalAnd(ne(path, blank), ne(path, before));
  const scores = gather(logProbs, 2, broadcastTo(unsqueeze(path, 0), [steps, batch, size]));     // (T, N, L)
  const running = lt(unsqueeze(iota(steps), 1), reshape(inputs, [1, batch]));                    // (T, N)

  const first = broadcastTo(where(eq(iota(size), 0), full([], 0, logProbs.dtype), -Infinity), [batch, size]);
  const later = (x: Tensor, by: number): Tensor =>
    concat([full([batch, by], -Infinity, logProbs.dtype), narrow(x, 1, 0, size - by)], 1);
  const { carries: [alpha] } = scan([first], [scores, unsqueeze(running, 2)], [skips], ([a], [own, runs], [skip]) => {
    const next = add(logAddExp(a, later(a, 1), where(skip, later(a, 2), -Infinity)), own);
    return { carries: [where(runs, next, a)], results: [] };
  });
  // A path ends on the last label or on the blank behind it.
  const last = mul(ends, 2), at = iota(size);
  const isEnd = logicalOr(eq(at, last), eq(at, sub(last, 1)));
  const losses = neg(logSumExp(where(isEnd, alpha, -Infinity)));
  const kept = zeroInfinity ? where(ge(losses, Infinity), 0, losses) : losses;
  return reduction === "mean" ? mean(div(kept, cast(maximum(lengths, 1), kept.dtype))) : reduceLoss(kept, reduction);
}
