import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import { DataError } from "../vocab/errors.ts";
import { DISK, removeUnfinished, writeAtomically, type FileSystem } from "./atomic.node.ts";
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { CsvLog } from "./log.node.ts";

let folder: string;
beforeAll(async () => {
  setBackend(createReferenceBackend());
  folder = await mkdtemp(join(tmpdir(), "gradus-checkpoint-"));
});
afterAll(() => rm(folder, { recursive: true }));

const checkpoint = (step: number): Checkpoint => ({
  position: { step, losses: [1.5, 0.1], best: 0.25, sinceBest: 2 },
  parts: {
    model: { "a.weight": tensor([[1, 2], [3, NaN]]), "a.bias": tensor(new Int32Array([7, -8])) },
    generator: { state: tensor(new Uint32Array([1, 2, 3, 0xffffffff])) },
  },
});

describe("a checkpoint", () => {
  it("comes back as it was, bit for bit", async () => {
    const { position, parts } = await decodeCheckpoint(await encodeCheckpoint(checkpoint(7)));
    expect(position).toEqual(checkpoint(7).position);
    expect(await parts["model"]["a.weight"].array()).toEqual([[1, 2], [3, NaN]]);
    expect(await parts["model"]["a.bias"].array()).toEqual([7, -8]);
    expect(await parts["generator"]["state"].array()).toEqual([1, 2, 3, 0xffffffff]);
  });
  it("is equal for equal State", async () => {
    expect(await encodeCheckpoint(checkpoint(7))).toEqual(await encodeCheckpoint(checkpoint(7)));
  });
  it("is refused with any bit flipped or any byte missing", async () => {
    const good = await encodeCheckpoint(checkpoint(7));
    // Spaces that pad the header carry nothing.
    const json = new TextDecoder().decode(good);
    const padding = new Set(Array.from({ length: 8 }, (_, i) => json.lastIndexOf("}") + 1 + i));
    for (let at = 0; at < good.length; at += 3) {
      if (padding.has(at)) continue;
      const bad = good.slice();
      bad[at] ^= 4;
      const outcome = await decodeCheckpoint(bad).then((read) => read.position, (error: unknown) => error);
      // A figure in the position may change into another figure; what is learned may not.
      if (!(outcome instanceof DataError)) expect(json.slice(at - 60, at + 60)).toMatch(/position/);
    }
    for (const length of [0, 7, 40, good.length - 1]) {
      await expect(decodeCheckpoint(good.subarray(0, length), "c")).rejects.toThrow(DataError);
    }
  });
});

describe("writeAtomically", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  /** A disk that dies at a call. */
  const dying = (at: keyof FileSystem, half: boolean): FileSystem => ({
    ...DISK,
    async remove() { /* A killed process cleans nothing up. */ },
    ...{
      [at]: async (...args: [string, Uint8Array]) => {
        if (half) await writeFile(args[0], args[1].subarray(0, 2));
        throw Object.assign(new Error("killed"), { code: "ENOSPC" });
      },
    },
  });
  it.each([
    ["while the new file is written", "writeSynced", true], ["before it has its name", "rename", false],
  ] as const)("leaves the old contents when it dies %s", async (_, at, half) => {
    const path = join(folder, `${at}.bin`);
    await writeAtomically(path, bytes("the old contents"));
    await expect(writeAtomically(path, bytes("the new contents"), dying(at, half)))
      .rejects.toThrow(/the disk is full; what was saved before is untouched/);
    expect(await readFile(path, "utf8")).toBe("the old contents");
    await writeAtomically(path, bytes("the new contents"));
    expect(await readFile(path, "utf8")).toBe("the new contents");
  });
  it("leaves a part behind when it is killed, which the next run removes", async () => {
    const inner = await mkdtemp(join(folder, "killed-"));
    await writeAtomically(join(inner, "a.bin"), bytes("old"));
    await expect(writeAtomically(join(inner, "a.bin"), bytes("new"), dying("writeSynced", true))).rejects.toThrow();
    expect(await readdir(inner)).toHaveLength(2);
    await removeUnfinished(inner);
    expect(await readdir(inner)).toEqual(["a.bin"]);
  });
  it("leaves nothing behind, and names a folder that is not there", async () => {
    const inner = await mkdtemp(join(folder, "clean-"));
    await writeAtomically(join(inner, "a"), bytes("x"));
    await expect(writeAtomically(join(inner, "none", "a"), bytes("x"))).rejects.toThrow(/the folder does not exist/);
    expect(await readdir(inner)).toEqual(["a"]);
  });
});

it("a log that is opened again drops what comes after the checkpoint", async () => {
  const path = join(folder, "log.csv");
  const log = await CsvLog.open(path, ["step", "loss", "accuracy"], 0);
  for (let step = 1; step <= 3; step++) log.add({ step, loss: step / 2 });
  log.add({ step: 3, accuracy: 0.5 });
  await log.flush();
  const again = await CsvLog.open(path, ["step", "loss", "accuracy"], 2);
  again.add({ step: 3, loss: 9 });
  await again.flush();
  expect(await readFile(path, "utf8")).toBe("step,loss,accuracy\n1,0.5,\n2,1,\n3,9,\n");
});
