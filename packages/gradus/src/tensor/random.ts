import type { DType } from "../vocab/dtype.ts";
import { UsageError } from "../vocab/errors.ts";
import type { Shape } from "../vocab/shape.ts";
import { withGradients } from "../ir/emit.ts";
import type { Tensor } from "../ir/node.ts";
import { add, cast, floor, mul } from "../ops/elementwise.ts";
import { sort } from "../ops/indexing.ts";
import { bernoulliFrom, normalFrom, uniformFrom } from "../ops/random.ts";
import { assign, eagerly } from "../exec/state.ts";
import { onBackendChange } from "../runtime/registry.ts";
import { state, tensor } from "./create.ts";

/**
 * A source of random tensors: a seed and a counter, both State, so that compiled steps draw the same bits as eager ones
 * and checkpoints can store it.
 */
export class Generator {
  /** u32[4]: seed low, seed high, offset low, offset high. */
  readonly state: Tensor;
  readonly #one: Tensor;

  constructor(seed: number) {
    this.state = eagerly(() => state(tensor(words(seed))));
    this.#one = eagerly(() => state(tensor(new Uint32Array([0, 0, 1, 0]))));
  }
  /** Starts again from a seed (an integer). */
  seed(seed: number): void {
    assign(this.state, tensor(words(seed)));
  }
  /** The present counter as a value; the next draw gets another. */
  next(): Tensor {
    return withGradients(false, () => {
      const now = add(this.state, 0);
      assign(this.state, add(this.state, this.#one));
      return now;
    });
  }
}
function words(seed: number): Uint32Array {
  if (!Number.isSafeInteger(seed)) throw new UsageError(`manualSeed: ${seed} is not an integer`);
  return new Uint32Array([seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, 0, 0]);
}

let shared: Generator | null = null;
/** The generator that initialisers, dropout and the functions below use unless given another. */
export function defaultGenerator(): Generator {
  return shared ??= new Generator(0);
}
/** Seeds the default generator. */
export const manualSeed = (seed: number): void => defaultGenerator().seed(seed);
onBackendChange(() => { shared = null; });

export interface RandomOptions {
  readonly generator?: Generator;
}
const draw = (options: RandomOptions): Tensor => (options.generator ?? defaultGenerator()).next();

/** Uniform f32 in [0, 1). */
export const rand = (shape: Shape, options: RandomOptions = {}): Tensor => uniformFrom(draw(options), shape);
/** Standard normal f32. */
export const randn = (shape: Shape, options: RandomOptions = {}): Tensor => normalFrom(draw(options), shape);
/** Integers in [low, high). */
export const randint = (
  low: number, high: number, shape: Shape, options: RandomOptions & { readonly dtype?: DType } = {},
): Tensor => cast(add(floor(mul(uniformFrom(draw(options), shape), high - low)), low), options.dtype ?? "i32");
/** A random order of 0 .. n-1. */
export const randperm = (n: number, options: RandomOptions = {}): Tensor => sort(uniformFrom(draw(options), [n]))[1];
/** True with probability p. */
export const bernoulli = (p: number | Tensor, shape: Shape, options: RandomOptions = {}): Tensor =>
  bernoulliFrom(draw(options), shape, p);
