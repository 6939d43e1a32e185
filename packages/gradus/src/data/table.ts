import { DataError } from "../vocab/errors.ts";
import type { Shape } from "../vocab/shape.ts";
import { ArrayDataset } from "./dataset.ts";
import { parseCsv, type CsvRow } from "./csv.ts";

/** Rows of numbers with a class each: what a classifier learns from. */
export interface LabelledRows {
  readonly name: string;
  readonly size: number;
  /** Row-major, `size` rows of `shape`. */
  readonly features: Float32Array;
  readonly shape: Shape;
  /** Class numbers, 0 .. classes.length - 1. */
  readonly labels: Int32Array;
  readonly classes: readonly string[];
}

/** Batches of two tensors: features [rows, ...shape] f32 and labels [rows] i32. */
export const labelledDataset = (rows: LabelledRows): ArrayDataset =>
  new ArrayDataset([{ data: rows.features, shape: rows.shape }, { data: rows.labels, shape: [] }]);

const isNumber = (cell: string): boolean => cell.trim() !== "" && Number.isFinite(Number(cell));

/**
 * Rows of a CSV file for classification: numbers, and the class in the last column (a name or a number). A first row
 * with a name above a column of numbers is a header. Throws a DataError that names the line of a bad row.
 */
export function labelledRowsFromCsv(text: string, name = "CSV"): LabelledRows {
  const records = parseCsv(text, { name });
  if (records.length === 0) throw new DataError(`${name} is empty: it has no rows`);
  const hasHeader = records[0].cells.slice(0, -1).some((cell) => !isNumber(cell));
  return labelledRowsOf(hasHeader ? records.slice(1) : records, name, null, records[0].cells.length);
}

/** The same from records; `classes` fixes the order of the classes, null takes those found. */
export function labelledRowsOf(
  records: readonly CsvRow[], name: string, classes: readonly string[] | null, width: number,
): LabelledRows {
  if (records.length === 0) throw new DataError(`${name} is empty: it has a header and no rows`);
  if (width < 2) throw new DataError(`${name}: a row needs at least one number and, last, its class`);
  const features = new Float32Array(records.length * (width - 1));
  const names: string[] = [];
  records.forEach(({ line, cells }, row) => {
    if (cells.length !== width) {
      throw new DataError(`${name}, line ${line}: ${cells.length} values where the first line has ${width}`);
    }
    for (let column = 0; column < width - 1; column++) {
      if (!isNumber(cells[column])) {
        throw new DataError(`${name}, line ${line}: "${cells[column].slice(0, 40)}" in column ${column + 1} is not a ` +
          `number`);
      }
      features[row * (width - 1) + column] = Number(cells[column]);
    }
    const label = cells[width - 1].trim();
    if (label === "") throw new DataError(`${name}, line ${line}: the class in the last column is missing`);
    names.push(label);
  });
  const found = classes ?? [...new Set(names)].sort((a, b) =>
    (isNumber(a) && isNumber(b) ? Number(a) - Number(b) : a < b ? -1 : 1));
  if (classes === null && found.length > 1000) {
    throw new DataError(`${name}: the last column holds ${found.length} different values; it must hold a class`);
  }
  const index = new Map(found.map((label, i) => [label, i]));
  const labels = Int32Array.from(names, (label) => index.get(label)!);
  return { name, size: records.length, features, shape: [width - 1], labels, classes: found };
}

/** The chosen columns shifted to mean 0 and scaled to deviation 1, measured on the rows given (those of training). */
export function standardizer(rows: LabelledRows, measured: ArrayLike<number>): { mean: number[]; scale: number[] } {
  const width = rows.features.length / rows.size;
  const mean = new Array<number>(width).fill(0), square = new Array<number>(width).fill(0);
  for (let i = 0; i < measured.length; i++) {
    for (let j = 0; j < width; j++) mean[j] += rows.features[measured[i] * width + j] / measured.length;
  }
  for (let i = 0; i < measured.length; i++) {
    for (let j = 0; j < width; j++) {
      square[j] += (rows.features[measured[i] * width + j] - mean[j]) ** 2 / measured.length;
    }
  }
  // A constant column carries nothing: divide by one rather than by zero.
  return { mean, scale: square.map((v) => (v > 0 ? Math.sqrt(v) : 1)) };
}
/** (x - mean) / scale for every column. */
export function standardize(
  rows: LabelledRows, by: { readonly mean: readonly number[]; readonly scale: readonly number[] },
): LabelledRows {
  const width = by.mean.length;
  const features = rows.features.map((value, i) => (value - by.mean[i % width]) / by.scale[i % width]);
  return { ...rows, features };
}
