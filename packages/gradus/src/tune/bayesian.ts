import type { RandomStream } from "../vocab/random.ts";
import { GaussianProcess, type Prediction } from "./gaussian-process.ts";
import { observations, randomValues, type Observation } from "./sampling.ts";
import { placesOf, valuesAt, type Space, type Values } from "./space.ts";
import type { History, Proposal, Strategy } from "./study.ts";

export interface BayesianOptions {
  /** Trials at random before the first model (default 5). */
  readonly startup?: number;
  /** Points at which the model is asked for each proposal (default 500). */
  readonly candidates?: number;
}
/** Trials beyond this many are left out of the model, the worst first: its cost grows with their cube. */
const LARGEST = 200;

/** The density and the distribution of a standard normal number. */
const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
/** Abramowitz and Stegun 1964, 26.2.17; error below 7.5e-8. */
function distribution(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail = density(z) * t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z > 0 ? 1 - tail : tail;
}
/** How much lower than `best` a point is expected to be: E max(best - y, 0). Mockus 1975; Jones et al. 1998. */
export function expectedImprovement({ mean, deviation }: Prediction, best: number): number {
  const z = (best - mean) / deviation;
  return (best - mean) * distribution(z) + deviation * density(z);
}

/** Bayesian optimization: a Gaussian process of what is known, and the point of the largest expected improvement. */
export class Bayesian implements Strategy {
  readonly options: Required<BayesianOptions>;
  constructor(options: BayesianOptions = {}) {
    this.options = { startup: 5, candidates: 500, ...options };
  }
  propose({ space, trials, random }: History): Proposal {
    const known = observations(trials).sort((a, b) => a.value - b.value).slice(0, LARGEST);
    if (known.length < this.options.startup) return { values: randomValues(space, random) };
    const points = known.map(({ values }) => coordinates(space, values));
    const process = new GaussianProcess(points, known.map(({ value }) => value));
    const best = known[0].value;
    const score = (values: Values): number =>
      expectedImprovement(process.predict(coordinates(space, values)), best);
    return { values: climb(space, known, this.options.candidates, score, random) };
  }
}
/** A point for the process: a number's place, and a coordinate per value of a choice. */
function coordinates(space: Space, values: Values): number[] {
  return Object.entries(space).flatMap(([name, parameter]) => parameter.choices === null
    ? [parameter.placeOf(values[name])]
    : parameter.choices.map((value) => (value === values[name] ? 0.5 : 0)));
}
/** The best of random points, of neighbours of the best trials, and of ever closer neighbours of that. */
function climb(
  space: Space, known: readonly Observation[], candidates: number, score: (values: Values) => number,
  random: RandomStream,
): Values {
  let best: Values = known[0].values, highest = -Infinity;
  const consider = (values: Values): void => {
    const value = score(values);
    if (value > highest) [highest, best] = [value, values];
  };
  for (let i = 0; i < candidates; i++) consider(randomValues(space, random));
  for (const { values } of known.slice(0, 3)) {
    for (let i = 0; i < candidates / 20; i++) consider(neighbour(space, values, 0.1, random));
  }
  for (let radius = 0.1; radius > 1e-3; radius *= 0.7) {
    for (let i = 0; i < candidates / 50; i++) consider(neighbour(space, best, radius, random));
  }
  return best;
}
function neighbour(space: Space, values: Values, radius: number, random: RandomStream): Values {
  const places = placesOf(space, values);
  return valuesAt(space, Object.values(space).map((parameter, i) => {
    if (parameter.choices !== null) return random.uniform() < radius ? random.uniform() : places[i];
    const moved = places[i] + radius * random.normal();
    return moved < 0 || moved > 1 ? random.uniform() : moved;
  }));
}
