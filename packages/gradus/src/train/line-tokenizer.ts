import { END, PAIR_TOKENS, UNKNOWN } from "../data/pairs.ts";
import { BpeModel } from "../text/bpe.ts";
import { Tokenizer } from "../text/tokenizer.ts";
import { countWords, trainBpe } from "../text/train-bpe.ts";
import { Vocabulary } from "../text/vocabulary.ts";
import { DataError } from "../vocab/errors.ts";

/** Lines to numbers and back, without the tokens that begin and end. */
export interface LineTokenizer {
  readonly size: number;
  encode(line: string): Int32Array;
  /** The line of numbers up to END; the first tokens, which are no words, are left out. */
  decode(ids: Iterable<number>): string;
  tokenOf(id: number): string;
  /** Plain JSON that `restoreTokenizer` reads. */
  readonly kept: KeptTokenizer;
}
export type KeptTokenizer =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "bpe"; readonly tokens: readonly string[]; readonly merges: readonly (readonly string[])[] };

/** Numbers of words up to END. */
function spoken(ids: Iterable<number>): number[] {
  const all = [...ids], end = all.indexOf(END);
  return all.slice(0, end < 0 ? all.length : end).filter((id) => id === UNKNOWN || id >= PAIR_TOKENS.length);
}

/** Every word of lines that are cut into words is a token, if it was seen `minCount` times (default 2). */
export const wordTokenizer = (
  lines: Iterable<string>, options: { readonly minCount?: number; readonly size?: number } = {},
): LineTokenizer => {
  const { minCount = 2, size = Infinity } = options;
  const words = Array.from(lines, (line) => line.split(" "));
  return byWords(Vocabulary.of(words, { minCount, maxSize: size, special: PAIR_TOKENS }));
};
function byWords(vocabulary: Vocabulary): LineTokenizer {
  return {
    size: vocabulary.size,
    encode: (line) => Int32Array.from(line === "" ? [] : line.split(" "), (word) => vocabulary.idOf(word) ?? UNKNOWN),
    decode: (ids) => vocabulary.decode(spoken(ids)).join(" "),
    tokenOf: (id) => vocabulary.tokenOf(id) ?? PAIR_TOKENS[UNKNOWN],
    kept: { kind: "words", words: vocabulary.words },
  };
}

const SPACES = { type: "Metaspace", replacement: "\u2581", prepend_scheme: "always" } as const;
/** Pieces of words, `size` in all: pairs of neighbours that are frequent are joined. Sennrich et al. 2016. */
export const pieceTokenizer = (lines: Iterable<string>, options: { readonly size: number }): LineTokenizer => {
  const counts = countWords(lines, { preTokenizer: { ...SPACES, split: true } });
  return byPieces(trainBpe(counts, { size: options.size, specialTokens: PAIR_TOKENS, minFrequency: 2 }));
};
function byPieces(trained: BpeModel): LineTokenizer {
  const model = new BpeModel({ ...trained.options, unknown: PAIR_TOKENS[UNKNOWN], fuseUnknown: true });
  const tokenizer = new Tokenizer({ model, preTokenizer: { ...SPACES, split: true }, decoder: SPACES });
  const tokens = Array.from({ length: model.size }, (_, id) => model.tokenOf(id)!);
  return {
    size: model.size,
    encode: (line) => Int32Array.from(line === "" ? [] : tokenizer.encode(line).ids),
    decode: (ids) => tokenizer.decode(spoken(ids)),
    tokenOf: (id) => tokens[id] ?? PAIR_TOKENS[UNKNOWN],
    kept: { kind: "bpe", tokens, merges: model.options.merges },
  };
}

/** The tokenizer that was kept with a run. Throws a DataError if it is none. */
export function restoreTokenizer(kept: unknown): LineTokenizer {
  const { kind, words, tokens, merges } = (kept ?? {}) as Readonly<Record<string, unknown>>;
  const texts = (value: unknown): value is readonly string[] =>
    Array.isArray(value) && value.every((item) => typeof item === "string");
  if (kind === "words" && texts(words)) return byWords(new Vocabulary(words));
  if (kind === "bpe" && texts(tokens) && Array.isArray(merges) && merges.every(texts)) {
    const pairs = merges.map(([left, right]): [string, string] => [left, right]);
    return byPieces(new BpeModel({ vocab: new Map(tokens.map((token, id) => [token, id])), merges: pairs }));
  }
  throw new DataError('the vocabulary that was kept is damaged: it is neither of kind "words" nor "bpe"');
}
