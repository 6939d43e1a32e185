import { isFloat } from "../vocab/dtype.ts";
import { emit, RECORD, withInterpreter } from "../ir/emit.ts";
import { isOp, topologicalOrder, type Node } from "../ir/node.ts";
import { printGraph } from "../ir/print.ts";
import { gradients, leavesOf } from "../autograd/backward.ts";
import { dense, type Layout } from "../compiler/layout.ts";
import { lowerProgram, type Lowered } from "../compiler/lower.ts";
import type { Module } from "../nn/module.ts";
import type { Backend, KernelBackend, Target } from "../runtime/backend.ts";
import { currentBackend } from "../runtime/registry.ts";
import { View } from "../runtime/storage.ts";
import { printKernel } from "./kernel.ts";
import { planMemory, type MemoryPlan } from "./memory.ts";
import { describePhases, type PhaseExplanation } from "./phases.ts";
import { describeGroups, type GroupExplanation } from "./schedule.ts";
import { traceFunction, type TracedFunction } from "./trace.ts";

export interface ExplainOptions {
  /** Explain for this backend; default: the one in use. Nothing runs on it. */
  readonly backend?: Backend;
  readonly name?: string;
  /** Calls the parameters and buffers of this model by their keys. */
  readonly model?: Module;
}

/** One kernel of a program: a piece of code that several calls may share. */
export interface KernelExplanation {
  readonly name: string;
  /** The loops as every backend gets them (`ir/kernel.ts`). */
  readonly ir: string;
  /** The same as the backend prints it: WebAssembly text, C. */
  readonly source: string;
  /** Calls of it in the program. */
  readonly calls: number;
}
/** What `compile` makes of a function, from the graph down to the code that runs. */
export interface Explanation {
  readonly name: string;
  readonly backend: string;
  readonly target: Target | null;
  /** The function as `compile` records it. */
  readonly graph: string;
  /** Primitives in it, composites counting once. */
  readonly operations: number;
  /**
   * The gradient of the sum of its floating-point results for its floating-point arguments and captured parameters;
   * null where there is none, or where the function calls `backward` itself (the graph then holds the gradient).
   */
  readonly gradient: string | null;
  /** One per kernel or family of calls, in the order they run. Empty on a backend that walks the graph. */
  readonly groups: readonly GroupExplanation[];
  readonly kernels: readonly KernelExplanation[];
  readonly phases: readonly PhaseExplanation[];
  readonly memory: MemoryPlan | null;
}

/**
 * Shows what happens to a function of tensors: its graph, its gradient, how it is divided into kernels, each kernel and
 * its printed source, the order in which they run, and where their numbers lie. The function is called up to twice to
 * be written down, but no kernel runs and no State changes. `inputs` are arguments as for the function itself; only
 * their shapes, dtypes and layouts matter.
 */
export function explain<A extends readonly unknown[]>(
  fn: (...args: A) => unknown, inputs: A, options: ExplainOptions = {},
): Explanation {
  const backend = options.backend ?? currentBackend();
  const traced = traceFunction(fn, inputs);
  const about = {
    name: options.name ?? (fn.name || "function"), backend: backend.name, graph: printGraph(traced.graph),
    operations: topologicalOrder(traced.graph.outputs).filter(({ op }) => op !== "buffer" && op !== "project").length,
    gradient: traced.differentiated ? null : gradientOf(fn, inputs),
  };
  if (backend.kind === "graph") return { ...about, target: null, groups: [], kernels: [], phases: [], memory: null };
  return { ...about, target: backend.target, ...explainKernels(traced, backend, options.model) };
}

/** The graph of the gradient, traced anew with every floating-point argument asking for one. */
function gradientOf(fn: (...args: never[]) => unknown, inputs: readonly unknown[]): string | null {
  let found = 0;
  const { graph } = traceFunction(fn, inputs, {
    wantsGradient: (argument) => isFloat(argument.dtype),
    finish: (results, arguments_) => {
      const smooth = results.filter((y) => y.requiresGrad && isFloat(y.dtype));
      const leaves = leavesOf(smooth);
      const captured = leaves.filter((x) => !arguments_.includes(x));
      const wanted = [...arguments_.filter((x) => leaves.includes(x)), ...captured];
      const made = gradients(smooth, smooth.map(() => null), wanted).filter((g) => g !== null);
      found = made.length;
      return made;
    },
  });
  return found === 0 ? null : printGraph(graph);
}

function explainKernels(
  traced: TracedFunction, backend: KernelBackend, model: Module | undefined,
): Pick<Explanation, "groups" | "kernels" | "phases" | "memory"> {
  const keys = new Map([...model?.namedParameters() ?? [], ...model?.namedBuffers() ?? []].map(([key, x]) => [x, key]));
  const { lowered, names } = lower(traced, backend, keys);
  const phases = describePhases(lowered.phases, names);
  const kernels = new Map<string, { name: string; ir: string; source: string; calls: number }>();
  for (const { kernel } of phases.flatMap((phase) => phase.calls)) {
    const known = kernels.get(kernel.key);
    if (known !== undefined) known.calls++;
    else {
      const { name } = kernel;
      kernels.set(kernel.key, { name, ir: printKernel(kernel), source: backend.source(kernel), calls: 1 });
    }
  }
  return {
    groups: describeGroups(lowered.groups), kernels: [...kernels.values()],
    phases: phases.map(({ what, calls }) => ({ what, calls: calls.map(({ call }) => call) })),
    memory: planMemory(lowered.phases, names),
  };
}

/** Lowers a traced function as `compile` does, with names for the leaves: the keys given, or their place. */
function lower(
  { graph, given, results, states, hasFlag }: TracedFunction, backend: KernelBackend, keys: ReadonlyMap<Node, string>,
): { readonly lowered: Lowered; readonly names: ReadonlyMap<object, string> } {
  const captured = topologicalOrder(graph.outputs)
    .filter((node) => isOp(node, "buffer") && !graph.inputs.includes(node));
  for (const state of states) if (!captured.includes(state)) captured.push(state);
  const leaves = new Map<Node, Layout>();
  graph.inputs.forEach((place, i) => leaves.set(place, layoutOf(given[i] ?? place)));
  for (const node of captured) leaves.set(node, layoutOf(node));
  const outputs = [...graph.outputs];
  const flag = hasFlag ? outputs.length - 1 : -1;
  // A guard reads a 32-bit word.
  if (hasFlag) outputs[flag] = withInterpreter(RECORD, () => emit("cast", { dtype: "i32" }, [outputs[flag]]));
  const lowered = lowerProgram(
    { outputs, leaves, flag, states: new Map(states.map((s, i) => [s, results + i])) }, backend.target);
  const names = new Map<object, string>();
  graph.inputs.forEach((place, i) => names.set(lowered.slots.get(place)!, `argument ${i}`));
  captured.forEach((node, i) =>
    names.set(lowered.slots.get(node)!, keys.get(node) ?? `${states.includes(node) ? "State" : "captured"} ${i}`));
  lowered.results.forEach((place, i) => {
    if ("slot" in place && !names.has(place.slot)) names.set(place.slot, i === flag ? "all finite" : `result ${i}`);
  });
  return { lowered, names };
}
/** How the numbers of a tensor lie; one that has none yet will be dense. */
const layoutOf = (node: Node): Layout =>
  (node.storage instanceof View ? { offset: node.storage.offset, strides: node.storage.strides } : dense(node.shape));
