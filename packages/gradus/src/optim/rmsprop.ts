import type { Tensor } from "../tensor/tensor.ts";
import type { CompositeDefinition } from "../ir/op.ts";
import { applyAll } from "../ops/composite.ts";
import { add, div, mul, neg, sqrt, square, sub } from "../ops/elementwise.ts";
import { Optimizer, type Group, type Parameters, type Slots } from "./optimizer.ts";

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

/** Operands: p, g, learning rate, average square, then the average (centered) and the velocity (momentum). */
const RMSPROP_STEP: CompositeDefinition = {
  name: "rmsprop",
  body: ([p, g, lr, squares, ...rest], { alpha, eps, weightDecay, momentum, centered, maximize }) => {
    const uphill = maximize === true ? neg(g) : g;
    const d = Number(weightDecay) === 0 ? uphill : add(uphill, mul(p, Number(weightDecay)));
    const v = add(mul(squares, Number(alpha)), mul(square(d), 1 - Number(alpha)));
    const average = centered === true ? [add(rest[0], mul(sub(d, rest[0]), 1 - Number(alpha)))] : [];
    const variance = centered === true ? sub(v, square(average[0])) : v;
    const move = div(d, add(sqrt(variance), Number(eps)));
    if (Number(momentum) === 0) return [sub(p, mul(move, lr)), v, ...average];
    const velocity = add(mul(rest[rest.length - 1], Number(momentum)), move);
    return [sub(p, mul(velocity, lr)), v, ...average, velocity];
  },
};

/** p = p - lr g / (sqrt(v) + eps), v the running average of g^2. Tieleman and Hinton 2012; as torch.optim.RMSprop. */
export class RMSprop extends Optimizer<RMSpropOptions> {
  constructor(parameters: Parameters<RMSpropOptions>, options: RMSpropOptions = {}) {
    super(parameters, {
      lr: 1e-2, alpha: 0.99, eps: 1e-8, weightDecay: 0, momentum: 0, centered: false, maximize: false, ...options,
    }, ({ centered, momentum }) =>
      ["square_avg", ...(centered ? ["grad_avg"] : []), ...(momentum > 0 ? ["momentum_buffer"] : [])]);
  }
  protected override update(
    p: Tensor, g: Tensor, { values }: Slots, { options, rate }: Group<Required<RMSpropOptions>>,
  ): readonly (readonly [Tensor, Tensor])[] {
    const { lr: _, ...attributes } = options;
    const kept = Object.values(values);
    const next = applyAll(RMSPROP_STEP, [p, g, rate, ...kept], attributes);
    return [p, ...kept].map((target, i) => [target, next[i]]);
  }
}
