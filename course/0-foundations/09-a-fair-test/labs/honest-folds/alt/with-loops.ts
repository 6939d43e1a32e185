export function kFold(n: number, k: number) {
  const folds = [];
  for (let fold = 0; fold < k; fold++) {
    const from = fold * Math.floor(n / k) + Math.min(fold, n % k);
    const to = (fold + 1) * Math.floor(n / k) + Math.min(fold + 1, n % k);
    const train: number[] = [], test: number[] = [];
    for (let i = 0; i < n; i++) (i >= from && i < to ? test : train).push(i);
    folds.push({ train, test });
  }
  return folds;
}

export function groupSplit(groups: string[], heldOut: string[]) {
  const out = new Set(heldOut), train: number[] = [], test: number[] = [];
  groups.forEach((group, i) => (out.has(group) ? test : train).push(i));
  return { train, test };
}

export function standardize(train: number[][], test: number[][]) {
  const result = { train: train.map((row) => [...row]), test: test.map((row) => [...row]) };
  for (let k = 0; k < train[0].length; k++) {
    let sum = 0, squares = 0;
    for (const row of train) sum += row[k];
    const mean = sum / train.length;
    for (const row of train) squares += (row[k] - mean) ** 2;
    const spread = Math.sqrt(squares / train.length);
    for (const row of [...result.train, ...result.test]) row[k] = (row[k] - mean) / (spread < 1e-9 ? 1 : spread);
  }
  return result;
}

type Fit = (rows: number[][], targets: number[]) => (row: number[]) => number;
export function crossValidate(x: number[][], y: number[], k: number, fit: Fit): number {
  let total = 0;
  for (const { train, test } of kFold(x.length, k)) {
    const parts = standardize(train.map((i) => x[i]), test.map((i) => x[i]));
    const predict = fit(parts.train, train.map((i) => y[i]));
    let sum = 0;
    parts.test.forEach((row, i) => { sum += (predict(row) - y[test[i]]) ** 2; });
    total += sum / test.length;
  }
  return total / k;
}
