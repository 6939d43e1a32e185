import { bytesOf } from "../vocab/dtype.ts";
import { callsOf, planArena, type BufferSlot, type Phase } from "../compiler/program.ts";
import { slotNames } from "./phases.ts";

/** One buffer of a program. */
export interface BufferExplanation {
  readonly name: string;
  readonly dtype: string;
  readonly elements: number;
  readonly bytes: number;
  /** For scratch: where it lies in the arena, and the first and last phase that need it. */
  readonly offset: number | null;
  readonly first: number;
  readonly last: number;
}
/** Where the numbers of a program lie. */
export interface MemoryPlan {
  readonly buffers: readonly BufferExplanation[];
  /** Bytes of the arena that holds all scratch. */
  readonly arenaBytes: number;
  /** Bytes that scratch would take if no two buffers shared memory. */
  readonly scratchBytes: number;
}

const sizeInBytes = (slot: BufferSlot): number => Math.max(1, slot.size) * bytesOf(slot.dtype);

/** The buffers of a program in order of first use, with the place of each scratch buffer in the arena. */
export function planMemory(phases: readonly Phase[], given: ReadonlyMap<object, string>): MemoryPlan {
  const names = slotNames(phases, given);
  const arena = planArena(phases, sizeInBytes);
  const life = new Map<BufferSlot, { first: number; last: number }>();
  phases.forEach((phase, at) => {
    const slots = [...callsOf(phase)].flatMap((call) => call.operands.map(({ slot }) => slot));
    if ("item" in phase && phase.item === "guard") slots.push(phase.operand.slot);
    for (const slot of slots) {
      const known = life.get(slot);
      if (known === undefined) life.set(slot, { first: at, last: at });
      else known.last = at;
    }
  });
  const held = [...life].filter(([slot]) => slot.kind !== "error");
  const buffers = held.map(([slot, { first, last }]): BufferExplanation => ({
    name: names.get(slot)!, dtype: slot.dtype, elements: slot.size, bytes: sizeInBytes(slot),
    offset: arena.offsets.get(slot) ?? null, first, last,
  }));
  return {
    buffers, arenaBytes: arena.bytes,
    scratchBytes: buffers.reduce((sum, b) => sum + (b.offset === null ? 0 : b.bytes), 0),
  };
}
