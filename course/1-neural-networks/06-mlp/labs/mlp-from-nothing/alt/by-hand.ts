import { F, noGrad, randn, state, zeros, type Tensor } from "gradus";

interface Layer { weight: Tensor; bias: Tensor }

export const create = (sizes: number[]): Layer[] => sizes.slice(1).map((outputs, i) => ({
  weight: state(randn([outputs, sizes[i]]).div(Math.sqrt(sizes[i])), true), bias: state(zeros([outputs]), true) }));

export function forward(layers: Layer[], x: Tensor): Tensor {
  let h = x;
  layers.forEach(({ weight, bias }, i) => {
    if (i > 0) h = h.tanh();
    h = F.linear(h, weight, bias);
  });
  return h;
}

/** Momentum written out. */
export function train(x: Tensor, labels: Tensor): Layer[] {
  const layers = create([2, 16, 1]), parameters = layers.flatMap(({ weight, bias }) => [weight, bias]);
  const speed = parameters.map(({ shape }) => state(zeros([...shape])));
  for (let update = 0; update < 80; update++) {
    for (const p of parameters) p.grad = null;
    F.binaryCrossEntropyWithLogits(forward(layers, x), labels).backward();
    noGrad(() => {
      parameters.forEach((p, k) => {
        speed[k].assign(speed[k].mul(0.9).add(p.grad!));
        p.assign(p.sub(speed[k].mul(0.4)));
      });
    });
  }
  return layers;
}
