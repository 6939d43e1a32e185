import { BackendError } from "../../vocab/errors.ts";

/** The number with the fewest digits that rounds to the same f32. */
export function shortest(value: number): number {
  // The digits of -0 have no sign.
  for (let digits = value === 0 ? 9 : 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    // Well inside the interval, so that it does not matter whether it is read as a double first.
    if (Math.abs(short - value) <= Math.abs(value) * 2 ** -26) return short;
  }
  return value;
}
/** A float as C writes it. */
export function floating(value: number, suffix: string): string {
  if (Number.isNaN(value)) return `__builtin_nan${suffix}("")`;
  if (!Number.isFinite(value)) return value > 0 ? `__builtin_inf${suffix}()` : `(-__builtin_inf${suffix}())`;
  const digits = Object.is(value, -0) ? "-0" : String(value);
  const text = /[.e]/.test(digits) ? digits : `${digits}.0`;
  return value < 0 || digits === "-0" ? `(${text}${suffix})` : `${text}${suffix}`;
}
/** An integer as C writes it. */
export function integer(value: number, suffix: string): string {
  if (!Number.isSafeInteger(value)) throw new BackendError(`native: ${value} is no integer constant`);
  // The smallest i32 has no literal of its own.
  if (value === -2147483648 && suffix === "") return "(-2147483647 - 1)";
  return value < 0 ? `(${value}${suffix})` : `${value}${suffix}`;
}
