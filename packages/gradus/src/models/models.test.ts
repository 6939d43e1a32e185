import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { compile } from "../exec/compile.ts";
import { assign } from "../exec/state.ts";
import * as F from "../nn/functional.ts";
import { AdamW } from "../optim/adam.ts";
import { tensor } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import { manualSeed, randn } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { NgramModel } from "../text/ngram.ts";
import { RandomStream } from "../vocab/random.ts";
import { GPT, gptCheckpointName } from "./gpt.ts";
import { isRecurrent, type LanguageModel } from "./language-model.ts";
import { LeNet5 } from "./lenet5.ts";
import { Llama } from "./llama.ts";
import { LSTMLanguageModel } from "./lstm-lm.ts";
import { Mamba, mambaCheckpointName } from "./mamba.ts";
import { Mamba2 } from "./mamba2.ts";
import { pick } from "./generate/pick.ts";
import { sample } from "./sample.ts";
import { WordMLP } from "./word-mlp.ts";

beforeAll(() => setBackend(createReferenceBackend()));

const MAKE: Record<string, () => LanguageModel> = {
  gpt: () => new GPT({ vocabulary: 5, block: 8, width: 16, heads: 2, layers: 1 }),
  llama: () => new Llama({ vocabulary: 5, block: 8, width: 16, heads: 4, groups: 2, layers: 2 }),
  lstm: () => new LSTMLanguageModel({ vocabulary: 5, embedding: 8, hidden: 16, layers: 2 }),
  mamba2: () => new Mamba2({ vocabulary: 5, width: 8, layers: 2, head: 4, groups: 2, state: 3, chunk: 2 }),
  mamba: () => new Mamba({ vocabulary: 5, width: 8, layers: 2, state: 4 }),
  "word-mlp": () => new WordMLP({ vocabulary: 5, order: 4, features: 4, hidden: 16 }),
};
const tokens = (values: readonly number[], rows = 1): Tensor =>
  tensor(Int32Array.from(values), { shape: [rows, values.length / rows] });
const close = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
  expect(a.length).toBe(b.length);
  Array.from(a).forEach((value, i) => { expect(value).toBeCloseTo(b[i], 5); });
};

describe("language models", () => {
  for (const [name, make] of Object.entries(MAKE)) {
    test(`${name} cannot see the future`, () => {
      manualSeed(1);
      const model = make().eval();
      const seen = model.forward(tokens([0, 1, 2, 3, 4])), other = model.forward(tokens([0, 1, 2, 4, 0]));
      expect(seen.shape).toEqual([1, 5, 5]);
      close(seen.narrow(1, 0, 3).dataSync(), other.narrow(1, 0, 3).dataSync());
      expect(seen.select(1, 3).dataSync()).not.toEqual(other.select(1, 3).dataSync());
    });
    test(`${name} learns a cycle in compiled steps and continues it`, async () => {
      manualSeed(2);
      const model = make(), optimizer = new AdamW(model.parameters(), { lr: 0.02 });
      const text = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3];
      const piece = (from: number): number[] => text.slice(from, from + 6);
      const pair = (from: number): Tensor => tokens([...piece(from), ...piece(from + 3)], 2);
      const x = pair(0), y = pair(1);
      const step = compile((a: Tensor, b: Tensor) => {
        optimizer.zeroGrad();
        const loss = F.crossEntropy(model.forward(a).reshape([12, 5]), b.reshape([12]));
        loss.backward();
        optimizer.step();
        return loss;
      });
      let loss = Infinity;
      for (let i = 0; i < 60 && loss > 0.1; i++) loss = step(x, y).itemSync();
      expect(loss).toBeLessThan(0.1);
      const made: number[] = [];
      for await (const token of sample(model.eval(), [0, 1], { length: 8, temperature: 0 })) made.push(token);
      expect(made).toEqual([2, 3, 4, 0, 1, 2, 3, 4]);
    });
  }
  for (const name of ["lstm", "mamba", "mamba2", "gpt", "llama"]) {
    test(`${name}: one token at a time gives what the whole sequence gives`, () => {
      manualSeed(3);
      const model = MAKE[name]();
      // Larger numbers than models start with, so that attention has something to choose.
      for (const p of model.parameters()) assign(p, p.detach().add(randn(p.shape).mul(0.3)));
      if (!isRecurrent(model)) throw new Error("not recurrent");
      noGrad(() => {
        const x = tokens([0, 3, 1, 2, 4, 4], 2), whole = model.forward(x);
        let state = model.start(2);
        for (let t = 0; t < 3; t++) {
          const made = model.step(x.select(1, t), state);
          close(made.logits.dataSync(), whole.select(1, t).dataSync());
          state = made.state;
        }
      });
    });
  }
  test("a model with room for few tokens writes more than that", async () => {
    manualSeed(4);
    const written: number[] = [];
    for await (const token of sample(MAKE.gpt().eval(), [1, 2], { length: 20 })) written.push(token);
    expect(written).toHaveLength(20);
    expect(written.every((token) => token >= 0 && token < 5)).toBe(true);
  });
  test("word-mlp beats a trigram where words are alike", () => {
    const random = new RandomStream(1), one = (words: readonly string[]): string => words[random.integer(words.length)];
    const who = ["cat", "dog", "fox", "boy", "girl", "queen"];
    const text = (sentences: number): string[] => Array.from({ length: sentences }, () => {
      const [verbs, objects] = one(["eat", "see"]) === "eat" ? [["eats", "wants", "finds", "smells"], ["soup", "rice",
        "bread", "cheese"]] : [["sees", "hears", "greets", "follows"], who];
      return ["the", one(who), one(verbs), one(["the", "this"]), one(objects), "."];
    }).flat();
    const learn = text(40), test = text(100), words = [...new Set([...learn, ...test])];
    const pair = (part: readonly string[]): readonly [Tensor, Tensor] => {
      const ids = part.map((word) => words.indexOf(word));
      return [tokens(ids.slice(0, -1)), tensor(Int32Array.from(ids.slice(1)))];
    };
    manualSeed(6);
    const model = new WordMLP({ vocabulary: words.length, order: 4, features: 2, hidden: 12 });
    const optimizer = new AdamW(model.parameters(), { lr: 0.05, weightDecay: 1 });
    const lossOf = ([x, y]: readonly [Tensor, Tensor]): Tensor => F.crossEntropy(model.forward(x).flatten(0, 1), y);
    const data = pair(learn), step = compile(() => {
      optimizer.zeroGrad();
      lossOf(data).backward();
      optimizer.step();
    });
    for (let i = 0; i < 50; i++) step();
    const network = Math.exp(noGrad(() => lossOf(pair(test))).itemSync());
    const trigram = new NgramModel([learn, ...words.map((word) => [word])],
      { order: 3, smoothing: { kind: "kneserNey" }, pad: false }).perplexity([test]);
    expect(network).toBeLessThan(0.9 * trigram);
  });
  test("word-mlp of order 1 has nothing to look at", () => {
    expect(() => new WordMLP({ vocabulary: 5, order: 1 })).toThrow(/order is 1; it must be .* 2 or more/);
  });
  test("gpt names its window", () => {
    expect(() => MAKE.gpt().forward(tokens(new Array<number>(9).fill(0)))).toThrow(/window of 8/);
  });
  test("checkpoint names of published models are mapped", () => {
    expect(gptCheckpointName("transformer.h.3.mlp.c_fc.bias")).toBe("h.3.mlp.c_fc.bias");
    const unneeded = ["lm_head.weight", "h.0.attn.bias", "transformer.h.11.attn.masked_bias"];
    expect(unneeded.map(gptCheckpointName)).toEqual([null, null, null]);
    expect(mambaCheckpointName("backbone.embedding.weight")).toBe("backbone.embeddings.weight");
    expect(mambaCheckpointName("backbone.layers.0.mixer.D")).toBe("backbone.layers.0.mixer.D");
  });
});

