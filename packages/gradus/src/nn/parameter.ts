import { Tensor } from "../tensor/tensor.ts";
import { state } from "../tensor/create.ts";

const parameters = new WeakSet<Tensor>();
const buffers = new WeakSet<Tensor>();

/** A tensor as a parameter of a module: State that asks for a gradient. */
export function parameter(value: Tensor): Tensor {
  const made = state(value, true);
  parameters.add(made);
  return made;
}
/** A tensor as a buffer of a module: State without a gradient, saved with the parameters (running averages). */
export function buffer(value: Tensor): Tensor {
  const made = state(value);
  buffers.add(made);
  return made;
}
/** True for what `parameter` made. */
export const isParameter = (value: unknown): value is Tensor => value instanceof Tensor && parameters.has(value);
/** True for what `buffer` made. */
export const isBuffer = (value: unknown): value is Tensor => value instanceof Tensor && buffers.has(value);
