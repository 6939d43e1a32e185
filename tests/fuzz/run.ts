import { isFloat } from "../../packages/gradus/src/vocab/dtype.ts";
import { RandomStream } from "../../packages/gradus/src/vocab/random.ts";
import { formatShape, sameShape, sizeOf } from "../../packages/gradus/src/vocab/shape.ts";
import { gradients } from "../../packages/gradus/src/autograd/backward.ts";
import { store } from "../../packages/gradus/src/backends/reference/dense.ts";
import { createReferenceBackend } from "../../packages/gradus/src/backends/reference/index.ts";
import { compile } from "../../packages/gradus/src/exec/compile.ts";
import { fromTyped } from "../../packages/gradus/src/exec/read.ts";
import type { Node } from "../../packages/gradus/src/ir/node.ts";
import { zerosLike } from "../../packages/gradus/src/ops/create.ts";
import { trace } from "../../packages/gradus/src/ops/loop.ts";
import type { Backend } from "../../packages/gradus/src/runtime/backend.ts";
import { setBackend } from "../../packages/gradus/src/runtime/registry.ts";
import { readAll } from "../contract/run.ts";
import type { Numbers } from "../contract/compare.ts";
import { build, numbersOf, type FuzzGraph, type FuzzInput } from "./graphs.ts";

export type Tier = "eager" | "compiled";

/** Whether the graph is sound: shapes and dtypes fit. */
export function isSound(graph: FuzzGraph): boolean {
  try {
    const all = [...graph.inputs, ...graph.steps].map((_, i) => i);
    const { outputs } = trace(graph.inputs, (...inputs) => build({ ...graph, outputs: all }, inputs));
    return outputs.every(({ shape }) => shape.every((n) => Number.isInteger(n) && n >= 0));
  } catch {
    return false;
  }
}

/** Tensors of full range of a graph: its outputs, or the gradients of their weighted sum for its inputs too. */
const program = (graph: FuzzGraph) => (...tensors: Node[]): Node[] => {
  const inputs = tensors.slice(0, graph.inputs.length), weights = tensors.slice(graph.inputs.length);
  const outputs = build(graph, inputs);
  if (!graph.gradient) return outputs;
  const smooth = outputs.filter(isSmooth), wanted = inputs.filter(isSmooth);
  const found = gradients(smooth, weights, wanted);
  return [...outputs, ...found.map((g, i) => g ?? zerosLike(wanted[i]))];
};
const isSmooth = ({ dtype }: { readonly dtype: Node["dtype"] }): boolean => dtype === "f32" || dtype === "f64";

function upload({ shape, dtype }: FuzzInput, numbers: Float64Array, wide: boolean, leaf: boolean): Node {
  const own = wide && dtype === "f32" ? "f64" : dtype;
  const node = fromTyped(store({ shape, dtype: own }, numbers.slice()).data, shape, own);
  return leaf && isFloat(own) ? node.requiresGrad_() : node;
}

/** The graph with float64 where it casts to float32. */
const widened = (graph: FuzzGraph): FuzzGraph => ({
  ...graph, steps: graph.steps.map(({ call, arguments: list }) =>
    ({ call, arguments: list.map((x) => (x === "f32" ? "f64" : x)) })),
});

/** Sets a graph going on a backend; `wide` runs float32 graphs in float64. */
function start(drawn: FuzzGraph, backend: Backend, tier: Tier, wide = false, nudged = false): Node[] {
  const graph = wide ? widened(drawn) : drawn;
  setBackend(backend);
  const signs = new RandomStream(1, 7);
  const nudge = (numbers: Float64Array): Float64Array => !nudged ? numbers
    : numbers.map((v) => v * (1 + (signs.uniform() < 0.5 ? -EPSILON.f32 : EPSILON.f32)));
  const tensors = graph.inputs.map((x) =>
    upload(x, x.dtype === "f32" ? nudge(numbersOf(x)) : numbersOf(x), wide, graph.gradient));
  if (graph.gradient) {
    const { outputs } = trace(drawn.inputs, (...inputs) => build(drawn, inputs));
    outputs.filter(isSmooth).forEach(({ shape, dtype }, i) => {
      const random = new RandomStream(i, 5);
      const weights = Float64Array.from({ length: sizeOf(shape) }, () => Math.fround(2 * random.uniform() - 1));
      tensors.push(upload({ shape, dtype, low: 0, high: 0, seed: 0 }, nudge(weights), wide, false));
    });
  }
  const run = tier === "eager" ? program(graph) : compile(program(graph));
  return run(...tensors);
}
/** The step from 1 to the next number. */
const EPSILON: Readonly<Record<string, number>> = { f32: 2 ** -23, f64: 2 ** -52 };
const sentence = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

