import { beforeAll, describe, expect, test } from "vitest";
import "../../exec/setup.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { createWasmBackend } from "../../backends/wasm/index.ts";
import { setBackend } from "../../runtime/registry.ts";
import { memoryReport } from "../../runtime/storage.ts";
import { assign } from "../../exec/state.ts";
import { zeros } from "../../nn/init.ts";
import { oneHot } from "../../ops/indexing.ts";
import { parameter } from "../../nn/parameter.ts";
import { tensor } from "../../tensor/create.ts";
import { manualSeed, randn } from "../../tensor/random.ts";
import { decoderOf, type Decoder } from "../decoder.ts";
import {
  beamSearch, contrastiveSearch, generate, GPT, Llama, LSTMLanguageModel, Mamba, Mamba2, pick, sample, WordMLP,
  type BeamNode, type BeamSearchOptions, type GenerateOptions, type LanguageModel,
} from "../index.ts";
import { RandomStream } from "../../vocab/random.ts";
import { SequenceReader } from "./reader.ts";
import { streamText } from "./text.ts";

beforeAll(() => setBackend(createReferenceBackend()));

/** Numbers larger than models start with, so that there is something to choose. */
function lively<M extends LanguageModel>(model: M, seed = 3): M {
  manualSeed(seed);
  for (const p of model.parameters()) assign(p, p.detach().add(randn(p.shape).mul(0.3)));
  return model.eval();
}
const V = 7;
const MAKE: Record<string, () => LanguageModel> = {
  gpt: () => new GPT({ vocabulary: V, block: 16, width: 8, heads: 2, layers: 1 }),
  llama: () => new Llama({ vocabulary: V, block: 16, width: 8, heads: 2, groups: 1, layers: 1 }),
  lstm: () => new LSTMLanguageModel({ vocabulary: V, embedding: 4, hidden: 8, layers: 2 }),
  mamba: () => new Mamba({ vocabulary: V, width: 8, layers: 1, state: 4 }),
  mamba2: () => new Mamba2({ vocabulary: V, width: 8, layers: 1, head: 4, groups: 2, state: 3, chunk: 2 }),
  "word-mlp": () => new WordMLP({ vocabulary: V, order: 4, features: 4, hidden: 8 }),
};
async function write(
  model: LanguageModel | Decoder, prompt: readonly number[], options: GenerateOptions,
): Promise<number[]> {
  const tokens: number[] = [];
  for await (const { token } of generate(model, prompt, options)) tokens.push(token);
  return tokens;
}

/** A chain of tokens: the next depends on the last alone. Its state is the number of tokens read. */
function markov(scores: readonly (readonly number[])[], context = Infinity): Decoder & { readonly rows: number[] } {
  const table = parameter(tensor(scores.flat(), { shape: [scores.length, scores.length] }));
  const rows: number[] = [];
  return {
    rows, vocabulary: scores.length, context,
    start: (batch) => [zeros([batch])],
    step(token, [count]) {
      rows.push(token.shape[0]);
      return { logits: table.detach().take(token, 0), state: [count.add(1)] };
    },
  };
}
const chain = (size: number, seed: number): number[][] => {
  const random = new RandomStream(seed);
  return Array.from({ length: size }, () => Array.from({ length: size }, () => 3 * random.uniform()));
};
const logProbabilities = (row: readonly number[]): number[] => {
  const total = Math.log(row.reduce((sum, score) => sum + Math.exp(score), 0));
  return row.map((score) => score - total);
};

