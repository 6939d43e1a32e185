import { UsageError } from "../../vocab/errors.ts";
import type { RandomStream } from "../../vocab/random.ts";
import { iota } from "../../ops/create.ts";
import { add, bitAnd, cast, clamp, ge, lt, mul, sub, where } from "../../ops/elementwise.ts";
import { take } from "../../ops/indexing.ts";
import { permute, reshape, stack, unsqueeze } from "../../ops/movement.ts";
import { normalFrom, uniformFrom } from "../../ops/random.ts";
import { tensor } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, grayscale } from "./colour.ts";
import {
  gaussianBlur, horizontalFlip, mixLines, pad, resizeMatrix, verticalFlip,
  type PadOptions, type ResizeOptions, type Sides, type Size,
} from "./geometry.ts";
import { asBatch, between, perPicture, pictureCount, randomApply, sizeOfPictures, type Range,
  type Transform } from "./transform.ts";
import { affine, displace, type WarpOptions } from "./warp.ts";

/** Left and right exchanged in a share p (default 1/2) of the pictures. */
export const randomHorizontalFlip = (p = 0.5): Transform => randomApply(p, horizontalFlip);
/** Top and bottom exchanged in a share p (default 1/2) of the pictures. */
export const randomVerticalFlip = (p = 0.5): Transform => randomApply(p, verticalFlip);
/** Grey in a share p (default 1/10) of the pictures. */
export const randomGrayscale = (p = 0.1): Transform => randomApply(p, (x) => grayscale(x, 3));

/** A part of the given size from anywhere, after padding. */
export const randomCrop = (
  size: Size, options: PadOptions & { readonly padding?: Sides } = {},
): Transform => (x, random) => {
  const padded = options.padding === undefined ? x : pad(x, options.padding, options);
  const [h, w] = sizeOfPictures(padded, "randomCrop"), [height, width] = size;
  if (height > h || width > w) {
    throw new UsageError(`randomCrop: ${height} x ${width} does not fit pictures of ${h} x ${w}; add padding`);
  }
  return asBatch(padded, (batch) => {
    const [n, c] = batch.shape;
    const tops = new Int32Array(n), lefts = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      tops[i] = random.integer(h - height + 1);
      lefts[i] = random.integer(w - width + 1);
    }
    const starts = (values: Int32Array): Tensor => reshape(tensor(values), [n, 1, 1]);
    const row = add(add(starts(tops), reshape(iota(height), [1, height, 1])), reshape(mul(iota(n), h), [n, 1, 1]));
    const at = add(mul(row, w), add(starts(lefts), reshape(iota(width), [1, 1, width])));
    const pixels = take(reshape(permute(batch, [0, 2, 3, 1]), [n * h * w, c]), at, 0);
    return permute(pixels, [0, 3, 1, 2]);
  });
};

export interface AreaOptions {
  /** Share of the picture's area. */
  readonly scale?: Range;
  /** Width over height, drawn evenly in its logarithm. */
  readonly ratio?: Range;
}
/** A rectangle of random area and shape inside of h x w; null if ten tries give none. */
function randomArea(h: number, w: number, scale: Range, ratio: Range, random: RandomStream): Size | null {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = h * w * between(scale, random);
    const aspect = Math.exp(between([Math.log(ratio[0]), Math.log(ratio[1])], random));
    const width = Math.round(Math.sqrt(area * aspect)), height = Math.round(Math.sqrt(area / aspect));
    if (width > 0 && height > 0 && width <= w && height <= h) return [height, width];
  }
  return null;
}
/**
 * A part of random area and shape, resized (Szegedy and others 2015); if ten tries give none, the largest part in the
 * middle that the allowed shapes have room for.
 */
export const randomResizedCrop = (size: Size, options: AreaOptions & ResizeOptions = {}): Transform => (x, random) => {
  const [h, w] = sizeOfPictures(x, "randomResizedCrop");
  const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3] } = options;
  if (options.mode === "nearest") throw new UsageError("randomResizedCrop: the mode is bilinear or bicubic");
  return asBatch(x, (batch) => {
    const rows: Tensor[] = [], columns: Tensor[] = [];
    for (let i = 0; i < batch.shape[0]; i++) {
      const found = randomArea(h, w, scale, ratio, random);
      const [height, width] = found ??
        [Math.min(h, Math.max(1, Math.round(w / ratio[0]))), Math.min(w, Math.max(1, Math.round(h * ratio[1])))];
      const top = found === null ? (h - height) >> 1 : random.integer(h - height + 1);
      const left = found === null ? (w - width) >> 1 : random.integer(w - width + 1);
      rows.push(resizeMatrix(batch, size[0], top, height, h, options));
      columns.push(resizeMatrix(batch, size[1], left, width, w, options));
    }
    return mixLines(batch, unsqueeze(stack(rows), 1), unsqueeze(stack(columns), 1));
  });
};

export interface RandomAffineOptions extends WarpOptions {
  /** Degrees. */
  readonly degrees?: Range;
  /** Largest shares of width and height to move by. */
  readonly translate?: readonly [across: number, down: number];
  readonly scale?: Range;
  /** Degrees along x. */
  readonly shear?: Range;
}
/** Turned, moved, scaled and sheared by chance. */
export const randomAffine = (options: RandomAffineOptions): Transform => (x, random) => {
  const [h, w] = sizeOfPictures(x, "randomAffine");
  const { degrees = [0, 0], translate = [0, 0], scale = [1, 1], shear = [0, 0] } = options;
  const each = Array.from({ length: pictureCount(x) }, () => ({
    angle: between(degrees, random), scale: between(scale, random),
    translate: [between([-translate[0] * w, translate[0] * w], random),
      between([-translate[1] * h, translate[1] * h], random)] as const,
    shear: [between(shear, random), 0] as const,
  }));
  return affine(x, each, options);
};
/** Turned by up to so many degrees either way, or by an angle of a range. */
export const randomRotation = (degrees: number | Range, warp: WarpOptions = {}): Transform =>
  randomAffine({ degrees: typeof degrees === "number" ? [-degrees, degrees] : degrees, ...warp });

