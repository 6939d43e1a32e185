import { UsageError } from "../vocab/errors.ts";
import { RandomSearch } from "./sampling.ts";
import type { History, Proposal, Stopping, Strategy, Trial } from "./study.ts";

export interface HalvingOptions {
  /** Budgets of the first and of the last round. */
  readonly minimum: number;
  readonly maximum: number;
  /** Of this many trials one goes on, with this many times the budget (default 3). */
  readonly factor?: number;
  /** Where new parameters come from (default: at random). */
  readonly source?: Strategy;
}
/** A round: so many trials with this budget. */
interface Round {
  readonly count: number;
  readonly budget: number;
}
function checkFactor(what: string, minimum: number, maximum: number, factor: number): void {
  if (!(minimum > 0 && maximum >= minimum && factor > 1)) {
    throw new UsageError(`${what}: budgets from ${minimum} to ${maximum} by a factor of ${factor}; they are numbers ` +
      "above 0, the smaller first, and the factor is above 1");
  }
}

/**
 * Brackets of rounds: in each round the better 1/factor of the trials goes on with `factor` times the budget. The order
 * of the journal alone says where a bracket stands, so it goes on after a kill.
 */
abstract class Brackets implements Strategy {
  readonly #source: Strategy;
  constructor(source: Strategy = new RandomSearch()) {
    this.#source = source;
  }
  protected abstract readonly brackets: readonly (readonly Round[])[];

  propose(history: History): Proposal | "wait" | null {
    const { trials } = history;
    let waiting = false;
    const fresh = trials.filter(({ parent }) => parent === null);
    let first = 0;
    for (const rounds of this.brackets) {
      let entrants: readonly Trial[] = fresh.slice(first, first + rounds[0].count);
      first += rounds[0].count;
      if (entrants.length < rounds[0].count) {
        const proposal = this.#source.propose({ ...history, trials: trials.filter(({ budget }) =>
          budget === rounds[0].budget) });
        return proposal === null || proposal === "wait" ? proposal : { ...proposal, budget: rounds[0].budget };
      }
      for (const { count, budget } of rounds.slice(1)) {
        if (entrants.some(({ state }) => state === "running")) {
          waiting = true;
          break;
        }
        const best = entrants.filter(({ value }) => value !== null)
          .sort((a, b) => a.value! - b.value! || a.id - b.id).slice(0, count);
        const next = best.map(({ id }) => trials.find(({ parent }) => parent === id));
        const missing = next.indexOf(undefined);
        if (missing >= 0) return { values: best[missing].values, budget, parent: best[missing].id };
        entrants = next as Trial[];
      }
    }
    return waiting ? "wait" : null;
  }
}

/** One bracket of successive halving. Karnin, Koren, Somekh 2013; Jamieson and Talwalkar 2016. */
export class SuccessiveHalving extends Brackets {
  protected override readonly brackets: readonly (readonly Round[])[];
  /** `count` trials enter the first round. */
  constructor({ minimum, maximum, factor = 3, source, count }: HalvingOptions & { readonly count: number }) {
    super(source);
    checkFactor("SuccessiveHalving", minimum, maximum, factor);
    const rounds: Round[] = [];
    for (let n = count, budget = minimum; n >= 1 && budget <= maximum; n = Math.floor(n / factor), budget *= factor) {
      rounds.push({ count: n, budget });
    }
    this.brackets = [rounds];
  }
  /** How many trials there are in all. */
  get trials(): number {
    return this.brackets.flat().reduce((sum, { count }) => sum + count, 0);
  }
}

/**
 * Hyperband: brackets of successive halving from many short trials to few long ones, so that neither a slow start nor a
 * waste of budget decides. Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar 2018.
 */
export class Hyperband extends Brackets {
  protected override readonly brackets: readonly (readonly Round[])[];
  constructor({ minimum, maximum, factor = 3, source }: HalvingOptions) {
    super(source);
    checkFactor("Hyperband", minimum, maximum, factor);
    const most = Math.floor(Math.log(maximum / minimum) / Math.log(factor) + 1e-9);
    this.brackets = Array.from({ length: most + 1 }, (_, i) => {
      const s = most - i, n = Math.ceil(((most + 1) / (s + 1)) * factor ** s);
      return Array.from({ length: s + 1 }, (_, round) =>
        ({ count: Math.max(1, Math.floor(n / factor ** round)), budget: maximum / factor ** (s - round) }));
    });
  }
  /** How many trials there are in all. */
  get trials(): number {
    return this.brackets.flat().reduce((sum, { count }) => sum + count, 0);
  }
}

/**
 * Asynchronous successive halving, by stopping: a trial that reports at a rung, minimum factor^k, goes on if it is
 * among the best 1/factor of those that have reported there so far. Li et al. 2020, "A system for massively parallel
 * hyperparameter tuning", section 3.2.
 */
export class Asha implements Stopping {
  readonly minimum: number;
  readonly factor: number;
  constructor(options: { readonly minimum: number; readonly factor?: number }) {
    this.minimum = options.minimum;
    this.factor = options.factor ?? 3;
    checkFactor("Asha", this.minimum, this.minimum, this.factor);
  }
  goesOn(trial: Trial, trials: readonly Trial[]): boolean {
    const { resource } = trial.reports[trial.reports.length - 1];
    const before = trial.reports[trial.reports.length - 2]?.resource ?? 0;
    const level = Math.floor(Math.log(resource / this.minimum) / Math.log(this.factor) + 1e-9);
    const rung = this.minimum * this.factor ** level;
    if (resource < this.minimum || before >= rung) return true;
    const at = ({ reports }: Trial): number | null => reports.find((report) => report.resource >= rung)?.value ?? null;
    const reached = trials.map(at).filter((value) => value !== null).sort((a, b) => a - b);
    const kept = Math.max(1, Math.floor(reached.length / this.factor));
    return at(trial)! <= reached[kept - 1];
  }
}