describe("generate", () => {
  test("the same seed gives the same tokens, another seed others; a stream can be given instead", async () => {
    const model = lively(MAKE.mamba());
    const first = await write(model, [1, 2], { length: 30, seed: 5 });
    expect(await write(model, [1, 2], { length: 30, seed: 5 })).toEqual(first);
    expect(await write(model, [1, 2], { length: 30, seed: 6 })).not.toEqual(first);
    expect(await write(model, [1, 2], { length: 30, random: new RandomStream(5) })).toEqual(first);
    const simple: number[] = [];
    for await (const token of sample(model, [1, 2], { length: 30, random: new RandomStream(5) })) simple.push(token);
    expect(simple).toEqual(first);
  });
  test("draws follow the distribution, and cuts leave only what they keep", async () => {
    const row = [0, 1.5, -1, 0.5], model = markov([row, row, row, row]);
    const shares = async (options: Partial<GenerateOptions>): Promise<number[]> => {
      const tokens = await write(model, [0], { length: 3000, seed: 1, ...options });
      return row.map((_, i) => tokens.filter((token) => token === i).length / tokens.length);
    };
    const all = await shares({});
    logProbabilities(row).forEach((log, i) => { expect(Math.abs(all[i] - Math.exp(log))).toBeLessThan(0.03); });
    const two = await shares({ topP: 0.75 });
    expect([two[0], two[2]]).toEqual([0, 0]);
    expect(Math.abs(two[1] - 1 / (1 + Math.exp(-1)))).toBeLessThan(0.03);
  });
  test("a step says what was chosen from", async () => {
    const scores = chain(V, 2), model = markov(scores);
    for await (const step of generate(model, [3], { length: 1, topK: 2, seed: 4 })) {
      step.scores.forEach((score, i) => { expect(score).toBeCloseTo(scores[3][i], 6); });
      expect(step.controlled.filter((score) => score > -Infinity)).toHaveLength(2);
      expect(step.controlled[step.token]).toBeGreaterThan(-Infinity);
      expect(step.logProbability).toBeCloseTo(logProbabilities(scores[3])[step.token], 5);
      expect(step.finished).toBe("length");
    }
  });
  test("a stop token is the last one", async () => {
    const model = markov([[0, 9, 0], [0, 0, 9], [9, 0, 0]]), seen: (string | null)[] = [], tokens: number[] = [];
    for await (const { token, finished } of generate(model, [0], { length: 9, temperature: 0, stopTokens: [0] })) {
      tokens.push(token);
      seen.push(finished);
    }
    expect([tokens, seen]).toEqual([[1, 2, 0], [null, null, "stop"]]);
  });
  test("no n-gram comes twice, also past the room of the model", async () => {
    const model = lively(new GPT({ vocabulary: V, block: 6, width: 8, heads: 2, layers: 1 }));
    const tokens = [2, ...await write(model, [2], { length: 40, noRepeatNgram: 3, temperature: 0.5 })];
    const triples = tokens.slice(2).map((token, i) => `${tokens[i]} ${tokens[i + 1]} ${token}`);
    expect(new Set(triples).size).toBe(triples.length);
  });
  test("past its room a model sees the last tokens alone", async () => {
    const model = lively(new GPT({ vocabulary: V, block: 8, width: 8, heads: 2, layers: 1 }));
    const options = { length: 3, temperature: 0 };
    // Nine tokens: the room was full after eight, and the last four and the ninth are what is read then.
    const late = await write(model, [1, 2, 3, 4, 0], options);
    expect(await write(model, [6, 5, 6, 5, 1, 2, 3, 4, 0], options)).toEqual(late);
  });
  test("a model without a state writes what its forward says", async () => {
    const model = lively(MAKE["word-mlp"]()), tokens = [1, 4];
    for await (const { token } of generate(model, tokens.slice(), { length: 8, temperature: 0 })) {
      const window = tensor(Int32Array.from(tokens.slice(-3)), { shape: [1, Math.min(3, tokens.length)] });
      const scores = Array.from(model.forward(window).select(1, -1).dataSync());
      expect(token).toBe(scores.indexOf(Math.max(...scores)));
      tokens.push(token);
    }
  });
  test("wrong options are named", async () => {
    const model = markov(chain(3, 1));
    const failing = (options: Partial<GenerateOptions>, prompt: readonly number[] = [0]): Promise<unknown> =>
      write(model, prompt, { length: 3, ...options });
    await expect(failing({}, [])).rejects.toThrow(/prompt is empty/);
    await expect(failing({}, [3])).rejects.toThrow(/prompt has token 3; tokens of this model are 0 to 2/);
    await expect(failing({ length: 1.5 })).rejects.toThrow(/length is 1.5/);
    await expect(failing({ topP: 0 })).rejects.toThrow(/topP is 0; it must be more than 0 and at most 1/);
    await expect(failing({ temperature: -1 })).rejects.toThrow(/temperature is -1; it must be 0 or more/);
    await expect(failing({ noRepeatNgram: 1, length: 4 })).rejects.toThrow(/no token is left/);
    expect(() => pick([1, 2], { topK: 0 }, new RandomStream(0))).toThrow(/topK is 0; it must be 1 or more/);
  });
});

