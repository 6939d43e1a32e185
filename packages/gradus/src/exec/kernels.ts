import { IndexError, UsageError } from "../vocab/errors.ts";
import { formatShape, isContiguous } from "../vocab/shape.ts";
import { emit, RECORD, withInterpreter } from "../ir/emit.ts";
import { isOp, Node, topologicalOrder } from "../ir/node.ts";
import { isElementwise } from "../ir/op.ts";
import { placeholder } from "../ops/loop.ts";
import type { Layout } from "../compiler/layout.ts";
import { lowerProgram, type ResultPlace } from "../compiler/lower.ts";
import { sentenceOf } from "../compiler/sites.ts";
import type { BufferSlot } from "../compiler/program.ts";
import type { KernelBackend } from "../runtime/backend.ts";
import { allocateDense, attach, replaceStorage, Several, View, viewOf } from "../runtime/storage.ts";
import { ALL_WELL, errorWords, Image } from "./image.ts";

/** A program ready to run: what it reads, and where its results go. */
interface Plan {
  readonly image: Image;
  readonly inputs: readonly BufferSlot[];
  readonly results: readonly ResultPlace[];
  readonly outputs: readonly Node[];
}
/** Plans of eager operations by everything that shapes them; the oldest go first. */
const plans = new WeakMap<KernelBackend, Map<string, Plan>>();
const PLAN_LIMIT = 2048;

/** Runs one operation now, as a program of one node (a composite: of its body). */
export function runNode(backend: KernelBackend, node: Node): View | Several {
  const leaves: Node[] = [];
  const key = describe(node, leaves);
  let known = plans.get(backend);
  if (known === undefined) plans.set(backend, known = new Map());
  let plan = known.get(key);
  if (plan === undefined) {
    plan = makePlan(backend, node, leaves);
    known.set(key, plan);
    if (known.size > PLAN_LIMIT) {
      const [oldest, old] = known.entries().next().value!;
      old.image.dispose();
      known.delete(oldest);
    }
  }
  const views = leaves.map((x) => viewOn(backend, x));
  const made = plan.results.map((r, i) => ("slot" in r ? allocateDense(backend, plan.outputs[i], node.op) : null));
  const address = new Map<BufferSlot, number>();
  plan.inputs.forEach((slot, i) => address.set(slot, views[i].block.allocation!.offset));
  plan.results.forEach((r, i) => { if ("slot" in r) address.set(r.slot, made[i]!.block.allocation!.offset); });
  plan.image.run((slot) => address.get(slot)!);
  if (plan.image.checked && backend.immediate) checkIndices(backend);
  const parts = made.map((view, i) => view ?? shareLeaf(plan, i, views));
  return node.outs === null ? parts[0] : new Several(parts);
}
/** A tensor's numbers, if they lie in this backend's memory. */
function viewOn(backend: KernelBackend, node: Node): View {
  const view = viewOf(node);
  if (view.block.backend === backend) return view;
  throw new UsageError(`a tensor of shape ${formatShape(node.shape)} lives on another backend (` +
    `${view.block.backend.name}) than the one in use (${backend.name}); read it there and make a tensor here`);
}
function shareLeaf(plan: Plan, i: number, views: readonly View[]): View {
  const place = plan.results[i] as { leaf: Node; layout: Layout };
  const view = views[plan.inputs.findIndex((slot) => slot.name === place.leaf.label)];
  return new View(view.block, place.layout.offset, place.layout.strides);
}
/** A dense copy of a strided tensor. */
export const contiguousCopy = (backend: KernelBackend, node: Node): View =>
  runNode(backend, withInterpreter(RECORD, () => emit("reshape", { shape: node.shape }, [node]))) as View;

