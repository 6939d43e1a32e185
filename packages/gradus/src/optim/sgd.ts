import { add, eq, mul, sub, where } from "../ops/elementwise.ts";
import { penalized } from "./arithmetic.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

export interface SGDOptions {
  readonly lr?: number;
  readonly momentum?: number;
  /** Share of the gradient that momentum does not take up. */
  readonly dampening?: number;
  /** Factor of the parameter that is added to its gradient (L2 penalty). */
  readonly weightDecay?: number;
  /** Look ahead along the momentum. */
  readonly nesterov?: boolean;
  readonly maximize?: boolean;
}

const SGD_STEP = rule<SGDOptions>("sgd", (
  { p, g, lr, t, slots: { momentum_buffer: velocity } }, { momentum, dampening, weightDecay, nesterov },
) => {
  const d = penalized(g, p, weightDecay);
  if (momentum === 0) return { p: sub(p, mul(d, lr)) };
  // The first step takes the gradient whole.
  const taken = dampening === 0 ? d : where(eq(t, 1), d, mul(d, 1 - dampening));
  const v = add(mul(velocity, momentum), taken);
  return { p: sub(p, mul(nesterov ? add(d, mul(v, momentum)) : v, lr)), momentum_buffer: v };
});

/**
 * Stochastic gradient descent: v = momentum v + (1 - dampening) g, p = p - lr v; the first step takes v = g. As
 * torch.optim.SGD.
 */
export class SGD extends Optimizer<SGDOptions> {
  constructor(parameters: Parameters<SGDOptions>, options: SGDOptions = {}) {
    super(parameters,
      { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false, ...options },
      SGD_STEP, ({ momentum }) => (momentum === 0 ? {} : { momentum_buffer: 0 }));
  }
}
