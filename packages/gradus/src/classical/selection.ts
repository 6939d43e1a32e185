import { UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import { distinct, rowsOf, valuesOf, type Rows, type Values } from "../metrics/input.ts";
import type { Estimator } from "./estimator.ts";

/** Numbers of rows to learn from and to test with. */
export interface Fold {
  readonly train: number[];
  readonly test: number[];
}
const foldsOf = (parts: readonly (readonly number[])[]): Fold[] => parts.map((test, i) => ({
  train: parts.flatMap((part, j) => (j === i ? [] : part)).sort((a, b) => a - b), test: [...test].sort((a, b) => a - b),
}));
/** k parts of rows, each once for testing; with a seed in random order, else as they stand. Stone 1974. */
export function kFold(size: number, k: number, options: { readonly seed?: number } = {}): Fold[] {
  checkFolds(k, size);
  const order = options.seed === undefined
    ? Array.from({ length: size }, (_, i) => i) : [...new RandomStream(options.seed).permutation(size)];
  const starts = Array.from({ length: k + 1 }, (_, i) => i * Math.floor(size / k) + Math.min(i, size % k));
  return foldsOf(Array.from({ length: k }, (_, i) => order.slice(starts[i], starts[i + 1])));
}
/** k parts with the same shares of the classes. */
export function stratifiedKFold(y: Values, k: number, options: { readonly seed?: number } = {}): Fold[] {
  const labels = valuesOf(y), parts: number[][] = Array.from({ length: k }, () => []);
  checkFolds(k, labels.length);
  let next = 0;
  for (const own of byClass(labels, options.seed)) for (const i of own) parts[next++ % k].push(i);
  return foldsOf(parts);
}
/** One split with the same shares of the classes on both sides. */
export function stratifiedSplit(y: Values, testShare: number, seed = 0): Fold {
  if (!(testShare > 0 && testShare < 1)) {
    throw new UsageError(`stratifiedSplit: the share for testing is ${testShare}; it must lie between 0 and 1`);
  }
  const test = byClass(valuesOf(y), seed).flatMap((own) => own.slice(0, Math.round(own.length * testShare)));
  const held = new Set(test);
  return { train: [...valuesOf(y).keys()].filter((i) => !held.has(i)), test: test.sort((a, b) => a - b) };
}
function byClass(labels: Float64Array, seed: number | undefined): number[][] {
  const order = seed === undefined ? [...labels.keys()] : [...new RandomStream(seed).permutation(labels.length)];
  return distinct(labels).map((label) => order.filter((i) => labels[i] === label));
}
function checkFolds(k: number, size: number): void {
  if (!(Number.isInteger(k) && k >= 2 && k <= size)) {
    throw new UsageError(`${k} folds of ${size} rows; choose a whole number from 2 to ${size}`);
  }
}
/** The score of a fresh estimator on each fold. */
export function crossValidate(make: () => Estimator, x: Rows, y: Values, folds: readonly Fold[]): number[] {
  const rows = rowsOf(x), targets = valuesOf(y);
  const pick = (at: readonly number[]): [Float64Array[], number[]] =>
    [at.map((i) => rows[i]), at.map((i) => targets[i])];
  return folds.map(({ train, test }) => make().fit(...pick(train)).score(...pick(test)));
}
