import { DataError } from "../vocab/errors.ts";
import { checkRows, type Dataset } from "./dataset.ts";

/** One item at a time, by its number: a picture that is decoded when asked for, a sentence, a record. */
export interface ItemSource<Item> {
  readonly size: number;
  at(row: number): Item;
}

/**
 * Items in any order or one after another. What an item is, is free: it may be a promise, such as a file that is read
 * when asked for. A batch is an array of items until `collated` says how they become tensors.
 */
export class ItemDataset<Item> implements Dataset<Item[]>, Iterable<Item> {
  readonly size: number;
  readonly #source: ItemSource<Item>;

  constructor(source: ItemSource<Item>) {
    this.size = source.size;
    this.#source = source;
  }
  /** The items of a list. */
  static of<Item>(items: readonly Item[]): ItemDataset<Item> {
    return new ItemDataset({ size: items.length, at: (row) => items[row] });
  }

  at(row: number): Item {
    checkRows([row], this.size);
    return this.#source.at(row);
  }
  batch(rows: ArrayLike<number>): Item[] {
    checkRows(rows, this.size);
    return Array.from(rows, (row) => this.#source.at(row));
  }
  *[Symbol.iterator](): Generator<Item> {
    for (let row = 0; row < this.size; row++) yield this.#source.at(row);
  }
  /** Every item through a function, when it is asked for. */
  map<Out>(f: (item: Item, row: number) => Out): ItemDataset<Out> {
    return new ItemDataset({ size: this.size, at: (row) => f(this.at(row), row) });
  }
  /** The items for which `keep` says true, in their order; every item is looked at once, now. */
  filter(keep: (item: Item, row: number) => boolean): ItemDataset<Item> {
    const rows: number[] = [];
    for (let row = 0; row < this.size; row++) if (keep(this.at(row), row)) rows.push(row);
    return this.subset(rows);
  }
  /** Some items, in the given order. */
  subset(rows: ArrayLike<number>): ItemDataset<Item> {
    checkRows(rows, this.size);
    return new ItemDataset({ size: rows.length, at: (row) => this.at(rows[row]) });
  }
  /** These items, then the others. */
  concat(...others: readonly ItemDataset<Item>[]): ItemDataset<Item> {
    const parts = [this, ...others];
    const locate = locator(parts.map((part) => part.size));
    return new ItemDataset({
      size: parts.reduce((sum, part) => sum + part.size, 0),
      at: (row) => {
        const [part, inner] = locate(row);
        return parts[part].at(inner);
      },
    });
  }
  /** Batches as `collate` makes them of items. */
  collated<Batch>(collate: (items: Item[]) => Batch): Dataset<Batch> {
    if (this.size === 0) throw new DataError("the data set is empty: it has no items");
    return { size: this.size, batch: (rows) => collate(this.batch(rows)) };
  }
}

/** Which part a row of the whole lies in, and its number there. */
export function locator(sizes: readonly number[]): (row: number) => [part: number, row: number] {
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  return (row) => {
    let low = 0, high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= row) low = middle;
      else high = middle - 1;
    }
    return [low, row - starts[low]];
  };
}
