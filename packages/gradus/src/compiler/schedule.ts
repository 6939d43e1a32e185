import { sizeOf } from "../vocab/shape.ts";
import { isOp, topologicalOrder, type Node } from "../ir/node.ts";
import { isElementwise, isView } from "../ir/op.ts";
import { cost } from "./lower-map.ts";
import { DoesNotFit, FusedBuilder, isInline, NeedsCopy, viewStep, type Fused } from "./fused.ts";
import { applyView, dense, type Layout } from "./layout.ts";
import { chooseLayouts } from "./layouts.ts";

/**
 * Up to this price (in additions a cell) a value that several kernels use is computed again in each: writing a cell to
 * memory and reading it back costs about as much as a transcendental function.
 */
const RECOMPUTE = 60;
/** So many arrays of its own size a value is read from before storing it pays; a sum that grows from layer to layer. */
const READS = 4;
/** A smaller view is read where it lies. */
const SCATTERED_FROM = 1024;

/** What one kernel (or a small family of calls) computes. */
export interface Group {
  readonly kind: "map" | "contract" | "special";
  /** Nodes whose values it makes, in order; the first is the contraction or the special operation. */
  readonly members: Node[];
  /** For maps and epilogues. */
  fused: Fused | null;
  /** Iteration space, for groups that may grow. */
  shape: readonly number[];
  outer: number;
  /** Where the operands of a contraction or a special operation lie. */
  readonly places: ReadonlyMap<Node, Place>;
  /** True for work that only happens when the step is all finite. */
  commit: boolean;
}

/** A piece of another node's buffer: its layout by its own axes, and by those of the group that computes it. */
export interface Slice {
  readonly whole: Node;
  readonly layout: Layout;
  readonly seen: Layout;
}

/** Where the numbers of a node lie: in its own dense buffer, or in that of another node. */
export interface Place {
  readonly node: Node;
  readonly layout: Layout;
}

const NOWHERE: ReadonlyMap<Node, Place> = new Map();

/**
 * Divides a graph into kernels. Cheap operations are computed where they are used; the others become members of a
 * group: they join the group that makes their last operand if every cell fits, or open a new one. Groups run in the
 * order in which they were opened.
 */
export class Schedule {
  readonly groups: Group[] = [];
  /** The group that makes a node. */
  readonly groupOf = new Map<Node, number>();
  /** Members whose numbers other groups read, or that leave the program. */
  readonly stored = new Set<Node>();
  /** Members written straight into the piece of a larger buffer that a `concat` would copy them to. */
  readonly slices = new Map<Node, Slice>();
  /** Layouts of nodes that are not dense. */
  readonly layouts: ReadonlyMap<Node, Layout>;
  readonly #leaves: ReadonlyMap<Node, Layout>;
  readonly #roots = new Set<Node>();
  readonly #commits: ReadonlySet<Node>;
  readonly #outputs: ReadonlySet<Node>;
  /** Who uses a node, looked up through views. */
  readonly #users = new Map<Node, Set<Node>>();
  #flagGroup = -1;

