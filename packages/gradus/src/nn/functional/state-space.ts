import { ShapeError, UsageError } from "../../vocab/errors.ts";
import { formatShape, sameShape } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { iota, onesLike, zeros, zerosLike } from "../../ops/create.ts";
import { add, cast, cos, div, exp, expm1, mul, neg, sin, square, sub } from "../../ops/elementwise.ts";
import { scan } from "../../ops/loop.ts";
import { concat, flip, moveAxis, narrow, select, stack, unsqueeze } from "../../ops/movement.ts";
import { sum } from "../../ops/reduce.ts";
import { conv1d } from "./conv.ts";

/**
 * State spaces whose matrix A is diagonal: h'(t) = A h(t) + B x(t), y(t) = Re(C h(t)), one for every channel.
 *
 * A complex number is a pair: the last axis, of size 2, holds real and imaginary part, as in `linalg.fft`. Letters: b
 * batch, t time, d channels, n state.
 */
export interface DiagonalStateSpace {
  /** How each state fades and turns: (d, n, 2). */
  readonly A: Tensor;
  /** How the input enters: (d, n, 2). */
  readonly B: Tensor;
  /** How the state is read: (d, n, 2). */
  readonly C: Tensor;
}
/** How a continuous model is turned into steps. */
export type Discretization = "zeroOrderHold" | "bilinear";

interface Complex {
  readonly re: Tensor;
  readonly im: Tensor;
}
const parts = (z: Tensor): Complex => ({ re: select(z, -1, 0), im: select(z, -1, 1) });
const join = ({ re, im }: Complex): Tensor => stack([re, im], -1);
const times = (a: Complex, b: Complex): Complex =>
  ({ re: sub(mul(a.re, b.re), mul(a.im, b.im)), im: add(mul(a.re, b.im), mul(a.im, b.re)) });
const plus = (a: Complex, b: Complex): Complex => ({ re: add(a.re, b.re), im: add(a.im, b.im) });
const scaled = (a: Complex, by: Tensor | number): Complex => ({ re: mul(a.re, by), im: mul(a.im, by) });
function over(a: Complex, b: Complex): Complex {
  const size = add(square(b.re), square(b.im)), product = times(a, { re: b.re, im: neg(b.im) });
  return { re: div(product.re, size), im: div(product.im, size) };
}
const exponential = ({ re, im }: Complex): Complex => ({ re: mul(exp(re), cos(im)), im: mul(exp(re), sin(im)) });
/** e^z - 1 without cancellation near 0: its real part is (e^x - 1) cos y - 2 sin^2(y / 2). */
const exponentialLessOne = ({ re, im }: Complex): Complex => ({
  re: sub(mul(expm1(re), cos(im)), mul(square(sin(mul(im, 0.5))), 2)), im: mul(exp(re), sin(im)),
});

/**
 * The model at steps of length dt: h[t] = A' h[t-1] + B' x[t].
 *
 * Zero-order hold, x constant during a step: A' = e^(dt A), B' = (e^(dt A) - 1) / A B, so no A may be 0. Bilinear, the
 * trapezium rule: A' = (1 + dt A / 2) / (1 - dt A / 2), B' = dt / (1 - dt A / 2) B. A, B, C (d, n, 2), dt (d).
 * Gu, Gupta, Goel, Ré, "On the parameterization and initialization of diagonal state space models", 2022, section 3.1.
 */
export function discretizeDiagonal(
  model: DiagonalStateSpace, dt: Tensor, method: Discretization = "zeroOrderHold",
): DiagonalStateSpace {
  check("discretizeDiagonal", model, dt.shape[0]);
  const A = parts(model.A), B = parts(model.B), step = unsqueeze(dt, 1), z = scaled(A, step);
  if (method === "zeroOrderHold") {
    return { A: join(exponential(z)), B: join(times(over(exponentialLessOne(z), A), B)), C: model.C };
  }
  const half = scaled(z, 0.5), below = { re: sub(1, half.re), im: neg(half.im) };
  return {
    A: join(over({ re: add(half.re, 1), im: half.im }, below)), B: join(over(scaled(B, step), below)), C: model.C,
  };
}
/** 1, A, A^2, ..., (d, n, length) each part, by doubling: A^(i + m) = A^m A^i. */
function powers(A: Complex, length: number): Complex {
  let row: Complex = { re: unsqueeze(onesLike(A.re), -1), im: unsqueeze(zerosLike(A.im), -1) };
  let next: Complex = { re: unsqueeze(A.re, -1), im: unsqueeze(A.im, -1) };
  for (let m = 1; m < length; m *= 2) {
    const more = times(row, next);
    row = { re: concat([row.re, more.re], -1), im: concat([row.im, more.im], -1) };
    next = times(next, next);
  }
  return { re: narrow(row.re, -1, 0, length), im: narrow(row.im, -1, 0, length) };
}
/**
 * What a discrete model answers to a single 1: K[l] = Re(C A^l B), result (d, length). Gu, Goel, Ré, "Efficiently
 * modeling long sequences with structured state spaces", ICLR 2022, equation 5.
 */
