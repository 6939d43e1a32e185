import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { DType } from "../../vocab/dtype.ts";
import { DTYPES, isFloat } from "../../vocab/dtype.ts";
import type { Op, OpParams } from "../../ir/op.ts";
import { numbersOf, type Dense } from "./dense.ts";
import { apply, EVALUATE } from "./evaluate.ts";

/** Every operation compared with PyTorch: tools/oracle/ops.py writes the cases and says how to read them. */
interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}
interface Case {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly steps: readonly { readonly op: Op; readonly params: OpParams[Op]; readonly inputs: readonly number[] }[];
  readonly expected: readonly Tensor[];
}
const file = new URL("../../../../../tools/oracle/fixtures/ops.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] };

const SPECIAL: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, "-inf": -Infinity };
function dense({ dtype, shape, data }: Tensor): Dense {
  const array = new DTYPES[dtype].array(data.length);
  data.forEach((v, i) => { array[i] = typeof v === "string" ? SPECIAL[v] : v; });
  return { dtype, shape, data: array };
}

/**
 * Relative to each element, for functions of one and two numbers: the C library and PyTorch's vector maths may differ
 * by a few units in the last place.
 */
const ELEMENT: Partial<Record<DType, number>> = { f32: 1e-6, f64: 2e-15 };
/** Relative to the largest element, for sums: PyTorch accumulates float32 in float32. */
const SUM: Partial<Record<DType, number>> = { f32: 2e-6, f64: 1e-14 };
const SUMS: ReadonlySet<Op> = new Set<Op>(["contract", "reduce", "foldWindows", "scatter", "recurrence"]);

function expectClose(got: Dense, want: Dense, summed: boolean): void {
  expect({ dtype: got.dtype, shape: got.shape }).toEqual({ dtype: want.dtype, shape: want.shape });
  expect(got.data.length).toBe(want.data.length);
  const a = numbersOf(got), b = numbersOf(want);
  const largest = b.reduce((m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), 0);
  const relative = (summed ? SUM : ELEMENT)[want.dtype] ?? 0;
  const worst: unknown[] = [];
  b.forEach((v, i) => {
    const allowed = relative * (summed ? largest : Math.abs(v));
    // An exact zero has a sign, except as a sum or an integer.
    const signed = v === 0 && isFloat(want.dtype) && !summed;
    const agrees = Object.is(a[i], v) || (!signed && (a[i] === v || Math.abs(a[i] - v) <= allowed));
    if (!agrees) worst.push({ element: i, got: a[i], want: v });
  });
  expect(worst).toEqual([]);
}

describe("the reference agrees with PyTorch", () => {
  test.each(cases.map((c) => [c.name, c] as const))("%s", (_, { inputs, steps, expected }) => {
    const values = inputs.map(dense);
    let results: readonly Dense[] = [];
    let summed = false;
    for (const { op, params, inputs: numbers } of steps) {
      results = apply(op, params, numbers.map((i) => values[i]));
      values.push(...results);
      summed ||= SUMS.has(op);
    }
    expect(results.length).toBe(expected.length);
    expected.forEach((want, i) => { expectClose(results[i], dense(want), summed); });
  });
});

/** These are not PyTorch's, or only parts of it; semantics.test.ts has worked cases of each. */
const BY_HAND: readonly Op[] = [
  "buffer", "constant", "iota", "random", "reshape", "scan", "composite", "project",
];
test("no operation is without a case", () => {
  const seen = new Set<Op>(cases.flatMap((c) => c.steps.map((s) => s.op)));
  const missing = (Object.keys(EVALUATE) as Op[]).filter((op) => !seen.has(op) && !BY_HAND.includes(op));
  expect(missing).toEqual([]);
});
