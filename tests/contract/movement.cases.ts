import type { DType } from "../../packages/gradus/src/vocab/dtype.ts";
import { emit } from "../../packages/gradus/src/ir/emit.ts";
import type { Node } from "../../packages/gradus/src/ir/node.ts";
import type { WindowParams } from "../../packages/gradus/src/ir/op.ts";
import { mul } from "../../packages/gradus/src/ops/elementwise.ts";
import { expand, flip, permute, slice } from "../../packages/gradus/src/ops/movement.ts";
import { ARRANGEMENTS, FEW, input, make, scalar, uniform, vector, whole, type Case, type CaseOptions } from "./case.ts";

const same: CaseOptions = { closeness: "same" };
export const EVERY_DTYPE: readonly DType[] = ["f32", "f64", "i32", "u32", "bool", "f16", "bf16", "i8", "u8"];
/** One case for each dtype. */
const everywhere = (shape: readonly number[], build: (x: Node) => Node): Case[] => EVERY_DTYPE.map((dtype) =>
  make(`${dtype} [${shape.join(", ")}]`, [input(shape, undefined, dtype)], build, same));
/** One case for each way an operand may lie in memory. */
const arranged = (what: string, build: (x: Node) => Node, options: CaseOptions = same): Case[] =>
  ARRANGEMENTS.map(({ title, stored, view }) => make(`${what} of ${title}`, [input(stored)], (x) => build(view(x)),
    options));

const count = (x: Node): number => x.shape.reduce((a, b) => a * b, 1);
const reshapeTo = (x: Node, shape: readonly number[]): Node => emit("reshape", { shape }, [x]);
const last = (x: Node): number[] => x.shape.map((_, i) => x.shape.length - 1 - i);

const RESHAPE = [
  ...arranged("one axis", (x) => reshapeTo(x, [count(x)])),
  ...arranged("more axes", (x) => reshapeTo(x, [1, ...x.shape, 1])),
  ...everywhere([3, 5], (x) => reshapeTo(x, [5, 1, 3])),
  make("[2, 3, 4] to [6, 4] to [3, 8]", [input([2, 3, 4])], (x) => reshapeTo(reshapeTo(x, [6, 4]), [3, 8]), same),
  make("[0, 3] to [5, 0]", [input([0, 3])], (x) => reshapeTo(x, [5, 0]), same),
];

