import { emit } from "../../packages/gradus/src/ir/emit.ts";
import type { Node } from "../../packages/gradus/src/ir/node.ts";
import type { ReduceKind } from "../../packages/gradus/src/ir/op.ts";
import { sizeOf } from "../../packages/gradus/src/vocab/shape.ts";
import { expand, flip, permute, slice } from "../../packages/gradus/src/ops/movement.ts";
import { outputsOf } from "../../packages/gradus/src/ir/emit.ts";
import {
  distinct, input, listed, make, uniform, vector, whole, type Case, type CaseOptions, type Sampler,
} from "./case.ts";
import { EVERY_DTYPE } from "./movement.cases.ts";

const SHAPES: readonly (readonly [shape: readonly number[], axes: readonly number[]])[] = [
  [[1], [0]], [[3], [0]], [[17], [0]], [[255], [0]], [[5, 3], [0]], [[5, 3], [1]], [[5, 3], [0, 1]], [[3, 17], [1]],
  [[17, 3], [0]], [[2, 3, 5], [0]], [[2, 3, 5], [1]], [[2, 3, 5], [2]], [[2, 3, 5], [0, 2]], [[2, 3, 5], [1, 2]],
  [[2, 1, 3, 5], [1, 3]], [[2, 4, 3, 5], [0, 1, 2, 3]], [[3, 255], [1]], [[255, 3], [0]], [[0, 3], [1]],
    [[3, 0, 2], [2]],
];
/** An empty reduced axis: nothing but the starting value. */
const EMPTY: typeof SHAPES = [[[0], [0]], [[0, 3], [0]], [[3, 0], [0, 1]]];

const DOMAIN: { readonly [K in ReduceKind]: Sampler } = {
  sum: uniform(-2, 2), max: distinct(), min: distinct(),
  // Near 1 in size, so that long products stay in range.
  prod: (n, random) => Array.from({ length: n }, () =>
    (random.uniform() < 0.5 ? -1 : 1) * (0.8 + 0.4 * random.uniform())),
};
const closenessOf = (kind: ReduceKind, terms: number): CaseOptions["closeness"] =>
  kind === "sum" || kind === "prod" ? { terms: Math.max(1, terms) } : "same";

function reduceCases(kind: ReduceKind): Case[] {
  const sampler = DOMAIN[kind];
  const apply = (x: Node, axes: readonly number[]): Node => emit("reduce", { kind, axes }, [x]);
  const shapes = kind === "sum" || kind === "prod" ? [...SHAPES, ...EMPTY] : SHAPES;
  const cases = shapes.map(([shape, axes]) => make(`${kind} of [${shape.join(", ")}] over ${axes.join(",")}`,
    [input(shape, sampler)], (x) => apply(x, axes),
    { closeness: closenessOf(kind, sizeOf(axes.map((a) => shape[a]))) }));
  const viewed = (title: string, shape: readonly number[], view: (x: Node) => Node, axes: readonly number[],
    options: CaseOptions = {}): Case =>
    make(`${kind} of ${title}`, [input(shape, sampler)], (x) => apply(view(x), axes),
      { closeness: closenessOf(kind, 60), ...options });
  cases.push(
    viewed("transposed [5, 3]", [3, 5], (x) => permute(x, [1, 0]), [0]),
    viewed("transposed [5, 3], last axis", [3, 5], (x) => permute(x, [1, 0]), [1]),
    viewed("permuted [5, 2, 3]", [2, 3, 5], (x) => permute(x, [2, 0, 1]), [0, 2]),
    viewed("a flipped slice", [7, 9], (x) => flip(slice(x, [1, 2], [7, 9], [2, 2]), [1]), [1]),
    viewed("stretched rows", [3, 1], (x) => expand(x, [3, 17]), [1], kind === "max" || kind === "min"
      ? { order: 1, reason: "equal elements share the gradient: not smooth" } : {}),
    viewed("stretched columns", [1, 3], (x) => expand(x, [17, 3]), [1]),
  );
  for (const dtype of EVERY_DTYPE) {
    if (dtype === "bool" && (kind === "sum" || kind === "prod")) continue;
    const own = dtype === "f32" || dtype === "f64" || dtype === "f16" || dtype === "bf16" ? sampler : whole();
    const closeness = closenessOf(kind, 17);
    cases.push(make(`${kind} of ${dtype} [3, 17]`, [input([3, 17], own, dtype)], (x) => apply(x, [1]), { closeness }),
      make(`${kind} of ${dtype} [17, 3]`, [input([17, 3], own, dtype)], (x) => apply(x, [0]), { closeness }));
  }
  cases.push(make(`${kind} of NaN and infinities`,
    [{ ...vector("f32", 1, NaN, 2, 3, Infinity, -1, 0, -Infinity, 5), shape: [3, 3] }], (x) => apply(x, [1]),
    { order: 0, reason: "edges: forward only" }));
  if (kind === "max" || kind === "min") {
    cases.push(make(`${kind} with ties`, [input([3, 5], whole(1))], (x) => apply(x, [1]),
      { order: 1, reason: "equal elements share the gradient: not smooth", closeness: "same" }));
    cases.push(make(`${kind} of u32 above the sign bit`, [vector("u32", 1, 0xffffffff, 0x80000000)], (x) =>
      apply(x, [0])));
  } else {
    cases.push(make(`${kind} of i32 wraps`, [vector("i32", 0x7fffffff, 3, 5, -7)], (x) => apply(x, [0])),
      make(`${kind} of u32 wraps`, [vector("u32", 0xffffffff, 3, 5, 7)], (x) => apply(x, [0])));
  }
  if (kind === "prod") {
    cases.push(make("prod with one zero in a row", [{ ...vector("f32", 2, 0, 3, 1.5, -2, 0.5), shape: [2, 3] }],
      (x) => apply(x, [1])),
    make("prod with two zeros in a row", [{ ...vector("f32", 2, 0, 0, 1.5, 0, 0.5, 3, -2), shape: [2, 4] }],
      (x) => apply(x, [1])));
  }
  return cases;
}