export function stateSpaceKernel(model: DiagonalStateSpace, length: number): Tensor {
  check("stateSpaceKernel", model);
  const weight = times(parts(model.C), parts(model.B)), row = powers(parts(model.A), length);
  const each = times({ re: unsqueeze(weight.re, 2), im: unsqueeze(weight.im, 2) }, row);
  return sum(each.re, 1);
}
/**
 * y[t] = sum of kernel[l] x[t - l] over the past, directly: x (b, t, d), kernel (d, l), result (b, t, d).
 *
 * t l products for each channel; `linalg.fftConvolve` needs about t log t and pays from some hundred steps on.
 */
export function causalConvolution(x: Tensor, kernel: Tensor): Tensor {
  const [, T, d] = x.shape;
  if (x.shape.length !== 3 || kernel.shape.length !== 2 || kernel.shape[0] !== d) {
    throw new ShapeError(`causalConvolution: x is ${formatShape(x.shape)} and the kernel ` +
      `${formatShape(kernel.shape)}; they must be (batch, time, channels) and (channels, length)`);
  }
  const L = Math.min(T, kernel.shape[1]);
  const taps = unsqueeze(flip(narrow(kernel, 1, 0, L), [1]), 1);                       // (d, 1, L), the last first
  const y = conv1d(moveAxis(x, 1, 2), taps, null, { groups: d, padding: L - 1 });
  return moveAxis(narrow(y, 2, 0, T), 2, 1);
}
/**
 * One step of a discrete model: x (b, d) and the state (b, d, n, 2), giving y (b, d) and the next state.
 */
export function stateSpaceStep(
  model: DiagonalStateSpace, x: Tensor, state: Tensor,
): { readonly y: Tensor; readonly state: Tensor } {
  const next = plus(times(parts(model.A), parts(state)), scaled(parts(model.B), unsqueeze(x, -1)));
  return { y: sum(times(parts(model.C), next).re, -1), state: join(next) };
}
/**
 * The recurrent view of a discrete model, one step after the other: h[t] = A h[t-1] + B x[t], y[t] = Re(C h[t]), with
 * x (b, t, d) and the same result as `causalConvolution` with `stateSpaceKernel`; also the last state (b, d, n, 2).
 */
export function stateSpaceRecurrence(
  x: Tensor, model: DiagonalStateSpace, start?: Tensor,
): { readonly y: Tensor; readonly state: Tensor } {
  const [b, , d] = x.shape;
  check("stateSpaceRecurrence", model, d);
  const first = start ?? zeros([b, ...model.A.shape], x.dtype);
  const { carries, results } = scan([first], [moveAxis(x, 1, 0)], [model.A, model.B, model.C],
    ([state], [now], [A, B, C]) => {
      const made = stateSpaceStep({ A, B, C }, now, state);
      return { carries: [made.state], results: [made.y] };
    });
  return { y: moveAxis(results[0], 0, 1), state: carries[0] };
}

/** A first A: "linear" and "inverse" imitate what HiPPO remembers, "real" only fades. */
export type DiagonalStart = "linear" | "inverse" | "real";
/**
 * The diagonal of A that a model starts with, (size, 2), f32.
 *
 * linear (S4D-Lin): -1/2 + i pi n, a Fourier series; inverse (S4D-Inv): -1/2 + i (N / pi) (N / (2 n + 1) - 1), close to
 * the eigenvalues of HiPPO-LegS; real (S4D-Real): -(n + 1). N is twice `size` for the first two, as each number stands
 * for a pair of conjugates. Gu, Gupta, Goel, Ré 2022, section 4.
 */
export function diagonalStart(kind: DiagonalStart, size: number): Tensor {
  if (!(Number.isInteger(size) && size > 0)) throw new UsageError(`diagonalStart: a state of ${size} has no diagonal`);
  const n = cast(iota(size), "f32"), N = 2 * size, half = add(zerosLike(n), -0.5);
  if (kind === "linear") return join({ re: half, im: mul(n, Math.PI) });
  if (kind === "inverse") return join({ re: half, im: mul(sub(div(N, add(mul(n, 2), 1)), 1), N / Math.PI) });
  return join({ re: neg(add(n, 1)), im: zerosLike(n) });
}

function check(name: string, { A, B, C }: DiagonalStateSpace, channels = A.shape[0]): void {
  const fits = A.shape.length === 3 && A.shape[2] === 2 && A.shape[0] === channels;
  if (!fits || !sameShape(A.shape, B.shape) || !sameShape(A.shape, C.shape)) {
    throw new ShapeError(`${name}: A, B and C are ${[A, B, C].map((z) => formatShape(z.shape)).join(", ")}; each ` +
      `must be (${channels}, state, 2): channels, states, and real and imaginary part`);
  }
}
