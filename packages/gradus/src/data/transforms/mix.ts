import { ShapeError, UsageError } from "../../vocab/errors.ts";
import type { RandomStream } from "../../vocab/random.ts";
import { formatShape } from "../../vocab/shape.ts";
import { add, mul, sub } from "../../ops/elementwise.ts";
import { concat, narrow } from "../../ops/movement.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { erase } from "./random.ts";
import { sizeOfPictures } from "./transform.ts";

/** Pictures [n, c, h, w] and targets [n, classes] as shares that sum to 1 (one-hot to begin with). */
export type LabelledBatch = readonly [pictures: Tensor, targets: Tensor];

/** Gamma(a, 1) by Marsaglia and Tsang, "A simple method for generating gamma variables", 2000. */
function gamma(a: number, random: RandomStream): number {
  if (a < 1) return gamma(a + 1, random) * (1 - random.uniform()) ** (1 / a);
  const d = a - 1 / 3, c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const z = random.normal(), v = (1 + c * z) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * z * z + d - d * v + d * Math.log(v)) return d * v;
  }
}
/** A share from Beta(alpha, alpha): X / (X + Y) for two gammas. */
export function betaShare(alpha: number, random: RandomStream): number {
  if (!(alpha > 0)) throw new UsageError(`a Beta distribution with parameter ${alpha} is not possible`);
  const x = gamma(alpha, random), y = gamma(alpha, random);
  // Tiny parameters may give two zeros: either end is as likely.
  return x + y > 0 ? x / (x + y) : Math.round(random.uniform());
}
/** Every row meets the one before it. */
const rolled = (x: Tensor): Tensor => concat([narrow(x, 0, -1, 1), narrow(x, 0, 0, x.shape[0] - 1)]);
const mixed = (x: Tensor, share: number): Tensor => add(mul(x, share), mul(rolled(x), 1 - share));
function check([pictures, targets]: LabelledBatch, who: string): void {
  sizeOfPictures(pictures, who);
  if (pictures.shape.length !== 4 || targets.shape.length !== 2 || targets.shape[0] !== pictures.shape[0]) {
    throw new ShapeError(`${who}: pictures ${formatShape(pictures.shape)} and targets ${formatShape(targets.shape)}; ` +
      "they must be [n, channels, height, width] and [n, classes], such as from oneHot");
  }
}

/** share * x + (1 - share) * the picture before it, and so the targets. */
export function mixupBy(batch: LabelledBatch, share: number): LabelledBatch {
  check(batch, "mixup");
  return batch[0].shape[0] > 1 ? [mixed(batch[0], share), mixed(batch[1], share)] : batch;
}
/** Mixup with a share from Beta(alpha, alpha), one a batch (Zhang and others 2018). */
export const mixup = (batch: LabelledBatch, random: RandomStream, alpha = 1): LabelledBatch =>
  mixupBy(batch, betaShare(alpha, random));

/** The rectangle top, left, height, width comes from the picture before; targets mix by area. */
export function cutmixBy(batch: LabelledBatch, box: readonly [number, number, number, number]): LabelledBatch {
  check(batch, "cutmix");
  const [pictures, targets] = batch;
  const [n, , h, w] = pictures.shape;
  if (n < 2) return batch;
  const boxes = Array.from({ length: n }, () => box);
  const other = rolled(pictures), rest = erase(other, boxes);
  return [add(erase(pictures, boxes), sub(other, rest)), mixed(targets, 1 - (box[2] * box[3]) / (h * w))];
}
/**
 * CutMix: a rectangle whose area is 1 - share, share from Beta(alpha, alpha), at a random place (Yun and others
 * 2019).
 */
export function cutmix(batch: LabelledBatch, random: RandomStream, alpha = 1): LabelledBatch {
  const [h, w] = sizeOfPictures(batch[0], "cutmix");
  const half = 0.5 * Math.sqrt(1 - betaShare(alpha, random));
  const column = random.integer(w), row = random.integer(h);
  const left = Math.max(0, column - Math.floor(half * w)), right = Math.min(w, column + Math.floor(half * w));
  const top = Math.max(0, row - Math.floor(half * h)), bottom = Math.min(h, row + Math.floor(half * h));
  return cutmixBy(batch, [top, left, bottom - top, right - left]);
}
