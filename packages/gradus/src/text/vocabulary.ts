import { DataError, UsageError } from "../vocab/errors.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { TokenTable, type Token, type TokenModel } from "./model.ts";

export interface VocabularyOptions {
  /** Words seen less often are unknown (default 1). */
  readonly minCount?: number;
  /** Words in all, the most frequent; special ones included. */
  readonly maxSize?: number;
  /** Come first; the first is for what is not known (default "<unk>"). */
  readonly special?: readonly string[];
}

/** Words by number: special ones, then the most frequent (equals in the order of their code units). */
export class Vocabulary extends TokenTable {
  readonly words: readonly string[];

  constructor(words: readonly string[]) {
    super(new Map(words.map((word, id) => [word, id])));
    if (this.ids.size !== words.length) throw new DataError("a vocabulary names a word twice");
    if (words.length === 0) throw new DataError("a vocabulary needs at least the word for what is not known");
    this.words = words;
  }
  static of(texts: Iterable<readonly string[]>, options: VocabularyOptions = {}): Vocabulary {
    const { minCount = 1, maxSize = Infinity, special = ["<unk>"] } = options;
    const counts = new Map<string, number>();
    for (const words of texts) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const chosen = [...counts].filter(([word, count]) => count >= minCount && !special.includes(word))
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([word]) => word);
    return new Vocabulary([...special, ...chosen].slice(0, maxSize));
  }
  encode(words: readonly string[]): Int32Array {
    return Int32Array.from(words, (word) => this.idOf(word) ?? 0);
  }
  decode(ids: Iterable<number>): string[] {
    return Array.from(ids, (id) => this.tokenOf(id) ?? this.words[0]);
  }
}

/** Every character is a piece: the smallest vocabulary, the longest sequences. */
export class CharacterModel extends TokenTable implements TokenModel {
  readonly #unknown: string;

  constructor(characters: Iterable<string>, unknown = "<unk>") {
    super(new Map([unknown, ...new Set(characters)].map((character, id) => [character, id])));
    this.#unknown = unknown;
  }
  tokenize(word: string): readonly Token[] {
    let at = 0;
    return Array.from(word, (character) => {
      at += character.length;
      return { id: this.idOf(character) ?? this.idOf(this.#unknown)!, start: at - character.length, end: at };
    });
  }
}

/** Words as people count them: runs of letters, marks and digits, inner apostrophes and hyphens kept; lower-cased. */
export const wordsOf = (text: string, options: { readonly lowercase?: boolean } = {}): string[] =>
  (options.lowercase === false ? text : text.toLowerCase())
    .match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['\u2019-][\p{L}\p{M}\p{N}]+)*/gu) ?? [];

/** Frequent English words that say little about what a text is about. */
export const STOP_WORDS: ReadonlySet<string> = new Set((
  "a about above after again all also am an and any are as at be because been before being below between " +
  "both but by can could did do does doing down during each few for from further had has have having he her " +
  "here hers him his how i if in into is it its just me more most my no nor not now of off on once only or " +
  "other our ours out over own same she should so some such than that the their theirs them then there " +
  "these they this those through to too under until up very was we were what when where which while who " +
  "whom why will with would you your yours").split(" "));

/** How often each word of the vocabulary stands in each text: f32 [texts, words]. Unknown words are not counted. */
export function bagOfWords(
  texts: readonly (readonly string[])[], vocabulary: Vocabulary, options: { readonly binary?: boolean } = {},
): Tensor {
  return tensor(countsOf(texts, vocabulary, options.binary === true), { shape: [texts.length, vocabulary.size] });
}
function countsOf(texts: readonly (readonly string[])[], vocabulary: Vocabulary, binary: boolean): Float32Array {
  if (texts.length === 0) throw new DataError("there are no texts to count");
  const counts = new Float32Array(texts.length * vocabulary.size);
  texts.forEach((words, row) => {
    for (const word of words) {
      const id = vocabulary.idOf(word);
      if (id !== undefined) counts[row * vocabulary.size + id] = binary ? 1 : counts[row * vocabulary.size + id] + 1;
    }
  });
  return counts;
}

/**
 * Weights of words: count times ln((1 + n) / (1 + d)) + 1, d of the n texts having the word; rows of length 1.
 * `fit` measures d, `transform` weighs other texts by it. As scikit-learn's TfidfVectorizer (smooth, l2).
 * Source: Sparck Jones 1972.
 */
export class TfIdf {
  readonly vocabulary: Vocabulary;
  readonly weights: Float64Array;

  constructor(texts: readonly (readonly string[])[], vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    const present = countsOf(texts, vocabulary, true);
    this.weights = Float64Array.from({ length: vocabulary.size }, (_, id) => {
      let having = 0;
      for (let row = 0; row < texts.length; row++) having += present[row * vocabulary.size + id];
      return Math.log((1 + texts.length) / (1 + having)) + 1;
    });
  }
  /** f32 [texts, words]. */
  transform(texts: readonly (readonly string[])[]): Tensor {
    const width = this.vocabulary.size, out = countsOf(texts, this.vocabulary, false);
    for (let row = 0; row < texts.length; row++) {
      const line = out.subarray(row * width, (row + 1) * width);
      line.forEach((count, id) => { line[id] = count * this.weights[id]; });
      const length = Math.hypot(...line.filter((value) => value !== 0));
      if (length > 0) line.forEach((value, id) => { line[id] = value / length; });
    }
    return tensor(out, { shape: [texts.length, width] });
  }
}

/** Ids as rows with one 1 each: f32 [ids, size]. */
export function oneHotRows(ids: ArrayLike<number>, size: number): Tensor {
  const out = new Float32Array(ids.length * size);
  for (let i = 0; i < ids.length; i++) {
    if (!(ids[i] >= 0 && ids[i] < size)) throw new UsageError(`id ${ids[i]} is outside a vocabulary of ${size}`);
    out[i * size + ids[i]] = 1;
  }
  return tensor(out, { shape: [ids.length, size] });
}
