import type { Graph, Node } from "../ir/node.ts";
import { isOp, topologicalOrder } from "../ir/node.ts";
import { isFloat } from "../vocab/dtype.ts";
import { contract } from "../ops/contract.ts";
import { full, zeros } from "../ops/create.ts";
import { add } from "../ops/elementwise.ts";
import { scanGraph, trace } from "../ops/loop.ts";
import { permute, reshape } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { inline } from "../ir/rewrite.ts";
import type { Step } from "./rule.ts";

/**
 * Back-propagation through time: the derivative of the body, run backwards over the saved carries. The gradient of a
 * loop-invariant operand that is a contraction or a sum in every step becomes one contraction or sum over all steps
 * after the loop; only what is left over is added up inside it.
 */
export function scanGradient(
  { params, inputs, outputs, wants, differentiate }: Step<"scan">, all: readonly (Node | null)[],
): readonly (Node | null)[] {
  const { body, carries: n, sequences: m, length, reverse, saved } = params;
  const results = body.outputs.length - n - saved;
  const sequences = inputs.slice(n, n + m), constants = inputs.slice(n + m);
  const entering = outputs.slice(n + results);
  // Gradients that arrive from outside: of the last carries and of every step's results, saved carries among them (a
  // gradient that is differentiated again depends on those).
  const given = Array.from({ length: results + saved }, (_, i) => i).filter((i) => all[n + i] !== null &&
    all[n + i] !== undefined);
  const wantedSequences = sequences.flatMap((x, i) => (wants[n + i] && isFloat(x.dtype) ? [i] : []));
  const wantedConstants = constants.flatMap((x, i) => (wants[n + m + i] && isFloat(x.dtype) ? [i] : []));
  const floats = inputs.slice(0, n).flatMap((x, i) => (isFloat(x.dtype) ? [i] : []));

  const aval = (x: Node, drop: boolean): { shape: readonly number[]; dtype: Node["dtype"] } =>
    ({ shape: drop ? x.shape.slice(1) : x.shape, dtype: x.dtype });
  const carryAvals = floats.map((i) => aval(inputs[i], false));
  const stacked = [...sequences, ...entering, ...given.map((i) => all[n + i]!)];
  let ys: readonly Node[] = [];
  const derivative = trace(
    [...carryAvals, ...stacked.map((x) => aval(x, true)), ...constants.map((x) => aval(x, false))],
    (...nodes) => {
      let at = 0;
      const next = (count: number): Node[] => nodes.slice(at, at += count);
      const dCarries = next(floats.length), xs = next(m), hs = next(entering.length), dResults = next(given.length);
      const cs = next(constants.length);
      ys = inline(body, [...hs, ...xs, ...cs]);
      const wanted = [...floats.map((i) => hs[i]), ...wantedSequences.map((i) => xs[i]),
        ...wantedConstants.map((i) => cs[i])];
      const found = differentiate([...floats.map((i) => ys[i]), ...given.map((i) => ys[n + i])],
        [...dCarries, ...dResults], wanted);
      return found.map((d, i) => d ?? zeros(wanted[i].shape, wanted[i].dtype));
    });

  // The part of the body that makes each constant's gradient moves out of the loop where it is linear.
  const arguments_ = derivative.inputs;
  const firstConstant = arguments_.length - constants.length;
  const extra: Node[] = [];
  const stackOf = (node: Node): ((stacks: readonly Node[]) => Node) => {
    const place = arguments_.indexOf(node);
    if (place >= floats.length && place < firstConstant) return () => stacked[place - floats.length];
    if (place >= firstConstant) {
      const x = constants[place - firstConstant];
      return () => add(full([length, ...x.shape], 0, x.dtype), x);
    }
    let slot = extra.indexOf(node);
    if (slot < 0) slot = extra.push(node) - 1;
    return (stacks) => stacks[slot];
  };
  // Products of the forward step that the derivative needs again: those it kept, or of all steps at once.
  const ahead = topologicalOrder(derivative.outputs).filter((x): x is Node<"contract"> => isOp(x, "contract") &&
    x.inputs.every((y) => arguments_.indexOf(y) >= floats.length) &&
    x.inputs.some((y) => arguments_.indexOf(y) < firstConstant) &&
    x.inputs.every((y) => arguments_.indexOf(y) < floats.length + m + entering.length ||
      arguments_.indexOf(y) >= firstConstant));
  const before = ahead.map((x) => ys.includes(x, n) ? outputs[ys.indexOf(x, n)] : ofAllSteps(x, length, (y) => {
    const place = arguments_.indexOf(y);
    return place < firstConstant ? { node: stacked[place - floats.length], steps: true }
      : { node: constants[place - firstConstant], steps: false };
  }));
  const constantOutputs = derivative.outputs.slice(floats.length + wantedSequences.length);
  const outside = constantOutputs.map((node) => hoist(node, stackOf));
  const inLoop = wantedConstants.filter((_, k) => outside[k] === null);

  const loop: Graph = trace(
    [...carryAvals, ...inLoop.map((i) => aval(constants[i], false)), ...stacked.map((x) => aval(x, true)),
      ...before.map((x) => aval(x, true)), ...constants.map((x) => aval(x, false))],
    (...nodes) => {
      const products = nodes.splice(nodes.length - constants.length - before.length, before.length);
      const sums = nodes.slice(floats.length, floats.length + inLoop.length);
      const rest = [...nodes.slice(0, floats.length), ...nodes.slice(floats.length + inLoop.length)];
      const made = inline(
        { inputs: [...arguments_, ...ahead], outputs: [...derivative.outputs, ...extra] }, [...rest, ...products]);
      const dConstants = made.slice(floats.length + wantedSequences.length, derivative.outputs.length)
        .filter((_, k) => outside[k] === null);
      return [
        ...made.slice(0, floats.length),
        ...sums.map((s, k) => add(s, dConstants[k])),
        ...made.slice(floats.length, floats.length + wantedSequences.length),
        ...made.slice(derivative.outputs.length),
      ];
    });
  const start = floats.map((i) => all[i] ?? zeros(inputs[i].shape, inputs[i].dtype));
  const zeroSums = inLoop.map((i) => zeros(constants[i].shape, constants[i].dtype));
  const ran = scanGraph(loop, [...start, ...zeroSums], [...stacked, ...before], constants, length, !reverse);

  const gradient: (Node | null)[] = inputs.map(() => null);
  floats.forEach((i, k) => { gradient[i] = ran.carries[k]; });
  wantedSequences.forEach((i, k) => { gradient[n + i] = ran.results[k]; });
  const stacks = ran.results.slice(wantedSequences.length);
  wantedConstants.forEach((i, k) => {
    const make = outside[k];
    gradient[n + m + i] = make === null ? ran.carries[floats.length + inLoop.indexOf(i)] : make(stacks);
  });
  return gradient;
}

