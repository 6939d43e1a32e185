import { UsageError } from "../../vocab/errors.ts";
import { iota } from "../../ops/create.ts";
import { add, bitAnd, cast, clamp, floor, ge, le, mul, round, sub, where } from "../../ops/elementwise.ts";
import { take } from "../../ops/indexing.ts";
import { permute, reshape, select } from "../../ops/movement.ts";
import { tensor } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { asBatch, pictureCount, sizeOfPictures } from "./transform.ts";

export interface WarpOptions {
  readonly mode?: "nearest" | "bilinear";
  /** What lies outside of the pictures (default 0). */
  readonly fill?: number;
}

/**
 * Pictures [n, c, h, w] read at the places (across, down), in pixels, [n, height, width] each: the nearest pixel, or
 * the four around weighted by their nearness. Outside lies `fill`. PyTorch's grid_sample in pixels, with zeros outside
 * of x - fill.
 */
export function sampleAt(x: Tensor, across: Tensor, down: Tensor, options: WarpOptions = {}): Tensor {
  const { mode = "bilinear", fill = 0 } = options;
  const [n, c, h, w] = x.shape;
  const rows = reshape(permute(fill === 0 ? x : sub(x, fill), [0, 2, 3, 1]), [n * h * w, c]);
  const first = reshape(mul(iota(n), h * w), [n, 1, 1]);
  const pixel = (column: Tensor, row: Tensor): Tensor => {
    const inside = bitAnd(bitAnd(ge(column, 0), le(column, w - 1)), bitAnd(ge(row, 0), le(row, h - 1)));
    const at = add(mul(cast(clamp(row, 0, h - 1), "i32"), w), cast(clamp(column, 0, w - 1), "i32"));
    return where(reshape(inside, [...inside.shape, 1]), take(rows, add(at, first), 0), 0);
  };
  let out: Tensor;
  if (mode === "nearest") out = pixel(round(across), round(down));
  else {
    const left = floor(across), top = floor(down);
    const right = add(left, 1), bottom = add(top, 1);
    const u = sub(across, left), v = sub(down, top);
    const weighted = (y: Tensor, weight: Tensor): Tensor => mul(y, reshape(weight, [...weight.shape, 1]));
    const s = sub(1, u), t = sub(1, v);
    out = add(add(weighted(pixel(left, top), mul(s, t)), weighted(pixel(right, top), mul(u, t))),
      add(weighted(pixel(left, bottom), mul(s, v)), weighted(pixel(right, bottom), mul(u, v))));
  }
  const y = permute(out, [0, 3, 1, 2]);
  return fill === 0 ? y : add(y, fill);
}

export interface AffineOptions {
  /** Degrees, clockwise on the screen. */
  readonly angle?: number;
  /** Pixels to the right and down. */
  readonly translate?: readonly [across: number, down: number];
  readonly scale?: number;
  /** Degrees along x and along y. */
  readonly shear?: readonly [x: number, y: number];
  /** The point that stays, in pixels from the middle of the picture (default: the middle). */
  readonly center?: readonly [across: number, down: number];
}
/** The six numbers that lead from a place of the result back to one of the picture, both from the middle. */
type Matrix = readonly [number, number, number, number, number, number];
/** Inverse of translate * center * rotate * shear * scale * center^-1, as torchvision defines it. */
function inverseOf(options: AffineOptions): Matrix {
  const { angle = 0, translate: [tx, ty] = [0, 0], scale = 1, shear = [0, 0], center: [cx, cy] = [0, 0] } = options;
  if (!(scale > 0)) throw new UsageError(`affine: a scale of ${scale} is not possible; it is above 0`);
  const [turn, sx, sy] = [angle, ...shear].map((degrees) => (degrees * Math.PI) / 180);
  const a = Math.cos(turn - sy) / Math.cos(sy), b = -a * Math.tan(sx) - Math.sin(turn);
  const c = Math.sin(turn - sy) / Math.cos(sy), d = -c * Math.tan(sx) + Math.cos(turn);
  const [m0, m1, m3, m4] = [d / scale, -b / scale, -c / scale, a / scale];
  return [m0, m1, m0 * (-cx - tx) + m1 * (-cy - ty) + cx, m3, m4, m3 * (-cx - tx) + m4 * (-cy - ty) + cy];
}
/** Turned, moved, scaled and sheared; one set of options for all pictures, or one for each. */
export function affine(
  x: Tensor, options: AffineOptions | readonly AffineOptions[], warp: WarpOptions = {},
): Tensor {
  const [h, w] = sizeOfPictures(x, "affine");
  const count = pictureCount(x);
  const list = Array.isArray(options) ? options as readonly AffineOptions[] : [options as AffineOptions];
  if (list.length !== 1 && list.length !== count) {
    throw new UsageError(`affine: ${list.length} sets of options for ${count} pictures`);
  }
  const float = x.dtype === "f64" ? "f64" : "f32";
  const matrices = tensor(list.map((one) => [...inverseOf(one)]), { dtype: float });
  const entry = (i: number): Tensor => reshape(select(matrices, 1, i), [list.length, 1, 1]);
  const across = reshape(sub(iota(w, float), (w - 1) / 2), [1, 1, w]);
  const down = reshape(sub(iota(h, float), (h - 1) / 2), [1, h, 1]);
  const place = (i: number, middle: number): Tensor =>
    add(add(add(mul(entry(i), across), mul(entry(i + 1), down)), entry(i + 2)), middle);
  return asBatch(x, (batch) => sampleAt(batch, place(0, (w - 1) / 2), place(3, (h - 1) / 2), warp));
}
/** Turned about the middle, counter-clockwise, by degrees; the size stays. */
export const rotate = (x: Tensor, degrees: number, warp: WarpOptions = {}): Tensor =>
  affine(x, { angle: -degrees }, warp);

/** Every pixel read from elsewhere: `across` and `down` are displacements in pixels, [n, h, w] each. */
export function displace(x: Tensor, across: Tensor, down: Tensor, warp: WarpOptions = {}): Tensor {
  const [h, w] = sizeOfPictures(x, "displace");
  const at = (move: Tensor, along: Tensor): Tensor => add(move, cast(along, move.dtype));
  return asBatch(x, (batch) =>
    sampleAt(batch, at(across, reshape(iota(w), [1, 1, w])), at(down, reshape(iota(h), [1, h, 1])), warp));
}
