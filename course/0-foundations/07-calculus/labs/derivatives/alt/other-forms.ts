export const polynomial = (x: number): number => x * (9 * x) - 2;
export const product = (x: number): number => x * Math.cos(x) + Math.sin(x);
export const quotient = (x: number): number => -(x + x) / (1 + 2 * x * x + x ** 4);
export const bell = (x: number): number => -x / Math.sqrt(Math.exp(x * x));
export const sigmoid = (x: number): number => Math.exp(-x) / (1 + Math.exp(-x)) ** 2;
export function partials(x: number, y: number): number[] {
  const c = Math.cos(x * y);
  return [y * (2 * x + c), x * (x + c)];
}
