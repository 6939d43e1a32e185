import { UsageError } from "../vocab/errors.ts";
import { cosine, linear, positive, Scheduler, type Scheduled } from "./scheduler.ts";

export interface WarmRestartOptions {
  /** Steps of the first cycle. */
  readonly steps: number;
  /** Each cycle is longer than the one before by this factor. */
  readonly growth?: number;
  readonly minimum?: number;
}
/** Half cosines from the base rate to `minimum`, again and again. SGDR, Loshchilov and Hutter 2017. */
export class CosineAnnealingWarmRestarts extends Scheduler {
  readonly options: Required<WarmRestartOptions>;
  constructor(optimizer: Scheduled, options: WarmRestartOptions) {
    super(optimizer);
    this.options = { growth: 1, minimum: 0, ...options };
    positive("CosineAnnealingWarmRestarts: steps", options.steps);
    if (this.options.growth < 1) {
      throw new UsageError(`CosineAnnealingWarmRestarts: growth is ${this.options.growth}; it must be 1 or more`);
    }
    this.apply();
  }
  override rate(base: number, count: number): number {
    const { growth, minimum, steps } = this.options;
    let length = steps, at = count;
    while (at >= length) {
      at -= length;
      length *= growth;
    }
    return cosine(base, minimum, at / length);
  }
}

export interface CyclicOptions {
  /** The lowest rate. */
  readonly baseLr: number;
  /** The highest rate, of the first cycle at least. */
  readonly maxLr: number;
  readonly stepsUp?: number;
  /** Default: as many as up. */
  readonly stepsDown?: number;
  /** The height stays, halves with every cycle, or is multiplied by gamma in every step. */
  readonly mode?: "triangular" | "triangular2" | "exp_range";
  readonly gamma?: number;
}
/** Up and down along lines between two rates. Smith 2017; as torch's CyclicLR with cycle_momentum=False. */
export class CyclicLR extends Scheduler {
  readonly options: Required<CyclicOptions>;
  constructor(optimizer: Scheduled, options: CyclicOptions) {
    super(optimizer);
    const stepsUp = positive("CyclicLR: stepsUp", options.stepsUp ?? 2000);
    this.options = { stepsUp, stepsDown: stepsUp, mode: "triangular", gamma: 1, ...options };
    this.apply();
  }
  override rate(_: number, count: number): number {
    const { baseLr, maxLr, stepsUp, stepsDown, mode, gamma } = this.options;
    const total = stepsUp + stepsDown, cycle = Math.floor(count / total), at = count / total - cycle;
    const rising = stepsUp / total;
    const height = at <= rising ? at / rising : (at - 1) / (rising - 1);
    const scale = { triangular: 1, triangular2: 0.5 ** cycle, exp_range: gamma ** count }[mode];
    return baseLr + (maxLr - baseLr) * height * scale;
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
  readonly anneal?: "cosine" | "linear";
  /** Fall to the first rate in as many steps as it rose, and only then to the last. */
  readonly threePhase?: boolean;
}
/**
 * Up from maxLr / divFactor to maxLr and down to maxLr / divFactor / finalDivFactor. Smith 2018; as torch's OneCycleLR
 * with cycle_momentum=False.
 */
export class OneCycleLR extends Scheduler {
  readonly options: Required<OneCycleOptions>;
  constructor(optimizer: Scheduled, options: OneCycleOptions) {
    super(optimizer);
    this.options = {
      rising: 0.3, divFactor: 25, finalDivFactor: 1e4, anneal: "cosine", threePhase: false, ...options,
    };
    positive("OneCycleLR: steps", options.steps);
    this.apply();
  }
  override rate(_: number, count: number): number {
    const { maxLr, steps, rising, divFactor, finalDivFactor, anneal, threePhase } = this.options;
    const first = maxLr / divFactor, final = first / finalDivFactor, top = rising * steps - 1, last = steps - 1;
    if (count > last) throw new UsageError(`OneCycleLR: step ${count} is past the ${steps} steps of the cycle`);
    const phases = threePhase
      ? [[top, first, maxLr], [2 * rising * steps - 2, maxLr, first], [last, first, final]]
      : [[top, first, maxLr], [last, maxLr, final]];
    let start = 0;
    for (const [end, from, to] of phases) {
      if (count <= end || end === last) {
        return (anneal === "cosine" ? cosine : linear)(from, to, end === start ? 1 : (count - start) / (end - start));
      }
      start = end;
    }
    return final;
  }
}
