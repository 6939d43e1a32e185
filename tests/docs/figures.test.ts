import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { render } from "../../tools/figures.js";

const read = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

test("docs/figures.md says what docs/figures.json holds (node tools/figures.js --render)", () => {
  expect(read("figures.md")).toBe(render(JSON.parse(read("figures.json")) as Parameters<typeof render>[0]));
});
