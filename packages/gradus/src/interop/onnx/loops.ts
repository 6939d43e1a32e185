import { isOp, type Node } from "../../ir/node.ts";
import type { Op } from "../../ir/op.ts";
import type { GraphBuilder } from "./builder.ts";
import { needed } from "./builder.ts";
import type { OnnxGraph, OnnxType, OnnxValue } from "./proto.ts";
import { WORK, working, type OnnxRule, type Rules } from "./rule.ts";

/** The body of a Scan: what it yields has names of its own. */
function bodyOf(
  inner: GraphBuilder, inputs: readonly OnnxValue[], results: readonly string[], dtypes: readonly OnnxType[],
): OnnxGraph {
  const outputs = results.map((name, i): OnnxValue =>
    ({ name: inner.node("Identity", [name]), dtype: dtypes[i], shape: null }));
  return { nodes: needed(inner.nodes, outputs.map(({ name }) => name)), inputs, outputs, initializers: new Map() };
}
const value = (g: GraphBuilder, dtype: OnnxType): OnnxValue => ({ name: g.name(), dtype, shape: null });
const list = (count: number, item: number): number[] => new Array<number>(count).fill(item);

/** The number that a lazily expanded constant repeats, or null. */
function repeated(x: Node): number | null {
  if (isOp(x, "constant")) return x.params.value;
  return isOp(x, "expand") || isOp(x, "reshape") ? repeated(x.inputs[0]) : null;
}
const recurrence: OnnxRule<"recurrence"> = (site) => {
  const { g, node } = site, { axis, reverse } = node.params, dtype = WORK[node.dtype];
  const [a, b, start] = working(site, site.inputs);
  const direction = reverse ? 1 : 0;
  if (repeated(node.inputs[0]) === 1 && repeated(node.inputs[2]) === 0) {
    return g.cast(g.node("CumSum", [b, g.scalar(axis, "i64")], { reverse: direction }), dtype, node.dtype);
  }
  const inner = g.inner();
  const inputs = [value(inner, dtype), value(inner, dtype), value(inner, dtype)];
  const [h, factor, term] = inputs.map(({ name }) => name);
  const next = inner.node("Add", [inner.node("Mul", [factor, h]), term]);
  const [, made] = g.several("Scan", [start, a, b], 2, {
    body: bodyOf(inner, inputs, [next, next], [dtype, dtype]), num_scan_inputs: 2,
    scan_input_axes: [axis, axis], scan_output_axes: [axis],
    scan_input_directions: list(2, direction), scan_output_directions: [direction],
  });
  return g.cast(made, dtype, node.dtype);
};

/** Carries are state variables, sequences scan inputs; constants are seen from inside the body. */
const scan: OnnxRule<"scan"> = ({ g, node, twin, inputs, inline }) => {
  const { body, carries, sequences, length, reverse } = node.params;
  const inner = g.inner();
  const entering = body.inputs.slice(0, carries + sequences).map(({ dtype }) => value(inner, dtype));
  const names = [...entering.map(({ name }) => name), ...inputs.slice(carries + sequences)];
  const results = inline(inner, body, twin.params.body, names);
  // A loop without sequences counts.
  const steps = sequences > 0 ? []
    : [g.node("Range", [g.scalar(0, "i64"), g.scalar(length, "i64"), g.scalar(1, "i64")])];
  const counter = steps.map(() => value(inner, "i64"));
  const stacked = body.outputs.length - carries, scanned = sequences + steps.length, direction = reverse ? 1 : 0;
  return g.several("Scan", [...inputs.slice(0, carries + sequences), ...steps], body.outputs.length, {
    body: bodyOf(inner, [...entering, ...counter], results, body.outputs.map(({ dtype }) => dtype)),
    num_scan_inputs: scanned, scan_input_directions: list(scanned, direction),
    scan_output_directions: list(stacked, direction),
  });
};

export const LOOPS: Rules<Extract<Op, "recurrence" | "scan">> = { recurrence, scan };
