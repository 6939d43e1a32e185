import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { ALIGNMENT_FORMS } from "../nn/alignment.ts";
import { differenceOf, load, pairsOf, unpack, type Case } from "../nn/oracle.fixture.ts";
import { setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import { manualSeed } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ShapeError, UsageError } from "../vocab/errors.ts";
import { selectSequences } from "./decoder.ts";
import { decoderFrom, type EncoderDecoder } from "./encoder-decoder.ts";
import { Seq2Seq, type Seq2SeqOptions } from "./seq2seq.ts";
import { TranslationTransformer } from "./transformer.ts";

beforeAll(() => setBackend(createReferenceBackend()));

const KINDS = { Seq2Seq, TranslationTransformer };
describe("numbers of PyTorch", () => {
  for (const item of load<Case[]>("translation")) {
    test(`${item.type} ${JSON.stringify(item.args)}`, () => {
      const Made = KINDS[item.type as keyof typeof KINDS] as new (options: unknown) => EncoderDecoder;
      const model = new Made(item.args![0]).train();
      const state = Object.fromEntries(Object.entries(item.state!).map(([name, packed]) => [name, unpack(packed)]));
      expect(model.loadStateDict(state)).toEqual({ missing: [], unexpected: [], mismatched: [] });
      const pairs = pairsOf((source: Tensor, target: Tensor) => model.forward(source, target), item, model);
      expect(pairs).toHaveLength(1 + model.parameters().length);
      // Of the largest number of its kind: some gradients, as that of a bias of keys, are sums to 0.
      for (const kind of new Set(pairs.map((pair) => pair.kind))) {
        const same = pairs.filter((pair) => pair.kind === kind).map((pair) => {
          expect(pair.got?.shape, pair.what).toEqual(pair.want.shape);
          return { what: pair.what, ...differenceOf(pair.got!, pair.want) };
        });
        const largest = Math.max(...same.map((pair) => pair.largest));
        for (const { what, error } of same) expect(error, what).toBeLessThanOrEqual(1e-5 * largest);
      }
    });
  }
});

const SIZES = { vocabulary: 9, sourceVocabulary: 10, embedding: 4, hidden: 6 };
const network = (options: Partial<Seq2SeqOptions> = {}): Seq2Seq => {
  manualSeed(3);
  return new Seq2Seq({ ...SIZES, ...options }).eval();
};
const transformer = (normFirst = true): TranslationTransformer => {
  manualSeed(3);
  return new TranslationTransformer({ vocabulary: 9, block: 8, width: 4, heads: 2, layers: 2, normFirst }).eval();
};
const MODELS: readonly (readonly [name: string, make: () => EncoderDecoder])[] = [
  ...["none" as const, ...ALIGNMENT_FORMS].map((attention) => [attention, () => network({ attention })] as const),
  ["two layers of LSTM", () => network({ unit: "lstm", layers: 2 })],
  ["LSTM in Luong's order, one direction", () =>
    network({ unit: "lstm", attention: "luong-dot", bidirectional: false })],
  ["one table", () => network({ sourceVocabulary: 9, tied: true })],
  ["Transformer, norm before", () => transformer()], ["Transformer, norm behind", () => transformer(false)],
];
const SOURCE = [[4, 5, 6, 7, 3], [6, 3, 0, 0, 0]], TARGET = [[2, 5, 6, 4], [2, 7, 4, 1]];
const ids = (rows: readonly (readonly number[])[]): Tensor =>
  tensor(Int32Array.from(rows.flat()), { shape: [rows.length, rows[0].length] });
const largestDifference = (a: Tensor, b: Tensor): number => {
  expect(a.shape).toEqual(b.shape);
  return a.sub(b).abs().amax().itemSync();
};

