import type { Tensor } from "../tensor/tensor.ts";
import type { CompositeDefinition } from "../ir/op.ts";
import { applyAll } from "../ops/composite.ts";
import { add, div, expm1, maximum, mul, neg, sqrt, square, sub } from "../ops/elementwise.ts";
import { Optimizer, type Group, type Parameters, type Slots } from "./optimizer.ts";

export interface AdamOptions {
  readonly lr?: number;
  /** How slowly the averages of the gradient and of its square move. */
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weightDecay?: number;
  /** Divide by the largest average of squares so far. Reddi et al. 2018. */
  readonly amsgrad?: boolean;
  readonly maximize?: boolean;
}

/**
 * Operands: p, g, m, v, learning rate, step (from 1), and with amsgrad the largest v. Results: p, m, v, largest v. With
 * `decoupled` the decay shrinks the parameter itself (AdamW), else it is added to the gradient.
 */
const ADAM_STEP: CompositeDefinition = {
  name: "adam",
  body: ([p, g, m, v, lr, step, largest], { beta1, beta2, eps, weightDecay, decoupled, maximize }) => {
    const decay = Number(weightDecay);
    const uphill = maximize === true ? neg(g) : g;
    const d = decay !== 0 && decoupled !== true ? add(uphill, mul(p, decay)) : uphill;
    const from = decay !== 0 && decoupled === true ? mul(p, sub(1, mul(lr, decay))) : p;
    const m1 = add(m, mul(sub(d, m), 1 - Number(beta1)));
    const v1 = add(mul(v, Number(beta2)), mul(square(d), 1 - Number(beta2)));
    const most = largest === undefined ? v1 : maximum(largest, v1);
    const scale = div(sqrt(most), sqrt(correction(Number(beta2), step)));
    const next = sub(from, mul(div(m1, add(scale, Number(eps))), div(lr, correction(Number(beta1), step))));
    return largest === undefined ? [next, m1, v1] : [next, m1, v1, most];
  },
};
/** 1 - beta^step as -expm1(step ln beta): exact for beta near 1 in f32 too. */
const correction = (beta: number, step: Tensor): Tensor => neg(expm1(mul(step, Math.max(Math.log(beta), -1e4))));

abstract class AdamLike extends Optimizer<AdamOptions> {
  protected abstract readonly decoupled: boolean;

  constructor(parameters: Parameters<AdamOptions>, options: Required<AdamOptions>) {
    super(parameters, options, ({ amsgrad }) => ["exp_avg", "exp_avg_sq", ...(amsgrad ? ["max_exp_avg_sq"] : [])]);
  }
  protected override update(
    p: Tensor, g: Tensor, { values, step }: Slots, { options, rate }: Group<Required<AdamOptions>>,
  ): readonly (readonly [Tensor, Tensor])[] {
    const { betas: [beta1, beta2], eps, weightDecay, maximize, amsgrad } = options;
    const { exp_avg: m, exp_avg_sq: v, max_exp_avg_sq: largest } = values;
    const most = amsgrad ? [largest] : [];
    const next = applyAll(ADAM_STEP, [p, g, m, v, rate, step, ...most],
      { beta1, beta2, eps, weightDecay, maximize, decoupled: this.decoupled });
    return [p, m, v, ...most].map((target, i) => [target, next[i]]);
  }
}
const DEFAULTS = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, amsgrad: false, maximize: false } as const;

/**
 * p = p - lr m' / (sqrt(v') + eps), m and v the running averages of g and g^2, m' and v' corrected for their start at
 * zero. Kingma and Ba 2015; as torch.optim.Adam (weight decay is an L2 penalty).
 */
export class Adam extends AdamLike {
  protected override readonly decoupled = false;
  constructor(parameters: Parameters<AdamOptions>, options: AdamOptions = {}) {
    super(parameters, { ...DEFAULTS, weightDecay: 0, ...options });
  }
}
/** Adam with the parameter shrunk by lr weightDecay in each step. Loshchilov and Hutter 2019; as torch.optim.AdamW. */
export class AdamW extends AdamLike {
  protected override readonly decoupled = true;
  constructor(parameters: Parameters<AdamOptions>, options: AdamOptions = {}) {
    super(parameters, { ...DEFAULTS, weightDecay: 1e-2, ...options });
  }
}
