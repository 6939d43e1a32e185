import { ShapeError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { add, mul, sub } from "../ops/elementwise.ts";
import { narrow, pad, select, stack } from "../ops/movement.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { irfft, rfft } from "./fft.ts";

/** The smallest 2^k that is at least n: what the transform takes apart best. */
const whole = (n: number): number => 2 ** Math.ceil(Math.log2(n));

/**
 * The full convolution y[t] = sum of a[l] b[t - l] along the last axis, by Fourier transforms: a (..., n), b (..., m),
 * result (..., n + m - 1). The other axes broadcast; about (n + m) log(n + m) products instead of n m.
 */
export function fftConvolve(a: Tensor, b: Tensor): Tensor {
  const n = a.shape.at(-1), m = b.shape.at(-1);
  if (n === undefined || m === undefined || n * m === 0) {
    throw new ShapeError(`fftConvolve: ${formatShape(a.shape)} and ${formatShape(b.shape)} have no numbers along a ` +
      "last axis");
  }
  const length = n + m - 1, size = whole(length);
  const [x, y] = [a, b].map((part) => {
    const none = part.shape.map(() => 0);
    const waves = rfft(pad(part, none, [...none.slice(1), size - part.shape.at(-1)!]));
    return { re: select(waves, -1, 0), im: select(waves, -1, 1) };
  });
  const product = stack([
    sub(mul(x.re, y.re), mul(x.im, y.im)), add(mul(x.re, y.im), mul(x.im, y.re)),
  ], -1);
  return narrow(irfft(product, size), -1, 0, length);
}