describe.each(MODELS)("%s", (_, make) => {
  test("padding changes nothing", () => {
    const model = make();
    const [alone, padded] = noGrad(() => [
      model.forward(ids([SOURCE[1].slice(0, 2)]), ids([TARGET[1]])),
      model.forward(ids(SOURCE.map((row) => [...row, 0, 0])), ids(TARGET)).narrow(0, 1, 1),
    ]);
    expect(largestDifference(alone, padded)).toBeLessThan(1e-6);
    const [more] = noGrad(() => [model.forward(ids([SOURCE[1].slice(0, 1)]), ids([TARGET[1]]))]);
    expect(largestDifference(alone, more)).toBeGreaterThan(1e-5);
  });
  test("token by token gives what the whole target gives", () => {
    const model = make();
    noGrad(() => {
      const whole = model.forward(ids(SOURCE), ids(TARGET));
      let state = model.start(model.encode(ids(SOURCE)));
      for (let t = 0; t < TARGET[0].length; t++) {
        const made = model.step(tensor(Int32Array.from(TARGET, (row) => row[t])), state);
        expect(largestDifference(made.logits, whole.select(1, t))).toBeLessThan(1e-5);
        if (made.weights !== null) {
          expect(largestDifference(made.weights.sum(1), tensor([1, 1]))).toBeLessThan(1e-6);
          const [, short] = made.weights.arraySync() as number[][];
          expect([short[0] > 0, short[1] > 0, ...short.slice(2)]).toEqual([true, true, 0, 0, 0]);
        }
        state = made.state;
      }
    });
  });
  test("its state can be repeated and put in another order", () => {
    const model = make(), token = (...of: number[]): Tensor => tensor(Int32Array.from(of));
    noGrad(() => {
      const decoder = decoderFrom(model, model.encode(ids([SOURCE[0]])));
      expect([decoder.vocabulary, decoder.context]).toEqual([model.vocabulary, model.context]);
      const one = decoder.step(token(2), decoder.start(1));
      const three = decoder.step(token(4, 5, 4), selectSequences(one.state, token(0, 0, 0)));
      const turned = decoder.step(token(6, 6), selectSequences(three.state, token(1, 2)));
      const plain = model.forward(ids([SOURCE[0], SOURCE[0]]), ids([[2, 5, 6], [2, 4, 6]]));
      expect(largestDifference(turned.logits, plain.select(1, 2))).toBeLessThan(1e-5);
      const both = decoderFrom(model, model.encode(ids(SOURCE)));
      const four = both.step(token(2, 2, 2, 2), both.start(4));
      const two = both.step(token(2, 2), both.start(2));
      expect(largestDifference(four.logits, two.logits.take(token(0, 0, 1, 1)))).toBeLessThan(1e-6);
    });
  });
});

describe("attention to look at", () => {
  test("the weights of all tokens are those of the steps", () => {
    const model = network({ attention: "luong-general" });
    noGrad(() => {
      const weights = model.align(ids(SOURCE), ids(TARGET));
      expect(weights.shape).toEqual([2, 4, 5]);
      const made = model.step(tensor(new Int32Array([2, 2])), model.start(model.encode(ids(SOURCE))));
      expect(largestDifference(weights.select(1, 0), made.weights!)).toBeLessThan(1e-6);
    });
    expect(() => network({ attention: "none" }).align(ids(SOURCE), ids(TARGET))).toThrow(/has no attention/);
  });
});

describe("scheduled sampling", () => {
  test.each(["none", "bahdanau", "luong-dot"] as const)("%s: never is teacher forcing", (attention) => {
    const model = network({ attention });
    const [forced, sampled] = noGrad(() =>
      [model.forward(ids(SOURCE), ids(TARGET)), model.forward(ids(SOURCE), ids(TARGET), { sampling: 0 })]);
    expect(largestDifference(forced, sampled)).toBeLessThan(1e-6);
  });
  test.each(["none", "bahdanau", "luong-dot"] as const)("%s: always is the model's own translation", (attention) => {
    const model = network({ attention });
    noGrad(() => {
      const sampled = model.forward(ids(SOURCE), ids(TARGET), { sampling: tensor(1) });
      // The first token it reads is that of the target.
      let state = model.start(model.encode(ids(SOURCE))), token = tensor(new Int32Array([2, 2]));
      for (let t = 0; t < 4; t++) {
        const made = model.step(token, state);
        expect(largestDifference(made.logits, sampled.select(1, t))).toBeLessThan(1e-5);
        [token, state] = [made.logits.argmax(1), made.state];
      }
    });
  });
  test("every parameter gets a gradient", () => {
    const model = network().train();
    model.forward(ids(SOURCE), ids(TARGET), { sampling: 0.5 }).square().sum().backward();
    for (const [name, { grad }] of model.namedParameters()) {
      expect(grad?.abs().sum().itemSync(), name).toBeGreaterThan(0);
    }
  });
});

test("what cannot be is said", () => {
  expect(() => network({ tied: true })).toThrow(UsageError);
  expect(() => network({ hidden: 5 })).toThrow(/hidden is 5; two directions share it/);
  expect(() => transformer().forward(ids([[4, 4, 4, 4, 4, 4, 4, 4, 3]]), ids(TARGET.slice(0, 1)))).toThrow(ShapeError);
  expect(() => new TranslationTransformer({
    vocabulary: 9, sourceVocabulary: 10, block: 8, width: 4, heads: 2, layers: 1, tied: true,
  })).toThrow(/one table for 10 tokens of sources and 9 of targets/);
});
