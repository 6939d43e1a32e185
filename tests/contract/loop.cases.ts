import { emit, outputsOf } from "../../packages/gradus/src/ir/emit.ts";
import type { Node } from "../../packages/gradus/src/ir/node.ts";
import type { CompositeDefinition } from "../../packages/gradus/src/ir/op.ts";
import { apply, applyAll } from "../../packages/gradus/src/ops/composite.ts";
import { constant, zeros } from "../../packages/gradus/src/ops/create.ts";
import { matmul, linear } from "../../packages/gradus/src/ops/contract.ts";
import {
  add, cast, div, exp, gt, mul, sigmoid, sin, sub, tanh, where,
} from "../../packages/gradus/src/ops/elementwise.ts";
import { cumsum, recurrence, scan } from "../../packages/gradus/src/ops/loop.ts";
import { flip, permute } from "../../packages/gradus/src/ops/movement.ts";
import { amax, mean, sum } from "../../packages/gradus/src/ops/reduce.ts";
import { bernoulliFrom, normalFrom, uniformFrom } from "../../packages/gradus/src/ops/random.ts";
import { sizeOf } from "../../packages/gradus/src/vocab/shape.ts";
import { input, make, scalar, uniform, vector, whole, type Case, type CaseOptions } from "./case.ts";
import { EVERY_DTYPE } from "./movement.cases.ts";

const decay = uniform(-0.9, 0.9);
const steps = (n: number): CaseOptions => ({ closeness: { terms: Math.max(1, n) } });
const ALONG: readonly (readonly [shape: readonly number[], axis: number])[] = [
  [[1], 0], [[0], 0], [[5], 0], [[17], 0], [[255], 0], [[5, 3], 0], [[5, 3], 1], [[2, 5, 3], 1], [[2, 3, 17], 2],
  [[2, 3, 4, 5], 1], [[0, 3], 0], [[3, 0], 0],
];
const RECURRENCE: readonly Case[] = [
  ...[false, true].flatMap((reverse) => ALONG.map(([shape, axis]) =>
    make(`[${shape.join(", ")}] along ${axis}${reverse ? ", reversed" : ""}`,
      [input(shape, decay), input(shape), input(shape.filter((_, i) => i !== axis))],
      (a, b, h) => recurrence(a, b, h, axis, { reverse }), steps(shape[axis])))),
  make("f64", [input([5, 3], decay, "f64"), input([5, 3], undefined, "f64"), input([3], undefined, "f64")],
    (a, b, h) => recurrence(a, b, h), steps(5)),
  make("f16", [input([5, 3], decay, "f16"), input([5, 3], uniform(0, 1), "f16"), input([3], undefined, "f16")],
    (a, b, h) => recurrence(a, b, h), { ...steps(5) }),
  make("running sum", [input([17])], (x) => cumsum(x), steps(17)),
  make("running sum of columns of a transposed matrix", [input([3, 5])], (x) => cumsum(permute(x, [1, 0]), 0),
    steps(5)),
  make("views", [input([3, 5], decay), input([5, 3]), input([3])], (a, b, h) =>
    recurrence(permute(a, [1, 0]), flip(b, [0]), flip(h, [0])), steps(5)),
];

