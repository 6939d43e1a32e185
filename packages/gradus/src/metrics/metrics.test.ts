import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { createReferenceBackend, metrics, setBackend, tensor } from "../index.ts";

beforeAll(() => setBackend(createReferenceBackend()));

interface Case {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly value: unknown;
  readonly tolerance: number;
}
const FIXTURE = new URL("../../../../tools/oracle/fixtures/metrics.json", import.meta.url);
const cases = JSON.parse(readFileSync(FIXTURE, "utf8")) as Case[];

/** Numbers, and the numbers in arrays and objects of the wanted form, within a tolerance. */
function close(got: unknown, want: unknown, tolerance: number): void {
  if (want === null) return;
  if (want === "Infinity") expect(got).toBe(Infinity);
  else if (typeof want === "number") expect(Math.abs(Number(got) - want)).toBeLessThanOrEqual(tolerance);
  else if (Array.isArray(want)) {
    expect((got as unknown[]).length).toBe(want.length);
    want.forEach((part, i) => { close((got as unknown[])[i], part, tolerance); });
  } else {
    for (const [key, part] of Object.entries(want as object)) close(Reflect.get(got as object, key), part, tolerance);
  }
}
const run = (name: string, args: readonly unknown[]): unknown => {
  if (name !== "coco") return (Reflect.get(metrics, name) as (...all: readonly unknown[]) => unknown)(...args);
  const { mean, classes } = metrics.detectionMeanAveragePrecision(
    ...(args as unknown as Parameters<typeof metrics.detectionMeanAveragePrecision>));
  return { mean, classes: [...classes.values()] };
};

describe("measures equal those of scikit-learn, sacrebleu, rouge-score, jiwer, torchmetrics and pycocotools", () => {
  cases.forEach(({ name, args, value, tolerance }, i) => {
    test(`${i} ${name}`, () => { close(run(name, args), value, tolerance); });
  });
});

describe("metrics", () => {
  test("tensors and arrays give the same", () => {
    const truth = [0, 1, 2, 1], scores = [[0.2, 0.5, 0.3], [0.1, 0.6, 0.3], [0.3, 0.3, 0.4], [0.5, 0.2, 0.3]];
    expect(metrics.topKAccuracy(tensor(truth), tensor(scores), 2)).toBe(metrics.topKAccuracy(truth, scores, 2));
    expect(metrics.rocAuc(tensor(truth), tensor(scores))).toBeCloseTo(metrics.rocAuc(truth, scores), 6);
    expect(metrics.rocAuc(tensor([0, 1]), tensor([0.2, 0.3]))).toBe(1);
  });
  test("a stream gives the measure of all batches together", () => {
    const stream = new metrics.Metric(metrics.rocAuc), truth = [0, 1, 1, 0, 1], scores = [0.1, 0.4, 0.35, 0.8, 0.9];
    for (const [from, to] of [[0, 2], [2, 5]]) stream.update(truth.slice(from, to), tensor(scores.slice(from, to)));
    expect(stream.compute()).toBeCloseTo(metrics.rocAuc(truth, scores), 6);
    stream.reset();
    expect(() => stream.compute()).toThrow(/no updates/);
    const wide = new metrics.Metric(metrics.topKAccuracy);
    wide.update([0], [[0.1, 0.9]]);
    expect(wide.compute()).toBe(1);
    const mean = new metrics.MeanMetric();
    mean.update(2, 3);
    mean.update(6);
    expect(mean.compute()).toBe(3);
  });
  test("wrong use is explained", () => {
    expect(() => metrics.accuracy([1], [1, 2])).toThrow(/1 true values and 2 predictions/);
    expect(() => metrics.precision([0, 1, 2], [0, 1, 1])).toThrow(/choose average/);
    expect(() => metrics.rocAuc([0, 2], [0.1, 0.2])).toThrow(/0 and 1/);
    expect(() => metrics.bleu(["a"], [])).toThrow(/0 references and 1 hypotheses/);
  });
});
