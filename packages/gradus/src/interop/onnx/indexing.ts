import type { Op, ReduceKind } from "../../ir/op.ts";
import { inWorkType, WORK, working, type OnnxRule, type Rules } from "./rule.ts";

const REDUCE: Readonly<Record<ReduceKind, string>> = {
  sum: "ReduceSum", prod: "ReduceProd", max: "ReduceMax", min: "ReduceMin",
};
const SCATTER: Readonly<Record<"set" | "add" | "max", string>> = { set: "none", add: "add", max: "max" };

/** ONNX scatters along an axis with an index as large as the updates. */
const scatter: OnnxRule<"scatter"> = (site) => {
  const { g, node, twin, inputs: [base, index, updates] } = site, { axis, mode } = node.params;
  const flat = ({ inputs: [b, i] }: typeof node): number[] =>
    b.shape.map((n, a) => (a === axis ? i.shape.reduce((x, y) => x * y, 1) : n));
  const first = flat(node), second = flat(twin);
  const alone = (sizes: readonly number[]): number[] => sizes.map((n, a) => (a === axis ? n : 1));
  const column = g.reshape(index, node.inputs[1].shape, alone(first), alone(second));
  const full = g.node("Expand", [column, g.sizes(first, second)]);
  const [into] = working(site, [base]), [values] = working(site, [updates], 2);
  const given = g.reshape(values, node.inputs[2].shape, first, second);
  const made = g.node("ScatterElements", [into, full, given], { axis, reduction: SCATTER[mode] });
  return g.cast(made, WORK[node.dtype], node.dtype);
};

/** Reductions, and whatever reads or writes by position. */
export const INDEXING: Rules<Extract<Op, "reduce" | "argReduce" | "gather" | "scatter" | "sort">> = {
  reduce: (site) => inWorkType(site, ([x]) => {
    const { kind, axes } = site.node.params;
    return axes.length === 0 ? x : site.g.node(REDUCE[kind], [x, site.g.ints(axes)], { keepdims: 0 });
  }),
  argReduce: (site) => {
    const { g, node: { params: { kind, axis } } } = site;
    const found = g.node(kind === "max" ? "ArgMax" : "ArgMin", working(site, site.inputs), { axis, keepdims: 0 });
    return g.cast(found, "i64", "i32");
  },
  gather: ({ g, node, inputs }) => g.node("Gather", inputs, { axis: node.params.axis }),
  scatter,
  sort: (site) => {
    const { g, node, twin } = site, { axis, descending } = node.params;
    const [x] = working(site, site.inputs);
    const count = g.sizes([node.shape[axis]], [twin.shape[axis]]);
    // The lower position comes first among equals, in both directions.
    const [values, places] = g.several("TopK", [x, count], 2, { axis, largest: descending ? 1 : 0, sorted: 1 });
    return [g.cast(values, WORK[node.dtype], node.dtype), g.cast(places, "i64", "i32")];
  },
};
