import type { Kernel } from "../ir/kernel.ts";
import { evenColumns, evenRows, isFixedStep, isUnrolled, type ContractDim, type Contraction } from "./contract-plan.ts";
import { ContractWriter } from "./contract-writer.ts";
import type { Fused } from "./fused.ts";
import type { Lowered, Store } from "./lowered.ts";

const known = new Map<string, Kernel>();
/** Rows of a block that one unit computes, and columns, at most: what the caches hold. */
const ROW_BLOCK = 64, COLUMN_BLOCK = 512;
/** Units that share well between threads. */
const UNITS = 16;

/**
 * The contraction template: a register tile over two result loops, sums in registers through all summed loops, then the
 * epilogue on registers. Buffers: A, B, the sources of the epilogue, the stores, waiting sums if there is a split.
 */
export function lowerContract(
  c: Contraction, fused: Fused, stores: readonly Store[], name: string,
): Lowered {
  const [height, width] = c.choice.tile;
  const step = c.choice.form === "outer" ? width * c.lanes : width;
  const outer = c.outer.reduce((n, d) => n * d.size, 1);
  // What is read again and again is read whole by every unit.
  const wanted = c.passes.length > 0 ? UNITS / 2 : UNITS;
  const { rowBlock, columnBlock } = blocksOf(c.rows.size, c.columns.size, height, step, outer, wanted);
  const passes = c.passes.reduce((n, d) => n * d.size, 1);
  const sums = [...c.summed, ...c.split].reduce((n, d) => n * d.size, 1) * (c.vector?.size ?? 1);
  const key = keyOf(c, fused, stores);
  let kernel = known.get(key);
  if (kernel === undefined) known.set(key, kernel = new ContractWriter(c, fused, stores).write(name, key));
  const layouts = c.layoutOffsets.length;
  const strideInts = [...c.outer, ...c.passes, c.rows, c.columns].flatMap((d) => [
    ...(d.a > 1 || d.a < 0 ? [d.a] : []), ...(d.b > 1 || d.b < 0 ? [d.b] : []),
    ...d.layouts.filter((s) => s !== 0 && s !== 1)]);
  const summedInts = c.summed.flatMap((d) => [
    d.size, ...(isFixedStep(c, 0, d.a) ? [] : [d.a]), ...(isFixedStep(c, 1, d.b) ? [] : [d.b]),
  ]);
  return {
    kernel,
    ints: [
      ...[...c.panel, ...c.rowPanel].filter((n) => n > 0), ...c.outer.map((d) => d.size), c.rows.size, c.columns.size,
      rowBlock, columnBlock,
      Math.ceil(c.rows.size / rowBlock), Math.ceil(c.columns.size / columnBlock),
      ...(c.vector === null ? [] : [c.vector.size]),
      ...c.split.flatMap((d) => [...strideInt(d.a), ...strideInt(d.b), d.size]), ...c.passes.map((d) => d.size),
      ...summedInts, ...strideInts, ...c.offsets, ...(layouts > 0 ? c.layoutOffsets : []),
    ],
    floats: fused.values.flatMap((v) => (v.v === "constant" ? [v.value] : [])),
    units: outer * Math.ceil(c.rows.size / rowBlock) * Math.ceil(c.columns.size / columnBlock),
    work: (outer * passes * c.rows.size * c.columns.size * sums) / 4,
    checked: false,
  };
}
/**
 * The blocks that read least: a block of r x c results reads r + c lines of its operands, and squares read less than
 * strips. As many as the threads need, if there are so many tiles.
 */
function blocksOf(
  rows: number, columns: number, height: number, step: number, outer: number, wanted: number,
): { rowBlock: number; columnBlock: number } {
  const tall = Math.min(roundUp(rows, height), roundUp(ROW_BLOCK, height));
  const wide = Math.min(roundUp(columns, step), roundUp(COLUMN_BLOCK, step));
  let best = { rowBlock: tall, columnBlock: wide }, least = Infinity;
  for (let r = height; r <= tall; r += height) {
    for (let c = step; c <= wide; c += step) {
      const across = Math.ceil(rows / r), along = Math.ceil(columns / c);
      const units = outer * across * along;
      const reads = across * along * (Math.min(r, rows) + Math.min(c, columns));
      // Too few units leave threads idle; a last block that is short does too.
      const cost = reads * Math.max(1, wanted / units);
      if (cost < least * 0.999 || (cost < least * 1.001 && r * c > best.rowBlock * best.columnBlock)) {
        least = cost;
        best = { rowBlock: r, columnBlock: c };
      }
    }
  }
  return best;
}
const strideInt = (s: number): number[] => (s === 0 || s === 1 ? [] : [s]);
const roundUp = (n: number, step: number): number => Math.max(1, Math.ceil(n / step)) * step;

function keyOf(c: Contraction, fused: Fused, stores: readonly Store[]): string {
  const s = (n: number): string => (n === 0 ? "0" : n === 1 ? "1" : "n");
  const dim = (d: ContractDim): string => s(d.a) + s(d.b) + d.layouts.map(s).join("");
  const sum = (d: ContractDim): string => ([0, 1] as const).map((which) => {
    const step = which === 0 ? d.a : d.b;
    return isFixedStep(c, which, step) ? step : "n";
  }).join(".");
  const shown = fused.values.map((v) => (v.v === "op" ? `${v.op}:${v.dtype}(${v.args.join(",")})`
    : `${v.v}${v.dtype}${v.v === "load" ? v.source : ""}`));
  return `contract ${c.choice.form} x${c.lanes} tile ${c.choice.tile.join("x")} ${c.dtypes.join(" ")} ` +
    `panel ${[...c.panel, ...c.rowPanel].map((n) => Number(n > 0)).join("")} ` +
    `even ${evenRows(c)} ${evenColumns(c)} ` +
    `unrolled ${c.summed.map((d, i) => (isUnrolled(c, i) ? d.size : 0)).join(",")} ` +
    `outer ${c.outer.map(dim).join(",")} sum ${c.summed.map(sum).join(",")} ` +
    `rows ${dim(c.rows)} columns ${dim(c.columns)} ` +
    `${c.vector === null ? "" : dim(c.vector)} split ${c.split.map(dim).join(",")} ` +
    `passes ${c.passes.map(dim).join(",")} ` +
    `size1 ${c.rows.size === 1}${c.columns.size === 1} ` +
    `${shown.join(";")} -> ${stores.map((x) => `${x.value}${x.dtype}`).join(";")} ` +
    `[${fused.sources.map((x) => x.dtype).join(",")}]`;
}