describe("memory", () => {
  for (const name of Object.keys(MAKE)) {
    test(`${name}: 500 tokens take no more than the first ones`, async () => {
      const model = lively(MAKE[name]()), base = memoryReport().bytes;
      const after: number[] = [];
      for await (const { token } of generate(model, [1, 2], { length: 500, seed: 1 })) {
        expect(token).toBeLessThan(V);
        after.push(memoryReport().bytes);
      }
      // Past the first read of a full room nothing is new.
      expect(Math.max(...after.slice(50))).toBeLessThanOrEqual(Math.max(...after.slice(0, 50)));
      // All that stays is what programs keep: nothing of the text.
      const rest = memoryReport().bytes;
      expect(rest).toBeLessThanOrEqual(Math.min(...after.slice(50)));
      expect(rest - base).toBeLessThan(4096);
    }, 30_000);
  }
  for (const name of ["lstm", "mamba", "mamba2", "gpt", "llama"]) {
    test(`${name}: the state of a sequence keeps its size, and four take four times that`, async () => {
      const reader = new SequenceReader(decoderOf(lively(MAKE[name]()))), position = /gpt|llama/.test(name) ? 4 : 0;
      await reader.read([1]);
      const one = reader.stateBytes;
      for (let i = 0; i < 20; i++) await reader.read([i % V]);
      expect(reader.stateBytes).toBe(one);
      await reader.read([0, 1, 2, 3], [0, 0, 0, 0]);
      expect(reader.stateBytes - position).toBe(4 * (one - position));
      reader.close();
    });
  }
});

describe("sequences side by side", () => {
  for (const name of Object.keys(MAKE)) {
    test(`${name}: repeated, dropped and re-ordered, each goes on as if alone`, async () => {
      const model = lively(MAKE[name]());
      const reader = new SequenceReader(decoderOf(model));
      await reader.readAll([1, 2]);
      await reader.read([0, 3, 4], [0, 0, 0]);
      await reader.read([5, 6, 0], [2, 0, 2]);
      const { scores } = await reader.read([1, 1, 2], [0, 1, 1]);
      reader.close();
      for (const [i, tokens] of [[1, 2, 4, 5, 1], [1, 2, 0, 6, 1], [1, 2, 0, 6, 2]].entries()) {
        const alone = new SequenceReader(decoderOf(model));
        const { scores: [want] } = await alone.readAll(tokens);
        alone.close();
        scores[i].forEach((score, token) => { expect(score).toBeCloseTo(want[token], 5); });
      }
    });
  }
  test.each(["reference", "wasm"])("what a source gave stays, and is not ours to free: %s", async (name) => {
    const backend = name === "wasm" ? createWasmBackend({ threads: 1 }) : createReferenceBackend();
    setBackend(backend);
    const scores = chain(4, 6), memory = tensor(scores.flat(), { shape: [1, 4, 4] });
    const decoder: Decoder = {
      vocabulary: 4, context: Infinity,
      start: (batch) => [batch === 1 ? memory : memory.expand([batch, 4, 4])],
      step: (token, [table]) =>
        ({ logits: table.mul(oneHot(token, 4).unsqueeze(2)).sum(1), state: [table] }),
    };
    const options = { length: 12, beams: 3, sequences: 3 };
    const found = await beamSearch(decoder, [1], options);
    expect(found.sequences).toEqual((await beamSearch(decoder, [1], options)).sequences);
    const want = await beamSearch(markov(scores), [1], options);
    expect(found.sequences.map(({ tokens }) => tokens)).toEqual(want.sequences.map(({ tokens }) => tokens));
    const drawn = await write(markov(scores), [1], { length: 30, seed: 2 });
    expect(await write(decoder, [1], { length: 30, seed: 2 })).toEqual(drawn);
    memory.dataSync().forEach((value, i) => { expect(value).toBeCloseTo(scores.flat()[i], 6); });
    if (name === "wasm") backend.dispose();
    setBackend(createReferenceBackend());
  });
});

