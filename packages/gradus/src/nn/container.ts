import { UsageError } from "../vocab/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module, type Layer } from "./module.ts";

/** Layers one after another: the output of each is the input of the next. Named "0", "1", ... or by a record's keys. */
export class Sequential extends Module {
  readonly #layers: readonly (readonly [name: string, layer: Layer])[];

  constructor(...layers: readonly Layer[] | readonly [Readonly<Record<string, Layer>>]) {
    super();
    const [first] = layers;
    this.#layers = layers.length === 1 && !(first instanceof Module)
      ? Object.entries(first)
      : (layers as readonly Layer[]).map((layer, i) => [String(i), layer]);
  }
  override namedChildren(): [string, Module][] {
    return this.#layers.map(([name, layer]) => [name, layer]);
  }
  get length(): number {
    return this.#layers.length;
  }
  /** The layer at a position; negative ones count from the end. */
  at(index: number): Layer {
    return entryAt(this.#layers, index, "Sequential")[1];
  }
  forward(x: Tensor): Tensor {
    return this.#layers.reduce((y, [, layer]) => layer.forward(y), x);
  }
}

/** Modules in a list, named "0", "1", ... */
export class ModuleList<M extends Module> extends Module {
  readonly #items: M[];

  constructor(items: Iterable<M> = []) {
    super();
    this.#items = [...items];
  }
  override namedChildren(): [string, Module][] {
    return this.#items.map((module, i) => [String(i), module]);
  }
  get length(): number {
    return this.#items.length;
  }
  /** The module at a position; negative ones count from the end. */
  at(index: number): M {
    return entryAt(this.#items, index, "ModuleList");
  }
  push(module: M): this {
    this.#items.push(module);
    return this;
  }
  [Symbol.iterator](): IterableIterator<M> {
    return this.#items.values();
  }
}

/** Modules by name. */
export class ModuleDict<M extends Module> extends Module {
  readonly #items: Map<string, M>;

  constructor(items: Readonly<Record<string, M>> = {}) {
    super();
    this.#items = new Map(Object.entries(items));
  }
  override namedChildren(): [string, Module][] {
    return [...this.#items];
  }
  /** The module of a name. */
  get(name: string): M {
    const found = this.#items.get(name);
    if (found === undefined) {
      throw new UsageError(`ModuleDict has no "${name}"; its names are ${[...this.#items.keys()].join(", ")}`);
    }
    return found;
  }
  has(name: string): boolean {
    return this.#items.has(name);
  }
  set(name: string, module: M): this {
    this.#items.set(name, module);
    return this;
  }
}

function entryAt<T>(items: readonly T[], index: number, what: string): T {
  const found = items.at(index);
  if (found === undefined) throw new UsageError(`${what} has ${items.length} modules; there is none at ${index}`);
  return found;
}