/** The state of a tensor generator, drawn from a stream: two words of seed, no offset. */
const noiseState = (random: RandomStream): Tensor => tensor(Uint32Array.of(random.bits(), random.bits(), 0, 0));
/**
 * Waves: every pixel moves by alpha * (noise in -1..1, smoothed by a Gaussian of sigma pixels), as in Simard,
 * Steinkraus
 * and Platt, "Best practices for convolutional neural networks", 2003.
 */
export const randomElastic = (
  options: WarpOptions & { readonly alpha?: number; readonly sigma?: number } = {},
): Transform => (x, random) => {
  const [h, w] = sizeOfPictures(x, "randomElastic");
  const { alpha = 50, sigma = 5 } = options;
  const n = pictureCount(x);
  const field = (): Tensor => {
    const noise = sub(mul(uniformFrom(noiseState(random), [n, 1, h, w]), 2), 1);
    return cast(reshape(mul(gaussianBlur(noise, 2 * Math.ceil(4 * sigma) + 1, sigma), alpha), [n, h, w]), x.dtype);
  };
  return displace(x, field(), field(), options);
};

/** Normal noise of the given deviation added. */
export const gaussianNoise = (
  deviation: number, options: { readonly clip?: boolean } = {},
): Transform => (x, random) => {
  sizeOfPictures(x, "gaussianNoise");
  const y = add(x, cast(mul(normalFrom(noiseState(random), x.shape), deviation), x.dtype));
  return options.clip === false ? y : clamp(y, 0, 1);
};
/** A Gaussian filter of `size` pixels whose sigma is drawn once a call. */
export const randomGaussianBlur = (size: number, sigma: Range = [0.1, 2]): Transform =>
  (x, random) => gaussianBlur(x, size, between(sigma, random));

export interface JitterOptions {
  /** Factors 1 - b .. 1 + b, or a range. */
  readonly brightness?: number | Range;
  readonly contrast?: number | Range;
  readonly saturation?: number | Range;
  /** Turns -h .. h of the colour wheel, at most 1/2, or a range. */
  readonly hue?: number | Range;
}
/** Brightness, contrast, saturation and hue changed by chance, in an order drawn once a call. */
export const colourJitter = (options: JitterOptions): Transform => (x, random) => {
  const around = (value: number | Range | undefined, middle: number): Range | null =>
    (value === undefined ? null : typeof value !== "number" ? value
      : [Math.max(middle - value, middle === 0 ? -0.5 : 0), middle + value]);
  const steps = [
    [around(options.brightness, 1), adjustBrightness], [around(options.contrast, 1), adjustContrast],
    [around(options.saturation, 1), adjustSaturation], [around(options.hue, 0), adjustHue],
  ] as const;
  return Array.from(random.permutation(steps.length)).reduce((y, i) => {
    const [range, change] = steps[i];
    return range === null ? y : change(y, perPicture(x, () => between(range, random)));
  }, x);
};

/** Rectangles filled with a value: top, left, height and width for each picture. */
export function erase(x: Tensor, boxes: readonly (readonly [number, number, number, number])[], value = 0): Tensor {
  const [h, w] = sizeOfPictures(x, "erase");
  if (boxes.length !== pictureCount(x)) {
    throw new UsageError(`erase: ${boxes.length} rectangles for ${pictureCount(x)} pictures`);
  }
  const row = reshape(iota(h, "f32"), [h, 1]), column = iota(w, "f32");
  const side = (i: number): Tensor => cast(perPicture(x, (picture) => boxes[picture][i]), "f32");
  const within = (at: Tensor, start: Tensor, length: Tensor): Tensor =>
    bitAnd(ge(at, start), lt(at, add(start, length)));
  return where(bitAnd(within(row, side(0), side(2)), within(column, side(1), side(3))), value, x);
}
/** A rectangle of random area and shape erased in a share p of the pictures (Zhong and others 2017). */
export const randomErasing = (
  options: AreaOptions & { readonly p?: number; readonly value?: number } = {},
): Transform => (x, random) => {
  const [h, w] = sizeOfPictures(x, "randomErasing");
  const { p = 0.5, scale = [0.02, 0.33], ratio = [0.3, 3.3], value = 0 } = options;
  return erase(x, Array.from({ length: pictureCount(x) }, () => {
    const size = random.uniform() < p ? randomArea(h, w, scale, ratio, random) : null;
    return size === null ? [0, 0, 0, 0] as const
      : [random.integer(h - size[0] + 1), random.integer(w - size[1] + 1), ...size] as const;
  }), value);
};
/** A square of `side` pixels around a random middle erased; it may reach over the edge (DeVries and Taylor 2017). */
export const cutout = (side: number, value = 0): Transform => (x, random) => {
  const [h, w] = sizeOfPictures(x, "cutout");
  return erase(x, Array.from({ length: pictureCount(x) }, () =>
    [random.integer(h) - Math.floor(side / 2), random.integer(w) - Math.floor(side / 2), side, side] as const), value);
};
