import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../vocab/errors.ts";
import { readCorpus, readImageFolder, readTable, readText } from "./files.node.ts";
import { parseIdx, readIdx, writeIdx } from "./idx.ts";
import { gunzip } from "./gzip.ts";

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), "gradus-data-")); });
afterAll(() => rm(folder, { recursive: true }));

const images = writeIdx([3, 2, 2], Uint8Array.from({ length: 12 }, (_, i) => i));
const labels = writeIdx([3], Uint8Array.of(0, 2, 1));

describe("IDX", () => {
  it("reads what it wrote", () => {
    const { shape, data } = parseIdx(images);
    expect(shape).toEqual([3, 2, 2]);
    expect([...data]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });
  it("reads big-endian floats and 16-bit integers", () => {
    expect([...parseIdx(Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0)).data]).toEqual([1.5]);
    expect([...parseIdx(Uint8Array.of(0, 0, 0x0b, 1, 0, 0, 0, 2, 0xff, 0xfe, 1, 0)).data]).toEqual([-2, 256]);
  });
  it("refuses every truncation", () => {
    for (let length = 0; length < images.length; length++) {
      expect(() => parseIdx(images.subarray(0, length), "digits")).toThrow(DataError);
    }
    expect(() => parseIdx(images.subarray(0, 20), "digits")).toThrow(/digits is cut off: .*28 bytes.*20/);
  });
  it("refuses bytes left over, other files and impossible sizes", () => {
    expect(() => parseIdx(Uint8Array.of(...images, 1))).toThrow(/left over/);
    expect(() => parseIdx(new TextEncoder().encode("hello, world"))).toThrow(/not an IDX file/);
    expect(() => parseIdx(Uint8Array.of(0, 0, 8, 4, ...new Array<number>(16).fill(255)))).toThrow(/cut off/);
    expect(() => parseIdx(Uint8Array.of(0, 0, 8, 0))).toThrow(/axes/);
  });
  it("decompresses, and refuses gzip that is cut off or grows too much", async () => {
    const zipped = gzipSync(images);
    expect((await readIdx(zipped)).shape).toEqual([3, 2, 2]);
    await expect(readIdx(zipped.subarray(0, zipped.length - 9), "digits.gz"))
      .rejects.toThrow(/digits\.gz is damaged or cut off/);
    await expect(gunzip(gzipSync(new Uint8Array(100_000)), { limit: 50_000 })).rejects.toThrow(/more than 50000 bytes/);
  });
});

describe("folders and files", () => {
  it("reads a pair of IDX files", async () => {
    const pair = await mkdtemp(join(folder, "pair-"));
    await writeFile(join(pair, "images-idx3-ubyte.gz"), gzipSync(images));
    await writeFile(join(pair, "labels-idx1-ubyte"), labels);
    const { rows, trained } = await readImageFolder(pair);
    expect(rows).toMatchObject({ size: 3, shape: [1, 2, 2], classes: ["0", "1", "2"] });
    expect(trained).toBeNull();
  });
  it("puts training files first", async () => {
    const both = await mkdtemp(join(folder, "both-"));
    await writeFile(join(both, "t10k-images-idx3-ubyte"), writeIdx([1, 2, 2], Uint8Array.of(9, 9, 9, 9)));
    await writeFile(join(both, "t10k-labels-idx1-ubyte"), writeIdx([1], Uint8Array.of(1)));
    await writeFile(join(both, "train-images-idx3-ubyte"), images);
    await writeFile(join(both, "train-labels-idx1-ubyte"), labels);
    const { rows, trained } = await readImageFolder(both);
    expect(trained).toBe(3);
    expect([...rows.labels]).toEqual([0, 2, 1, 1]);
    expect([...rows.features.slice(-4)]).toEqual([9, 9, 9, 9]);
  });
  it("says what is missing", async () => {
    await expect(readImageFolder(join(folder, "nowhere")))
      .rejects.toThrow(/cannot read .*nowhere: there is no such file/);
    await expect(readImageFolder(folder)).rejects.toThrow(/it needs a pair/);
    await expect(readText(join(folder, "none.txt"))).rejects.toThrow(/there is no such file/);
    const odd = await mkdtemp(join(folder, "odd-"));
    await writeFile(join(odd, "images-idx3-ubyte"), images);
    await writeFile(join(odd, "labels-idx1-ubyte"), writeIdx([2], Uint8Array.of(0, 1)));
    await expect(readImageFolder(odd)).rejects.toThrow(/do not belong together/);
  });
  it("reads tables and texts, Latin-1 included", async () => {
    await writeFile(join(folder, "t.csv"), "a,b,kind\n1,2,x\n3,4,y\n");
    expect(await readTable(join(folder, "t.csv"))).toMatchObject({ size: 2, classes: ["x", "y"] });
    await writeFile(join(folder, "latin.txt"), Uint8Array.of(0x63, 0x61, 0x66, 0xe9));
    expect(await readText(join(folder, "latin.txt"))).toBe("café");
    await writeFile(join(folder, "empty.txt"), "");
    await expect(readCorpus(join(folder, "empty.txt"))).rejects.toThrow(/empty\.txt is empty/);
  });
  it("reads FASTA as a corpus of letters, a chain a line", async () => {
    const file = ">one first\nACgt\nAC\n>two\nGGN\n";
    await writeFile(join(folder, "chains.fa"), file);
    await writeFile(join(folder, "chains.fna.gz"), gzipSync(file));
    for (const name of ["chains.fa", "chains.fna.gz"]) {
      const { vocabulary, train, heldOut } = await readCorpus(join(folder, name));
      expect(vocabulary.decode([...train, ...heldOut])).toBe("ACGTAC\nGGN\n");
    }
    await writeFile(join(folder, "bad.fasta"), ">one\nAC1\n");
    await expect(readCorpus(join(folder, "bad.fasta"))).rejects.toThrow(/bad\.fasta, line 2: "1" is no letter/);
  });
});
