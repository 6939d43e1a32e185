import { mkdtemp, readdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../vocab/errors.ts";
import { asTensor, FILES, refusal, same, unpacked } from "./formats.fixture.ts";
import { SafetensorsReader } from "./safetensors-file.node.ts";
import { readSafetensors, writeSafetensors, type SafeTensor } from "./safetensors.ts";
import { readShardIndex, shardFiles } from "./shards.ts";

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), "gradus-safetensors-")); });
afterAll(() => rm(folder, { recursive: true }));

const { file, want } = FILES.safetensors;
const tensors = new Map<string, SafeTensor>(Object.entries(want).map(([name, packed]) => [name, asTensor(packed)]));

it("upstream's files are read, and written with the same bytes", () => {
  const read = readSafetensors(unpacked(file));
  for (const [name, packed] of Object.entries(want)) same(read.tensors.get(name), packed, name);
  expect(read.tensors.size).toBe(tensors.size);
  expect(Buffer.from(writeSafetensors(tensors, read.metadata)).toString("base64")).toBe(file);
});

describe("a file on disk", () => {
  it("gives tensors one by one, and rows of them", async () => {
    const path = join(folder, "one.safetensors");
    await writeFile(path, unpacked(file));
    const reader = await SafetensorsReader.open(path);
    for (const [name, packed] of Object.entries(want)) same(await reader.read(name), packed, name);
    expect(reader.metadata.get("format")).toBe("np");
    expect(reader.tensors.get("float32")).toMatchObject({ dtype: "F32", shape: [2, 3] });
    const row = await reader.read("float32", { from: 1, to: 2 });
    expect(row).toEqual({ dtype: "F32", shape: [1, 3], bytes: unpacked(want["float32"].data).slice(12) });
    expect(await refusal(() => reader.read("float32", { from: 1, to: 3 }))).toBeInstanceOf(DataError);
    expect(await refusal(() => reader.read("nothing"))).toBeInstanceOf(DataError);
    await reader.close();
  });
  it("is refused where it is damaged or missing", async () => {
    const path = join(folder, "short.safetensors");
    await writeFile(path, unpacked(file));
    for (const size of [unpacked(file).length - 1, 100, 7, 0]) {
      await truncate(path, size);
      expect(await refusal(() => SafetensorsReader.open(path))).toBeInstanceOf(DataError);
    }
    const missing = await refusal(() => SafetensorsReader.open(join(folder, "none")));
    expect((missing as Error).message).toMatch(/no such file/);
  });
});

describe("shards", () => {
  const write = async (name: string): Promise<string> => {
    const stem = join(folder, name);
    for (const [part, bytes] of shardFiles(tensors, { maxBytes: 60, stem: name })) {
      await writeFile(join(folder, part), bytes);
    }
    return `${stem}.safetensors.index.json`;
  };
  it("are written with an index, and read as one file", async () => {
    const reader = await SafetensorsReader.open(await write("whole"));
    expect((await readdir(folder)).filter((name) => /^whole-0000\d-of-0000\d\.safetensors$/.test(name)).length)
      .toBeGreaterThan(3);
    expect([...reader.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
    for (const [name, packed] of Object.entries(want)) same(await reader.read(name), packed, name);
    await reader.close();
  });
  it("are one file where everything fits into one", () => {
    expect(Array.from(shardFiles(tensors), ([name]) => name)).toEqual(["model.safetensors"]);
  });
  it("that do not fit their index are refused", async () => {
    const index = await write("mixed");
    const parts = (await readdir(folder)).filter((name) => name.startsWith("mixed-0")).sort();
    const [first, second] = parts.map((name) => join(folder, name));
    await rename(first, join(folder, "aside"));
    expect(await refusal(() => SafetensorsReader.open(index))).toBeInstanceOf(DataError);
    await rename(second, first);
    expect((await refusal(() => SafetensorsReader.open(index)) as Error).message).toMatch(/does not place there/);
  });
  it.each([
    "[]", "{}", '{"weight_map":[]}', '{"weight_map":{"a":1}}', '{"weight_map":{"a":"../x.safetensors"}}',
    '{"weight_map":{"a":"/etc/x.safetensors"}}', '{"weight_map":{"a":"b\\\\c.safetensors"}}',
    '{"weight_map":{"a":"model.bin"}}', '{"weight_map":{"a":".safetensors"}}',
    '{"weight_map":{"a":"m.safetensors","a":"n.safetensors"}}',
  ])("an index such as %s is refused", async (text) => {
    expect(await refusal(() => readShardIndex(text))).toBeInstanceOf(DataError);
  });
});
