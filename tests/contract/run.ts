import { isFloat } from "../../packages/gradus/src/vocab/dtype.ts";
import { store } from "../../packages/gradus/src/backends/reference/dense.ts";
import { gradients } from "../../packages/gradus/src/autograd/backward.ts";
import { fromTyped } from "../../packages/gradus/src/exec/read.ts";
import type { Graph, Node } from "../../packages/gradus/src/ir/node.ts";
import { zerosLike } from "../../packages/gradus/src/ops/create.ts";
import { trace } from "../../packages/gradus/src/ops/loop.ts";
import { input, uniform, type Case, type Input } from "./case.ts";
import type { Numbers } from "./compare.ts";

/** How often a case is differentiated. */
export type Level = 0 | 1 | 2;
export const LEVELS = ["forward", "gradient", "second gradient"] as const;

const list = (made: Node | readonly Node[]): readonly Node[] =>
  Array.isArray(made) ? made as readonly Node[] : [made as Node];
const floats = (nodes: readonly Node[]): Node[] => nodes.filter((x) => isFloat(x.dtype));

/** The graph of a case, for its outputs' types and for the primitives in it. */
export const graphOf = (c: Case): Graph => trace(c.inputs, (...nodes) => list(c.build(nodes)));

/** A case at a level as a function of tensors: its inputs, weights of its outputs, weights of its gradients. */
export interface Program {
  readonly arguments: readonly Input[];
  readonly run: (...tensors: Node[]) => Node[];
}
/**
 * Level 0: the outputs. Level 1: the gradient of their weighted sum for each floating-point input. Level 2: the
 * gradient of the weighted sum of those gradients, for the inputs and for the first weights.
 */
export function programOf(c: Case, level: Level): Program {
  const outputs = (xs: readonly Node[]): Node[] => [...list(c.build(xs))];
  if (level === 0) return { arguments: c.inputs, run: (...xs) => outputs(xs) };
  const weight = (like: { readonly shape: readonly number[]; readonly dtype: Input["dtype"] }): Input =>
    input(like.shape, uniform(-1, 1), like.dtype);
  const seeds = floats(graphOf(c).outputs).map(weight);
  const directions = c.inputs.filter((x) => isFloat(x.dtype)).map(weight);
  const n = c.inputs.length, m = seeds.length;
  const found = (ys: readonly Node[], weights: readonly Node[], wanted: readonly Node[],
    createGraph: boolean): Node[] =>
    gradients(ys, weights, wanted, { createGraph }).map((g, i) => g ?? zerosLike(wanted[i]));
  const first = (tensors: readonly Node[], createGraph: boolean): Node[] => {
    const xs = tensors.slice(0, n);
    return found(floats(outputs(xs)), tensors.slice(n, n + m), floats(xs), createGraph);
  };
  if (level === 1) return { arguments: [...c.inputs, ...seeds], run: (...tensors) => first(tensors, false) };
  return {
    arguments: [...c.inputs, ...seeds, ...directions],
    run: (...tensors) => found(first(tensors, true), tensors.slice(n + m), floats(tensors.slice(0, n + m)), false),
  };
}

/** An argument on the current backend; a leaf where it will be differentiated. */
export function upload({ shape, dtype, numbers }: Input, leaf: boolean): Node {
  const node = fromTyped(store({ shape, dtype }, numbers.slice()).data, shape, dtype);
  return leaf && isFloat(dtype) ? node.requiresGrad_() : node;
}
/** The argument in float64 if it is float32: the oracle's. Its numbers are those that float32 holds. */
export const widened = (x: Input): Input =>
  (x.dtype === "f32" ? { ...x, dtype: "f64", numbers: x.numbers.map(Math.fround) } : x);
/** Absolute values of floating-point numbers. */
export const absolute = (x: Input): Input => (isFloat(x.dtype) ? { ...x, numbers: x.numbers.map(Math.abs) } : x);

export async function readAll(nodes: readonly Node[]): Promise<Numbers[]> {
  const made: Numbers[] = [];
  for (const node of nodes) made.push({ shape: node.shape, dtype: node.dtype, numbers: await node.data() });
  return made;
}
