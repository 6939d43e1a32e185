import { F, zeros, type Tensor } from "gradus";

/** Positive features, elementwise: elu + 1. */
const phi = (x: Tensor): Tensor => F.elu(x).add(1);

/** Every query sees every key. */
export function open(q: Tensor, k: Tensor, v: Tensor): Tensor {
  return v;
}

/** Query i sees keys 0 to i. */
export function masked(q: Tensor, k: Tensor, v: Tensor): Tensor {
  return v;
}

export interface State { sums: Tensor }

/** Nothing read yet. */
export function start(d: number, e: number): State {
  return { sums: zeros([d, e]) };
}

/** One token. */
export function step(state: State, q: Tensor, k: Tensor, v: Tensor): { y: Tensor; state: State } {
  return { y: v, state };
}
