// fails: were divided by n − 1
import { type Tensor } from "gradus";

export function standardise(x: Tensor): Tensor {
  return x.sub(x.mean([0])).div(x.std([0]));
}

export function distances(a: Tensor, b: Tensor): Tensor {
  return a.unsqueeze(1).sub(b).square().sum([2]);
}