/** Everything that shapes the plan of a node, and the leaves it reads, in order. */
function describe(node: Node, leaves: Node[]): string {
  const parts: string[] = [];
  const visit = (x: Node): void => {
    if (x.storage !== null || x.tape !== null) {
      const at = leaves.indexOf(x);
      if (at >= 0) {
        parts.push(`#${at}`);
        return;
      }
      leaves.push(x);
      parts.push(keyOf(x));
      return;
    }
    parts.push(`${x.op}${showParams(x)}[${x.shape.join(",")}](`);
    x.inputs.forEach(visit);
    parts.push(")");
  };
  parts.push(`${node.op}${showParams(node)}[${node.shape.join(",")}]${node.dtype}(`);
  node.inputs.forEach(visit);
  return parts.join(" ");
}
/** Dtype, shape and layout of a tensor in a word; asked for often, made once. */
const keys = new WeakMap<object, string>();
function keyOf(x: Node): string {
  const view = viewOf(x);
  let key = keys.get(x);
  // State changes its view, but keeps it dense.
  if (key === undefined || x.tape !== null) {
    key = `${x.dtype}[${x.shape.join(",")}]${view.offset}:${view.strides.join(",")}`;
    keys.set(x, key);
  }
  return key;
}
const bodyIds = new WeakMap<object, number>();
let nextBody = 0;
const idOf = (x: object): number => {
  let id = bodyIds.get(x);
  if (id === undefined) bodyIds.set(x, id = nextBody++);
  return id;
};
function showParams(node: Node): string {
  // The common operations without a detour: this runs on every eager step.
  if (isElementwise(node.op) || node.op === "reshape" || node.op === "expand") return "";
  if (isOp(node, "contract") && node.params.spec.windows.length === 0) {
    const { spec, output } = node.params;
    return `${spec.x},${spec.w},${spec.y},${output}`;
  }
  if (isOp(node, "reduce")) return node.params.kind + node.params.axes.join(",");
  if (node.op === "composite") return `body${idOf((node as Node<"composite">).params.body)}`;
  if (node.op === "scan") {
    const p = (node as Node<"scan">).params;
    return `body${idOf(p.body)},${p.carries},${p.sequences},${p.length},${p.reverse},${p.saved}`;
  }
  // JSON has neither NaN nor the infinities nor -0.
  return JSON.stringify(node.params, (_, x: unknown) =>
    (typeof x === "number" && !Number.isFinite(x) ? String(x) : Object.is(x, -0) ? "-0" : x));
}

function makePlan(backend: KernelBackend, node: Node, leaves: readonly Node[]): Plan {
  // The plan outlives the operands: it is written over stand-ins.
  const stand = new Map(leaves.map((x, i) => {
    const place = placeholder(x);
    place.label = `leaf${i}`;
    return [x, place] as const;
  }));
  const layouts = new Map(leaves.map((x) => {
    const { offset, strides } = viewOf(x);
    return [stand.get(x)!, { offset, strides }] as const;
  }));
  const copy = (x: Node): Node => stand.get(x) ??
    new Node(x.op, x.params, x.inputs.map(copy), x.shape, x.dtype, x.outs);
  const whole = copy(node);
  const outputs = whole.outs === null ? [whole]
    : withInterpreter(RECORD, () => whole.outs!.map((_, index) => emit("project", { index }, [whole])));
  const lowered = lowerProgram({ outputs, leaves: layouts, states: new Map(), flag: -1 }, backend.target);
  return {
    image: new Image(backend, lowered.phases), inputs: leaves.map((x) => lowered.slots.get(stand.get(x)!)!),
    results: lowered.results,
    outputs: outputs.map(({ shape, dtype }) => new Node("buffer", { shape, dtype }, [], shape, dtype, null)),
  };
}

/** The same for a backend whose work may run later: asked for when something is read. */
export async function checkLater(backend: KernelBackend): Promise<void> {
  const at = errorWords(backend);
  complain(backend, at, new Int32Array(await backend.read(at, ALL_WELL.byteLength)), "");
}
function complain(backend: KernelBackend, at: number, [well, site, index]: Int32Array, program: string): void {
  if (well !== 0) return;
  backend.write(at, ALL_WELL);
  throw new IndexError(`${program}${sentenceOf(site, index)}`);
}
/** Throws if a kernel met an index outside its axis, and clears the mark; `program` is put before the sentence. */
export function checkIndices(backend: KernelBackend, program = ""): void {
  const at = errorWords(backend);
  complain(backend, at, new Int32Array(backend.readSync(at, ALL_WELL.byteLength)), program);
}

/** One traced program: the graph, what it reads and what it changes. */
export interface Program {
  readonly arguments: readonly Node[];
  /** Results, then taps, then the new values of State, then the all-finite flag (if any State changes). */
  readonly outputs: readonly Node[];
  readonly results: number;
  readonly taps: readonly string[];
  readonly states: readonly Node[];
  readonly flag: Node | null;
  /** Arguments whose memory results may take. */
  readonly donated: readonly Node[];
}

/** A compiled step: planned for the layouts it was first called with, again for others. */
export class ProgramRunner {
  readonly #backend: KernelBackend;
  readonly #program: Program;
  readonly #name: string;
  readonly #captured: Node[];
  /** Donated arguments and the results made of them row by row: `indexCopy`, `indexAdd`. */
  readonly #reused: readonly { readonly argument: number; readonly result: number }[];
  readonly #plans = new Map<string, { plan: Plan; leaves: readonly Node[]; stateSlots: readonly BufferSlot[] }>();

