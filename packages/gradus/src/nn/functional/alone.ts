import type { Tensor } from "../../tensor/tensor.ts";
import { scan } from "../../ops/loop.ts";
import { reshape } from "../../ops/movement.ts";

/**
 * All results of a piece of work at once, as a loop of one step: a compiled program runs it as a whole before what
 * comes next, and merges nothing in it with equal work elsewhere. So its intermediate numbers are gone afterwards, and
 * what a gradient computes again is not kept from the forward pass. The body sees only what it is given.
 */
export function alone(
  inputs: readonly Tensor[], body: (given: readonly Tensor[]) => readonly Tensor[],
): Tensor[] {
  const { results } = scan([], [], inputs, (_, __, given) => ({ carries: [], results: body(given) }), { length: 1 });
  return results.map((y) => reshape(y, y.shape.slice(1)));
}
