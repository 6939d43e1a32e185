import { DataError, UsageError } from "../vocab/errors.ts";

/** Letters of chains, numbered; case makes no difference. What a chain holds beside these is refused or read as one. */
export class SequenceAlphabet {
  readonly name: string;
  /** The number of a letter is its place here. */
  readonly letters: string;
  /** Number by code of the character, -1 for what does not belong. */
  readonly #numbers = new Int8Array(128).fill(-1);

  /** `readAs` names letters that are read as one of the alphabet's: { U: "T" }. */
  constructor(name: string, letters: string, readAs: Readonly<Record<string, string>> = {}) {
    if (!/^[!-~]+$/.test(letters) || new Set(letters.toLowerCase()).size !== letters.length) {
      throw new UsageError(`an alphabet of ${JSON.stringify(letters)} is not possible; give different ASCII letters`);
    }
    [this.name, this.letters] = [name, letters];
    const set = (letter: string, number: number): void => {
      for (const sign of [letter.toUpperCase(), letter.toLowerCase()]) this.#numbers[sign.charCodeAt(0)] = number;
    };
    for (const [others, letter] of Object.entries(readAs)) {
      if (!letters.includes(letter)) throw new UsageError(`${name} has no letter ${letter} to read ${others} as`);
      for (const other of others) set(other, letters.indexOf(letter));
    }
    [...letters].forEach(set);
  }
  get size(): number {
    return this.letters.length;
  }
  /** The alphabet in words, for errors. */
  get described(): string {
    return `the letters of ${this.name} (${this.letters})`;
  }
  /** The place of the first letter that does not belong, or -1. */
  foreign(sequence: string): number {
    for (let i = 0; i < sequence.length; i++) if ((this.#numbers[sequence.charCodeAt(i)] ?? -1) < 0) return i;
    return -1;
  }
  /** The numbers of the letters. Throws a DataError that names the place of one that does not belong. */
  encode(sequence: string): Int32Array {
    const at = this.foreign(sequence);
    if (at >= 0) {
      throw new DataError(`${JSON.stringify(sequence[at])} at place ${at + 1} is not among ${this.described}; ` +
        "take it out, or make an alphabet that has it");
    }
    return Int32Array.from({ length: sequence.length }, (_, i) => this.#numbers[sequence.charCodeAt(i)]);
  }
  decode(ids: Iterable<number>): string {
    return Array.from(ids, (id) => {
      const letter = this.letters[id] as string | undefined;
      if (letter === undefined) throw new DataError(`${this.name} has no letter of number ${id}, only ${this.size}`);
      return letter;
    }).join("");
  }
}
/**
 * The four bases, and N for any. RNA's U is read as T, and the letters for two or three possible bases as N.
 * Source: Cornish-Bowden, "Nomenclature for incompletely specified bases in nucleic acid sequences", 1985.
 */
export const DNA = new SequenceAlphabet("DNA", "ACGTN", { U: "T", RYSWKMBDHV: "N" });
/**
 * The twenty amino acids, and X for any. B (D or N), Z (E or Q), J (I or L) and the rare U and O are read as X.
 * Source: IUPAC-IUB, "Nomenclature and symbolism for amino acids and peptides", 1984.
 */
export const PROTEIN = new SequenceAlphabet("proteins", "ACDEFGHIKLMNPQRSTVWYX", { BZJUO: "X" });

/** Each letter stands over the one it pairs with; S, W and N pair with themselves. */
const LETTERS = "ACGTURYKMBVDHSWN-", PAIRED = "TGCAAYRMKVBHDSWN-";

/**
 * The other strand, read in its own direction: the letters' partners in reverse order, with their case. What has U and
 * no T is taken for RNA, and A gets U for its partner. Throws a DataError that names the place of another letter.
 */
export function reverseComplement(sequence: string): string {
  const rna = /u/i.test(sequence);
  if (rna && /t/i.test(sequence)) throw new DataError("the sequence has T and U, so it is neither DNA nor RNA");
  const partners = new Map([...LETTERS].flatMap((letter, i) => {
    const partner = rna && letter === "A" ? "U" : PAIRED[i];
    return [[letter.charCodeAt(0), partner.charCodeAt(0)],
      [letter.toLowerCase().charCodeAt(0), partner.toLowerCase().charCodeAt(0)]] as const;
  }));
  const out = new Uint8Array(sequence.length);
  for (let i = 0; i < sequence.length; i++) {
    const partner = partners.get(sequence.charCodeAt(i));
    if (partner === undefined) {
      throw new DataError(`${JSON.stringify(sequence[i])} at place ${i + 1} is no base; only DNA and RNA have ` +
        "another strand");
    }
    out[sequence.length - 1 - i] = partner;
  }
  return new TextDecoder().decode(out);
}
/** The same for numbers of `DNA`: the partner of each. A tensor of numbers is turned by this and by `flip`. */
export const DNA_COMPLEMENT: readonly number[] = Array.from(DNA.letters, (letter) =>
  DNA.letters.indexOf(reverseComplement(letter)));
