import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { ROOT } from "./blocks.ts";

interface Figures {
  render(kept: unknown): string;
}
const read = (name: string): string => readFileSync(join(ROOT, "docs", name), "utf8");

test("docs/figures.md says what docs/figures.json holds (node tools/figures.js --render)", async () => {
  const { render } = await import(pathToFileURL(join(ROOT, "tools/figures.js")).href) as Figures;
  expect(read("figures.md")).toBe(render(JSON.parse(read("figures.json"))));
});
