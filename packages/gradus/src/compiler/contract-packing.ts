import type { ContractDim } from "./contract-plan.ts";
import type { Choice } from "./contraction.ts";

/** Elements in a line of the cache. */
export const LINE = 16;
/** Terms of a sum that are too many to keep a line of each in the first cache. */
const DEEP = 256;

/**
 * The operand along the lanes is packed where its rows lie far apart: each of them would cost an entry of the address
 * cache, and powers of two fall into the same sets. Only where enough rows use the copy; one that must be laid out
 * anew for its lanes is packed at once.
 */
export function panelToPack(
  dims: readonly ContractDim[], choice: Choice, lanes: number, resultCount: number,
): 0 | 1 | null {
  if (choice.form === "dot" || choice.vector < 0) return null;
  const v = dims[choice.vector];
  const which = choice.copy >= 0 ? choice.copy as 0 | 1 : v.a === 1 ? 0 : v.b === 1 ? 1 : null;
  if (which === null || v.size % (choice.tile[1] * lanes) !== 0) return null;
  const key = which === 0 ? "a" : "b";
  // Through windows a packed copy holds every number once per tap.
  const windowed = overlaps(dims.filter((d) => d[key] !== 0), key);
  if (choice.copy >= 0 && windowed) return null;
  // A copy along the lanes has them innermost: then the next sum is as far as there are columns.
  const apart = (d: ContractDim): number => (choice.copy >= 0 ? v.size : Math.abs(d[key]));
  const farthest = Math.max(0, ...dims.slice(resultCount).map((d) => (d[key] !== 0 && d.size >= 64 ? apart(d) : 0)));
  const reuse = dims.slice(0, resultCount).reduce((n, d) => (d[key] === 0 ? n * d.size : n), 1);
  const many = depthOf(dims, resultCount) >= DEEP && farthest >= 96 && reuse >= 12 * lanes;
  return farthest >= 768 && reuse >= 96 || many && !windowed ? which : null;
}
/**
 * The operand that is read number by number, if it is to be packed in tiles of rows: then all numbers of a step lie
 * side by side, at fixed distances from one address. Where every number is used often enough.
 */
export function rowsToPack(
  dims: readonly ContractDim[], choice: Choice, lanes: number, resultCount: number,
): 0 | 1 | null {
  if (choice.form === "dot" || choice.vector < 0 || choice.rows < 0) return null;
  const [height] = choice.tile;
  const r = dims[choice.rows], v = dims[choice.vector];
  const which = v.a === 0 ? 0 : v.b === 0 ? 1 : null;
  if (which === null || height < 4) return null;
  const key = which === 0 ? "a" : "b";
  const depth = depthOf(dims, resultCount);
  if (r[key] === 0 || (r[key] === 1 && r.size === height) || depth < 32) return null;
  const reuse = dims.slice(0, resultCount).reduce((n, d) => (d[key] === 0 ? n * d.size : n), 1);
  // A copy is worth it where it costs next to nothing, and sooner where every step would read another line.
  const scattered = depth >= DEEP && dims.slice(resultCount).every((d) => d.size === 1 || Math.abs(d[key]) >= LINE);
  if (reuse < (scattered ? 48 : 200) * lanes) return null;
  // Loops that walk over the same memory twice (windows) would be written out in full.
  if (overlaps(dims.filter((d) => d[key] !== 0), key)) return null;
  return which;
}
/** A copy as loops, outermost first: their sizes, and their steps through what is read and what is written. */
export interface CopyLoops {
  readonly shape: readonly number[];
  readonly read: readonly number[];
  readonly written: readonly number[];
}
/**
 * A copy into tiles whose numbers lie side by side in the source too: all tiles are filled from a few lines of the
 * source before the next ones, so that pages are met once. Tile by tile every line would be on a page of its own.
 * `tiles` is the axis of tiles; the last two are the innermost sum and the width.
 */
export function tilesTogether(loops: CopyLoops, tiles: number): CopyLoops {
  const width = loops.shape.length - 1, sum = width - 1;
  if (sum <= tiles || loops.read[width] !== 1) return loops;
  const lines = largestDivisor(loops.shape[sum], LINE);
  if (lines < 4) return loops;
  // The blocks of lines go around the tiles.
  const cut = (sizes: readonly number[], block: number, line: number): number[] =>
    [...sizes.slice(0, tiles), block, ...sizes.slice(tiles, sum), line, sizes[width]];
  return {
    shape: cut(loops.shape, loops.shape[sum] / lines, lines),
    read: cut(loops.read, loops.read[sum] * lines, loops.read[sum]),
    written: cut(loops.written, loops.written[sum] * lines, loops.written[sum]),
  };
}
function largestDivisor(n: number, limit: number): number {
  for (let d = Math.min(n, limit); d > 1; d--) if (n % d === 0) return d;
  return 1;
}
/** How many terms a sum has. */
const depthOf = (dims: readonly ContractDim[], resultCount: number): number =>
  dims.slice(resultCount).reduce((n, d) => n * d.size, 1);
/** Whether loops walk over the same memory more than once, as windows do. */
export const overlaps = (walked: readonly ContractDim[], key: "a" | "b"): boolean =>
  walked.reduce((n, d) => n * d.size, 1) > 1.5 * walked.reduce((n, d) => n + (d.size - 1) * Math.abs(d[key]), 1);
