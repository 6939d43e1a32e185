import { DataError } from "../vocab/errors.ts";
import { gunzip, isGzip } from "./gzip.ts";
import type { SequenceAlphabet } from "./sequences.ts";
import { parseLines } from "./formats/language.ts";

/** A chain of a FASTA file: a protein, a gene, a chromosome. */
export interface SequenceRecord {
  /** The first word behind `>`. */
  readonly id: string;
  /** What follows the id; empty where nothing does. */
  readonly description: string;
  /** The letters as they stand: lower case where the file masks (repeats, as a rule), `-` for a gap, `*` for a stop. */
  readonly sequence: string;
  /** The line of the header, from 1. */
  readonly line: number;
}
export interface FastaOptions {
  /** How errors call the file. */
  readonly name?: string;
  /** Refuses letters that this alphabet does not have, by the line they stand in. */
  readonly alphabet?: SequenceAlphabet;
  /** Most letters of one record; the default is the longest string of V8. */
  readonly limit?: number;
}
/** Letters of a line, gaps and stops; anything else is no sequence. */
const FOREIGN = /[^A-Za-z*-]/;
const LONGEST = 2 ** 29 - 24, PIECE = 2 ** 20;

/** Takes a file line by line and gives a record as soon as the next one begins. */
class RecordReader {
  readonly #name: string;
  readonly #alphabet: SequenceAlphabet | undefined;
  readonly #limit: number;
  #header: Omit<SequenceRecord, "sequence"> | null = null;
  #pieces: string[] = [];
  #letters = 0;
  #line = 0;

  constructor({ name = "FASTA file", alphabet, limit = LONGEST }: FastaOptions) {
    [this.#name, this.#alphabet, this.#limit] = [name, alphabet, limit];
  }
  push(line: string): SequenceRecord | null {
    this.#line++;
    const text = line.trim();
    // Before 1990 a line with a semicolon was a comment, and some programs still write it.
    if (text === "" || text.startsWith(";")) return null;
    if (text.startsWith(">")) {
      const done = this.#record();
      const [, id, description] = /^>\s*(\S*)\s*(.*)$/.exec(text)!;
      if (id === "") throw this.#error("a header without an id; write one behind the >");
      this.#header = { id, description, line: this.#line };
      return done;
    }
    if (this.#header === null) {
      throw this.#error(text.startsWith("@") ? "this begins as a FASTQ file does; read it with parseFastq"
        : "letters before the first header; a FASTA file begins with a line of > and an id");
    }
    const letters = /\s/.test(text) ? text.replaceAll(/\s+/g, "") : text;
    const at = this.#alphabet?.foreign(letters) ?? letters.search(FOREIGN);
    if (at >= 0) {
      const sign = JSON.stringify(String.fromCodePoint(letters.codePointAt(at)!));
      throw this.#error(this.#alphabet === undefined
        ? `${sign} is no letter, nor - for a gap or * for a stop; take it out`
        : `${sign} is not among ${this.#alphabet.described}; take it out, or choose another alphabet`);
    }
    this.allow(letters.length);
    this.#pieces.push(letters);
    this.#letters += letters.length;
    return null;
  }
  /** Throws where so many letters more are too many for one record. */
  allow(letters: number): void {
    if (this.#letters + letters > this.#limit) {
      throw this.#error(`${this.#header?.id ?? "the file"} has more than ${this.#limit} letters, which is refused; ` +
        "cut it, or give a higher limit");
    }
  }
  /** The last record. Throws where there was none. */
  finish(): SequenceRecord {
    const last = this.#record();
    if (last === null) throw new DataError(`${this.#name} is empty: it has no line that begins with >`);
    return last;
  }
  #record(): SequenceRecord | null {
    if (this.#header === null) return null;
    if (this.#letters === 0) {
      throw new DataError(`${this.#name}, line ${this.#header.line}: ${this.#header.id} has no letters; take its ` +
        "header out, or fetch the file again");
    }
    const record = { ...this.#header, sequence: this.#pieces.join("") };
    [this.#pieces, this.#letters] = [[], 0];
    return record;
  }
  #error(message: string): DataError {
    return new DataError(`${this.#name}, line ${this.#line}: ${message}`);
  }
}

/**
 * Reads FASTA: a header `>id description`, and its letters in one line or in many. Empty lines, spaces between letters
 * and lines that begin with `;` are left out. Throws a DataError that names the line.
 * Source: Pearson and Lipman, "Improved tools for biological sequence comparison", 1988.
 */
export function parseFasta(text: string, options: FastaOptions = {}): SequenceRecord[] {
  const reader = new RecordReader(options);
  const records = parseLines(text).map((line) => reader.push(line)).filter((record) => record !== null);
  return [...records, reader.finish()];
}

/** The records of a file that comes in pieces, one after the other: no more than one is held. */
export async function* streamFasta(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, options: FastaOptions = {},
): AsyncGenerator<SequenceRecord, void, undefined> {
  const reader = new RecordReader(options), decoder = new TextDecoder();
  let held: string[] = [], letters = 0;
  const linesOf = (text: string, last: boolean): string[] => {
    held.push(text);
    letters += text.length;
    // A chromosome may stand in one line: it is put together once, and not with every piece.
    if (!last && !/[\r\n]/.test(text)) {
      reader.allow(letters);
      return [];
    }
    // A \r at the end waits for the \n that may follow.
    const lines = held.join("").split(last ? /\r\n|\n|\r/ : /\r\n|\n|\r(?!$)/);
    held = last ? [] : [lines.pop()!];
    letters = held.reduce((sum, piece) => sum + piece.length, 0);
    return lines;
  };
  for await (const piece of pieces) {
    for (const line of linesOf(decoder.decode(piece, { stream: true }), false)) {
      const record = reader.push(line);
      if (record !== null) yield record;
    }
  }
  for (const line of linesOf(decoder.decode(), true)) {
    const record = reader.push(line);
    if (record !== null) yield record;
  }
  yield reader.finish();
}

/** Reads the bytes of a FASTA file, compressed by gzip or not. */
export async function readFasta(bytes: Uint8Array, options: FastaOptions = {}): Promise<SequenceRecord[]> {
  const plain = isGzip(bytes) ? await gunzip(bytes, { name: options.name ?? "FASTA file" }) : bytes;
  const pieces = Array.from({ length: Math.ceil(plain.length / PIECE) }, (_, i) =>
    plain.subarray(i * PIECE, (i + 1) * PIECE));
  const records: SequenceRecord[] = [];
  for await (const record of streamFasta(pieces, options)) records.push(record);
  return records;
}

/** Writes records as FASTA, `width` letters a line. Throws a DataError for what could not be read again. */
export function writeFasta(
  records: readonly Pick<SequenceRecord, "id" | "description" | "sequence">[], width = 60,
): string {
  return records.map(({ id, description, sequence }) => {
    if (!/^[^\s>;]\S*$/.test(id) || /[\r\n]/.test(description) || sequence === "" || FOREIGN.test(sequence)) {
      throw new DataError(`the record ${JSON.stringify(id.slice(0, 40))} cannot be written as FASTA: it needs an id ` +
        "without spaces, a description of one line, and letters");
    }
    const lines = Array.from({ length: Math.ceil(sequence.length / width) }, (_, i) =>
      sequence.slice(i * width, (i + 1) * width));
    return `>${`${id} ${description}`.trim()}\n${lines.join("\n")}\n`;
  }).join("");
}
