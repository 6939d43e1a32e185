import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import "../../exec/setup.ts";
import "../../tensor/tensor.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { setBackend } from "../../runtime/registry.ts";
import { RandomStream } from "../../vocab/random.ts";
import { compile } from "../../exec/compile.ts";
import { tensor } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { close, unpack, type Packed } from "../../nn/oracle.fixture.ts";
import * as transforms from "./transforms.ts";

beforeAll(() => setBackend(createReferenceBackend()));

interface Case {
  readonly name: keyof typeof transforms;
  readonly args: readonly unknown[];
  readonly input: Packed;
  readonly output: Packed;
}
const cases = JSON.parse(readFileSync(
  new URL("../../../../../tools/oracle/fixtures/data-transforms.json", import.meta.url), "utf8")) as readonly Case[];

const isPacked = (value: unknown): value is { readonly $: Packed } =>
  typeof value === "object" && value !== null && "$" in value;

describe("as torchvision", () => {
  it.each(cases.map((one) => [`${one.name} ${JSON.stringify(one.args).slice(0, 80)}`, one] as const))(
    "%s", (_, { name, args, input, output }) => {
      const f = transforms[name] as unknown as (x: Tensor, ...rest: unknown[]) => Tensor;
      close(f(unpack(input), ...args.map((arg) => (isPacked(arg) ? unpack(arg.$) : arg))), output, name);
    });
});

const ramp = (...shape: number[]): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(Float32Array.from({ length: size }, (_, i) => ((i * 37) % 101) / 100), { shape });
};
const { compose, seeded } = transforms;

describe("random transforms", () => {
  const all: Record<string, transforms.Transform> = {
    flip: transforms.randomHorizontalFlip(), turn: transforms.randomVerticalFlip(0.3),
    grey: transforms.randomGrayscale(0.5), crop: transforms.randomCrop([5, 6], { padding: 2, mode: "reflect" }),
    resized: transforms.randomResizedCrop([6, 7]), rotation: transforms.randomRotation(30, { fill: 0.5 }),
    affine: transforms.randomAffine({ degrees: [-5, 5], translate: [0.1, 0.1], scale: [0.8, 1.2], shear: [-5, 5] }),
    elastic: transforms.randomElastic({ alpha: 4, sigma: 1.5 }), noise: transforms.gaussianNoise(0.1),
    blur: transforms.randomGaussianBlur(3), erasing: transforms.randomErasing({ p: 1 }), cutout: transforms.cutout(3),
    jitter: transforms.colourJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 }),
  };
  it.each(Object.entries(all))("%s repeats itself for a seed and differs for another", (_, transform) => {
    const x = ramp(6, 3, 8, 9), draw = seeded(transform, 7);
    const first = draw(x, 0).dataSync();
    expect(draw(x, 0).dataSync()).toEqual(first);
    expect(first.every(Number.isFinite)).toBe(true);
    const others = [1, 2, 3].map((step) => draw(x, step).dataSync());
    expect(others.some((other) => other.some((value, i) => value !== first[i]))).toBe(true);
  });
  it.each(Object.entries(all))("%s takes a single picture and gives one", (_, transform) => {
    const x = ramp(3, 8, 9);
    const alone = transform(x, new RandomStream(3));
    const batch = transform(ramp(1, 3, 8, 9), new RandomStream(3));
    expect([1, ...alone.shape]).toEqual(batch.shape);
    expect(alone.dataSync()).toEqual(batch.dataSync());
  });
  it("flips the share that was asked for", () => {
    const x = tensor(Float32Array.from({ length: 400 * 2 }, (_, i) => i % 2), { shape: [400, 1, 1, 2] });
    const y = transforms.randomHorizontalFlip(0.25)(x, new RandomStream(5)).dataSync();
    const flipped = Array.from({ length: 400 }, (_, i) => y[2 * i]).reduce((a, b) => a + b, 0);
    expect(flipped).toBeGreaterThan(70);
    expect(flipped).toBeLessThan(130);
  });
  it("crops whole windows of each picture", () => {
    const x = tensor(Float32Array.from({ length: 2 * 64 }, (_, i) => i), { shape: [2, 1, 8, 8] });
    const y = transforms.randomCrop([3, 3])(x, new RandomStream(2));
    const data = y.dataSync();
    for (let picture = 0; picture < 2; picture++) {
      const start = data[picture * 9];
      expect(Math.floor(start / 64)).toBe(picture);
      expect([...data.slice(picture * 9, picture * 9 + 9)])
        .toEqual([0, 1, 2, 8, 9, 10, 16, 17, 18].map((offset) => start + offset));
    }
  });
  it("erases one rectangle a picture", () => {
    const y = transforms.randomErasing({ p: 1, scale: [0.2, 0.2], ratio: [1, 1], value: -1 })(
      ramp(3, 2, 20, 20), new RandomStream(1)).dataSync();
    for (let plane = 0; plane < 6; plane++) {
      expect(y.slice(plane * 400, (plane + 1) * 400).filter((value) => value === -1)).toHaveLength(81);
    }
  });
  it("makes noise of the deviation asked for", () => {
    const y = transforms.gaussianNoise(0.2, { clip: false })(tensor(new Float32Array(10_000), { shape: [1, 100, 100] }),
      new RandomStream(4)).dataSync();
    const deviation = Math.sqrt(Array.from(y).reduce((sum, v) => sum + v * v, 0) / y.length);
    expect(deviation).toBeCloseTo(0.2, 2);
  });
  it("resizes the whole picture when the crop is all of it", () => {
    const x = ramp(2, 3, 8, 8);
    const y = transforms.randomResizedCrop([5, 5], { scale: [1, 1], ratio: [1, 1] })(x, new RandomStream(0));
    expect(y.dataSync()).toEqual(transforms.resize(x, [5, 5]).dataSync());
  });
  it("runs inside compile", async () => {
    const chain = compose(transforms.randomRotation(20), transforms.colourJitter({ brightness: 0.3, hue: 0.1 }),
      (x) => transforms.resize(x, [4, 4]), (x) => transforms.normalize(x, [0.5], [0.2]));
    const x = ramp(2, 3, 6, 6);
    const eager = await seeded(chain, 1)(x, 0).data();
    const compiled = await compile((input: Tensor) => seeded(chain, 1)(input, 0))(x).data();
    compiled.forEach((value, i) => expect(value).toBeCloseTo(eager[i], 5));
  });
  it("fills what lies outside", () => {
    const y = transforms.affine(tensor(new Float32Array(16).fill(1), { shape: [1, 4, 4] }), { translate: [2, 0] },
      { fill: 0.25 });
    expect([...y.dataSync().slice(0, 4)]).toEqual([0.25, 0.25, 1, 1]);
  });
});

