/**
 * Numbers as figures write them: a true minus, fixed decimals, thousands grouped, so that nothing jumps when they
 * change.
 */
import type { Colour } from "../scene.ts";

/** `fixed(-1234.5, 1)` is "−1,234.5"; what rounds to zero has no sign. */
export function fixed(value: number, decimals = 2): string {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const [whole, rest] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const minus = value < 0 && Number(Math.abs(value).toFixed(decimals)) !== 0 ? "−" : "";
  return `${minus}${grouped}${rest === undefined ? "" : `.${rest}`}`;
}

/** A share from 0 to 1 in percent. */
export const percent = (share: number, decimals = 1): string => `${fixed(100 * share, decimals)} %`;

/** "1 step", "2 steps", "1,000 people": a count with its noun. */
export const count = (n: number, one: string, many = `${one}s`): string => `${fixed(n, 0)} ${n === 1 ? one : many}`;

export type Sign = -1 | 0 | 1;
/** The sign a number has at the decimals it is shown with. */
export const signOf = (value: number, decimals = 2): Sign =>
  (Math.abs(value) < 0.5 * 10 ** -decimals || Number.isNaN(value) ? 0 : value < 0 ? -1 : 1);

/** The colour of a number's text: blue above zero, orange below, grey at zero. Its minus says the same without hue. */
export const colourOf = (value: number, decimals = 2): Colour =>
  (["negative", "ink-3", "positive"] as const)[signOf(value, decimals) + 1];
