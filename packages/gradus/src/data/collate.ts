import { DTYPES, type DType, type TypedArray } from "../vocab/dtype.ts";
import { DataError, ShapeError } from "../vocab/errors.ts";
import { formatShape, sameShape, sizeOf, type Shape } from "../vocab/shape.ts";
import { stack } from "../ops/movement.ts";
import { tensor } from "../tensor/create.ts";
import { Tensor } from "../tensor/tensor.ts";

/** What a sample is made of: numbers, tensors, or vectors in arrays. */
export type Field = number | Tensor | TypedArray | readonly number[];

/**
 * Samples of equal shape as a batch: one tensor of shape [samples, ...] per field. Whole numbers become i32, other
 * numbers f32; typed arrays keep their type.
 */
export function stackSamples(samples: readonly (readonly Field[])[]): Tensor[] {
  return fieldsOf(samples).map((fields, i) => {
    if (fields.every((field) => field instanceof Tensor)) {
      const [first] = fields;
      for (const field of fields) {
        if (!sameShape(field.shape, first.shape)) {
          throw new ShapeError(`field ${i} of the samples differs in shape: ${formatShape(first.shape)} and ` +
            `${formatShape(field.shape)}; use padSamples, or resize first`);
        }
      }
      return stack(fields);
    }
    if (fields.every((field) => typeof field === "number")) return scalars(fields);
    const rows = fields.map((field) => vectorOf(field, i));
    if (rows.some((row) => row.length !== rows[0].length)) {
      throw new ShapeError(`field ${i} of the samples differs in length: ${rows[0].length} and ` +
        `${rows.find((row) => row.length !== rows[0].length)!.length}; use padSamples`);
    }
    return fill(rows, [rows.length, rows[0].length], rows[0].length, 0);
  });
}

export interface PadOptions {
  /** What stands behind the end of a sequence, for each field (default 0). */
  readonly values?: readonly number[];
  /** The padded length is a multiple of this (default 1). */
  readonly multipleOf?: number;
  /** Sequences are cut here. */
  readonly maxLength?: number;
}
/** Sequences of different lengths: `fields` padded on the right, [samples, longest]; `lengths` i32 [samples]. */
export interface PaddedBatch {
  readonly fields: readonly Tensor[];
  readonly lengths: Tensor;
}
/**
 * Samples whose vectors differ in length as a batch, padded on the right to the longest of each field. Numbers become
 * a vector [samples]. `lengths` are those of the first field. Throws a DataError when the first field is no vector.
 */
export function padSamples(samples: readonly (readonly Field[])[], options: PadOptions = {}): PaddedBatch {
  const { values = [], multipleOf = 1, maxLength = Infinity } = options;
  const columns = fieldsOf(samples);
  const cut = (length: number): number => Math.min(length, maxLength);
  const fields = columns.map((column, i) => {
    if (column.every((field) => typeof field === "number")) return scalars(column);
    const rows = column.map((field) => vectorOf(field, i));
    const longest = rows.reduce((most, row) => Math.max(most, cut(row.length)), 0);
    const width = Math.max(1, Math.ceil(longest / multipleOf)) * multipleOf;
    return fill(rows.map((row) => (row.length > maxLength ? row.slice(0, maxLength) : row)), [rows.length, width],
      width, values[i] ?? 0);
  });
  const lengths = columns[0].map((field) => {
    if (typeof field === "number") throw new DataError("padSamples: the first field must be a sequence");
    return cut(vectorOf(field, 0).length);
  });
  return { fields, lengths: tensor(Int32Array.from(lengths)) };
}

function fieldsOf(samples: readonly (readonly Field[])[]): Field[][] {
  if (samples.length === 0) throw new DataError("a batch needs at least one sample");
  const [first] = samples;
  if (samples.some((sample) => sample.length !== first.length)) {
    throw new DataError("the samples of a batch differ in their number of fields");
  }
  return first.map((_, i) => samples.map((sample) => sample[i]));
}
const scalars = (values: readonly number[]): Tensor =>
  tensor(values.every((value) => Number.isInteger(value)) ? Int32Array.from(values) : Float32Array.from(values));

function vectorOf(field: Field, i: number): TypedArray | readonly number[] {
  if (typeof field === "number" || field instanceof Tensor) {
    throw new DataError(`field ${i} mixes ${typeof field === "number" ? "numbers" : "tensors"} with other kinds`);
  }
  return field;
}
function fill(rows: readonly (TypedArray | readonly number[])[], shape: Shape, width: number, value: number): Tensor {
  const dtype = dtypeOf(rows);
  const out = new DTYPES[dtype].array(sizeOf(shape)).fill(value);
  rows.forEach((row, i) => out.set(row, i * width));
  return tensor(out, { shape, dtype });
}
function dtypeOf(rows: readonly (TypedArray | readonly number[])[]): DType {
  const [first] = rows;
  if (ArrayBuffer.isView(first)) {
    return first instanceof Float64Array ? "f64" : first instanceof Float32Array ? "f32"
      : first instanceof Uint8Array ? "u8" : first instanceof Int8Array ? "i8" : "i32";
  }
  return rows.every((row) => Array.from(row).every((value) => Number.isInteger(value))) ? "i32" : "f32";
}
