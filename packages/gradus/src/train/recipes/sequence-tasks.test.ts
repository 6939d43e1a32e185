import { beforeAll, describe, expect, test } from "vitest";
import "../../exec/setup.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { IGNORED } from "../../data/tasks.ts";
import { setBackend } from "../../runtime/registry.ts";
import { DataError } from "../../vocab/errors.ts";
import { GENERATED, type Source } from "../recipe.ts";
import { SEQUENCE_TASK_RECIPES } from "./sequence-tasks.ts";

beforeAll(() => setBackend(createReferenceBackend()));

const none: Source = { name: GENERATED, read: () => Promise.reject(new DataError("no files")) };
const named = (name: string): typeof SEQUENCE_TASK_RECIPES[number] =>
  SEQUENCE_TASK_RECIPES.find((recipe) => recipe.name === name)!;

describe.each(["selective-copying", "induction-heads"])("%s", (name) => {
  test("every step has new sequences, the same for the same seed, and only the last places are asked", async () => {
    const data = await named(`${name}-lstm`).open(none);
    const settings = { seed: 1, batch: 3, lr: 1e-3, steps: 4 };
    const [one, again, other] = await Promise.all([1, 1, 2].map((seed) => data.task({ ...settings, seed })));
    const rows = (task: typeof one, step: number): unknown => task.batch(step)[0].arraySync();
    expect(rows(one, 0)).toEqual(rows(again, 0));
    expect(rows(one, 0)).not.toEqual(rows(one, 1));
    expect(rows(one, 0)).not.toEqual(rows(other, 0));
    const [x, y] = one.batch(2), asked = name === "induction-heads" ? 1 : 4;
    expect(x.shape).toEqual(y.shape);
    for (const row of y.arraySync() as number[][]) {
      expect(row.slice(0, -asked).every((token) => token === IGNORED)).toBe(true);
      expect(row.slice(-asked).every((token) => token >= 0)).toBe(true);
    }
    expect(one.loss(x, y).itemSync()).toBeGreaterThan(1);
  });
  test("models of about one size", async () => {
    const sizes = await Promise.all(["", "-s4", "-lstm"].map(async (model) =>
      (await named(`${name}${model}`).restore({})).model.parameterCount()));
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThan(1.15);
  });
});
test("data of somebody else are refused", async () => {
  await expect(named("induction-heads").open({ ...none, name: "names.txt" })).rejects.toThrow(/makes up its own data/);
});
test("a line is answered with as many tokens as were asked for, and a wrong one is explained", async () => {
  const copying = await named("selective-copying-lstm").restore({});
  expect(await copying.answer("0 3 0 0 14 2")).toMatch(/^\d+( \d+){3}$/);
  await expect(copying.answer("0 3 x")).rejects.toThrow(/"x" is no token; a line holds numbers from 0 to 15/);
  await expect(copying.answer("0 16")).rejects.toThrow(DataError);
  const induction = await named("induction-heads-lstm").restore({});
  expect(await induction.answer("3 15 4 2 15")).toMatch(/^\d+$/);
});
