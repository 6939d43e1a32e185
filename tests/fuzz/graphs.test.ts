import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "../../packages/gradus/src/index.ts";
import { createDeferredBackend } from "../../packages/gradus/src/backends/deferred/index.ts";
import { findCompiler } from "../../packages/gradus/src/backends/native/compile.ts";
import { createNativeBackend } from "../../packages/gradus/src/backends/native/index.ts";
import { createReferenceBackend } from "../../packages/gradus/src/backends/reference/index.ts";
import { createWasmBackend } from "../../packages/gradus/src/backends/wasm/index.ts";
import type { Backend } from "../../packages/gradus/src/runtime/backend.ts";
import { poisoned } from "../contract/poison.ts";
import { draw } from "./draw.ts";
import { compacted, print, type FuzzGraph } from "./graphs.ts";
import { fault, faults, isSound, type Tier } from "./run.ts";
import { shrink } from "./shrink.ts";

/** Graphs per pair; `GRADUS_FUZZ=10000 npx vitest run tests/fuzz` draws more, from `GRADUS_FUZZ_SEED` on. */
const USUAL = process.env["CI"] === undefined ? 100 : 300;
const COUNT = Number(process.env["GRADUS_FUZZ"] ?? USUAL);
const FIRST = Number(process.env["GRADUS_FUZZ_SEED"] ?? 0);
/** Graphs that are set going before the first of them is read. */
const TOGETHER = 50;
/** Failures shown before a run stops. */
const ENOUGH = Number(process.env["GRADUS_FUZZ_FAILURES"] ?? 5);
/** Room for long runs; nothing here is timed. */
const PATIENCE = 120_000 + 2000 * COUNT;

const KEPT = new URL("./kept/", import.meta.url);
const kept = readdirSync(KEPT).filter((name) => name.endsWith(".json")).map((name) =>
  [name, JSON.parse(readFileSync(new URL(name, KEPT), "utf8")) as FuzzGraph] as const);

const noCompiler = await findCompiler().then(() => null, (error: Error) => error.message);
const BACKENDS: readonly (readonly [name: string, create: () => Backend | Promise<Backend>,
  missing: string | null])[] = [
  ["reference", createReferenceBackend, null], ["deferred", createDeferredBackend, null],
  ["wasm", createWasmBackend, null], ["native", createNativeBackend, noCompiler],
];

describe("drawing", () => {
  test("gives sound graphs of up to 30 steps, the same for the same seed", () => {
    for (let seed = 0; seed < 200; seed++) {
      const graph = draw(seed);
      expect(isSound(graph), `seed ${seed}:\n${print(graph)}`).toBe(true);
      expect(graph.steps.length).toBeGreaterThanOrEqual(5);
      expect(graph.steps.length).toBeLessThanOrEqual(30);
      expect(draw(seed)).toEqual(graph);
      expect(JSON.parse(JSON.stringify(graph))).toEqual(graph);
    }
  });
  test("uses every kind of step", () => {
    const calls = new Set(Array.from({ length: 300 }, (_, seed) => draw(seed)).flatMap(({ steps }) =>
      steps.map(({ call }) => call)));
    for (const call of ["exp", "div", "pow", "where", "floor", "lt", "cast", "reshape", "permute", "broadcastTo", "pad",
      "slice", "flip",
      "concat", "sum", "amax", "argmax", "sorted", "matmul", "conv", "take", "indexAdd", "sliceAt", "windowsAlong",
        "cumsum",
      "recurrence", "network", "softmax", "bitAnd"]) expect(calls, call).toContain(call);
  });
  test("a failing graph is made smaller", async () => {
    const graph = Array.from({ length: 100 }, (_, seed) => draw(seed)).find(({ steps }) =>
      steps.some(({ call }) => call === "conv"))!;
    const fails = (g: FuzzGraph): Promise<boolean> => Promise.resolve(g.steps.some(({ call }) => call === "conv"));
    const small = await shrink(compacted(graph), fails);
    expect([small.steps.length, small.outputs.length, small.gradient]).toEqual([1, 1, false]);
  });
});

describe.each(BACKENDS)("random graphs on the %s backend", (name, create, missing) => {
  if (missing !== null) {
    test.skip(missing);
    return;
  }
  let backend: Backend;
  beforeAll(async () => { backend = poisoned(await create()); });
  afterAll(() => backend.dispose());

  for (const tier of ["eager", "compiled"] as const) {
    test.runIf(kept.length > 0)(`${tier}: failures of the past`, async () => {
      const found = await faults(kept.map(([, graph]) => graph), backend, tier);
      const failures = kept.flatMap(([file, graph], i) =>
        (found[i] === null ? [] : [`${file}: ${found[i]}\n${print(graph)}`]));
      expect(failures.join("\n\n")).toBe("");
    }, PATIENCE);
    test(`${tier}: ${COUNT} graphs`, async () => {
      const failures: string[] = [];
      for (let first = FIRST; first < FIRST + COUNT; first += TOGETHER) {
        const graphs = Array.from({ length: Math.min(TOGETHER, FIRST + COUNT - first) }, (_, i) => draw(first + i));
        for (const [i, wrong] of (await faults(graphs, backend, tier)).entries()) {
          if (wrong !== null && failures.length < ENOUGH) failures.push(await report(graphs[i], first + i, name,
            backend, tier));
        }
        if (failures.length >= ENOUGH) break;
      }
      expect(failures.join("\n\n")).toBe("");
    }, PATIENCE);
  }
});

/** What sort of failure it is: a smaller graph has to fail in the same way. */
const sortOf = (wrong: string | null): string | null =>
  (wrong === null ? null : /^(output|gradient) \d+ is/.test(wrong) ? "numbers" : wrong.replace(/\d+/g, "").slice(0,
    60));

/** The failure made small, as code; and as a file where `GRADUS_FUZZ_KEEP` is set. */
async function report(graph: FuzzGraph, seed: number, name: string, backend: Backend, tier: Tier): Promise<string> {
  const wanted = sortOf(await fault(graph, backend, tier));
  // A smaller graph that the reference refuses (an index out of range) is no failure.
  const small = await shrink(compacted(graph), (g) =>
    fault(g, backend, tier).then((wrong) => wrong !== null && sortOf(wrong) === wanted, () => false));
  const file = `${name}-${tier}-${seed}.json`;
  if (process.env["GRADUS_FUZZ_KEEP"] !== undefined) writeFileSync(new URL(file, KEPT),
    `${JSON.stringify(small, null, 1)}\n`);
  return `seed ${seed}, ${name}, ${tier}: ${await fault(small, backend, tier)}\n${print(small)}\n` +
    `(to keep it: tests/fuzz/kept/${file}, or set GRADUS_FUZZ_KEEP)`;
}

test("a wrong backend is found, and its failure shown small", async () => {
  const reference = createReferenceBackend();
  if (reference.kind !== "graph") throw new Error("the reference evaluates graphs");
  // A backend that takes tanh for the identity.
  const wrong: Backend = {
    ...reference, evaluate: (node, inputs) => (node.op === "tanh" ? [inputs[0]] : reference.evaluate(node, inputs)),
  };
  const seed = Array.from({ length: 50 }, (_, i) => i).find((i) => draw(i).steps.some(({ call }) => call === "tanh"))!;
  const shown = await report(draw(seed), seed, "wrong", wrong, "eager");
  expect(shown).toMatch(/tanh\(v0\)/);
  expect(shown.split("\n").filter((line) => line.startsWith("const")).length).toBeLessThanOrEqual(3);
  expect(await fault(draw(seed), reference, "eager")).toBeNull();
});
