import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "../../exec/setup.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { compile } from "../../exec/compile.ts";
import { Captioner } from "../../models/captioner.ts";
import type { LSTMLanguageModel } from "../../models/lstm-lm.ts";
import { setBackend, useBackend } from "../../runtime/registry.ts";
import { crossEntropy } from "../../nn/functional/cross-entropy.ts";
import { logSoftmax } from "../../nn/functional/softmax.ts";
import { AdamW } from "../../optim/adam.ts";
import { tensor } from "../../tensor/create.ts";
import { noGrad } from "../../tensor/gradient.ts";
import { manualSeed, randn } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { NgramModel } from "../../text/ngram.ts";
import { RandomStream } from "../../vocab/random.ts";
import { GENERATED, type Settings, type Source, type TaskRecipe } from "../recipe.ts";
import { train } from "../trainer.ts";
import { CAPTION_RECIPE } from "./caption.ts";
import { FORECAST_RECIPE } from "./forecast.ts";
import { SENTIMENT_RECIPE } from "./sentiment.ts";
import { BILSTM_CRF_RECIPE, POS_RECIPE } from "./tagging.ts";
import { WORD_LM_RECIPE } from "./word-language.ts";

beforeAll(async () => {
  await useBackend("wasm", { threads: 1 });
  manualSeed(1);
});
afterAll(() => setBackend(createReferenceBackend()));

/** Files that are texts. */
const sourceOf = (files: Readonly<Record<string, string>>): Source => ({
  name: "given", read: (file = "") => Promise.resolve(new TextEncoder().encode(files[file])),
});
const settingsOf = (recipe: TaskRecipe, steps: number): Settings =>
  ({ seed: 1, steps, batch: 4, lr: recipe.lr });
const ids = (rows: readonly (readonly number[])[]): Tensor => tensor(rows, { dtype: "i32" });
/** A model as `gradus predict` builds it: from what was kept as JSON. */
const restored = (recipe: TaskRecipe, kept: object): ReturnType<TaskRecipe["restore"]> =>
  recipe.restore(JSON.parse(JSON.stringify(kept)) as object);

describe("bilstm-crf", () => {
  const CONLL = "Ada\tB-person\nLovelace\tI-person\nin\tO\nRome\tB-location\n\nOk\tO\n\n";
  const source = sourceOf({ "wnut17train.conll": CONLL.repeat(20), "emerging.dev.conll": CONLL });
  test("learns to find entities, and every tag it gives is one of the data", async () => {
    const data = await BILSTM_CRF_RECIPE.open(source), task = await data.task(settingsOf(BILSTM_CRF_RECIPE, 40));
    const { evaluation } = await train(task);
    expect(evaluation).toEqual({ f1: 1, precision: 1, recall: 1, most_frequent_tag: 1 });
    const { model, answer } = await restored(BILSTM_CRF_RECIPE, data.kept);
    model.loadStateDict(task.model.stateDict());
    model.eval();
    expect(await answer(" Ada Lovelace  in Rome ")).toBe("Ada/B-person Lovelace/I-person in/O Rome/B-location");
    await expect(answer("  ")).rejects.toThrow(/no words to tag/);
  });
  test("what was kept and is damaged is one sentence", async () => {
    await expect(restored(BILSTM_CRF_RECIPE, { words: ["<pad>"], letters: 3, tags: ["O"] }))
      .rejects.toThrow(/"letters" is not a list of texts/);
  });
  test("parts of speech: a word with its most frequent tag is wrong a quarter of the time", async () => {
    const data = await POS_RECIPE.open({ ...sourceOf({}), name: GENERATED });
    const task = await data.task({ ...settingsOf(POS_RECIPE, 1), batch: 2 });
    const figures = await task.evaluate();
    expect(figures["most_frequent_tag"]).toBeGreaterThan(0.6);
    expect(figures["most_frequent_tag"]).toBeLessThan(0.85);
    expect(figures["accuracy"]).toBeLessThan(figures["most_frequent_tag"]);
  });
});

describe("sentiment", () => {
  const lines = (word: string): string => Array.from({ length: 40 }, (_, i) => `a ${word} film ${i % 4}`).join("\n");
  const source = sourceOf({ "rt-polarity.neg": lines("dull"), "rt-polarity.pos": lines("fine") });
  test("learns which word praises, beside naive Bayes", async () => {
    const data = await SENTIMENT_RECIPE.open(source), task = await data.task(settingsOf(SENTIMENT_RECIPE, 60));
    expect((await train(task)).evaluation).toEqual({ accuracy: 1, naive_bayes: 1 });
    const { model, answer } = await restored(SENTIMENT_RECIPE, data.kept);
    model.loadStateDict(task.model.stateDict());
    model.eval();
    expect(await answer("a FINE film")).toMatch(/^positive (0\.\d{3}|1\.000)$/);
    expect(await answer("dull")).toMatch(/^negative /);
    await expect(answer("")).rejects.toThrow(/no words to judge/);
  });
});

