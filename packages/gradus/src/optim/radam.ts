import { add, div, gt, maximum, mul, sqrt, sub, where } from "../ops/elementwise.ts";
import { blend, blendSquare, correction, decayed } from "./arithmetic.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

export interface RAdamOptions {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weightDecay?: number;
  /** Shrink the parameter itself, as AdamW does. */
  readonly decoupledWeightDecay?: boolean;
  readonly maximize?: boolean;
}

const RADAM_STEP = rule<RAdamOptions>("radam", (
  { p, g, lr, t, slots: { exp_avg: m, exp_avg_sq: v } },
  { betas: [beta1, beta2], eps, weightDecay, decoupledWeightDecay },
) => {
  const [from, d] = decayed(p, g, lr, weightDecay, decoupledWeightDecay);
  const m1 = blend(m, d, beta1), v1 = blendSquare(v, d, beta2);
  const rest = correction(beta2, t);
  // rho counts how many gradients the average of squares holds; with few, its variance is unknown: no scaling.
  const most = 2 / (1 - beta2) - 1;
  const rho = sub(most, div(mul(mul(t, 2), sub(1, rest)), rest));
  const enough = gt(rho, 5), safe = maximum(rho, 5);
  const rectified = sqrt(div(mul(mul(sub(safe, 4), sub(safe, 2)), most), mul(safe, (most - 4) * (most - 2))));
  const scale = where(enough, mul(rectified, div(sqrt(rest), add(sqrt(v1), eps))), 1);
  const next = sub(from, mul(mul(m1, div(lr, correction(beta1, t))), scale));
  return { p: next, exp_avg: m1, exp_avg_sq: v1 };
});

/** Adam whose scaling waits until its variance is known. Liu et al. 2020; as torch.optim.RAdam. */
export class RAdam extends Optimizer<RAdamOptions> {
  constructor(parameters: Parameters<RAdamOptions>, options: RAdamOptions = {}) {
    super(parameters, {
      lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, decoupledWeightDecay: false, maximize: false,
      ...options,
    }, RADAM_STEP, () => ({ exp_avg: 0, exp_avg_sq: 0 }));
  }
}
