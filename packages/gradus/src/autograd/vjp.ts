import { isFloat } from "../vocab/dtype.ts";
import type { Node } from "../ir/node.ts";
import type { Op } from "../ir/op.ts";
import { contract } from "../ops/contract.ts";
import { full, iota, ones, zeros, zerosLike } from "../ops/create.ts";
import {
  add, cast, cos, div, eq, exp, floor, gt, log, mul, neg, pow, sign, sin, square, sub, where,
} from "../ops/elementwise.ts";
import { scatter, take } from "../ops/indexing.ts";
import { recurrence } from "../ops/loop.ts";
import {
  broadcastTo, concat, flip, narrow, pad, permute, reshape, slice, sliceAt, unsqueeze, updateAt,
} from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { foldWindows, windows } from "../ops/window.ts";
import { emit } from "../ir/emit.ts";
import { compositeGradient } from "./composite.ts";
import type { Rule, VjpRow } from "./rule.ts";
import { scanGradient } from "./scan.ts";

const row = <K extends Op>(inputs: readonly number[] | "all", output: boolean, rule: Rule<K> | null): VjpRow<K> =>
  ({ inputs, output, rule });
const NONE = { inputs: [], output: false, rule: null } as const;
/** Derivative zero almost everywhere. */
const FLAT = { inputs: [], output: false, rule: (): (Node | null)[] => [null] } as const;
const SQRT_PI = Math.sqrt(Math.PI);

