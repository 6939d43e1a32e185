import { grad, tensor, type Tensor } from "gradus";

interface Statistics { mean: Tensor; variance: Tensor }
const EPS = 1e-5;

export function forward(x: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const rows = x.shape[0], mean = x.sum([0]).div(rows), off = x.sub(mean);
  const size = off.mul(off).sum([0]).div(rows).add(EPS).pow(-0.5);
  return off.mul(size).mul(gamma).add(beta);
}
/** The chain rule left to the engine. */
export function backward(x: Tensor, gamma: Tensor, dy: Tensor) {
  const leaf = (value: Tensor): Tensor => tensor(value.dataSync(), { shape: [...value.shape], requiresGrad: true });
  const inputs = [leaf(x), leaf(gamma), leaf(gamma.mul(0))] as const;
  const [dx, dgamma, dbeta] = grad(forward(...inputs).mul(dy).sum(), [...inputs]);
  return { dx, dgamma, dbeta };
}
export function track({ mean, variance }: Statistics, x: Tensor): Statistics {
  const now = x.mean([0]), spread = x.sub(now).square().sum([0]).div(x.shape[0] - 1);
  return { mean: mean.add(now.sub(mean).mul(0.1)), variance: variance.add(spread.sub(variance).mul(0.1)) };
}
export const evaluate = (x: Tensor, gamma: Tensor, beta: Tensor, { mean, variance }: Statistics): Tensor => {
  const slope = gamma.div(variance.add(EPS).sqrt());
  return x.mul(slope).add(beta.sub(mean.mul(slope)));
};
