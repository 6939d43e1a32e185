import { describe, expect, it } from "vitest";
import { loadBreastCancer, loadDigits, loadIris, loadWine } from "./embedded.ts";
import { moons, spirals } from "./generators.ts";

const counts = (labels: Int32Array, classes: number): number[] =>
  Array.from({ length: classes }, (_, label) => labels.reduce((n, found) => n + (found === label ? 1 : 0), 0));

describe("embedded data", () => {
  it("digits: 1,797 of 64 values 0..16", async () => {
    const digits = await loadDigits();
    expect(digits).toMatchObject({ size: 1797, shape: [64] });
    expect(counts(digits.labels, 10)).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    expect([Math.min(...digits.features), Math.max(...digits.features)]).toEqual([0, 16]);
    expect([...digits.features.slice(0, 8)]).toEqual([0, 0, 5, 13, 9, 1, 0, 0]);
  });
  it("iris, wine, breast cancer", async () => {
    const iris = await loadIris(), wine = await loadWine(), cancer = await loadBreastCancer();
    expect(iris).toMatchObject({ size: 150, shape: [4], classes: ["setosa", "versicolor", "virginica"] });
    expect(counts(iris.labels, 3)).toEqual([50, 50, 50]);
    expect(wine).toMatchObject({ size: 178, shape: [13] });
    expect(counts(wine.labels, 3)).toEqual([59, 71, 48]);
    expect(cancer).toMatchObject({ size: 569, shape: [30], classes: ["malignant", "benign"] });
    expect(counts(cancer.labels, 2)).toEqual([212, 357]);
    expect(cancer.features[0]).toBeCloseTo(17.99, 5);
  });
});

describe("generated data", () => {
  it("moons lie on two circles of radius 1", () => {
    const { features, labels } = moons({ size: 200 });
    for (let row = 0; row < 200; row++) {
      const [x, y] = labels[row] === 0 ? [0, 0] : [1, 0.5];
      expect(Math.hypot(features[2 * row] - x, features[2 * row + 1] - y)).toBeCloseTo(1, 5);
    }
  });
  it("spirals have as many arms as asked and repeat by seed", () => {
    const made = spirals({ size: 90, arms: 3, seed: 4, noise: 0.01 });
    expect(made.classes).toHaveLength(3);
    expect(spirals({ size: 90, arms: 3, seed: 4, noise: 0.01 }).features).toEqual(made.features);
    expect(spirals({ size: 90, arms: 3, seed: 5, noise: 0.01 }).features).not.toEqual(made.features);
  });
});