const REFERENCE = createReferenceBackend();

/**
 * What is wrong with each graph on a backend, or null. All of them start before the first is read, so that a backend
 * with a compiler gets its kernels in one batch.
 */
export async function faults(
  graphs: readonly FuzzGraph[], backend: Backend, tier: Tier,
): Promise<(string | null)[]> {
  const started = graphs.map((graph) => {
    try {
      return start(graph, backend, tier);
    } catch (error) {
      return sentence(error);
    }
  });
  const found: (string | null)[] = [];
  for (const [i, graph] of graphs.entries()) {
    const want = await readAll(start(graph, REFERENCE, "eager", true));
    const rounded = await readAll(start(graph, REFERENCE, "eager"));
    const nudged = await readAll(start(graph, REFERENCE, "eager", true, true));
    const made = started[i];
    // What is not computed before it is read is computed on the backend in use.
    setBackend(backend);
    found.push(typeof made === "string" ? made
      : await readAll(made).then((got) => judge(graph, got, want, rounded, nudged), sentence));
  }
  return found;
}
export const fault = async (graph: FuzzGraph, backend: Backend, tier: Tier): Promise<string | null> =>
  (await faults([graph], backend, tier))[0];

/** The largest number on the way to a graph's outputs. */
async function largestStep(graph: FuzzGraph): Promise<number> {
  const outputs = [...graph.inputs, ...graph.steps].map((_, i) => i);
  const steps = await readAll(start({ ...graph, outputs, gradient: false }, REFERENCE, "eager", true));
  return Math.max(...steps.flatMap(({ numbers }) => Array.from(numbers).filter(Number.isFinite).map(Math.abs)));
}

/**
 * Integers and bool are equal. float32 may be off from float64 by 2e-5 of the tensor's largest element and 64 times
 * what the reference itself loses in float32, or what inputs that are one step off change; float64 by 1e-11. Where
 * everything cancels, what is left is the rounding of what was summed: four steps of the largest of it.
 */
async function judge(
  graph: FuzzGraph, got: readonly Numbers[], want: readonly Numbers[], rounded: readonly Numbers[],
  nudged: readonly Numbers[],
): Promise<string | null> {
  for (const [k, a] of got.entries()) {
    const b = want[k];
    const what = k < graph.outputs.length ? `output ${k}` : `gradient ${k - graph.outputs.length}`;
    if (!sameShape(a.shape, b.shape)) return `${what} has shape ${formatShape(a.shape)}, not ${formatShape(b.shape)}`;
    if (a.dtype !== rounded[k].dtype) return `${what} has dtype ${a.dtype}, not ${rounded[k].dtype}`;
    let largest = 0, lost = 0;
    for (let i = 0; i < b.numbers.length; i++) {
      const exact = b.numbers[i];
      if (!Number.isFinite(exact)) continue;
      largest = Math.max(largest, Math.abs(exact));
      for (const { numbers } of [rounded[k], nudged[k]]) {
        if (Number.isFinite(numbers[i])) lost = Math.max(lost, Math.abs(exact - numbers[i]));
      }
    }
    const bound = a.dtype === "f32" ? 2e-5 * largest + 64 * lost + 1e-30
      : a.dtype === "f64" ? 1e-11 * largest + 1e-300 : 0;
    for (let i = 0; i < b.numbers.length; i++) {
      const off = Math.abs(a.numbers[i] - b.numbers[i]);
      if (Object.is(a.numbers[i], b.numbers[i]) || off <= bound) continue;
      const step = EPSILON[a.dtype] ?? 0;
      if (largest < step) {
        const scale = step * await largestStep(graph);
        if (largest < scale && off <= 4 * scale) continue;
      }
      return `${what} is ${a.numbers[i]} at element ${i} of ${formatShape(a.shape)} ${a.dtype}, not ${b.numbers[i]} ` +
        `(allowed ${bound.toExponential(2)})`;
    }
  }
  return null;
}
