import { add, div, mul, sqrt, sub } from "../ops/elementwise.ts";
import { blend, blendSquare, correction, norm, penalized, ratioOr1 } from "./arithmetic.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

export interface LAMBOptions {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly maximize?: boolean;
}

const LAMB_STEP = rule<LAMBOptions>("lamb", (
  { p, g, lr, t, slots: { exp_avg: m, exp_avg_sq: v } }, { betas: [beta1, beta2], eps, weightDecay },
) => {
  const m1 = blend(m, g, beta1), v1 = blendSquare(v, g, beta2);
  const ratio = div(div(m1, correction(beta1, t)), add(sqrt(div(v1, correction(beta2, t))), eps));
  const update = penalized(ratio, p, weightDecay);
  const trust = ratioOr1(norm(p), norm(update));
  return { p: sub(p, mul(update, mul(lr, trust))), exp_avg: m1, exp_avg_sq: v1 };
});

/**
 * Adam whose update of each parameter is as long as lr times the parameter itself; for large batches. You et al. 2020,
 * "Large batch optimization for deep learning: training BERT in 76 minutes", algorithm 2 with phi(z) = z.
 */
export class LAMB extends Optimizer<LAMBOptions> {
  constructor(parameters: Parameters<LAMBOptions>, options: LAMBOptions = {}) {
    super(parameters, { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-6, weightDecay: 0.01, maximize: false, ...options },
      LAMB_STEP, () => ({ exp_avg: 0, exp_avg_sq: 0 }));
  }
}
