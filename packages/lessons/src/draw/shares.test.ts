import { describe, expect, it } from "vitest";
import { withShare } from "./shares.ts";

describe("one share set", () => {
  it("scales the others and keeps their proportions", () => {
    const [a, b, c] = withShare([0.2, 0.3, 0.5], 0, 0.6);
    expect(a).toBe(0.6);
    expect(b + c).toBeCloseTo(0.4, 12);
    expect(c / b).toBeCloseTo(5 / 3, 12);
  });
  it("takes everything, and gives it back evenly", () => {
    expect(withShare([0.2, 0.3, 0.5], 1, 1)).toEqual([0, 1, 0]);
    expect(withShare([0, 1, 0], 1, 0.5)).toEqual([0.25, 0.5, 0.25]);
  });
});
