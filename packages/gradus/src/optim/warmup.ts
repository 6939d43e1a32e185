import { cosine, positive, Scheduler, type Scheduled } from "./scheduler.ts";

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
    return cosine(base, this.minimum, Math.min(1, (count - this.warmup) / Math.max(1, this.steps - this.warmup)));
  }
}
/**
 * base width^-1/2 min(n^-1/2, n warmup^-3/2), n = count + 1: up along a line, down as the inverse root. Vaswani et al.
 * 2017, section 5.3, with base rate 1.
 */
export class NoamLR extends Scheduler {
  readonly width: number;
  readonly warmup: number;
  constructor(optimizer: Scheduled, options: { readonly width: number; readonly warmup?: number }) {
    super(optimizer);
    this.width = positive("NoamLR: width", options.width);
    this.warmup = positive("NoamLR: warmup", options.warmup ?? 4000);
    this.apply();
  }
  override rate(base: number, count: number): number {
    const n = count + 1;
    return base * this.width ** -0.5 * Math.min(n ** -0.5, n * this.warmup ** -1.5);
  }
}
