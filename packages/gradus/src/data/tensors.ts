import { DataError, ShapeError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { take } from "../ops/indexing.ts";
import { concat } from "../ops/movement.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkRows, type Dataset } from "./dataset.ts";
import { locator } from "./items.ts";

/** Rows of tensors whose first axes agree: a batch is the chosen rows of each. */
export class TensorDataset implements Dataset {
  readonly size: number;
  readonly #tensors: readonly Tensor[];

  constructor(...tensors: readonly Tensor[]) {
    if (tensors.length === 0) throw new DataError("TensorDataset: give at least one tensor");
    const sizes = tensors.map((x) => x.shape[0]);
    if (sizes.some((size) => size === undefined || size !== sizes[0])) {
      throw new ShapeError(`TensorDataset: the tensors differ in their first axis: ` +
        tensors.map((x) => formatShape(x.shape)).join(", "));
    }
    if (sizes[0] === 0) throw new DataError("the data set is empty: it has no rows");
    this.size = sizes[0];
    this.#tensors = tensors;
  }
  batch(rows: ArrayLike<number>): Tensor[] {
    checkRows(rows, this.size);
    const index = tensor(Int32Array.from(rows));
    return this.#tensors.map((x) => take(x, index));
  }
}

/** Data sets one after another; their batches hold the same tensors, with rows of equal shape. */
export class ConcatDataset implements Dataset {
  readonly size: number;
  readonly #parts: readonly Dataset[];
  readonly #locate: (row: number) => [part: number, row: number];

  constructor(parts: readonly Dataset[]) {
    if (parts.length === 0) throw new DataError("ConcatDataset: give at least one data set");
    this.#parts = parts;
    this.size = parts.reduce((sum, part) => sum + part.size, 0);
    this.#locate = locator(parts.map((part) => part.size));
  }
  batch(rows: ArrayLike<number>): Tensor[] {
    checkRows(rows, this.size);
    // Rows are fetched part by part, then put back into the order asked for.
    const wanted = this.#parts.map(() => [] as number[]), places = this.#parts.map(() => [] as number[]);
    Array.from(rows).forEach((row, place) => {
      const [part, inner] = this.#locate(row);
      wanted[part].push(inner);
      places[part].push(place);
    });
    const used = this.#parts.flatMap((part, i) => (wanted[i].length > 0 ? [part.batch(wanted[i])] : []));
    if (used.some((columns) => columns.length !== used[0].length)) {
      throw new ShapeError(`ConcatDataset: its parts give ${used.map((c) => c.length).join(" and ")} tensors`);
    }
    if (used.length === 1) return used[0];
    const order = new Int32Array(rows.length);
    places.flat().forEach((place, i) => { order[place] = i; });
    const index = tensor(order);
    return used[0].map((_, column) => take(concat(used.map((columns) => columns[column])), index));
  }
}