  constructor(backend: KernelBackend, program: Program, name: string) {
    this.#backend = backend;
    this.#program = program;
    this.#captured = topologicalOrder(program.outputs)
      .filter((node) => node.op === "buffer" && !program.arguments.includes(node));
    for (const state of program.states) if (!this.#captured.includes(state)) this.#captured.push(state);
    this.#name = name;
    this.#reused = program.donated.flatMap((place) => {
      const result = program.outputs.findIndex((y, i) =>
        i < program.results && isOp(y, "scatter") && y.inputs[0] === place);
      return result < 0 ? [] : [{ argument: program.arguments.indexOf(place), result }];
    });
  }

  /** `gifts`: inputs that nobody will use again. */
  readonly run = (inputs: readonly Node[], gifts: ReadonlySet<Node> = new Set()): Node[] => {
    const { arguments: places, outputs, results, taps, states } = this.#program;
    const backend = this.#backend;
    // State is written in place: it must be dense and nobody else may look at the same memory.
    for (const state of states) {
      const view = viewOf(state);
      if (view.block.holders > 1 || view.offset !== 0 || !isContiguous(state.shape, view.strides)) {
        replaceStorage(state, contiguousCopy(backend, state));
      }
    }
    const leaves = [...places, ...this.#captured];
    const actual = [...inputs, ...this.#captured];
    const views = actual.map((x) => viewOn(backend, x));
    // What is written in place is dense and nobody else's: a copy where it is not.
    const copies = this.#reused.flatMap(({ argument }) => {
      const x = inputs[argument], { block, offset, strides } = views[argument];
      const own = gifts.has(x) && block.holders === 1 && actual.indexOf(x) === actual.lastIndexOf(x);
      if (own && offset === 0 && isContiguous(x.shape, strides)) return [];
      return [views[argument] = contiguousCopy(backend, x)];
    });
    const key = views.map((v) => `${v.offset}:${v.strides.join(",")}`).join(";");
    let entry = this.#plans.get(key);
    if (entry === undefined) {
      const layouts = new Map(leaves.map((x, i) =>
        [x, { offset: views[i].offset, strides: views[i].strides }] as const));
      const shown = [...outputs];
      // A guard reads a 32-bit word.
      const flag = this.#program.flag === null ? -1 : shown.length - 1;
      if (flag >= 0) shown[flag] = withInterpreter(RECORD, () => emit("cast", { dtype: "i32" }, [shown[flag]]));
      const first = results + taps.length;
      const lowered = lowerProgram({
        outputs: shown, leaves: layouts, flag, states: new Map(states.map((s, i) => [s, first + i])),
        donated: new Map(this.#reused.map(({ argument, result }) => [places[argument], result])),
      }, backend.target);
      entry = {
        leaves,
        plan: {
          image: new Image(backend, lowered.phases), inputs: leaves.map((x) => lowered.slots.get(x)!),
          results: lowered.results, outputs: shown,
        },
        stateSlots: states.map((s) => lowered.slots.get(s)!),
      };
      this.#plans.set(key, entry);
    }
    const { plan } = entry;
    const address = new Map<BufferSlot, number>();
    plan.inputs.forEach((slot, i) => address.set(slot, views[i].block.allocation!.offset));
    const stateSlots = new Set(entry.stateSlots);
    const made = plan.results.map((r, i) => {
      if (!("slot" in r)) {
        const view = views[entry.leaves.indexOf(r.leaf)];
        return new View(view.block, r.layout.offset, r.layout.strides);
      }
      if (stateSlots.has(r.slot)) return null;
      const taken = plan.inputs.indexOf(r.slot);
      if (taken >= 0) return new View(views[taken].block, r.layout.offset, r.layout.strides);
      const view = allocateDense(backend, plan.outputs[i], "compiled");
      address.set(r.slot, view.block.allocation!.offset);
      return view;
    });
    plan.image.run((slot) => address.get(slot)!);
    if (plan.image.checked && backend.immediate) checkIndices(backend, `compiled ${this.#name}: `);
    for (const copy of copies) copy.release();
    const count = results + taps.length;
    made.slice(count).forEach((view) => view?.release());
    return made.slice(0, count).map((view, i) => {
      const { shape, dtype } = outputs[i];
      return attach(new Node("buffer", { shape, dtype }, [], shape, dtype, null), view!);
    });
  };
}
