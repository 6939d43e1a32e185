import type { RandomStream } from "../vocab/random.ts";
import { UsageError } from "../vocab/errors.ts";
import { valuesAt, type Space, type Values } from "./space.ts";
import type { History, Proposal, Strategy, Trial } from "./study.ts";

/** Every parameter at random. Bergstra and Bengio 2012. */
export class RandomSearch implements Strategy {
  propose({ space, random }: History): Proposal {
    return { values: randomValues(space, random) };
  }
}
export const randomValues = (space: Space, random: RandomStream): Values =>
  valuesAt(space, Object.keys(space).map(() => random.uniform()));

/** All combinations of a few values per parameter, in order; the last parameter changes fastest. */
export class GridSearch implements Strategy {
  /** Values per parameter that is a number. */
  readonly count: number;
  constructor(count: number) {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new UsageError(`GridSearch: ${count} values per parameter; it takes a whole number from 1 on`);
    }
    this.count = count;
  }
  propose({ space, trials }: History): Proposal | null {
    const values: Record<string, Values[string]> = {};
    let rest = trials.length;
    for (const [name, parameter] of Object.entries(space).reverse()) {
      const grid = parameter.grid(this.count);
      values[name] = grid[rest % grid.length];
      rest = Math.floor(rest / grid.length);
    }
    if (rest > 0) return null;
    return { values: Object.fromEntries(Object.keys(space).map((name) => [name, values[name]])) };
  }
}

/** Values and results that a model of the objective learns from. */
export interface Observation {
  readonly values: Values;
  readonly value: number;
}
/**
 * What is known, lower is better. A trial that runs or has failed counts as the worst seen, so that its neighbourhood
 * is not tried again: the constant liar of Ginsbourger, Le Riche and Carraro 2010.
 */
export function observations(trials: readonly Trial[]): Observation[] {
  const known = trials.filter((trial): trial is Trial & { value: number } =>
    trial.value !== null && (trial.state === "done" || trial.state === "stopped"));
  if (known.length === 0) return [];
  const worst = Math.max(...known.map(({ value }) => value));
  return trials.flatMap(({ values, value, state }) => {
    if (state === "running" || state === "failed") return [{ values, value: worst }];
    return value === null ? [] : [{ values, value }];
  });
}
