import { isFloat } from "../vocab/dtype.ts";
import { normalizeAxis } from "../vocab/shape.ts";
import { emit, gradientsEnabled, outputsOf, RECORD, withGradients, withInterpreter } from "../ir/emit.ts";
import { Node, type Tensor, topologicalOrder, type Aval, type Graph } from "../ir/node.ts";
import { onesLike, zeros } from "./create.ts";

/** A `buffer` node that stands for an argument. */
export const placeholder = (aval: Aval): Tensor =>
  new Node("buffer", { shape: aval.shape, dtype: aval.dtype }, [], aval.shape, aval.dtype, null);

/** A function of nodes written down as a graph; nothing runs. */
export function trace(inputs: readonly Aval[], body: (...nodes: Tensor[]) => readonly Tensor[]): Graph {
  const arguments_ = inputs.map(placeholder);
  for (const x of arguments_) x.requiresGrad = isFloat(x.dtype);
  return { inputs: arguments_, outputs: withInterpreter(RECORD, () => withGradients(true, () => body(...arguments_))) };
}

/** h[t] = a[t] h[t-1] + b[t] along an axis, from h0 (default zeros); `reverse` runs from the end. */
export function recurrence(
  a: Tensor, b: Tensor, h0: Tensor | null = null, axis = 0, options: { readonly reverse?: boolean } = {},
): Tensor {
  const at = normalizeAxis(axis, a.shape.length, "recurrence");
  const start = h0 ?? zeros(a.shape.filter((_, i) => i !== at), a.dtype);
  return emit("recurrence", { axis: at, reverse: options.reverse ?? false }, [a, b, start]);
}
/** Running sum along an axis. */
export const cumsum = (x: Tensor, axis = 0): Tensor => recurrence(onesLike(x), x, null, axis);

export interface ScanOptions {
  readonly reverse?: boolean;
}
export interface ScanResult {
  /** The carries after the last step. */
  readonly carries: Tensor[];
  /** One tensor per result of the body, stacked along a new leading axis. */
  readonly results: Tensor[];
}
/**
 * Runs `body(carries, slices, constants)` once per position of the leading axis of `sequences`; it returns the next
 * carries and the results of the step. Values of the surrounding program enter as `constants`.
 */
export function scan(
  carries: readonly Tensor[], sequences: readonly Tensor[], constants: readonly Tensor[],
  body: (carries: Tensor[], slices: Tensor[], constants: Tensor[]) =>
    { readonly carries: readonly Tensor[]; readonly results: readonly Tensor[] },
  options: ScanOptions & { readonly length?: number } = {},
): ScanResult {
  const length = options.length ?? sequences[0].shape[0];
  const slices = sequences.map((x) => ({ shape: x.shape.slice(1), dtype: x.dtype }));
  const graph = trace([...carries, ...slices, ...constants], (...nodes) => {
    const step = body(nodes.slice(0, carries.length),
      nodes.slice(carries.length, carries.length + sequences.length),
      nodes.slice(carries.length + sequences.length));
    return [...step.carries, ...step.results];
  });
  return scanGraph(graph, carries, sequences, constants, length, options.reverse ?? false);
}
/**
 * The same with the body already written as a graph. Where a gradient may be asked, the carries that each step starts
 * from are stacked as further results, and so are its products, which would take longest to compute again.
 */
export function scanGraph(
  body: Graph, carries: readonly Tensor[], sequences: readonly Tensor[], constants: readonly Tensor[], length: number,
  reverse: boolean,
): ScanResult {
  const inputs = [...carries, ...sequences, ...constants];
  const keep = gradientsEnabled() && inputs.some((x) => x.requiresGrad);
  const outputs = keep ? [...body.outputs, ...productsOf(body, carries.length), ...body.inputs.slice(0, carries.length)]
    : body.outputs;
  const node = emit("scan", {
    body: { inputs: body.inputs, outputs }, carries: carries.length, sequences: sequences.length, length, reverse,
    saved: keep ? carries.length : 0,
  }, inputs);
  const outs = outputsOf(node);
  return { carries: outs.slice(0, carries.length), results: outs.slice(carries.length, body.outputs.length) };
}
/** Contractions of a step with what it started from. */
function productsOf({ inputs, outputs }: Graph, carries: number): Tensor[] {
  const started = inputs.slice(0, carries);
  return topologicalOrder(outputs).filter((x) => x.op === "contract" && !outputs.includes(x) &&
    x.inputs.every((y) => inputs.includes(y)) && x.inputs.some((y) => started.includes(y)));
}
