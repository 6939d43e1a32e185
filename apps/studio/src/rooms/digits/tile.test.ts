import { expect, test } from "vitest";
import { cellOf, nextSigns, paintTile, scaleOf, SIGNS } from "./tile.ts";

test("the scale is the largest magnitude, and never zero", () => {
  expect(scaleOf(Float32Array.from([0.25, -0.5]))).toBe(0.5);
  expect(scaleOf(new Float32Array(4))).toBe(1);
  expect(scaleOf(Float32Array.from([NaN]))).toBe(1);
});
test("the sign toggle hides one sign and comes round", () => {
  expect(cellOf(-0.5, 1, "both")).toEqual({ sign: "negative", share: 0.5 });
  expect(cellOf(-0.5, 1, "only positive")).toEqual({ sign: "zero", share: 0 });
  expect(cellOf(-0.5, 1, "only negative").sign).toBe("negative");
  expect(cellOf(0.5, 1, "only negative").sign).toBe("zero");
  expect(SIGNS.map(nextSigns)).toEqual(["only positive", "only negative", "both"]);
});
test("a negative cell is painted twice, edge and inside; a positive one once", () => {
  const fills: string[] = [];
  const canvas = { fillStyle: "", fillRect(this: { fillStyle: string }) { fills.push(this.fillStyle); } };
  const weights = new Float32Array(64);
  weights[0] = -1;
  weights[9] = 1;
  const palette = { plate: [255, 255, 255], ink: [0, 0, 0], negative: [200, 0, 0], positive: [0, 0, 200] } as const;
  paintTile(canvas as unknown as CanvasRenderingContext2D, weights, 7, 1, "both", palette);
  expect(fills).toEqual(["rgb(255 255 255)", "rgb(200 0 0)", "rgb(236 166 166)", "rgb(0 0 200)"]);
});
