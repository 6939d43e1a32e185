import { UsageError } from "../vocab/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module, type Layer } from "./module.ts";

/** Layers one after another: the output of each is the input of the next. Named "0", "1", ... or by a record's keys. */
export class Sequential extends Module {
  #layers: (readonly [name: string, layer: Layer])[];

  constructor(...layers: readonly Layer[] | readonly [Readonly<Record<string, Layer>>]) {
    super();
    const [first] = layers;
    this.#layers = layers.length === 1 && !(first instanceof Module)
      ? Object.entries(first)
      : numbered(layers as readonly Layer[]);
  }
  protected override members(): Iterable<readonly [string, Layer]> {
    return this.#layers;
  }
  get length(): number {
    return this.#layers.length;
  }
  /** The layer at a position; negative ones count from the end. */
  at(index: number): Layer {
    return this.#layers[place(this.#layers, index, "Sequential")][1];
  }
  /** Puts another layer at a position, under the same name. */
  set(index: number, layer: Layer): this {
    const i = place(this.#layers, index, "Sequential");
    this.#layers[i] = [this.#layers[i][0], layer];
    return this;
  }
  /** One more layer at the end, named by its number. */
  append(layer: Layer): this {
    this.#layers.push([String(this.length), layer]);
    return this;
  }
  /** More layers at the end. */
  extend(layers: Iterable<Layer>): this {
    for (const layer of layers) this.append(layer);
    return this;
  }
  /** A layer before a position; all are numbered anew. */
  insert(index: number, layer: Layer): this {
    const layers = [...this];
    layers.splice(index, 0, layer);
    this.#layers = numbered(layers);
    return this;
  }
  /** Takes the layer at a position out; those behind it are numbered anew where names are numbers. */
  pop(index = -1): Layer {
    const i = place(this.#layers, index, "Sequential");
    const plain = this.#layers.every(([name], k) => name === String(k));
    const [[, layer]] = this.#layers.splice(i, 1);
    if (plain) this.#layers = numbered([...this]);
    return layer;
  }
  /** The layers from `start` to before `end` as a Sequential of their own; the layers are shared. */
  slice(start?: number, end?: number): Sequential {
    return new Sequential(Object.fromEntries(this.#layers.slice(start, end)));
  }
  [Symbol.iterator](): IterableIterator<Layer> {
    return this.#layers.map(([, layer]) => layer).values();
  }
  forward(x: Tensor): Tensor {
    return this.#layers.reduce((y, [, layer]) => layer.forward(y), x);
  }
}

/** What lists of modules and of parameters share: values named "0", "1", ... */
abstract class List<T> extends Module {
  readonly #items: T[];

  constructor(items: Iterable<T> = []) {
    super();
    this.#items = [...items];
  }
  protected override members(): Iterable<readonly [string, T]> {
    return numbered(this.#items);
  }
  get length(): number {
    return this.#items.length;
  }
  /** The entry at a position; negative ones count from the end. */
  at(index: number): T {
    return this.#items[place(this.#items, index, this.constructor.name)];
  }
  /** Puts another entry at a position. */
  set(index: number, item: T): this {
    this.#items[place(this.#items, index, this.constructor.name)] = item;
    return this;
  }
  /** One more entry at the end. */
  append(item: T): this {
    this.#items.push(item);
    return this;
  }
  /** As `append`: JavaScript's name. */
  push(item: T): this {
    return this.append(item);
  }
  /** More entries at the end. */
  extend(items: Iterable<T>): this {
    this.#items.push(...items);
    return this;
  }
  /** An entry before a position. */
  insert(index: number, item: T): this {
    this.#items.splice(index, 0, item);
    return this;
  }
  /** Takes the entry at a position out. */
  pop(index = -1): T {
    return this.#items.splice(place(this.#items, index, this.constructor.name), 1)[0];
  }
  [Symbol.iterator](): IterableIterator<T> {
    return this.#items.values();
  }
}
/** Modules in a list, named "0", "1", ... */
export class ModuleList<M extends Module> extends List<M> {}
/** Parameters (made by `parameter`) in a list, named "0", "1", ... */
export class ParameterList extends List<Tensor> {}

/** What dictionaries of modules and of parameters share. */
abstract class Dictionary<T> extends Module {
  readonly #items: Map<string, T>;

  constructor(items: Readonly<Record<string, T>> = {}) {
    super();
    this.#items = new Map(Object.entries(items));
  }
  protected override members(): Iterable<readonly [string, T]> {
    return this.#items;
  }
  get size(): number {
    return this.#items.size;
  }
  /** The entry of a name. */
  get(name: string): T {
    const found = this.#items.get(name);
    if (found === undefined) {
      throw new UsageError(`${this.constructor.name} has no "${name}"; its names are ${[...this.keys()].join(", ")}`);
    }
    return found;
  }
  has(name: string): boolean {
    return this.#items.has(name);
  }
  set(name: string, item: T): this {
    this.#items.set(name, item);
    return this;
  }
  /** Sets every entry of a record. */
  update(items: Readonly<Record<string, T>>): this {
    for (const [name, item] of Object.entries(items)) this.set(name, item);
    return this;
  }
  /** Takes the entry of a name out. */
  pop(name: string): T {
    const found = this.get(name);
    this.#items.delete(name);
    return found;
  }
  clear(): void {
    this.#items.clear();
  }
  keys(): IterableIterator<string> {
    return this.#items.keys();
  }
  values(): IterableIterator<T> {
    return this.#items.values();
  }
  entries(): IterableIterator<[string, T]> {
    return this.#items.entries();
  }
  [Symbol.iterator](): IterableIterator<[string, T]> {
    return this.entries();
  }
}
/** Modules by name. */
export class ModuleDict<M extends Module> extends Dictionary<M> {}
/** Parameters (made by `parameter`) by name. */
export class ParameterDict extends Dictionary<Tensor> {}

const numbered = <T>(items: readonly T[]): [string, T][] => items.map((item, i) => [String(i), item]);
/** A position from the start, of one that may count from the end. */
function place(items: readonly unknown[], index: number, what: string): number {
  const i = index < 0 ? index + items.length : index;
  if (i in items) return i;
  throw new UsageError(`${what} has ${items.length} entries; there is none at ${index}`);
}
