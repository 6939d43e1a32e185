import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import * as F from "./functional.ts";
import type { Layer } from "./module.ts";
import * as nn from "./nn.ts";
import { compare, loadAll, unpack, type Case } from "./oracle.fixture.ts";

beforeAll(() => setBackend(createReferenceBackend()));

/** A title that tells cases of one type apart. */
const title = (item: Case, i: number): string =>
  `${i} ${item.type} ${JSON.stringify(item.args ?? item.call.slice(item.inputs.length)).slice(0, 70)}`;

describe("layers give what PyTorch gives: outputs, gradients, buffers", () => {
  for (const [i, item] of loadAll("layers").entries()) {
    test(title(item, i), () => {
      const Made = Reflect.get(nn, item.type) as new (...args: unknown[]) => Layer;
      const layer = new Made(...(item.args ?? [])).train(item.train);
      expect(Object.keys(layer.stateDict())).toEqual(Object.keys(item.state!));
      const state = Object.entries(item.state!).map(([name, packed]) => [name, unpack(packed)] as const);
      layer.loadStateDict(Object.fromEntries(state));
      compare((...args) => layer.forward(...(args as unknown as Parameters<Layer["forward"]>)), item, layer);
    });
  }
});

describe("functions give what PyTorch gives: values and gradients", () => {
  for (const [i, item] of loadAll("functions").entries()) {
    test(title(item, i), () => {
      compare(Reflect.get(F, item.type) as (...args: never[]) => unknown, item);
    });
  }
});
