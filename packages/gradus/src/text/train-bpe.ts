import { DataError, UsageError } from "../vocab/errors.ts";
import { Aligned } from "./aligned.ts";
import { BYTE_CHARACTERS } from "./bytes.ts";
import { BpeModel } from "./bpe.ts";
import { Heap } from "./heap.ts";
import { compileNormalizer, type Normalizer } from "./normalize.ts";
import { compilePreTokenizer, type PreTokenizer } from "./pretokenize.ts";
import { WordPieceModel } from "./wordpiece.ts";

/** How often each word stands in some texts, after they are normalised and cut; in the order of their first place. */
export function countWords(
  texts: Iterable<string>,
  parts: { readonly normalizer?: Normalizer | null; readonly preTokenizer?: PreTokenizer | null } = {},
): Map<string, number> {
  const normalize = parts.normalizer == null ? (x: Aligned): Aligned => x : compileNormalizer(parts.normalizer);
  const cut = parts.preTokenizer == null ? (x: Aligned): Aligned[] => [x] : compilePreTokenizer(parts.preTokenizer);
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const { text: word } of cut(normalize(new Aligned(text)))) {
      if (word !== "") counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}

export interface MergeTraining {
  /** Tokens in all: special ones, characters and merges. */
  readonly size: number;
  /** Come first, in this order. */
  readonly specialTokens?: readonly string[];
  /** Pairs that are seen less often are not joined (default 0). */
  readonly minFrequency?: number;
  /** Characters that are there even if the texts do not have them; for byte level all 256. */
  readonly alphabet?: Iterable<string>;
  /** Most characters that are kept, the most frequent (default: all). */
  readonly limitAlphabet?: number;
}
/** The 256 characters that stand for bytes in byte-level tokenizers. */
export const byteAlphabet = (): readonly string[] => BYTE_CHARACTERS;

interface Candidate {
  readonly count: number;
  readonly left: number;
  readonly right: number;
}
const WIDTH = 2 ** 26;
/** More frequent first; of equals the pair with the smaller numbers, as in Hugging Face's trainer. */
const before = (a: Candidate, b: Candidate): boolean =>
  a.count > b.count || (a.count === b.count && (a.left < b.left || (a.left === b.left && a.right < b.right)));

/** Joins the most frequent pair of neighbours over and over. `prefix` stands before pieces inside a word. */
function learnMerges(
  words: ReadonlyMap<string, number>, options: MergeTraining, prefix: string,
): { vocab: Map<string, number>; merges: [string, string][] } {
  const { size, specialTokens = [], minFrequency = 0 } = options;
  if (!(Number.isInteger(size) && size > 0)) throw new UsageError(`a vocabulary of ${size} tokens is not possible`);
  if (words.size === 0) throw new DataError("there are no words to learn from");
  const vocab = new Map<string, number>(), tokens: string[] = [];
  const add = (token: string): number => {
    let id = vocab.get(token);
    if (id === undefined) {
      vocab.set(token, id = tokens.length);
      tokens.push(token);
    }
    return id;
  };
  specialTokens.forEach(add);
  const alphabet = alphabetOf(words, options);
  alphabet.forEach(add);
  const known = new Set(alphabet);
  const symbols = Array.from(words.keys(), (word) => Array.from(word, (character, i) =>
    (known.has(character) ? add(i > 0 ? prefix + character : character) : -1)).filter((id) => id >= 0));
  const frequency = [...words.values()];

  const counts = new Map<number, number>(), places = new Map<number, Set<number>>();
  /** Adds (or takes away) the pairs of a word; gives the keys of those added. */
  const count = (word: number, sign: 1 | -1, touched?: Set<number>): void => {
    const ids = symbols[word];
    for (let i = 0; i + 1 < ids.length; i++) {
      const key = ids[i] * WIDTH + ids[i + 1];
      counts.set(key, (counts.get(key) ?? 0) + sign * frequency[word]);
      if (sign < 0) continue;
      const at = places.get(key);
      if (at === undefined) places.set(key, new Set([word]));
      else at.add(word);
      touched?.add(key);
    }
  };
  symbols.forEach((_, word) => count(word, 1));
  const queue = new Heap(before);
  const offer = (key: number): void => {
    const now = counts.get(key) ?? 0;
    if (now > 0) queue.push({ count: now, left: Math.floor(key / WIDTH), right: key % WIDTH });
  };
  for (const key of counts.keys()) offer(key);

  const merges: [string, string][] = [];
  while (tokens.length < size) {
    const top = queue.pop();
    if (top === undefined) break;
    const key = top.left * WIDTH + top.right;
    if (top.count !== counts.get(key)) {
      offer(key);
      continue;
    }
    if (top.count < Math.max(1, minFrequency)) break;
    const right = tokens[top.right];
    const whole = add(tokens[top.left] + (prefix !== "" && right.startsWith(prefix) ? right.slice(prefix.length)
      : right));
    merges.push([tokens[top.left], right]);
    const touched = new Set<number>();
    for (const word of places.get(key)!) {
      count(word, -1);
      symbols[word] = joined(symbols[word], top, whole);
      count(word, 1, touched);
    }
    counts.delete(key);
    places.delete(key);
    // Pairs that were there before keep their place in the queue; only what could have grown is offered anew.
    for (const other of touched) if (other !== key) offer(other);
  }
  return { vocab, merges };
}
function joined(ids: readonly number[], { left, right }: Candidate, whole: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === left && i + 1 < ids.length && ids[i + 1] === right) {
      out.push(whole);
      i++;
    } else out.push(ids[i]);
  }
  return out;
}
function alphabetOf(words: ReadonlyMap<string, number>, { alphabet = [],
  limitAlphabet = Infinity }: MergeTraining): string[] {
  const counts = new Map<string, number>();
  for (const [word, count] of words) {
    for (const character of word) counts.set(character, (counts.get(character) ?? 0) + count);
  }
  for (const character of alphabet) counts.set(character, Infinity);
  const code = (character: string): number => character.codePointAt(0)!;
  return [...counts].sort(([a, n], [b, m]) => (n === m ? code(a) - code(b) : m > n ? 1 : -1))
    .slice(0, Math.min(counts.size, limitAlphabet)).map(([character]) => character).sort((a, b) => code(a) - code(b));
}

/** Learns a BPE model from words and how often they stand (`countWords`); the same merges as Hugging Face's trainer. */
export const trainBpe = (words: ReadonlyMap<string, number>, options: MergeTraining): BpeModel =>
  new BpeModel(learnMerges(words, options, ""));

/**
 * Learns a WordPiece model: as Hugging Face does, by joining the most frequent pairs with "##" inside of words, and
 * keeping the pieces. Google's own trainer was never published.
 */
export function trainWordPiece(
  words: ReadonlyMap<string, number>, options: MergeTraining & { readonly unknown?: string },
): WordPieceModel {
  const { unknown = "[UNK]" } = options;
  const specialTokens = options.specialTokens ?? [unknown];
  if (!specialTokens.includes(unknown)) {
    throw new UsageError(`trainWordPiece: ${JSON.stringify(unknown)} is not among the special tokens`);
  }
  return new WordPieceModel({ vocab: learnMerges(words, { ...options, specialTokens }, "##").vocab, unknown });
}
