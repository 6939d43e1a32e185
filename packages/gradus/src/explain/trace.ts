import { UsageError } from "../vocab/errors.ts";
import { withGradients, withInterpreter } from "../ir/emit.ts";
import { Node, type Graph } from "../ir/node.ts";
import { constant } from "../ops/create.ts";
import { bitAnd, eq, mul } from "../ops/elementwise.ts";
import { placeholder } from "../ops/loop.ts";
import { sum } from "../ops/reduce.ts";
import { recordIn, Trace } from "../exec/trace.ts";

/** A function written down and not run: what `compile` would record for these arguments. */
export interface TracedFunction {
  /** Arguments in order, and the tensors given for them (null for numbers). */
  readonly graph: Graph;
  readonly given: readonly (Node | null)[];
  /** How many outputs are results and taps; new values of State follow, then the all-finite flag if there is one. */
  readonly results: number;
  readonly states: readonly Node[];
  readonly hasFlag: boolean;
  /** True when the function called `backward` itself. */
  readonly differentiated: boolean;
}

export interface TraceOptions {
  /** Arguments that ask for a gradient besides those that do already. */
  readonly wantsGradient?: (argument: Node) => boolean;
  /** What happens to the results before the program ends; their order is that of appearance. */
  readonly finish?: (results: readonly Node[], arguments_: readonly Node[]) => readonly Node[];
}

/** Records a function of tensors, numbers, and arrays and plain objects of them. Nothing runs and no State changes. */
export function traceFunction(
  fn: (...args: never[]) => unknown, inputs: readonly unknown[], options: TraceOptions = {},
): TracedFunction {
  const trace = new Trace();
  const places: Node[] = [], given: (Node | null)[] = [];
  const args = inputs.map((input) => replaceTensors(input, (leaf) => {
    const tensor = leaf instanceof Node ? leaf : null;
    const place = placeholder(tensor ?? { shape: [], dtype: "f32" });
    place.requiresGrad = (tensor?.requiresGrad ?? false) || (options.wantsGradient?.(place) ?? false);
    given.push(tensor);
    places.push(place);
    return place;
  }));
  try {
    return recordIn(trace, () => withInterpreter(trace, () => {
      const result = (fn as (...args: readonly unknown[]) => unknown)(...args);
      if (result instanceof Promise) {
        // What it rejects with is of no interest next to this.
        void result.catch(() => undefined);
        throw new UsageError("explain: the function returns a promise; give a synchronous one and await outside of it");
      }
      const found: Node[] = [];
      replaceTensors(result, (leaf) => {
        const node = leaf instanceof Node ? leaf : constant(leaf);
        found.push(node);
        return node;
      });
      const results = [...found.map((y) => trace.current(y)), ...trace.taps.values()];
      const finished = options.finish?.(results, places) ?? results;
      const states = options.finish === undefined ? [...trace.assigned.keys()] : [];
      const flag = states.length > 0 && trace.gradients.length > 0 ? [allFinite(trace.gradients)] : [];
      return {
        graph: { inputs: places, outputs: [...finished, ...states.map((s) => trace.assigned.get(s)!), ...flag] },
        given, results: finished.length, states, hasFlag: flag.length > 0, differentiated: trace.gradients.length > 0,
      };
    }));
  } finally {
    for (const [leaf, before] of trace.touched) leaf.grad = before;
  }
}

/** The flag that `compile` adds before it changes State: true when a sum of zeros stays zero for every gradient. */
const allFinite = (gradients: readonly Node[]): Node => withGradients(false, () =>
  gradients.map((g) => eq(sum(mul(g, 0)), 0)).reduce((a, b) => bitAnd(a, b)));

/** The same value with every tensor and number in it replaced. */
function replaceTensors(value: unknown, replace: (leaf: Node | number) => Node): unknown {
  if (value instanceof Node || typeof value === "number") return replace(value);
  if (Array.isArray(value)) return value.map((part: unknown) => replaceTensors(part, replace));
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replaceTensors(part, replace)]));
  }
  return value;
}