describe("forecast", () => {
  /** A year that repeats, a little higher every year. */
  const value = (month: number): number => 100 + 5 * Math.floor(month / 12) + 20 * Math.sin((month % 12) * Math.PI / 6);
  const date = (month: number): string => `${1950 + Math.floor(month / 12)}-${String(month % 12 + 1).padStart(2, "0")}`;
  const rows = Array.from({ length: 96 }, (_, month) => `"${date(month)}",${value(month)}`);
  const csv = (lines: readonly string[]): Source => sourceOf({ "": ["Month,Value", ...lines].join("\n") });
  test("baselines are what they say, and the network learns to be better", async () => {
    const data = await FORECAST_RECIPE.open(csv(rows)), task = await data.task(settingsOf(FORECAST_RECIPE, 40));
    const { evaluation } = await train(task);
    const root = (back: number): number => Math.sqrt(Array.from({ length: 24 }, (_, i) =>
      (value(72 + i) - value(72 + i - back)) ** 2).reduce((a, b) => a + b) / 24);
    expect(evaluation!["naive"]).toBeCloseTo(root(1), 10);
    expect(evaluation!["seasonal_naive"]).toBeCloseTo(5, 10);
    expect(evaluation!["rmse"]).toBeLessThan(5);
    const { model, answer } = await restored(FORECAST_RECIPE, data.kept);
    model.loadStateDict(task.model.stateDict());
    const said = (await answer(Array.from({ length: 30 }, (_, i) => value(i)).join(", "))).split(" ").map(Number);
    expect(said).toHaveLength(6);
    said.forEach((number, i) => expect(Math.abs(number - value(30 + i))).toBeLessThan(8));
    await expect(answer("1 2 3")).rejects.toThrow(/at least 24 numbers/);
  });
  test("what is no series is one sentence", async () => {
    await expect(FORECAST_RECIPE.open(csv(rows.slice(0, 40)))).rejects.toThrow(/has 40 values/);
    await expect(FORECAST_RECIPE.open(csv(["January,3"]))).rejects.toThrow(/line 2: a line holds a date/);
    await expect(FORECAST_RECIPE.open(csv(["1950-01,"]))).rejects.toThrow(/line 2/);
  });
});

describe("caption", () => {
  test("two pictures get a sentence each", () => {
    const model = new Captioner({ vocabulary: 6, side: 8, filters: 3, embedding: 4, hidden: 8 });
    const pictures = randn([2, 3, 8, 8]), read = ids([[1, 3, 4], [1, 4, 3]]), said = ids([[3, 4, 2], [4, 3, 2]]);
    const optimizer = new AdamW(model.parameters(), { lr: 0.02 });
    const step = compile(() => {
      optimizer.zeroGrad();
      const loss = crossEntropy(model.forward(pictures, read).reshape([-1, 6]), said.reshape([-1]));
      loss.backward();
      optimizer.step();
      return loss;
    });
    for (let i = 0; i < 80; i++) step();
    expect(Array.from(model.caption(pictures, 3).dataSync())).toEqual([3, 4, 2, 4, 3, 2]);
  });
  test("answers about a picture that was held out", async () => {
    const data = await CAPTION_RECIPE.open({ ...sourceOf({}), name: GENERATED });
    const { model, answer } = await restored(CAPTION_RECIPE, data.kept);
    model.eval();
    expect(await answer("3")).toMatch(/\(drawn: a (square|disc|triangle) at the (top|bottom) (left|right)/);
    await expect(answer("512")).rejects.toThrow(/0 to 511/);
    const task = await data.task(settingsOf(CAPTION_RECIPE, 1)), [pictures, read, said] = task.batch(0);
    expect([pictures.shape, read.shape, said.shape]).toEqual([[4, 3, 32, 32], [4, 14], [4, 14]]);
    expect(await task.loss(pictures, read, said).item()).toBeCloseTo(Math.log(14), 0);
  });
});

describe("word-lm", () => {
  const WORDS = ["the", "cat", "sees", "a", "dog", "and", "it", "runs"];
  const text = (seed: number, lines: number): string => {
    const random = new RandomStream(seed);
    return Array.from({ length: lines }, () =>
      Array.from({ length: 9 }, () => WORDS[random.integer(WORDS.length)]).join(" ")).join("\n \n");
  };
  test("scores every word once, with all words before it, beside models that count", async () => {
    const files = { "valid.txt": text(1, 60), "test.txt": text(2, 210) };
    const data = await WORD_LM_RECIPE.open(sourceOf(files)), task = await data.task(settingsOf(WORD_LM_RECIPE, 1));
    const { lstm } = task.model.eval() as unknown as { lstm: LSTMLanguageModel };
    const found = await task.evaluate();
    // 210 lines of 9 words and a sign each; 16 streams of 64 words and the first are 1025, twice that too many.
    const words = files["test.txt"].split("\n").filter((line) => line.trim() !== "")
      .flatMap((line) => [...line.split(" "), "</s>"]).slice(0, 2049);
    const { words: known } = data.kept as { words: readonly string[] };
    const ids = Int32Array.from(words, (word) => known.indexOf(word)), length = (ids.length - 1) / 16;
    let total = 0;
    for (let s = 0; s < 16; s++) {
      const stream = ids.slice(s * length, (s + 1) * length + 1);
      const given = tensor(stream.subarray(0, length), { shape: [1, length] });
      const logs = await noGrad(() => logSoftmax(lstm.forward(given), 2)).data();
      for (let t = 0; t < length; t++) total -= logs[t * known.length + stream[t + 1]];
    }
    expect(found["perplexity"]).toBeCloseTo(Math.exp(total / (ids.length - 1)), 3);
    const train = files["valid.txt"].split("\n").filter((line) => line.trim() !== "")
      .flatMap((line) => [...line.split(" "), "</s>"]);
    const counting = new NgramModel([train], { order: 3, pad: false, smoothing: { kind: "kneserNey", discount: 0.9 } });
    expect(found["kneser_ney_3"]).toBeCloseTo(counting.perplexity([words]), 6);
    const { model, answer } = await restored(WORD_LM_RECIPE, data.kept);
    model.eval();
    expect(await answer("the cat")).toMatch(/^perplexity \d+\.\d; next: \S+ 0\.\d{3}, /);
  });
  test("texts that are too short are one sentence", async () => {
    await expect(WORD_LM_RECIPE.open(sourceOf({ "valid.txt": text(1, 60), "test.txt": text(2, 3) })))
      .rejects.toThrow(/too short/);
  });
});
