/** What both figures on shapes need: the rule of broadcasting, places in a tensor, and shapes as code writes them. */

export type Shape = readonly number[];
export const written = (shape: Shape): string => `[${shape.join(", ")}]`;
/** How many numbers a shape holds. */
export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** The sizes of an axis counted from the right, 1 for the last; 1 where there is no such axis. */
export const fromRight = (shape: Shape, axis: number): number => shape[shape.length - axis] ?? 1;

/** The shape that two shapes give together; null where an axis has two sizes, neither of them 1. */
export function together(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const sizes = Array.from({ length: rank }, (_, i) => {
    const [p, q] = [fromRight(a, rank - i), fromRight(b, rank - i)];
    return p === q || q === 1 ? p : p === 1 ? q : null;
  });
  return sizes.includes(null) ? null : sizes as number[];
}

/** The place of the number at `index` (in reading order) of a shape. */
export function placeOf(index: number, shape: Shape): number[] {
  const place: number[] = [];
  for (let i = shape.length - 1, rest = index; i >= 0; i--) {
    place.unshift(rest % shape[i]);
    rest = Math.floor(rest / shape[i]);
  }
  return place;
}
/** The index in reading order of the number that stands at `place` after stretching: axes of 1 have one place only. */
export const indexOf = (place: readonly number[], shape: Shape): number => shape.reduce((index, size, i) =>
  index * size + (size === 1 ? 0 : place[place.length - shape.length + i]), 0);