describe("beam search", () => {
  const exhaustive = (
    scores: readonly (readonly number[])[], first: number,
    { length, stopTokens = [], lengthPenalty = 1 }: BeamSearchOptions,
  ): { tokens: number[]; score: number }[] => {
    const logs = scores.map(logProbabilities);
    const grow = (tokens: number[], total: number): { tokens: number[]; score: number }[] => {
      const last = tokens.at(-1);
      if (tokens.length === length || (last !== undefined && stopTokens.includes(last))) {
        return [{ tokens, score: total / tokens.length ** lengthPenalty }];
      }
      return logs[last ?? first].flatMap((log, token) => grow([...tokens, token], total + log));
    };
    return grow([], 0).sort((a, b) => b.score - a.score);
  };
  test.each([
    { length: 5 }, { length: 5, stopTokens: [2] }, { length: 5, stopTokens: [1, 3], lengthPenalty: 0 },
    { length: 5, stopTokens: [0], lengthPenalty: 2.5 }, { length: 4, lengthPenalty: -0.5, stopTokens: [3] },
  ])("with a beam for every hypothesis it finds the best of all: %j", async (settings) => {
    for (const seed of [1, 2, 3]) {
      const scores = chain(4, seed), want = exhaustive(scores, 1, settings);
      const beams = 4 ** settings.length;
      const found = await beamSearch(markov(scores), [1], { ...settings, beams, sequences: 6, earlyStopping: "never" });
      expect(found.sequences.map(({ tokens }) => tokens)).toEqual(want.slice(0, 6).map(({ tokens }) => tokens));
      found.sequences.forEach(({ score }, i) => { expect(score).toBeCloseTo(want[i].score, 5); });
    }
  });
  test("one beam is greedy, and more are no worse", async () => {
    const model = lively(MAKE.llama()), length = 10;
    const best: number[] = [];
    for (const beams of [1, 2, 8]) {
      const { sequences: [{ tokens, total }] } = await beamSearch(model, [1, 2], { length, beams });
      if (beams === 1) expect(tokens).toEqual(await write(model, [1, 2], { length, temperature: 0 }));
      best.push(total);
    }
    expect(best[1]).toBeGreaterThanOrEqual(best[0]);
    expect(best[2]).toBeGreaterThanOrEqual(best[1]);
  });
  test("beams go through the model as one batch", async () => {
    const model = markov(chain(5, 4));
    await beamSearch(model, [1, 2, 3], { length: 6, beams: 3 });
    expect(Math.max(...model.rows)).toBe(3);
  });
  test("the tree tells every hypothesis and its fate", async () => {
    const scores = chain(5, 5), settings = { length: 6, beams: 3, sequences: 3, stopTokens: [4] };
    const { tree, sequences } = await beamSearch(markov(scores), [1], settings);
    const logs = scores.map(logProbabilities);
    const last = ({ parent, token }: BeamNode): number => (parent === null ? 1 : token);
    expect(tree[0]).toEqual({ id: 0, parent: null, token: -1, depth: 0, logProbability: 0, total: 0, fate: "kept" });
    for (const node of tree.slice(1)) {
      const parent = tree[node.parent!];
      expect(tree[node.id]).toBe(node);
      expect([parent.fate, parent.depth]).toEqual(["kept", node.depth - 1]);
      expect(node.logProbability).toBeCloseTo(logs[last(parent)][node.token], 5);
      expect(node.total).toBeCloseTo(parent.total + node.logProbability, 10);
      if (node.fate === "finished") expect(node.token === 4 || node.depth === 6).toBe(true);
    }
    for (let depth = 1; depth < Math.max(...tree.map((node) => node.depth)); depth++) {
      const kept = tree.filter((node) => node.depth === depth && node.fate === "kept");
      const dropped = tree.filter((node) => node.depth === depth && node.fate === "dropped" && node.token !== 4);
      expect(kept).toHaveLength(3);
      for (const node of dropped) expect(node.total).toBeLessThanOrEqual(Math.min(...kept.map(({ total }) => total)));
    }
    for (const { tokens, node, total, score } of sequences) {
      expect(tree[node]).toMatchObject({ fate: "finished", token: tokens.at(-1), depth: tokens.length, total });
      expect(score).toBe(total / tokens.length);
    }
  });
  test("wrong options are named", async () => {
    const model = markov(chain(3, 1));
    const search = (options: Omit<BeamSearchOptions, "length">): Promise<unknown> =>
      beamSearch(model, [0], { length: 2, ...options });
    await expect(search({ beams: 0 })).rejects.toThrow(/beams is 0/);
    await expect(search({ beams: 2, sequences: 3 })).rejects.toThrow(/sequences is 3; .* 1 to 2/);
    await expect(search({ lengthPenalty: NaN })).rejects.toThrow(/lengthPenalty is NaN/);
  });
});

