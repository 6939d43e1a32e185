import { clamp, gt, lt, mul, sign, sub, where } from "../ops/elementwise.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

export interface RpropOptions {
  /** The first length of the steps. */
  readonly lr?: number;
  /** Factors of a step's length after a change of the gradient's sign and without one. */
  readonly etas?: readonly [number, number];
  /** Shortest and longest step. */
  readonly stepSizes?: readonly [number, number];
  readonly maximize?: boolean;
}

const RPROP_STEP = rule<RpropOptions>("rprop", (
  { p, g, slots: { prev, step_size: size } }, { etas: [shorter, longer], stepSizes: [least, most] },
) => {
  const agreement = mul(g, prev), turned = lt(agreement, 0);
  const kept = where(turned, mul(size, shorter), size);
  const length = clamp(where(gt(agreement, 0), mul(size, longer), kept), least, most);
  const d = where(turned, 0, g);
  return { p: sub(p, mul(sign(d), length)), prev: d, step_size: length };
});

/**
 * Each number moves by a length of its own against the gradient's sign; the length grows while the sign stays and
 * shrinks when it turns. For whole batches. Riedmiller and Braun 1993; as torch.optim.Rprop.
 */
export class Rprop extends Optimizer<RpropOptions> {
  constructor(parameters: Parameters<RpropOptions>, options: RpropOptions = {}) {
    super(parameters, { lr: 1e-2, etas: [0.5, 1.2], stepSizes: [1e-6, 50], maximize: false, ...options },
      RPROP_STEP, ({ lr }) => ({ prev: 0, step_size: lr }));
  }
}