/** Gradient rules, graph to graph: written with `ops/`, so they run on every backend and differentiate again. */
export const VJP: { readonly [K in Op]: VjpRow<K> } = {
  buffer: NONE, constant: NONE, iota: NONE, random: NONE,
  neg: row([], false, (_, g) => [neg(g)]),
  abs: row([0], false, ({ inputs: [x] }, g) => [mul(g, sign(x))]),
  sign: FLAT, floor: FLAT, ceil: FLAT, round: FLAT, trunc: FLAT,
  sqrt: row([], true, ({ outputs: [y] }, g) => [div(mul(g, 0.5), y)]),
  reciprocal: row([], true, ({ outputs: [y] }, g) => [neg(mul(g, square(y)))]),
  exp: row([], true, ({ outputs: [y] }, g) => [mul(g, y)]),
  log: row([0], false, ({ inputs: [x] }, g) => [div(g, x)]),
  expm1: row([], true, ({ outputs: [y] }, g) => [mul(g, add(y, 1))]),
  log1p: row([0], false, ({ inputs: [x] }, g) => [div(g, add(x, 1))]),
  sin: row([0], false, ({ inputs: [x] }, g) => [mul(g, cos(x))]),
  cos: row([0], false, ({ inputs: [x] }, g) => [neg(mul(g, sin(x)))]),
  tanh: row([], true, ({ outputs: [y] }, g) => [mul(g, sub(1, square(y)))]),
  sigmoid: row([], true, ({ outputs: [y] }, g) => [mul(g, mul(y, sub(1, y)))]),
  erf: row([0], false, ({ inputs: [x] }, g) => [mul(g, mul(exp(neg(square(x))), 2 / SQRT_PI))]),
  not: NONE,
  cast: row([], false, ({ inputs: [x] }, g) => [isFloat(x.dtype) ? cast(g, x.dtype) : null]),
  bitcast: NONE,

  add: row([], false, (_, g) => [g, g]),
  sub: row([], false, (_, g) => [g, neg(g)]),
  mul: row([0, 1], false, ({ inputs: [a, b], wants }, g) => [wants[0] ? mul(g, b) : null, wants[1] ? mul(g, a) : null]),
  div: row([0, 1], false, ({ inputs: [a, b], wants }, g) => {
    const q = div(g, b);
    return [q, wants[1] ? neg(mul(q, div(a, b))) : null];
  }),
  pow: row([0, 1], true, ({ inputs: [a, b], outputs: [y], wants }, g) => [
    wants[0] ? where(eq(b, 0), 0, mul(g, mul(b, pow(a, sub(b, 1))))) : null,
    // a^b does not move with b where a is 0 (b >= 0), as in PyTorch.
    wants[1] ? mul(g, where(eq(a, 0), 0, mul(y, log(a)))) : null,
  ]),
  maximum: row([0, 1], false, ({ inputs: [a, b] }, g) => extreme(a, b, g)),
  minimum: row([0, 1], false, ({ inputs: [a, b] }, g) => extreme(b, a, g)),
  remainder: row([0, 1], false, ({ inputs: [a, b], wants }, g) =>
    [g, wants[1] ? neg(mul(g, floor(div(a, b)))) : null]),
  bitAnd: NONE, bitOr: NONE, bitXor: NONE, shiftLeft: NONE, shiftRight: NONE,
  eq: NONE, ne: NONE, lt: NONE, le: NONE, gt: NONE, ge: NONE,
  where: row([0], false, ({ inputs: [c], wants }, g) =>
    [null, wants[1] ? where(c, g, 0) : null, wants[2] ? where(c, 0, g) : null]),

  reshape: row([], false, ({ inputs: [x] }, g) => [reshape(g, x.shape)]),
  permute: row([], false, ({ params }, g) => [permute(g, params.axes.map((_, i) => params.axes.indexOf(i)))]),
  expand: row([], false, ({ inputs: [x] }, g) =>
    [sum(g, x.shape.flatMap((n, i) => (n === 1 && g.shape[i] !== 1 ? [i] : [])), { keepdim: true })]),
  pad: row([], false, ({ params: { low, interior }, inputs: [x] }, g) => [slice(g, low,
    x.shape.map((n, i) => low[i] + (n === 0 ? 0 : (n - 1) * (interior[i] + 1) + 1)),
    interior.map((n) => n + 1))]),
  slice: row([], false, ({ params: { start, step }, inputs: [x] }, g) => [pad(g, start, x.shape.map((n, i) =>
    n - start[i] - (g.shape[i] === 0 ? 0 : (g.shape[i] - 1) * step[i] + 1)), 0, step.map((n) => n - 1))]),
  flip: row([], false, ({ params }, g) => [flip(g, params.axes)]),
  concat: row([], false, ({ params: { axis }, inputs, wants }, g) => {
    let at = 0;
    return inputs.map((x, i) => {
      const from = at;
      at += x.shape[axis];
      return wants[i] ? narrow(g, axis, from, x.shape[axis]) : null;
    });
  }),
  sliceAt: row([1], false, ({ params, inputs: [x, at] }, g) =>
    [updateAt(zeros(x.shape, x.dtype), g, at, params.axis), null]),
  updateAt: row([2], false, ({ params: { axis }, inputs: [, piece, at], wants }, g) => [
    wants[0] ? updateAt(g, zerosLike(piece), at, axis) : null,
    wants[1] ? sliceAt(g, at, piece.shape[axis], axis) : null, null]),
  windows: row([], false, ({ params, inputs: [x] }, g) => [foldWindows(g, params, x.shape)]),
  foldWindows: row([], false, ({ params }, g) => [windows(g, params)]),

  reduce: row([0], true, ({ params: { kind, axes }, inputs: [x], outputs: [y] }, g) => {
    const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
    const wide = (node: Node): Node => broadcastTo(reshape(node, kept), x.shape);
    if (kind === "sum") return [wide(g)];
    if (kind === "prod") return [mul(wide(g), productOfOthers(x, axes))];
    const chosen = cast(eq(x, wide(y)), x.dtype);
    return [mul(chosen, wide(div(g, sum(chosen, axes))))];
  }),
  argReduce: NONE,
  gather: row([1], false, ({ params: { axis }, inputs: [x, index] }, g) =>
    [emit("scatter", { axis, mode: "add" }, [full(x.shape, 0, x.dtype), index, g]), null]),
  scatter: row([0, 1, 2], true, ({ params: { axis, mode }, inputs: [base, index, updates], outputs: [y] }, g) => {
    if (mode === "add") return [g, null, take(g, index, axis)];
    if (mode === "set") {
      // Where several updates hit one cell the last one stays: give each a number and see which survives.
      const order = broadcastTo(reshape(iota(index.shape.reduce((a, b) => a * b, 1)),
        [...new Array<number>(axis).fill(1), ...index.shape,
          ...new Array<number>(base.shape.length - axis - 1).fill(1)]),
      updates.shape);
      const last = emit("scatter", { axis, mode }, [full(base.shape, -1, "i32"), index, order]);
      return [where(eq(last, -1), g, 0), null, where(eq(take(last, index, axis), order), take(g, index, axis), 0)];
    }
    const fromBase = cast(eq(base, y), base.dtype);
    const fromUpdate = cast(eq(updates, take(y, index, axis)), base.dtype);
    const share = div(g, emit("scatter", { axis, mode: "add" }, [fromBase, index, fromUpdate]));
    return [mul(fromBase, share), null, mul(fromUpdate, take(share, index, axis))];
  }),

  contract: row([0, 1], false, ({ params: { spec, output }, inputs: [a, b], wants }, g) => {
    const [first, second] = ([0, 1, 2] as const).filter((i) => i !== output) as [0 | 1 | 2, 0 | 1 | 2];
    // The gradient stands where the result stood; the other operand keeps its place.
    const pair = (wanted: number, other: Node): [Node, Node] => {
      const otherPlace = wanted === first ? second : first;
      return output < otherPlace ? [g, other] : [other, g];
    };
    return [
      wants[0] ? cast(contract(spec, first, ...pair(first, b), a.shape), a.dtype) : null,
      wants[1] ? cast(contract(spec, second, ...pair(second, a), b.shape), b.dtype) : null,
    ];
  }),
  recurrence: row([0, 2], true, ({ params: { axis, reverse }, inputs: [a, , h0], outputs: [h], wants }, g) => {
    const n = h.shape[axis];
    if (n === 0) return [null, null, null];
    const first = reverse ? n - 1 : 0;
    const head = (x: Node): Node => (reverse ? narrow(x, axis, 1, n - 1) : narrow(x, axis, 0, n - 1));
    const tail = (x: Node): Node => (reverse ? narrow(x, axis, 0, n - 1) : narrow(x, axis, 1, n - 1));
    const join = (edge: Node, rest: Node, edgeFirst: boolean): Node =>
      concat(edgeFirst ? [edge, rest] : [rest, edge], axis);
    // The adjoint runs the other way: s[t] = g[t] + a[t+1] s[t+1].
    const following = join(zerosLike(narrow(a, axis, 0, 1)), tail(a), reverse);
    const s = recurrence(following, g, null, axis, { reverse: !reverse });
    const before = wants[0] ? join(unsqueeze(h0, axis), head(h), !reverse) : null;
    const start = wants[2]
      ? reshape(mul(narrow(a, axis, first, 1), narrow(s, axis, first, 1)), h0.shape)
      : null;
    return [before === null ? null : mul(s, before), s, start];
  }),
  scan: row("all", true, (step, _, all) => scanGradient(step, all)),
  sort: row([], true, ({ params: { axis }, outputs: [, positions], inputs: [x] }, g) =>
    [scatter(zeros(x.shape, x.dtype), axis, positions, g, "add")]),
  composite: row("all", true, (step, _, all) => compositeGradient(step, all)),
  project: NONE,
};

