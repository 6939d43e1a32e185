import { cosine, linear, positive, Scheduler, type Scheduled } from "./scheduler.ts";

/** Times gamma every `stepSize` steps. */
export class StepLR extends Scheduler {
  readonly stepSize: number;
  readonly gamma: number;
  constructor(optimizer: Scheduled, options: { readonly stepSize: number; readonly gamma?: number }) {
    super(optimizer);
    this.stepSize = positive("StepLR: stepSize", options.stepSize);
    this.gamma = options.gamma ?? 0.1;
  }
  override rate(base: number, count: number): number {
    return base * this.gamma ** Math.floor(count / this.stepSize);
  }
}
/** Times gamma at each milestone; one that is given twice counts twice. */
export class MultiStepLR extends Scheduler {
  readonly milestones: readonly number[];
  readonly gamma: number;
  constructor(optimizer: Scheduled, options: { readonly milestones: readonly number[]; readonly gamma?: number }) {
    super(optimizer);
    this.milestones = options.milestones;
    this.gamma = options.gamma ?? 0.1;
    this.apply();
  }
  override rate(base: number, count: number): number {
    return base * this.gamma ** this.milestones.filter((at) => at <= count).length;
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
/** The rate before times a function of the count, from step 1 on. */
export class MultiplicativeLR extends Scheduler {
  readonly factor: (count: number) => number;
  /** Products of the factors up to each count. */
  readonly #products = [1];
  constructor(optimizer: Scheduled, factor: (count: number) => number) {
    super(optimizer);
    this.factor = factor;
  }
  override rate(base: number, count: number): number {
    for (let i = this.#products.length; i <= count; i++) this.#products.push(this.#products[i - 1] * this.factor(i));
    return base * this.#products[count];
  }
}
/** Times `factor` for the first `steps` steps, the base rate after. */
export class ConstantLR extends Scheduler {
  readonly factor: number;
  readonly steps: number;
  constructor(optimizer: Scheduled, options: { readonly factor?: number; readonly steps?: number } = {}) {
    super(optimizer);
    this.factor = options.factor ?? 1 / 3;
    this.steps = options.steps ?? 5;
    this.apply();
  }
  override rate(base: number, count: number): number {
    return count < this.steps ? base * this.factor : base;
  }
}
/** A factor that goes from `startFactor` to `endFactor` along a line in `steps` steps. */
export class LinearLR extends Scheduler {
  readonly startFactor: number;
  readonly endFactor: number;
  readonly steps: number;
  constructor(
    optimizer: Scheduled,
    options: { readonly startFactor?: number; readonly endFactor?: number; readonly steps?: number } = {},
  ) {
    super(optimizer);
    this.startFactor = options.startFactor ?? 1 / 3;
    this.endFactor = options.endFactor ?? 1;
    this.steps = positive("LinearLR: steps", options.steps ?? 5);
    this.apply();
  }
  override rate(base: number, count: number): number {
    return base * linear(this.startFactor, this.endFactor, Math.min(1, count / this.steps));
  }
}
/** Base rate times (1 - count / steps)^power, 0 after. */
export class PolynomialLR extends Scheduler {
  readonly steps: number;
  readonly power: number;
  constructor(optimizer: Scheduled, options: { readonly steps?: number; readonly power?: number } = {}) {
    super(optimizer);
    this.steps = positive("PolynomialLR: steps", options.steps ?? 5);
    this.power = options.power ?? 1;
  }
  override rate(base: number, count: number): number {
    return base * Math.max(0, 1 - count / this.steps) ** this.power;
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
    return cosine(base, this.minimum, count / this.steps);
  }
}
/** From the base rate to `target` in `steps` steps, then constant: while weights are averaged. As swa_utils.SWALR. */
export class SWALR extends Scheduler {
  readonly target: number;
  readonly steps: number;
  readonly anneal: "cosine" | "linear";
  constructor(
    optimizer: Scheduled,
    options: { readonly target: number; readonly steps?: number; readonly anneal?: "cosine" | "linear" },
  ) {
    super(optimizer);
    this.target = options.target;
    this.steps = positive("SWALR: steps", options.steps ?? 10);
    this.anneal = options.anneal ?? "cosine";
  }
  override rate(base: number, count: number): number {
    return (this.anneal === "cosine" ? cosine : linear)(base, this.target, Math.min(1, count / this.steps));
  }
}
