import { DataError } from "../vocab/errors.ts";
import type { SequenceRecord } from "./fasta.ts";
import { parseLines } from "./formats/language.ts";

/** A read of a sequencing machine. */
export interface ReadRecord extends SequenceRecord {
  /** For each letter -10 log10 of the chance that it is wrong (Phred): 20 is one in a hundred. */
  readonly quality: Uint8Array;
}
/** The sign for a quality of 0, and the last sign that is used. */
const ZERO = 33, LAST = 126;

/**
 * Reads FASTQ of four lines a record: `@id description`, letters, `+`, a sign of quality for each letter. Throws a
 * DataError that names the line.
 * Source: Cock and others, "The Sanger FASTQ file format for sequences with quality scores", 2010.
 */
export function parseFastq(text: string, name = "FASTQ file"): ReadRecord[] {
  const lines = parseLines(text), records: ReadRecord[] = [];
  while (lines.length > 0 && lines[lines.length - 1].trim() === "") lines.pop();
  if (lines.length === 0) throw new DataError(`${name} is empty: it has no reads`);
  for (let at = 0; at < lines.length; at += 4) {
    const fail = (offset: number, message: string): never => {
      throw new DataError(`${name}, line ${at + offset + 1}: ${message}`);
    };
    const [header, sequence = "", plus = "", signs = ""] = lines.slice(at, at + 4).map((line) => line.trimEnd());
    const [, id = "", description = ""] = /^@(\S+)\s*(.*)$/.exec(header) ?? [];
    if (id === "") fail(0, "a read begins with @ and an id; each has four lines, its letters in one of them");
    if (at + 4 > lines.length) fail(0, `${id} is cut off; fetch the file again`);
    if (!/^[A-Za-z*-]+$/.test(sequence)) fail(1, `${id} has no letters here, or other signs than letters`);
    if (!plus.startsWith("+")) fail(2, "a line that begins with + is expected; each read has four lines");
    if (signs.length !== sequence.length) {
      fail(3, `${signs.length} signs of quality for ${sequence.length} letters; fetch the file again`);
    }
    const quality = Uint8Array.from(signs, (sign, i) => {
      const code = sign.charCodeAt(0);
      return code < ZERO || code > LAST ? fail(3, `sign ${i + 1} is not between "!" and "~"`) : code - ZERO;
    });
    records.push({ id, description, sequence, line: at + 1, quality });
  }
  return records;
}
