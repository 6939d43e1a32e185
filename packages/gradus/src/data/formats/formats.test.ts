import { readFileSync } from "node:fs";
import { zipSync } from "fflate";
import { beforeAll, describe, expect, it } from "vitest";
import "../../exec/setup.ts";
import "../../tensor/tensor.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { setBackend } from "../../runtime/registry.ts";
import { DataError, GradusError } from "../../vocab/errors.ts";
import { RandomStream } from "../../vocab/random.ts";
import { parseCsv } from "../csv.ts";
import { parseIdx, writeIdx } from "../idx.ts";
import { pictureArchive } from "../picture-archive.ts";
import { parseCoco, parseVoc, runLengthMask } from "./boxes.ts";
import { parseCitationGraph } from "./graph.ts";
import { parseConll, parseJsonLines, parseLines, parseParallel, parseSquad, spansOfTags } from "./language.ts";
import { readParquet } from "./parquet.ts";
import { decodePicture, encodePng, pictureOf, pictureTensor, type Picture } from "./picture.ts";
import { parseXml } from "./xml.ts";
import { openZip } from "./zip.ts";

beforeAll(() => setBackend(createReferenceBackend()));

interface Encoded {
  readonly what: string;
  readonly file: string;
  readonly shape: readonly [number, number, number];
  readonly pixels: string;
}
const fixtures = JSON.parse(readFileSync(
  new URL("../../../../../tools/oracle/fixtures/data-files.json", import.meta.url), "utf8")) as {
  readonly png: readonly Encoded[]; readonly jpeg: readonly Encoded[]; readonly parquet: Readonly<Record<string,
    string>>;
};
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

/** Every mutation of a file gives a value or an error of ours, never another one. */
async function fuzz(source: Uint8Array, read: (bytes: Uint8Array) => unknown, rounds = 300): Promise<void> {
  const random = new RandomStream(17);
  for (let round = 0; round < rounds; round++) {
    let bytes = source.slice();
    for (let change = random.integer(4); change >= 0; change--) {
      const at = random.integer(bytes.length), kind = random.integer(4);
      if (kind === 0) bytes[at] = random.integer(256);
      else if (kind === 1) bytes[at] ^= 1 << random.integer(8);
      else if (kind === 2) bytes = bytes.slice(0, Math.max(1, at));
      else bytes.set([255, 255, 255, 127].slice(0, bytes.length - at), at);
    }
    try {
      await read(bytes);
    } catch (error) {
      expect(error, `round ${round}: ${String((error as Error).stack)}`).toBeInstanceOf(GradusError);
    }
  }
}
const fuzzText = (source: string, read: (source: string) => unknown): Promise<void> =>
  fuzz(text(source), (bytes) => read(new TextDecoder().decode(bytes)));

describe("pictures", () => {
  it.each(fixtures.png.map((one) => [one.what, one] as const))("PNG, %s, as pillow reads it", async (_, one) => {
    const { data, height, width, channels } = await decodePicture(bytesOf(one.file));
    expect([height, width, channels]).toEqual(one.shape);
    expect(data).toEqual(bytesOf(one.pixels));
  });
  it.each(fixtures.jpeg.map((one) => [one.what, one] as const))("JPEG, %s, within a few levels", async (_, one) => {
    const { data, height, width, channels } = await decodePicture(bytesOf(one.file));
    expect([height, width, channels]).toEqual(one.shape);
    const wanted = bytesOf(one.pixels);
    const difference = data.map((value, i) => Math.abs(value - wanted[i]));
    expect(difference.reduce((a, b) => a + b) / data.length).toBeLessThan(one.what === "4:2:0" ? 3.5 : 1);
  });
  it("writes PNG that it reads, and goes through tensors", async () => {
    for (const channels of [1, 2, 3, 4]) {
      const data = Uint8Array.from({ length: 6 * 5 * channels }, (_, i) => (i * 91) % 256);
      const picture: Picture = { data, height: 6, width: 5, channels };
      expect(await decodePicture(await encodePng(picture))).toEqual(picture);
      expect(await pictureOf(pictureTensor(picture))).toEqual(picture);
    }
    expect(pictureTensor({ data: new Uint8Array(6), height: 1, width: 2, channels: 3 }).shape).toEqual([1, 2, 3]);
  });
  it("refuses cut-off files, forged sizes and other files", async () => {
    const png = await encodePng({ data: new Uint8Array(300), height: 10, width: 10, channels: 3 });
    for (let length = 8; length < png.length; length += 7) {
      await expect(decodePicture(png.subarray(0, length), "p.png")).rejects.toThrow(DataError);
    }
    const huge = png.slice();
    new DataView(huge.buffer).setUint32(16, 0x7fffffff);
    await expect(decodePicture(huge, "p.png")).rejects.toThrow(/p\.png declares 2147483647 x 10 pixels/);
    const small = png.slice();
    new DataView(small.buffer).setUint32(16, 2);
    await expect(decodePicture(small, "p.png")).rejects.toThrow(/more than 70 bytes/);
    await expect(decodePicture(text("GIF89a..."), "p.gif")).rejects.toThrow(/p\.gif is neither PNG nor JPEG/);
    await expect(encodePng({ data: new Uint8Array(5), height: 2, width: 2, channels: 3 })).rejects.toThrow(/5 bytes/);
  });
  it("survives mutations of PNG", () => fuzz(bytesOf(fixtures.png[5].file), (bytes) => decodePicture(bytes)));
  it("survives mutations of JPEG", () => fuzz(bytesOf(fixtures.jpeg[1].file), (bytes) => decodePicture(bytes)));
});