describe("sampling", () => {
  const scores = [0, 3, 1, 2];
  test("temperature and topK shape the choice", () => {
    const random = new RandomStream(1);
    const draw = (options: { temperature?: number; topK?: number }): number[] => {
      const counts = [0, 0, 0, 0];
      for (let i = 0; i < 2000; i++) counts[pick(scores, options, random)]++;
      return counts.map((n) => n / 2000);
    };
    const total = scores.reduce((sum, s) => sum + Math.exp(s), 0);
    draw({}).forEach((share, i) => { expect(Math.abs(share - Math.exp(scores[i]) / total)).toBeLessThan(0.04); });
    expect(draw({ temperature: 0 })).toEqual([0, 1, 0, 0]);
    const two = draw({ topK: 2, temperature: 10 });
    expect([two[0], two[2]]).toEqual([0, 0]);
    expect(Math.abs(two[1] - 1 / (1 + Math.exp(-0.1)))).toBeLessThan(0.04);
  });
  test("wrong options are explained", async () => {
    expect(() => pick(scores, { temperature: -1 }, new RandomStream(0))).toThrow(/0 or more/);
    expect(() => pick(scores, { topK: 0 }, new RandomStream(0))).toThrow(/1 or more/);
    await expect(sample(MAKE.gpt(), [], { length: 1 }).next()).rejects.toThrow(/prompt is empty/);
  });
});

test("LeNet-5 in both styles: shapes and a falling loss", () => {
  for (const style of ["modern", "1998"] as const) {
    manualSeed(5);
    const model = new LeNet5({ style }), optimizer = new AdamW(model.parameters(), { lr: 0.003 });
    const pixels = Float32Array.from({ length: 2 * 784 }, (_, i) => Math.sin(i * (i < 784 ? 0.1 : 0.37)));
    const x = tensor(pixels, { shape: [2, 1, 28, 28] });
    const losses = Array.from({ length: 8 }, () => {
      optimizer.zeroGrad();
      const loss = F.crossEntropy(model.forward(x), tensor(new Int32Array([3, 7])));
      loss.backward();
      optimizer.step();
      return loss.itemSync();
    });
    expect(losses[0]).toBeGreaterThan(2);
    expect(losses[7]).toBeLessThan(losses[0] / 2);
  }
});
