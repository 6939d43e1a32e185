import { describe, expect, test } from "vitest";
import { entityScores, type Entity } from "./entities.ts";

describe("entities", () => {
  const entity = (kind: string, start: number, end: number): Entity => ({ kind, start, end });
  test("count as found where kind and both ends are right", () => {
    const truth = [[entity("person", 0, 2), entity("place", 4, 5)], [], [entity("person", 1, 2)]];
    const found = [[entity("person", 0, 2), entity("place", 4, 6)], [entity("place", 0, 1)], [entity("place", 1, 2)]];
    const { precision, recall, f1 } = entityScores(truth, found);
    expect([precision, recall]).toEqual([1 / 4, 1 / 3]);
    expect(f1).toBeCloseTo(2 / 7, 14);
    expect(entityScores([[]], [[]])).toEqual({ precision: 0, recall: 0, f1: 0 });
    expect(() => entityScores([[]], [])).toThrow(/entityScores/);
  });
});