/** A contraction of one step, for all steps: the operands that have them lead with an axis for it. */
function ofAllSteps(
  node: Node<"contract">, length: number, operand: (x: Node) => { readonly node: Node; readonly steps: boolean },
): Node {
  const { spec, output, shape } = node.params;
  const [a, b] = node.inputs.map(operand);
  const given = ([0, 1, 2] as const).filter((i) => i !== output);
  const leads = [spec.x, spec.w, spec.y].map((letters, i) =>
    (i === output || (i === given[0] ? a : b).steps ? `T${letters}` : letters));
  return contract({ x: leads[0], w: leads[1], y: leads[2], windows: spec.windows }, output, a.node, b.node,
    [length, ...shape]);
}

type Outside = (stacks: readonly Node[]) => Node;
/**
 * For a value that is summed over all steps: how to make the sum from stacked operands after the loop, or null if it is
 * not a sum of contractions, sums and re-arrangements of them.
 */
function hoist(node: Node, stackOf: (node: Node) => Outside): Outside | null {
  if (isOp(node, "contract")) {
    const { spec, output, shape } = node.params;
    const letters = [spec.x, spec.w, spec.y].map((s, i) => (i === output ? s : `T${s}`));
    const [a, b] = node.inputs.map(stackOf);
    return (stacks) => contract(
      { x: letters[0], w: letters[1], y: letters[2], windows: spec.windows }, output, a(stacks), b(stacks), shape);
  }
  if (isOp(node, "reduce") && node.params.kind === "sum") {
    const x = stackOf(node.inputs[0]);
    const axes = [0, ...node.params.axes.map((a) => a + 1)];
    return (stacks) => sum(x(stacks), axes);
  }
  if (isOp(node, "add")) {
    const [a, b] = node.inputs.map((x) => hoist(x, stackOf));
    return a === null || b === null ? null : (stacks) => add(a(stacks), b(stacks));
  }
  if (isOp(node, "reshape") || isOp(node, "permute")) {
    const inner = hoist(node.inputs[0], stackOf);
    if (inner === null) return null;
    return isOp(node, "reshape")
      ? (stacks) => reshape(inner(stacks), node.shape)
      : (stacks) => permute(inner(stacks), node.params.axes);
  }
  return null;
}
