import { expect, test } from "vitest";
import type { Parameters } from "@gradus/lessons";
import {
  allowed,
  decimalsOf,
  paceOf,
  positionOf,
  readAddress,
  readNumber,
  strideOf,
  TRAVEL,
  typed,
  valueAt,
  writeAddress,
} from "./values.ts";

const rate = { kind: "number", label: "rate", value: 0.1, min: 0.001, max: 1, step: 0.001, scale: "log" } as const;
const slope = { kind: "number", label: "slope", value: 0.5, min: -2, max: 2, step: 0.05 } as const;
const params: Parameters = {
  slope,
  rate,
  kind: { kind: "choice", label: "kind", value: "a", choices: ["a", "b"] },
  on: { kind: "flag", label: "on", value: true },
  text: { kind: "text", label: "text", value: "abc", longest: 5 },
};

test("an address holds what differs from the defaults, figure by figure", () => {
  const values = { slope: -1.25, rate: 0.1, kind: "b", on: false, text: "a&b=5" };
  const query = writeAddress("?other.slope=1&q=x", "fig", params, { values, seed: 9, steps: 3 });
  expect(query).toBe(
    "?other.slope=1&q=x&fig.slope=-1.25&fig.kind=b&fig.on=no&fig.text=a%26b%3D5&fig.seed=9&fig.step=3",
  );
  const back = readAddress(query, "fig");
  expect([back.seed, back.steps]).toEqual([9, 3]);
  expect(typed(params, back.texts)).toEqual(values);
  expect(readAddress(query, "other").texts).toEqual({ slope: "1" });
  expect(writeAddress(query, "fig", params, { values: { slope: 0.5 }, seed: 7, steps: 0 })).toBe(
    "?other.slope=1&q=x",
  );
  expect(writeAddress("", "fig", params, { values: {}, seed: 7, steps: 0 })).toBe("");
});
test("what an address may not ask for takes its default or its limit", () => {
  const { texts, seed, steps } = readAddress(
    "?f.slope=99&f.rate=x&f.kind=z&f.on=maybe&f.text=abcdefgh&f.seed=-1&f.step=1e9&f.no=1",
    "f",
  );
  expect(typed(params, texts)).toEqual({ slope: 2, rate: 0.1, kind: "a", on: false, text: "abcde" });
  expect([seed, steps]).toEqual([7, 0]);
});
test("numbers are typed with either minus and either decimal mark", () => {
  expect(["−1.5", "-1.5", "0,25", " 3 ", "1e-3"].map(readNumber)).toEqual([-1.5, -1.5, 0.25, 3, 0.001]);
  expect(["", "x", "1,2,3", "∞"].map(readNumber)).toEqual([null, null, null, null]);
  expect([allowed(slope, NaN), allowed(slope, 7), allowed(slope, true)]).toEqual([null, 2, null]);
});
test("sliders go from end to end, straight and logarithmic", () => {
  expect([positionOf(slope, -2), positionOf(slope, 0), positionOf(slope, 2)]).toEqual([0, TRAVEL / 2, TRAVEL]);
  expect([valueAt(slope, 0), valueAt(slope, 506), valueAt(slope, TRAVEL)]).toEqual([-2, 0, 2]);
  expect([valueAt(rate, 0), valueAt(rate, TRAVEL / 3), valueAt(rate, TRAVEL)]).toEqual([0.001, 0.01, 1]);
  expect([decimalsOf(slope, 1), decimalsOf(rate, 0.001), decimalsOf(rate, 0.25)]).toEqual([2, 4, 2]);
  for (const value of [-1.95, -0.05, 0.35, 1.7]) expect(valueAt(slope, positionOf(slope, value))).toBe(value);
});
test("slow at first, faster in a long run", () => {
  expect([0, 9, 10, 50, 500].map(paceOf)).toEqual([1250, 1250, 500, 160, 50]);
  expect([0, 199, 200, 2000].map(strideOf)).toEqual([1, 1, 2, 8]);
});
