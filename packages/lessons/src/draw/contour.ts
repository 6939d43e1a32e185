/** Lines of equal height of a function of two variables, and levels worth drawing. */
import type { Pair } from "./scale.ts";

/** Heights on a grid of points, in rows from the lowest y up. */
export interface Grid {
  readonly columns: number; readonly rows: number;
  readonly x: Pair; readonly y: Pair;
  readonly heights: readonly number[];
}

/** A function on `columns` times `rows` points of a rectangle. */
export function grid(f: (x: number, y: number) => number, x: Pair, y: Pair, columns = 48, rows = columns): Grid {
  const heights: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      heights.push(f(along(x, column / (columns - 1)), along(y, row / (rows - 1))));
    }
  }
  return { columns, rows, x, y, heights };
}
const along = ([from, to]: Pair, share: number): number => from + (to - from) * share;

/** `count` levels, close together near the lowest point, where descent has its fine steps. */
export function levels({ heights }: Grid, count = 12): number[] {
  const low = Math.min(...heights), high = Math.max(...heights);
  return Array.from({ length: count }, (_, i) => low + (high - low) * ((i + 0.6) / (count + 0.2)) ** 2.4);
}

/**
 * The lines on which the height is `level`, each a chain of points in the function's own coordinates. Marching squares:
 * in each cell the level crosses two or four of the edges; at a saddle the cell's mean says which to join.
 * Source: Lorensen and Cline, "Marching cubes", SIGGRAPH 1987, in the plane.
 */
export function contour(of: Grid, level: number): Pair[][] {
  const { columns, rows, heights } = of;
  const segments: (readonly [string, string])[] = [];
  const places = new Map<string, Pair>();
  const at = (c: number, r: number): number => heights[r * columns + c];
  // An edge is named by its lower left point and its direction, so that both its cells mean the same crossing.
  const crossing = (c: number, r: number, d: number): string => {
    const key = `${c},${r},${d}`;
    if (!places.has(key)) {
      const a = at(c, r), b = d === 0 ? at(c + 1, r) : at(c, r + 1);
      const share = (level - a) / (b - a);
      places.set(key, [along(of.x, (c + (d === 0 ? share : 0)) / (columns - 1)),
        along(of.y, (r + (d === 1 ? share : 0)) / (rows - 1))]);
    }
    return key;
  };
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const corners = [at(c, r), at(c + 1, r), at(c + 1, r + 1), at(c, r + 1)];
      const edges = [[c, r, 0], [c + 1, r, 1], [c, r + 1, 0], [c, r, 1]] as const;
      const cut = [0, 1, 2, 3].filter((i) => corners[i] >= level !== corners[(i + 1) % 4] >= level);
      const name = (i: number): string => crossing(edges[i][0], edges[i][1], edges[i][2]);
      if (cut.length === 2) segments.push([name(cut[0]), name(cut[1])]);
      if (cut.length !== 4) continue;
      const mean = corners.reduce((a, b) => a + b, 0) / 4;
      const pairs = (mean >= level) === (corners[0] >= level) ? [[0, 1], [2, 3]] : [[3, 0], [1, 2]];
      for (const [i, j] of pairs) segments.push([name(i), name(j)]);
    }
  }
  return chains(segments).map((chain) => chain.map((key) => places.get(key)!));
}

/** Joins segments that share an end into the longest chains; a closed one repeats its first point. */
function chains(segments: readonly (readonly [string, string])[]): string[][] {
  const touching = new Map<string, number[]>();
  segments.forEach((ends, i) => ends.forEach((end) => touching.set(end, [...(touching.get(end) ?? []), i])));
  const used = new Set<number>();
  const follow = (start: string, first: number): string[] => {
    const chain = [start];
    for (let i: number | undefined = first; i !== undefined;) {
      used.add(i);
      const here: string = chain[chain.length - 1];
      const next: string = segments[i][0] === here ? segments[i][1] : segments[i][0];
      chain.push(next);
      i = touching.get(next)!.find((candidate) => !used.has(candidate));
    }
    return chain;
  };
  const found: string[][] = [];
  // Open chains from their ends first, then what is left are rings.
  for (const [end, list] of touching) if (list.length === 1 && !used.has(list[0])) found.push(follow(end, list[0]));
  segments.forEach(([start], i) => {
    if (!used.has(i)) found.push(follow(start, i));
  });
  return found;
}
