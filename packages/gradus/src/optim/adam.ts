import { add, div, maximum, mul, sqrt, sub } from "../ops/elementwise.ts";
import { blend, blendSquare, correction, decayed } from "./arithmetic.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

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
/** With `decoupled` the decay shrinks the parameter itself (AdamW), else it is added to the gradient. */
type AdamLikeOptions = AdamOptions & { readonly decoupled?: boolean };

const ADAM_STEP = rule<AdamLikeOptions>("adam", (
  { p, g, lr, t, slots: { exp_avg: m, exp_avg_sq: v, max_exp_avg_sq: largest } },
  { betas: [beta1, beta2], eps, weightDecay, amsgrad, decoupled },
) => {
  const [from, d] = decayed(p, g, lr, weightDecay, decoupled);
  const m1 = blend(m, d, beta1), v1 = blendSquare(v, d, beta2);
  const most = amsgrad ? maximum(largest, v1) : v1;
  const scale = div(sqrt(most), sqrt(correction(beta2, t)));
  const next = sub(from, mul(div(m1, add(scale, eps)), div(lr, correction(beta1, t))));
  return { p: next, exp_avg: m1, exp_avg_sq: v1, max_exp_avg_sq: most };
});

abstract class AdamLike extends Optimizer<AdamLikeOptions> {
  constructor(parameters: Parameters<AdamOptions>, options: Required<AdamLikeOptions>) {
    super(parameters, options, ADAM_STEP,
      ({ amsgrad }) => ({ exp_avg: 0, exp_avg_sq: 0, ...(amsgrad ? { max_exp_avg_sq: 0 } : {}) }));
  }
}
const DEFAULTS = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, amsgrad: false, maximize: false } as const;

/**
 * p = p - lr m' / (sqrt(v') + eps), m and v the running averages of g and g^2, m' and v' corrected for their start at
 * zero. Kingma and Ba 2015; as torch.optim.Adam (weight decay is an L2 penalty).
 */
export class Adam extends AdamLike {
  constructor(parameters: Parameters<AdamOptions>, options: AdamOptions = {}) {
    super(parameters, { ...DEFAULTS, weightDecay: 0, ...options, decoupled: false });
  }
}
/** Adam with the parameter shrunk by lr weightDecay in each step. Loshchilov and Hutter 2019; as torch.optim.AdamW. */
export class AdamW extends AdamLike {
  constructor(parameters: Parameters<AdamOptions>, options: AdamOptions = {}) {
    super(parameters, { ...DEFAULTS, weightDecay: 1e-2, ...options, decoupled: true });
  }
}
