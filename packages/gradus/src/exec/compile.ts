import { UsageError } from "../vocab/errors.ts";
import { gradientsEnabled, withGradients, withInterpreter } from "../ir/emit.ts";
import { Node, type Tensor, topologicalOrder } from "../ir/node.ts";
import { constant } from "../ops/create.ts";
import { bitAnd, eq, mul } from "../ops/elementwise.ts";
import { placeholder } from "../ops/loop.ts";
import { sum } from "../ops/reduce.ts";
import { currentBackend } from "../runtime/registry.ts";
import { attach, detachStorage, keepAlive, replaceStorage, type View, viewOf, wrapValue } from "../runtime/storage.ts";
import { sameNumbers } from "./check.ts";
import { isState, materialize } from "./eager.ts";
import { evaluateGraph } from "./evaluate.ts";
import { ProgramRunner, type Program } from "./kernels.ts";
import { fromTyped } from "./read.ts";
import { currentTrace, recordIn, Trace } from "./trace.ts";

export type { Program };

export interface CompileOptions {
  /** Run every call eagerly too and compare the results; for tests and for finding faults. */
  readonly check?: boolean;
  /** For the microscope and error messages. */
  readonly name?: string;
  /**
   * Arguments, by their place, that the call uses up: their tensors are freed, and a result that is one of them with
   * other rows (`indexCopy`, `indexAdd`) is written where it lies. A cache then costs what is new in it. Tensors that
   * share its memory keep their numbers; what is only computed from it when it is read must be read before.
   */
  readonly donate?: readonly number[];
}

/** A value with tensors in it, taken apart: `rebuild` puts other tensors in their places. */
interface Structure {
  readonly tensors: Node[];
  readonly key: string;
  rebuild(tensors: readonly Node[]): unknown;
}

interface Entry {
  readonly program: Program;
  readonly structure: Structure;
  readonly guards: Trace["guards"];
  readonly captured: readonly { readonly node: Node; readonly requiresGrad: boolean }[];
  readonly run: (inputs: readonly Node[], gifts?: ReadonlySet<Node>) => Node[];
}

/** A compiled function; `taps` holds what `tap` named in the last call, `program` the graph of the last trace. */
export type Compiled<A extends readonly unknown[], R> = ((...args: A) => R) & {
  readonly taps: ReadonlyMap<string, Tensor>;
  readonly program: Program | null;
};

/**
 * Traces a function of tensors once per structure, shape and mode, and replays it as one fused program. Tensors it
 * captures are constants, except State, whose assignments happen on every call, all or none: if a gradient is not
 * finite, nothing is written. Numbers among the arguments may change without a new trace.
 */
export function compile<A extends readonly unknown[], R>(
  fn: (...args: A) => R, options: CompileOptions = {},
): Compiled<A, R> {
  const entries = new Map<string, Entry[]>();
  let taps: ReadonlyMap<string, Tensor> = new Map();
  let last: Program | null = null;
  const call = (...args: A): R => {
    if (currentTrace() !== null) return fn(...args);
    const given = takeApart(args);
    const gifts = new Set((options.donate ?? []).flatMap((place) => takeApart(args[place]).tensors)
      .filter((x) => !isState(x)));
    const key = `${given.key}|${gradientsEnabled()}|${currentBackend().name}`;
    let list = entries.get(key);
    if (list === undefined) entries.set(key, list = []);
    let entry = list.find(stillValid);
    if (entry === undefined) {
      const places = given.tensors.map((x) => gifts.has(x));
      entry = build(fn as (...args: readonly unknown[]) => unknown, given, places, options.name ?? (fn.name || "step"));
      list.push(entry);
    }
    last = entry.program;
    const made = options.check === true
      ? sameNumbers(fn as (...args: readonly unknown[]) => unknown, args, entry, given.tensors)
      : entry.run(given.tensors, gifts);
    for (const gift of gifts) detachStorage(gift);
    taps = new Map(entry.program.taps.map((name, i) => [name, made[entry.program.results + i]]));
    return entry.structure.rebuild(made.slice(0, entry.program.results)) as R;
  };
  return Object.defineProperties(call, { taps: { get: () => taps }, program: { get: () => last } }) as Compiled<A, R>;
}

const stillValid = (entry: Entry): boolean =>
  entry.guards.every(({ read, value }) => read() === value) &&
  entry.captured.every(({ node, requiresGrad }) => node.requiresGrad === requiresGrad);

