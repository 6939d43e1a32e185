// fails: Inside sin(x y) there is another slope
/** The slope of 3x³ − 2x + 5. */
export const polynomial = (x: number): number => 9 * x ** 2 - 2;

/** The slope of x sin x: each factor waits while the other moves. */
export const product = (x: number): number => Math.sin(x) + x * Math.cos(x);

/** The slope of 1 / (1 + x²). */
export const quotient = (x: number): number => -2 * x / (1 + x ** 2) ** 2;

/** The slope of exp(−x²/2): itself, times the slope of what is inside. */
export const bell = (x: number): number => -x * Math.exp(-(x ** 2) / 2);

/** The slope of s = 1 / (1 + exp(−x)): s (1 − s). */
export function sigmoid(x: number): number {
  const s = 1 / (1 + Math.exp(-x));
  return s * (1 - s);
}

/** Both partial derivatives of x² y + sin(x y). */
export const partials = (x: number, y: number): number[] =>
  [2 * x * y + Math.cos(x * y), x ** 2 + x * Math.cos(x * y)];
