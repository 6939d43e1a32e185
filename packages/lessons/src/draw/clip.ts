/** Cuts a polygon by a straight line. */
import type { Pair } from "./scale.ts";

/**
 * The part of a convex polygon where a·x + b·y + c >= 0; empty where there is none. Source: Sutherland and Hodgman,
 * "Reentrant polygon clipping", CACM 1974.
 */
export function clip(polygon: readonly Pair[], a: number, b: number, c: number): Pair[] {
  const side = ([x, y]: Pair): number => a * x + b * y + c;
  return polygon.flatMap((point, i) => {
    const next = polygon[(i + 1) % polygon.length];
    const here = side(point), there = side(next);
    const kept: Pair[] = here >= 0 ? [point] : [];
    if (here * there < 0) {
      const share = here / (here - there);
      kept.push([point[0] + share * (next[0] - point[0]), point[1] + share * (next[1] - point[1])]);
    }
    return kept;
  });
}
/** The rectangle as a polygon. */
export const rectangle = ([x0, x1]: Pair, [y0, y1]: Pair): Pair[] => [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
