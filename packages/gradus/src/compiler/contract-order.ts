import type { Target } from "../runtime/backend.ts";
import { LINE } from "./contract-packing.ts";
import type { ContractDim } from "./contract-plan.ts";
import type { Choice } from "./contraction.ts";

/** The loops of a contraction around its register tile; result loops by their numbers, from the outside. */
export interface Order {
  readonly outer: readonly number[];
  /** Result loops inside split and columns. */
  readonly passes: readonly number[];
  /** Summed loops outside of the tiles. */
  readonly split: readonly ContractDim[];
  readonly summed: readonly ContractDim[];
}
/** A loop that runs once. */
export const once = (layouts: number): ContractDim =>
  ({ size: 1, a: 0, b: 0, layouts: Array.from({ length: layouts }, () => 0) });

/** Orders the loops that the tile leaves so that what is read again is still in a cache. */
export function orderLoops(
  dims: readonly ContractDim[], choice: Choice, lanes: number, resultCount: number, target: Target,
): Order {
  const pick = (i: number): ContractDim => (i < 0 ? once(dims[0]?.layouts.length ?? 0) : dims[i]);
  const dot = choice.form === "dot";
  const used = new Set([choice.vector, choice.rows, ...(dot ? [choice.columns] : [])]);
  const rest = dims.map((d, i) => [d, i] as const).filter(([, i]) => !used.has(i));
  const summed = rest.filter(([, i]) => i >= resultCount).map(([d]) => d).sort((p, q) => outerFirst(p, q, target));
  const around = rest.flatMap(([, i]) => (i < resultCount ? [i] : []));
  const rows = pick(choice.rows), columns = pick(choice.vector);
  const few = dot || choice.vector < 0 || choice.rows < 0 ? []
    : moreRows(around, dims, summed, rows, columns, choice.tile, lanes, target);
  const split = splitSum(
    summed, few.reduce((d, i) => ({ ...d, size: d.size * dims[i].size }), rows),
    pick(dot ? choice.columns : choice.vector), dot ? columns : null,
    dot ? 0 : choice.tile[1] * lanes, choice.tile[0], target,
  );
  const isSplit = split.loops.length > 0 && !dot;
  const passes = isSplit && few.length > 0 ? [...few]
    : around.filter((i) => !dot && sharesLines(dims[i], columns) ||
      isSplit && readsAgain(dims[i], summed, rows, columns, target));
  // Threads need something to share.
  const tiles = Math.ceil(rows.size / choice.tile[0]) * Math.ceil(columns.size / (choice.tile[1] * lanes));
  const units = (): number => around.reduce((n, i) => (passes.includes(i) ? n : n * dims[i].size), tiles);
  while (passes.length > 0 && units() < 4) passes.shift();
  return { outer: around.filter((i) => !passes.includes(i)), passes, split: split.loops, summed: split.rest };
}
/**
 * The order of summed loops: those that reach far outside. With few registers a short loop is worth nothing inside,
 * since several of its steps do not fit at once.
 */
export function outerFirst(p: ContractDim, q: ContractDim, target: Target): number {
  const short = (d: ContractDim): number => Number(target.registers < 32 && d.size < 8);
  return short(q) - short(p) || reach(q) - reach(p);
}
/**
 * Takes outer summed loops (or blocks of them) out of the tiles: when the operands of a block of the result would not
 * stay in the second cache, and when a strip of columns that many rows read would not stay in the first.
 */
