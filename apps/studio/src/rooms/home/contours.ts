import type { Heights } from "./landscape.ts";

/** A line of equal loss, as an SVG path in units of the grid's cells. */
export interface Contour {
  readonly level: number;
  readonly path: string;
}

/** Levels from the highest down, each a fixed share of the one above: close where the ground is nearly flat. */
export function levelsOf({ losses }: Heights, share = 0.78, count = 24): number[] {
  let highest = 0;
  for (const loss of losses) highest = Math.max(highest, loss);
  return Array.from({ length: count }, (_, i) => highest * share ** (i + 1));
}

/**
 * Lines of equal height by marching squares: in each cell the level crosses some of the four edges, and the crossings
 * are joined. A saddle, where it crosses all four, is joined by the cell's mean. Source: Lorensen and Cline 1987, in
 * the plane.
 */
export function contour(heights: Heights, level: number): Contour {
  const { columns, rows, losses } = heights;
  const at = (column: number, row: number): number => losses[row * columns + column];
  const parts: string[] = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const corners = [at(column, row), at(column + 1, row), at(column + 1, row + 1), at(column, row + 1)];
      const point = (edge: number): string => place(crossing(corners, level, edge), column, row);
      for (const [from, to] of joined(corners, level)) {
        parts.push(`M${point(from)}L${point(to)}`);
      }
    }
  }
  return { level, path: parts.join("") };
}

/** Pairs of edges to join; edge i runs from corner i to the next, clockwise from the top left. */
function joined(corners: readonly number[], level: number): (readonly [number, number])[] {
  const crossed = [0, 1, 2, 3].filter((i) => corners[i] >= level !== corners[(i + 1) % 4] >= level);
  if (crossed.length === 0) return [];
  if (crossed.length === 2) return [[crossed[0], crossed[1]]];
  const mean = corners.reduce((sum, corner) => sum + corner, 0) / 4;
  return (mean >= level) === (corners[0] >= level) ? [[0, 1], [2, 3]] : [[3, 0], [1, 2]];
}
const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]] as const;
function crossing(corners: readonly number[], level: number, edge: number): readonly [number, number] {
  const next = (edge + 1) % 4;
  const share = (level - corners[edge]) / (corners[next] - corners[edge]);
  const [x0, y0] = CORNERS[edge], [x1, y1] = CORNERS[next];
  return [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
}
const place = ([x, y]: readonly [number, number], column: number, row: number): string =>
  `${(column + x).toFixed(2)} ${(row + y).toFixed(2)}`;