describe("contrastive search", () => {
  test("alpha 0 is greedy; a large alpha does not repeat itself", async () => {
    const model = lively(MAKE.llama()), tokens: number[][] = [[], []];
    for (const [i, alpha] of [0, 0.8].entries()) {
      for await (const { token } of contrastiveSearch(model, [1, 2], { length: 12, alpha })) tokens[i].push(token);
    }
    expect(tokens[0]).toEqual(await write(model, [1, 2], { length: 12, temperature: 0 }));
    expect(new Set(tokens[1]).size).toBeGreaterThan(new Set(tokens[0]).size);
  });
  test("a decoder without features says so", async () => {
    const steps = contrastiveSearch(markov(chain(3, 1)), [0], { length: 2 });
    await expect(steps.next()).rejects.toThrow(/no hidden features/);
  });
});

describe("text", () => {
  async function* steps(tokens: readonly number[]): AsyncGenerator<{ token: number }> {
    for (const token of tokens) yield await Promise.resolve({ token });
  }
  const bytes = (tokens: readonly number[]): string => new TextDecoder().decode(Uint8Array.from(tokens));
  const pieces = async (text: string, stop: readonly string[]): Promise<string[]> => {
    const made: string[] = [];
    for await (const piece of streamText(steps([...new TextEncoder().encode(text)]), bytes, { stop })) made.push(piece);
    return made;
  };
  test("characters come whole", async () => {
    expect(await pieces("añ€😀b", [])).toEqual(["a", "ñ", "€", "😀", "b"]);
  });
  test("a stop text ends it and is left out; what only began like one comes later", async () => {
    expect(await pieces("one END two", ["END"])).toEqual(["o", "n", "e", " "]);
    expect(await pieces("EEND", ["END"])).toEqual(["E"]);
    expect(await pieces("xENxEN", ["END"])).toEqual(["x", "ENx", "EN"]);
  });
  test("a tokenizer that strips the first space is no trouble", async () => {
    const words = ["▁the", "▁cat", "s", "▁sat"];
    const decode = (tokens: readonly number[]): string =>
      tokens.map((i) => words[i]).join("").replaceAll("▁", " ").trimStart();
    let text = "";
    for await (const piece of streamText(steps([1, 2, 3]), decode, { prompt: [0] })) text += piece;
    expect(text).toBe(" cats sat");
  });
});
