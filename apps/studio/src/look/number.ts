/** Numbers as the studio writes them: true minus, fixed decimals, thousands grouped by comma. */
export function fixed(value: number, decimals = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  const rounded = Math.abs(value) < 0.5 * 10 ** -decimals ? 0 : value;
  const [whole, rest] = Math.abs(rounded).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${rounded < 0 ? "−" : ""}${grouped}${rest === undefined ? "" : `.${rest}`}`;
}
export const whole = (value: number): string => fixed(value, 0);
/** A share between 0 and 1 as a percentage with one decimal. */
export const percent = (share: number): string => `${fixed(100 * share, 1)} %`;

export type Sign = "negative" | "zero" | "positive";
/** The sign a number has at the decimals it is shown with. */
export function signOf(value: number, decimals = 3): Sign {
  if (Math.abs(value) < 0.5 * 10 ** -decimals) return "zero";
  return value < 0 ? "negative" : "positive";
}
