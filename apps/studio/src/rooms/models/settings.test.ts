import { expect, test } from "vitest";
import { MODELS } from "gradus/models";
import { firstPreset, readSettings, writeSettings } from "./settings.ts";

test("settings survive the address", () => {
  const settings = { model: "mamba", preset: "small", seed: 12, rate: 0.01, batch: 4 };
  expect(readSettings(writeSettings(settings), MODELS)).toEqual(settings);
});
test("an address that makes no sense opens the default", () => {
  const first = readSettings("", MODELS);
  expect(first).toMatchObject({ model: "gpt", preset: "small", batch: 8 });
  expect(readSettings("?model=__proto__&preset=gpt2&seed=-1&rate=9&batch=NaN", MODELS)).toEqual(first);
  expect(readSettings("?model=mlp&preset=toString", MODELS))
    .toMatchObject({ model: "mlp", preset: "digits", batch: 32 });
});
test("a preset that is too large for a page is not opened", () => {
  const row = { name: "x", title: "X", description: "", task: "language", parameters: { huge: 1e9, tiny: 10 } };
  expect(firstPreset(row)).toBe("tiny");
  expect(firstPreset({ ...row, parameters: { huge: 1e9 } })).toBeNull();
});
