import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { RECIPES } from "../../packages/gradus/src/train/recipes.ts";
import { reaches } from "../../packages/gradus/src/train/recipe.ts";
import { ROOT } from "./blocks.ts";

interface Figures {
  render(kept: unknown): string;
  renderInto(page: string, kept: unknown): string;
}
const read = (name: string): string => readFileSync(join(ROOT, "docs", name), "utf8");

test("docs/figures.md and README say what docs/figures.json holds (node tools/figures.js --render)", async () => {
  const { render, renderInto } = await import(pathToFileURL(join(ROOT, "tools/figures.js")).href) as Figures;
  const kept: unknown = JSON.parse(read("figures.json")), readme = read("../README.md");
  expect(read("figures.md")).toBe(render(kept));
  expect(readme).toBe(renderInto(readme, kept));
});

test("its goals are those of the recipes, and it says rightly which were reached", () => {
  const kept = Object.values(JSON.parse(read("figures.json")) as Record<string, {
    readonly model: string; readonly metric: Parameters<typeof reaches>[0];
    readonly value: number; readonly bar: number; readonly reached: boolean;
  }>);
  expect(kept.length).toBeGreaterThan(0);
  for (const { model, metric, value, bar, reached } of kept) {
    expect(bar, model).toBe(RECIPES.find(({ name }) => name === model)?.bar.value);
    expect(reached, model).toBe(reaches(metric, value, bar));
  }
});
