import { expect, test } from "vitest";
import { anotherSeed, DEFAULTS, readSeed, readSettings, writeSettings } from "./settings.ts";

test("settings survive the address", () => {
  const settings = { seed: 41, hidden: 8, rate: 0.1, batch: 128, optimizer: "sgd" } as const;
  expect(readSettings(writeSettings(settings))).toEqual(settings);
});
test("an address that makes no sense gives the defaults", () => {
  expect(readSettings("")).toEqual(DEFAULTS);
  expect(readSettings("?seed=-1&hidden=33&rate=fast&batch=&optimizer=toString")).toEqual(DEFAULTS);
});
test("a seed is a whole number of at most six figures", () => {
  expect(readSeed("12")).toBe(12);
  expect(readSeed(" 999999 ")).toBe(999999);
  for (const text of ["", "1.5", "-3", "1e3", "1234567", "seven"]) expect(readSeed(text)).toBeNull();
});
test("another seed is never the same one", () => {
  for (let i = 0; i < 1000; i++) {
    const seed = anotherSeed(7, () => i / 1000);
    expect(seed).not.toBe(7);
    expect(readSeed(String(seed))).toBe(seed);
  }
});
