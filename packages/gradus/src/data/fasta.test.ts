import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DataError } from "../vocab/errors.ts";
import { DNA, PROTEIN } from "./sequences.ts";
import { parseFasta, readFasta, streamFasta, writeFasta, type SequenceRecord } from "./fasta.ts";
import { parseFastq } from "./fastq.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const file = "; made by a program\r\n\r\n>sp|P1 a first chain\r\nMKVL\r\n\r\nwq*\r\n> two\r\nAC-DE FG\r\n";
const wanted: SequenceRecord[] = [
  { id: "sp|P1", description: "a first chain", sequence: "MKVLwq*", line: 3 },
  { id: "two", description: "", sequence: "AC-DEFG", line: 7 },
];
/** All records of a file that comes in pieces of `size` bytes. */
async function streamed(text: string, size: number, limit?: number): Promise<SequenceRecord[]> {
  const all = bytes(text), records: SequenceRecord[] = [];
  const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
  for await (const one of streamFasta(pieces, limit === undefined ? {} : { limit })) records.push(one);
  return records;
}

describe("FASTA", () => {
  it("reads headers, wrapped letters, comments, masks, gaps and stops, with any line end", () => {
    expect(parseFasta(file)).toEqual(wanted);
    expect(parseFasta(file.replaceAll("\r\n", "\n").trimEnd())).toEqual(wanted);
    expect(parseFasta(`\ufeff${file.replaceAll("\r\n", "\r")}`)).toEqual(wanted);
  });
  it.each([1, 2, 3, 7, 1000])("gives the same from pieces of %i bytes", async (size) => {
    for (const end of ["\r\n", "\n", "\r"]) {
      expect(await streamed(file.replaceAll("\r\n", end), size)).toEqual(wanted);
    }
  });
  it("gives a record before the next ones have come", async () => {
    let sent = 0;
    const records = streamFasta((function* () {
      for (const piece of [">a\nACGT\n>b\nAC", "GT\n", ">c\nT\n"]) {
        sent++;
        yield bytes(piece);
      }
    })());
    expect((await records.next()).value).toMatchObject({ id: "a", sequence: "ACGT" });
    expect(sent).toBe(1);
  });
  it("reads gzip, and what it wrote", async () => {
    expect(await readFasta(gzipSync(file))).toEqual(wanted);
    const long = [{ id: "long", description: "of 150", sequence: "ACGTN".repeat(30) }];
    expect(writeFasta(long).split("\n").map(({ length }) => length)).toEqual([12, 60, 60, 30, 0]);
    expect(parseFasta(writeFasta(long))).toMatchObject(long);
    expect(parseFasta(writeFasta(wanted))).toMatchObject(wanted.map(({ sequence }) => ({ sequence })));
    for (const [id, description, sequence] of [["", "", "A"], ["a b", "", "A"], [">", "", "A"], ["a", "x\n", "A"],
      ["a", "", ""], ["a", "", ">"]]) {
      expect(() => writeFasta([{ id, description, sequence }])).toThrow(DataError);
    }
  });
  it.each([
    ["", /f\.fa is empty: it has no line that begins with >/], ["; only\n", /is empty/],
    ["MKV\n>a\nMKV", /line 1: letters before the first header/], ["@r\nACGT\n+\nIIII", /line 1: .*parseFastq/],
    [">\nACGT", /line 1: a header without an id; write one/], [">a\n>b\nAC", /line 1: a has no letters; take/],
    [">a\nAC\n>b\n", /line 3: b has no letters/], [">a\nAC\nA1C", /line 3: "1" is no letter/],
    [">a\nAC\n😀", /line 3: "😀" is no letter/],
  ])("refuses %j by its line", async (text, message) => {
    expect(() => parseFasta(text, { name: "f.fa" })).toThrow(message);
    await expect(readFasta(bytes(text), { name: "f.fa" })).rejects.toThrow(message);
    expect(() => parseFasta(text)).toThrow(DataError);
  });
  it("refuses letters of another alphabet, and records over a limit", async () => {
    expect(parseFasta(">a\nACGTUryn", { alphabet: DNA })).toHaveLength(1);
    expect(() => parseFasta(">a\nACGT\nACE", { alphabet: DNA }))
      .toThrow(/line 3: "E" is not among the letters of DNA \(ACGTN\); take it out, or choose another alphabet/);
    expect(() => parseFasta(">a\nMKV*", { alphabet: PROTEIN })).toThrow(/line 2: "\*" is not among/);
    expect(parseFasta(">a\nACG\nT", { limit: 4 })).toHaveLength(1);
    expect(() => parseFasta(">a\nACG\nTT", { limit: 4 })).toThrow(/line 3: a has more than 4 letters/);
    await expect(streamed(`>a\n${"A".repeat(100)}`, 10, 50)).rejects.toThrow(/more than 50 letters/);
  });
});

describe("FASTQ", () => {
  it("reads letters and their quality", () => {
    const [first, second, ...none] = parseFastq("@r1 lane 2\nACGTN\n+\nI5+!~\n@r2\r\nGG\r\n+r2\r\n@@\r\n\n");
    expect(first).toMatchObject({ id: "r1", description: "lane 2", sequence: "ACGTN", line: 1 });
    expect([...first.quality]).toEqual([40, 20, 10, 0, 93]);
    expect(second).toMatchObject({ id: "r2", description: "", sequence: "GG", line: 5 });
    expect([[...second.quality], none]).toEqual([[31, 31], []]);
  });
  it.each([
    ["", /q\.fq is empty/], [">a\nACGT\n", /line 1: a read begins with @/], ["@a\nAC\n+\n", /line 1: a is cut off/],
    ["@a\nA C\n+\nIII", /line 2: a has no letters here/], ["@a\nAC\nAC\nII", /line 3: a line that begins with \+/],
    ["@a\nAC\n+\nI", /line 4: 1 signs of quality for 2 letters/], ["@a\nAC\n+\nI\u00e9", /line 4: sign 2 is not/],
    ["@a\nAC\n+\nII\n\n@b\nA\n+\nI", /line 5: a read begins with @/],
  ])("refuses %j by its line", (text, message) => {
    expect(() => parseFastq(text, "q.fq")).toThrow(message);
    expect(() => parseFastq(text)).toThrow(DataError);
  });
});
