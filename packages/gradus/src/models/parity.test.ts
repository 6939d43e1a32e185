import { beforeAll, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { compare, load, unpack, type Case } from "../nn/oracle.fixture.ts";
import type { LanguageModel } from "./language-model.ts";
import * as models from "./index.ts";

beforeAll(() => setBackend(createReferenceBackend()));

for (const item of load<Case[]>("models")) {
  test(`${item.type} gives what a plain PyTorch version gives, and all gradients`, () => {
    const Made = Reflect.get(models, item.type) as new (...args: unknown[]) => LanguageModel;
    const model = new Made(...item.args!);
    const state = Object.fromEntries(Object.entries(item.state!).map(([name, packed]) => [name, unpack(packed)]));
    expect(model.loadStateDict(state)).toEqual({ missing: [], unexpected: [], mismatched: [] });
    expect(Object.keys(item.stateGradients)).toHaveLength(Object.keys(item.state!).length);
    compare((...args) => model.forward(...(args as unknown as Parameters<LanguageModel["forward"]>)), item, model);
  });
}
