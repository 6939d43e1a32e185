/// <reference types="vite/types/importMeta.d.ts" />
/** Every cell of every lesson runs, with the library as readers have it, and gives something to look at. */
import { transform } from "sucrase";
import { describe, expect, test } from "vitest";
import * as gradus from "gradus";
import * as data from "gradus/data";
import * as text from "gradus/text";
import * as models from "gradus/models";

const MODULES: Readonly<Record<string, unknown>> = {
  "gradus": gradus, "gradus/data": data, "gradus/models": models, "gradus/text": text,
};
const lessons = import.meta.glob<string>("./*/*/lesson.md", { query: "?raw", import: "default", eager: true });

interface Cell { readonly id: string; readonly code: string; readonly throws: boolean }
const CELL = /^::cell\{#([a-z0-9-]+)([^}]*)\}\s*```ts[^\n]*\n([\s\S]*?)^```$/gm;
/** A directive, then its fence. */
const cellsOf = (text: string): Cell[] =>
  [...text.matchAll(CELL)]
    .map(([, id, rest, code]) => ({ id, code, throws: rest.includes("throws") }));

const STATEMENT = /^(const|let|for|if|while|function|import|export|return|class)\b/;
/** A line that belongs to the expression above it, or says nothing. */
const CONTINUED = /^\s*(\/\/.*|[\s)\]};,.].*)?$/;
const AsyncFunction = (async () => {}).constructor as new (...names: string[]) => (...values: unknown[]) =>
  Promise<unknown>;

/** Runs a cell: types removed, imports handed in, the last expression returned. */
async function run(code: string, log: (...values: unknown[]) => void): Promise<unknown> {
  const { code: plain } = transform(code, { transforms: ["typescript", "imports"], disableESTransforms: true });
  const lines = plain.trimEnd().split("\n");
  const last = lines.findLastIndex((line) => /^[\w[(]/.test(line) && !STATEMENT.test(line));
  const tail = lines.slice(last + 1).every((line) => CONTINUED.test(line));
  if (last >= 0 && tail && !lines[last].startsWith("console")) lines[last] = `return ${lines[last]}`;
  const require = (name: string): unknown => MODULES[name] ?? expect.fail(`cells cannot import ${name}`);
  gradus.manualSeed(0);
  return new AsyncFunction("require", "exports", "console", lines.join("\n"))(require, {}, { log });
}

describe.each(Object.entries(lessons))("%s", (_, text) => {
  const cells = cellsOf(text);
  test("every ::cell has its code below it", () => {
    expect(cells.length).toBe([...text.matchAll(/^::cell\{/gm)].length);
  });
  test.each(cells)("cell $id", async ({ code, throws }) => {
    const printed: unknown[] = [];
    const running = run(code, (...values) => printed.push(...values));
    if (throws) {
      await expect(running).rejects.toThrow();
      return;
    }
    const value = await running;
    expect(value !== undefined || printed.length > 0, "a cell shows a value or prints").toBe(true);
    expect(JSON.stringify([value instanceof gradus.Tensor ? await value.array() : value, printed])).not.toMatch(/NaN/);
  });
});
