import { compile, manualSeed, matmul, maximum, noGrad, rand, state, tensor, type Tensor } from "gradus";
import { log, exp, sum, amax, mean, gather, sub } from "gradus";
import type { Settings } from "../rooms/digits/settings.ts";

export const PIXELS = 64;
export const CLASSES = 10;

export interface Network {
  readonly first: Tensor;
  readonly last: Tensor;
  readonly parameters: number;
  forward(x: Tensor): Tensor;
  train(x: Tensor, y: Tensor): void;
}
export function buildNetwork(settings: Settings): Network {
  manualSeed(settings.seed);
  const layer = (i: number, o: number) => {
    const bound = 1 / Math.sqrt(i);
    return [state(rand([o, i]).mul(2 * bound).sub(bound), true), state(rand([o]).mul(2 * bound).sub(bound), true)];
  };
  const [w1, b1] = layer(PIXELS, settings.hidden), [w2, b2] = layer(settings.hidden, CLASSES);
  const parameters = [w1, b1, w2, b2];
  const m = parameters.map((p) => state(p.mul(0))), v = parameters.map((p) => state(p.mul(0)));
  const t = state(tensor(0));
  const forward = (x: Tensor): Tensor => matmul(maximum(matmul(x, w1.T).add(b1), 0), w2.T).add(b2);
  const loss = (x: Tensor, y: Tensor): Tensor => {
    const z = forward(x);
    const top = amax(z, [1], { keepdim: true }).detach();
    const lse = log(sum(exp(sub(z, top)), [1], { keepdim: true })).add(top);
    return mean(sub(lse, gather(z, 1, y.reshape([y.shape[0], 1]))));
  };
  const step = compile((x: Tensor, y: Tensor) => {
    for (const p of parameters) p.grad = null;
    const l = loss(x, y);
    l.backward();
    noGrad(() => {
      t.assign(t.add(1));
      parameters.forEach((p, i) => {
        const g = p.grad!;
        if (settings.optimizer === "adam") {
          const mm = m[i].mul(0.9).add(g.mul(0.1)), vv = v[i].mul(0.999).add(g.mul(g).mul(0.001));
          m[i].assign(mm);
          v[i].assign(vv);
          const c1 = tensor(1).sub(tensor(0.9).pow(t)), c2 = tensor(1).sub(tensor(0.999).pow(t));
          p.assign(p.sub(mm.div(c1).div(vv.div(c2).sqrt().add(1e-8)).mul(settings.rate)));
        } else p.assign(p.sub(g.mul(settings.rate)));
      });
    });
    return l;
  });
  return {
    first: w1, last: w2, parameters: parameters.reduce((n, p) => n + p.numel, 0), forward,
    train: (x: Tensor, y: Tensor) => { step(x, y).dispose(); },
  };
}
