import { isFloat, type DType } from "../../packages/gradus/src/vocab/dtype.ts";
import { formatShape, sameShape, type Shape } from "../../packages/gradus/src/vocab/shape.ts";
import type { Closeness } from "./case.ts";

/** What a tensor holds, read back. */
export interface Numbers {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly numbers: ArrayLike<number>;
}

/** Half the distance from 1 to the next number. */
const UNIT_ROUNDOFF: Partial<Record<DType, number>> = { f32: 2 ** -24, f64: 2 ** -53, f16: 2 ** -11, bf16: 2 ** -8 };
/** Below the smallest normal number, results need not be right: hardware may flush them to zero. */
const SMALLEST_NORMAL: Partial<Record<DType, number>> = { f32: 2 ** -126, f64: 2 ** -1022, f16: 2 ** -14,
  bf16: 2 ** -126 };

/** The rounding steps (units of 2^-24 in f32) a value may be off: 2e-6, 1e-5 and 5e-5 of it in float32. */
const STEPS = { elementwise: 34, chain: 168, second: 840 } as const;
/** float64 functions may lose a few more bits than float32 ones, which are computed with room to spare. */
const F64_FACTOR = 8;

/** The distance allowed for element i. */
function allowed(closeness: Closeness | "second", dtype: DType, magnitude: number, largest: number,
  value: number): number {
  const unit = UNIT_ROUNDOFF[dtype]! * (dtype === "f64" ? F64_FACTOR : 1);
  // 16-bit results differ by a step where the number before rounding lies between two of them.
  if (dtype === "f16" || dtype === "bf16") return 2 * unit * Math.abs(value) + SMALLEST_NORMAL[dtype]! * unit;
  const floor = SMALLEST_NORMAL[dtype]!;
  if (closeness === "elementwise") return STEPS.elementwise * unit * Math.abs(value) + floor;
  if (closeness === "chain" || closeness === "second") return STEPS[closeness] * unit * largest + floor;
  if (closeness === "same") return 0;
  return 4 * Math.sqrt(closeness.terms) * 2 * unit * Math.max(magnitude, Math.abs(value)) + floor;
}

const round = (value: number, dtype: DType): number => (dtype === "f32" ? Math.fround(value) : value);

/**
 * What is wrong with a result, or null. `want` is exact up to float64; `magnitudes` are sums of absolute values where
 * the closeness asks for them.
 */
export function difference(
  got: Numbers, want: Numbers, closeness: Closeness | "second", magnitudes: Numbers | null,
): string | null {
  if (!sameShape(got.shape, want.shape)) return `has shape ${formatShape(got.shape)}, not ${formatShape(want.shape)}`;
  const widened = want.dtype === "f64" && got.dtype === "f32";
  if (got.dtype !== want.dtype && !widened) return `has dtype ${got.dtype}, not ${want.dtype}`;
  if (got.numbers.length !== want.numbers.length) {
    return `holds ${got.numbers.length} numbers, not ${want.numbers.length}`;
  }
  const exact = !isFloat(got.dtype) || closeness === "same";
  let largest = 0;
  for (let i = 0; i < want.numbers.length; i++) {
    if (Number.isFinite(want.numbers[i])) largest = Math.max(largest, Math.abs(want.numbers[i]));
  }
  for (let i = 0; i < want.numbers.length; i++) {
    const a = got.numbers[i], b = round(want.numbers[i], got.dtype);
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const bound = exact ? 0
      : allowed(closeness, got.dtype, Math.abs(magnitudes?.numbers[i] ?? 0), largest, want.numbers[i]);
    if (Number.isFinite(b) && Math.abs(a - want.numbers[i]) <= bound) continue;
    return `is ${a} at element ${i} of ${formatShape(got.shape)} ${got.dtype}, not ${b}` +
      (exact ? "" : ` (off by ${Math.abs(a - b).toExponential(2)}, allowed ${bound.toExponential(2)})`);
  }
  return null;
}
