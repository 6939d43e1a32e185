import type { DType } from "../vocab/dtype.ts";
import { contiguousStrides, sizeOf, type Shape } from "../vocab/shape.ts";
import type { Node } from "../ir/node.ts";
import { isOp } from "../ir/node.ts";
import { isElementwise, isView, type Op, type ReduceKind } from "../ir/op.ts";
import { applyView, dense, type Layout, type ViewStep } from "./layout.ts";
import { siteOf } from "./sites.ts";

/**
 * What one fused kernel computes for every cell of an iteration space, as numbered values. Axes from `outer` on are
 * reduced axes: a reduction collapses them, and later values may use its result.
 */
export interface Fused {
  readonly shape: Shape;
  /** Axes before this one are kept by reductions. */
  readonly outer: number;
  readonly values: readonly Value[];
  /** Buffers it reads, by the node whose numbers they hold. */
  readonly sources: readonly Node[];
  /** What each member of the group computes. */
  readonly members: ReadonlyMap<Node, number>;
}
export type Value = { readonly dtype: DType } & (
  | { readonly v: "constant"; readonly value: number }
  | { readonly v: "load"; readonly source: number; readonly layout: Layout }
  /** A position: offset + sum of index times stride. */
  | { readonly v: "position"; readonly layout: Layout }
  /** Random bits of a cell number, from a state of four words. */
  | { readonly v: "random"; readonly source: number; readonly layout: Layout }
  /** An element whose place along one axis is a value: layout + clamp(index, 0, limit) * stride. */
  | {
    readonly v: "gather"; readonly source: number; readonly layout: Layout; readonly index: number;
    readonly stride: number; readonly limit: number;
    /** Where a wrong index is reported (sites.ts); 0 where none can be. */
    readonly site: number;
  }
  | { readonly v: "op"; readonly op: Op; readonly args: readonly number[] }
  | { readonly v: "reduce"; readonly kind: ReduceKind; readonly arg: number }
  | { readonly v: "argReduce"; readonly kind: "max" | "min"; readonly arg: number; readonly layout: Layout }
  /** The finished sum of a contraction. */
  | { readonly v: "accumulator" }
);

/** Thrown where a view cannot be expressed as strides: that node has to be copied first. */
export class NeedsCopy extends Error {
  readonly node: Node;
  constructor(node: Node) {
    super(`${node.op} of shape [${node.shape.join(", ")}] has to be copied first`);
    this.node = node;
  }
}
/** Thrown where a member uses another one of its group in another order. */
export class DoesNotFit extends Error {}

/** Where a node keeps its numbers, through views: known for inputs and for results of earlier groups. */
export type Locate = (node: Node) => { readonly node: Node; readonly layout: Layout } | null;

/** True for nodes that are computed where they are used. */
export const isInline = (node: Node): boolean =>
  isElementwise(node.op) || isView(node.op) || node.op === "constant" || node.op === "iota" || node.op === "random" ||
  node.op === "gather" || node.op === "sliceAt";

export const viewStep = (node: Node): ViewStep =>
  ({ op: node.op, params: node.params, from: node.inputs[0].shape, to: node.shape, node });
const reshapeStep = (from: Shape, to: Shape, node?: Node): ViewStep =>
  ({ op: "reshape", params: { shape: to }, from, to, node });

/** Builds the values of a group from nodes, sharing equal ones. */
export class FusedBuilder {
  readonly #values: Value[] = [];
  readonly #keys = new Map<string, number>();
  readonly #sources: Node[] = [];
  readonly #members = new Map<Node, number>();
  readonly #shape: Shape;
  readonly #outer: number;
  readonly #locate: Locate;
  readonly #identity: string;
  readonly #rows: string;
  readonly #accumulator: Node | null;
  readonly #pending: ReadonlySet<Node>;
  /** What a member's nodes became, by the chain they are seen through: a node read twice is visited once. */
  #known = new Map<readonly ViewStep[], Map<Node, number>>();

  constructor(
    shape: Shape, outer: number, locate: Locate, pending: ReadonlySet<Node>, accumulator: Node | null = null,
  ) {
    this.#shape = shape;
    this.#outer = outer;
    this.#locate = locate;
    this.#pending = pending;
    this.#accumulator = accumulator;
    this.#identity = significant(dense(shape), shape);
    const strides = contiguousStrides(shape.slice(0, outer));
    this.#rows = significant({ offset: 0, strides: shape.map((_, i) => (i < outer ? strides[i] : 0)) }, shape);
  }

