import type { Tensor } from "../tensor/tensor.ts";
import type { CompositeDefinition } from "../ir/op.ts";
import { applyAll } from "../ops/composite.ts";
import { add, eq, mul, neg, sub, where } from "../ops/elementwise.ts";
import { Optimizer, type Group, type Parameters, type Slots } from "./optimizer.ts";

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

/** Operands: p, g, learning rate, and with momentum the velocity, and with dampening the step (from 1). */
const SGD_STEP: CompositeDefinition = {
  name: "sgd",
  body: ([p, g, lr, velocity, step], { momentum, dampening, weightDecay, nesterov, maximize }) => {
    let d = maximize === true ? neg(g) : g;
    if (Number(weightDecay) !== 0) d = add(d, mul(p, Number(weightDecay)));
    if (velocity === undefined) return [sub(p, mul(d, lr))];
    const taken = mul(d, 1 - Number(dampening));
    const v = add(mul(velocity, Number(momentum)), step === undefined ? taken : where(eq(step, 1), d, taken));
    return [sub(p, mul(nesterov === true ? add(d, mul(v, Number(momentum))) : v, lr)), v];
  },
};

/**
 * Stochastic gradient descent: v = momentum v + (1 - dampening) g, p = p - lr v; the first step takes v = g. As
 * torch.optim.SGD.
 */
export class SGD extends Optimizer<SGDOptions> {
  constructor(parameters: Parameters<SGDOptions>, options: SGDOptions = {}) {
    super(parameters,
      { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false, ...options },
      ({ momentum }) => (momentum === 0 ? [] : ["momentum_buffer"]));
  }
  protected override update(
    p: Tensor, g: Tensor, { values, step }: Slots, { options, rate }: Group<Required<SGDOptions>>,
  ): readonly (readonly [Tensor, Tensor])[] {
    const { lr: _, ...attributes } = options;
    const velocity = options.momentum === 0 ? [] : [values.momentum_buffer];
    const first = options.momentum !== 0 && options.dampening !== 0 ? [step] : [];
    const next = applyAll(SGD_STEP, [p, g, rate, ...velocity, ...first], attributes);
    return [p, ...velocity].map((target, i) => [target, next[i]]);
  }
}
