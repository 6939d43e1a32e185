import { abs, add, div, maximum, mul, sub } from "../ops/elementwise.ts";
import { blend, correction, penalized } from "./arithmetic.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

export interface AdamaxOptions {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly maximize?: boolean;
}

const ADAMAX_STEP = rule<AdamaxOptions>("adamax", (
  { p, g, lr, t, slots: { exp_avg: m, exp_inf: u } }, { betas: [beta1, beta2], eps, weightDecay },
) => {
  const d = penalized(g, p, weightDecay);
  const m1 = blend(m, d, beta1);
  const largest = maximum(mul(u, beta2), add(abs(d), eps));
  return { p: sub(p, mul(div(m1, largest), div(lr, correction(beta1, t)))), exp_avg: m1, exp_inf: largest };
});

/** Adam with the largest |g|, forgotten by beta2, in place of sqrt(v). Kingma and Ba 2015; as torch.optim.Adamax. */
export class Adamax extends Optimizer<AdamaxOptions> {
  constructor(parameters: Parameters<AdamaxOptions>, options: AdamaxOptions = {}) {
    super(parameters, { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false, ...options },
      ADAMAX_STEP, () => ({ exp_avg: 0, exp_inf: 0 }));
  }
}
