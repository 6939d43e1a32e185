import { UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import { generate, matrix } from "../linalg/host/matrix.ts";
import { solve } from "../linalg/host/solve.ts";

export interface MarkovOptions {
  /** Transitions of each kind that count as seen beforehand. */
  readonly smoothing?: number;
}
/**
 * A chain whose next state depends on the present one alone: p(x_(t+1) | x_t). States are any values, in the order in
 * which they were seen. Markov 1906.
 */
export class MarkovChain<T> {
  readonly smoothing: number;
  states: readonly T[] = [];
  /** Row: from; column: to; rows sum to 1. */
  transitions: readonly Float64Array[] = [];
  /** How often sequences begin with each state, as shares. */
  initial = new Float64Array();

  constructor(options: MarkovOptions = {}) {
    this.smoothing = options.smoothing ?? 0;
  }
  /** Counts the transitions of sequences. */
  fit(sequences: readonly ArrayLike<T>[]): this {
    const place = new Map<T, number>();
    for (const sequence of sequences) {
      for (let i = 0; i < sequence.length; i++) if (!place.has(sequence[i])) place.set(sequence[i], place.size);
    }
    if (place.size === 0) throw new UsageError("MarkovChain.fit: the sequences are empty; pass at least one state");
    const counts = Array.from(place, () => new Float64Array(place.size).fill(this.smoothing));
    const first = new Float64Array(place.size);
    for (const sequence of sequences) {
      if (sequence.length > 0) first[place.get(sequence[0])!]++;
      for (let i = 1; i < sequence.length; i++) counts[place.get(sequence[i - 1])!][place.get(sequence[i])!]++;
    }
    this.states = [...place.keys()];
    this.initial = shares(first);
    // A state that was only seen last goes anywhere.
    this.transitions = counts.map(shares);
    return this;
  }
  /** p(to | from). */
  probability(from: T, to: T): number {
    return this.transitions[this.#place(from)][this.#place(to)];
  }
  /** ln of the probability of a sequence, given its first state. */
  logProbability(sequence: ArrayLike<T>): number {
    let sum = 0;
    for (let i = 1; i < sequence.length; i++) sum += Math.log(this.probability(sequence[i - 1], sequence[i]));
    return sum;
  }
  /** A sequence drawn from the chain. */
  sample(length: number, options: { readonly start?: T; readonly seed?: number } = {}): T[] {
    const random = new RandomStream(options.seed ?? 0);
    const draw = (weights: Float64Array): number => {
      let rest = random.uniform(), i = 0;
      while (i < weights.length - 1 && (rest -= weights[i]) >= 0) i++;
      return i;
    };
    const made: number[] = [];
    for (let t = 0; t < length; t++) {
      if (t === 0) made.push(options.start === undefined ? draw(this.initial) : this.#place(options.start));
      else made.push(draw(this.transitions[made[t - 1]]));
    }
    return made.map((i) => this.states[i]);
  }
  /** The shares pi in which the states stay: pi P = pi, sum 1. Throws when there are several such. */
  stationary(): Float64Array {
    const n = this.states.length;
    // The equations of all states but the last, and that the shares sum to 1.
    const equations = generate(n, n, (i, j) =>
      (i === n - 1 ? 1 : this.transitions[j][i] - (i === j ? 1 : 0)));
    const right = matrix(n, 1);
    right.data[n - 1] = 1;
    try {
      return solve(equations, right).data;
    } catch (cause) {
      throw new UsageError("MarkovChain.stationary: some states cannot reach each other, so that there are several " +
        "stationary distributions; use smoothing > 0 in fit", { cause });
    }
  }
  #place(state: T): number {
    const at = this.states.indexOf(state);
    if (at < 0) throw new UsageError(`MarkovChain: the state ${String(state)} was not seen in fit`);
    return at;
  }
}
function shares(counts: Float64Array): Float64Array<ArrayBuffer> {
  const sum = counts.reduce((a, b) => a + b, 0);
  return Float64Array.from(counts, (n) => (sum > 0 ? n / sum : 1 / counts.length));
}
