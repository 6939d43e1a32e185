import { add, div, mul, sqrt, sub } from "../ops/elementwise.ts";
import { blendSquare, penalized } from "./arithmetic.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

export interface AdadeltaOptions {
  readonly lr?: number;
  /** How slowly both averages move. */
  readonly rho?: number;
  readonly eps?: number;
  readonly weightDecay?: number;
  readonly maximize?: boolean;
}

const ADADELTA_STEP = rule<AdadeltaOptions>("adadelta", (
  { p, g, lr, slots: { square_avg: squares, acc_delta: moves } }, { rho, eps, weightDecay },
) => {
  const d = penalized(g, p, weightDecay);
  const v = blendSquare(squares, d, rho);
  const move = mul(div(sqrt(add(moves, eps)), sqrt(add(v, eps))), d);
  return { p: sub(p, mul(move, lr)), square_avg: v, acc_delta: blendSquare(moves, move, rho) };
});

/**
 * p = p - lr sqrt(u + eps) / sqrt(v + eps) g, v and u the running averages of g^2 and of the squared moves. Zeiler
 * 2012; as torch.optim.Adadelta.
 */
export class Adadelta extends Optimizer<AdadeltaOptions> {
  constructor(parameters: Parameters<AdadeltaOptions>, options: AdadeltaOptions = {}) {
    super(parameters, { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false, ...options },
      ADADELTA_STEP, () => ({ square_avg: 0, acc_delta: 0 }));
  }
}
