import { concat, F, stack, tensor, zeros, type Tensor } from "gradus";

interface Matrices { Wq: Tensor; Wk: Tensor; Wv: Tensor; Wo: Tensor }

export function split(x: Tensor, heads: number): Tensor {
  return stack(x.chunk(heads, 1), 0);
}
export function merge(x: Tensor): Tensor {
  return concat(Array.from({ length: x.shape[0] }, (_, h) => x.select(0, h)), 1);
}
export function causalMask(T: number): Tensor {
  return tensor(Array.from({ length: T }, (_, i) => Array.from({ length: T }, (__, j) => (j <= i ? 0 : -Infinity))));
}
/** Every head adds its own part of the output. */
export function multiHead(X: Tensor, p: Matrices, heads: number, causal: boolean): Tensor {
  const wide = X.shape[1] / heads;
  return Array.from({ length: heads }, (_, h) => {
    const own = (W: Tensor): Tensor => X.matmul(W.narrow(1, h * wide, wide));
    return F.scaledDotProductAttention(own(p.Wq), own(p.Wk), own(p.Wv), { causal })
      .matmul(p.Wo.narrow(0, h * wide, wide));
  }).reduce((a, b) => a.add(b), zeros(X.shape));
}
