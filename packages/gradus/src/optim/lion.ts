import { mul, sign, sub } from "../ops/elementwise.ts";
import { blend, shrunk } from "./arithmetic.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

export interface LionOptions {
  readonly lr?: number;
  /** How much of the average the step takes, and how slowly the average moves. */
  readonly betas?: readonly [number, number];
  readonly weightDecay?: number;
  readonly maximize?: boolean;
}

const LION_STEP = rule<LionOptions>("lion", (
  { p, g, lr, slots: { exp_avg: m } }, { betas: [beta1, beta2], weightDecay },
) => ({ p: sub(shrunk(p, lr, weightDecay), mul(sign(blend(m, g, beta1)), lr)), exp_avg: blend(m, g, beta2) }));

/**
 * Every number moves by lr, along the sign of the average gradient. Chen et al. 2023, "Symbolic discovery of
 * optimization algorithms", algorithm 2.
 */
export class Lion extends Optimizer<LionOptions> {
  constructor(parameters: Parameters<LionOptions>, options: LionOptions = {}) {
    super(parameters, { lr: 1e-4, betas: [0.9, 0.99], weightDecay: 0, maximize: false, ...options },
      LION_STEP, () => ({ exp_avg: 0 }));
  }
}
