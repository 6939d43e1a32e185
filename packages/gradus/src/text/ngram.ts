import { DataError, UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";

/** How probability is given to what was never seen. */
export type Smoothing =
  /** c(h w) / c(h): nothing at all. */
  | { readonly kind: "mle" }
  /** (c(h w) + k) / (c(h) + k V). */
  | { readonly kind: "addK"; readonly k: number }
  /** The share if seen, else `factor` times that of the shorter history: a score, not a probability (Brants 2007). */
  | { readonly kind: "stupid"; readonly factor?: number }
  /** Discounted counts by Good and Turing; what is held back goes to the shorter history (Katz 1987). */
  | { readonly kind: "katz"; readonly limit?: number }
  /**
   * Interpolated, with one discount (Kneser and Ney 1995; Chen and Goodman 1999): shorter histories count the different
   * words before instead of all places. `floor`: single words are discounted too, in favour of all words alike.
   */
  | { readonly kind: "kneserNey"; readonly discount?: number; readonly floor?: boolean };
export interface NgramOptions {
  /** Words that are looked at together, 1 to 5. */
  readonly order: 1 | 2 | 3 | 4 | 5;
  readonly smoothing: Smoothing;
  /** Put order - 1 signs "<s>" before and "</s>" behind every sentence; they count as words (default true). */
  readonly pad?: boolean;
  /** Stands for words that are not known (default "<unk>"). */
  readonly unknown?: string;
}

/** What followed a history. */
interface Followers {
  total: number;
  readonly counts: Map<number, number>;
}
type Table = Map<string, Followers>;
interface BackOff {
  /** Stands in for the number of times the history was seen. */
  readonly size: number;
  readonly weight: number;
}

/**
 * A model of the next word by the words just before it: P(w | h), h the last order - 1 words. Learned by counting.
 * Source: Jurafsky and Martin, "Speech and Language Processing", chapter 3; Chen and Goodman 1999.
 */
export class NgramModel {
  readonly options: NgramOptions;
  readonly words: readonly string[];
  readonly #ids = new Map<string, number>();
  /** By length of the history: counts, and for Kneser-Ney continuation counts below the highest order. */
  readonly #tables: Table[] = [];
  readonly #discounts: ReadonlyMap<number, number>[] = [];
  readonly #backOff = new Map<string, BackOff>();
  readonly #unknown: number;

  constructor(sentences: Iterable<readonly string[]>, options: NgramOptions) {
    this.options = options;
    const { order, smoothing, unknown = "<unk>" } = options;
    if (!(Number.isInteger(order) && order >= 1 && order <= 5)) {
      throw new UsageError(`an n-gram model of order ${String(order)} is not possible; it is 1 to 5`);
    }
    if (smoothing.kind === "addK" && !(smoothing.k > 0)) throw new UsageError(
      `addK: k is ${smoothing.k}; it is above 0`);
    const words: string[] = [];
    const sequences = Array.from(sentences, (sentence) => this.#padded(sentence).map((word) => {
      let id = this.#ids.get(word);
      if (id === undefined) {
        this.#ids.set(word, id = words.length);
        words.push(word);
      }
      return id;
    }));
    if (words.length === 0) throw new DataError("an n-gram model needs at least one word to learn from");
    if (!this.#ids.has(unknown)) this.#ids.set(unknown, words.push(unknown) - 1);
    this.words = words;
    this.#unknown = this.#ids.get(unknown)!;
    for (let n = 1; n <= order; n++) this.#tables.push(tableOf(sequences, n));
    if (smoothing.kind === "kneserNey") this.#continue();
    if (smoothing.kind === "katz") {
      for (const table of this.#tables) this.#discounts.push(goodTuring(table, smoothing.limit ?? 5));
    }
  }

  /** P(word | history); of a longer history the last order - 1 words count. */
  probability(word: string, history: readonly string[] = []): number {
    return this.#of(this.#id(word), this.#history(history.map((one) => this.#id(one))));
  }
  /** Natural logarithm of the probability of whole sentences, and how many words were predicted. */
  logProbability(sentences: Iterable<readonly string[]>): { readonly sum: number; readonly words: number } {
    const start = this.options.pad === false ? 0 : this.options.order - 1;
    let sum = 0, words = 0;
    for (const sentence of sentences) {
      const ids = this.#padded(sentence).map((word) => this.#id(word));
      for (let i = start; i < ids.length; i++) {
        sum += Math.log(this.#of(ids[i], this.#history(ids.slice(Math.max(0, i - this.options.order + 1), i))));
        words++;
      }
    }
    return { sum, words };
  }
  /** exp(-mean log-probability of a word): among how many words the model hesitates. */
  perplexity(sentences: Iterable<readonly string[]>): number {
    const { sum, words } = this.logProbability(sentences);
    if (words === 0) throw new DataError("perplexity: there are no words to predict");
    return Math.exp(-sum / words);
  }
  /** Every word with its probability after a history. */
  distribution(history: readonly string[] = []): { readonly word: string; readonly probability: number }[] {
    const ids = this.#history(history.map((one) => this.#id(one)));
    return this.words.map((word, id) => ({ word, probability: this.#of(id, ids) }));
  }
  /** Words drawn one after another, up to `length` or the end of the sentence. */
  sample(options: { readonly length: number; readonly seed: number; readonly start?: readonly string[] }): string[] {
    const { length, seed, start } = options;
    const random = new RandomStream(seed);
    const out = [...(start ?? (this.options.pad === false ? [] : new Array<string>(this.options.order - 1).fill(
      START)))];
    const given = out.length;
    while (out.length < given + length) {
      const weights = this.distribution(out).filter(({ word }) => word !== START);
      let left = random.uniform() * weights.reduce((sum, { probability }) => sum + probability, 0);
      if (!(left >= 0) || weights.every(({ probability }) => probability === 0)) break;
      const found = weights.find(({ probability }) => (left -= probability) < 0) ?? weights[weights.length - 1];
      if (found.word === END) break;
      out.push(found.word);
    }
    return out.slice(start === undefined ? given : 0);
  }

  #padded(sentence: readonly string[]): readonly string[] {
    if (this.options.pad === false) return sentence;
    const around = this.options.order - 1;
    return [...new Array<string>(around).fill(START), ...sentence, ...new Array<string>(around).fill(END)];
  }
  #id(word: string): number {
    return this.#ids.get(word) ?? this.#unknown;
  }
  #history(ids: readonly number[]): readonly number[] {
    return this.options.order === 1 ? [] : ids.slice(-(this.options.order - 1));
  }
  /** From counts of n + 1 words: how many different words stand before each n. */
  #continue(): void {
    for (let n = 0; n + 1 < this.options.order; n++) {
      const table: Table = new Map();
      for (const [key, { counts }] of this.#tables[n + 1]) {
        const shorter = key.slice(key.indexOf(" ") + 1);
        for (const word of counts.keys()) increase(table, n === 0 ? "" : shorter, word, 1);
      }
      this.#tables[n] = table;
    }
  }

  #of(word: number, history: readonly number[]): number {
    const { smoothing } = this.options;
    const followers = this.#tables[history.length].get(history.join(" "));
    const count = followers?.counts.get(word) ?? 0, total = followers?.total ?? 0;
    switch (smoothing.kind) {
      case "mle": return total === 0 ? 0 : count / total;
      case "addK": return (count + smoothing.k) / (total + smoothing.k * this.words.length);
      case "stupid":
        if (count > 0) return count / total;
        return history.length === 0 ? 0 : (smoothing.factor ?? 0.4) * this.#of(word, history.slice(1));
      case "katz": return this.#katz(word, history, followers);
      case "kneserNey": {
        const { discount = 0.75, floor = true } = smoothing;
        if (history.length === 0 && !floor) return count / total;
        const below = history.length === 0 ? 1 / this.words.length : this.#of(word, history.slice(1));
        if (followers === undefined) return below;
        return Math.max(count - discount, 0) / total + ((discount * followers.counts.size) / total) * below;
      }
      default: throw new UsageError("an n-gram model knows mle, addK, stupid, katz and kneserNey");
    }
  }
  #katz(word: number, history: readonly number[], followers: Followers | undefined): number {
    if (history.length === 0) {
      return ((followers?.counts.get(word) ?? 0) + 1) / ((followers?.total ?? 0) + this.words.length);
    }
    if (followers === undefined) return this.#of(word, history.slice(1));
    const discounts = this.#discounts[history.length], key = history.join(" ");
    let backOff = this.#backOff.get(key);
    if (backOff === undefined) {
      let held = 0, below = 0;
      for (const [id, count] of followers.counts) {
        held += (1 - (discounts.get(count) ?? 1)) * count;
        below += this.#of(id, history.slice(1));
      }
      // Where every follower was seen often nothing is held back: one more count is, for what was not seen.
      const size = held > 0 ? followers.total : followers.total + 1;
      this.#backOff.set(key, backOff = { size, weight: (held > 0 ? held : 1) / size / (1 - below) });
    }
    const count = followers.counts.get(word);
    return count === undefined ? backOff.weight * this.#of(word, history.slice(1))
      : ((discounts.get(count) ?? 1) * count) / backOff.size;
  }
}
const START = "<s>", END = "</s>";

