import type { DType } from "../vocab/dtype.ts";
import type { Choice } from "./contraction.ts";

/** A loop with the strides of A, B, and of every layout of the epilogue (values, then stores); see `ContractWriter`. */
export interface ContractDim {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  /** Empty for summed loops. */
  readonly layouts: readonly number[];
}
/** Everything that one call of the contraction template is made of. */
export interface Contraction {
  readonly outer: readonly ContractDim[];
  readonly summed: readonly ContractDim[];
  /** Loops of the register tile; size 1 where there is none. */
  readonly rows: ContractDim;
  /** outer: the vector loop. dot: the second tile loop. */
  readonly columns: ContractDim;
  /** dot: the summed loop along the lanes. */
  readonly vector: ContractDim | null;
  /**
   * Summed loops outside of the tiles, so that what the tiles read stays in cache: sums between its steps wait in the
   * last buffer, whose layout is the last one.
   */
  readonly split: readonly ContractDim[];
  /** Result loops inside split and columns: they read, or write, the same lines again, which stay in cache that way. */
  readonly passes: readonly ContractDim[];
  /** Outer form: elements between neighbouring columns' tiles of a packed operand, by operand; 0 where not packed. */
  readonly panel: readonly [number, number];
  /** The same for an operand that is packed in tiles of rows. */
  readonly rowPanel: readonly [number, number];
  readonly choice: Choice;
  readonly lanes: number;
  readonly dtypes: readonly [DType, DType];
  readonly offsets: readonly [number, number];
  /** Offsets of the epilogue's layouts. */
  readonly layoutOffsets: readonly number[];
}

/** Whether the result is cut into whole tiles: then nothing is written for its edges. */
export const evenRows = (c: Contraction): boolean => c.rows.size % c.choice.tile[0] === 0;
export const evenColumns = (c: Contraction): boolean =>
  c.columns.size % (c.choice.tile[1] * (c.choice.form === "outer" ? c.lanes : 1)) === 0;
/** Tile heights from the full one down to 1: what a block's rows are cut into. */
export const heights = (full: number): number[] => (full > 4 ? [full, 4, 2, 1] : full > 1 ? [full, 1] : [1]);
/**
 * Whether the step of a summed loop through an operand is written as a number: none, neighbours, and through a packed
 * operand the width of its tiles, which takes few values. Other steps are arguments, so that shapes share kernels.
 */
export function isFixedStep(c: Contraction, which: 0 | 1, step: number): boolean {
  if (step === 0 || step === 1) return true;
  const [height, width] = c.choice.tile;
  return c.panel[which] > 0 && step === width * c.lanes || c.rowPanel[which] > 0 && step === height;
}
/** A short innermost sum (the taps of a small window) is written out. */
export const isUnrolled = (c: Contraction, depth: number): boolean =>
  c.choice.form === "outer" && depth === c.summed.length - 1 && depth > 0 && c.summed[depth].size <= 5;
