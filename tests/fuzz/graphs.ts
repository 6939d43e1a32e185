import type { DType } from "../../packages/gradus/src/vocab/dtype.ts";
import { RandomStream } from "../../packages/gradus/src/vocab/random.ts";
import { sizeOf, type Shape } from "../../packages/gradus/src/vocab/shape.ts";
import type { Node } from "../../packages/gradus/src/ir/node.ts";
import type { CompositeDefinition } from "../../packages/gradus/src/ir/op.ts";
import { apply } from "../../packages/gradus/src/ops/composite.ts";
import * as contract from "../../packages/gradus/src/ops/contract.ts";
import * as elementwise from "../../packages/gradus/src/ops/elementwise.ts";
import * as indexing from "../../packages/gradus/src/ops/indexing.ts";
import * as loop from "../../packages/gradus/src/ops/loop.ts";
import * as movement from "../../packages/gradus/src/ops/movement.ts";
import * as reduce from "../../packages/gradus/src/ops/reduce.ts";
import * as window from "../../packages/gradus/src/ops/window.ts";

/** A program of tensors as plain data: it can be kept in a file, made smaller and printed as code. */
export interface FuzzGraph {
  readonly inputs: readonly FuzzInput[];
  readonly steps: readonly Step[];
  /** Numbers of values: inputs come first, then steps. */
  readonly outputs: readonly number[];
  /** Whether to compare gradients too. */
  readonly gradient: boolean;
}
/** Numbers drawn evenly from [low, high], whole ones for integers and bool. */
export interface FuzzInput {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly low: number;
  readonly high: number;
  readonly seed: number;
}
/** A call of a function below. */
export interface Step {
  readonly call: string;
  readonly arguments: readonly Argument[];
}
/** Another value, or plain data. */
export type Argument = Reference | Literal | readonly Argument[] | { readonly [name: string]: Literal };
export interface Reference { readonly value: number }
type Literal = number | string | boolean | null;

export const isReference = (x: Argument): x is Reference =>
  x !== null && typeof x === "object" && "value" in x && typeof x.value === "number";

const SOFTMAX: CompositeDefinition = {
  name: "softmax",
  body([x]) {
    const e = elementwise.exp(elementwise.sub(x, reduce.amax(x, -1, { keepdim: true })));
    return elementwise.div(e, reduce.sum(e, -1, { keepdim: true }));
  },
};
/** Functions with a body of their own, beside those of `ops/`. */
const OWN = {
  softmax: (x: Node): Node => apply(SOFTMAX, [x]),
  /** The carries of h' = tanh(h / 2 + x) over the leading axis. */
  network: (xs: Node, h0: Node): Node => loop.scan([h0], [xs], [], ([h], [x]) => {
    const next = elementwise.tanh(elementwise.add(elementwise.mul(h, 0.5), x));
    return { carries: [next], results: [next] };
  }).results[0],
  windowsAlong: (x: Node, axis: number, size: number, stride: number): Node =>
    window.windows(x, { axes: [axis], size: [size], stride: [stride], dilation: [1] }),
  sorted: (x: Node, axis: number, descending: boolean): Node => indexing.sort(x, axis, descending)[0],
};
const FUNCTIONS = {
  ...elementwise, ...movement, ...reduce, ...indexing, ...contract, ...loop, ...OWN,
} as unknown as Readonly<Record<string, (...arguments_: unknown[]) => Node>>;

/** Runs or records the graph: its outputs for values of its inputs. */
export function build(graph: FuzzGraph, inputs: readonly Node[]): Node[] {
  const values = [...inputs];
  const resolve = (x: Argument): unknown =>
    (isReference(x) ? values[x.value] : Array.isArray(x) ? (x as readonly Argument[]).map(resolve) : x);
  for (const step of graph.steps) values.push(FUNCTIONS[step.call](...step.arguments.map(resolve)));
  return graph.outputs.map((i) => values[i]);
}

/** The numbers of an input. */
export function numbersOf({ shape, dtype, low, high, seed }: FuzzInput): Float64Array {
  const random = new RandomStream(seed);
  const whole = dtype !== "f32" && dtype !== "f64";
  return Float64Array.from({ length: sizeOf(shape) }, () =>
    (whole ? low + random.integer(high - low + 1) : Math.fround(low + (high - low) * random.uniform())));
}

/** The graph as a program that can be read and run. */
export function print(graph: FuzzGraph): string {
  const written = (x: Argument): string =>
    (isReference(x) ? `v${x.value}`
      : Array.isArray(x) ? `[${(x as readonly Argument[]).map(written).join(", ")}]`
      : JSON.stringify(x));
  return [
    ...graph.inputs.map(({ shape, dtype, low, high, seed }, i) =>
      `const v${i} = random([${shape.join(", ")}], "${dtype}", ${low}, ${high}, ${seed});`),
    ...graph.steps.map((step, i) =>
      `const v${graph.inputs.length + i} = ${step.call}(${step.arguments.map(written).join(", ")});`),
    `return [${graph.outputs.map((i) => `v${i}`).join(", ")}];${graph.gradient ? " // and gradients" : ""}`,
  ].join("\n");
}

/** The values that a step reads. */
export function readBy(step: Step): number[] {
  const find = (x: Argument): number[] =>
    (isReference(x) ? [x.value] : Array.isArray(x) ? (x as readonly Argument[]).flatMap(find) : []);
  return step.arguments.flatMap(find);
}
/** The same step with its references renamed. */
export function renamed(step: Step, name: (value: number) => number): Step {
  const change = (x: Argument): Argument =>
    (isReference(x) ? { value: name(x.value) } : Array.isArray(x) ? (x as readonly Argument[]).map(change) : x);
  return { call: step.call, arguments: step.arguments.map(change) };
}
/** The graph without what its outputs do not need. */
export function compacted(graph: FuzzGraph): FuzzGraph {
  const count = graph.inputs.length;
  const needed = new Set(graph.outputs);
  for (let i = graph.steps.length - 1; i >= 0; i--) {
    if (needed.has(count + i)) for (const value of readBy(graph.steps[i])) needed.add(value);
  }
  const kept = [...graph.inputs, ...graph.steps].flatMap((_, i) => (needed.has(i) ? [i] : []));
  const place = new Map(kept.map((old, i) => [old, i]));
  const rename = (old: number): number => place.get(old)!;
  return {
    inputs: graph.inputs.filter((_, i) => needed.has(i)),
    steps: graph.steps.filter((_, i) => needed.has(count + i)).map((step) => renamed(step, rename)),
    outputs: graph.outputs.map(rename), gradient: graph.gradient,
  };
}
