import { emit } from "../../packages/gradus/src/ir/emit.ts";
import type { Node } from "../../packages/gradus/src/ir/node.ts";
import { flip, permute, slice } from "../../packages/gradus/src/ops/movement.ts";
import { mul } from "../../packages/gradus/src/ops/elementwise.ts";
import {
  distinct, input, make, positions, vector, type Case, type CaseOptions,
} from "./case.ts";
import { EVERY_DTYPE } from "./movement.cases.ts";

const same: CaseOptions = { closeness: "same" };
const index = (size: number, ...shape: number[]): ReturnType<typeof input> => input(shape, positions(size), "i32");

type Place = readonly [shape: readonly number[], axis: number, at: readonly number[]];
const PICKED: readonly Place[] = [
  [[5], 0, []], [[5], 0, [1]], [[5], 0, [17]], [[5], 0, [0]], [[5, 3], 0, [4]], [[5, 3], 1, [4]], [[5, 3], 0, []],
  [[5, 3], 0, [2, 3]], [[5, 3], 1, [2, 1, 3]], [[2, 5, 3], 1, [4]], [[2, 5, 3], 2, [2, 2]], [[2, 3, 4, 5], 2, [3]],
  [[1, 1], 0, [17]], [[5, 0], 0, [3]], [[0, 3], 1, [2]], [[17, 255], 0, [3]],
];
const pick = (axis: number) => (x: Node, at: Node): Node => emit("gather", { axis }, [x, at]);
const GATHER: readonly Case[] = [
  ...PICKED.map(([shape, axis, at]) =>
    make(`[${shape.join(", ")}] along ${axis} at [${at.join(", ")}]`, [input(shape), index(shape[axis], ...at)],
      pick(axis), same)),
  ...EVERY_DTYPE.map((dtype) => make(dtype, [input([5, 3], undefined, dtype), index(5, 4)], pick(0), same)),
  make("one row again and again", [input([3, 4]), vector("i32", 1, 1, 1, 1)], pick(0), same),
  make("from a transposed matrix", [input([3, 5]), index(5, 4)], (x, at) => pick(0)(permute(x, [1, 0]), at), same),
  make("at a flipped slice of positions", [input([5, 3]), index(5, 9)], (x, at) =>
    pick(0)(x, flip(slice(at, [1], [9], [2]), [0])), same),
  make("from a computed table", [input([5, 3]), index(5, 4)], (x, at) => pick(0)(mul(x, 2), at), same),
];

type Mode = "set" | "add" | "max";
const put = (axis: number, mode: Mode) => (base: Node, at: Node, updates: Node): Node =>
  emit("scatter", { axis, mode }, [base, at, updates]);
const PUT: readonly Place[] = [
  [[5], 0, []], [[5], 0, [1]], [[5], 0, [17]], [[5], 0, [0]], [[5, 3], 0, [4]], [[5, 3], 1, [4]], [[5, 3], 0, [2, 3]],
  [[5, 3], 1, [2, 1, 3]], [[2, 5, 3], 1, [4]], [[2, 5, 3], 2, [2, 2]], [[5, 0], 0, [3]], [[3, 17], 0, [255]],
];
function scatterCases(mode: Mode): Case[] {
  const options = (terms: number): CaseOptions => (mode === "add" ? { closeness: { terms } } : same);
  return [
    ...PUT.map(([shape, axis, at]) => {
      const updates = [...shape.slice(0, axis), ...at, ...shape.slice(axis + 1)];
      return make(`${mode}: [${shape.join(", ")}] along ${axis} at [${at.join(", ")}]`,
        [input(shape, distinct()), index(shape[axis], ...at), input(updates, distinct(0.05))], put(axis, mode),
          options(100));
    }),
    ...EVERY_DTYPE.filter((dtype) => dtype !== "bool" || mode === "set").map((dtype) => make(`${mode}: ${dtype}`,
      [input([5, 3], undefined, dtype), index(5, 7), input([7, 3], undefined, dtype)], put(0, mode), {
        ...options(8), ...(dtype === "f32" || dtype === "f64" ? { } : { order: 0, reason: "storage or integers" }) })),
    make(`${mode}: all into one cell`, [input([3], distinct()), vector("i32", 1, 1, 1, 1), input([4], distinct(0.05))],
      put(0, mode), options(5)),
    make(`${mode}: views`, [input([3, 5], distinct()), index(5, 8), input([3, 4], distinct(0.05))],
      (base, at, updates) =>
      put(0, mode)(permute(base, [1, 0]), slice(at, [1], [8], [2]), flip(permute(updates, [1, 0]), [0])), options(5)),
  ];
}

export const INDEXING_CASES = {
  gather: GATHER,
  scatter: (["set", "add", "max"] as const).flatMap(scatterCases),
} as const;
