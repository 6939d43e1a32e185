import { GradusError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { Node } from "../ir/node.ts";
import { View, viewOf, replaceStorage } from "../runtime/storage.ts";
import { isState } from "./eager.ts";
import { readSync } from "./read.ts";

/** Largest difference between the tiers, relative to the largest number of the tensor: rounding in another order. */
const TOLERANCE = 1e-4;

/** What `check` needs of a compiled program. */
interface Checked {
  readonly program: { readonly results: number; readonly states: readonly Node[] };
  readonly run: (inputs: readonly Node[]) => Node[];
}

/** Runs both tiers from the same State and compares results and State; the compiled outcome stays. */
export function sameNumbers(
  fn: (...args: readonly unknown[]) => unknown, args: readonly unknown[], entry: Checked, tensors: readonly Node[],
): Node[] {
  const { states, results } = entry.program;
  const held = states.map(share);
  const grads = states.map((state) => state.grad);
  const eager = tensorsIn(fn(...args)).map(readSync);
  const eagerStates = states.map(readSync);
  states.forEach((state, i) => {
    replaceStorage(state, held[i]);
    state.grad = grads[i];
  });
  const made = entry.run(tensors);
  made.slice(0, results).forEach((y, i) => compare(`result ${i}`, y, eager[i]));
  states.forEach((state, i) => compare(`State ${i}`, state, eagerStates[i]));
  return made;
}
const share = (state: Node): View => {
  const view = viewOf(state);
  return new View(view.block, view.offset, view.strides);
};
function compare(what: string, node: Node, expected: ArrayLike<number>): void {
  const got = readSync(node);
  let scale = 0, worst = 0, place = 0;
  for (let i = 0; i < got.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]));
    const difference = Object.is(got[i], expected[i]) ? 0 : Math.abs(got[i] - expected[i]);
    if (difference > worst || Number.isNaN(difference)) [worst, place] = [difference, i];
  }
  if (worst <= TOLERANCE * Math.max(scale, 1e-6) || (Number.isNaN(expected[place]) && Number.isNaN(got[place]))) return;
  const kind = isState(node) ? " (State)" : "";
  throw new GradusError(`compile check: ${what} of shape ${formatShape(node.shape)}${kind} ` +
    `differs at element ${place}: compiled ${got[place]}, eager ${expected[place]}`);
}
function tensorsIn(value: unknown): Node[] {
  if (value instanceof Node) return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(tensorsIn);
}
