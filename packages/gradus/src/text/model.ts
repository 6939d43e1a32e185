/** A piece of a word: its number, and the UTF-16 units of the word that it stands for. */
export interface Token {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}
/** Cuts words into pieces of a vocabulary. */
export interface TokenModel {
  readonly size: number;
  tokenize(word: string): readonly Token[];
  idOf(token: string): number | undefined;
  tokenOf(id: number): string | undefined;
}

/** The piece that stands for one byte: "<0x0A>". */
export const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;

/** Words that were cut before; the oldest go first when there are too many, and long ones are not kept. */
export class WordCache<Value> {
  readonly #known = new Map<string, Value>();
  readonly #make: (word: string) => Value;

  constructor(make: (word: string) => Value) {
    this.#make = make;
  }
  get(word: string): Value {
    const found = this.#known.get(word);
    if (found !== undefined) return found;
    const made = this.#make(word);
    if (word.length <= LONGEST) {
      if (this.#known.size >= MOST) this.#known.delete(this.#known.keys().next().value!);
      this.#known.set(word, made);
    }
    return made;
  }
}
const MOST = 50_000, LONGEST = 256;

/** A vocabulary in both directions. */
export class TokenTable {
  readonly ids: ReadonlyMap<string, number>;
  readonly #tokens: readonly (string | undefined)[];

  constructor(ids: ReadonlyMap<string, number>) {
    this.ids = ids;
    const tokens: (string | undefined)[] = [];
    for (const [token, id] of ids) tokens[id] = token;
    this.#tokens = tokens;
  }
  get size(): number {
    return this.ids.size;
  }
  idOf(token: string): number | undefined {
    return this.ids.get(token);
  }
  tokenOf(id: number): string | undefined {
    return this.#tokens[id];
  }
}
