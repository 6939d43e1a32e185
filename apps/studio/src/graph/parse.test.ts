import { expect, test } from "vitest";
import { createWasmBackend, explain, F, nn, scan, setBackend, zeros, type Tensor } from "gradus";
import { multiplyAdds, parseGraph, parseLine, primitives } from "./parse.ts";

setBackend(createWasmBackend({ threads: 1 }));
const graphOf = (fn: (...args: Tensor[]) => unknown, ...shapes: number[][]) =>
  parseGraph(explain(fn, shapes.map((shape) => zeros(shape))).graph);

test("lines are read", () => {
  expect(parseLine("%3 = reduce %2 {kind: sum, axes: [0, 1]} : f32[]")).toMatchObject({
    id: "%3", op: "reduce", inputs: ["%2"], parameters: "kind: sum, axes: [0, 1]", dtype: "f32", shape: [],
  });
  expect(parseLine("  %7 = composite softmaxGradient %3, %6 : f32[4, 2]")).toMatchObject({
    op: "softmaxGradient", composite: true, inputs: ["%3", "%6"], shape: [4, 2],
  });
  expect(parseLine("return %7")).toBeNull();
});
test("a graph has its arguments, bodies and results", () => {
  const graph = graphOf((x, w) => F.softmax(F.relu(x.matmul(w)), 1), [4, 3], [3, 2]);
  expect(graph.nodes.map(({ op }) => op)).toEqual(["argument", "argument", "contract", "relu", "softmax"]);
  expect(graph.outputs).toEqual([graph.nodes[4].id]);
  expect(graph.nodes[3].body!.nodes.map(({ op }) => op)).toContain("where");
  expect(primitives(graph).map(([op]) => op))
    .toEqual(["contract", "le", "where", "reduce", "sub", "exp", "reduce", "reciprocal", "mul"]);
});
test("multiply-adds are those of the formula", () => {
  expect(multiplyAdds(graphOf((x, w) => x.matmul(w), [64, 784], [784, 128]))).toBe(64 * 784 * 128);
  expect(multiplyAdds(graphOf((x, w) => x.matmul(w), [2, 5, 3], [2, 3, 4]))).toBe(2 * 5 * 3 * 4);
  // Every one of 6 x 28 x 28 results of a convolution takes 1 x 5 x 5 products; 8 images.
  const convolution = new nn.Conv2d(1, 6, 5, { padding: 2 });
  expect(multiplyAdds(graphOf((x) => convolution.forward(x), [8, 1, 28, 28]))).toBe(8 * 6 * 28 * 28 * 25);
  const strided = new nn.Conv2d(4, 8, 3, { stride: 2, padding: 1 });
  expect(multiplyAdds(graphOf((x) => strided.forward(x), [1, 4, 8, 8]))).toBe(8 * 4 * 4 * 4 * 9);
});
test("what a loop does counts each time", () => {
  const looped = graphOf((x, w) => scan([zeros([1, 3])], [x], [w], ([h], [part], [weight]) => {
    const next = h.matmul(weight).add(part);
    return { carries: [next], results: [next] };
  }).results[0], [7, 1, 3], [3, 3]);
  expect(multiplyAdds(looped)).toBe(7 * 3 * 3);
});