function argReduceCases(kind: "max" | "min"): Case[] {
  const apply = (x: Node, axis: number): Node => emit("argReduce", { kind, axis }, [x]);
  const position: CaseOptions = { order: 0, reason: "positions are steps" };
  return [
    ...SHAPES.filter(([, axes]) => axes.length === 1).map(([shape, [axis]]) =>
      make(`${kind} of [${shape.join(", ")}] along ${axis}`, [input(shape, distinct())], (x) => apply(x, axis),
        position)),
    ...EVERY_DTYPE.map((dtype) => make(`${kind} of ${dtype} with ties`, [input([5, 17], whole(3), dtype)],
      (x) => apply(x, 1), position)),
    make(`${kind} of a transposed matrix`, [input([3, 17], distinct())], (x) => apply(permute(x, [1, 0]), 0), position),
    make(`${kind} of a flipped slice`, [input([3, 17], whole(3))], (x) =>
      apply(flip(slice(x, [0, 1], [3, 17], [1, 2]), [1]), 1), position),
    make(`${kind} of equal numbers`, [input([255], listed(4))], (x) => apply(x, 0), position),
    make(`${kind} with NaN, the first of which counts`,
      [{ ...vector("f32", 1, NaN, 9, NaN, -9, NaN, NaN, 0), shape: [2, 4] }],
      (x) => apply(x, 1), position),
    make(`${kind} with infinities`,
      [{ ...vector("f32", -Infinity, -Infinity, -Infinity, Infinity, Infinity, 1), shape: [2, 3] }],
      (x) => apply(x, 1), position),
    make(`${kind} of u32 above the sign bit`, [vector("u32", 1, 0xffffffff, 0x80000000, 0)], (x) => apply(x, 0),
      position),
  ];
}

function sortCases(descending: boolean): Case[] {
  const both = (x: Node, axis: number): Node[] => outputsOf(emit("sort", { axis, descending }, [x]));
  const way = descending ? "downwards" : "upwards";
  const same: CaseOptions = { closeness: "same" };
  return [
    ...SHAPES.filter(([, axes]) => axes.length === 1).map(([shape, [axis]]) =>
      make(`[${shape.join(", ")}] along ${axis}, ${way}`, [input(shape, distinct())], (x) => both(x, axis), same)),
    make(`an empty axis, ${way}`, [input([0])], (x) => both(x, 0), same),
    ...EVERY_DTYPE.map((dtype) => make(`${dtype} with ties, ${way}`, [input([5, 17], whole(3), dtype)], (x) =>
      both(x, 1),
      { ...same, order: 0, reason: "equal values keep their order: not smooth" })),
    make(`a transposed matrix, ${way}`, [input([3, 17], distinct())], (x) => both(permute(x, [1, 0]), 0), same),
    make(`NaN last upwards and first downwards, ${way}`, [vector("f32", 2, NaN, -1, Infinity, NaN, -Infinity, 0)],
      (x) => both(x, 0),
      { order: 0, reason: "edges: forward only" }),
    make(`u32 above the sign bit, ${way}`, [vector("u32", 1, 0xffffffff, 0x80000000, 0)], (x) => both(x, 0)),
  ];
}

export const REDUCE_CASES = {
  reduce: (["sum", "prod", "max", "min"] as const).flatMap(reduceCases),
  argReduce: (["max", "min"] as const).flatMap(argReduceCases),
  sort: [false, true].flatMap(sortCases),
} as const;
