import { add, cast, eq, mul, remainder, sub, where } from "../ops/elementwise.ts";
import { assign, eagerly } from "../exec/state.ts";
import { state, tensor } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { loadStates, prefixed, saveStates, under } from "./states.ts";
import { OptimizerWrapper, within, type AnyOptimizer } from "./wrapper.ts";

export interface LookaheadOptions {
  /** Steps of the inner optimizer per step of the slow weights. */
  readonly k?: number;
  /** How far the slow weights go toward the fast ones. */
  readonly alpha?: number;
}

/**
 * Every k steps of another optimizer, slow weights move the share alpha toward where it got, and it goes on from there.
 * Zhang et al. 2019, "Lookahead optimizer: k steps forward, 1 step back".
 */
export class Lookahead extends OptimizerWrapper {
  readonly k: number;
  readonly alpha: number;
  readonly #slow: readonly Tensor[];
  readonly #count = eagerly(() => state(tensor(0, { dtype: "i32" })));

  constructor(base: AnyOptimizer, options: LookaheadOptions = {}) {
    super(base);
    this.k = within("Lookahead: k", options.k ?? 5, 1, Infinity);
    this.alpha = within("Lookahead: alpha", options.alpha ?? 0.5, 0, 1);
    this.#slow = this.parameters.map((p) => eagerly(() => state(p)));
  }
  step(): void {
    this.base.step();
    noGrad(() => {
      assign(this.#count, add(this.#count, 1));
      const due = eq(remainder(this.#count, this.k), 0);
      this.parameters.forEach((fast, i) => {
        const slow = this.#slow[i];
        const next = where(due, add(slow, mul(sub(fast, slow), this.alpha)), slow);
        assign(slow, cast(next, slow.dtype));
        assign(fast, cast(where(due, next, fast), fast.dtype));
      });
    });
  }
  /** The inner optimizer's state under `base.`, and the slow weights. */
  stateDict(): Record<string, Tensor> {
    return { ...saveStates(this.#states()), ...prefixed(this.base.stateDict(), "base.") };
  }
  loadStateDict(record: Readonly<Record<string, Tensor>>): void {
    loadStates("Lookahead", this.#states(), record);
    this.base.loadStateDict(under(record, "base."));
  }
  #states(): Map<string, Tensor> {
    return new Map([["step", this.#count], ...this.#slow.map((slow, i) => [`slow.${i}`, slow] as const)]);
  }
}
