import { emit } from "../../packages/gradus/src/ir/emit.ts";
import type { Node } from "../../packages/gradus/src/ir/node.ts";
import type { ContractSpec } from "../../packages/gradus/src/ir/op.ts";
import { contract, conv, convTranspose, einsum, linear, matmul } from "../../packages/gradus/src/ops/contract.ts";
import { expand, flip, permute, slice } from "../../packages/gradus/src/ops/movement.ts";
import type { DType } from "../../packages/gradus/src/vocab/dtype.ts";
import { input, make, uniform, vector, whole, type Case, type CaseOptions } from "./case.ts";

const terms = (n: number): CaseOptions => ({ closeness: { terms: Math.max(1, n) } });
const MATRIX: ContractSpec = { x: "mk", w: "kn", y: "mn", windows: [] };

/** The three modes of a matrix product: y from x and w, x from w and y, w from x and y. */
function modes(m: number, k: number, n: number): Case[] {
  const sizes = { x: [m, k], w: [k, n], y: [m, n] };
  return [
    make(`y: (${m}, ${k}) x (${k}, ${n})`, [input(sizes.x), input(sizes.w)], (x, w) =>
      contract(MATRIX, 2, x, w, sizes.y), terms(k)),
    make(`w: (${m}, ${k}), (${m}, ${n})`, [input(sizes.x), input(sizes.y)], (x, y) =>
      contract(MATRIX, 1, x, y, sizes.w), terms(m)),
    make(`x: (${k}, ${n}), (${m}, ${n})`, [input(sizes.w), input(sizes.y)], (w, y) =>
      contract(MATRIX, 0, w, y, sizes.x), terms(n)),
  ];
}
const SIZES = [[1, 1, 1], [3, 5, 17], [17, 3, 1], [1, 17, 5], [5, 1, 3], [16, 16, 16], [33, 7, 9], [8, 65, 31],
  [0, 3, 5],
  [3, 0, 5], [3, 5, 0]] as const;

const product = (title: string, a: readonly number[], b: readonly number[], build: (a: Node, b: Node) => Node,
  k: number): Case =>
  make(title, [input(a), input(b)], build, terms(k));

const PRODUCTS = [
  product("inner product", [17], [17], (a, b) => einsum("i,i->", a, b), 17),
  product("outer product", [3], [5], (a, b) => einsum("i,j->ij", a, b), 1),
  product("everything shared", [3, 5], [3, 5], (a, b) => einsum("ij,ij->ij", a, b), 1),
  product("all summed", [3, 5], [3, 5], (a, b) => einsum("ij,ij->", a, b), 15),
  product("batch", [2, 3, 5], [2, 5, 4], (a, b) => matmul(a, b), 5),
  product("batch of vectors", [3, 5], [5], (a, b) => matmul(a, b), 5),
  product("broadcast batch", [2, 1, 3, 5], [4, 5, 2], (a, b) => matmul(a, b), 5),
  product("shared weight", [2, 3, 5], [5, 4], (a, b) => matmul(a, b), 5),
  product("heads between", [2, 5, 3, 4], [2, 7, 3, 4], (q, k) => einsum("bqhd,bkhd->bhqk", q, k), 4),
  product("heads back", [2, 3, 5, 7], [2, 7, 3, 4], (p, v) => einsum("bhqk,bkhd->bqhd", p, v), 7),
  product("two summed letters", [3, 4, 5], [5, 2, 4], (a, b) => einsum("ijk,klj->il", a, b), 20),
  product("result transposed", [3, 5], [5, 4], (a, b) => einsum("ij,jk->ki", a, b), 5),
  product("rows of both", [4, 5], [3, 5], (a, b) => einsum("ij,kj->ik", a, b), 5),
  product("empty batch", [0, 3, 5], [0, 5, 2], (a, b) => matmul(a, b), 5),
  product("long sum", [3, 255], [255, 5], (a, b) => matmul(a, b), 255),
  product("transposed operands", [5, 17], [9, 5], (a, b) => matmul(permute(a, [1, 0]), permute(b, [1, 0])), 5),
  product("sliced and flipped operands", [9, 7], [6, 5], (a, b) =>
    matmul(slice(a, [1, 1], [9, 7], [2, 2]), flip(slice(b, [0, 0], [6, 5], [2, 1]), [0, 1])), 3),
  product("stretched operand", [1, 5], [5, 3], (a, b) => matmul(expand(a, [17, 5]), b), 5),
  make("a matrix with itself", [input([5, 5])], (a) => matmul(a, a), terms(5)),
  make("a matrix with its transpose", [input([3, 5])], (a) => matmul(a, permute(a, [1, 0])), terms(5)),
  make("linear with bias", [input([4, 5]), input([3, 5]), input([3])], (x, w, b) => linear(x, w, b), terms(6)),
];

const DTYPES: readonly DType[] = ["f64", "i32", "u32", "f16", "bf16", "i8", "u8"];
const TYPED = DTYPES.flatMap((dtype) => [[3, 5, 17], [17, 33, 9]].map(([m, k, n]) => {
  const sampler = dtype === "f64" || dtype === "f16" || dtype === "bf16" ? uniform(-2, 2) : whole(100);
  return make(`${dtype} (${m}, ${k}) x (${k}, ${n})`, [input([m, k], sampler, dtype), input([k, n], sampler, dtype)],
    (x, w) => contract(MATRIX, 2, x, w, [m, n]), terms(k));
}));
const WRAP = make("i32 wraps", [{ ...vector("i32", 0x7fffffff, 65537, -3, 99999), shape: [2, 2] },
  { ...vector("i32", 3, 65537, -5, 123456), shape: [2, 2] }], (a, b) =>
    emit("contract", { spec: MATRIX, output: 2, shape: [2, 2] }, [a, b]));

