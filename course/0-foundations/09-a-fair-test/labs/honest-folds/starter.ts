export interface Fold { train: number[]; test: number[] }
export type Fit = (rows: number[][], targets: number[]) => (row: number[]) => number;

/** k runs of row numbers, each once for testing. */
export function kFold(n: number, k: number): Fold[] {
  return [];
}

/** All rows of the held-out groups for testing. */
export function groupSplit(groups: string[], heldOut: string[]): Fold {
  return { train: [], test: [] };
}

/** Both parts on the scale of the training rows. */
export function standardize(train: number[][], test: number[][]): { train: number[][]; test: number[][] } {
  return { train, test };
}

/** The mean over k folds of the mean squared error on the part held out. */
export function crossValidate(x: number[][], y: number[], k: number, fit: Fit): number {
  return 0;
}
