import { isFloat } from "../vocab/dtype.ts";
import { GradusError, UsageError } from "../vocab/errors.ts";
import { formatShape, sizeOf, type Shape } from "../vocab/shape.ts";
import { withGradients } from "../ir/emit.ts";
import type { Tensor } from "../ir/node.ts";
import { iota, zeros } from "../ops/create.ts";
import { add, cast, eq, mul, sin } from "../ops/elementwise.ts";
import { reshape } from "../ops/movement.ts";
import { gradients } from "./backward.ts";

export interface GradcheckOptions {
  /** Half the distance between the two points of a difference. */
  readonly epsilon?: number;
  /** Allowed difference of the two numbers, relative to the larger of them and 1. */
  readonly tolerance?: number;
  /** 1: the gradient; 2: also the gradient's gradient; and so on. */
  readonly order?: number;
  /** Inputs with more elements than this are checked along random directions, not element by element. */
  readonly elements?: number;
}
type Checked = Required<GradcheckOptions>;
/** Any function of tensors. */
export type TensorFunction = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** Directions tried for an input that is too large to go through its elements. */
const DIRECTIONS = 8;

/**
 * Compares the gradient of f with central differences in float64, (L(x + e d) - L(x - e d)) / 2e against <dL/dx, d>,
 * where L sums f's outputs with fixed weights. With `order` 2, the gradient as a function of the inputs and of the
 * weights is checked in the same way. Inputs that are not floating point are passed through as they are. Throws with
 * input, element and both numbers where they differ. f must be smooth at the point given.
 */
export async function gradcheck(
  f: TensorFunction, inputs: readonly Tensor[], options: GradcheckOptions = {},
): Promise<void> {
  const checked: Checked = { epsilon: 1e-5, tolerance: 1e-6, order: 1, elements: 32, ...options };
  if (!inputs.some((x) => isFloat(x.dtype))) {
    throw new UsageError("gradcheck: none of the inputs is floating point, so that there is no gradient to check");
  }
  const points = withGradients(false, () => inputs.map((x) => (isFloat(x.dtype) ? cast(x, "f64") : x)));
  let g = f;
  let at = points;
  for (let order = 1; order <= checked.order; order++) {
    const seeds = await checkOnce(g, at, order, checked);
    g = gradientOf(g, at.length);
    at = [...at, ...seeds];
  }
}

/** One order; gives the weights of the outputs. */
async function checkOnce(
  f: TensorFunction, points: readonly Tensor[], order: number, { epsilon, tolerance, elements }: Checked,
): Promise<Tensor[]> {
  const leaves = points.map(leaf);
  const outputs = floats(f, leaves);
  const seeds = withGradients(false, () => outputs.map((y, i) => noise(y.shape, 7 * order + i)));
  const weights = await Promise.all(seeds.map(numbersOf));
  const wanted = leaves.flatMap((x, k) => (isFloat(x.dtype) ? [k] : []));
  const found = gradients(outputs, seeds, wanted.map((k) => leaves[k]));
  /** The weighted sum of the outputs at a point. */
  const value = async (at: readonly Tensor[]): Promise<number> => {
    const made = await Promise.all(floats(f, at.map(leaf)).map(numbersOf));
    return made.reduce((total, y, i) => total + dot(y, weights[i]), 0);
  };
  /** The slope of the weighted sum where input k moves along a direction. */
  const slope = async (k: number, direction: Tensor): Promise<number> => {
    const moved = (by: number): Tensor[] => withGradients(false, () =>
      points.map((x, i) => (i === k ? add(x, mul(direction, by)) : x)));
    return (await value(moved(epsilon)) - await value(moved(-epsilon))) / (2 * epsilon);
  };
  for (const [i, k] of wanted.entries()) {
    const { shape } = points[k];
    const size = sizeOf(shape);
    const gradient = found[i] === null ? new Float64Array(size) : await numbersOf(found[i]);
    if (gradient.length !== size) {
      throw new GradusError(`gradcheck: the gradient of input ${k} has shape ${formatShape(found[i]!.shape)}, but ` +
        `the input has ${formatShape(shape)}`);
    }
    const alone = size <= elements;
    for (let d = 0; d < (alone ? size : DIRECTIONS); d++) {
      const direction = withGradients(false, () => (alone ? unit(shape, d) : noise(shape, 1000 + d)));
      const numeric = await slope(k, direction);
      const analytic = alone ? gradient[d] : dot(gradient, await numbersOf(direction));
      const bound = tolerance * Math.max(1, Math.abs(numeric), Math.abs(analytic));
      if (!(Math.abs(numeric - analytic) <= bound)) {
        throw new GradusError(`gradcheck: order ${order}, input ${k} of shape ${formatShape(shape)}, ` +
          `${alone ? `element ${place(d, shape)}` : `random direction ${d}`}: the gradient says ${analytic}, ` +
          `differences of ${epsilon} say ${numeric}`);
      }
    }
  }
  return seeds;
}

/** The gradients of sum_i <f(x)_i, s_i> with respect to floating-point inputs, as a function of x (`count`) and s. */
const gradientOf = (f: TensorFunction, count: number): TensorFunction => (...arguments_) => {
  const inputs = arguments_.slice(0, count), seeds = arguments_.slice(count);
  const wanted = inputs.filter((x) => isFloat(x.dtype));
  const found = gradients(floats(f, inputs), seeds, wanted, { createGraph: true });
  return found.map((g, i) => g ?? zeros(wanted[i].shape, wanted[i].dtype));
};

/** The outputs of f that may have a gradient. */
function floats(f: TensorFunction, inputs: readonly Tensor[]): Tensor[] {
  const made = withGradients(true, () => f(...inputs));
  return (Array.isArray(made) ? made as readonly Tensor[] : [made as Tensor]).filter((y) => isFloat(y.dtype));
}
/** The same numbers as a leaf that asks for a gradient. */
const leaf = (x: Tensor): Tensor =>
  isFloat(x.dtype) ? withGradients(false, () => add(x, 0)).requiresGrad_() : x;
const numbersOf = async (x: Tensor): Promise<Float64Array> => Float64Array.from(await x.data());
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * b[i], 0);

/** Numbers between -1 and 1 without a pattern that matters here. */
const noise = (shape: Shape, seed: number): Tensor =>
  reshape(sin(add(mul(iota(sizeOf(shape), "f64"), 12.9898), seed + 1)), shape);
/** 1 at one element, 0 elsewhere. */
const unit = (shape: Shape, element: number): Tensor =>
  reshape(cast(eq(iota(sizeOf(shape)), element), "f64"), shape);

/** The position of an element, counted in row-major order, along each axis. */
function place(element: number, shape: Shape): string {
  const position: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    position.unshift(element % shape[axis]);
    element = Math.floor(element / shape[axis]);
  }
  return formatShape(position);
}
