// fails: One mean and one deviation were used for all numbers
import { type Tensor } from "gradus";

export function standardise(x: Tensor): Tensor {
  return x.sub(x.mean()).div(x.std([0, 1], { correction: 0 }));
}

export function distances(a: Tensor, b: Tensor): Tensor {
  return a.unsqueeze(1).sub(b).square().sum([2]);
}
