import type { Target } from "../runtime/backend.ts";

/** One loop of a contraction: trip count and strides of both operands; `y` says whether the result has it. */
export interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly y: boolean;
  /** Stride in the result; 0 for summed loops. */
  readonly store: number;
}
/** How a contraction runs. Numbers index the axes; -1: none. */
export interface Choice {
  /** "outer": lanes along a result axis. "dot": lanes along a summed axis, joined at the end. */
  readonly form: "outer" | "dot";
  /** The axis along the lanes. */
  readonly vector: number;
  /** The result axis that a register tile unrolls (dot: two of them). */
  readonly rows: number;
  readonly columns: number;
  /** Register tile: rows, and vectors (outer) or columns (dot). */
  readonly tile: readonly [number, number];
  /** Operand to copy first so that the vector axis is contiguous: 0, 1 or -1. */
  readonly copy: -1 | 0 | 1;
  readonly cost: number;
}

/** Multiply-adds that start before the first is done: fewer sums than that wait for each other. */
const LATENCY = 8;
/** Register tiles for 32 registers: rows by vectors. */
const WIDE_TILES = [[8, 3], [6, 4], [12, 2], [8, 2], [16, 1]] as const;
/**
 * Tiles for 16 registers. 6 x 2 fills 15, where loads stay where they are written. V8 moves those of a step before its
 * multiply-adds, so that rows and vectors of a tile want registers at once besides the sums: 2 x 4 and 4 x 2 take 14 of
 * 15 and reach 90 % of the register loop; 6 x 2 spills.
 */
const NARROW_TILES = [[6, 2], [4, 2], [2, 4], [3, 3]] as const;

/**
 * Chooses axes and register tile by counting: loads against multiply-adds of one tile, lanes that stay empty, and the
 * price of a copy where an operand would have to be read element by element (`free`: made once, before a loop).
 * `windowed`: operands that several taps read.
 */
export function chooseContraction(
  axes: readonly Axis[], target: Target, lanes: number, free: readonly [boolean, boolean] = [false, false],
  windowed: readonly [boolean, boolean] = [false, false],
): Choice {
  const total = axes.reduce((n, x) => n * Math.max(1, x.size), 1) / lanes;
  const elements = (operand: 0 | 1): number =>
    axes.reduce((n, x) => ((operand === 0 ? x.a : x.b) === 0 ? n : n * Math.max(1, x.size)), 1);
  const depth = axes.reduce((n, x) => (x.y ? n : n * Math.max(1, x.size)), 1);
  const results = axes.flatMap((x, i) => (x.y ? [i] : [])), summed = axes.flatMap((x, i) => (x.y ? [] : [i]));
  let best: Choice | null = null;
  const offer = (choice: Choice): void => {
    if (best === null || choice.cost < best.cost * 0.999) best = choice;
  };
  const tiles = target.registers >= 32 ? WIDE_TILES : NARROW_TILES;
  for (const vector of results) {
    const v = axes[vector];
    const along = Math.ceil(v.size / lanes);
    for (const rows of [-1, ...results]) {
      if (rows === vector) continue;
      const r = rows < 0 ? { size: 1, a: 0, b: 0 } : axes[rows];
      for (const [maxRows, maxVectors] of tiles) for (const copy of [-1, 0, 1] as const) {
        const vectors = Math.min(maxVectors, Math.max(1, Math.floor(v.size / lanes)));
        const height = Math.min(maxRows, r.size);
        // What the full tiles leave over runs in single vectors, at about half the speed.
        const single = along % vectors;
        const used = v.size / ((along - single + 1.8 * single) * lanes);
        // Rows that the full tiles leave over run in fours, about as fast, and in twos and ones.
        const left = r.size % height, few = height > 4 ? left % 4 : left;
        const filled = r.size / (r.size - few + (few > 0 ? Math.max(few * 1.8, height / 2) : 0));
        // Windows as rows read from many places at once; turned along the lanes, every tap is another line.
        const down = v.a === 0 && windowed[0] || v.b === 0 && windowed[1];
        const loose = copy !== -1 && windowed[copy] ? 0.4 : down ? 0.05 : 0;
        const stride = copy === 0 ? v.a : v.b;
        if (copy >= 0 && (stride === 0 || stride === 1)) continue;
        const loads = ([0, 1] as const).reduce((sum: number, operand) => {
          const along = operand === 0 ? v.a : v.b, down = operand === 0 ? r.a : r.b;
          const one = along === 0 || along === 1 || copy === operand ? 1 : 1.5 * lanes;
          return sum + (along === 0 ? 1 : vectors) * (down === 0 ? 1 : height) * one;
        }, 0);
        const work = height * vectors;
        const besides = target.loadsFirst ? loads : Math.min(height, vectors) + 1;
        const spilled = target.registers >= 32 ? 0 : Math.max(0, work + besides - target.registers);
        // Vectors that do not stay in the first cache come from the second, at about 40 bytes a cycle.
        const streams = depth * vectors * lanes * 4 > target.cache[0] / 2 ? vectors : 0;
        const copying = copy === -1 || free[copy] ? 0 : (2 * elements(copy)) / total;
        // Results that do not lie along the lanes are written one by one.
        const scattered = v.store === 1 || v.store === 0 ? 0 : (1.5 * lanes) / depth;
        offer({
          form: "outer", vector, rows, columns: -1, tile: [height, vectors], copy,
          cost: (Math.max(work, LATENCY, loads * 0.6, streams * 3.2) + 0.4 * loads + 0.5 * streams + spilled) /
            (work * used * filled) + copying + loose + scattered,
        });
      }
    }
  }
  const [dotRows, dotColumns] = target.registers >= 32 ? [4, 4] : [3, 3];
  for (const vector of summed) {
    const v = axes[vector];
    if (lanes === 1 || v.a > 1 || v.b > 1 || v.a < 0 || v.b < 0 || v.size < lanes) continue;
    const used = v.size / (Math.ceil(v.size / lanes) * lanes);
    const steps = summed.reduce((n, i) => n * (i === vector ? Math.ceil(axes[i].size / lanes) : axes[i].size), 1);
    for (const rows of [-1, ...results]) {
      for (const columns of [-1, ...results]) {
        if (rows === columns && rows >= 0) continue;
        const r = rows < 0 ? { size: 1, a: 0, b: 0 } : axes[rows];
        const c = columns < 0 ? { size: 1, a: 0, b: 0 } : axes[columns];
        const height = Math.min(dotRows, r.size), width = Math.min(dotColumns, c.size);
        const loads = ([0, 1] as const).reduce((sum: number, operand) => sum +
          ((operand === 0 ? r.a : r.b) === 0 ? 1 : height) * ((operand === 0 ? c.a : c.b) === 0 ? 1 : width), 0);
        const work = height * width;
        offer({
          form: "dot", vector, rows, columns, tile: [height, width], copy: -1,
          // Joining the lanes costs about as much as eight steps; what the first cache cannot hold comes slower.
          cost: ((Math.max(work, loads * 0.6) + 0.4 * loads) / (work * used)) * (1 + 8 / steps) *
            ((height + width) * steps * lanes * 4 > target.cache[0] / 2 ? 1.4 : 1),
        });
      }
    }
  }
  return best ?? { form: "outer", vector: -1, rows: -1, columns: -1, tile: [1, 1], copy: -1, cost: 1 };
}
