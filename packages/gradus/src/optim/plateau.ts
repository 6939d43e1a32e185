import { within } from "./wrapper.ts";
import type { Scheduled } from "./scheduler.ts";

export interface PlateauOptions {
  /** Whether the measure is to fall or to rise. */
  readonly mode?: "min" | "max";
  readonly factor?: number;
  /** Steps without progress that are let pass. */
  readonly patience?: number;
  /** What counts as progress: relative to the best, or absolute. */
  readonly threshold?: number;
  readonly thresholdMode?: "rel" | "abs";
  /** Steps after a reduction in which nothing is counted. */
  readonly cooldown?: number;
  readonly minLr?: number;
  /** A change smaller than this is not made. */
  readonly eps?: number;
}
/** What the schedule must know to go on. */
export interface PlateauState {
  /** null before the first step. */
  readonly best: number | null;
  readonly bad: number;
  readonly cooling: number;
  readonly rates: readonly number[];
}

/** The rate times `factor` whenever a measure has stopped getting better. As torch's ReduceLROnPlateau. */
export class ReduceLROnPlateau {
  readonly optimizer: Scheduled;
  readonly options: Required<PlateauOptions>;
  #best: number | null = null;
  #bad = 0;
  #cooling = 0;

  constructor(optimizer: Scheduled, options: PlateauOptions = {}) {
    this.optimizer = optimizer;
    this.options = {
      mode: "min", factor: 0.1, patience: 10, threshold: 1e-4, thresholdMode: "rel", cooldown: 0, minLr: 0, eps: 1e-8,
      ...options,
    };
    within("ReduceLROnPlateau: factor", this.options.factor, 0, 1);
  }
  /** Takes the measure of one more epoch. */
  step(measure: number): void {
    const { patience, cooldown } = this.options;
    if (this.#better(measure)) {
      this.#best = measure;
      this.#bad = 0;
    } else {
      this.#bad++;
    }
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#bad = 0;
    }
    if (this.#bad > patience) {
      this.#reduce();
      this.#cooling = cooldown;
      this.#bad = 0;
    }
  }
  #better(measure: number): boolean {
    const { mode, threshold, thresholdMode } = this.options;
    if (this.#best === null) return true;
    const sign = mode === "min" ? -1 : 1;
    const bar = thresholdMode === "rel" ? this.#best * (1 + sign * threshold) : this.#best + sign * threshold;
    return sign * measure > sign * bar;
  }
  #reduce(): void {
    const { factor, minLr, eps } = this.options;
    for (const group of this.optimizer.groups) {
      const next = Math.max(group.lr * factor, minLr);
      if (group.lr - next > eps) group.lr = next;
    }
  }
  stateDict(): PlateauState {
    return {
      best: this.#best, bad: this.#bad, cooling: this.#cooling, rates: this.optimizer.groups.map((group) => group.lr),
    };
  }
  loadStateDict(record: PlateauState): void {
    [this.#best, this.#bad, this.#cooling] = [record.best, record.bad, record.cooling];
    this.optimizer.groups.forEach((group, i) => { group.lr = record.rates[i] ?? group.lr; });
  }
}
