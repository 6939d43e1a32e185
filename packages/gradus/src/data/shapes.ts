import { UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import type { Picture } from "./formats/picture.ts";

/** The kinds of shapes, in the order of their labels. */
export const SHAPES = ["square", "disc", "triangle"] as const;
/** A shape in a picture: its kind, its box in pixels and the pixels that can be seen of it. */
export interface DrawnShape {
  readonly label: number;
  /** Left, top, right, bottom; right and bottom are the first pixels outside. */
  readonly box: readonly [left: number, top: number, right: number, bottom: number];
  /** [height, width] bytes, 1 where the shape is and nothing covers it. */
  readonly mask: Uint8Array;
}
export interface DrawnPicture {
  readonly picture: Picture;
  readonly shapes: readonly DrawnShape[];
  /** For every pixel 0 (ground) or 1 + the label of the uppermost shape. */
  readonly classes: Uint8Array;
}
export interface ShapesOptions {
  readonly size: number;
  readonly seed?: number;
  /** Height and width of a picture (default 64). */
  readonly side?: number;
  /** Fewest and most shapes of a picture (default 1 to 3). */
  readonly count?: readonly [fewest: number, most: number];
  /** Smallest and largest extent of a shape, in pixels (default an eighth to three eighths of the side). */
  readonly extent?: readonly [smallest: number, largest: number];
  /** Deviation of the noise on every sample, in 0..255 (default 8). */
  readonly noise?: number;
}

/**
 * Drawn pictures of squares, discs and triangles, in colours by chance, later ones over earlier ones: for finding,
 * outlining and counting things, with labels, boxes and masks that are exactly right. Row i depends on (seed, i) alone.
 */
export function drawShapes(options: ShapesOptions): DrawnPicture[] {
  const { size, seed = 0, side = 64, count = [1, 3] } = options;
  const extent = options.extent ?? [Math.max(3, side >> 3), Math.max(4, (3 * side) >> 3)];
  if (!(Number.isInteger(side) && side >= 8 && extent[0] >= 3 && extent[1] <= side && extent[0] <= extent[1] &&
    count[0] >= 0 && count[0] <= count[1])) {
    throw new UsageError(`drawShapes: pictures of ${side} pixels with ${count.join(" to ")} shapes of ` +
      `${extent.join(" to ")} pixels are not possible`);
  }
  return Array.from({ length: size }, (_, row) => drawOne(new RandomStream(seed, row + 1), { ...options, side, count,
    extent }));
}
type Settings = Required<Pick<ShapesOptions, "side" | "count" | "extent">> & ShapesOptions;

function drawOne(random: RandomStream, { side, count, extent, noise = 8 }: Settings): DrawnPicture {
  const ground = colour(random, 0, 100), data = new Uint8Array(side * side * 3);
  const owner = new Int32Array(side * side).fill(-1);
  const number = count[0] + random.integer(count[1] - count[0] + 1);
  const labels: number[] = [], colours: number[][] = [];
  for (let i = 0; i < number; i++) {
    const wide = extent[0] + random.integer(extent[1] - extent[0] + 1);
    const left = random.integer(side - wide + 1), top = random.integer(side - wide + 1);
    labels.push(random.integer(SHAPES.length));
    colours.push(colour(random, 120, 255));
    for (let y = 0; y < wide; y++) {
      for (let x = 0; x < wide; x++) if (covers(labels[i], (x + 0.5) / wide, (y + 0.5) / wide)) owner[(
        top + y) * side + left + x] = i;
    }
  }
  for (let at = 0; at < owner.length; at++) {
    const paint = owner[at] < 0 ? ground : colours[owner[at]];
    for (let c = 0; c < 3; c++) {
      data[3 * at + c] = Math.min(255, Math.max(0, Math.round(paint[c] + (noise > 0 ? noise * random.normal() : 0))));
    }
  }
  const shapes = labels.flatMap((label, i): DrawnShape[] => {
    const mask = Uint8Array.from(owner, (who) => Number(who === i));
    const box = boxOf(mask, side);
    // What is wholly covered is not there for anybody who looks.
    return box === null ? [] : [{ label, box, mask }];
  });
  const classes = Uint8Array.from(owner, (who) => (who < 0 ? 0 : 1 + labels[who]));
  return { picture: { data, height: side, width: side, channels: 3 }, shapes, classes };
}
const colour = (random: RandomStream, low: number, high: number): number[] =>
  Array.from({ length: 3 }, () => low + random.integer(high - low + 1));
/** Whether a shape that fills the unit square covers a point of it. */
function covers(label: number, x: number, y: number): boolean {
  if (SHAPES[label] === "square") return true;
  return SHAPES[label] === "disc" ? Math.hypot(x - 0.5, y - 0.5) <= 0.5 : Math.abs(x - 0.5) <= y / 2;
}
function boxOf(mask: Uint8Array, side: number): DrawnShape["box"] | null {
  let left = side, top = side, right = 0, bottom = 0;
  mask.forEach((inside, at) => {
    if (inside === 0) return;
    const x = at % side, y = Math.floor(at / side);
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + 1);
  });
  return right === 0 ? null : [left, top, right, bottom];
}
