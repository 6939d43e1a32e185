import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readDocument, ROOT } from "./blocks.ts";

/** What a command named beside it writes. */
const WRITTEN = new Set(["docs/results.md"]);

/** Paths in documents are written from the root, or from the folder of the library's sources. */
const found = (path: string): string | undefined =>
  [path, join("packages/gradus/src", path)].map((name) => join(ROOT, name)).find((name) => existsSync(name));

/** Code spans that name a file or a folder: with a slash, no spaces, and an ending or a slash at the end. */
const pathsIn = (text: string): string[] => [...text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/`([\w@.#*/-]+)`/g)]
  .map(([, span]) => span)
  .filter((span) => span.includes("/") && /(\.(ts|tsx|js|mjs|json|md|py|css)|\/)$/.test(span))
  .filter((span) => !/[*<]|^\.\.?\//.test(span) && !WRITTEN.has(span));

const DOCUMENTS = [
  "ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "docs/semantics.md", "docs/memory.md", "docs/explain.md",
  "docs/interop.md",
  "docs/pytorch.md", "docs/training.md", "docs/generation.md", "docs/parity.md",
];
for (const name of DOCUMENTS) {
  test(`${name} names files and folders that exist`, () => {
    expect(pathsIn(readDocument(name)).filter((path) => found(path) === undefined)).toEqual([]);
  });
}

test("a name that stands before its file in brackets is in that file", () => {
  const text = readDocument("ARCHITECTURE.md");
  const pairs = [...text.matchAll(/`(\w+)(?:\(\))?` \(`([\w./-]+\.ts)`\)/g)].map(([, name, path]) => ({ name, path }));
  expect(pairs.length).toBeGreaterThan(10);
  const missing = pairs.filter(({ name, path }) => {
    const file = found(path);
    return file === undefined || !new RegExp(`\\b${name}\\b`).test(readFileSync(file, "utf8"));
  });
  expect(missing).toEqual([]);
});