const chain: CaseOptions = { closeness: "chain" };
/** An Elman network: h' = tanh(x W + h U), every h' a result. */
const elman = (xs: Node, h0: Node, w: Node, u: Node, reverse = false): Node[] => {
  const { carries, results } = scan([h0], [xs], [w, u], ([h], [x], [a, b]) => {
    const next = tanh(add(matmul(x, a), matmul(h, b)));
    return { carries: [next], results: [next] };
  }, { reverse });
  return [...carries, ...results];
};
const NETWORKS: readonly (readonly number[])[] = [[1, 1, 1, 1], [5, 2, 3, 4], [17, 1, 3, 2], [0, 2, 3, 4]];
const SCAN: readonly Case[] = [
  ...NETWORKS.flatMap(([length, batch, features, width]) => [false, true].map((reverse) =>
    make(`a network over ${length} steps, (${batch}, ${features}) to ${width}${reverse ? ", reversed" : ""}`,
      [input([length, batch, features]), input([batch, width]), input([features, width], uniform(-0.5, 0.5)),
        input([width, width], uniform(-0.5, 0.5))],
      (x, h, w, u) => elman(x, h, w, u, reverse), chain))),
  make("two carries and gates", [input([5, 3]), input([3]), input([3]), input([3, 3]), input([3])],
    (xs, h0, c0, w, b) => {
      const ran = scan([h0, c0], [xs], [w, b], ([h, c], [x], [a, bias]) => {
        const gate = sigmoid(add(linear(h, a), add(x, bias)));
        const cell = add(mul(gate, c), mul(sub(1, gate), tanh(x)));
        return { carries: [mul(gate, tanh(cell)), cell], results: [cell] };
      });
      return [...ran.carries, ...ran.results];
    }, chain),
  make("a whole number counted beside a float", [input([5, 3]), input([3]), scalar("i32", 0)], (xs, h0, start) =>
    scan([h0, start], [xs], [], ([h, t], [x]) => ({
      carries: [add(mul(h, 0.5), mul(x, cast(t, x.dtype))), add(t, 1)], results: [],
    })).carries, chain),
  make("results without carries", [input([5, 3]), input([3])], (xs, w) =>
    scan([], [xs], [w], (_, [x], [a]) => ({ carries: [], results: [sin(mul(x, a)), sum(x)] })).results, chain),
  make("no sequence, a length", [input([3])], (h0) =>
    scan([h0], [], [], ([h]) => ({ carries: [sin(h)], results: [h] }), { length: 4 }).results, chain),
  make("two sequences, one constant used twice", [input([4, 2]), input([4, 2]), input([2]), input([])],
    (xs, ys, h0, k) => {
    const ran = scan([h0], [xs, ys], [k], ([h], [x, y], [a]) =>
      ({ carries: [add(mul(h, a), mul(x, y))], results: [mul(y, a)] }));
    return [...ran.carries, ...ran.results];
  }, chain),
  make("f64", [input([3, 2], undefined, "f64"), input([2], undefined, "f64")], (xs, h0) =>
    scan([h0], [xs], [], ([h], [x]) => ({ carries: [tanh(add(h, x))], results: [] })).carries, chain),
  make("a loop in a loop", [input([3, 4, 2]), input([2])], (xs, h0) => scan([h0], [xs], [], ([h], [row]) => {
    const inner = scan([h], [row], [], ([s], [x]) => ({ carries: [tanh(add(mul(s, 0.7), x))], results: [] }));
    return { carries: inner.carries, results: inner.carries };
  }).results, chain),
];

const SOFTMAX: CompositeDefinition = {
  name: "softmax",
  body([x], { axis }) {
    const e = exp(sub(x, amax(x, axis as number, { keepdim: true })));
    return div(e, sum(e, axis as number, { keepdim: true }));
  },
};
const MOMENTS: CompositeDefinition = {
  name: "moments",
  body([x]) {
    const m = mean(x, 1, { keepdim: true });
    const centred = sub(x, m);
    return [m, mean(mul(centred, centred), 1), gt(x, m)];
  },
};
/** max(x, 0) with a gradient of its own, which is differentiable itself. */
const RECTIFIER: CompositeDefinition = {
  name: "rectifier",
  body: ([x]) => where(gt(x, 0), x, 0),
  vjp: ([x], _, [g]) => [where(gt(x, 0), g!, 0)],
};
const SCALED: CompositeDefinition = { name: "scaledSine", body: ([x, k]) => mul(sin(mul(x, k)), k) };
const NESTED: CompositeDefinition = {
  name: "nested", body: ([x, y]) => matmul(apply(SOFTMAX, [x], { axis: 1 }), apply(SCALED, [y, sum(y)])),
};
const softmax = (axis: number) => (x: Node): Node => apply(SOFTMAX, [x], { axis });
const COMPOSITE: readonly Case[] = [
  ...([[[3, 5], 1], [[3, 5], 0], [[1, 1], 1], [[2, 3, 17], 2], [[2, 3, 5], 1], [[17, 255], 1],
    [[0, 3], 1]] as const).map(([shape, axis]) =>
    make(`softmax of [${shape.join(", ")}] along ${axis}`, [input(shape)], softmax(axis), chain)),
  make("softmax of a transposed matrix", [input([3, 5])], (x) => softmax(1)(permute(x, [1, 0])), chain),
  make("softmax f64", [input([3, 5], undefined, "f64")], softmax(1), chain),
  make("three outputs", [input([3, 5])], (x) => applyAll(MOMENTS, [x]), chain),
  make("a gradient of its own", [vector("f32", -2, -0.5, 0.7, 1.5)], (x) => apply(RECTIFIER, [mul(x, x.shape.length)])),
  make("two operands of different shapes", [input([3, 5]), input([])], (x, k) => apply(SCALED, [x, k]), chain),
  make("composites in a composite", [input([3, 5]), input([5, 2], uniform(-0.4, 0.4))], (x, y) => apply(NESTED, [x, y]),
    chain),
];
const PROJECT: readonly Case[] = [
  make("the second output alone", [input([3, 5])], (x) => applyAll(MOMENTS, [x])[1], chain),
  make("values and positions of a sort", [input([3, 5])], (x) =>
    outputsOf(emit("sort", { axis: 1, descending: true }, [x])), { closeness: "same" }),
  make("the values alone", [input([3, 5])], (x) => emit("project", { index: 0 },
    [emit("sort", { axis: 0, descending: false }, [x])])),
  make("one result of a loop", [input([4, 3]), input([3])], (xs, h0) => 
    scan([h0], [xs], [], ([h], [x]) => ({ carries: [add(mul(h, 0.5), x)], results: [mul(h, 2), x] })).results[0],
      chain),
];

