import { beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { blobs, circles, moons, spirals } from "./generators.ts";
import { drawShapes, SHAPES } from "./shapes.ts";
import {
  addingTask, copyingTask, dyckTask, IGNORED, inductionHeadsTask, parityTask, selectiveCopyingTask, sineWaves,
    taskDataset,
  type TokenTask,
} from "./tasks.ts";

beforeAll(() => setBackend(createReferenceBackend()));
const line = (task: TokenTask, row: number): { inputs: number[]; targets: number[] } => ({
  inputs: [...task.inputs.subarray(row * task.length, (row + 1) * task.length)],
  targets: [...task.targets.subarray(row * task.length, (row + 1) * task.length)],
});

describe("points", () => {
  it("repeat themselves for a seed", () => {
    for (const make of [moons, circles, spirals, blobs]) {
      expect(make({ size: 9, seed: 2, noise: 0.1 })).toEqual(make({ size: 9, seed: 2, noise: 0.1 }));
      expect(make({ size: 9, seed: 2, noise: 0.1 }).features).not.toEqual(make({ size: 9, seed: 3,
        noise: 0.1 }).features);
    }
  });
  it("lie on circles of radius 1 and 1/2, and around centres", () => {
    const ring = circles({ size: 20 });
    for (let i = 0; i < 20; i++) {
      expect(Math.hypot(ring.features[2 * i], ring.features[2 * i + 1])).toBeCloseTo(ring.labels[i] === 0 ? 1 : 0.5, 6);
    }
    const cloud = blobs({ size: 600, centers: [[5, 5], [-5, 0]], noise: 0.5 });
    const xs = Array.from({ length: 300 }, (_, i) => cloud.features[4 * i]);
    expect(xs.reduce((a, b) => a + b) / 300).toBeCloseTo(5, 0);
  });
});

describe("tasks", () => {
  it("copying asks for the symbols again", () => {
    const { inputs, targets } = line(copyingTask({ size: 3, count: 4, delay: 5, symbols: 6 }), 2);
    expect(inputs.slice(4)).toEqual([0, 0, 0, 0, 0, 7, 0, 0, 0, 0]);
    expect(targets.slice(10)).toEqual(inputs.slice(0, 4));
    expect(targets.slice(0, 10).every((target) => target === IGNORED)).toBe(true);
  });
  it("selective copying asks for them in order", () => {
    const { inputs, targets } = line(selectiveCopyingTask({ size: 2, count: 5, length: 16 }), 1);
    expect(targets.slice(17)).toEqual(inputs.slice(0, 16).filter((token) => token > 0));
    expect(() => selectiveCopyingTask({ size: 1, count: 9, length: 3 })).toThrow(/do not fit/);
  });
  it("induction heads ask for what followed", () => {
    const task = inductionHeadsTask({ size: 20, length: 12, symbols: 5 });
    for (let row = 0; row < 20; row++) {
      const { inputs, targets } = line(task, row);
      expect(inputs.filter((token) => token === 5)).toHaveLength(2);
      expect(targets[11]).toBe(inputs[inputs.indexOf(5) + 1]);
    }
  });
  it("parity is that of the ones so far", () => {
    const { inputs, targets } = line(parityTask({ size: 1, length: 40 }), 0);
    let ones = 0;
    inputs.forEach((bit, i) => expect(targets[i]).toBe((ones += bit) % 2));
  });
  it("Dyck words are balanced, bounded, and ask only for what must come", () => {
    const task = dyckTask({ size: 50, length: 20, kinds: 3, depth: 3 });
    for (let row = 0; row < 50; row++) {
      const { inputs, targets } = line(task, row);
      const open: number[] = [];
      inputs.forEach((token, i) => {
        if (token % 2 === 0) open.push(token);
        else expect(open.pop()).toBe(token - 1);
        expect(open.length).toBeLessThanOrEqual(3);
        if (i < 19 && targets[i] !== IGNORED) expect(targets[i]).toBe(inputs[i + 1]);
      });
      expect(open).toEqual([]);
      expect(targets[19]).toBe(6);
    }
  });
  it("adding: one mark in each half, their sum, and 1/6 for a guess of 1", () => {
    const data = addingTask({ size: 2000, length: 10 });
    const [x, y] = data.batch(Int32Array.from({ length: 2000 }, (_, i) => i));
    const inputs = x.dataSync(), targets = y.dataSync();
    expect(x.shape).toEqual([2000, 10, 2]);
    let error = 0;
    for (let row = 0; row < 2000; row++) {
      let sum = 0;
      for (let i = 0; i < 10; i++) sum += inputs[row * 20 + 2 * i] * inputs[row * 20 + 2 * i + 1];
      expect(targets[row]).toBeCloseTo(sum, 5);
      error += (targets[row] - 1) ** 2 / 2000;
    }
    expect(error).toBeCloseTo(1 / 6, 1);
  });
  it("sine waves: the target is one place ahead", () => {
    const [x, y] = sineWaves({ size: 3, length: 30 }).batch([1]);
    expect([...y.dataSync()].slice(0, 29)).toEqual([...x.dataSync()].slice(1));
  });
  it("become batches", () => {
    const [inputs, targets] = taskDataset(parityTask({ size: 4, length: 8 })).batch([0, 3]);
    expect([inputs.shape, targets.shape, inputs.dtype]).toEqual([[2, 8], [2, 8], "i32"]);
    expect(() => parityTask({ size: 0 })).toThrow(/size is 0/);
  });
});

describe("drawn shapes", () => {
  const drawn = drawShapes({ size: 40, seed: 5, side: 32, noise: 0 });
  it("have boxes that just hold their masks, and masks that do not overlap", () => {
    for (const { picture, shapes, classes } of drawn) {
      expect(picture.data).toHaveLength(32 * 32 * 3);
      const covered = new Uint8Array(32 * 32);
      for (const { mask, box: [left, top, right, bottom], label } of shapes) {
        const on = [...mask.keys()].filter((at) => mask[at] === 1);
        expect(Math.min(...on.map((at) => at % 32))).toBe(left);
        expect(Math.max(...on.map((at) => at % 32)) + 1).toBe(right);
        expect(Math.min(...on.map((at) => at >> 5))).toBe(top);
        expect(Math.max(...on.map((at) => at >> 5)) + 1).toBe(bottom);
        for (const at of on) {
          expect(covered[at]++).toBe(0);
          expect(classes[at]).toBe(label + 1);
        }
      }
      expect(classes.every((value, at) => (value > 0) === (covered[at] > 0))).toBe(true);
    }
    expect(new Set(drawn.flatMap(({ shapes }) => shapes.map(({ label }) => SHAPES[label]))).size).toBe(3);
  });
  it("cover the share of their box that their kind covers", () => {
    const share = { square: 1, disc: Math.PI / 4, triangle: 0.5 };
    for (const { shapes: [shape] } of drawShapes({ size: 30, side: 64, count: [1, 1], extent: [40, 40] })) {
      const area = shape.mask.reduce((sum, value) => sum + value, 0) / 1600;
      expect(area).toBeCloseTo(share[SHAPES[shape.label]], 1);
    }
  });
  it("repeat themselves row by row", () => {
    expect(drawShapes({ size: 2, seed: 5, side: 32, noise: 0 })[1]).toEqual(drawn[1]);
    expect(() => drawShapes({ size: 1, side: 4 })).toThrow(/not possible/);
  });
});
