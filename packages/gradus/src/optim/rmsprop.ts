import { add, div, mul, sqrt, square, sub } from "../ops/elementwise.ts";
import { blend, blendSquare, penalized } from "./arithmetic.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

export interface RMSpropOptions {
  readonly lr?: number;
  /** How slowly the average of squares moves. */
  readonly alpha?: number;
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly momentum?: number;
  /** Divide by the deviation: the average gradient's square is taken off. */
  readonly centered?: boolean;
  readonly maximize?: boolean;
}

const RMSPROP_STEP = rule<RMSpropOptions>("rmsprop", (
  { p, g, lr, slots }, { alpha, eps, weightDecay, momentum, centered },
) => {
  const d = penalized(g, p, weightDecay);
  const v = blendSquare(slots.square_avg, d, alpha);
  const average = centered ? blend(slots.grad_avg, d, alpha) : d;
  const move = div(d, add(sqrt(centered ? sub(v, square(average)) : v), eps));
  const velocity = momentum > 0 ? add(mul(slots.momentum_buffer, momentum), move) : move;
  return { p: sub(p, mul(velocity, lr)), square_avg: v, grad_avg: average, momentum_buffer: velocity };
});

/** p = p - lr g / (sqrt(v) + eps), v the running average of g^2. Tieleman and Hinton 2012; as torch.optim.RMSprop. */
export class RMSprop extends Optimizer<RMSpropOptions> {
  constructor(parameters: Parameters<RMSpropOptions>, options: RMSpropOptions = {}) {
    super(parameters, {
      lr: 1e-2, alpha: 0.99, eps: 1e-8, weightDecay: 0, momentum: 0, centered: false, maximize: false, ...options,
    }, RMSPROP_STEP, ({ centered, momentum }) => ({
      square_avg: 0, ...(centered ? { grad_avg: 0 } : {}), ...(momentum > 0 ? { momentum_buffer: 0 } : {}),
    }));
  }
}
