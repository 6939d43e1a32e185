import { createReferenceBackend, explain, zeros, type Tensor, type Module } from "gradus";
import { multiplyAdds, parseGraph } from "../../graph/parse.ts";
import { additionsToInput } from "../../graph/visible.ts";
import type { Parameter, Part } from "./protocol.ts";

type Forward = (...args: readonly unknown[]) => unknown;
interface Call {
  readonly path: string;
  readonly module: Module;
  readonly args: readonly unknown[];
  output: Tensor | null;
  readonly calls: Call[];
}

/** Runs a body and notes which modules are called in it, with what they are given and give back. */
export function observe<T>(model: Module, body: () => T): { readonly result: T; readonly calls: readonly Call[] } {
  const top: Call[] = [];
  let into = top;
  const hooked: Module[] = [];
  for (const [path, module] of model.namedModules()) {
    const forward = (module as unknown as { forward?: Forward }).forward;
    if (typeof forward !== "function") continue;
    hooked.push(module);
    Object.defineProperty(module, "forward", {
      configurable: true, enumerable: false,
      value(...args: readonly unknown[]): unknown {
        const call: Call = { path, module, args, output: null, calls: [] };
        const before = into;
        before.push(call);
        into = call.calls;
        try {
          const result = forward.apply(module, args as never);
          call.output = firstTensor(result);
          return result;
        } finally {
          into = before;
        }
      },
    });
  }
  try {
    return { result: body(), calls: top };
  } finally {
    for (const module of hooked) delete (module as unknown as { forward?: Forward }).forward;
  }
}
export const isTensor = (value: unknown): value is Tensor =>
  value !== null && typeof value === "object" && "op" in value && "dtype" in value && "shape" in value;
function firstTensor(value: unknown): Tensor | null {
  if (isTensor(value)) return value;
  if (value === null || typeof value !== "object") return null;
  for (const part of Object.values(value)) {
    const found = firstTensor(part);
    if (found !== null) return found;
  }
  return null;
}

const plain = createReferenceBackend();

/** The parts of a model as one example meets them, each with its cost and its graph. */
export function anatomyOf(model: Module, calls: readonly Call[]): { root: Part; parameters: Parameter[] } {
  const paths = new Set<string>();
  const collect = (list: readonly Call[]): void => list.forEach((call) => (paths.add(call.path), collect(call.calls)));
  collect(calls);
  const userOf = (name: string): string => {
    for (let end = name.lastIndexOf("."); end >= 0; end = name.lastIndexOf(".", end - 1)) {
      if (paths.has(name.slice(0, end))) return name.slice(0, end);
      if (end === 0) break;
    }
    return "";
  };
  const parameters = model.namedParameters().map(([name, { shape, numel }]): Parameter =>
    ({ name, part: userOf(name), shape: [...shape], count: numel }));
  const partOf = (call: Call): Part => {
    const graph = graphOf(call);
    const parsed = parseGraph(graph);
    return {
      path: call.path, kind: call.module.constructor.name, input: shapeOf(firstTensor(call.args)),
      output: shapeOf(call.output), parts: call.calls.map(partOf), parameters: call.module.parameterCount(),
      multiplyAdds: multiplyAdds(parsed), additions: additionsToInput(parsed), graph,
    };
  };
  return { root: partOf(calls[0]), parameters };
}
const shapeOf = (x: Tensor | null): readonly number[] => (x === null ? [] : [...x.shape]);

/** What a call computes, written down for inputs of its shapes. Nothing runs. */
function graphOf({ module, args }: Call): string {
  const forward = (module as unknown as { forward: Forward }).forward.bind(module);
  const inputs = args.map(function blank(value: unknown): unknown {
    if (isTensor(value)) return zeros([...value.shape], value.dtype);
    return Array.isArray(value) ? value.map(blank) : value;
  });
  return explain((...given: readonly unknown[]) => forward(...given), inputs, { backend: plain }).graph;
}
