/** Functions of a few zeros and ones: their tables, their networks, and whether one threshold unit is enough. */

/** Row `row` of a truth table with n inputs: 011 is row 3. */
export const bits = (row: number, n: number): number[] => Array.from({ length: n }, (_, i) => (row >> (n - 1 - i)) & 1);

export interface Unit { readonly weights: readonly number[]; readonly threshold: number }
export const sumOf = ({ weights }: Unit, x: readonly number[]): number =>
  weights.reduce((sum, w, i) => sum + w * x[i], 0);
export const answer = (unit: Unit, x: readonly number[]): 0 | 1 => (sumOf(unit, x) >= unit.threshold ? 1 : 0);

/** Rows that agree in some inputs: `care` marks these, `value` says how they stand. */
export interface Cube { readonly value: number; readonly care: number }
export const covers = ({ value, care }: Cube, row: number): boolean => (row & care) === value;

/** The unit that is on in the rows of a cube and nowhere else. */
export function unitOf({ value, care }: Cube, n: number): Unit {
  const wanted = bits(value, n), weights = bits(care, n).map((c, i) => (c === 0 ? 0 : wanted[i] === 1 ? 1 : -1));
  return { weights, threshold: wanted.reduce((a, b) => a + b, 0) };
}
export const single = (row: number, n: number): Cube => ({ value: row, care: 2 ** n - 1 });

/**
 * Few cubes that cover the given rows and no other, none of which could be left out. Source: Quine, "The problem of
 * simplifying truth functions", 1952, McCluskey 1956; the choice among the largest cubes is greedy.
 */
export function merged(rows: readonly number[], n: number): Cube[] {
  let cubes = rows.map((row) => single(row, n));
  const largest: Cube[] = [];
  while (cubes.length > 0) {
    const next = new Map<string, Cube>(), used = new Set<Cube>();
    cubes.forEach((a, i) => cubes.slice(i + 1).forEach((b) => {
      const differs = a.value ^ b.value;
      if (a.care !== b.care || (differs & (differs - 1)) !== 0) return;
      const cube = { value: a.value & b.value, care: a.care & ~differs };
      next.set(`${cube.value} ${cube.care}`, cube);
      used.add(a).add(b);
    }));
    largest.push(...cubes.filter((cube) => !used.has(cube)));
    cubes = [...next.values()];
  }
  const chosen: Cube[] = [], left = new Set(rows);
  while (left.size > 0) {
    const gain = (cube: Cube): number => [...left].filter((row) => covers(cube, row)).length;
    const best = largest.reduce((a, b) => (gain(b) > gain(a) ? b : a));
    chosen.push(best);
    for (const row of rows) if (covers(best, row)) left.delete(row);
  }
  const needed = (list: readonly Cube[], cube: Cube): boolean =>
    rows.some((row) => list.every((other) => (other === cube) === covers(other, row)));
  return chosen.reduce<Cube[]>((list, cube) => (needed(list, cube) ? list : list.filter((other) => other !== cube)),
    chosen);
}

/**
 * Two true and two false rows with equal sums, if there are any: then no unit can be above its threshold in the first
 * two and below it in the others. Rows a and b have the sum that a AND b, a XOR b say.
 */
export function contradiction(table: readonly number[]): readonly [number, number, number, number] | null {
  const met: readonly Map<number, readonly [number, number]>[] = [new Map(), new Map()];
  for (let a = 0; a < table.length; a++) {
    for (let b = 0; b < a; b++) {
      if (table[a] !== table[b]) continue;
      const key = (a & b) * table.length + (a ^ b), other = met[1 - table[a]].get(key);
      if (other !== undefined) return table[a] === 1 ? [b, a, ...other] : [...other, b, a];
      met[table[a]].set(key, [b, a]);
    }
  }
  return null;
}

/**
 * A unit that computes the table, if one can. Up to four inputs one can unless there is a contradiction (our test tries
 * all tables), and then the perceptron rule finds it.
 */
export function oneUnit(table: readonly number[], n: number): Unit | null {
  if (contradiction(table) !== null) return null;
  const w = new Array<number>(n + 1).fill(0);
  for (let right = 0, row = 0; right < table.length; row = (row + 1) % table.length) {
    const x = [...bits(row, n).map((b) => 2 * b - 1), 1], sign = table[row] === 1 ? 1 : -1;
    right++;
    if (sign * x.reduce((sum, v, i) => sum + v * w[i], 0) > 0) continue;
    right = 0;
    x.forEach((v, i) => { w[i] += sign * v; });
  }
  // From inputs of ±1 to 0 and 1: x = 2b − 1; the sum is a whole number, so "above 0" is "at least 1".
  const weights = w.slice(0, n).map((v) => 2 * v);
  return { weights, threshold: 1 - w[n] + w.slice(0, n).reduce((a, b) => a + b, 0) };
}
