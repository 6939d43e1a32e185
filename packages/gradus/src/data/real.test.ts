import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it, test } from "vitest";
import { readBytes, readText } from "./files.node.ts";
import { readCitationGraph, readParallel, readVocFolder } from "./folders.node.ts";
import { parseConll, spansOfTags } from "./formats/language.ts";
import { decodePicture } from "./formats/picture.ts";
import { pictureArchive } from "./picture-archive.ts";

/** Files of publishers, where they are at hand; numbers are those that the publishers give. */
const folder = process.env["GRADUS_DATA"] ?? resolve(import.meta.dirname, "../../../../../shared/data");
const wanted = ["bccd", "cora", "ner-wnut17", "multi30k", "omniglot", "membrane"];
const missing = wanted.filter((name) => !existsSync(join(folder, name)));
if (missing.length > 0) test.skip(`skipped: no data: ${missing.join(", ")} (set GRADUS_DATA)`, () => undefined);

describe.skipIf(missing.length > 0)("real files", () => {
  it("Cora: 2,708 papers, 1,433 words, 7 classes, 5,278 edges, 140/500/1,000", async () => {
    const graph = await readCitationGraph(join(folder, "cora"));
    expect([graph.nodes, graph.features, graph.classes, graph.edges.length / 2]).toEqual([2708, 1433, 7, 5278]);
    const count = (split: string): number => graph.splits.filter((name) => name === split).length;
    expect([count("train"), count("val"), count("test")]).toEqual([140, 500, 1000]);
  });
  it("WNUT 2017: 3,394 sentences to learn from, six kinds of entities", async () => {
    const sentences = parseConll(await readText(join(folder, "ner-wnut17", "wnut17train.conll")));
    expect(sentences).toHaveLength(3394);
    const kinds = new Set(sentences.flatMap((one) => spansOfTags(one.map(([, tag]) => tag)).map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual(["corporation", "creative-work", "group", "location", "person", "product"]);
  });
  it("Multi30k: 29,000 pairs", async () => {
    const pairs = await readParallel(join(folder, "multi30k", "train.en"), join(folder, "multi30k", "train.de"));
    expect(pairs.size).toBe(29_000);
    expect(pairs.at(0)).toEqual({
      source: "two young , white males are outside near many bushes .",
      target: "zwei junge weiße männer sind im freien in der nähe vieler büsche .",
    });
  });
  it("Omniglot's small set: 20 drawings of 105 x 105 of each character", async () => {
    const bytes = await readBytes(join(folder, "omniglot", "images_background_small1.zip"));
    const { items, classes, labels } = pictureArchive(bytes, "images_background_small1.zip");
    expect(labels.length).toBe(20 * classes.length);
    const { picture } = await items.at(1234);
    expect([picture.height, picture.width, picture.channels]).toEqual([105, 105, 1]);
    expect([...new Set(picture.data)].sort()).toEqual([0, 255]);
  });
  it("BCCD: boxes inside of photographs of 640 x 480", async () => {
    const items = await readVocFolder(join(folder, "bccd"), "test");
    const { picture, objects } = await items.at(0);
    expect([picture.width, picture.height, picture.channels]).toEqual([640, 480, 3]);
    expect(objects.length).toBeGreaterThan(0);
    for (const { label } of objects) expect(["RBC", "WBC", "Platelets"]).toContain(label);
  });
  it("membrane: slices of 512 x 512", async () => {
    const path = join(folder, "membrane", "image", "0.png");
    const picture = await decodePicture(await readBytes(path), path);
    expect([picture.height, picture.width]).toEqual([512, 512]);
  });
});
