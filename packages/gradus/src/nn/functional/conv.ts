import { UsageError } from "../../vocab/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { conv, convTranspose, type ConvOptions } from "../../ops/contract.ts";
import { padAxes } from "./pad.ts";
import { batched, eachAxis, type Size } from "./space.ts";

export interface ConvolutionOptions extends Omit<ConvOptions, "padding"> {
  /** Zeros on both sides; "same": as many as keep the size at stride 1; "valid": none. */
  readonly padding?: Size | "same" | "valid";
}
export interface ConvTransposeOptions extends ConvOptions {
  /** Cells added at the end of each axis: which of several sizes with the same convolution is meant. */
  readonly outputPadding?: Size;
}

/** Cells before and after each spatial axis. "same" puts an odd one at the end, as PyTorch does. */
export function paddingSides(
  kernel: readonly number[], { padding, stride, dilation }: ConvolutionOptions, name: string,
): { readonly low: readonly number[]; readonly high: readonly number[] } {
  const rank = kernel.length;
  if (padding !== "same") {
    const both = eachAxis(padding === "valid" ? 0 : padding, rank, 0, name);
    return { low: both, high: both };
  }
  if (eachAxis(stride, rank, 1, name).some((n) => n !== 1)) {
    throw new UsageError(`${name}: padding "same" needs a stride of 1`);
  }
  const reach = eachAxis(dilation, rank, 1, name).map((d, i) => d * (kernel[i] - 1));
  return { low: reach.map((n) => Math.floor(n / 2)), high: reach.map((n) => Math.ceil(n / 2)) };
}
const convolution = (rank: number) => (
  x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvolutionOptions = {},
): Tensor => batched(x, rank, `conv${rank}d`, (y) => {
  const { low, high } = paddingSides(weight.shape.slice(2), options, `conv${rank}d`);
  const odd = padAxes(y, y.shape.map(() => 0), [0, 0, ...high.map((n, i) => n - low[i])]);
  return conv(odd, weight, bias, { ...options, padding: low });
});
const transposed = (rank: number) => (
  x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvTransposeOptions = {},
): Tensor => batched(x, rank, `convTranspose${rank}d`, (y) => convTranspose(y, weight, bias, options));

/** Convolution (as cross-correlation) of x (N, C, L) with weight (out, C/groups, k). */
export const conv1d = convolution(1);
/** Convolution of x (N, C, H, W) with weight (out, C/groups, kh, kw). */
export const conv2d = convolution(2);
/** Convolution of x (N, C, D, H, W) with weight (out, C/groups, kd, kh, kw). */
export const conv3d = convolution(3);
/** Transposed convolution of x (N, C, L) with weight (C, out/groups, k): the gradient of `conv1d`. */
export const convTranspose1d = transposed(1);
/** Transposed convolution of x (N, C, H, W) with weight (C, out/groups, kh, kw): the gradient of `conv2d`. */
export const convTranspose2d = transposed(2);
/** Transposed convolution of x (N, C, D, H, W) with weight (C, out/groups, kd, kh, kw): the gradient of `conv3d`. */
export const convTranspose3d = transposed(3);