  constructor(
    outputs: readonly Node[], leaves: ReadonlyMap<Node, Layout>, flag: Node | null, commits: ReadonlySet<Node>,
    lanes = 1,
  ) {
    this.#leaves = leaves;
    this.#commits = commits;
    const order = topologicalOrder(flag === null ? outputs : [flag, ...outputs]);
    this.#outputs = new Set([...outputs, ...(flag === null ? [] : [flag])]);
    this.layouts = lanes === 1 ? new Map() : chooseLayouts(order, leaves, this.#outputs, lanes);
    this.#chooseRoots(order);
    for (const node of order) {
      if (this.#roots.has(node)) this.#place(node);
      if (node === flag) this.#flagGroup = this.groupOf.get(this.rootOf(flag)) ?? -1;
    }
    this.#markStored();
    this.#placeSlices();
  }

  /** How a node's own numbers lie. */
  layoutOf(node: Node): Layout {
    return this.layouts.get(node) ?? dense(node.shape);
  }
  /** The same seen from the kept axes of a kernel; null where strides do not express it. */
  seenFrom(node: Node, shape: readonly number[]): Layout | null {
    return applyView(this.layoutOf(node), { op: "reshape", params: { shape }, from: node.shape, to: shape });
  }
  /** The node that holds the numbers of a view. */
  rootOf(node: Node): Node {
    let at = node;
    while (isView(at.op) && !this.#roots.has(at) && !this.#leaves.has(at)) at = at.inputs[0];
    return at;
  }
  /** How a node's cells lie in the buffer of its root, or null if a copy is needed first. */
  locate(node: Node): Place | null {
    const chain: Node[] = [];
    let at = node;
    while (isView(at.op) && !this.groupOf.has(at) && !this.#leaves.has(at)) {
      chain.push(at);
      at = at.inputs[0];
    }
    let layout = this.#leaves.get(at) ?? (this.groupOf.has(at) ? this.layoutOf(at) : null);
    while (layout !== null && chain.length > 0) layout = applyView(layout, viewStep(chain.pop()!));
    return layout === null ? null : { node: at, layout };
  }

  /** Nodes that need numbers of their own; all others are computed on the way. */
  #chooseRoots(order: readonly Node[]): void {
    const users = this.#users;
    const wide = new Set<Node>();
    const whole = new Set<Node>();
    const use = (node: Node, user: Node, needsMemory: boolean): void => {
      let at = node, stretched = false;
      for (;;) {
        if (isOp(at, "expand")) stretched = true;
        if (!isView(at.op) || this.#leaves.has(at)) break;
        at = at.inputs[0];
      }
      let set = users.get(at);
      if (set === undefined) users.set(at, set = new Set());
      set.add(user);
      if (stretched && sizeOf(node.shape) > sizeOf(at.shape)) wide.add(at);
      if (needsMemory) whole.add(at);
    };
    for (const node of order) {
      node.inputs.forEach((x, i) => {
        if (isView(node.op)) return;
        const gathered = (node.op === "gather" || node.op === "sliceAt") && i === 0;
        const streams = isInline(node) || node.op === "reduce" || node.op === "argReduce";
        use(x, node, gathered || !streams || node.op === "random");
      });
    }
    for (const node of this.#outputs) {
      if (this.#leaves.has(node)) continue;
      // What leaves the program is stored in its own right, also when it is a view or a plain source.
      this.#roots.add(node);
      if (isView(node.op)) use(node.inputs[0], node, false);
    }
    for (const node of order) {
      if (this.#leaves.has(node) || isOp(node, "buffer")) continue;
      if (isView(node.op)) continue;
      if (!isInline(node)) this.#roots.add(node);
      else if (whole.has(node)) this.#roots.add(node);
      else if (node.op === "constant" || node.op === "iota") continue;
      else if (wide.has(node) && this.#price(node) > 0) this.#roots.add(node);
      else if ((users.get(node)?.size ?? 0) > 1 && (this.#price(node) > RECOMPUTE || this.#isWorthKeeping(node))) {
        this.#roots.add(node);
      }
    }
  }

  /**
   * Whether a value that several use is better written once: where it takes the place of a product that only it reads,
   * or where many arrays would be read again.
   */
  #isWorthKeeping(node: Node): boolean {
    const size = sizeOf(node.shape), read = new Set<Node>();
    let product = false;
    const visit = (x: Node, through: Node): void => {
      if (read.size >= READS || read.has(x)) return;
      const stored = this.#leaves.has(x) || this.#roots.has(x);
      if (!stored) {
        if (!isInline(x) || x.op === "constant" || x.op === "iota") return;
        x.inputs.forEach((y) => visit(y, isView(x.op) ? through : x));
        return;
      }
      if (sizeOf(x.shape) !== size) return;
      read.add(x);
      if (x.op === "contract" && through === node && this.#users.get(x)?.size === 1) product = true;
    };
    node.inputs.forEach((x) => visit(x, node));
    return product || read.size >= READS;
  }

  /** What computing a node again from stored numbers would cost, in additions; sources and views are free. */
  #price(node: Node): number {
    let sum = 0;
    const seen = new Set<Node>();
    const visit = (x: Node): void => {
      if (seen.has(x) || sum > RECOMPUTE || this.#leaves.has(x) || (x !== node && this.#roots.has(x))) return;
      seen.add(x);
      if (x.op === "gather" || x.op === "sliceAt") sum += 4;
      else if (x.op === "random") sum += 40;
      else if (isElementwise(x.op)) sum += x.op === "cast" ? 0.5 : cost(x.op);
      else if (!isView(x.op)) return;
      x.inputs.forEach(visit);
    };
    visit(node);
    return sum;
  }

  #place(node: Node): void {
    if (this.groupOf.has(node)) return;
    if (isInline(node) || node.op === "reduce" || node.op === "argReduce") {
      this.#placeMap(node);
      return;
    }
    // Operands of everything else must lie in memory.
    for (const x of node.inputs) {
      this.ensureLocated(x);
      if (isOp(node, "contract") && this.#isScattered(x)) this.#makeRoot(x);
    }
    const places = new Map(node.inputs.map((x) => [x, this.locate(x)!]));
    this.#open({ places,
      kind: isOp(node, "contract") ? "contract" : "special", members: [node], fused: null, shape: node.shape,
      outer: node.shape.length, commit: this.#isCommit(node),
    });
  }
  /** Whether no two cells of a view lie side by side: a product reads them often enough to lay them out anew. */
  #isScattered(node: Node): boolean {
    if (!isView(node.op) || sizeOf(node.shape) < SCATTERED_FROM) return false;
    const strides = this.locate(node)!.layout.strides.filter((_, axis) => node.shape[axis] > 1);
    return strides.length > 0 && strides.every((s) => Math.abs(s) > 1);
  }
  /** Makes sure that a node can be read through strides. */
  ensureLocated(node: Node): void {
    if (this.locate(node) !== null) return;
    const root = this.rootOf(node);
    if (!this.groupOf.has(root) && !this.#leaves.has(root)) {
      this.#roots.add(root);
      this.#place(root);
      if (this.locate(node) !== null) return;
    }
    this.#roots.add(node);
    this.#place(node);
  }
  #open(group: Group): void {
    const at = this.groups.push(group) - 1;
    for (const node of group.members) this.groupOf.set(node, at);
  }

  #placeMap(node: Node): void {
    const earliest = this.#lastOperand(node);
    const commit = this.#isCommit(node);
    const least = commit ? this.#flagGroup + 1 : 0;
    if (earliest >= least && this.#join(this.groups[earliest], node, earliest, commit)) return;
    const reducing = isOp(node, "reduce") || isOp(node, "argReduce");
    for (let attempt = 0; ; attempt++) {
      try {
        const { shape, outer } = reducing ? reductionSpace(node)
          // A reshape that strides cannot express is copied in the order of its operand.
          : attempt === 1 && isOp(node, "reshape") ? { shape: node.inputs[0].shape, outer: node.inputs[0].shape.length }
            : { shape: node.shape, outer: node.shape.length };
        const fused = this.#build(shape, outer, [node], null, this.groups.length);
        this.#open({ kind: "map", members: [node], fused, shape, outer, places: NOWHERE, commit });
        return;
      } catch (error) {
        if (attempt > 64) throw error;
        if (attempt === 0 && isOp(node, "reshape")) continue;
        if (error instanceof NeedsCopy) this.#makeRoot(error.node);
        else if (error instanceof DoesNotFit) node.inputs.forEach((x) => this.#makeRoot(x));
        else throw error;
      }
    }
  }
  /** Gives a node numbers of its own. */
  #makeRoot(node: Node): void {
    if (this.groupOf.has(node) || this.#leaves.has(node)) return;
    this.#roots.add(node);
    this.#place(node);
  }

  /** The last group that must have run before a node can be computed on the way. */
  #lastOperand(node: Node): number {
    let last = -1;
    const seen = new Set<Node>();
    const visit = (x: Node): void => {
      if (seen.has(x)) return;
      seen.add(x);
      const group = this.groupOf.get(x);
      if (group !== undefined) last = Math.max(last, group);
      else if (!this.#leaves.has(x)) x.inputs.forEach(visit);
    };
    node.inputs.forEach(visit);
    return last;
  }

  /** New State, and whatever is computed from it. What may meet a wrong index comes before State is written. */
  #isCommit(node: Node): boolean {
    if (this.#commits.has(node)) return true;
    if (this.#commits.size === 0) return false;
    const seen = new Set<Node>();
    const late = (x: Node): boolean => {
      if (seen.has(x)) return false;
      seen.add(x);
      const group = this.groupOf.get(x);
      if (group !== undefined) return this.groups[group].commit;
      return !this.#leaves.has(x) && x.inputs.some(late);
    };
    return node.inputs.some(late);
  }

  #join(group: Group, node: Node, at: number, commit: boolean): boolean {
    if (group.kind === "special" || group.commit !== commit) return false;
    if (group.members.length >= 24) return false;
    const reducing = isOp(node, "reduce") || isOp(node, "argReduce");
    if (group.kind === "contract" && (reducing || sizeOf(node.shape) !== sizeOf(group.shape))) return false;
    const members = [...group.members, node];
    const spaces = [{ shape: group.shape, outer: group.outer }];
    if (reducing) {
      const space = reductionSpace(node);
      if (sizeOf(space.shape) !== sizeOf(group.shape)) return false;
      // A map without reductions may take over the reduction's axes.
      if (group.outer === group.shape.length) spaces[0] = space;
      else if (sizeOf(space.shape.slice(0, space.outer)) !== sizeOf(group.shape.slice(0, group.outer))) return false;
    }
    for (const { shape, outer } of spaces) {
      try {
        if (members.some((m) => this.layouts.has(m) && this.#isUnseen(m, shape, outer))) continue;
        const fused = this.#build(shape, outer, members, group.kind === "contract" ? group.members[0] : null, at);
        if (
          group.kind === "contract" &&
          fused.values.some((v) => v.v === "gather" || v.v === "random" || v.v === "reduce")
        ) continue;
        group.members.push(node);
        group.fused = fused;
        group.shape = shape;
        group.outer = outer;
        this.groupOf.set(node, at);
        return true;
      } catch (error) {
        if (!(error instanceof NeedsCopy) && !(error instanceof DoesNotFit)) throw error;
      }
    }
    return false;
  }
  /** Whether a member could not be written from a kernel's axes. */
  #isUnseen(node: Node, shape: readonly number[], outer: number): boolean {
    return this.seenFrom(node, sizeOf(node.shape) === sizeOf(shape) ? shape : shape.slice(0, outer)) === null;
  }
  #build(
    shape: readonly number[], outer: number, members: readonly Node[], accumulator: Node | null, at: number,
  ): Fused {
    const locate = (node: Node): Place | null => {
      const place = this.locate(node);
      if (place === null) return null;
      const group = this.groupOf.get(place.node);
      if (group === at) return null;
      if (group !== undefined && group > at) throw new DoesNotFit();
      return place;
    };
    const inside = new Set(members);
    const pending = { has: (node: Node) => this.#roots.has(node) && !inside.has(node) } as ReadonlySet<Node>;
    const builder = new FusedBuilder(shape, outer, locate, pending, accumulator);
    for (const member of members) builder.add(member);
    return builder.finish();
  }

  /** Finds operands of `concat` that nobody else reads: they are written where they belong. */
  #placeSlices(): void {
    for (const { members: [whole], places } of this.groups) {
      if (!isOp(whole, "concat")) continue;
      const { strides } = this.layoutOf(whole);
      let at = 0;
      for (const piece of whole.inputs) {
        const layout = { offset: at * strides[whole.params.axis], strides };
        at += piece.shape[whole.params.axis];
        const group = this.groups[this.groupOf.get(piece) ?? -1];
        if (group === undefined || group.kind === "special" || group.fused === null) continue;
        if (this.#outputs.has(piece) || this.#users.get(piece)?.size !== 1 || this.slices.has(piece)) continue;
        // Neither here, as a second piece or through a view: that would be looked for where the piece lay by itself.
        if (whole.inputs.filter((x) => places.get(x)?.node === piece).length > 1) continue;
        if (sizeOf(piece.shape) !== sizeOf(group.shape) || piece.op === "reduce" || piece.op === "argReduce") continue;
        if (group.commit !== this.groups[this.groupOf.get(whole)!].commit) continue;
        const seen = applyView(layout, {
          op: "reshape", params: { shape: group.shape }, from: piece.shape, to: group.shape,
        });
        if (seen !== null) this.slices.set(piece, { whole, layout, seen });
      }
    }
  }

  /** Decides which members are written to memory at all. */
  #markStored(): void {
    for (const node of this.#outputs) if (this.groupOf.has(node)) this.stored.add(node);
    this.groups.forEach((group) => {
      for (const source of group.fused?.sources ?? []) if (!this.#leaves.has(source)) this.stored.add(source);
      if (group.kind === "map") return;
      for (const { node } of group.places.values()) if (!this.#leaves.has(node)) this.stored.add(node);
    });
  }
}

/** Axes of a reduction's operand, kept ones first; windows that were flattened just before are taken apart again. */
function reductionSpace(node: Node): { shape: readonly number[]; outer: number } {
  const axes = isOp(node, "reduce") ? node.params.axes : [(node as Node<"argReduce">).params.axis];
  const x = node.inputs[0];
  const kept = x.shape.filter((_, a) => !axes.includes(a)), reduced = axes.map((a) => x.shape[a]);
  const before = isOp(x, "reshape") ? x.inputs[0].shape : null;
  if (before !== null && axes.every((a, i) => a === kept.length + i)) {
    // [..., 2, 2] flattened to [..., 4]: reduce over both of the original axes.
    const whole = sizeOf(reduced);
    let at = before.length, size = 1;
    while (at > 0 && size < whole) size *= before[--at];
    if (size === whole && before.slice(0, at).join() === kept.join()) return { shape: before, outer: at };
  }
  return { shape: [...kept, ...reduced], outer: kept.length };
}

