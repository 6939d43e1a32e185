import type { Kernel } from "../ir/kernel.ts";
import type { BufferSlot, Call, Phase } from "../compiler/program.ts";

/** One call of a kernel. */
export interface CallExplanation {
  readonly kernel: string;
  /** Pieces of equal work that threads share. */
  readonly units: number;
  /** Multiply-adds or moved elements of the whole call, estimated. */
  readonly work: number;
  /** What it reads and writes, such as "read argument 0". */
  readonly operands: readonly string[];
  /** Sizes and strides by name. */
  readonly ints: Readonly<Record<string, number>>;
}
/** Calls that may run side by side, or what stands between them. */
export interface PhaseExplanation {
  /** "calls", "guard" (go on only if every gradient is finite) or for example "loop of 64". */
  readonly what: string;
  readonly calls: readonly CallExplanation[];
}
interface DescribedPhase {
  readonly what: string;
  readonly calls: readonly { readonly kernel: Kernel; readonly call: CallExplanation }[];
}

/** Phases in order; those of a loop follow it with "in loop" before them. */
export function describePhases(phases: readonly Phase[], names: ReadonlyMap<object, string>): DescribedPhase[] {
  return describe(phases, slotNames(phases, names), "");
}

function describe(phases: readonly Phase[], names: ReadonlyMap<object, string>, inside: string): DescribedPhase[] {
  return phases.flatMap((phase): DescribedPhase[] => {
    if ("calls" in phase) {
      const calls = phase.calls.map((call) => ({ kernel: call.kernel, call: describeCall(call, names) }));
      return [{ what: `${inside}calls`, calls }];
    }
    if (phase.item === "guard") return [{ what: `${inside}guard`, calls: [] }];
    const what = `${inside}loop of ${phase.length}${phase.reverse ? ", backwards" : ""}`;
    return [{ what, calls: [] }, ...describe(phase.body, names, `in loop: ${inside}`)];
  });
}

function describeCall(call: Call, names: ReadonlyMap<object, string>): CallExplanation {
  const { kernel, units, work, operands, ints } = call;
  return {
    kernel: kernel.name, units, work: Math.round(work),
    operands: operands.map(({ slot, offset, step }, i) => {
      const from = offset === 0 ? "" : ` from ${offset}`;
      return `${kernel.buffers[i].access} ${names.get(slot)!}${from}${step === 0 ? "" : `, ${step} further each time`}`;
    }),
    ints: Object.fromEntries(kernel.ints.map((name, i) => [name, ints[i]])),
  };
}

/** The given names of leaves and results, and numbers for scratch. */
export function slotNames(phases: readonly Phase[], given: ReadonlyMap<object, string>): Map<object, string> {
  const names = new Map(given);
  let scratch = 0;
  const meet = (slot: BufferSlot): void => {
    if (names.has(slot)) return;
    names.set(slot, slot.kind === "scratch" ? `scratch ${scratch++} (${slot.name})` : slot.name);
  };
  const walk = (list: readonly Phase[]): void => {
    for (const phase of list) {
      if ("calls" in phase) for (const call of phase.calls) for (const { slot } of call.operands) meet(slot);
      else if (phase.item === "guard") meet(phase.operand.slot);
      else walk(phase.body);
    }
  };
  walk(phases);
  return names;
}
