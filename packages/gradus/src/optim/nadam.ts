import { add, div, exp, mul, sqrt, sub } from "../ops/elementwise.ts";
import { ones } from "../ops/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { blend, blendSquare, correction, decayed } from "./arithmetic.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

export interface NAdamOptions {
  readonly lr?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weightDecay?: number;
  /** How fast the momentum rises to beta1. */
  readonly momentumDecay?: number;
  /** Shrink the parameter itself, as AdamW does. */
  readonly decoupledWeightDecay?: boolean;
  readonly maximize?: boolean;
}

const NADAM_STEP = rule<NAdamOptions>("nadam", (
  { p, g, lr, t, slots: { exp_avg: m, exp_avg_sq: v, mu_product: product } },
  { betas: [beta1, beta2], eps, weightDecay, momentumDecay, decoupledWeightDecay },
) => {
  const [from, d] = decayed(p, g, lr, weightDecay, decoupledWeightDecay);
  const momentum = (step: Tensor): Tensor =>
    mul(sub(1, mul(exp(mul(step, momentumDecay * Math.log(0.96))), 0.5)), beta1);
  const mu = momentum(t), next = momentum(add(t, 1));
  const taken = mul(product, mu);
  const m1 = blend(m, d, beta1), v1 = blendSquare(v, d, beta2);
  const scale = add(sqrt(div(v1, correction(beta2, t))), eps);
  const now = mul(div(d, scale), div(mul(lr, sub(1, mu)), sub(1, taken)));
  const ahead = mul(div(m1, scale), div(mul(lr, next), sub(1, mul(taken, next))));
  return { p: sub(sub(from, now), ahead), exp_avg: m1, exp_avg_sq: v1, mu_product: taken };
});

/** Adam with Nesterov's look ahead along the momentum. Dozat 2016; as torch.optim.NAdam. */
export class NAdam extends Optimizer<NAdamOptions> {
  constructor(parameters: Parameters<NAdamOptions>, options: NAdamOptions = {}) {
    super(parameters, {
      lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, momentumDecay: 4e-3, decoupledWeightDecay: false,
      maximize: false, ...options,
    }, NADAM_STEP, () => ({ exp_avg: 0, exp_avg_sq: 0, mu_product: ones([]) }));
  }
}
