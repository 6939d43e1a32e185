import { isFloat } from "../../vocab/dtype.ts";
import { DTypeError, ShapeError, UsageError } from "../../vocab/errors.ts";
import { RandomStream } from "../../vocab/random.ts";
import { formatShape } from "../../vocab/shape.ts";
import { lt, where } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/movement.ts";
import { tensor } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/**
 * A change of pictures: a tensor [channels, height, width], or a batch [pictures, channels, height, width], of floats.
 * What is random is drawn from the stream, anew for every picture of a batch; the same stream gives the same pictures.
 */
export type Transform = (x: Tensor, random: RandomStream) => Tensor;

/** One after another. */
export const compose = (...transforms: readonly Transform[]): Transform =>
  (x, random) => transforms.reduce((y, transform) => transform(y, random), x);

/** A function of tensors whose pictures come from a seed and the number of the step: for loaders and training loops. */
export const seeded = (transform: Transform, seed: number): (x: Tensor, step: number) => Tensor =>
  (x, step) => transform(x, new RandomStream(seed, step + 1));

/** The transform for a share `p` of the pictures, the others as they are. Sizes must stay the same. */
export const randomApply = (p: number, transform: Transform): Transform => (x, random) => {
  const y = transform(x, random);
  if (formatShape(y.shape) !== formatShape(x.shape)) {
    throw new ShapeError(`randomApply: the transform makes ${formatShape(y.shape)} of ${formatShape(x.shape)}; ` +
      "pictures of one batch must keep one size");
  }
  return where(lt(perPicture(x, () => random.uniform()), p), y, x);
};

/** Heights and widths must be there, and numbers must be floats. */
export function sizeOfPictures(x: Tensor, who: string): [height: number, width: number] {
  const { shape } = x;
  if (shape.length !== 3 && shape.length !== 4) {
    throw new ShapeError(
      `${who}: ${formatShape(shape)} is neither a picture [channels, height, width] nor a batch of ` +
      "them; toChannelsFirst makes one of [height, width, channels]");
  }
  if (!isFloat(x.dtype)) throw new DTypeError(`${who}: pictures are floats, these are ${x.dtype}; use toFloat first`);
  return [shape[shape.length - 2], shape[shape.length - 1]];
}
/** Pictures in x. */
export const pictureCount = (x: Tensor): number => (x.shape.length === 4 ? x.shape[0] : 1);

/** One number for each picture, in the dtype of x: [pictures, 1, 1, 1], or [1, 1, 1] for a single one. */
export function perPicture(x: Tensor, draw: (picture: number) => number): Tensor {
  const values = Float32Array.from({ length: pictureCount(x) }, (_, i) => draw(i));
  const shape = x.shape.length === 4 ? [values.length, 1, 1, 1] : [1, 1, 1];
  return tensor(values, { shape, dtype: x.dtype === "f64" ? "f64" : "f32" });
}
/** x as a batch through a function of batches; a single picture comes back as one. */
export function asBatch(x: Tensor, f: (batch: Tensor) => Tensor): Tensor {
  if (x.shape.length === 4) return f(x);
  const y = f(reshape(x, [1, ...x.shape]));
  return reshape(y, y.shape.slice(1));
}

/** A number, or the range it is drawn from. */
export type Range = readonly [low: number, high: number];
export function between([low, high]: Range, random: RandomStream): number {
  if (!(low <= high)) throw new UsageError(`a range from ${low} to ${high} is empty`);
  return low + (high - low) * random.uniform();
}
