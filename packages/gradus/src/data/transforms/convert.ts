import { DTypeError, ShapeError } from "../../vocab/errors.ts";
import { formatShape } from "../../vocab/shape.ts";
import { cast, clamp, div, mul, round, sub } from "../../ops/elementwise.ts";
import { permute, reshape } from "../../ops/movement.ts";
import { tensor } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { sizeOfPictures } from "./transform.ts";

/** Bytes 0..255 as f32 numbers 0..1: x / 255. */
export function toFloat(x: Tensor): Tensor {
  if (x.dtype !== "u8") throw new DTypeError(`toFloat: the pictures are ${x.dtype}, not u8`);
  return div(cast(x, "f32"), 255);
}
/** Numbers 0..1 as bytes: round(255 x), cut to 0..255. */
export const toBytes = (x: Tensor): Tensor => cast(round(mul(clamp(x, 0, 1), 255)), "u8");

/** [..., height, width, channels] to [..., channels, height, width]. */
export function toChannelsFirst(x: Tensor): Tensor {
  const n = x.shape.length;
  if (n < 3) throw new ShapeError(`toChannelsFirst: ${formatShape(x.shape)} has no axis of channels`);
  return permute(x, [...Array.from({ length: n - 3 }, (_, i) => i), n - 1, n - 3, n - 2]);
}
/** [..., channels, height, width] to [..., height, width, channels]. */
export function toChannelsLast(x: Tensor): Tensor {
  const n = x.shape.length;
  if (n < 3) throw new ShapeError(`toChannelsLast: ${formatShape(x.shape)} has no axis of channels`);
  return permute(x, [...Array.from({ length: n - 3 }, (_, i) => i), n - 2, n - 1, n - 3]);
}

/** (x - mean) / deviation for every channel (z-score); one number of each, or one a channel. */
export function normalize(x: Tensor, mean: readonly number[], deviation: readonly number[]): Tensor {
  sizeOfPictures(x, "normalize");
  const channels = x.shape[x.shape.length - 3];
  for (const list of [mean, deviation]) {
    if (list.length !== 1 && list.length !== channels) {
      throw new ShapeError(`normalize: ${list.length} numbers for pictures of ${channels} channels`);
    }
  }
  if (deviation.some((value) => value === 0)) throw new ShapeError("normalize: a deviation is 0");
  const along = (list: readonly number[]): Tensor =>
    reshape(tensor([...list], { dtype: x.dtype }), [list.length, 1, 1]);
  return div(sub(x, along(mean)), along(deviation));
}
