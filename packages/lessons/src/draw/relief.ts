/** A surface seen from above and aside: a mesh of polygons, painted from far to near. */
import type { Mark } from "../scene.ts";
import type { Grid } from "./contour.ts";
import { clamp, type Pair } from "./scale.ts";
import type { Panel } from "./panels.ts";

export interface Relief {
  /** Polygons of the surface, farthest first. */
  readonly mesh: readonly Mark[];
  /** Where a point of the surface lies on the canvas. */
  place(x: number, y: number, height: number): Pair;
}
const TILT = 0.5;

/** Draws `of` inside a panel, turned by `turn` radians. Heights are those of the grid, cut at `ceiling`. */
export function relief(of: Grid, inside: Panel, turn: number, ceiling = Math.max(...of.heights)): Relief {
  const low = Math.min(...of.heights), size = Math.min(inside.w, inside.h / 0.82) * 0.66;
  const middleX = inside.x + inside.w / 2, middleY = inside.y + inside.h * 0.6;
  const unit = (value: number, [from, to]: Pair): number => (value - from) / (to - from) - 0.5;
  const rotate = (x: number, y: number): Pair => {
    const u = unit(x, of.x), v = unit(y, of.y);
    return [u * Math.cos(turn) - v * Math.sin(turn), u * Math.sin(turn) + v * Math.cos(turn)];
  };
  const place = (x: number, y: number, height: number): Pair => {
    const [across, away] = rotate(x, y);
    const share = (clamp(height, [low, ceiling]) - low) / (ceiling - low || 1);
    return [middleX + across * size, middleY - away * size * TILT - (share - 0.25) * size * 0.5];
  };
  const { columns, rows } = of;
  const xOf = (c: number): number => of.x[0] + (of.x[1] - of.x[0]) * c / (columns - 1);
  const yOf = (r: number): number => of.y[0] + (of.y[1] - of.y[0]) * r / (rows - 1);
  const tiles: { readonly away: number; readonly mark: Mark }[] = [];
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]] as const;
      const points = corners.map(([i, j]) => place(xOf(i), yOf(j), of.heights[j * columns + i]));
      const [, away] = rotate(xOf(c + 0.5), yOf(r + 0.5));
      tiles.push({ away, mark: { kind: "line", points, closed: true, fill: "plate", stroke: "ink-3", width: 0.7 } });
    }
  }
  tiles.sort((a, b) => b.away - a.away);
  return { mesh: tiles.map(({ mark }) => mark), place };
}