const PERMUTE = [
  ...arranged("axes reversed", (x) => emit("permute", { axes: last(x) }, [x])),
  ...everywhere([3, 5], (x) => emit("permute", { axes: [1, 0] }, [x])),
  ...[[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].map((axes) =>
    make(`[2, 3, 5] by ${axes.join("")}`, [input([2, 3, 5])], (x) => mul(emit("permute", { axes }, [x]), 2), same)),
  make("[2, 3, 1, 5] by 3021", [input([2, 3, 1, 5])], (x) => emit("permute", { axes: [3, 0, 2, 1] }, [x]), same),
];

const stretch = (x: Node, shape: readonly number[]): Node => emit("expand", { shape }, [x]);
const EXPAND = [
  ...everywhere([3, 1], (x) => stretch(x, [3, 5])),
  ...([[[1], [17]], [[1], [0]], [[1, 1], [3, 5]], [[0, 1], [0, 3]], [[1, 3, 1], [5, 3, 17]],
    [[2, 1, 3, 1], [2, 4, 3, 5]],
    [[3], [3]], [[1], [255]]] as const).map(([from, to]) =>
    make(`[${from.join(", ")}] to [${to.join(", ")}]`, [input(from)], (x) => stretch(x, to), same)),
  make("transposed first", [input([1, 3])], (x) => stretch(permute(x, [1, 0]), [3, 4]), same),
  make("used in a product", [input([1, 5]), input([3, 5])], (a, b) => mul(stretch(a, [3, 5]), b), same),
];

const border = (
  x: Node, low: readonly number[], high: readonly number[], interior: readonly number[], value: number,
): Node => emit("pad", { low, high, interior, value }, [x]);
const PAD = [
  ...arranged("a border of 1 and 2", (x) => border(x, x.shape.map(() => 1), x.shape.map(() => 2), x.shape.map(() => 0),
    0.5)),
  ...arranged("cells between", (x) => border(x, x.shape.map(() => 0), x.shape.map(() => 1),
    x.shape.map((_, i) => i + 1), 0)),
  ...everywhere([3, 2], (x) => border(x, [1, 0], [0, 2], [1, 0], 1)),
  make("minus infinity", [input([3])], (x) => border(x, [2], [1], [0], -Infinity), { ...same, order: 0,
    reason: "an infinite cell times a weight of either sign" }),
  make("no cells at all", [input([3, 5])], (x) => border(x, [0, 0], [0, 0], [0, 0], 7), same),
  make("into an empty tensor", [input([0])], (x) => border(x, [2], [3], [4], 1.5), same),
];

const cut = (
  x: Node, start: readonly number[], stop: readonly number[], step: readonly number[],
): Node => emit("slice", { start, stop, step }, [x]);
const SLICE = [
  ...everywhere([5, 7], (x) => cut(x, [1, 0], [5, 7], [2, 3])),
  ...([[[17], [0], [17], [1]], [[17], [3], [16], [5]], [[17], [4], [4], [1]], [[17], [16], [17], [3]],
    [[1], [0], [1], [2]],
    [[5, 3], [4, 0], [5, 3], [1, 1]], [[5, 3], [0, 1], [5, 2], [1, 1]], [[2, 3, 5], [0, 1, 0], [2, 3, 5], [1, 2, 4]],
    [[0, 3], [0, 1], [0, 3], [1, 1]], [[3, 2, 5, 4], [1, 0, 1, 3], [3, 1, 5, 4], [1, 1, 3, 1]]] as const).map(
    ([shape, start, stop, step]) => make(`[${shape.join(", ")}] from [${start.join(", ")}] to [${stop.join(", ")}]`,
      [input(shape)], (x) => cut(x, start, stop, step), same)),
  ...FEW.filter(({ stored }) => stored.length === 2).map(({ title, stored, view }) =>
    make(`of ${title}`, [input(stored)], (x) => mul(cut(view(x), [0, 1], view(x).shape, [2, 1]), 3), same)),
];

const FLIP = [
  ...arranged("all axes", (x) => emit("flip", { axes: x.shape.map((_, i) => i) }, [x])),
  ...everywhere([3, 5], (x) => emit("flip", { axes: [1] }, [x])),
  make("one of three axes", [input([2, 3, 5])], (x) => mul(emit("flip", { axes: [1] }, [x]), 3), same),
  make("twice", [input([5])], (x) => emit("flip", { axes: [0] }, [emit("flip", { axes: [0] }, [x])]), same),
];

const join = (axis: number, ...pieces: Node[]): Node => emit("concat", { axis }, pieces);
const CONCAT = [
  ...EVERY_DTYPE.map((dtype) => make(`${dtype} along axis 1`,
    [input([2, 3], undefined, dtype), input([2, 1], undefined, dtype)], (a, b) => join(1, a, b), same)),
  make("vectors", [input([3]), input([1]), input([5])], (a, b, c) => join(0, a, b, c), same),
  make("empty pieces", [input([0, 3]), input([2, 3]), input([0, 3])], (a, b, c) => join(0, a, b, c), same),
  make("nothing but empty pieces", [input([3, 0]), input([3, 0])], (a, b) => join(1, a, b), same),
  make("middle axis", [input([2, 1, 5]), input([2, 4, 5])], (a, b) => join(1, a, b), same),
  make("last of four axes", [input([2, 1, 3, 2]), input([2, 1, 3, 3])], (a, b) => join(3, a, b), same),
  make("one piece", [input([3])], (a) => join(0, a), same),
  make("a piece twice", [input([3])], (a) => join(0, a, a), same),
  make("views", [input([3, 5]), input([7]), input([1, 1])], (a, b, c) =>
    join(0, permute(a, [1, 0]), reshapeTo(flip(slice(b, [0], [6], [2]), [0]), [1, 3]), expand(c, [2, 3])), same),
  make("nine pieces", Array.from({ length: 9 }, () => input([2, 2])), (...pieces) => join(0, ...pieces), same),
  make("long", [input([255]), input([17])], (a, b) => join(0, a, b), same),
];

const CLAMPED = [-3, 0, 1, 2, 4, 99];
const SLICE_AT = [
  ...EVERY_DTYPE.map((dtype) => make(`${dtype} at 1`, [input([5, 3], undefined, dtype), scalar("i32", 1)],
    (x, at) => emit("sliceAt", { axis: 0, size: 2 }, [x, at]), same)),
  ...CLAMPED.map((start) => make(`from ${start} along axis 1`, [input([2, 5, 3]), scalar("i32", start)],
    (x, at) => emit("sliceAt", { axis: 1, size: 2 }, [x, at]), same)),
  make("all of it", [input([5]), scalar("i32", 3)], (x, at) => emit("sliceAt", { axis: 0, size: 5 }, [x, at]), same),
  make("nothing", [input([5]), scalar("i32", 3)], (x, at) => emit("sliceAt", { axis: 0, size: 0 }, [x, at]), same),
  make("of a transposed matrix", [input([3, 5]), scalar("i32", 2)],
    (x, at) => emit("sliceAt", { axis: 0, size: 2 }, [permute(x, [1, 0]), at]), same),
];
const UPDATE_AT = [
  ...EVERY_DTYPE.map((dtype) => make(`${dtype} at 1`,
    [input([5, 3], undefined, dtype), input([2, 3], undefined, dtype), scalar("i32", 1)],
    (x, piece, at) => emit("updateAt", { axis: 0 }, [x, piece, at]), same)),
  ...CLAMPED.map((start) => make(`from ${start} along axis 1`,
    [input([2, 5, 3]), input([2, 2, 3]), scalar("i32", start)],
    (x, piece, at) => emit("updateAt", { axis: 1 }, [x, piece, at]), same)),
  make("all of it", [input([5]), input([5]), scalar("i32", 3)],
    (x, piece, at) => emit("updateAt", { axis: 0 }, [x, piece, at]), same),
  make("nothing", [input([5]), input([0]), scalar("i32", 3)],
    (x, piece, at) => emit("updateAt", { axis: 0 }, [x, piece, at]), same),
  make("views on both sides", [input([3, 5]), input([3, 1]), scalar("i32", 2)],
    (x, piece, at) => emit("updateAt", { axis: 0 }, [permute(x, [1, 0]), permute(expand(piece, [3, 2]), [1, 0]), at]),
      same),
];

const window = (
  axes: readonly number[], size: readonly number[], stride: readonly number[], dilation: readonly number[],
): WindowParams => ({ axes, size, stride, dilation });
interface Windowed { readonly title: string; readonly shape: readonly number[]; readonly params: WindowParams }
const WINDOWED: readonly Windowed[] = [
  { title: "pairs", shape: [5], params: window([0], [2], [1], [1]) },
  { title: "size 1", shape: [5], params: window([0], [1], [1], [1]) },
  { title: "the whole axis", shape: [5], params: window([0], [5], [3], [1]) },
  { title: "stride 2", shape: [17], params: window([0], [3], [2], [1]) },
  { title: "gaps between windows", shape: [17], params: window([0], [2], [5], [1]) },
  { title: "dilation 3", shape: [17], params: window([0], [4], [1], [3]) },
  { title: "stride and dilation", shape: [2, 17], params: window([1], [3], [2], [2]) },
  { title: "two axes", shape: [2, 5, 7], params: window([1, 2], [2, 3], [1, 2], [1, 1]) },
  { title: "two axes, dilated", shape: [2, 1, 7, 8], params: window([2, 3], [2, 2], [2, 1], [2, 3]) },
  { title: "axes in the other order", shape: [5, 7], params: window([1, 0], [3, 2], [2, 1], [1, 2]) },
  { title: "an empty batch", shape: [0, 5], params: window([1], [2], [1], [1]) },
];
const windowedShape = ({ shape, params: p }: Windowed): number[] => [
  ...shape.map((n, axis) => {
    const i = p.axes.indexOf(axis);
    return i < 0 ? n : Math.floor((n - p.dilation[i] * (p.size[i] - 1) - 1) / p.stride[i]) + 1;
  }),
  ...p.size,
];
const pairsOf = window([0], [2], [1], [1]);
const WINDOWS = [
  ...EVERY_DTYPE.map((dtype) => make(`${dtype}`, [input([5], undefined, dtype)], (x) => emit("windows", pairsOf, [x]),
    same)),
  ...WINDOWED.map(({ title, shape, params }) =>
    make(title, [input(shape)], (x) => mul(emit("windows", params, [x]), 2), same)),
  make("of a transposed matrix", [input([3, 5])], (x) =>
    emit("windows", window([0, 1], [2, 2], [1, 1], [2, 1]), [permute(x, [1, 0])]), same),
  make("of a flipped slice", [input([17])], (x) =>
    emit("windows", window([0], [3], [2], [1]), [flip(slice(x, [1], [16], [2]), [0])]), same),
];
const summed: CaseOptions = { closeness: { terms: 8 } };
const FOLD_WINDOWS = [
  ...WINDOWED.map((w) => make(w.title, [input(windowedShape(w))], (x) =>
    emit("foldWindows", { ...w.params, shape: w.shape }, [x]), summed)),
  ...(["f64", "i32", "u32"] as const).map((dtype) => make(dtype, [input([4, 2], undefined, dtype)], (x) =>
    emit("foldWindows", { ...pairsOf, shape: [5] }, [x]), summed)),
  make("f16", [input([4, 2], uniform(0, 1), "f16")], (x) => emit("foldWindows", { ...pairsOf, shape: [5] }, [x]),
    summed),
  make("of a transposed matrix", [input([2, 4])], (x) =>
    emit("foldWindows", { ...pairsOf, shape: [5] }, [permute(x, [1, 0])]), summed),
  make("stretched windows", [input([4, 1])], (x) => emit("foldWindows", { ...pairsOf, shape: [5] },
    [expand(x, [4, 2])]), summed),
];

/** Values that are read back as they were written. */
const BUFFER = [
  ...EVERY_DTYPE.flatMap((dtype) => [[], [1], [0], [17], [2, 0, 3], [3, 5]].map((shape) =>
    make(`${dtype} [${shape.join(", ")}]`, [input(shape, undefined, dtype)], (x) => x, same))),
  ...FEW.map(({ title, stored, view }) => make(`read as ${title}`, [input(stored)], view, same)),
  make("i32 extremes", [vector("i32", 0x7fffffff, -0x80000000, -1)], (x) => x, same),
  make("u32 extremes", [vector("u32", 0xffffffff, 0x80000000)], (x) => x, same),
  make("f32 extremes", [vector("f32", NaN, Infinity, -Infinity, -0, 3.4028234e38, 1e-45)], (x) => x,
    { ...same, order: 0, reason: "edges: forward only" }),
  make("bool", [input([255], whole(), "bool")], (x) => x, same),
];

export const MOVEMENT_CASES = {
  buffer: BUFFER, reshape: RESHAPE, permute: PERMUTE, expand: EXPAND, pad: PAD, slice: SLICE, flip: FLIP,
    concat: CONCAT,
  sliceAt: SLICE_AT, updateAt: UPDATE_AT, windows: WINDOWS, foldWindows: FOLD_WINDOWS,
} as const;
