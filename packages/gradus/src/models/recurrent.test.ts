import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { compare, layerOf, load, type Case } from "../nn/oracle.fixture.ts";
import { ne, where } from "../ops/elementwise.ts";
import { setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import { manualSeed, rand, randn } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { BiLSTMCRF } from "./bilstm-crf.ts";
import { Captioner } from "./captioner.ts";
import { Forecaster } from "./forecaster.ts";
import { LSTMLanguageModel } from "./lstm-lm.ts";
import { SentimentClassifier } from "./sentiment.ts";

beforeAll(() => {
  setBackend(createReferenceBackend());
  manualSeed(5);
});
const bits = (x: Tensor): Uint8Array => new Uint8Array(x.dataSync().slice().buffer);
const ids = (rows: readonly (readonly number[])[]): Tensor => tensor(rows, { dtype: "i32" });

describe("models of padded sequences give what PyTorch gives: outputs and gradients", () => {
  for (const [i, item] of load<Case[]>("sequence-models").entries()) {
    test(`${i} ${item.type}`, () => {
      const model = layerOf(item, { BiLSTMCRF, SentimentClassifier });
      expect(Object.keys(model.stateDict())).toEqual(Object.keys(item.state!));
      const run = model instanceof BiLSTMCRF ? (words: Tensor, letters: Tensor, tags: Tensor): Tensor[] =>
        [where(ne(words, 0).unsqueeze(2), model.forward(words, letters), 0), model.loss(words, letters, tags)]
        : (words: Tensor): Tensor => (model as SentimentClassifier).forward(words);
      compare(run, item, model);
    });
  }
});

const SENTENCES = [[5, 2, 7], [3, 4, 1, 6, 2], [8]];
const padded = (T: number): Tensor =>
  ids(SENTENCES.map((words) => [...words, ...new Array<number>(T - words.length).fill(0)]));

describe("padding changes no bit", () => {
  test("of the scores and tags of a tagger, along words and letters", () => {
    const model = new BiLSTMCRF({ words: 9, characters: 6, tags: 3, embedding: 4, filters: 5, hidden: 4 });
    model.eval();
    const spelled = (words: readonly number[], C: number): number[][] =>
      words.map((word) => Array.from({ length: C }, (_, i) => (i <= word % 3 ? 1 + ((word + i) % 5) : 0)));
    const letters = tensor(
      SENTENCES.map((words) => [...spelled(words, 6), ...Array.from({ length: 7 - words.length }, () =>
        new Array<number>(6).fill(0))]), { dtype: "i32" });
    const scores = model.forward(padded(7), letters), tags = model.decode(padded(7), letters);
    SENTENCES.forEach((words, row) => {
      const own = tensor([spelled(words, 3)], { dtype: "i32" });
      expect(bits(model.forward(ids([words]), own).select(0, 0)))
        .toEqual(bits(scores.select(0, row).narrow(0, 0, words.length)));
      expect(bits(model.decode(ids([words]), own))).toEqual(bits(tags.select(0, row).narrow(0, 0, words.length)));
    });
  });
  test("without letters a tagger knows words by their numbers", () => {
    const model = new BiLSTMCRF({ words: 9, characters: 6, tags: 3, embedding: 4, filters: 5, hidden: 4 });
    model.eval();
    const nothing = tensor(new Int32Array(3 * 5 * 2), { shape: [3, 5, 2] });
    expect(bits(model.forward(padded(5)))).toEqual(bits(model.forward(padded(5), nothing)));
  });
  for (const cell of ["gru", "lstm"] as const) {
    for (const pooling of ["max", "mean"] as const) {
      test(`of a classifier of sentences: ${cell}, ${pooling}`, () => {
        const model = new SentimentClassifier({ vocabulary: 9, embedding: 4, hidden: 5, cell, pooling });
        model.eval();
        const together = model.forward(padded(8));
        SENTENCES.forEach((words, row) =>
          expect(bits(model.forward(ids([words])).select(0, 0))).toEqual(bits(together.select(0, row))));
      });
    }
  }
  test("the gradient of what fills up is 0", () => {
    const model = new SentimentClassifier({ vocabulary: 9, embedding: 4, hidden: 5 });
    model.eval();
    model.forward(padded(8)).square().sum().backward();
    const grad = model.embedding.weight.grad!;
    expect(grad.select(0, 0).abs().sum().itemSync()).toBe(0);
    expect(grad.select(0, 5).abs().sum().itemSync()).toBeGreaterThan(0);
  });
});

describe("Forecaster", () => {
  test("a series that is moved and stretched is forecast moved and stretched", () => {
    const model = new Forecaster({ season: 4, hidden: 6 }), x = rand([3, 12]);
    const plain = model.forward(x).dataSync(), other = model.forward(x.mul(50).add(7)).dataSync();
    plain.forEach((value, i) => expect(other[i]).toBeCloseTo(value * 50 + 7, 3));
  });
  test("without a change it says what was a season before", () => {
    const model = new Forecaster({ season: 3, hidden: 4 });
    model.loadStateDict(Object.fromEntries(Object.entries(model.stateDict())
      .map(([name, value]) => [name, name.startsWith("head") ? value.mul(0) : value])));
    const found = model.forward(tensor([[1, 2, 3, 4, 9, 6]]));
    expect(found.itemSync()).toBeCloseTo(4, 5);
  });
  test("a season must fit the window", () => {
    expect(() => new Forecaster({ season: 0 })).toThrow(/season is 0/);
    expect(() => new Forecaster({ season: 12 }).forward(rand([1, 6]))).toThrow(/windows of 6 values/);
  });
});

describe("Captioner", () => {
  test("step by step it says what it says of the whole sentence", () => {
    const model = new Captioner({ vocabulary: 7, side: 8, filters: 3, embedding: 4, hidden: 5 });
    const pictures = randn([2, 3, 8, 8]), words = ids([[1, 4, 3], [1, 5, 6]]);
    const whole = model.forward(pictures, words);
    let state: readonly Tensor[] = model.look(pictures);
    for (let t = 0; t < 3; t++) {
      const made = model.step(words.select(1, t), state);
      state = made.state;
      const want = whole.select(1, t).dataSync();
      made.logits.dataSync().forEach((value, i) => expect(value).toBeCloseTo(want[i], 5));
    }
    const said = model.caption(pictures, 4);
    expect(said.shape).toEqual([2, 4]);
    expect(model.forward(pictures).select(1, 0).dataSync()).toEqual(whole.select(1, 0).dataSync());
    expect(said.select(1, 0).dataSync()).toEqual(whole.select(1, 0).argmax(1).dataSync());
  });
  test("a side that cannot be halved three times is one sentence", () => {
    expect(() => new Captioner({ vocabulary: 5, side: 20 })).toThrow(/side of 20 pixels/);
  });
});

describe("tied weights of an LSTM language model", () => {
  test("are one table, counted once and written under both names", () => {
    const model = new LSTMLanguageModel({ vocabulary: 11, embedding: 6, hidden: 6, tied: true });
    expect(model.head.weight).toBe(model.embedding.weight);
    const own = new LSTMLanguageModel({ vocabulary: 11, embedding: 6, hidden: 6 });
    expect(own.parameterCount() - model.parameterCount()).toBe(66);
    const record = model.stateDict();
    expect(record["head.weight"].dataSync()).toEqual(record["embedding.weight"].dataSync());
    model.forward(ids([[1, 2]])).sum().backward();
    expect(model.embedding.weight.grad).not.toBeNull();
    expect(() => new LSTMLanguageModel({ vocabulary: 11, embedding: 5, hidden: 6, tied: true }))
      .toThrow(/as many features as hidden units/);
  });
});
