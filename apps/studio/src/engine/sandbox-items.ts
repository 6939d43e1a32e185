/** What a cell prints, as plain data; and how the page reads it, for nothing that comes out of a sandbox is trusted. */

interface Common {
  /** The line that printed it; 0 where it is not known. */
  readonly line: number;
}
export interface TextItem extends Common {
  readonly kind: "text";
  readonly text: string;
}
/** Numbers of a tensor in row-major order, at most `MOST_VALUES` of them. */
export interface TensorItem extends Common {
  readonly kind: "tensor";
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
export interface TableItem extends Common {
  readonly kind: "table";
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
export interface Series {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}
export interface PlotItem extends Common {
  readonly kind: "plot";
  readonly series: readonly Series[];
}
/** A graph, or kernels: titles and listings. */
export interface ProgramItem extends Common {
  readonly kind: "program";
  readonly parts: readonly { readonly title: string; readonly text: string }[];
}
export type Item = TextItem | TensorItem | TableItem | PlotItem | ProgramItem;

/** The most that one run may show. */
export const MOST_ITEMS = 200,
  MOST_TEXT = 20_000,
  MOST_VALUES = 1024,
  MOST_ROWS = 100,
  MOST_POINTS = 2000,
  MOST_SERIES = 6;
const MOST_COLUMNS = 20,
  LONGEST_CELL = 200,
  LONGEST_LISTING = 60_000,
  MOST_PARTS = 40;

type Given = Readonly<Record<string, unknown>>;
const isRecord = (value: unknown): value is Given => typeof value === "object" && value !== null;
const text = (value: unknown, longest: number): string => (typeof value === "string" ? value.slice(0, longest) : "");
const list = (value: unknown, longest: number): readonly unknown[] =>
  Array.isArray(value) ? value.slice(0, longest) : [];
const numbers = (value: unknown, longest: number): number[] =>
  list(ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value, longest).map((one) =>
    typeof one === "number" ? one : NaN,
  );
const texts = (value: unknown, longest: number): string[] =>
  list(value, longest).map((one) => text(one, LONGEST_CELL));

/** An item as a page may show it, or null. */
export function readItem(value: unknown): Item | null {
  if (!isRecord(value)) return null;
  const line = typeof value.line === "number" && Number.isInteger(value.line) && value.line > 0 ? value.line : 0;
  switch (value.kind) {
    case "text":
      return { kind: "text", line, text: text(value.text, MOST_TEXT) };
    case "tensor":
      return {
        kind: "tensor",
        line,
        dtype: text(value.dtype, 8),
        shape: numbers(value.shape, 16),
        values: numbers(value.values, MOST_VALUES),
      };
    case "table":
      return {
        kind: "table",
        line,
        head: texts(value.head, MOST_COLUMNS),
        rows: list(value.rows, MOST_ROWS).map((row) => texts(row, MOST_COLUMNS)),
      };
    case "plot":
      return {
        kind: "plot",
        line,
        series: list(value.series, MOST_SERIES)
          .filter(isRecord)
          .map((series) => ({
            name: text(series.name, 40),
            x: numbers(series.x, MOST_POINTS),
            y: numbers(series.y, MOST_POINTS),
          })),
      };
    case "program":
      return {
        kind: "program",
        line,
        parts: list(value.parts, MOST_PARTS)
          .filter(isRecord)
          .map((part) => ({ title: text(part.title, LONGEST_CELL), text: text(part.text, LONGEST_LISTING) })),
      };
    default:
      return null;
  }
}
