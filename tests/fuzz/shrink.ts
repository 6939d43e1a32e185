import { trace } from "../../packages/gradus/src/ops/loop.ts";
import type { Shape } from "../../packages/gradus/src/vocab/shape.ts";
import { build, compacted, readBy, renamed, type Argument, type FuzzGraph, type Step } from "./graphs.ts";
import { isSound } from "./run.ts";

/** Runs that making one graph smaller may take. */
const BUDGET = 300;

/** A smaller graph that still fails: fewer outputs, then fewer steps, then smaller sizes, until nothing helps. */
export async function shrink(graph: FuzzGraph, fails: (graph: FuzzGraph) => Promise<boolean>): Promise<FuzzGraph> {
  let best = graph, runs = 0;
  for (let progress = true; progress && runs < BUDGET;) {
    progress = false;
    for (const smaller of [withFewerOutputs, withFewerSteps, withSmallerSizes]) {
      for (const made of smaller(best)) {
        const candidate = compacted(made);
        if (weight(candidate) >= weight(best) || !isSound(candidate)) continue;
        if (++runs > BUDGET) return best;
        if (!await fails(candidate)) continue;
        best = candidate;
        progress = true;
        break;
      }
      if (progress) break;
    }
  }
  return best;
}

/** What is made smaller. */
const weight = (graph: FuzzGraph): number =>
  graph.outputs.length * 1e5 + graph.steps.length * 1e4 + (graph.gradient ? 1e4 : 0) +
  graph.inputs.reduce((sum, { shape }) => sum + 100 + shape.reduce((a, b) => a + b, 0), 0) +
  graph.steps.reduce((sum, step) => sum + numbersIn(step).reduce((a, b) => a + Math.abs(b), 0), 0);
const numbersIn = (step: Step): number[] => {
  const find = (x: Argument): number[] =>
    (typeof x === "number" ? [x] : Array.isArray(x) ? (x as readonly Argument[]).flatMap(find) : []);
  return step.arguments.flatMap(find);
};

function* withFewerOutputs(graph: FuzzGraph): Generator<FuzzGraph> {
  if (graph.gradient) yield { ...graph, gradient: false };
  if (graph.outputs.length > 1) {
    for (const output of graph.outputs) yield { ...graph, outputs: [output] };
    for (let i = 0; i < graph.outputs.length; i++) yield { ...graph, outputs: graph.outputs.filter((_, k) => k !== i) };
  }
}

/** A step goes: its readers read one of its operands instead, or an input of the same shape. */
function* withFewerSteps(graph: FuzzGraph): Generator<FuzzGraph> {
  const count = graph.inputs.length;
  // An output that is not the last step: what comes before it may be one instead.
  for (const output of graph.outputs) {
    if (output >= count && graph.outputs.length === 1) {
      for (const operand of readBy(graph.steps[output - count])) if (operand >= count) yield { ...graph,
        outputs: [operand] };
    }
  }
  const { outputs: values } = trace(graph.inputs, (...inputs) =>
    build({ ...graph, outputs: [...graph.inputs, ...graph.steps].map((_, i) => i) }, inputs));
  for (let i = graph.steps.length - 1; i >= 0; i--) {
    const gone = count + i;
    for (const operand of new Set(readBy(graph.steps[i]))) {
      const redirect = (value: number): number => (value === gone ? operand : value);
      yield {
        ...graph, outputs: graph.outputs.map(redirect),
        steps: graph.steps.map((step, k) => (k > i ? renamed(step, redirect) : step)),
      };
    }
    const { shape, dtype } = values[gone];
    if (dtype === "f16" || dtype === "bf16") continue;
    // Behind the other inputs, so that steps move up by one.
    const shift = (value: number): number => (value === gone ? count : value >= count ? value + 1 : value);
    yield {
      ...graph,
      inputs: [...graph.inputs, { shape, dtype, low: dtype === "bool" ? 0 : 1, high: dtype === "bool" ? 1 : 2,
        seed: i }],
      outputs: graph.outputs.map(shift), steps: graph.steps.map((step) => renamed(step, shift)),
    };
  }
}

/** One size becomes a smaller one wherever it stands. */
function* withSmallerSizes(graph: FuzzGraph): Generator<FuzzGraph> {
  const sizes = new Set([...graph.inputs.flatMap(({ shape }) => [...shape]), ...graph.steps.flatMap(numbersIn)]);
  for (const size of [...sizes].sort((a, b) => b - a)) {
    for (const smaller of [0, 1, 2, 3, 5].filter((n) => n < size)) {
      const change = (n: number): number => (n === size ? smaller : n);
      const replace = (x: Argument): Argument => (typeof x === "number" ? change(x)
        : Array.isArray(x) ? (x as readonly Argument[]).map(replace) : x);
      const shape = (s: Shape): Shape => s.map(change);
      yield {
        ...graph, inputs: graph.inputs.map((x) => ({ ...x, shape: shape(x.shape) })),
        steps: graph.steps.map((step) => ({ call: step.call, arguments: step.arguments.map(replace) })),
      };
    }
  }
}
