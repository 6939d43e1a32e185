import { ShapeError } from "../../vocab/errors.ts";
import { formatShape } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { perAxis } from "../../ops/contract.ts";
import { squeeze, unsqueeze } from "../../ops/movement.ts";

/** One number for all spatial axes, or one for each. */
export type Size = number | readonly number[];

/** One size for each of `rank` spatial axes. Throws when a list has another length. */
export function eachAxis(size: Size | undefined, rank: number, fallback: number, name: string): number[] {
  const sizes = perAxis(size, rank, fallback);
  if (sizes.length === rank) return sizes;
  throw new ShapeError(`${name}: ${formatShape(sizes)} is not one size for each of ${rank} spatial axes; give one ` +
    `number, or ${rank}`);
}
/**
 * Applies a function of (N, C, ...space) to x; where the batch axis is left out, (C, ...space), it is added for the
 * while, as in PyTorch. Throws when x has another number of axes.
 */
export function batched(x: Tensor, rank: number, name: string, body: (x: Tensor) => Tensor): Tensor {
  if (x.shape.length === rank + 1) return squeeze(body(unsqueeze(x, 0)), 0);
  needsSpace(x, rank, name);
  return body(x);
}
/** Throws unless x is (N, C, ...space). */
export function needsSpace(x: Tensor, rank: number, name: string): void {
  if (x.shape.length === rank + 2) return;
  throw new ShapeError(`${name}: the input is ${formatShape(x.shape)}; it needs ${rank + 2} axes (batch, channels, ` +
    `${rank} spatial)`);
}
