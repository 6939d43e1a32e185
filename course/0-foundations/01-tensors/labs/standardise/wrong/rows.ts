// fails: Each row has mean 0, not each column
import { type Tensor } from "gradus";

export function standardise(x: Tensor): Tensor {
  return x.sub(x.mean([1], { keepdim: true })).div(x.std([1], { correction: 0, keepdim: true }));
}

export function distances(a: Tensor, b: Tensor): Tensor {
  return a.unsqueeze(1).sub(b).square().sum([2]);
}
