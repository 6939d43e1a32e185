import { DataError } from "../vocab/errors.ts";
import { utf8 } from "./bytes.ts";
import { Heap } from "./heap.ts";
import { byteToken, TokenTable, WordCache, type Token, type TokenModel } from "./model.ts";

export interface BpeOptions {
  readonly vocab: ReadonlyMap<string, number>;
  /** Pairs that are joined, the most urgent first. */
  readonly merges: readonly (readonly [left: string, right: string])[];
  readonly unknown?: string | null;
  /** Stands before pieces inside a word. */
  readonly continuingPrefix?: string | null;
  /** Stands behind the last piece of a word. */
  readonly endSuffix?: string | null;
  /** One unknown piece for neighbours that are unknown. */
  readonly fuseUnknown?: boolean;
  /** Characters that are unknown as bytes "<0x0A>", if the vocabulary has them. */
  readonly byteFallback?: boolean;
  /** Words that are in the vocabulary are not cut. */
  readonly ignoreMerges?: boolean;
}
interface Merge {
  readonly rank: number;
  readonly id: number;
}

/**
 * Byte-pair encoding: a word starts as characters, and the pair of neighbours that was learned first is joined until
 * none is left. A heap finds that pair, so a word of n characters takes n log n steps; cut words are remembered.
 * Throws a DataError when a merge joins what is not in the vocabulary.
 * Source: Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units", 2016.
 */
export class BpeModel extends TokenTable implements TokenModel {
  readonly options: BpeOptions;
  /** By left * 2^26 + right. */
  readonly #merges = new Map<number, Merge>();
  readonly #words = new WordCache((word) => this.#cut(word));

  constructor(options: BpeOptions) {
    super(options.vocab);
    this.options = options;
    const prefix = options.continuingPrefix ?? "";
    options.merges.forEach(([left, right], rank) => {
      const whole = left + (prefix !== "" && right.startsWith(prefix) ? right.slice(prefix.length) : right);
      const ids = [left, right, whole].map((token) => {
        const id = this.idOf(token);
        if (id === undefined || id >= WIDTH) {
          throw new DataError(`BPE: merge ${rank} joins ${JSON.stringify(left)} and ${JSON.stringify(right)}, but ` +
            `${JSON.stringify(token)} is not in the vocabulary`);
        }
        return id;
      });
      const key = ids[0] * WIDTH + ids[1];
      if (!this.#merges.has(key)) this.#merges.set(key, { rank, id: ids[2] });
    });
  }
  tokenize(word: string): readonly Token[] {
    return this.#words.get(word);
  }

  #cut(word: string): readonly Token[] {
    if (this.options.ignoreMerges === true) {
      const id = this.idOf(word);
      if (id !== undefined) return [{ id, start: 0, end: word.length }];
    }
    return this.#join(this.#characters(word));
  }
  /** The word as single characters, bytes, or unknowns. */
  #characters(word: string): Token[] {
    const { unknown = null, continuingPrefix, endSuffix, fuseUnknown = false, byteFallback = false } = this.options;
    const unknownId = unknown === null ? undefined : this.idOf(unknown);
    if (unknown !== null && unknownId === undefined) {
      throw new DataError(`BPE: the unknown token ${JSON.stringify(unknown)} is not in the vocabulary`);
    }
    const out: Token[] = [];
    let lastUnknown = false, at = 0;
    for (const character of word) {
      const start = at;
      at += character.length;
      const token = (start > 0 ? continuingPrefix ?? "" : "") + character + (at === word.length ? endSuffix ?? "" : "");
      const id = this.idOf(token);
      if (id !== undefined) out.push({ id, start, end: at });
      const bytes = id === undefined && byteFallback
        ? Array.from(utf8(character), (byte) => this.idOf(byteToken(byte))) : [];
      const spelled = bytes.length > 0 && bytes.every((byte) => byte !== undefined);
      if (spelled) for (const byte of bytes) out.push({ id: byte, start, end: at });
      const isUnknown = id === undefined && !spelled && unknownId !== undefined;
      if (isUnknown && lastUnknown && fuseUnknown) out.push({ ...out.pop()!, end: at });
      else if (isUnknown) out.push({ id: unknownId, start, end: at });
      lastUnknown = isUnknown;
    }
    return out;
  }
  #join(tokens: Token[]): readonly Token[] {
    const n = tokens.length;
    if (n < 2) return tokens;
    const ids = tokens.map(({ id }) => id), ends = tokens.map(({ end }) => end);
    // Neighbours that are still there; -1 is the edge. A removed piece has id -1.
    const next = ids.map((_, i) => (i + 1 < n ? i + 1 : -1)), previous = ids.map((_, i) => i - 1);
    const heap = new Heap(before);
    const offer = (left: number): void => {
      const right = left < 0 ? -1 : next[left];
      if (right < 0) return;
      const merge = this.#merges.get(ids[left] * WIDTH + ids[right]);
      if (merge !== undefined) heap.push({ rank: merge.rank, at: left, left: ids[left], right: ids[right],
        id: merge.id });
    };
    for (let i = 0; i + 1 < n; i++) offer(i);
    for (let pair = heap.pop(); pair !== undefined; pair = heap.pop()) {
      const { at, left, right, id } = pair;
      const other = next[at];
      // What was offered may have been joined to something else since.
      if (other < 0 || ids[at] !== left || ids[other] !== right) continue;
      ids[at] = id;
      ends[at] = ends[other];
      ids[other] = -1;
      next[at] = next[other];
      if (next[at] >= 0) previous[next[at]] = at;
      next[other] = -1;
      offer(previous[at]);
      offer(at);
    }
    return tokens.flatMap(({ start }, i) => (ids[i] < 0 ? [] : [{ id: ids[i], start, end: ends[i] }]));
  }
}
const WIDTH = 2 ** 26;

interface Pair {
  readonly rank: number;
  readonly at: number;
  readonly left: number;
  readonly right: number;
  readonly id: number;
}
/** The lowest rank first, the leftmost of equals. */
const before = (a: Pair, b: Pair): boolean => a.rank < b.rank || (a.rank === b.rank && a.at < b.at);