describe("zip", () => {
  const files = { "set/a/1.txt": text("one".repeat(50)), "set/b/2.txt": text("two"), "empty.txt": new Uint8Array(0) };
  const zipped = zipSync(files);
  it("lists and reads", async () => {
    const entries = openZip(zipped);
    expect(entries.map(({ path, size }) => [path, size])).toEqual([["set/a/1.txt", 150], ["set/b/2.txt", 3],
      ["empty.txt", 0]]);
    expect(await entries[0].read()).toEqual(files["set/a/1.txt"]);
    expect(await openZip(zipSync(files, { level: 0 }))[1].read()).toEqual(files["set/b/2.txt"]);
  });
  it.each(["../evil.txt", "/etc/passwd", "a/../../b", "C:\\x", "a\\b", "a\0b"])("refuses the path %j", (path) => {
    expect(() => openZip(zipSync({ [path]: text("x") }))).toThrow(/leads out of the archive's folder/);
  });
  it("refuses bombs by ratio, total, number, and forged sizes", async () => {
    const bomb = zipSync({ "zeros.bin": new Uint8Array(3_000_000) });
    expect(() => openZip(bomb, "bomb.zip")).toThrow(/bomb\.zip: "zeros\.bin" grows from \d+ to 3000000 bytes/);
    expect(() => openZip(zipped, "z", { total: 100 })).toThrow(/more than 100 bytes/);
    expect(() => openZip(zipped, "z", { entries: 2 })).toThrow(/has 3 entries/);
    const forged = bomb.slice(), view = new DataView(forged.buffer);
    const directory = view.getUint32(forged.length - 6, true);
    view.setUint32(directory + 24, 5000, true);
    await expect(openZip(forged, "bomb.zip", { ratio: 1e6 })[0].read()).rejects.toThrow(/more than 5000 bytes/);
    view.setUint32(directory + 20, 0x7fffffff, true);
    expect(() => openZip(forged, "bomb.zip", { ratio: 1e6 })).toThrow(/beyond the end of the file/);
    expect(() => openZip(zipSync({ "a.txt": text("x"), "A.txt": text("y") }))).toThrow(/twice/);
  });
  it("checks sums and survives mutations", async () => {
    const stored = zipSync({ "a.txt": text("hello") }, { level: 0 });
    stored[30 + 5] ^= 1;
    await expect(openZip(stored)[0].read()).rejects.toThrow(/checksum differ/);
    await fuzz(zipped, (bytes) => Promise.all(openZip(bytes).map((entry) => entry.read())));
  });
  it("gives pictures by folder", async () => {
    const dot = await encodePng({ data: Uint8Array.of(0, 255), height: 1, width: 2, channels: 1 });
    const { items, labels, classes } = pictureArchive(zipSync({ "x/b/1.png": dot, "x/a/1.png": dot,
      "x/a/2.png": dot }));
    expect([classes, [...labels]]).toEqual([["x/a", "x/b"], [0, 0, 1]]);
    expect((await items.at(2)).label).toBe(1);
    expect([...(await items.at(0)).picture.data]).toEqual([0, 255]);
  });
});

const VOC = `<annotation><!-- one --><filename>a.jpg</filename><size><width>100</width><height>80</height>
<depth>3</depth></size><object><name>a &amp; b</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2</ymin>
<xmax>10</xmax><ymax>99</ymax></bndbox></object></annotation>`;
describe("XML and VOC", () => {
  it("reads boxes from 0, cut to the picture", () => {
    expect(parseVoc(VOC)).toEqual({
      file: "a.jpg", width: 100, height: 80, objects: [{ label: "a & b", box: [0, 1, 10, 80], difficult: true }],
    });
  });
  it.each([
    ["<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", /document type is declared/], ["<a>&x;</a>", /an entity is not/],
    ["<a><b></a>", /closes what is not open/], ["<a><b>", /<b> is never closed/], ["<a/><b/>", /second outermost/],
    ["x<a/>", /outside of the outermost/], ["<a><![CDATA[x]]></a>", /of a kind that is not read/], ["", /no element/],
    ["<a>".repeat(100), /nested deeper than 32/], ["<?php x?><a/>", /not read/], ["<a b=c/>", /malformed/],
  ])("refuses %j", (source, message) => {
    expect(() => parseXml(source)).toThrow(message);
    expect(() => parseXml(source)).toThrow(DataError);
  });
  it("names what is missing", () => {
    expect(() => parseVoc(VOC.replace("<xmax>10</xmax>", ""),
      "v.xml")).toThrow(/v\.xml, object 0: <bndbox> has 0 <xmax>/);
    expect(() => parseVoc(VOC.replace("10", "1e9"))).toThrow(/no number of pixels/);
    expect(() => parseVoc("<a/>")).toThrow(/no VOC annotation/);
    expect(() => parseVoc(VOC.replace("<xmin>1<", "<xmin>90<"))).toThrow(/covers no pixel/);
  });
  it("survives mutations", () => fuzzText(VOC, parseVoc));
});

const COCO = JSON.stringify({
  images: [{ id: 7, file_name: "a.jpg", width: 3, height: 2 }], categories: [{ id: 90, name: "toothbrush" }],
  annotations: [
    { id: 1, image_id: 7, category_id: 90, bbox: [0, 0.5, 2, 1.5], area: 3, iscrowd: 0, segmentation: [[0, 0, 2, 0, 2,
      2]] },
    { id: 2, image_id: 7, category_id: 90, bbox: [0, 0, 1, 1], iscrowd: 1, segmentation: { size: [2, 3], counts: [1,
      2, 3] } },
    { id: 3, image_id: 7, category_id: 90, bbox: [0, 0, 1, 1], segmentation: { size: [2, 3], counts: "123" } },
  ],
});
describe("COCO", () => {
  it("reads boxes, outlines and run lengths", () => {
    const { pictures: [{ file, objects }], categories } = parseCoco(COCO);
    expect([file, categories.get(90)]).toEqual(["a.jpg", "toothbrush"]);
    expect(objects[0]).toMatchObject({ box: [0, 0.5, 2, 2], label: "toothbrush", difficult: false, area: 3 });
    expect(objects[1].difficult).toBe(true);
    const codes = objects.slice(1).map(({ segmentation }) => segmentation as { size: number[]; counts: number[] });
    expect(codes[1].counts).toEqual([1, 2, 3]);
    expect([...runLengthMask(codes[0])]).toEqual([0, 1, 0, 1, 0, 0]);
  });
  it("names what does not fit", () => {
    expect(() => parseCoco(COCO.replace('"image_id":7', '"image_id":8'),
      "c.json")).toThrow(/image 8, which is not listed/);
    expect(() => parseCoco(COCO.replace('"file_name":"a.jpg",', ""),
      "c.json")).toThrow(/c\.json: images\[0\]\.file_name is missing/);
    expect(() => parseCoco(`{"images":${"[".repeat(100)}`)).toThrow(/nested deeper than 64/);
    expect(() => runLengthMask({ size: [1e9, 1e9], counts: [1] })).toThrow(/does not fill/);
  });
  it("survives mutations", () => fuzzText(COCO, parseCoco));
});

const SQUAD = JSON.stringify({ data: [{ title: "T", paragraphs: [{
  context: "😀 Ada wrote it in 1843.", qas: [{ id: "q1", question: "When?", answers: [{ text: "1843",
    answer_start: 18 }] }],
}] }] });
const CONLL = "-DOCSTART-\tO\n\nAda\tB-person\nLovelace\tI-person\nin\tO\nRome\tB-location\n\nOk\tO\n";
describe("language", () => {
  it("lines, JSON lines and parallel text", () => {
    expect(parseLines("\ufeffa\r\nb\n\nc\n")).toEqual(["a", "b", "", "c"]);
    expect(parseJsonLines('{"a": 1}\n\n[2.5]\n')).toEqual([new Map([["a", 1n]]), [2.5]]);
    expect(() => parseJsonLines('1\n{"a"', "x.jsonl")).toThrow(/x\.jsonl, line 2: a colon is missing/);
    expect(parseParallel("a\nb\n", "c\nd")).toEqual([{ source: "a", target: "c" }, { source: "b", target: "d" }]);
    expect(() => parseParallel("a\nb", "c", "text")).toThrow(/text: 2 lines on one side and 1/);
  });
  it("CoNLL columns and entities", () => {
    const sentences = parseConll(CONLL);
    expect(sentences.map((sentence) => sentence.map(([word]) => word))).toEqual([["Ada", "Lovelace", "in", "Rome"],
      ["Ok"]]);
    expect(spansOfTags(sentences[0].map(([, tag]) => tag)))
      .toEqual([{ kind: "person", start: 0, end: 2 }, { kind: "location", start: 3, end: 4 }]);
    expect(spansOfTags(["I-a", "B-a", "I-b"]).map(({ kind, start, end }) => [kind, start, end]))
      .toEqual([["a", 0, 1], ["a", 1, 2], ["b", 2, 3]]);
    expect(() => parseConll("a b\nc", { name: "x" })).toThrow(/x, line 2: 1 columns where the first line has 2/);
    expect(() => parseConll("\n\n")).toThrow(/no sentences/);
  });
  it("SQuAD, with code points turned into UTF-16 units", () => {
    const [{ context, answers: [{ text: answer, start }] }] = parseSquad(SQUAD);
    expect(context.slice(start, start + 4)).toBe(answer);
    expect(start).toBe(19);
    expect(() => parseSquad(SQUAD.replace('"answer_start":18', '"answer_start":3'),
      "s.json")).toThrow(/s\.json: .*"1843" does not stand at 3/);
  });
  it("survives mutations", async () => {
    await fuzzText(SQUAD, parseSquad);
    await fuzzText(CONLL, (source) => parseConll(source));
    await fuzzText('{"a": [1, "two"]}\n{"b": null}\n', parseJsonLines);
  });
});

describe("tables", () => {
  const nodes = "# node\n0\t2\ttrain\t1 4\n1\t0\ttest\t\n", edges = "0\t1\n";
  it("a citation graph", () => {
    expect(parseCitationGraph(nodes, edges)).toMatchObject({ nodes: 2, classes: 3, features: 5, splits: ["train",
      "test"] });
    expect(() => parseCitationGraph(nodes, "0\t9\n", "g")).toThrow(/g, edges, line 1: 9 is none of the 2 nodes/);
    expect(() => parseCitationGraph("1\t0\tx\t\n", "", "g")).toThrow(/node 1 where 0 follows/);
    expect(() => parseCitationGraph("", "")).toThrow(/no nodes/);
  });
  it("survive mutations", async () => {
    await fuzzText(nodes, (source) => parseCitationGraph(source, edges));
    await fuzzText('a,b\n"x ""y""",2\n', (source) => parseCsv(source));
    await fuzz(writeIdx([2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6)), (bytes) => parseIdx(bytes));
  });
});

describe("Parquet", () => {
  it.each(Object.entries(fixtures.parquet))("compressed by %s", async (_, file) => {
    const rows = await readParquet(bytesOf(file));
    expect(rows.map((row) => row["id"])).toEqual([0n, 1n, 2n, 3n, 4n]);
    expect(rows.map((row) => row["text"])).toEqual(["one", "zwei", "trois", null, "cinq"]);
    expect(rows.map((row) => row["score"])).toEqual([0.5, -1.25, 3, 1e-3, 7]);
    expect(rows[0]["words"]).toEqual(["a", "b"]);
    expect((rows[0]["image"] as { bytes: Uint8Array }).bytes).toEqual(Uint8Array.of(0x89, 0x50, 0x4e, 0x47));
    expect(await readParquet(bytesOf(file), { columns: ["id"], firstRow: 1, endRow: 3 })).toEqual([{ id: 1n },
      { id: 2n }]);
  });
  it("says what is wrong", async () => {
    const file = bytesOf(fixtures.parquet["snappy"]);
    await expect(readParquet(file.subarray(0, 100), { name: "x.parquet" })).rejects.toThrow(
      /x\.parquet is not a Parquet/);
    await expect(readParquet(file, { columns: ["nope"] })).rejects.toThrow(/no column "nope", only id, text/);
    await expect(readParquet(file, { limit: 10 })).rejects.toThrow(/more than is read/);
  });
  it.each(Object.entries(fixtures.parquet))("survives mutations of %s", (_, file) =>
    fuzz(bytesOf(file), (bytes) => readParquet(bytes), 250));
});
