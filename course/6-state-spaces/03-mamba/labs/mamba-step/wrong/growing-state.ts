// fails: grows instead of fading
/** Rows of numbers: a matrix has a row for each output. */
type Rows = number[][];
/** Sizes: D width, E inner width, N states, K taps, R rank of the step. */
export interface Weights {
  in_proj: Rows; conv_weight: Rows; conv_bias: number[]; x_proj: Rows; dt_weight: Rows; dt_bias: number[];
  A_log: Rows; D: number[]; out_proj: Rows;
}

const product = (matrix: Rows, x: number[]): number[] =>
  matrix.map((row) => row.reduce((sum, w, i) => sum + w * x[i], 0));

/** x / (1 + e^(-x)). */
export function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}
/** ln(1 + e^x), without overflow for large x. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** One token through the block: x (D), past (E, K - 1) with the oldest first, state (E, N). */
export function step(
  w: Weights, x: number[], past: Rows, state: Rows,
): { y: number[]; past: Rows; state: Rows } {
  const E = w.D.length, N = w.A_log[0].length, R = w.dt_weight[0].length;
  const both = product(w.in_proj, x), u = both.slice(0, E), gate = both.slice(E);

  const window = past.map((row, e) => [...row, u[e]]);
  const h = window.map((row, e) =>
    silu(row.reduce((sum, value, k) => sum + w.conv_weight[e][k] * value, w.conv_bias[e])));

  const chosen = product(w.x_proj, h);
  const low = chosen.slice(0, R), B = chosen.slice(R, R + N), C = chosen.slice(R + N);
  const dt = product(w.dt_weight, low).map((value, e) => softplus(value + w.dt_bias[e]));

  const next = state.map((row, e) => row.map((value, n) =>
    Math.exp(dt[e] * Math.exp(w.A_log[e][n])) * value + dt[e] * B[n] * h[e]));
  const read = next.map((row, e) => row.reduce((sum, value, n) => sum + C[n] * value, w.D[e] * h[e]));

  const y = product(w.out_proj, read.map((value, e) => value * silu(gate[e])));
  return { y, past: window.map((row) => row.slice(1)), state: next };
}
