import { UsageError } from "../vocab/errors.ts";

/** What a scheduler changes: the groups of an optimizer. */
export interface Scheduled {
  readonly groups: readonly { lr: number }[];
}
/** What a schedule must know to go on. */
export interface SchedulerState {
  readonly count: number;
  readonly baseRates: readonly number[];
}

/** Learning rates as a function of how many times `step` was called. As torch.optim.lr_scheduler, in closed form. */
export abstract class Scheduler {
  readonly optimizer: Scheduled;
  readonly #baseRates: number[];
  /** How many steps were taken. */
  count = 0;

  constructor(optimizer: Scheduled) {
    this.optimizer = optimizer;
    this.#baseRates = optimizer.groups.map((group) => group.lr);
  }
  /** The rate that each group had at the start. */
  get baseRates(): readonly number[] {
    return this.#baseRates;
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
    this.optimizer.groups.forEach((group, i) => {
      // A group that came later starts from the rate it came with.
      this.#baseRates[i] ??= group.lr;
      group.lr = this.rate(this.#baseRates[i], this.count);
    });
  }
  /** Rates of the first `steps` steps for the first group, for a plot. */
  preview(steps: number): number[] {
    return Array.from({ length: steps }, (_, count) => this.rate(this.#baseRates[0], count));
  }
  /** Count and base rates, as plain numbers. */
  stateDict(): SchedulerState {
    return { count: this.count, baseRates: [...this.#baseRates] };
  }
  /** Goes on where `stateDict` was made, and sets the rates. */
  loadStateDict(record: SchedulerState): void {
    record.baseRates.forEach((rate, i) => { this.#baseRates[i] = rate; });
    this.resume(record.count);
  }
}

/** From a (at 0) to b (at 1) along half a cosine. */
export const cosine = (a: number, b: number, at: number): number => b + (a - b) * (1 + Math.cos(Math.PI * at)) / 2;
/** From a (at 0) to b (at 1) along a line. */
export const linear = (a: number, b: number, at: number): number => a + (b - a) * at;

/** An option above 0, or an error that says so. */
export function positive(what: string, value: number): number {
  if (!(value > 0)) throw new UsageError(`${what} is ${value}; it must be a number above 0`);
  return value;
}
