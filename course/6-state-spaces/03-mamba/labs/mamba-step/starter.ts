/** Rows of numbers: a matrix has a row for each output. */
type Rows = number[][];
/** Sizes: D width, E inner width, N states, K taps, R rank of the step. */
export interface Weights {
  in_proj: Rows; conv_weight: Rows; conv_bias: number[]; x_proj: Rows; dt_weight: Rows; dt_bias: number[];
  A_log: Rows; D: number[]; out_proj: Rows;
}

/** x / (1 + e^(-x)). */
export function silu(x: number): number {
  return x;
}
/** ln(1 + e^x), without overflow for large x. */
export function softplus(x: number): number {
  return x;
}

/** One token through the block: x (D), past (E, K - 1) with the oldest first, state (E, N). */
export function step(
  w: Weights, x: number[], past: Rows, state: Rows,
): { y: number[]; past: Rows; state: Rows } {
  return { y: x, past, state };
}
