/** A straight map between numbers and pixels, and round numbers to write along it. */

export type Pair = readonly [number, number];

export interface Scale {
  /** The pixel of a number. */
  (value: number): number;
  /** The number at a pixel, kept inside the domain. */
  invert(pixel: number): number;
  readonly domain: Pair;
  readonly range: Pair;
}

/** Maps `domain` onto `range` (which may run backwards, as heights do). */
export function linear(domain: Pair, range: Pair): Scale {
  const [d0, d1] = domain, [r0, r1] = range;
  const scale = (value: number): number => r0 + (value - d0) / (d1 - d0) * (r1 - r0);
  const invert = (pixel: number): number => clamp(d0 + (pixel - r0) / (r1 - r0) * (d1 - d0), domain);
  return Object.assign(scale, { invert, domain, range });
}

/** A number kept between two others, in whichever order they stand. */
export const clamp = (value: number, [a, b]: Pair): number =>
  Math.min(Math.max(value, Math.min(a, b)), Math.max(a, b));

/** Round numbers inside the domain: steps of 1, 2 or 5 times a power of ten, about `wanted` of them. */
export function ticks([from, to]: Pair, wanted = 5): number[] {
  const raw = (to - from) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  const share = raw / power;
  const step = (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10) * power;
  const first = Math.ceil(from / step - 1e-9), last = Math.floor(to / step + 1e-9);
  // Counting in whole steps, and rounding to the step's own digits, keeps 0.30000000000000004 out.
  const digits = Math.max(0, -Math.floor(Math.log10(step)) + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toFixed(digits)) + 0);
}
/** Decimals that tell these ticks apart. */
export function decimalsOf(values: readonly number[]): number {
  const most = values.map((v) => (String(v).split(".")[1] ?? "").length);
  return Math.min(4, Math.max(0, ...most));
}
