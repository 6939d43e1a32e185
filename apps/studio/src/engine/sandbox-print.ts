/** Values of a cell as items: how things are written, drawn and tabled. Runs in the sandbox's worker, and in tests. */
import {
  MOST_POINTS,
  MOST_ROWS,
  MOST_SERIES,
  MOST_VALUES,
  type PlotItem,
  type ProgramItem,
  type Series,
  type TableItem,
  type TensorItem,
} from "./sandbox-items.ts";

/** What a tensor has that it is shown with. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  dataSync(): ArrayLike<number>;
}
export const isTensor = (value: unknown): value is TensorLike =>
  typeof value === "object" &&
  value !== null &&
  "dtype" in value &&
  "shape" in value &&
  typeof (value as TensorLike).dataSync === "function";

/** The library's `explain`. */
export type Explain = (
  fn: () => unknown,
  inputs: readonly [],
) => {
  readonly graph: string;
  readonly gradient: string | null;
  readonly kernels: readonly {
    readonly name: string;
    readonly ir: string;
    readonly source: string;
    readonly calls: number;
  }[];
};

const DEEPEST = 4,
  LONGEST = 24;

/** A number as a learner reads it: true minus, at most seven digits. */
export function writeNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value).replace("-", "−");
  return String(Number(value.toPrecision(7))).replaceAll("-", "−");
}

/** A value as text: texts as they are at the top, quoted inside. */
export function inspect(value: unknown, depth = 0): string {
  switch (typeof value) {
    case "string":
      return depth === 0 ? value : JSON.stringify(value);
    case "number":
      return writeNumber(value);
    case "bigint":
      return `${value}n`;
    case "function":
      return `function ${value.name || "without a name"}`;
    case "object":
      return value === null ? "null" : inspectObject(value, depth);
    default:
      return String(value);
  }
}
function inspectObject(value: object, depth: number): string {
  if (isTensor(value)) {
    const { shape, dtype } = value;
    if (shape.length === 0) return writeNumber(Number(value.dataSync()[0]));
    const size = shape.reduce((a, b) => a * b, 1);
    return size <= LONGEST ? inspect(nested(value)) : `Tensor ${dtype} [${shape.join(", ")}]`;
  }
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (depth >= DEEPEST) return "…";
  const list =
    ArrayBuffer.isView(value) && !(value instanceof DataView)
      ? Array.from(value as Float64Array)
      : value instanceof Set
        ? ([...value] as unknown[])
        : value;
  if (Array.isArray(list)) {
    const shown = list.slice(0, LONGEST).map((part: unknown) => inspect(part, depth + 1));
    return `[${shown.join(", ")}${list.length > LONGEST ? `, … ${list.length} in all` : ""}]`;
  }
  const entries =
    value instanceof Map ? [...value].map(([key, part]) => [inspect(key, 1), part] as const) : Object.entries(value);
  const shown = entries.slice(0, LONGEST).map(([key, part]) => `${key}: ${inspect(part, depth + 1)}`);
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name: string } } | null;
  const name = prototype?.constructor?.name ?? "Object";
  return `${name === "Object" ? "" : `${name} `}{ ${shown.join(", ")}${entries.length > LONGEST ? ", …" : ""} }`;
}
function nested(value: TensorLike): unknown {
  const { shape } = value,
    flat = value.dataSync();
  let at = 0;
  const level = (depth: number): unknown =>
    depth === shape.length ? flat[at++] : Array.from({ length: shape[depth] }, () => level(depth + 1));
  return level(0);
}

export function tensorItem(value: TensorLike, line: number): TensorItem {
  const values = Array.from(value.dataSync()).slice(0, MOST_VALUES).map(Number);
  return { kind: "tensor", line, dtype: value.dtype, shape: [...value.shape], values };
}

/** Rows of objects, of lists, or of single values; a tensor by its rows. */
export function tabled(given: unknown, line: number): TableItem {
  const plain = isTensor(given) ? nested(given) : given;
  const rows = (
    Array.isArray(plain)
      ? plain
      : typeof plain === "object" && plain !== null
        ? Object.entries(plain).map(([key, value]) => ({ name: key, value }))
        : [plain]
  ) as readonly unknown[];
  const shown = rows.slice(0, MOST_ROWS);
  const isObject = (row: unknown): row is Record<string, unknown> =>
    typeof row === "object" && row !== null && !Array.isArray(row) && !isTensor(row);
  if (shown.every(isObject)) {
    const head = [...new Set(shown.flatMap((row) => Object.keys(row)))];
    return {
      kind: "table",
      line,
      head,
      rows: shown.map((row) => head.map((key) => (key in row ? inspect(row[key]) : ""))),
    };
  }
  const cells = shown.map((row) => (Array.isArray(row) ? row : [row]).map((cell: unknown) => inspect(cell)));
  return { kind: "table", line, head: [], rows: cells };
}

/** `plot(y)`, `plot(x, y)`, `plot({ name: y })` and `plot({ name: { x, y } })`. */
export function plotted(values: readonly unknown[], line: number): PlotItem {
  const list = (value: unknown): number[] => {
    const plain = isTensor(value) ? value.dataSync() : value;
    if (!Array.isArray(plain) && !ArrayBuffer.isView(plain)) {
      throw new TypeError("plot needs lists of numbers: plot(y), plot(x, y) or plot({ name: y })");
    }
    return Array.from(plain as ArrayLike<unknown>, (one) =>
      isTensor(one) ? Number(one.dataSync()[0]) : Number(one),
    );
  };
  const count = (y: readonly number[]): number[] => y.map((_, i) => i);
  const series = (name: string, x: unknown, y: unknown): Series => {
    const heights = list(y),
      places = x === undefined ? count(heights) : list(x);
    if (places.length !== heights.length) {
      throw new TypeError(`plot: ${places.length} places and ${heights.length} heights do not go together`);
    }
    const keep = Math.ceil(heights.length / MOST_POINTS);
    const thin = (all: number[]): number[] => (keep === 1 ? all : all.filter((_, i) => i % keep === 0));
    return { name, x: thin(places), y: thin(heights) };
  };
  const [first, second] = values;
  const named =
    typeof first === "object" &&
    first !== null &&
    !Array.isArray(first) &&
    !ArrayBuffer.isView(first) &&
    !isTensor(first);
  if (!named)
    return {
      kind: "plot",
      line,
      series: [second === undefined ? series("", undefined, first) : series("", first, second)],
    };
  const all = Object.entries(first as Record<string, unknown>)
    .slice(0, MOST_SERIES)
    .map(([name, value]) => {
      const pair =
        typeof value === "object" && value !== null && "y" in value ? (value as { x?: unknown; y: unknown }) : null;
      return pair === null ? series(name, undefined, value) : series(name, pair.x, pair.y);
    });
  return { kind: "plot", line, series: all };
}

/** The graph of an expression and of its gradient, or the kernels that compute it. */
export function explanation(explain: Explain, what: "graph" | "kernels", fn: () => unknown): ProgramItem["parts"] {
  const { graph, gradient, kernels } = explain(fn, []);
  if (what === "graph")
    return [{ title: "Graph", text: graph }, ...(gradient === null ? [] : [{ title: "Gradient", text: gradient }])];
  if (kernels.length === 0)
    return [{ title: "Kernels", text: "Nothing is left to compute: the result is stored already." }];
  return kernels.flatMap(({ name, ir, source, calls }) => [
    { title: `Kernel ${name}, ${calls === 1 ? "one call" : `${calls} calls`}`, text: ir },
    { title: `Source of ${name}`, text: source },
  ]);
}
