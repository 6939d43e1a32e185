import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { iota } from "../ops/create.ts";
import { add, mul, sin } from "../ops/elementwise.ts";
import { reshape } from "../ops/movement.ts";
import { setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional.ts";
import * as nn from "./nn.ts";

beforeAll(() => setBackend(createReferenceBackend()));

const wave = (seed: number, ...shape: number[]): Tensor =>
  reshape(sin(add(mul(iota(shape.reduce((a, b) => a * b, 1), "f32"), 1.7), seed)), shape);
const a = (): Tensor => wave(1, 3, 4), b = (): Tensor => wave(2, 3, 4), c = (): Tensor => wave(3, 3, 4);
const classes = (): Tensor => tensor(new Int32Array([1, 3, 0])), sides = (): Tensor => tensor([1, -1, 1]);
const lists = (): Tensor => tensor(new Int32Array([3, 0, -1, 1, -1, 0, 1, 2, 2, 1, 0, 3]), { shape: [3, 4] });
const weight = (): Tensor => tensor([0.5, 1, 2, 1]);

/** A module, the function it stands for, inputs, and options that change the result. */
const CASES: [module: string, f: string, inputs: () => readonly unknown[], options: () => object][] = [
  ["L1Loss", "l1Loss", () => [a(), b()], () => ({ reduction: "sum" })],
  ["MSELoss", "mseLoss", () => [a(), b()], () => ({ reduction: "none" })],
  ["HuberLoss", "huberLoss", () => [a(), b()], () => ({ delta: 0.3 })],
  ["SmoothL1Loss", "smoothL1Loss", () => [a(), b()], () => ({ beta: 0.3 })],
  ["CrossEntropyLoss", "crossEntropy", () => [a(), classes()], () => ({ weight: weight(), labelSmoothing: 0.2 })],
  ["NLLLoss", "nllLoss", () => [a(), classes()], () => ({ weight: weight(), ignoreIndex: 3 })],
  ["BCELoss", "binaryCrossEntropy", () => [F.sigmoid(a()), F.sigmoid(b())], () => ({ weight: weight() })],
  ["BCEWithLogitsLoss", "bceWithLogits", () => [a(), F.sigmoid(b())],
    () => ({ weight: weight(), posWeight: weight() })],
  ["KLDivLoss", "klDiv", () => [F.logSoftmax(a()), F.softmax(b())], () => ({ reduction: "batchmean" })],
  ["PoissonNLLLoss", "poissonNllLoss", () => [F.sigmoid(a()), b().square()], () => ({ logInput: false })],
  ["GaussianNLLLoss", "gaussianNllLoss", () => [a(), b(), c().square()], () => ({ full: true, eps: 0.1 })],
  ["HingeEmbeddingLoss", "hingeEmbeddingLoss", () => [a(), b().sign()], () => ({ margin: 0.5 })],
  ["MarginRankingLoss", "marginRankingLoss", () => [a(), b(), c().sign()], () => ({ margin: 0.5 })],
  ["MultiMarginLoss", "multiMarginLoss", () => [a(), classes()], () => ({ weight: weight(), p: 2 })],
  ["MultiLabelMarginLoss", "multilabelMarginLoss", () => [a(), lists()], () => ({ reduction: "sum" })],
  ["MultiLabelSoftMarginLoss", "multilabelSoftMarginLoss", () => [a(), F.sigmoid(b())], () => ({ weight: weight() })],
  ["SoftMarginLoss", "softMarginLoss", () => [a(), b().sign()], () => ({ reduction: "sum" })],
  ["CosineEmbeddingLoss", "cosineEmbeddingLoss", () => [a(), b(), sides()], () => ({ margin: -0.9 })],
  ["TripletMarginLoss", "tripletMarginLoss", () => [a(), b(), c()], () => ({ margin: 2, p: 1, swap: true })],
  ["TripletMarginWithDistanceLoss", "tripletMarginWithDistanceLoss", () => [a(), b(), c()], () => ({
    distanceFunction: (x: Tensor, y: Tensor) => x.sub(y).abs().amax(-1),
  })],
  ["CTCLoss", "ctcLoss", () => [F.logSoftmax(wave(1, 5, 3, 4)), lists().maximum(1), [5, 4, 5], [2, 1, 2]],
    () => ({ reduction: "sum" })],
  ["HingeLoss", "hingeLoss", () => [a(), b().sign()], () => ({ squared: true })],
  ["InfoNCELoss", "infoNceLoss", () => [a(), b()], () => ({ temperature: 0.5 })],
  ["NTXentLoss", "ntXentLoss", () => [a(), b()], () => ({ temperature: 0.2 })],
  ["FocalLoss", "focalLoss", () => [a(), classes()], () => ({ gamma: 1, weight: weight() })],
  ["SigmoidFocalLoss", "sigmoidFocalLoss", () => [a(), F.sigmoid(b())], () => ({ alpha: 0.6 })],
  ["DiceLoss", "diceLoss", () => [F.sigmoid(a()), F.sigmoid(b())], () => ({ squared: false })],
];
describe("losses as modules do what the functions do, with their options", () => {
  for (const [module, f, inputs, options] of CASES) {
    test(module, () => {
      const Made = Reflect.get(nn, module) as new (options?: object) => nn.Module & { forward: Function_ };
      const call = Reflect.get(F, f) as Function_;
      const plain = new Made().forward(...inputs()).dataSync(), chosen = new Made(options()).forward(...inputs());
      expect(plain).toEqual(call(...inputs()).dataSync());
      expect(chosen.dataSync()).toEqual(call(...inputs(), options()).dataSync());
      expect(chosen.dataSync()).not.toEqual(plain);
      expect(plain.every(Number.isFinite)).toBe(true);
    });
  }
  type Function_ = (...args: readonly unknown[]) => Tensor;
});
test("weights are buffers under PyTorch's names; options show", () => {
  const loss = new nn.BCEWithLogitsLoss({ weight: weight(), posWeight: weight(), reduction: "sum" });
  expect(Object.keys(loss.stateDict())).toEqual(["weight", "pos_weight"]);
  expect(loss.parameters()).toEqual([]);
  expect(String(loss)).toBe("BCEWithLogitsLoss(reduction=sum)");
});
test("shapes and options that do not fit are explained", () => {
  expect(() => F.multiMarginLoss(a(), tensor(new Int32Array([1])))).toThrow(/want class numbers of \[3\], got \[1\]/);
  expect(() => F.infoNceLoss(a(), wave(1, 2, 4))).toThrow(/two views are \[3, 4\] and \[2, 4\]/);
  expect(() => F.ntXentLoss(a(), b(), { temperature: 0 })).toThrow(/temperature is 0; it must be above 0/);
  expect(() => F.hingeLoss(a(), sides())).toThrow(/\[3, 4\] and the target \[3\]/);
  expect(() => new nn.AdaptiveLogSoftmaxWithLoss(8, 10, [4, 4])).toThrow(/cutoffs \[4, 4\] do not divide 10 classes/);
  expect(() => F.embeddingBag(classes(), a())).toThrow(/an index of \[3\] without offsets/);
  expect(() => F.embeddingBag(lists(), a(), { perSampleWeights: a() })).toThrow(/weights need mode "sum"/);
  expect(() => F.scaledDotProductAttention(wave(1, 3, 2, 4), wave(1, 2, 2, 4), wave(1, 2, 2, 4), { enableGqa: true }))
    .toThrow(/do not divide among keys \[2, 2, 4\]/);
});
