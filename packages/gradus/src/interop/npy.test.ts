import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataError, GradusError } from "../vocab/errors.ts";
import { asTensor, FILES, refusal, same, unpacked } from "./formats.fixture.ts";
import { readNpy, writeNpy } from "./npy.ts";
import { readNpz, writeNpz } from "./npz.ts";
import { readSafetensors, writeSafetensors, type SafeTensor } from "./safetensors.ts";

/** The arrays that NumPy wrote row-major and little-endian, version 1. */
const plain = Object.entries(FILES.npy).filter(([name]) => !/^(fortran|big|version)/.test(name));

describe("npy", () => {
  it.each(Object.keys(FILES.npy))("reads what NumPy wrote: %s", (name) => {
    same(readNpy(unpacked(FILES.npy[name].file), name), FILES.npy[name].want, name);
  });
  it.each(plain.map(([name]) => name))("writes the same bytes as NumPy: %s", (name) => {
    const { file, want } = FILES.npy[name];
    expect(Buffer.from(writeNpy(asTensor(want))).toString("base64")).toBe(file);
  });
  it.each([
    ["object", /Python objects/], ["structured", /structures/], ["complex128", /"<c16"/], ["text", /"<U2"/],
    ["datetime", /"<M8\[D\]"/],
  ])("refuses %s", async (name, message) => {
    const error = await refusal(() => readNpy(unpacked(FILES.npyRefused[name]), "x.npy"));
    expect(error).toBeInstanceOf(GradusError);
    expect((error as Error).message).toMatch(message);
  });
  it("names dtypes that NumPy has not", async () => {
    expect(await refusal(() => writeNpy({ dtype: "BF16", shape: [1], bytes: new Uint8Array(2) }, "w")))
      .toMatchObject({ name: "DTypeError", message: /"w" is of dtype BF16/ });
  });

  const header = (text: string, data = 4): Uint8Array => {
    const out = new Uint8Array(10 + text.length + data);
    out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8]);
    out.set(new TextEncoder().encode(text), 10);
    return out;
  };
  it("reads a header in any order and spacing", () => {
    expect(readNpy(header(`{"shape":(4,),'fortran_order' : False,'descr':'|u1'}\n`)).shape).toEqual([4]);
  });
  it.each([
    "", "{}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "{'descr': '<f4', 'shape': (1,)}",
    "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", "{'descr': '<f4', 'fortran_order': False, 'shape': 1}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "{'descr': f4, 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", "{'descr': '<f4', 'descr': '<f4'}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + 1",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,", "__import__('os').system('true')",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740993, 0)}",
    `{'descr': '<f4', 'fortran_order': False, 'shape': (${"1,".repeat(100)})}`,
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
  ])("refuses the header %s", async (text) => {
    expect(await refusal(() => readNpy(header(text)))).toBeInstanceOf(DataError);
  });
});

describe("npz", () => {
  const arrays = new Map<string, SafeTensor>(plain.map(([name, { want }]) => [name, asTensor(want)]));

  it.each(Object.keys(FILES.npz))("reads what NumPy wrote: %s", async (name) => {
    const found = await readNpz(unpacked(FILES.npz[name]));
    expect([...found.keys()]).toEqual(["weight", "layer.bias"]);
    expect(found.get("weight")).toMatchObject({ dtype: "F32", shape: [2, 3] });
    expect([...new Float32Array(found.get("weight")!.bytes.slice().buffer)]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(found.get("layer.bias")!.bytes).toEqual(new Uint8Array(2800));
  });
  it.each([false, true])("gives back what it wrote (deflate: %s), the same bytes each time", async (deflate) => {
    const file = await writeNpz(arrays, { deflate });
    expect(await writeNpz(arrays, { deflate })).toEqual(file);
    const found = await readNpz(file);
    for (const [name, { want }] of plain) same(found.get(name), want, name);
    expect(found.size).toBe(arrays.size);
  });
  it("refuses archives that grow too large, and names that lead out", async () => {
    const zeros = new Map([["z", { dtype: "U8", shape: [1 << 20], bytes: new Uint8Array(1 << 20) } as const]]);
    const file = await writeNpz(zeros, { deflate: true });
    expect(file.length).toBeLessThan(3000);
    expect((await readNpz(file)).get("z")!.bytes).toHaveLength(1 << 20);
    expect(await refusal(() => readNpz(file, "x.npz", { total: 1 << 19 }))).toBeInstanceOf(DataError);
    expect(await refusal(() => readNpz(file, "x.npz", { ratio: 100 }))).toBeInstanceOf(DataError);
    for (const key of ["", "../a", "/a", "a\\b"]) {
      expect(await refusal(() => writeNpz(new Map([[key, arrays.get("vector")!]])))).toBeInstanceOf(DataError);
    }
  });

  it("writes the files that tools/oracle/interop.py --check reads", async () => {
    const files = new Map([
      ...Array.from(arrays, ([name, array]) => [`${name}.npy`, writeNpy(array)] as const),
      ["all.npz", await writeNpz(arrays)], ["deflated.npz", await writeNpz(arrays, { deflate: true })],
      ["all.safetensors", writeSafetensors(arrays)],
    ]);
    expect(files.size).toBe(arrays.size + 3);
    expect(readSafetensors(files.get("all.safetensors")!).tensors).toEqual(arrays);
    const folder = process.env["GRADUS_INTEROP_OUT"];
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  });
});