/**
 * For each element the product of all others along some axes: of those before it times of those after it. No division,
 * so that zeros need no care, at any order.
 */
function productOfOthers(x: Node, axes: readonly number[]): Node {
  const kept = x.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
  const order = [...kept, ...axes];
  const moved = permute(x, order);
  const outer = kept.map((i) => x.shape[i]), n = axes.reduce((size, i) => size * x.shape[i], 1), axis = kept.length;
  if (n === 0) return zerosLike(x);
  const row = reshape(moved, [...outer, n]);
  const edge = ones([...outer, 1], x.dtype), start = ones(outer, x.dtype);
  const running = (factors: Node, reverse: boolean): Node =>
    recurrence(factors, zerosLike(factors), start, axis, { reverse });
  const before = running(concat([edge, narrow(row, axis, 0, n - 1)], axis), false);
  const after = running(concat([narrow(row, axis, 1, n - 1), edge], axis), true);
  return permute(reshape(mul(before, after), moved.shape), order.map((_, i) => order.indexOf(i)));
}
/** g shared out to a pair: to the first where p > q, to the second where p < q, half to each where they are equal. */
function extreme(p: Node, q: Node, g: Node): Node[] {
  const half = where(eq(p, q), mul(g, 0.5), 0);
  const first = gt(p, q);
  return [add(where(first, g, 0), half), add(where(first, 0, where(eq(p, q), 0, g)), half)];
}
