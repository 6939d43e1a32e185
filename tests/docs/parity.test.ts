import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { createReferenceBackend, setBackend } from "../../packages/gradus/src/index.ts";
import { readDocument, ROOT } from "./blocks.ts";
import { parity, renderParity } from "./parity.ts";

beforeAll(() => setBackend(createReferenceBackend()));

/** A table without its figures, whose last digit depends on the engine that ran it. */
const rows = (text: string): string[] => text.split("\n").map((line) => line.replace(/\| (\d+e-\d+|0)(?= \|)/g, "| ."));

test("docs/parity.md lists every layer, function and optimizer that is compared with PyTorch", () => {
  const sections = parity(), text = renderParity(sections);
  // Set by tools/parity.js.
  if (process.env["GRADUS_WRITE_DOCS"] === "1") writeFileSync(join(ROOT, "docs/parity.md"), text);
  const beyond = Object.values(sections).flat().filter(({ worst }) => !(worst <= 1)).map(({ name }) => name);
  expect(beyond).toEqual([]);
  expect(existsSync(join(ROOT, "docs/parity.md")), "run node tools/parity.js").toBe(true);
  expect(rows(readDocument("docs/parity.md"))).toEqual(rows(text));
});
