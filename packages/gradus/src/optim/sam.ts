import { abs, add, div, mul, sqrt, square } from "../ops/elementwise.ts";
import { sum } from "../ops/reduce.ts";
import { assign } from "../exec/state.ts";
import { detach, noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { OptimizerWrapper, within, type AnyOptimizer } from "./wrapper.ts";

export interface SAMOptions {
  /** How far the neighbour lies at which the gradient is taken. */
  readonly rho?: number;
  /** Measure the distance relative to each weight's size (ASAM, Kwon et al. 2021). */
  readonly adaptive?: boolean;
}

/**
 * Takes the gradient where the loss is worst nearby, at p + rho g / |g|, and steps from p with it: toward flat minima.
 * Foret et al. 2021, "Sharpness-aware minimization for efficiently improving generalization".
 */
export class SAM extends OptimizerWrapper {
  readonly rho: number;
  readonly adaptive: boolean;

  constructor(base: AnyOptimizer, options: SAMOptions = {}) {
    super(base);
    this.rho = within("SAM: rho", options.rho ?? 0.05, 0, Infinity);
    this.adaptive = options.adaptive ?? false;
  }
  /**
   * `closure` clears the gradients, computes the loss, calls backward and returns the loss; it runs twice. Returns the
   * loss at the weights themselves.
   */
  step(closure: () => Tensor): Tensor {
    const loss = closure();
    const before = noGrad(() => {
      const moving = this.parameters.filter((p) => p.grad !== null);
      const stretched = moving.map((p) => (this.adaptive ? mul(abs(p), p.grad!) : p.grad!));
      const length = sqrt(stretched.map((g) => sum(square(g))).reduce((a, b) => add(a, b)));
      const factor = div(this.rho, add(length, 1e-12));
      return moving.map((p) => {
        const own = detach(p);
        const way = this.adaptive ? mul(square(p), p.grad!) : p.grad!;
        assign(p, add(p, mul(way, factor)).to(p.dtype));
        return [p, own] as const;
      });
    });
    closure();
    noGrad(() => {
      for (const [p, own] of before) assign(p, own);
    });
    this.base.step();
    return loss;
  }
  stateDict(): Record<string, Tensor> {
    return this.base.stateDict();
  }
  loadStateDict(record: Readonly<Record<string, Tensor>>): void {
    this.base.loadStateDict(record);
  }
}
