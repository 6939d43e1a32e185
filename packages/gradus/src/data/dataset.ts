import { DTYPES, type DType, type TypedArray } from "../vocab/dtype.ts";
import { DataError, IndexError } from "../vocab/errors.ts";
import { formatShape, sizeOf, type Shape } from "../vocab/shape.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Rows that can be fetched in any order; a batch is whatever the model's step takes. */
export interface Dataset<Batch = Tensor[]> {
  /** Number of rows. */
  readonly size: number;
  /** The given rows together. */
  batch(rows: ArrayLike<number>): Batch;
}

/** One quantity of every row, such as the pixels or the labels: `shape` is that of one row. */
export interface Column {
  readonly data: TypedArray;
  readonly shape: Shape;
  readonly dtype?: DType;
}

/** Rows held in typed arrays. A batch is one tensor per column, of shape [rows, ...shape]. */
export class ArrayDataset implements Dataset {
  readonly size: number;
  readonly #columns: readonly Column[];

  constructor(columns: readonly Column[]) {
    if (columns.length === 0) throw new DataError("a data set needs at least one column");
    const sizes = columns.map((column, i) => {
      const width = sizeOf(column.shape);
      if (width === 0 || column.data.length % width !== 0) {
        throw new DataError(`column ${i}: ${column.data.length} numbers are not whole rows of shape ` +
          formatShape(column.shape));
      }
      return column.data.length / width;
    });
    if (sizes.some((size) => size !== sizes[0])) {
      throw new DataError(`the columns of a data set differ in length: ${sizes.join(", ")} rows`);
    }
    if (sizes[0] === 0) throw new DataError("the data set is empty: it has no rows");
    this.size = sizes[0];
    this.#columns = columns;
  }

  batch(rows: ArrayLike<number>): Tensor[] {
    checkRows(rows, this.size);
    return this.#columns.map(({ data, shape, dtype }) => {
      const width = sizeOf(shape);
      const kind = dtype ?? dtypeOf(data);
      const out = new DTYPES[kind].array(rows.length * width);
      for (let i = 0; i < rows.length; i++) {
        out.set(data.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
      }
      return tensor(out, { shape: [rows.length, ...shape], dtype: kind });
    });
  }
}
const dtypeOf = (data: TypedArray): DType =>
  (Object.keys(DTYPES) as DType[]).find((dtype) => DTYPES[dtype].array as unknown === data.constructor) ?? "f32";

/** An IndexError unless every row lies inside the data set. */
export function checkRows(rows: ArrayLike<number>, size: number): void {
  for (let i = 0; i < rows.length; i++) {
    if (!(Number.isInteger(rows[i]) && rows[i] >= 0 && rows[i] < size)) {
      throw new IndexError(`row ${rows[i]} is outside a data set of ${size} rows`);
    }
  }
}

/** Some rows of a data set, in the given order. */
export class Subset<Batch> implements Dataset<Batch> {
  readonly size: number;
  readonly #dataset: Dataset<Batch>;
  readonly #rows: ArrayLike<number>;

  constructor(dataset: Dataset<Batch>, rows: ArrayLike<number>) {
    checkRows(rows, dataset.size);
    if (rows.length === 0) throw new DataError("a subset needs at least one row");
    this.size = rows.length;
    this.#dataset = dataset;
    this.#rows = rows;
  }
  batch(rows: ArrayLike<number>): Batch {
    checkRows(rows, this.size);
    return this.#dataset.batch(Int32Array.from(rows, (row) => this.#rows[row]));
  }
}
/** The same as a function. */
export const subset = <Batch>(dataset: Dataset<Batch>, rows: ArrayLike<number>): Dataset<Batch> =>
  new Subset(dataset, rows);
