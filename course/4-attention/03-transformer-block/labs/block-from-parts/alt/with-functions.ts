import { F, nn, type Tensor } from "gradus";

interface Parameters { W1: Tensor; b1: Tensor; W2: Tensor; b2: Tensor;
  scale1: Tensor; shift1: Tensor; scale2: Tensor; shift2: Tensor }

export const layerNorm = (x: Tensor, scale: Tensor, shift: Tensor): Tensor =>
  F.layerNorm(x, [x.shape[1]]).mul(scale).add(shift);
export const feedForward = (x: Tensor, p: Parameters): Tensor =>
  F.linear(F.relu(F.linear(x, p.W1.T, p.b1)), p.W2.T, p.b2);

/** A branch, its norm, and where the norm stands. */
const joined = (x: Tensor, branch: (x: Tensor) => Tensor, norm: (x: Tensor) => Tensor, before: boolean): Tensor =>
  (before ? x.add(branch(norm(x))) : norm(x.add(branch(x))));
export function block(x: Tensor, attend: (x: Tensor) => Tensor, p: Parameters, before: boolean): Tensor {
  const stream = joined(x, attend, (y) => layerNorm(y, p.scale1, p.shift1), before);
  return joined(stream, (y) => feedForward(y, p), (y) => layerNorm(y, p.scale2, p.shift2), before);
}
export function countWeights(D: number, f: number): { attention: number; feedForward: number; norms: number } {
  const layer = new nn.TransformerEncoderLayer(D, 1, { dimFeedforward: f * D });
  return { attention: layer.self_attn.parameterCount(),
    feedForward: layer.linear1.parameterCount() + layer.linear2.parameterCount(),
      norms: 2 * layer.norm1.parameterCount() };
}
