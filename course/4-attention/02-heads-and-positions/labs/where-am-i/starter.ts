import { zeros, type Tensor } from "gradus";

/** Sines and cosines in turn, [T, D]. */
export function sines(T: number, D: number): Tensor {
  return zeros([T, D]);
}

/** Each pair of columns turned by place times rate. */
export function turn(x: Tensor): Tensor {
  return x;
}

/** −slope |i − j|, [T, T]. */
export function bias(T: number, slope: number): Tensor {
  return zeros([T, T]);
}

/** The largest difference between f of the shuffled rows and the shuffled rows of f. */
export async function orderMatters(f: (x: Tensor) => Tensor, X: Tensor, order: number[]): Promise<number> {
  return 1;
}
