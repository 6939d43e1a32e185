import { expect, test } from "vitest";
import { fixed, percent, signOf, whole } from "./number.ts";

test("numbers carry a true minus, fixed decimals and grouped thousands", () => {
  expect(fixed(-0.8)).toBe("−0.800");
  expect(fixed(1234567.5, 1)).toBe("1,234,567.5");
  expect(whole(2410)).toBe("2,410");
  expect(percent(0.9472)).toBe("94.7 %");
});
test("what rounds to zero has no sign", () => {
  expect(fixed(-0.0004)).toBe("0.000");
  expect(signOf(-0.0004)).toBe("zero");
  expect(signOf(-0.0006)).toBe("negative");
  expect(signOf(0.02, 1)).toBe("zero");
});
test("values that are no numbers are named", () => {
  expect(fixed(NaN)).toBe("not a number");
  expect(fixed(-Infinity)).toBe("−∞");
});
