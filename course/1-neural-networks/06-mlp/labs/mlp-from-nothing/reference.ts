import { F, optim, randn, state, zeros, type Tensor } from "gradus";

export interface Layer { weight: Tensor; bias: Tensor }

/** Layers with these numbers of units: inputs first, outputs last. */
export function create(sizes: number[]): Layer[] {
  return sizes.slice(1).map((outputs, i) => ({
    weight: state(randn([outputs, sizes[i]]).mul(1 / Math.sqrt(sizes[i])), true),
    bias: state(zeros([outputs]), true),
  }));
}

/** Scores (B, outputs) of points (B, inputs). */
export function forward(layers: Layer[], x: Tensor): Tensor {
  return layers.reduce((h, { weight, bias }, i) => {
    const z = h.matmul(weight.T).add(bias);
    return i === layers.length - 1 ? z : z.tanh();
  }, x);
}

/** A network trained on these points. */
export function train(x: Tensor, labels: Tensor): Layer[] {
  const layers = create([2, 16, 1]);
  const optimizer = new optim.Adam(layers.flatMap(({ weight, bias }) => [weight, bias]), { lr: 0.1 });
  for (let update = 0; update < 100; update++) {
    optimizer.zeroGrad();
    F.binaryCrossEntropyWithLogits(forward(layers, x), labels).backward();
    optimizer.step();
  }
  return layers;
}
