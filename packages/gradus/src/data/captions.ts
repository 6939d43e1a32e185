import { drawShapes, SHAPES, type DrawnPicture, type DrawnShape } from "./shapes.ts";

/** A drawn picture and what is to be said of it. */
export interface CaptionedPicture {
  readonly drawn: DrawnPicture;
  readonly caption: readonly string[];
}
export interface CaptionsOptions {
  readonly size: number;
  readonly seed?: number;
  /** Height and width of a picture (default 32). */
  readonly side?: number;
}
const HEIGHTS = ["top", "bottom"] as const, SIDES = ["left", "right"] as const;

/**
 * Pictures of one or two shapes and a sentence about each: "a disc at the top left and a square at the bottom right".
 * Shapes are named from left to right, by the middle of what can be seen of them. Picture i depends on (seed, i) alone.
 */
export function captionedShapes(options: CaptionsOptions): CaptionedPicture[] {
  const { size, seed = 0, side = 32 } = options;
  const extent = [side >> 2, (3 * side) >> 3] as const;
  return drawShapes({ size, seed, side, count: [1, 2], extent, noise: 0 })
    .map((drawn) => ({ drawn, caption: captionOf(drawn.shapes, side) }));
}
function captionOf(shapes: readonly DrawnShape[], side: number): string[] {
  const middle = ({ box: [left, top, right, bottom] }: DrawnShape): readonly [x: number, y: number] =>
    [(left + right) / 2, (top + bottom) / 2];
  const sorted = [...shapes].sort((a, b) => middle(a)[0] - middle(b)[0] || middle(a)[1] - middle(b)[1]);
  return sorted.flatMap((shape, i) => {
    const [x, y] = middle(shape);
    const place = [HEIGHTS[Number(y >= side / 2)], SIDES[Number(x >= side / 2)]];
    return [...(i === 0 ? [] : ["and"]), "a", SHAPES[shape.label], "at", "the", ...place];
  });
}
/** Every word of such captions. */
export const CAPTION_VOCABULARY = ["a", "and", "at", "the", ...HEIGHTS, ...SIDES, ...SHAPES] as const;
/** Words of the longest caption. */
export const LONGEST_CAPTION = 13;
