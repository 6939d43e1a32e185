import { ShapeError } from "../vocab/errors.ts";
import { formatShape, normalizeAxis } from "../vocab/shape.ts";
import { matmul } from "../ops/contract.ts";
import { add, mul, sub } from "../ops/elementwise.ts";
import { concat, flip, moveAxis, narrow, reshape, select, stack, transpose } from "../ops/movement.ts";
import { zerosLike } from "../ops/create.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * Fourier transforms of complex tensors, whose last axis holds real and imaginary part. They are made of matrix
 * products, so they have gradients and can be compiled.
 */
const DIRECT = 32;

/** cos and sin of 2 pi sign i j / n over a grid, in the dtype of x. */
function waves(rows: number, columns: number, n: number, sign: number, like: Tensor): readonly [Tensor, Tensor] {
  const made = [Math.cos, Math.sin].map((f) => {
    const values = new Float64Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) values[i * columns + j] = f(2 * Math.PI * sign * (i * j % n) / n);
    }
    return tensor(values, { shape: [rows, columns], dtype: like.dtype });
  });
  return [made[0], made[1]];
}
interface Pair {
  readonly re: Tensor;
  readonly im: Tensor;
}
/** The transform along the last axis: X_k = sum_j x_j e^(2 pi i sign j k / n). */
function transform({ re, im }: Pair, sign: number): Pair {
  const n = re.shape.at(-1)!;
  const inner = Array.from({ length: DIRECT - 1 }, (_, i) => DIRECT - i).find((d) => n % d === 0);
  if (n <= DIRECT || inner === undefined) {
    const [c, s] = waves(n, n, n, sign, re);
    return { re: sub(matmul(re, c), matmul(im, s)), im: add(matmul(re, s), matmul(im, c)) };
  }
  // Cooley and Tukey 1965: j = a rest + b, k = c + inner d; over a, then twiddles, then over b.
  const rest = n / inner, lead = re.shape.slice(0, -1);
  const split = (x: Tensor): Tensor => transpose(reshape(x, [...lead, inner, rest]));
  const first = transform({ re: split(re), im: split(im) }, sign);
  const [c, s] = waves(rest, inner, n, sign, re);
  const twisted = {
    re: sub(mul(first.re, c), mul(first.im, s)), im: add(mul(first.re, s), mul(first.im, c)),
  };
  const second = transform({ re: transpose(twisted.re), im: transpose(twisted.im) }, sign);
  const join = (x: Tensor): Tensor => reshape(transpose(x), [...lead, n]);
  return { re: join(second.re), im: join(second.im) };
}

/** Over one axis of a complex tensor; axis -1 is the last before the parts. */
function along(x: Tensor, axis: number, name: string, sign: number): Tensor {
  if (x.ndim < 2 || x.shape.at(-1) !== 2) {
    throw new ShapeError(`${name}: a tensor of shape ${formatShape(x.shape)} is not complex; its last axis must ` +
      "be 2: real and imaginary part (rfft takes real numbers)");
  }
  const at = normalizeAxis(axis, x.ndim - 1, name), moved = moveAxis(x, at, -2), n = x.shape[at];
  const parts = transform({ re: select(moved, -1, 0), im: select(moved, -1, 1) }, sign);
  const scale = sign > 0 ? 1 / n : 1;
  return moveAxis(mul(stack([parts.re, parts.im], -1), scale), -2, at);
}
/** X_k = sum_j x_j e^(-2 pi i j k / n): x (..., n, 2), along `axis` of the axes before the parts. */
export const fft = (x: Tensor, axis = -1): Tensor => along(x, axis, "fft", -1);
/** The inverse: x_j = 1/n sum_k X_k e^(2 pi i j k / n). */
export const ifft = (x: Tensor, axis = -1): Tensor => along(x, axis, "ifft", 1);
/** Over the last two axes before the parts: x (..., h, w, 2). */
export const fft2 = (x: Tensor): Tensor => fft(fft(x, -1), -2);
/** The inverse of `fft2`. */
export const ifft2 = (x: Tensor): Tensor => ifft(ifft(x, -1), -2);
/** The first n/2 + 1 numbers of the transform of real x (..., n); the others are their conjugates. */
export function rfft(x: Tensor): Tensor {
  const n = x.shape.at(-1)!;
  return narrow(fft(stack([x, zerosLike(x)], -1)), -2, 0, Math.floor(n / 2) + 1);
}
/** Real numbers (..., n) from the first n/2 + 1 of their transform; n defaults to the even choice. */
export function irfft(x: Tensor, n = 2 * (x.shape.at(-2)! - 1)): Tensor {
  const half = Math.floor(n / 2) + 1;
  if (x.shape.at(-2) !== half) {
    throw new ShapeError(`irfft: ${n} numbers have a transform of ${half}, and this one has ${x.shape.at(-2)}; pass n`);
  }
  const conjugate = tensor([1, -1], { dtype: x.dtype });
  // The imaginary parts at 0 and, for even n, at n/2 belong to no real signal and do not count.
  const mirrored = mul(flip(narrow(x, -2, 1, n - half), [-2]), conjugate);
  const edge = (at: number): Tensor => mul(narrow(x, -2, at, 1), tensor([1, 0], { dtype: x.dtype }));
  const middle = n - half;
  const whole = concat([
    edge(0), narrow(x, -2, 1, middle), ...(n % 2 === 0 ? [edge(half - 1)] : []), mirrored,
  ], -2);
  return select(ifft(whole), -1, 0);
}
/** Frequencies of the numbers of `fft`, in cycles per sample: 0, 1, ..., -2, -1 over n. */
export const fftFrequencies = (n: number): Tensor =>
  tensor(Float32Array.from({ length: n }, (_, k) => (k < Math.ceil(n / 2) ? k : k - n) / n));
