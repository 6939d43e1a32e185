import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWasmBackend, manualSeed, setBackend } from "./gradus.ts";
import { blocksOf, documents, readDocument, ROOT } from "./blocks.ts";
import { runBlock } from "./run.ts";
import { typeErrors } from "./types.ts";

/**
 * Blocks marked ```ts run are run, and print what the ```text output after them says.
 * GRADUS_UPDATE_DOCS=1 npx vitest run tests/docs writes the outputs anew.
 */
const update = process.env["GRADUS_UPDATE_DOCS"] === "1";

describe("code blocks", () => {
  // One thread and separate multiply-adds: the same output on every machine.
  const backend = createWasmBackend({ threads: 1, fusedMultiplyAdd: false });
  beforeAll(() => setBackend(backend));
  afterAll(() => backend.dispose());

  for (const name of documents()) {
    const blocks = blocksOf(readDocument(name));
    if (blocks.length === 0) continue;
    test(`${name}: ${blocks.length} run`, async () => {
      let text = readDocument(name);
      // From the end, so that places before stay right.
      for (const { code, output, place, line } of blocks.toReversed()) {
        setBackend(backend);
        manualSeed(0);
        const printed = await runBlock(code).catch((error: unknown) => {
          throw new Error(`${name}:${line}: ${String(error)}`, { cause: error });
        });
        if (update && place !== null) text = text.slice(0, place[0]) + printed + text.slice(place[0] + place[1]);
        else if (output !== null) expect(printed, `${name}:${line} prints what it says`).toBe(output);
      }
      if (update) writeFileSync(join(ROOT, name), text);
    });
  }
  test("type-check", () => {
    expect(typeErrors()).toEqual([]);
  });
});

test("blocks are found with their outputs", () => {
  const text = "a\n```ts run\nconsole.log(1);\n```\n\n```text output\n1\n```\n\n" +
    "```ts\nnot run\n```\n```ts run\nlet x;\n```\n";
  const [first, second, ...rest] = blocksOf(text);
  expect(first).toMatchObject({ line: 3, code: "console.log(1);\n", output: "1\n" });
  expect(text.slice(first.place![0], first.place![0] + first.place![1])).toBe("1\n");
  expect(second).toMatchObject({ code: "let x;\n", output: null, place: null });
  expect(rest).toEqual([]);
});
