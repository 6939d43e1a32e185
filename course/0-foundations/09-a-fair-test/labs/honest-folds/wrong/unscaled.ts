// fails: not standardised
export interface Fold { train: number[]; test: number[] }
export type Fit = (rows: number[][], targets: number[]) => (row: number[]) => number;

/** k runs of row numbers, each once for testing. */
export function kFold(n: number, k: number): Fold[] {
  const all = Array.from({ length: n }, (_, i) => i);
  let start = 0;
  return Array.from({ length: k }, (_, fold) => {
    const size = Math.floor(n / k) + (fold < n % k ? 1 : 0), from = start;
    start += size;
    return { train: all.filter((i) => i < from || i >= from + size), test: all.slice(from, from + size) };
  });
}

/** All rows of the held-out groups for testing. */
export function groupSplit(groups: string[], heldOut: string[]): Fold {
  const all = groups.map((_, i) => i);
  return {
    train: all.filter((i) => !heldOut.includes(groups[i])),
    test: all.filter((i) => heldOut.includes(groups[i])),
  };
}

/** Both parts on the scale of the training rows. */
export function standardize(train: number[][], test: number[][]): { train: number[][]; test: number[][] } {
  const scales = train[0].map((_, k) => {
    const mean = train.reduce((sum, row) => sum + row[k], 0) / train.length;
    const variance = train.reduce((sum, row) => sum + (row[k] - mean) ** 2, 0) / train.length;
    return { mean, spread: variance > 1e-18 ? Math.sqrt(variance) : 1 };
  });
  const scaled = (rows: number[][]): number[][] =>
    rows.map((row) => row.map((value, k) => (value - scales[k].mean) / scales[k].spread));
  return { train: scaled(train), test: scaled(test) };
}

/** The mean over k folds of the mean squared error on the part held out. */
export function crossValidate(x: number[][], y: number[], k: number, fit: Fit): number {
  const errors = kFold(x.length, k).map((fold) => {
    const train = fold.train.map((i) => x[i]), test = fold.test.map((i) => x[i]);
    const predict = fit(train, fold.train.map((i) => y[i]));
    return test.reduce((sum, row, i) => sum + (predict(row) - y[fold.test[i]]) ** 2, 0) / test.length;
  });
  return errors.reduce((a, b) => a + b, 0) / k;
}
