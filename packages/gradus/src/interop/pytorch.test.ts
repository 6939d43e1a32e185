import { beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { GradusError } from "../vocab/errors.ts";
import { FILES, refusal, same, unpacked } from "./formats.fixture.ts";
import { readPt } from "./pytorch.ts";
import { loadPt } from "./tensors.ts";

beforeAll(() => setBackend(createReferenceBackend()));

describe("files of PyTorch", () => {
  it.each(Object.keys(FILES.torch))("%s", async (name) => {
    const { file, want } = FILES.torch[name];
    const { tensors } = await readPt(unpacked(file), name);
    expect([...tensors.keys()].sort()).toEqual(Object.keys(want).sort());
    for (const [key, value] of Object.entries(want)) same(tensors.get(key), value, key);
  });
  it("keep plain values beside their tensors", async () => {
    const { values } = await readPt(unpacked(FILES.torch["nested"].file));
    expect(Object.fromEntries(values)).toEqual({
      "epoch": 3, "best": 0.5, "name": "run", "done": true, "none": null, "list.1.0": 1, "list.1.1": 2, "size.0": 3,
      "size.1": 4, "large": 2 ** 40, "negative": -7,
    });
  });
  it("load as tensors, of one part too", async () => {
    const file = unpacked(FILES.torch["nested"].file);
    const model = await loadPt(file, { under: "model" });
    expect(Object.keys(model)[0]).toBe("0.weight");
    expect(await model["0.weight"].array()).toEqual([[0, 1, 2], [3, 4, 5]]);
    expect((await refusal(() => loadPt(file, { under: "models" })) as Error).message).toMatch(/begin with model, list/);
  });
  it.each([
    ["legacy", /before 1\.6/], ["module", /names "torch\.nn\.modules\.linear\.Linear"/],
    ["complex", /names "torch\.ComplexFloatStorage"/], ["sparse", /names "torch\._utils\._rebuild_sparse_tensor"/],
  ])("that hold something else are refused: %s", async (name, message) => {
    expect((await refusal(() => readPt(unpacked(FILES.torchRefused[name]))) as Error).message).toMatch(message);
  });
});

describe("hostile pickles are refused", () => {
  const SAYS: Readonly<Record<string, RegExp>> = {
    "os.system": /names "(posix|nt)\.system"/, "builtins.eval": /names "builtins\.eval"/,
    "stack global": /opcode 0x93/, "storage with a path": /storage is described/, "large by stride 0": /far larger/,
    "storage larger than its file": /should have 32 bytes and has 16/,
  };
  it.each(Object.keys(FILES.hostile))("%s", async (name) => {
    const error = await refusal(() => readPt(unpacked(FILES.hostile[name])));
    expect(error).toBeInstanceOf(GradusError);
    if (Object.hasOwn(SAYS, name)) expect((error as Error).message).toMatch(SAYS[name]);
  });
});
