/// <reference types="vite/types/importMeta.d.ts" />
/**
 * Cells are written with few types, as notebooks are; but what they call must be there and take what it is given: an
 * option that does not exist would do nothing, and nobody would notice.
 */
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";
import { programOf } from "../tests/docs/types.ts";

const lessons = import.meta.glob<string>("./*/*/lesson.md", { query: "?raw", import: "default", eager: true });
const CELL = /^::cell\{#([a-z0-9-]+)([^}]*)\}\s*```ts[^\n]*\n([\s\S]*?)^```$/gm;
/** TypeScript's numbers for: no such export or module, no such option, too many or too few arguments. */
const CALLS = new Set([2305, 2307, 2353, 2554, 2555, 2561, 2724]);

const cells = new Map(Object.entries(lessons).flatMap(([file, text]) =>
  [...text.matchAll(CELL)].filter(([, , rest]) => !rest.includes("throws")).map(([, id, , code]) =>
    [join(import.meta.dirname, file, "..", `${id}.ts`), `${code}\nexport {};`] as const)));

describe("calls of cells", () => {
  let program: ts.Program;
  beforeAll(() => { program = programOf(cells); });

  test.each([...cells.keys()].map((file) => [file.replace(`${import.meta.dirname}/`, ""), file]))("%s", (_, file) => {
    const source = program.getSourceFile(file)!;
    const wrong = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      .filter(({ code }) => CALLS.has(code));
    expect(wrong.map(({ start, messageText }) => {
      const line = source.getLineAndCharacterOfPosition(start ?? 0).line + 1;
      return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    })).toEqual([]);
  });
});
