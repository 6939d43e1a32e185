import { UsageError } from "../vocab/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Optimizer } from "./optimizer.ts";

/** Any optimizer, whatever its options. */
export type AnyOptimizer = Pick<Optimizer<{ lr?: number }>,
  "lr" | "zeroGrad" | "step" | "stateDict" | "loadStateDict"> & {
    readonly groups: readonly { lr: number; readonly parameters: readonly Tensor[] }[];
  };

/** An optimizer around another one: groups and rates are the inner one's, so that schedules reach it. */
export abstract class OptimizerWrapper {
  readonly base: AnyOptimizer;

  constructor(base: AnyOptimizer) {
    this.base = base;
  }
  get groups(): AnyOptimizer["groups"] {
    return this.base.groups;
  }
  get lr(): number {
    return this.base.lr;
  }
  set lr(value: number) {
    this.base.lr = value;
  }
  zeroGrad(): void {
    this.base.zeroGrad();
  }
  protected get parameters(): Tensor[] {
    return this.base.groups.flatMap((group) => group.parameters);
  }
}

/** An option that must lie in a range, or an error that says so. */
export function within(what: string, value: number, low: number, high: number): number {
  if (!(value >= low && value <= high)) {
    throw new UsageError(`${what} is ${value}; it must lie between ${low} and ${high}`);
  }
  return value;
}
