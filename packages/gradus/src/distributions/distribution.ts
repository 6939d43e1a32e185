import { isFloat, promote, type DType } from "../vocab/dtype.ts";
import { ShapeError, UsageError } from "../vocab/errors.ts";
import { broadcastShapes, formatShape, type Shape } from "../vocab/shape.ts";
import { constant, iota } from "../ops/create.ts";
import { cast, eq, exp, maximum, sqrt, where, type Operand } from "../ops/elementwise.ts";
import { broadcastTo, reshape } from "../ops/movement.ts";
import { argmax, sum } from "../ops/reduce.ts";
import { detach, noGrad } from "../tensor/gradient.ts";
import { rand, randn, type RandomOptions } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * A probability distribution, or a batch of them: parameters broadcast to `batchShape`, one draw has `eventShape`.
 * Names are those of torch.distributions.
 */
export abstract class Distribution {
  readonly batchShape: Shape;
  readonly eventShape: Shape;
  readonly dtype: DType;

  constructor(batchShape: Shape, eventShape: Shape, dtype: DType) {
    this.batchShape = batchShape;
    this.eventShape = eventShape;
    this.dtype = dtype;
  }
  abstract get mean(): Tensor;
  abstract get variance(): Tensor;
  /** Standard deviation. */
  get stddev(): Tensor {
    return sqrt(this.variance);
  }
  /** ln of the density, or of the probability, of a value (..., batch, event); gives (..., batch). */
  abstract logProb(value: Tensor): Tensor;
  /** Draws (shape, batch, event); parameters get gradients through them where `hasRsample`. */
  protected abstract draw(shape: Shape, options: RandomOptions): Tensor;

  /** Whether gradients flow through draws. */
  get hasRsample(): boolean {
    return false;
  }
  /** Draws of shape (shape, batch, event), without gradients. */
  sample(shape: Shape = [], options: RandomOptions = {}): Tensor {
    return detach(noGrad(() => this.draw(shape, options)));
  }
  /** The same as a function of the parameters and of noise: gradients flow. Kingma and Welling 2014. */
  rsample(shape: Shape = [], options: RandomOptions = {}): Tensor {
    if (!this.hasRsample) {
      throw this.lacks("rsample", "its draws are no smooth function of the parameters; use sample and logProb");
    }
    return this.draw(shape, options);
  }
  /** Mean of -logProb, in nats. */
  entropy(): Tensor {
    throw this.lacks("entropy", "there is no closed form; average -logProb over samples");
  }
  /** The probability of a value or less. */
  cdf(_value: Tensor): Tensor {
    throw this.lacks("cdf", "there is no closed form; count samples");
  }
  /** The value that the distribution function reaches at a probability. */
  icdf(_p: Tensor): Tensor {
    throw this.lacks("icdf", "there is no closed form; sort samples");
  }
  /** e^entropy */
  perplexity(): Tensor {
    return exp(this.entropy());
  }
  protected lacks(what: string, instead: string): UsageError {
    return new UsageError(`${this.constructor.name} has no ${what}: ${instead}`);
  }
  /** The shape of draws. */
  protected extended(shape: Shape): Shape {
    return [...shape, ...this.batchShape, ...this.eventShape];
  }
  protected normalNoise(shape: Shape, options: RandomOptions): Tensor {
    return cast(randn(this.extended(shape), options), this.dtype);
  }
  /** Uniform noise in (0, 1): never 0, so that its logarithm is finite. */
  protected uniformNoise(shape: Shape, options: RandomOptions): Tensor {
    return positiveUniform(this.extended(shape), this.dtype, options);
  }
}
/** Uniform numbers in (0, 1). */
export const positiveUniform = (shape: Shape, dtype: DType, options: RandomOptions): Tensor =>
  cast(maximum(rand(shape, options), 2 ** -25), dtype);

/** Parameters as tensors of one floating-point dtype and one shape. */
export function together(...values: readonly Operand[]): Tensor[] {
  const tensors = values.filter((value): value is Tensor => typeof value !== "number");
  const floats = tensors.map((x) => x.dtype).filter(isFloat);
  const dtype = floats.length === 0 ? "f32" : floats.reduce((a, b) => promote(a, b));
  const shape = tensors.reduce<Shape>((all, x) => broadcastShapes(all, x.shape, "distribution"), []);
  return values.map((value) =>
    broadcastTo(typeof value === "number" ? constant(value, dtype) : cast(value, dtype), shape));
}
/** Of candidates (n, ...), the first that is accepted, or the first of all: rejection sampling without branches. */
export function firstAccepted(candidates: Tensor, accepted: Tensor): Tensor {
  const n = candidates.shape[0], at = argmax(cast(accepted, "i32"), 0);
  const chosen = eq(reshape(iota(n), [n, ...candidates.shape.slice(1).map(() => 1)]), at);
  return sum(where(chosen, candidates, 0), 0);
}
/** A draw along the last axis needs one. */
export function lastAxis(name: string, x: Tensor): number {
  if (x.shape.length === 0) {
    throw new ShapeError(`${name}: the parameter is ${formatShape(x.shape)}; its last axis holds the classes`);
  }
  return x.shape[x.shape.length - 1];
}