function increase(table: Table, history: string, word: number, by: number): void {
  let followers = table.get(history);
  if (followers === undefined) table.set(history, followers = { total: 0, counts: new Map() });
  followers.total += by;
  followers.counts.set(word, (followers.counts.get(word) ?? 0) + by);
}
function tableOf(sequences: readonly (readonly number[])[], n: number): Table {
  const table: Table = new Map();
  for (const ids of sequences) {
    for (let i = n - 1; i < ids.length; i++) increase(table, ids.slice(i - n + 1, i).join(" "), ids[i], 1);
  }
  return table;
}
/** Factors for counts up to `limit`: (r* / r - last) / (1 - last), r* = (r + 1) n(r + 1) / n(r). */
function goodTuring(table: Table, limit: number): Map<number, number> {
  const times = new Map<number, number>();
  for (const { counts } of table.values()) {
    for (const count of counts.values()) times.set(count, (times.get(count) ?? 0) + 1);
  }
  const n = (r: number): number => times.get(r) ?? 0;
  const last = ((limit + 1) * n(limit + 1)) / n(1);
  const factors = new Map<number, number>();
  for (let r = 1; r <= limit; r++) {
    const factor = (((r + 1) * n(r + 1)) / n(r) / r - last) / (1 - last);
    // Few data give factors that are none: such counts are taken as they are.
    factors.set(r, factor > 0 && factor < 1 ? factor : 1);
  }
  return factors;
}