function splitSum(
  summed: readonly ContractDim[], rows: ContractDim, columns: ContractDim, vector: ContractDim | null, strip: number,
  height: number, target: Target,
): { loops: ContractDim[]; rest: readonly ContractDim[] } {
  const { cache } = target;
  const loops: ContractDim[] = [];
  let rest = summed;
  const take = (wanted: number, least: number): boolean => {
    if (rest.length === 0) return false;
    const [first, ...others] = rest;
    const inner = others.reduce((n, d) => n * d.size, 1) * (vector?.size ?? 1);
    if (wanted / inner >= first.size) return false;
    const block = first.size * inner < 256 ? first.size
      : divisorNear(first.size, Math.max(1, Math.floor(wanted / inner), Math.ceil(least / inner)));
    if (block >= first.size) return false;
    loops.push({ size: first.size / block, a: first.a * block, b: first.b * block, layouts: [] });
    rest = block === 1 ? others : [{ ...first, size: block }, ...others];
    return true;
  };
  // Elements of both operands that one pass over all rows and columns reads.
  const width = Math.min(rows.size, 4096) + Math.min(columns.size, 4096);
  const room = cache[1] / 8;
  const steps = (): number => rest.reduce((n, d) => n * d.size, 1) * (vector?.size ?? 1);
  // Tiles shorter than that spend a tenth of their time on their beginning and end.
  if (steps() * width > room && steps() >= 256) take(room / width, 192);
  const short = cache[0] / 8 / Math.max(1, strip);
  const shared = strip > 0 && rows.size >= 4 * height;
  const key = columns.a !== 0 ? "a" : "b";
  const read = (): number => touched([...rest, { ...columns, size: Math.min(strip, columns.size) }], key) / strip;
  while (shared && read() > 2 * short && steps() >= 256 && take(short, 96));
  return { loops, rest };
}
/**
 * Result loops that read the same strip of columns as the rows do, where the strip does not stay in the first cache
 * and the rows alone are too few to be worth reading it: the innermost ones, as long as threads find enough to do.
 */
function moreRows(
  around: readonly number[], dims: readonly ContractDim[], summed: readonly ContractDim[], rows: ContractDim,
  columns: ContractDim, [height, width]: readonly [number, number], lanes: number, target: Target,
): number[] {
  const key = columns.a !== 0 ? "a" : "b";
  const strip = Math.min(width * lanes, columns.size);
  const bytes = 4 * touched([...summed, { ...columns, size: strip }], key);
  if (rows.size >= 4 * height || bytes <= target.cache[0]) return [];
  const taken: number[] = [];
  let count = rows.size, units = around.reduce((n, i) => n * dims[i].size, Math.ceil(columns.size / strip));
  for (const i of [...around].reverse()) {
    const { size, [key]: step } = dims[i];
    if (step !== 0 || count >= 16 * height || units / size < 8) continue;
    taken.unshift(i);
    count *= size;
    units /= size;
  }
  return taken;
}
/** Whether a result loop walks over what the sums walk over (taps of a window), more than a cache holds. */
function readsAgain(
  d: ContractDim, summed: readonly ContractDim[], rows: ContractDim, columns: ContractDim, target: Target,
): boolean {
  const steps = summed.reduce((n, s) => n * s.size, 1);
  const bytes = 4 * steps * (Math.min(rows.size, 64) + Math.min(columns.size, 64));
  return bytes > target.cache[1] && (["a", "b"] as const).some((key) =>
    d[key] !== 0 && summed.some((s) => s.size > 1 && Math.abs(s[key]) === Math.abs(d[key])));
}
/** Whether results along a loop lie in one line of the cache, while the lanes are scattered over many. */
function sharesLines(d: ContractDim, columns: ContractDim): boolean {
  const step = Math.abs(d.layouts[d.layouts.length - 1]);
  return step > 0 && step < LINE && Math.abs(columns.layouts[columns.layouts.length - 1]) >= LINE;
}
/** How many numbers of an operand loops read: loops of the same step (a window and its taps) share most of theirs. */
function touched(dims: readonly ContractDim[], key: "a" | "b"): number {
  const extents = new Map<number, number>();
  for (const d of dims) {
    const step = Math.abs(d[key]);
    if (step !== 0) extents.set(step, (extents.get(step) ?? 1) + d.size - 1);
  }
  return [...extents.values()].reduce((n, extent) => n * extent, 1);
}
/** The longer one of the steps that a loop takes through its operands. */
const reach = (d: ContractDim): number => Math.max(Math.abs(d.a), Math.abs(d.b));
/** The largest divisor of n that is at most twice `wanted`, or n itself when there is none worth having. */
function divisorNear(n: number, wanted: number): number {
  for (let d = Math.min(n, 2 * wanted); d >= Math.max(1, wanted / 2); d--) if (n % d === 0) return d;
  return n;
}
