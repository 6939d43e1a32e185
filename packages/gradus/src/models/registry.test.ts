import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import type { GraphBackend } from "../runtime/backend.ts";
import { setBackend } from "../runtime/registry.ts";
import { UsageError } from "../vocab/errors.ts";
import { createModel, MODELS } from "./registry.ts";

/** Knows shapes and dtypes only, so that models of any size can be built and counted. */
const shapesOnly: GraphBackend = {
  kind: "graph", name: "shapes", synchronous: false,
  upload: (_, aval) => ({ aval: { shape: aval.shape, dtype: aval.dtype } }),
  evaluate: (node) => (node.outs ?? [node]).map(({ shape, dtype }) => ({ aval: { shape, dtype } })),
  readSync: () => { throw new Error("no numbers here"); },
  read: () => Promise.reject(new Error("no numbers here")),
  idle: () => Promise.resolve(),
  dispose: () => undefined,
};

describe("registry", () => {
  beforeAll(() => { setBackend(shapesOnly); });
  afterAll(() => { setBackend(createReferenceBackend()); });

  test("every model file has a row", () => {
    const shared = [
      "decoder", "encoder-decoder", "index", "language-model", "mamba-frame", "mixing", "registry", "sample",
    ];
    const files = readdirSync(new URL(".", import.meta.url))
      .filter((file) => file.endsWith(".ts") && !file.includes(".test."))
      .map((file) => file.slice(0, -3)).filter((name) => !shared.includes(name));
    expect(MODELS.map((row) => row.name).sort()).toEqual(files.sort());
  });
  for (const row of MODELS) {
    test(`${row.name}: every preset has the parameters that the row says`, async () => {
      const entry = await row.load();
      const counts = Object.keys(entry.presets).map((name) => [name, entry.create(name).parameterCount()]);
      expect(Object.fromEntries(counts)).toEqual(row.parameters);
    });
  }
  test("the small presets of gpt and mamba are of a size", () => {
    const size = (name: string): number => MODELS.find((row) => row.name === name)!.parameters.small;
    expect(Math.abs(size("mamba") / size("gpt") - 1)).toBeLessThan(0.05);
  });
  test("an unknown model or preset is an error that names the known ones", async () => {
    await expect(createModel("gpt5")).rejects.toThrow(UsageError);
    await expect(createModel("gpt", "huge")).rejects.toThrow(/there are small, gpt2/);
    expect((await createModel("mlp")).parameterCount()).toBe(2_410);
  });
});
