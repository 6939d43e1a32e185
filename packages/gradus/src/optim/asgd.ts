import { add, div, maximum, mul, pow, sub } from "../ops/elementwise.ts";
import { full, ones } from "../ops/create.ts";
import { penalized } from "./arithmetic.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

export interface ASGDOptions {
  readonly lr?: number;
  /** Decay of the parameter in each step, times its rate. */
  readonly lambd?: number;
  /** Power with which the rate falls. */
  readonly alpha?: number;
  /** The step from which on parameters are averaged. */
  readonly t0?: number;
  readonly weightDecay?: number;
  readonly maximize?: boolean;
}

const ASGD_STEP = rule<ASGDOptions>("asgd", (
  { p, g, lr, t, slots: { eta, mu, ax } }, { lambd, alpha, t0, weightDecay },
) => {
  const d = penalized(g, p, weightDecay);
  const next = sub(mul(p, sub(1, mul(eta, lambd))), mul(d, eta));
  return {
    p: next, ax: add(ax, mul(sub(next, ax), mu)),
    eta: div(lr, pow(add(mul(mul(lr, t), lambd), 1), alpha)), mu: div(1, maximum(sub(t, t0), 1)),
  };
});

/**
 * SGD with a falling rate whose slot `ax` is the average of the parameters from step t0 on. Polyak and Juditsky 1992;
 * as torch.optim.ASGD.
 */
export class ASGD extends Optimizer<ASGDOptions> {
  constructor(parameters: Parameters<ASGDOptions>, options: ASGDOptions = {}) {
    super(parameters, { lr: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0, maximize: false, ...options },
      ASGD_STEP, ({ lr }) => ({ eta: full([], lr, "f64"), mu: ones([]), ax: 0 }));
  }
}
