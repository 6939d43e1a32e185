import { DataError } from "../vocab/errors.ts";
import { TokenTable, WordCache, type Token, type TokenModel } from "./model.ts";

export interface WordPieceOptions {
  readonly vocab: ReadonlyMap<string, number>;
  /** Stands for a word that cannot be cut (default "[UNK]"). */
  readonly unknown?: string;
  /** Stands before pieces inside a word (default "##"). */
  readonly continuingPrefix?: string;
  /** Words with more characters are unknown (default 100). */
  readonly maxCharacters?: number;
}

const unknownIn = (table: TokenTable, unknown: string, who: string): number => {
  const id = table.idOf(unknown);
  if (id === undefined) throw new DataError(
    `${who}: the unknown token ${JSON.stringify(unknown)} is not in the vocabulary`);
  return id;
};

/**
 * BERT's pieces: from the start of a word always the longest piece that the vocabulary has; a word that cannot be cut
 * so is unknown as a whole.
 * Source: Devlin and others, "BERT", 2019; Schuster and Nakajima 2012.
 */
export class WordPieceModel extends TokenTable implements TokenModel {
  readonly options: Required<WordPieceOptions>;
  readonly #unknown: number;
  readonly #words = new WordCache((word) => this.#cut(word));

  constructor(options: WordPieceOptions) {
    super(options.vocab);
    this.options = { unknown: "[UNK]", continuingPrefix: "##", maxCharacters: 100, ...options };
    this.#unknown = unknownIn(this, this.options.unknown, "WordPiece");
  }
  tokenize(word: string): readonly Token[] {
    return this.#words.get(word);
  }
  #cut(word: string): readonly Token[] {
    const { continuingPrefix, maxCharacters } = this.options;
    const unknown = [{ id: this.#unknown, start: 0, end: word.length }];
    if (word.length > maxCharacters && Array.from(word).length > maxCharacters) return unknown;
    const out: Token[] = [];
    for (let start = 0; start < word.length;) {
      let end = word.length, id: number | undefined;
      for (; end > start; end--) {
        id = this.idOf((start > 0 ? continuingPrefix : "") + word.slice(start, end));
        if (id !== undefined) break;
      }
      if (id === undefined) return unknown;
      out.push({ id, start, end });
      start = end;
    }
    return out;
  }
}

/** One piece for a word, or the unknown one. */
export class WordLevelModel extends TokenTable implements TokenModel {
  readonly unknown: string;
  readonly #unknown: number;

  constructor(options: { readonly vocab: ReadonlyMap<string, number>; readonly unknown?: string }) {
    super(options.vocab);
    this.unknown = options.unknown ?? "[UNK]";
    this.#unknown = unknownIn(this, this.unknown, "WordLevel");
  }
  tokenize(word: string): readonly Token[] {
    return word === "" ? [] : [{ id: this.idOf(word) ?? this.#unknown, start: 0, end: word.length }];
  }
}