  /** Adds a member: what it computes, seen from the iteration space. */
  add(node: Node): void {
    this.#known = new Map();
    const chain = this.#chainFor(node);
    this.#members.set(node, this.#define(node, chain));
  }
  finish(): Fused {
    return {
      shape: this.#shape, outer: this.#outer, values: this.#values, sources: this.#sources, members: this.#members,
    };
  }

  /** How the cells of a member lie in the iteration space: cell for cell, or one per row. */
  #chainFor(node: Node): ViewStep[] {
    const whole = sizeOf(this.#shape), rows = this.#shape.slice(0, this.#outer);
    if (isOp(node, "reduce") || isOp(node, "argReduce")) return [];
    if (sizeOf(node.shape) === whole) return [reshapeStep(node.shape, this.#shape)];
    if (sizeOf(node.shape) === sizeOf(rows)) {
      const kept = this.#shape.map((n, i) => (i < this.#outer ? n : 1));
      return [reshapeStep(node.shape, kept),
        { op: "expand", params: { shape: this.#shape }, from: kept, to: this.#shape }];
    }
    throw new DoesNotFit();
  }
  /** The operation of a member itself. */
  #define(node: Node, chain: readonly ViewStep[]): number {
    if (node === this.#accumulator) return this.#put({ v: "accumulator", dtype: node.dtype });
    if (isOp(node, "reduce") || isOp(node, "argReduce")) {
      const axes = isOp(node, "reduce") ? node.params.axes : [node.params.axis];
      const x = node.inputs[0];
      const order = [...x.shape.keys()].filter((a) => !axes.includes(a)).concat(axes);
      const permuted = order.map((a) => x.shape[a]);
      const steps: ViewStep[] = [{ op: "permute", params: { axes: order }, from: x.shape, to: permuted },
        reshapeStep(permuted, this.#shape)];
      const arg = this.#resolve(x, steps);
      if (isOp(node, "reduce")) return this.#put({ v: "reduce", dtype: node.dtype, kind: node.params.kind, arg });
      const within = contiguousStrides(this.#shape.slice(this.#outer));
      const layout = { offset: 0, strides: this.#shape.map((_, i) => (i < this.#outer ? 0 : within[i - this.#outer])) };
      return this.#put({ v: "argReduce", dtype: "i32", kind: node.params.kind, arg, layout });
    }
    return this.#operation(node, chain);
  }

  /** The value of a node at each cell, reached through a chain of views (innermost first). */
  #resolve(node: Node, chain: readonly ViewStep[]): number {
    const known = this.#locate(node);
    if (known !== null) {
      const layout = this.#through(known.layout, chain);
      return this.#put({ v: "load", dtype: node.dtype, source: this.#source(known.node), layout });
    }
    const member = this.#members.get(node);
    if (member !== undefined) {
      const place = significant(this.#through(dense(node.shape), chain), this.#shape);
      const level = this.#values[member];
      const perRow = sizeOf(node.shape) !== sizeOf(this.#shape) || level.v === "reduce" || level.v === "argReduce";
      if (place !== (perRow ? this.#rows : this.#identity)) throw new DoesNotFit();
      return member;
    }
    // A node that some group stores, but which is not located yet, belongs to a later place in the order.
    if (this.#pending.has(node)) throw new DoesNotFit();
    if (isView(node.op)) return this.#resolve(node.inputs[0], simplify([viewStep(node), ...chain]));
    return this.#operation(node, chain);
  }
  #operation(node: Node, chain: readonly ViewStep[]): number {
    let known = this.#known.get(chain);
    if (known === undefined) this.#known.set(chain, known = new Map());
    let id = known.get(node);
    if (id === undefined) known.set(node, id = this.#compute(node, chain));
    return id;
  }
  #compute(node: Node, chain: readonly ViewStep[]): number {
    if (isView(node.op)) return this.#resolve(node.inputs[0], simplify([viewStep(node), ...chain]));
    if (isOp(node, "constant")) return this.#put({ v: "constant", dtype: node.dtype, value: node.params.value });
    if (isOp(node, "iota")) {
      return this.#put({ v: "position", dtype: node.dtype, layout: this.#through(dense(node.shape), chain) });
    }
    if (isOp(node, "random")) {
      const [state] = node.inputs;
      const layout = this.#through(dense(node.shape), chain);
      const place = this.#locate(state);
      // The four words are read from the start of a buffer.
      if (place === null || place.layout.offset !== 0 || place.layout.strides[0] !== 1) throw new NeedsCopy(state);
      return this.#put({ v: "random", dtype: "u32", source: this.#source(place.node), layout });
    }
    if (isOp(node, "gather")) {
      const [x, index] = node.inputs;
      const at = node.params.axis, rank = index.shape.length;
      const place = this.#locate(x);
      if (place === null) throw new NeedsCopy(x);
      const virtual: Layout = {
        offset: place.layout.offset,
        strides: node.shape.map((_, i) =>
          (i < at ? place.layout.strides[i] : i < at + rank ? 0 : place.layout.strides[i - rank + 1])),
      };
      const wide = node.shape.map((n, i) => (i >= at && i < at + rank ? n : 1));
      const steps: ViewStep[] = [reshapeStep(index.shape, wide),
        { op: "expand", params: { shape: node.shape }, from: wide, to: node.shape }];
      return this.#put({
        v: "gather", dtype: node.dtype, source: this.#source(place.node), layout: this.#through(virtual, chain),
        index: this.#resolve(index, simplify([...steps, ...chain])), stride: place.layout.strides[at],
        limit: x.shape[at] - 1, site: siteOf(node),
      });
    }
    if (isOp(node, "sliceAt")) {
      const [x, at] = node.inputs;
      const place = this.#locate(x);
      if (place === null) throw new NeedsCopy(x);
      const ones = node.shape.map(() => 1);
      const steps: ViewStep[] = [reshapeStep([], ones),
        { op: "expand", params: { shape: node.shape }, from: ones, to: node.shape }];
      return this.#put({
        v: "gather", dtype: node.dtype, source: this.#source(place.node), layout: this.#through(place.layout, chain),
        index: this.#resolve(at, simplify([...steps, ...chain])), stride: place.layout.strides[node.params.axis],
        limit: x.shape[node.params.axis] - node.params.size, site: 0,
      });
    }
    if (!isElementwise(node.op)) throw new NeedsCopy(node);
    const args = node.inputs.map((x) => this.#resolve(x, chain));
    if (node.op === "cast" && this.#values[args[0]].dtype === node.dtype) return args[0];
    const exponent = this.#values[args[1]];
    if (node.op === "pow" && exponent.v === "constant" && exponent.value === 2) {
      return this.#put({ v: "op", dtype: node.dtype, op: "mul", args: [args[0], args[0]] });
    }
    return this.#put({ v: "op", dtype: node.dtype, op: node.op, args });
  }

  /** A layout seen through views. Where one of them cannot be strides, that one has to be copied. */
  #through(layout: Layout, chain: readonly ViewStep[]): Layout {
    let at = layout;
    let view: Node | undefined;
    for (const step of chain) {
      view = step.node ?? view;
      const next = applyView(at, step);
      if (next === null) throw view === undefined ? new DoesNotFit() : new NeedsCopy(view);
      at = next;
    }
    return at;
  }
  #source(node: Node): number {
    const at = this.#sources.indexOf(node);
    return at >= 0 ? at : this.#sources.push(node) - 1;
  }
  #put(value: Value): number {
    const key = JSON.stringify(value, (_, x: unknown) => (typeof x === "number" && !Number.isFinite(x) ? String(x) :
      Object.is(x, -0) ? "-0" : x));
    let id = this.#keys.get(key);
    if (id === undefined) {
      id = this.#values.push(value) - 1;
      this.#keys.set(key, id);
    }
    return id;
  }
}

/** A layout without what cannot be observed: strides of axes of size 1. */
const significant = (layout: Layout, shape: Shape): string =>
  `${layout.offset}:${layout.strides.map((s, i) => (shape[i] === 1 ? 0 : s)).join(",")}`;

/** Neighbouring reshapes become one, and those that change nothing go. */
function simplify(chain: readonly ViewStep[]): ViewStep[] {
  const out: ViewStep[] = [];
  for (const step of chain) {
    const last = out[out.length - 1];
    if (step.op === "reshape" && last !== undefined && last.op === "reshape") {
      out[out.length - 1] = reshapeStep(last.from, step.to);
    } else out.push(step);
  }
  return out.filter((s) => s.op !== "reshape" || s.from.length !== s.to.length || s.from.some((n, i) => n !== s.to[i]));
}
