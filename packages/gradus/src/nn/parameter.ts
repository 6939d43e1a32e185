import { Tensor } from "../tensor/tensor.ts";
import { state } from "../tensor/create.ts";
import { noGrad, scope } from "../tensor/gradient.ts";
import { eagerly } from "../exec/state.ts";
import { currentTrace } from "../exec/trace.ts";

const parameters = new WeakSet<Tensor>();
const buffers = new WeakSet<Tensor>();
const passing = new WeakSet<Tensor>();

/** A tensor as a parameter of a module: State that asks for a gradient. */
export function parameter(value: Tensor): Tensor {
  const made = state(value, true);
  parameters.add(made);
  return made;
}
export interface BufferOptions {
  /** Whether checkpoints hold it (default true); false for what can be computed again, such as tables of angles. */
  readonly persistent?: boolean;
}
/** A tensor as a buffer of a module: State without a gradient, saved with the parameters (running averages). */
export function buffer(value: Tensor, options: BufferOptions = {}): Tensor {
  const made = state(value);
  buffers.add(made);
  if (options.persistent === false) passing.add(made);
  return made;
}
/** True for what `parameter` made. */
export const isParameter = (value: unknown): value is Tensor => value instanceof Tensor && parameters.has(value);
/** True for what `buffer` made. */
export const isBuffer = (value: unknown): value is Tensor => value instanceof Tensor && buffers.has(value);
/** True for a buffer that checkpoints hold. */
export const isPersistent = (value: unknown): value is Tensor => isBuffer(value) && !passing.has(value);
/**
 * First numbers of State: computed now, without gradients. What was made on the way is freed at once, since a table of
 * 50,257 words would leave ten times its size to the collector; but not while a step is traced, which may assign it.
 */
export const firstNumbers = <T>(body: () => T): T =>
  eagerly(() => noGrad(() => (currentTrace() === null ? scope(body) : body())));
