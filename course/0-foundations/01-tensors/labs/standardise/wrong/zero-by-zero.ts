// fails: its deviation is 0, and 0 / 0
import { type Tensor } from "gradus";

export function standardise(x: Tensor): Tensor {
  const spread = x.std([0], { correction: 0 });
  return x.sub(x.mean([0])).div(spread);
}

export function distances(a: Tensor, b: Tensor): Tensor {
  return a.unsqueeze(1).sub(b).square().sum([2]);
}
