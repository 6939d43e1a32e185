import { add, div, mul, sqrt, square, sub } from "../ops/elementwise.ts";
import { penalized } from "./arithmetic.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

export interface AdagradOptions {
  readonly lr?: number;
  /** The rate of step t is lr / (1 + (t - 1) lrDecay). */
  readonly lrDecay?: number;
  readonly weightDecay?: number;
  /** What the sums of squares start from. */
  readonly initialAccumulator?: number;
  readonly eps?: number;
  readonly maximize?: boolean;
}

const ADAGRAD_STEP = rule<AdagradOptions>("adagrad", (
  { p, g, lr, t, slots: { sum } }, { lrDecay, weightDecay, eps },
) => {
  const d = penalized(g, p, weightDecay);
  const total = add(sum, square(d));
  const rate = lrDecay === 0 ? lr : div(lr, add(mul(sub(t, 1), lrDecay), 1));
  return { p: sub(p, mul(div(d, add(sqrt(total), eps)), rate)), sum: total };
});

/** p = p - lr g / (sqrt(s) + eps), s the sum of all g^2 so far. Duchi et al. 2011; as torch.optim.Adagrad. */
export class Adagrad extends Optimizer<AdagradOptions> {
  constructor(parameters: Parameters<AdagradOptions>, options: AdagradOptions = {}) {
    super(parameters,
      { lr: 1e-2, lrDecay: 0, weightDecay: 0, initialAccumulator: 0, eps: 1e-10, maximize: false, ...options },
      ADAGRAD_STEP, ({ initialAccumulator }) => ({ sum: initialAccumulator }));
  }
}
