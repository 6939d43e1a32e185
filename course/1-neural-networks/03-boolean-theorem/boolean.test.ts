import { expect, test } from "vitest";
import { answer, bits, contradiction, covers, merged, oneUnit, single, unitOf } from "./boolean.ts";

const tableOf = (code: number, n: number): number[] => Array.from({ length: 2 ** n }, (_, row) => (code >> row) & 1);

test("a unit of a row is on there and nowhere else", () => {
  for (let row = 0; row < 16; row++) {
    const unit = unitOf(single(row, 4), 4);
    for (let other = 0; other < 16; other++) expect(answer(unit, bits(other, 4))).toBe(other === row ? 1 : 0);
  }
});
test("merged cubes cover the true rows of every function of three inputs, and each is needed", () => {
  for (let code = 0; code < 256; code++) {
    const table = tableOf(code, 3), rows = table.flatMap((v, row) => (v === 1 ? [row] : []));
    const cubes = merged(rows, 3), units = cubes.map((cube) => unitOf(cube, 3));
    table.forEach((v, row) => expect(units.some((unit) => answer(unit, bits(row, 3)) === 1)).toBe(v === 1));
    for (const cube of cubes) {
      expect(rows.some((row) => cubes.filter((other) => covers(other, row)).length === 1 && covers(cube, row))).toBe(
        true);
    }
  }
});
test("one unit computes 4, 14 and 104 of the functions of 1, 2 and 3 inputs", () => {
  // Source: the sequence A000609 of the OEIS.
  for (const [n, count] of [[1, 4], [2, 14], [3, 104]] as const) {
    const units = Array.from({ length: 2 ** 2 ** n }, (_, code) => [tableOf(code, n), oneUnit(tableOf(code, n), n)] as
      const);
    expect(units.filter(([, unit]) => unit !== null).length).toBe(count);
    for (const [table, unit] of units) {
      if (unit !== null) table.forEach((v, row) => expect(answer(unit, bits(row, n))).toBe(v));
    }
  }
});
test("no contradiction, no obstacle: the unit is found, for 1,882 of the 65,536 functions of four inputs", () => {
  let count = 0;
  for (let code = 0; code < 65_536; code++) {
    const table = tableOf(code, 4);
    if (contradiction(table) !== null) continue;
    count++;
    const unit = oneUnit(table, 4)!;
    if (table.some((v, row) => answer(unit, bits(row, 4)) !== v)) expect.fail(`function ${code}`);
  }
  expect(count).toBe(1882);
});
test("a contradiction is one: equal sums, answers apart", () => {
  const parity = Array.from({ length: 8 }, (_, row) => bits(row, 3).reduce((a, b) => a ^ b));
  const [a, b, c, d] = contradiction(parity)!;
  expect([a, b, c, d].map((row) => parity[row])).toEqual([1, 1, 0, 0]);
  bits(a, 3).forEach((v, i) => expect(v + bits(b, 3)[i]).toBe(bits(c, 3)[i] + bits(d, 3)[i]));
});
