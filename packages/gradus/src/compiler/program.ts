import type { DType } from "../vocab/dtype.ts";
import type { Kernel } from "../ir/kernel.ts";

/** A piece of memory a program works on: a leaf, a result, or scratch. Identity is the object itself. */
export interface BufferSlot {
  readonly name: string;
  readonly dtype: DType;
  /** Elements. */
  readonly size: number;
  readonly kind: "leaf" | "result" | "scratch" | "error";
}
/** An operand of a call: where it starts, and how far it moves with each step of the loop around it, in elements. */
export interface Operand {
  readonly slot: BufferSlot;
  readonly offset: number;
  readonly step: number;
}
export interface Call {
  readonly item: "call";
  readonly kernel: Kernel;
  readonly operands: readonly Operand[];
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  readonly units: number;
  readonly work: number;
  /** What it computes, for people. */
  readonly label: string;
}
export interface Loop {
  readonly item: "loop";
  readonly length: number;
  readonly reverse: boolean;
  readonly body: readonly Item[];
}
/** Stop here unless the word is nonzero. */
export interface Guard {
  readonly item: "guard";
  readonly operand: Operand;
}
export type Item = Call | Loop | Guard;

/** Calls that may run at the same time, or a loop, or a guard. */
export type Phase =
  | { readonly calls: readonly Call[] }
  | Guard
  | (Omit<Loop, "body"> & { readonly body: readonly Phase[] });

const reads = (call: Call): BufferSlot[] =>
  call.operands.flatMap((o, i) => (call.kernel.buffers[i].access === "write" ? [] : [o.slot]));
const writes = (call: Call): BufferSlot[] =>
  call.operands.flatMap((o, i) => (call.kernel.buffers[i].access === "read" ? [] : [o.slot]));

/** Puts neighbouring calls that do not touch each other's results into one phase. */
export function phasesOf(items: readonly Item[]): Phase[] {
  const phases: Phase[] = [];
  let open: Call[] = [];
  const read = new Set<BufferSlot>(), written = new Set<BufferSlot>();
  const close = (): void => {
    if (open.length > 0) phases.push({ calls: open });
    open = [];
    read.clear();
    written.clear();
  };
  for (const item of items) {
    if (item.item === "call") {
      if (item.units === 0) continue;
      const ins = reads(item), outs = writes(item);
      const clash = ins.some((s) => written.has(s) && s.kind !== "error") ||
        outs.some((s) => s.kind !== "error" && (written.has(s) || read.has(s)));
      if (clash) close();
      open.push(item);
      ins.forEach((s) => read.add(s));
      outs.forEach((s) => written.add(s));
    } else {
      close();
      phases.push(item.item === "guard" ? item : { ...item, body: phasesOf(item.body) });
    }
  }
  close();
  return phases;
}

/** Every call of a phase, those in loops included. */
export function* callsOf(phase: Phase): Generator<Call> {
  if ("calls" in phase) yield* phase.calls;
  else if (phase.item === "loop") for (const inner of phase.body) yield* callsOf(inner);
}

/** Where scratch lies in one arena. */
export interface ArenaPlan {
  readonly offsets: ReadonlyMap<BufferSlot, number>;
  readonly bytes: number;
}
const ALIGN = 64, SLACK = 64;

/**
 * Offsets for scratch buffers: two share memory when no phase needs both. Largest first, each at the lowest place that
 * is free over its whole life.
 */
export function planArena(phases: readonly Phase[], bytesOf: (slot: BufferSlot) => number): ArenaPlan {
  const life = new Map<BufferSlot, [first: number, last: number]>();
  const use = (slot: BufferSlot, at: number): void => {
    if (slot.kind !== "scratch") return;
    const known = life.get(slot);
    if (known === undefined) life.set(slot, [at, at]);
    else known[1] = at;
  };
  phases.forEach((phase, at) => {
    if ("item" in phase && phase.item === "guard") use(phase.operand.slot, at);
    for (const call of callsOf(phase)) for (const operand of call.operands) use(operand.slot, at);
  });
  const placed: { from: number; to: number; first: number; last: number }[] = [];
  const offsets = new Map<BufferSlot, number>();
  let bytes = 0;
  const bySize = [...life]
    .map(([slot, span]) => ({ slot, span, size: Math.ceil((bytesOf(slot) + SLACK) / ALIGN) * ALIGN }))
    .sort((a, b) => b.size - a.size);
  for (const { slot, span: [first, last], size } of bySize) {
    const busy = placed.filter((p) => p.first <= last && p.last >= first).sort((a, b) => a.from - b.from);
    let at = 0;
    for (const p of busy) {
      if (at + size <= p.from) break;
      at = Math.max(at, p.to);
    }
    placed.push({ from: at, to: at + size, first, last });
    offsets.set(slot, at);
    bytes = Math.max(bytes, at + size);
  }
  return { offsets, bytes };
}
