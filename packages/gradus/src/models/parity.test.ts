import { beforeAll, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { differenceOf, load, loadAll, pairsOf, unpack, type Case } from "../nn/oracle.fixture.ts";
import type { LanguageModel } from "./language-model.ts";
import * as models from "./index.ts";

beforeAll(() => setBackend(createReferenceBackend()));

const cases = [
  ...loadAll("models").map((item) => [item, "a plain PyTorch version"] as const),
  ...load<Case[]>("hub").map((item) => [item, "transformers"] as const),
];
for (const [item, oracle] of cases) {
  test(`${item.type} gives what ${oracle} gives, and all gradients`, () => {
    const Made = Reflect.get(models, item.type) as new (...args: unknown[]) => LanguageModel;
    const model = new Made(...item.args!);
    model.train(item.train ?? false);
    const state = Object.fromEntries(Object.entries(item.state!).map(([name, packed]) => [name, unpack(packed)]));
    expect(model.loadStateDict(state)).toEqual({ missing: [], unexpected: [], mismatched: [] });
    expect(Object.keys(item.stateGradients)).toHaveLength(model.namedParameters().length);
    const run = (...args: unknown[]): unknown => model.forward(...(args as Parameters<LanguageModel["forward"]>));
    const pairs = pairsOf(run, item, model);
    // Of the largest number of its kind in the whole model: some gradients, as that of a bias of keys, are sums to 0.
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