const CONSTANT: readonly Case[] = [
  ...EVERY_DTYPE.flatMap((dtype) => [0, 1, 3, 100].map((value) =>
    make(`${dtype} ${value}`, [], () => constant(value, dtype), { closeness: "same" }))),
  ...[0.1, -0.1, 1e30, 1e-30, Infinity, -Infinity, NaN, -0, Math.PI].flatMap((value) =>
    (["f32", "f64", "f16", "bf16"] as const).map((dtype) => make(`${dtype} ${Object.is(value, -0) ? "-0" : value}`, [],
      () => constant(value, dtype), { closeness: "same" }))),
  make("i32 extremes", [], () => [constant(0x7fffffff, "i32"), constant(-0x80000000, "i32"),
    constant(0xffffffff, "u32")]),
  make("meets a tensor", [input([3, 5])], (x) => add(mul(x, 0.1), 3)),
  make("zeros of no size", [], () => zeros([0, 3])),
];
const IOTA: readonly Case[] = [
  ...EVERY_DTYPE.filter((dtype) => dtype !== "bool").flatMap((dtype) => [0, 1, 5, 100].map((size) =>
    make(`${dtype} ${size}`, [], () => emit("iota", { size, dtype }, []), { closeness: "same" }))),
  make("meets a tensor", [input([17])], (x) => mul(x, emit("iota", { size: 17, dtype: x.dtype }, [])),
    { closeness: "same" }),
  make("seen backwards", [], () => flip(emit("iota", { size: 5, dtype: "i32" }, []), [0])),
];
const seed = (...words: number[]): ReturnType<typeof vector> => vector("u32", ...words);
const RANDOM: readonly Case[] = [
  ...[[], [1], [0], [3], [17], [255], [3, 5], [2, 3, 5]].map((shape) =>
    make(`[${shape.join(", ")}]`, [seed(1, 2, 3, 4)],
    (state) => emit("random", { shape }, [state]))),
  ...[[0, 0, 0, 0], [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [7, 0, 1, 0]].map((words) =>
    make(`state ${words.join(" ")}`, [seed(...words)], (state) => emit("random", { shape: [9] }, [state]))),
  make("uniform", [seed(5, 0, 0, 0)], (state) => uniformFrom(state, [3, 17])),
  make("normal", [seed(6, 0, 2, 0)], (state) => normalFrom(state, [5, 3]), chain),
  make("bernoulli", [seed(7, 0, 0, 0)], (state) => bernoulliFrom(state, [17], 0.3)),
  make("a mask over a tensor", [input([17]), seed(8, 0, 0, 0)], (x, state) =>
    where(bernoulliFrom(state, [17], 0.5), x, 0)),
  make("state from a computation", [input([4], whole(50), "u32")], (state) =>
    emit("random", { shape: [5] }, [add(state, state)])),
];
/** The number of elements of a case's largest input; loops over many cases stay short. */
export const largest = ({ inputs }: Case): number => Math.max(0, ...inputs.map((x) => sizeOf(x.shape)));

export const LOOP_CASES = {
  recurrence: RECURRENCE, scan: SCAN, composite: COMPOSITE, project: PROJECT, constant: CONSTANT, iota: IOTA,
    random: RANDOM,
} as const;