interface Conv {
  readonly title: string; readonly x: readonly number[]; readonly w: readonly number[];
  readonly options?: Parameters<typeof conv>[3];
}
const CONVS: readonly Conv[] = [
  { title: "1d", x: [2, 3, 17], w: [5, 3, 3] },
  { title: "1d, stride 2, padding 1", x: [1, 2, 17], w: [3, 2, 3], options: { stride: 2, padding: 1 } },
  { title: "1d, dilation 3", x: [1, 1, 17], w: [2, 1, 4], options: { dilation: 3, padding: 4 } },
  { title: "1d, kernel 1", x: [2, 3, 5], w: [4, 3, 1] },
  { title: "1d, cells that no window reads", x: [1, 1, 6], w: [1, 1, 2], options: { stride: 3 } },
  { title: "2d", x: [2, 3, 5, 7], w: [4, 3, 3, 3], options: { padding: 1 } },
  { title: "2d, stride and dilation", x: [1, 2, 9, 8], w: [3, 2, 2, 3],
    options: { stride: [2, 1], dilation: [1, 2], padding: [0, 2] } },
  { title: "2d, groups", x: [2, 4, 5, 5], w: [6, 2, 3, 3], options: { groups: 2, padding: 1 } },
  { title: "2d, depthwise", x: [1, 3, 5, 5], w: [3, 1, 3, 3], options: { groups: 3, padding: 1, stride: 2 } },
  { title: "2d, 1 x 1", x: [2, 5, 3, 3], w: [7, 5, 1, 1] },
  { title: "2d, patches", x: [1, 3, 8, 8], w: [5, 3, 4, 4], options: { stride: 4 } },
  { title: "2d, more padding than kernel", x: [1, 1, 2, 2], w: [1, 1, 3, 3], options: { padding: 3 } },
  { title: "2d, empty batch", x: [0, 2, 5, 5], w: [3, 2, 3, 3] },
  { title: "3d", x: [1, 2, 4, 5, 3], w: [3, 2, 2, 3, 1], options: { padding: [0, 1, 0], stride: [2, 1, 1] } },
  { title: "2d, wide", x: [1, 16, 12, 12], w: [17, 16, 3, 3], options: { padding: 1 } },
];
const sizeOfKernel = (w: readonly number[]): number => w.slice(1).reduce((a, b) => a * b, 1);
const CONVOLUTIONS = [
  ...CONVS.map(({ title, x, w, options }) =>
    make(`convolution ${title}`, [input(x), input(w)], (a, b) => conv(a, b, null, options), terms(sizeOfKernel(w)))),
  make("convolution with bias", [input([1, 2, 5]), input([3, 2, 3]), input([3])], (x, w, b) => conv(x, w, b), terms(7)),
  make("convolution f64", [input([1, 2, 7, 5], undefined, "f64"), input([3, 2, 3, 3], undefined, "f64")],
    (x, w) => conv(x, w, null, { padding: 1 }), terms(18)),
  make("convolution bf16", [input([1, 2, 7, 5], undefined, "bf16"), input([3, 2, 3, 3], undefined, "bf16")],
    (x, w) => conv(x, w, null, { padding: 1 }), terms(18)),
  make("convolution i32", [input([1, 2, 7, 5], whole(), "i32"), input([3, 2, 3, 3], whole(), "i32")],
    (x, w) => conv(x, w, null, { padding: 1 }), terms(18)),
  make("convolution of channels last", [input([2, 5, 7, 3]), input([4, 3, 3, 3])],
    (x, w) => conv(permute(x, [0, 3, 1, 2]), w, null, { padding: 1 }), terms(27)),
  make("transposed convolution 1d", [input([2, 3, 5]), input([3, 2, 4])], (x, w) =>
    convTranspose(x, w, null, { stride: 2, padding: 1 }), terms(12)),
  make("transposed convolution 2d", [input([1, 3, 4, 3]), input([3, 2, 3, 2])], (x, w) =>
    convTranspose(x, w, null, { stride: [2, 3], padding: [1, 0], outputPadding: [1, 0], dilation: [2, 1] }), terms(18)),
  make("transposed convolution 2d, groups", [input([1, 4, 3, 3]), input([4, 1, 3, 3])], (x, w) =>
    convTranspose(x, w, null, { stride: 2, groups: 2 }), terms(18)),
  make("weight gradient of a convolution", [input([2, 3, 5, 5]), input([2, 4, 3, 3])], (x, y) => contract({
    x: "bcij", w: "ncuv", y: "bnop",
    windows: [{ x: "i", w: "u", y: "o", stride: 1, dilation: 1, pad: 0 },
      { x: "j", w: "v", y: "p", stride: 1, dilation: 1, pad: 0 }],
  }, 1, x, y, [4, 3, 3, 3]), terms(18)),
];

export const CONTRACT_CASES = {
  contract: [...SIZES.flatMap(([m, k, n]) => modes(m, k, n)), ...PRODUCTS, ...TYPED, WRAP, ...CONVOLUTIONS],
} as const;
