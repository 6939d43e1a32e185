import type { RandomStream } from "../vocab/random.ts";
import { observations, randomValues, type Observation } from "./sampling.ts";
import { valuesAt, type Parameter } from "./space.ts";
import type { History, Proposal, Strategy } from "./study.ts";

export interface TreeParzenOptions {
  /** Trials at random before the first model (default 10). */
  readonly startup?: number;
  /** Points drawn from the density of good trials for each proposal (default 24). */
  readonly candidates?: number;
  /** Share of the trials that counts as good (default 0.15). */
  readonly good?: number;
}

/**
 * Tree-structured Parzen estimator: a density l of the good trials and one, g, of all others, parameter by parameter;
 * of some draws from l the one with the largest l/g. Bergstra, Bardenet, Bengio, Kégl 2011.
 */
export class TreeParzen implements Strategy {
  readonly options: Required<TreeParzenOptions>;
  constructor(options: TreeParzenOptions = {}) {
    this.options = { startup: 10, candidates: 24, good: 0.15, ...options };
  }
  propose({ space, trials, random }: History): Proposal {
    const { startup, candidates, good } = this.options;
    const known = observations(trials).sort((a, b) => a.value - b.value);
    if (known.length < startup) return { values: randomValues(space, random) };
    const cut = Math.max(2, Math.ceil(good * known.length));
    const places = Object.entries(space).map(([name, parameter]) => {
      const l = densityOf(name, parameter, known.slice(0, cut)), g = densityOf(name, parameter, known.slice(cut));
      let best = 0.5, highest = -Infinity;
      for (let i = 0; i < candidates; i++) {
        const place = l.draw(random), ratio = Math.log(l.at(place)) - Math.log(g.at(place));
        if (ratio > highest) [highest, best] = [ratio, place];
      }
      return best;
    });
    return { values: valuesAt(space, places) };
  }
}

/** A density over places in [0, 1). */
interface Density {
  at(place: number): number;
  draw(random: RandomStream): number;
}
const densityOf = (name: string, parameter: Parameter, known: readonly Observation[]): Density => {
  const values = known.map(({ values: { [name]: value } }) => value);
  return parameter.choices === null
    ? mixture(values.map((value) => parameter.placeOf(value)))
    : frequencies(parameter.choices.map((value) => values.filter((other) => other === value).length));
};
/** How often each choice was taken, and once more. */
function frequencies(counts: readonly number[]): Density {
  const total = counts.reduce((sum, n) => sum + n + 1, 0);
  const share = (i: number): number => (counts[i] + 1) / total;
  const index = (place: number): number => Math.min(counts.length - 1, Math.floor(place * counts.length));
  return {
    at: (place) => share(index(place)),
    draw(random) {
      let rest = random.uniform(), i = 0;
      while (i < counts.length - 1 && rest >= share(i)) rest -= share(i++);
      return (i + 0.5) / counts.length;
    },
  };
}
/**
 * Equal parts of the uniform density and of a normal one around every place, as wide as the larger distance to its
 * neighbours, within limits that shrink as places become many.
 */
function mixture(places: readonly number[]): Density {
  const sorted = [...places].sort((a, b) => a - b);
  const narrowest = 1 / Math.min(100, 1 + sorted.length);
  const widths = sorted.map((place, i) => {
    const before = place - (sorted[i - 1] ?? 0), after = (sorted[i + 1] ?? 1) - place;
    return Math.min(1, Math.max(narrowest, before, after));
  });
  return {
    at(place) {
      const total = sorted.reduce((sum, centre, i) =>
        sum + Math.exp(-0.5 * ((place - centre) / widths[i]) ** 2) / (widths[i] * Math.sqrt(2 * Math.PI)), 1);
      return total / (sorted.length + 1);
    },
    draw(random) {
      const i = random.integer(sorted.length + 1);
      if (i === sorted.length) return random.uniform();
      for (;;) {
        const place = sorted[i] + widths[i] * random.normal();
        if (place >= 0 && place < 1) return place;
      }
    },
  };
}
