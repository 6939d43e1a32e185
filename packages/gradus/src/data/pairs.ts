import { DataError } from "../vocab/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { padSamples } from "./collate.ts";
import { parseParallel } from "./formats/language.ts";
import { ItemDataset } from "./items.ts";
import { DataLoader } from "./loader.ts";
import { bucketSampler } from "./sampler.ts";

/** The first tokens of a vocabulary for pairs: what fills up, what is not known, the beginning and the end. */
export const PAIR_TOKENS = ["<pad>", "<unk>", "<s>", "</s>"] as const;
/** The number of what fills a row up. */
export const PADDING = 0;
/** The number of every token that is not in the vocabulary. */
export const UNKNOWN = 1;
/** The number that a target begins with. */
export const BEGIN = 2;
/** The number that ends a source or a target. */
export const END = 3;

/** A sentence and its translation. */
export interface SentencePair {
  readonly source: string;
  readonly target: string;
}
const ESCAPES: Readonly<Record<string, string>> =
  { "&apos;": "'", "&quot;": '"', "&lt;": "<", "&gt;": ">", "&#91;": "[", "&#93;": "]", "&#124;": "|", "&amp;": "&" };

/**
 * A line as models of translation read it: lower case, words and marks apart by single spaces, escapes of the Moses
 * tools undone. A line that is cut into words already stays as it is. A period is a mark at the end of the line only,
 * and marks between digits are none: "He paid 3,50." becomes "he paid 3,50 .".
 */
export const plainLine = (line: string): string => line.normalize("NFC").toLowerCase()
  .replace(/&(?:apos|quot|lt|gt|amp|#91|#93|#124);/g, (escape) => ESCAPES[escape])
  .replace(/(?<!\d)[,:]|[,:](?!\d)|[!?;()"\u201e\u201c\u201d]/g, " $& ")
  .replace(/(?<=\p{L})['\u2019](?=s\b)/gu, " '")
  .replace(/\.\s*$/, " .")
  .trim().replace(/\s+/g, " ");

/**
 * The pairs of two texts whose lines belong together, as plain lines; pairs with an empty side are left out. Throws a
 * DataError when the texts differ in length or hold no pair.
 */
export function readPairs(source: string, target: string, name = "parallel text"): SentencePair[] {
  const pairs = parseParallel(source, target, name)
    .map((pair) => ({ source: plainLine(pair.source), target: plainLine(pair.target) }))
    .filter((pair) => pair.source !== "" && pair.target !== "");
  if (pairs.length === 0) throw new DataError(`${name} is empty: it has no line with a translation`);
  return pairs;
}

/** A pair as numbers: the source ends with END, the target begins with BEGIN and ends with END. */
export interface TokenPair {
  readonly source: Int32Array;
  readonly target: Int32Array;
}
/** Numbers with an END behind them. */
export const ended = (ids: ArrayLike<number>): Int32Array => Int32Array.from([...Array.from(ids), END]);
/** A pair of lines in numbers. */
export const tokenPair = (source: ArrayLike<number>, target: ArrayLike<number>): TokenPair =>
  ({ source: ended(source), target: Int32Array.from([BEGIN, ...ended(target)]) });

/** Pads each side to a multiple of so many tokens: fewer shapes, so fewer programs. */
const MULTIPLE = 4;
/**
 * Pairs as tensors: sources (B, S), what the decoder reads (B, T) and what it should say (B, T), one place later. All
 * are filled up with PADDING, lengths to a multiple of 4.
 */
export function pairBatch(pairs: readonly TokenPair[]): readonly [source: Tensor, input: Tensor, output: Tensor] {
  const { fields: [source, input, output] } = padSamples(
    pairs.map(({ source: own, target }) => [own, target.slice(0, -1), target.slice(1)]), { multipleOf: MULTIPLE });
  return [source, input, output];
}
/** Batches of pairs of similar length, in another order in every epoch; the last one of an epoch if it is full. */
export function pairLoader(
  pairs: readonly TokenPair[], options: { readonly batchSize: number; readonly seed?: number },
): DataLoader<TokenPair[], readonly Tensor[]> {
  // By the length of the target, and of the source where those are equal.
  const lengths = pairs.map(({ source, target }) => target.length * LONG + Math.min(source.length, LONG - 1));
  return new DataLoader(ItemDataset.of(pairs), {
    sampler: bucketSampler(lengths, { ...options, dropLast: pairs.length >= options.batchSize }), collate: pairBatch,
  });
}
const LONG = 1024;
