import { ShapeError } from "../../vocab/errors.ts";
import { formatShape } from "../../vocab/shape.ts";
import {
  add, clamp, div, eq, floor, logicalAnd, logicalNot, mul, remainder, sub, where, type Operand,
} from "../../ops/elementwise.ts";
import { broadcastTo, concat, narrow } from "../../ops/movement.ts";
import { amax, amin, mean } from "../../ops/reduce.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { sizeOfPictures } from "./transform.ts";

/** Luma of ITU-R BT.601, as PIL and torchvision weigh it. */
const RED = 0.2989, GREEN = 0.587, BLUE = 0.114;

function planes(x: Tensor, who: string): [red: Tensor, green: Tensor, blue: Tensor] {
  sizeOfPictures(x, who);
  if (x.shape[x.shape.length - 3] !== 3) {
    throw new ShapeError(`${who}: ${formatShape(x.shape)} has not three channels, red, green and blue`);
  }
  return [narrow(x, -3, 0, 1), narrow(x, -3, 1, 1), narrow(x, -3, 2, 1)];
}
const blend = (x: Tensor, other: Operand, share: Operand): Tensor =>
  clamp(add(mul(x, share), mul(sub(1, share), other)), 0, 1);

/** Grey of the same brightness, [..., channels, h, w] with 1 channel or 3 equal ones. */
export function grayscale(x: Tensor, channels: 1 | 3 = 1): Tensor {
  const [red, green, blue] = planes(x, "grayscale");
  const grey = add(add(mul(red, RED), mul(green, GREEN)), mul(blue, BLUE));
  return channels === 1 ? grey : broadcastTo(grey, x.shape);
}
/** factor * x, cut to 0..1: 0 is black, 1 leaves all as it is. The factor is a number or one for each picture. */
export const adjustBrightness = (x: Tensor, factor: Operand): Tensor => clamp(mul(x, factor), 0, 1);
/** Away from (above 1) or towards (below 1) the mean grey of the picture. */
export function adjustContrast(x: Tensor, factor: Operand): Tensor {
  const grey = x.shape[x.shape.length - 3] === 3 ? grayscale(x) : x;
  return blend(x, mean(grey, [-3, -2, -1], { keepdim: true }), factor);
}
/** Away from (above 1) or towards (below 1) grey. */
export const adjustSaturation = (x: Tensor, factor: Operand): Tensor => blend(x, grayscale(x), factor);

/** Colours turned around the wheel by `turn` of a whole circle (-1/2 .. 1/2), through hue, saturation and value. */
export function adjustHue(x: Tensor, turn: Operand): Tensor {
  const [r, g, b] = planes(x, "adjustHue");
  const most = amax(x, -3, { keepdim: true }), least = amin(x, -3, { keepdim: true });
  const range = sub(most, least), grey = eq(range, 0);
  const saturation = div(range, where(grey, 1, most)), span = where(grey, 1, range);
  const [redness, greenness, blueness] = [r, g, b].map((plane) => div(sub(most, plane), span));
  const isRed = eq(most, r), isGreen = logicalAnd(eq(most, g), logicalNot(isRed));
  const sixths = where(isRed, sub(blueness, greenness),
    where(isGreen, add(sub(redness, blueness), 2), add(sub(greenness, redness), 4)));
  const hue = remainder(add(remainder(add(div(sixths, 6), 1), 1), turn), 1);

  const six = mul(hue, 6), sector = floor(six), part = sub(six, sector), place = remainder(sector, 6);
  const p = clamp(mul(most, sub(1, saturation)), 0, 1);
  const q = clamp(mul(most, sub(1, mul(saturation, part))), 0, 1);
  const t = clamp(mul(most, sub(1, mul(saturation, sub(1, part)))), 0, 1);
  const choose = (...cases: readonly Tensor[]): Tensor =>
    cases.reduceRight((rest, one, i) => (i === cases.length - 1 ? one : where(eq(place, i), one, rest)), cases[5]);
  return concat([choose(most, q, p, p, t, most), choose(t, most, most, q, p, p), choose(p, p, t, most, most, q)],
    x.shape.length - 3);
}