function build(
  fn: (...args: readonly unknown[]) => unknown, given: Structure, donated: readonly boolean[], name: string,
): Entry {
  const trace = new Trace();
  const places = given.tensors.map((x) => {
    const place = placeholder(x);
    place.requiresGrad = x.requiresGrad;
    return place;
  });
  let structure: Structure;
  let flag: Node | null = null;
  try {
    structure = recordIn(trace, () => withInterpreter(trace, () => {
      const result = fn(...(given.rebuild(places) as readonly unknown[]));
      if (result instanceof Promise) {
        // Nobody will wait for it: its own failure is not to end the process.
        result.catch(() => undefined);
        throw new UsageError(`compile: ${name} returns a promise; compiled functions are synchronous, read results ` +
          "with await outside");
      }
      flag = trace.assigned.size > 0 ? allFinite(trace.gradients) : null;
      return takeApart(result);
    }));
  } finally {
    for (const [leaf, before] of trace.touched) leaf.grad = before;
  }
  const outputs = structure.tensors.map((y) => trace.current(y));
  const states = [...trace.assigned.keys()];
  const program: Program = {
    arguments: places,
    outputs: [...outputs, ...trace.taps.values(), ...trace.assigned.values(), ...(flag === null ? [] : [flag])],
    results: outputs.length, taps: [...trace.taps.keys()], states, flag,
    donated: places.filter((_, i) => donated[i]),
  };
  const captured = topologicalOrder(program.outputs)
    .filter((node) => node.op === "buffer" && !places.includes(node))
    // What the program captured lives as long as the program, also if it was made in a scope.
    .map((node) => ({ node: keepAlive(node), requiresGrad: node.requiresGrad }));
  const backend = currentBackend();
  const run = backend.kind === "graph" ? runGraph(program) : new ProgramRunner(backend, program, name).run;
  return { program, structure, guards: trace.guards, captured, run };
}

/** True when every gradient is finite, as an i32 scalar; null when there is nothing to check. */
function allFinite(gradients: readonly Node[]): Node | null {
  if (gradients.length === 0) return null;
  return withGradients(false, () => gradients
    // A sum of zeros, unless something is infinite or not a number.
    .map((g) => eq(sum(mul(g, 0)), 0))
    .reduce((a, b) => bitAnd(a, b)));
}

/** Replays a program on a graph backend. */
function runGraph(program: Program): Entry["run"] {
  return (inputs) => {
    const backend = currentBackend();
    if (backend.kind !== "graph") throw new UsageError("the backend changed between tracing and running");
    const given = new Map(program.arguments.map((place, i) => [place, viewOf(inputs[i]).block.value!]));
    const values = evaluateGraph(backend, program.outputs, given)
      .map((value) => wrapValue(backend, value, "compiled"));
    const results = program.results + program.taps.length;
    const finite = program.flag === null || !backend.synchronous ||
      backend.readSync(values[values.length - 1].block.value!)[0] !== 0;
    program.states.forEach((state, i) => {
      if (finite) replaceStorage(state, values[results + i]);
      else values[results + i].release();
    });
    if (program.flag !== null) values[values.length - 1].release();
    return values.slice(0, results).map((view, i) => leafOf(program.outputs[i], view));
  };
}
/** A result handed to the user. */
export function leafOf(node: Node, view: View): Node {
  return attach(new Node("buffer", { shape: node.shape, dtype: node.dtype }, [], node.shape, node.dtype, null), view);
}

/** Takes arrays and plain objects apart into tensors (numbers become f32 scalars) and a description of the rest. */
function takeApart(value: unknown): Structure {
  const tensors: Node[] = [];
  const tracing = currentTrace() !== null;
  const describe = (part: unknown): { key: string; rebuild: (at: readonly Node[]) => unknown } => {
    if (part instanceof Node || (typeof part === "number" && !tracing)) {
      const node = !(part instanceof Node) ? fromTyped(new Float32Array([part]), [], "f32")
        : tracing ? part : materialize(part);
      const place = tensors.push(node) - 1;
      const key = `${node.dtype}[${node.shape.join(",")}]${node.requiresGrad ? "g" : ""}`;
      return { key, rebuild: (at) => at[place] };
    }
    if (typeof part === "number") {
      const place = tensors.push(constant(part)) - 1;
      return { key: "n", rebuild: (at) => at[place] };
    }
    if (Array.isArray(part)) {
      const parts = (part as unknown[]).map(describe);
      return { key: `(${parts.map((p) => p.key).join(" ")})`, rebuild: (at) => parts.map((p) => p.rebuild(at)) };
    }
    if (part !== null && typeof part === "object" && Object.getPrototypeOf(part) === Object.prototype) {
      const parts = Object.entries(part).map(([name, item]) => [name, describe(item)] as const);
      return {
        key: `{${parts.map(([name, p]) => `${name}:${p.key}`).join(" ")}}`,
        rebuild: (at) => Object.fromEntries(parts.map(([name, p]) => [name, p.rebuild(at)])),
      };
    }
    return { key: String(part), rebuild: () => part };
  };
  const whole = describe(value);
  return { tensors, key: whole.key, rebuild: whole.rebuild };
}
