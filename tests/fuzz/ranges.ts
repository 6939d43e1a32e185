import type { DType } from "../../packages/gradus/src/vocab/dtype.ts";
import type { Shape } from "../../packages/gradus/src/vocab/shape.ts";

/** What is known of a value while a graph is drawn. */
export interface Known {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Every element lies in [low, high]: keeps arguments inside the domain of functions, and away from overflow. */
  readonly low: number;
  readonly high: number;
  /** The same bits on every backend: nothing was rounded on the way. Steps (floor, comparisons) need it. */
  readonly exact: boolean;
}
export type Range = readonly [low: number, high: number];

/**
 * Functions of one operand: where the results lie (null: outside of the domain), and what the function does to bits.
 * "rounded": they may differ between backends; "moved": they do not; "kink", "step": they do not, but slopes or values
 * jump.
 */
export const UNARY: readonly (readonly [
  call: string, range: (x: Known) => Range | null, kind: "rounded" | "kink" | "moved" | "step",
])[] = [
  ["neg", ({ low, high }) => [-high, -low], "moved"],
  ["abs", ({ low, high }) => [low > 0 ? low : high < 0 ? -high : 0, Math.max(-low, high)], "kink"],
  ["tanh", () => [-1, 1], "rounded"], ["sigmoid", () => [0, 1], "rounded"],
    ["sin", (x) => near(x, 20, [-1, 1]), "rounded"],
  ["cos", (x) => near(x, 20, [-1, 1]), "rounded"], ["erf", () => [-1, 1], "rounded"],
  ["exp", ({ low, high }) => (high > 4 ? null : [Math.exp(Math.max(low, -80)), Math.exp(high)]), "rounded"],
  ["expm1", ({ low, high }) => (high > 4 ? null : [Math.max(-1, Math.expm1(low)), Math.expm1(high)]), "rounded"],
  ["log", ({ low, high }) => (low < 0.05 ? null : [Math.log(low), Math.log(high)]), "rounded"],
  ["log1p", ({ low, high }) => (low < -0.9 ? null : [Math.log1p(low), Math.log1p(high)]), "rounded"],
  ["sqrt", ({ low, high }) => (low < 0.05 ? null : [Math.sqrt(low), Math.sqrt(high)]), "rounded"],
  ["reciprocal", ({ low, high }) => (low < 0.1 ? null : [1 / high, 1 / low]), "rounded"],
  ["square", ({ low, high }) => [low > 0 ? low * low : 0, Math.max(low * low, high * high)], "rounded"],
  ["floor", ({ low, high }) => [Math.floor(low), Math.floor(high)], "step"],
  ["round", ({ low, high }) => [Math.round(low), Math.round(high)], "step"],
  ["sign", () => [-1, 1], "step"],
];
const near = ({ low, high }: Known, limit: number, range: Range): Range | null =>
  (Math.max(-low, high) > limit ? null : range);
/** Where products lie. */
export const product = (a: Range, b: Range): Range => {
  const ends = [a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]];
  return [Math.min(...ends), Math.max(...ends)];
};
/** The sum of n such numbers. */
export const times = ([low, high]: Range, n: number): Range => [Math.min(0, low) * n, Math.max(0, high) * n];

/** The common shape of two operands, or null. */
export function broadcast(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = rank; i >= 1; i--) {
    const m = a[a.length - i] ?? 1, n = b[b.length - i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) return null;
    out.push(m === 1 ? n : m);
  }
  return out;
}
/** Where results lie, or null where an operand is outside of the domain. */
export function binaryRange(call: string, a: Known, b: Known): Range | null {
  switch (call) {
    case "add": return [a.low + b.low, a.high + b.high];
    case "sub": return [a.low - b.high, a.high - b.low];
    case "mul": return product([a.low, a.high], [b.low, b.high]);
    case "maximum": return [Math.max(a.low, b.low), Math.max(a.high, b.high)];
    case "minimum": return [Math.min(a.low, b.low), Math.min(a.high, b.high)];
    case "div": return b.low < 0.1 ? null : product([a.low, a.high], [1 / b.high, 1 / b.low]);
    case "pow": {
      if (a.low < 0.1 || Math.max(-b.low, b.high) > 4) return null;
      const ends = [a.low ** b.low, a.low ** b.high, a.high ** b.low, a.high ** b.high, 1];
      return [Math.min(...ends), Math.max(...ends)];
    }
    default: return null;
  }
}
