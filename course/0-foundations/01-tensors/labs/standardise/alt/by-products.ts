import { type Tensor } from "gradus";

export function standardise(x: Tensor): Tensor {
  const centred = x.sub(x.mean([0], { keepdim: true }));
  const spread = centred.square().mean([0], { keepdim: true }).sqrt();
  return centred.div(spread.add(spread.eq(0).cast("f32")));
}

/** |a - b|^2 = |a|^2 + |b|^2 - 2 a b. */
export function distances(a: Tensor, b: Tensor): Tensor {
  const lengths = (x: Tensor): Tensor => x.square().sum([1]);
  return lengths(a).unsqueeze(1).add(lengths(b)).sub(a.matmul(b.T).mul(2));
}