describe("mixing pictures", () => {
  let pictures: Tensor, targets: Tensor;
  beforeAll(() => {
    pictures = ramp(3, 1, 4, 4);
    targets = tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
  });
  it("mixup weighs a picture and the one before it", () => {
    const [x, y] = transforms.mixupBy([pictures, targets], 0.75);
    const before = pictures.dataSync();
    x.dataSync().forEach((value, i) => expect(value).toBeCloseTo(0.75 * before[i] + 0.25 * before[(i + 32) % 48], 6));
    expect(y.arraySync()).toEqual([[0.75, 0, 0.25], [0.25, 0.75, 0], [0, 0.25, 0.75]]);
  });
  it("cutmix swaps a rectangle and mixes targets by area", () => {
    const [x, y] = transforms.cutmixBy([pictures, targets], [1, 0, 2, 2]);
    const before = pictures.dataSync();
    x.dataSync().forEach((value, i) => {
      const row = Math.floor((i % 16) / 4), column = i % 4;
      const inside = row >= 1 && row < 3 && column < 2;
      expect(value).toBeCloseTo(inside ? before[(i + 32) % 48] : before[i], 6);
    });
    expect(y.arraySync()).toEqual([[0.75, 0, 0.25], [0.25, 0.75, 0], [0, 0.25, 0.75]]);
  });
  it("draws shares from Beta(a, a): mean 1/2, variance 1 / (4 (2a + 1))", () => {
    for (const alpha of [0.4, 1, 3]) {
      const random = new RandomStream(8);
      const shares = Array.from({ length: 20_000 }, () => transforms.betaShare(alpha, random));
      const mean = shares.reduce((a, b) => a + b) / shares.length;
      const variance = shares.reduce((sum, s) => sum + (s - mean) ** 2, 0) / shares.length;
      expect(mean).toBeCloseTo(0.5, 1.7);
      expect(variance * 4 * (2 * alpha + 1)).toBeGreaterThan(0.95);
      expect(variance * 4 * (2 * alpha + 1)).toBeLessThan(1.05);
    }
  });
  it("keeps targets summing to one", () => {
    const [, y] = transforms.cutmix([pictures, targets], new RandomStream(2));
    for (const row of y.arraySync() as number[][]) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });
});

describe("conversions and errors", () => {
  it("goes from bytes to floats and back", () => {
    const bytes = tensor(Uint8Array.from({ length: 24 }, (_, i) => i * 10), { shape: [2, 4, 3] });
    const x = transforms.toChannelsFirst(transforms.toFloat(bytes));
    expect(x.shape).toEqual([3, 2, 4]);
    expect(transforms.toBytes(transforms.toChannelsLast(x)).dataSync()).toEqual(bytes.dataSync());
  });
  it("says what is wrong", () => {
    const bytes = tensor(new Uint8Array(12), { shape: [3, 2, 2] });
    expect(() => transforms.resize(bytes, [2, 2])).toThrow(/use toFloat first/);
    expect(() => transforms.resize(tensor([1, 2]), [2, 2])).toThrow(/neither a picture/);
    expect(() => transforms.resize(ramp(1, 2, 2), [0, 2])).toThrow(/0 x 2 pixels/);
    expect(() => transforms.randomCrop([9, 9])(ramp(1, 4, 4), new RandomStream(0))).toThrow(/add padding/);
    expect(() => transforms.gaussianBlur(ramp(1, 4, 4), 4, 1)).toThrow(/size is odd/);
    expect(() => transforms.grayscale(ramp(1, 4, 4))).toThrow(/three channels/);
    expect(() => transforms.randomApply(0.5, (x) => transforms.resize(x, [2, 2]))(ramp(1, 4, 4), new RandomStream(0)))
      .toThrow(/must keep one size/);
  });
});
