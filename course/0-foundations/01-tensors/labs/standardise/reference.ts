import { where, type Tensor } from "gradus";

/** Every column with mean 0 and standard deviation 1; [n, f] to [n, f]. */
export function standardise(x: Tensor): Tensor {
  const spread = x.std([0], { correction: 0 });
  return x.sub(x.mean([0])).div(where(spread.eq(0), 1, spread));
}

/** Squared distances of every row of a [n, f] to every row of b [m, f]; shape [n, m]. */
export function distances(a: Tensor, b: Tensor): Tensor {
  return a.unsqueeze(1).sub(b.unsqueeze(0)).square().sum([2]);
}
