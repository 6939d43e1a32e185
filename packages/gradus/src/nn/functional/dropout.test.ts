import { beforeAll, expect, test } from "vitest";
import "../../index.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { setBackend } from "../../runtime/registry.ts";
import { compile } from "../../exec/compile.ts";
import { tensor } from "../../tensor/create.ts";
import { Generator, manualSeed } from "../../tensor/random.ts";
import { ones } from "../../ops/create.ts";
import { Dropout } from "../dropout.ts";
import { channelDropout, dropout } from "./dropout.ts";

beforeAll(() => setBackend(createReferenceBackend()));

test("dropped with probability p, the others scaled; the gradient has the same holes", () => {
  manualSeed(1);
  const x = tensor(new Float32Array(2000).fill(1), { requiresGrad: true });
  const y = dropout(x, 0.25);
  y.sum().backward();
  const kept = [...y.dataSync()].filter((value) => value !== 0);
  expect(kept.every((value) => Math.abs(value - 4 / 3) < 1e-6)).toBe(true);
  expect(Math.abs(kept.length / 2000 - 0.75)).toBeLessThan(0.04);
  expect(x.grad!.dataSync()).toEqual(y.dataSync());
});
test("nothing happens in eval mode or with p = 0; everything goes with p = 1", () => {
  const x = tensor([1, 2, 3]), layer = new Dropout(0.5).eval();
  expect(layer.forward(x)).toBe(x);
  expect(dropout(x, 0)).toBe(x);
  expect([...dropout(x, 1).dataSync()]).toEqual([0, 0, 0]);
});
test("whole channels go together", () => {
  const y = channelDropout(ones([8, 8, 3]), 0.5, true, { generator: new Generator(5) });
  const sums = [...y.sum(2).dataSync()];
  expect(sums.every((sum) => sum === 0 || sum === 6)).toBe(true);
  expect(new Set(sums).size).toBe(2);
});
test("a generator of one's own repeats; a compiled step draws anew in each call and follows the mode", () => {
  const x = ones([64]);
  const draw = (): number[] => [...dropout(x, 0.5, true, { generator: new Generator(7) }).dataSync()];
  expect(draw()).toEqual(draw());
  const layer = new Dropout(0.5, { generator: new Generator(7) });
  const run = compile(() => layer.forward(x));
  const first = [...run().dataSync()], second = [...run().dataSync()];
  expect(first).toEqual(draw());
  expect(second).not.toEqual(first);
  layer.eval();
  expect([...run().dataSync()]).toEqual(new Array(64).fill(1));
});
