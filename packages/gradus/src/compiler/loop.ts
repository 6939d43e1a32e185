import { sizeOf } from "../vocab/shape.ts";
import { emit, RECORD, withInterpreter } from "../ir/emit.ts";
import type { Node } from "../ir/node.ts";
import { scratch, type AroundLoop, type Binding, type Calls, type Destination } from "./calls.ts";
import { dense, type Layout } from "./layout.ts";
import type { Item } from "./program.ts";
import { Schedule } from "./schedule.ts";

/** Lowers the graph inside a loop, with places for its inputs and its results, to the items of one step. */
export type LowerBody = (
  schedule: Schedule, bindings: Map<Node, Binding>, destinations: ReadonlyMap<Node, Destination>, loop: AroundLoop,
) => readonly Item[];

/** An operand of a loop inside another loop stands still while the inner one runs: a moving one is copied first. */
function still(calls: Calls, node: Node): { binding: Binding; layout: Layout } {
  const place = calls.located(node);
  if (place.binding.step === 0) return place;
  const slot = scratch("still", node.dtype, sizeOf(node.shape));
  const layout = dense(node.shape);
  calls.copy(node, layout, { slot, offset: 0, step: 0 });
  return { binding: { slot, layout, offset: 0, step: 0 }, layout };
}

/**
 * A loop. Each carry has one place per step boundary, so that nothing is overwritten: step t reads place t and writes
 * place t+1 (the other way round in reverse). The carries a gradient asks for are then simply those places.
 * Returns where the results lie.
 */
export function lowerLoop(calls: Calls, node: Node<"scan">, lowerBody: LowerBody): readonly Binding[] {
  const { body, carries: n, sequences: m, length, reverse, saved } = node.params;
  const inside = new Map<Node, Binding>();
  const destinations = new Map<Node, Destination>();
  const constants = new Set<Node>();
  const carrySlots = body.inputs.slice(0, n).map((x) => scratch("carry", x.dtype, (length + 1) * sizeOf(x.shape)));
  const enter = reverse ? 1 : 0, leave = reverse ? 0 : 1;
  body.inputs.forEach((place, i) => {
    if (i < n) {
      const size = sizeOf(place.shape);
      const start = { slot: carrySlots[i], offset: reverse ? length * size : 0, step: 0 };
      calls.copy(node.inputs[i], dense(place.shape), start);
      inside.set(place, { slot: carrySlots[i], layout: dense(place.shape), offset: enter * size, step: size });
      return;
    }
    const { binding, layout } = still(calls, node.inputs[i]);
    if (i < n + m) {
      // One slice per step: the leading axis becomes the step of the loop.
      inside.set(place, {
        slot: binding.slot, offset: binding.offset, step: layout.strides[0],
        layout: { offset: layout.offset, strides: layout.strides.slice(1) },
      });
    } else {
      inside.set(place, { ...binding, layout });
      constants.add(place);
    }
  });
  const results = body.outputs.length - n - saved;
  const parts: Binding[] = [];
  const wrap = (y: Node): Node => withInterpreter(RECORD, () => emit("reshape", { shape: y.shape }, [y]));
  const roots: Node[] = [];
  for (let i = 0; i < n; i++) {
    const y = body.outputs[i], size = sizeOf(y.shape);
    // A value that already has a place, or none of its own, is copied.
    const root = destinations.has(y) || inside.has(y) ? wrap(y) : y;
    destinations.set(root, { slot: carrySlots[i], offset: leave * size, step: size });
    roots.push(root);
    parts.push({ slot: carrySlots[i], layout: dense(y.shape), offset: reverse ? 0 : length * size, step: 0 });
  }
  for (let i = 0; i < results; i++) {
    const y = body.outputs[n + i], size = sizeOf(y.shape);
    const stacked = [length, ...y.shape];
    const carried = body.outputs.slice(0, n).indexOf(y);
    if (carried >= 0 && roots[carried] === y) {
      parts.push({ slot: carrySlots[carried], layout: dense(stacked), offset: leave * size, step: 0 });
      continue;
    }
    const root = destinations.has(y) || inside.has(y) ? wrap(y) : y;
    const slot = scratch("result", y.dtype, length * size);
    destinations.set(root, { slot, offset: 0, step: size });
    roots.push(root);
    parts.push({ slot, layout: dense(stacked), offset: 0, step: 0 });
  }
  for (let i = 0; i < saved; i++) {
    const y = body.inputs[i];
    const layout = dense([length, ...y.shape]);
    parts.push({ slot: carrySlots[i], layout, offset: enter * sizeOf(y.shape), step: 0 });
  }
  const leaves = new Map([...inside].map(([x, b]) => [x, b.layout] as const));
  const schedule = new Schedule(roots, leaves, null, new Set());
  const before: Item[] = [];
  const items = lowerBody(schedule, inside, destinations, { before, constants });
  calls.items.push(...before);
  if (length > 0) calls.items.push({ item: "loop", length, reverse, body: items });
  return parts;
}
