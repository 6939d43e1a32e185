import { UsageError } from "../vocab/errors.ts";

/** What a scheduler changes: the groups of an optimizer. */
export interface Scheduled {
  readonly groups: readonly { lr: number }[];
}

/** Learning rates as a function of how many times `step` was called. As torch.optim.lr_scheduler, in closed form. */
export abstract class Scheduler {
  readonly optimizer: Scheduled;
  /** The rate that each group had at the start. */
  readonly baseRates: readonly number[];
  /** How many steps were taken. */
  count = 0;

  constructor(optimizer: Scheduled) {
    this.optimizer = optimizer;
    this.baseRates = optimizer.groups.map((group) => group.lr);
  }
  /** The rate of a group with this base rate after `count` steps. */
  abstract rate(base: number, count: number): number;

  /** Moves on by one: after each epoch or each batch, as the schedule counts. */
  step(): void {
    this.count++;
    this.apply();
  }
  /** Goes to a count, as after loading a checkpoint. */
  resume(count: number): void {
    this.count = count;
    this.apply();
  }
  /** Sets the rates of the present count. */
  protected apply(): void {
    this.optimizer.groups.forEach((group, i) => { group.lr = this.rate(this.baseRates[i], this.count); });
  }
  /** Rates of the first `steps` steps for the first group, for a plot. */
  preview(steps: number): number[] {
    return Array.from({ length: steps }, (_, count) => this.rate(this.baseRates[0], count));
  }
}

/** Times gamma every `stepSize` steps. */
export class StepLR extends Scheduler {
  readonly stepSize: number;
  readonly gamma: number;
  constructor(optimizer: Scheduled, options: { readonly stepSize: number; readonly gamma?: number }) {
    super(optimizer);
    this.stepSize = options.stepSize;
    this.gamma = options.gamma ?? 0.1;
  }
  override rate(base: number, count: number): number {
    return base * this.gamma ** Math.floor(count / this.stepSize);
  }
}
/** Times gamma in every step. */
export class ExponentialLR extends Scheduler {
  readonly gamma: number;
  constructor(optimizer: Scheduled, options: { readonly gamma: number }) {
    super(optimizer);
    this.gamma = options.gamma;
  }
  override rate(base: number, count: number): number {
    return base * this.gamma ** count;
  }
}
/** Base rate times a function of the count. */
export class LambdaLR extends Scheduler {
  readonly factor: (count: number) => number;
  constructor(optimizer: Scheduled, factor: (count: number) => number) {
    super(optimizer);
    this.factor = factor;
    this.apply();
  }
  override rate(base: number, count: number): number {
    return base * this.factor(count);
  }
}
/** Half a cosine from the base rate down to `minimum` in `steps` steps (and up again). Loshchilov and Hutter 2017. */
export class CosineAnnealingLR extends Scheduler {
  readonly steps: number;
  readonly minimum: number;
  constructor(optimizer: Scheduled, options: { readonly steps: number; readonly minimum?: number }) {
    super(optimizer);
    this.steps = positive("CosineAnnealingLR: steps", options.steps);
    this.minimum = options.minimum ?? 0;
  }
  override rate(base: number, count: number): number {
    return this.minimum + (base - this.minimum) * (1 + Math.cos(Math.PI * count / this.steps)) / 2;
  }
}
/** Linear from 0 (not included) to the base rate in `warmup` steps, then half a cosine to `minimum` until `steps`. */
export class WarmupCosineLR extends Scheduler {
  readonly warmup: number;
  readonly steps: number;
  readonly minimum: number;
  constructor(
    optimizer: Scheduled, options: { readonly warmup: number; readonly steps: number; readonly minimum?: number },
  ) {
    super(optimizer);
    this.warmup = options.warmup;
    this.steps = positive("WarmupCosineLR: steps", options.steps);
    this.minimum = options.minimum ?? 0;
    this.apply();
  }
  override rate(base: number, count: number): number {
    if (count < this.warmup) return base * (count + 1) / this.warmup;
    const done = Math.min(1, (count - this.warmup) / Math.max(1, this.steps - this.warmup));
    return this.minimum + (base - this.minimum) * (1 + Math.cos(Math.PI * done)) / 2;
  }
}
/** Linear from 0 (not included) to the base rate in `warmup` steps, constant after. */
export class WarmupLR extends Scheduler {
  readonly warmup: number;
  constructor(optimizer: Scheduled, options: { readonly warmup: number }) {
    super(optimizer);
    this.warmup = positive("WarmupLR: warmup", options.warmup);
    this.apply();
  }
  override rate(base: number, count: number): number {
    return base * Math.min(1, (count + 1) / this.warmup);
  }
}
export interface OneCycleOptions {
  /** The highest rate. */
  readonly maxLr: number;
  readonly steps: number;
  /** Share of the steps in which the rate rises. */
  readonly rising?: number;
  /** maxLr over the first rate. */
  readonly divFactor?: number;
  /** The first rate over the last. */
  readonly finalDivFactor?: number;
}
/** Up from maxLr / divFactor to maxLr and down to maxLr / divFactor / finalDivFactor, along cosines. Smith 2018. */
export class OneCycleLR extends Scheduler {
  readonly options: Required<OneCycleOptions>;
  constructor(optimizer: Scheduled, options: OneCycleOptions) {
    super(optimizer);
    this.options = { rising: 0.3, divFactor: 25, finalDivFactor: 1e4, ...options };
    positive("OneCycleLR: steps", options.steps);
    this.apply();
  }
  override rate(_: number, count: number): number {
    const { maxLr, steps, rising, divFactor, finalDivFactor } = this.options;
    const first = maxLr / divFactor, top = rising * steps - 1, last = steps - 1;
    if (count > last) throw new UsageError(`OneCycleLR: step ${count} is past the ${steps} steps of the cycle`);
    return count <= top || last === top
      ? cosine(first, maxLr, top === 0 ? 1 : count / top)
      : cosine(maxLr, first / finalDivFactor, (count - top) / (last - top));
  }
}
/** From a (at 0) to b (at 1) along half a cosine. */
const cosine = (a: number, b: number, at: number): number => b + (a - b) * (1 + Math.cos(Math.PI * at)) / 2;

function positive(what: string, value: number): number {
  if (!(value > 0)) throw new UsageError(`${what} is ${value}; it must be a number above 0`);
  return value;
}
