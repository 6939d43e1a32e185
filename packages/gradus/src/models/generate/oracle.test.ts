import { beforeAll, describe, expect, test } from "vitest";
import "../../exec/setup.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { setBackend } from "../../runtime/registry.ts";
import { load, unpack, type Packed } from "../../nn/oracle.fixture.ts";
import type { RecurrentLanguageModel } from "../language-model.ts";
import * as models from "../index.ts";
import {
  beamSearch, contrastiveSearch, controlScores, generate, type BeamSearchOptions, type Controls, type GenerateOptions,
} from "../index.ts";

interface Fixture {
  readonly controls: readonly {
    readonly options: Controls; readonly tokens: readonly number[]; readonly prompt: number;
    readonly scores: Packed; readonly filtered: Packed;
  }[];
  readonly models: readonly {
    readonly type: string; readonly args: unknown; readonly state: Readonly<Record<string, Packed>>;
    readonly prompt: readonly number[]; readonly length: number;
    readonly greedy: readonly { readonly options: Partial<GenerateOptions>; readonly tokens: readonly number[] }[];
    readonly beams: readonly {
      readonly options: Partial<BeamSearchOptions>;
      readonly sequences: readonly { readonly tokens: readonly number[]; readonly score: number }[];
    }[];
    readonly contrastive: readonly {
      readonly topK: number; readonly alpha: number; readonly length: number; readonly tokens: readonly number[];
      readonly penalties: readonly (readonly number[])[];
    }[];
  }[];
}

beforeAll(() => setBackend(createReferenceBackend()));
const fixture = load<Fixture>("generation");

describe("controls leave what transformers leaves", () => {
  fixture.controls.forEach(({ options, tokens, prompt, scores, filtered }, i) => {
    test(`${JSON.stringify(options)}, case ${i}`, () => {
      const got = controlScores(unpack(scores).dataSync(), tokens, options, prompt);
      const want = unpack(filtered).dataSync();
      expect(got).toHaveLength(want.length);
      got.forEach((score, token) => {
        if (want[token] === -Infinity) expect(score, `token ${token}`).toBe(-Infinity);
        else expect(Math.abs(score - want[token]), `token ${token}`).toBeLessThan(1e-12);
      });
    });
  });
});

for (const { type, args, state, prompt, length, greedy, beams, contrastive } of fixture.models) {
  describe(`${type} writes what transformers writes`, () => {
    let model: RecurrentLanguageModel;
    beforeAll(() => {
      const Made = Reflect.get(models, type) as new (options: unknown) => RecurrentLanguageModel;
      model = new Made(args);
      model.loadStateDict(Object.fromEntries(Object.entries(state).map(([name, packed]) => [name, unpack(packed)])));
      model.eval();
    });
    for (const { options, tokens } of greedy) {
      test(`greedy ${JSON.stringify(options)}`, async () => {
        const written: number[] = [];
        for await (const { token } of generate(model, prompt, { ...options, length, temperature: 0 })) {
          written.push(token);
        }
        expect(written).toEqual(tokens);
      });
    }
    for (const { options, sequences } of beams) {
      test(`beams ${JSON.stringify(options)}`, async () => {
        const found = await beamSearch(model, prompt, { ...options, length });
        expect(found.sequences.map((sequence) => sequence.tokens)).toEqual(sequences.map(({ tokens }) => tokens));
        found.sequences.forEach(({ score }, i) => {
          expect(Math.abs(score / sequences[i].score - 1)).toBeLessThan(1e-5);
        });
      });
    }
    for (const { topK, alpha, length: count, tokens, penalties } of contrastive) {
      test(`contrastive search with k ${topK}, alpha ${alpha}`, async () => {
        const written: number[] = [], found: number[][] = [];
        for await (const { token, candidates } of contrastiveSearch(model, prompt, { length: count, topK, alpha })) {
          written.push(token);
          found.push(candidates.map(({ penalty }) => penalty));
        }
        expect(written).toEqual(tokens);
        found.flat().forEach((penalty, i) => { expect(penalty).toBeCloseTo(penalties.flat()[i], 5); });
      });
    }
  });
}
