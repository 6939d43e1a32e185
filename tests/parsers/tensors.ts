import "../../packages/gradus/src/index.ts";
import { openZip } from "../../packages/gradus/src/data/index.ts";
import { readNpy, writeNpy } from "../../packages/gradus/src/interop/npy.ts";
import { readNpz } from "../../packages/gradus/src/interop/npz.ts";
import { readPt } from "../../packages/gradus/src/interop/pytorch.ts";
import { readSafetensors, type SafeTensor } from "../../packages/gradus/src/interop/safetensors.ts";
import { writeZip } from "../../packages/gradus/src/interop/zip.ts";
import { tensor } from "../../packages/gradus/src/tensor/create.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../packages/gradus/src/train/checkpoint.ts";
import { encode, filesOf, fixture, unpack, type Encoded } from "./fixtures.ts";
import type { Parser } from "./fuzz.ts";

const files = fixture<{
  readonly safetensors: Encoded; readonly npy: Readonly<Record<string, Encoded>>;
  readonly npz: Readonly<Record<string, string>>; readonly torch: Readonly<Record<string, Encoded>>;
  readonly hostile: Readonly<Record<string, string>>;
}>("interop.json");
const array: SafeTensor = { dtype: "F32", shape: [2, 3], bytes: new Uint8Array(24).fill(1) };

/** The pickles inside of PyTorch's files, so that changes need not get past the archive around them. */
async function pickles(): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (const file of [...filesOf(files.torch), ...Object.values(files.hostile).map(unpack)]) {
    const entry = openZip(file).find(({ path }) => path.endsWith("data.pkl"));
    if (entry !== undefined) found.push(Uint8Array.from(await entry.read()));
  }
  return found;
}

/** Readers of files that hold tensors. */
export async function parsers(): Promise<Readonly<Record<string, Parser>>> {
  const checkpoint = await encodeCheckpoint({
    position: { step: 3, losses: [1, 0.5], best: 0.5, sinceBest: 1 },
    parts: { model: { w: tensor([[1, 2], [3, 4]]) }, generator: { state: tensor([1, 2], { dtype: "u32" }) } },
  });
  return {
    "safetensors": { files: [unpack(files.safetensors.file)], parse: (bytes) => readSafetensors(bytes) },
    "npy": { files: [...filesOf(files.npy), writeNpy(array)], parse: (bytes) => readNpy(bytes) },
    "npz": { files: Object.values(files.npz).map(unpack), parse: (bytes) => readNpz(bytes) },
    "npy in npz": {
      files: filesOf(files.npy), parse: async (bytes) => readNpz(await writeZip(new Map([["a.npy", bytes]]))),
    },
    "PyTorch": { files: filesOf(files.torch), parse: (bytes) => readPt(bytes) },
    "pickle": {
      files: await pickles(), parse: async (bytes) => readPt(await writeZip(new Map([
        ["a/data.pkl", bytes], ["a/byteorder", encode("little")], ["a/data/0", new Uint8Array(48)],
        ["a/data/1", new Uint8Array(8)],
      ]))),
    },
    "checkpoint": { files: [checkpoint], parse: (bytes) => decodeCheckpoint(bytes) },
  };
}
