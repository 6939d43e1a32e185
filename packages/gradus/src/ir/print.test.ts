import { expect, test } from "vitest";
import { emit, outputsOf, RECORD, withInterpreter } from "./emit.ts";
import type { Graph, Node } from "./node.ts";
import { printGraph } from "./print.ts";

const graph = (build: () => Graph): Graph => withInterpreter(RECORD, build);
const f32 = (...shape: number[]): Node => emit("buffer", { shape, dtype: "f32" }, []);

test("one line per node, with operands, parameters and type", () => {
  const g = graph(() => {
    const [x, y] = [f32(2, 3), f32(2, 3)];
    const sum = emit("add", {}, [x, y]);
    const total = emit("reduce", { kind: "sum", axes: [1] }, [sum]);
    const two = emit("constant", { value: 2, dtype: "f32" }, []);
    const [, places] = outputsOf(emit("sort", { axis: 0, descending: true }, [total]));
    places.label = "model / head";
    return { inputs: [x, y], outputs: [places, two] };
  });
  expect(printGraph(g)).toBe([
    "(%0: f32[2, 3], %1: f32[2, 3])",
    "  %2 = add %0, %1 : f32[2, 3]",
    "  %3 = reduce %2 {kind: sum, axes: [1]} : f32[2]",
    "  %4 = sort %3 {axis: 0, descending: true} : f32[2], i32[2]",
    "  %5 = project %4 {index: 1} : i32[2]  # model / head",
    "  %6 = constant {value: 2} : f32[]",
    "  return %5, %6",
  ].join("\n"));
});

test("bodies stand further in, and numbers go on", () => {
  const body = graph(() => {
    const [carry, x] = [f32(2), f32(2)];
    const next = emit("mul", {}, [carry, x]);
    return { inputs: [carry, x], outputs: [next, x] };
  });
  const g = graph(() => {
    const [h, xs] = [f32(2), f32(5, 2)];
    const node = emit("scan", { body, carries: 1, sequences: 1, length: 5, reverse: true, saved: 0 }, [h, xs]);
    return { inputs: [h, xs], outputs: [outputsOf(node)[1]] };
  });
  expect(printGraph(g)).toBe([
    "(%0: f32[2], %1: f32[5, 2])",
    "  %2 = scan %0, %1 {carries: 1, sequences: 1, length: 5, reverse: true, saved: 0} : f32[2], f32[5, 2]",
    "    (%3: f32[2], %4: f32[2])",
    "      %5 = mul %3, %4 : f32[2]",
    "      return %5, %4",
    "  %6 = project %2 {index: 1} : f32[5, 2]",
    "  return %6",
  ].join("\n"));
});

test("a composite is known by its name; an operand that is no input is a buffer", () => {
  const body = graph(() => {
    const x = f32(2);
    return { inputs: [x], outputs: [emit("exp", {}, [x])] };
  });
  const g = graph(() => {
    const definition = { name: "softmax", body: () => body.outputs };
    const params = { definition, attributes: { axis: 0, k: [1, 2] }, body };
    return { inputs: [], outputs: [emit("composite", params, [f32(2)])] };
  });
  expect(printGraph(g)).toBe([
    "()",
    "  %0 = buffer : f32[2]",
    "  %1 = composite softmax %0 {axis: 0, k: [1, 2]} : f32[2]",
    "    (%2: f32[2])",
    "      %3 = exp %2 : f32[2]",
    "      return %3",
    "  return %1",
  ].join("\n"));
});

test("a contraction says which operand is made, and what its windows read", () => {
  const windows = [{ x: "i", w: "u", y: "o", stride: 2, dilation: 1, pad: 3 }];
  const spec = { x: "bci", w: "ncu", y: "bno", windows };
  const g = graph(() => {
    const [w, y] = [f32(4, 3, 7), f32(2, 4, 8)];
    return { inputs: [w, y], outputs: [emit("contract", { spec, output: 0, shape: [2, 3, 16] }, [w, y])] };
  });
  expect(printGraph(g)).toContain("%2 = contract %0, %1 {ncu, bno -> bci, i = 2*o + 1*u - 3} : f32[2, 3, 16]");
});
