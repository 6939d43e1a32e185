import { expect, test } from "vitest";
import { createReferenceBackend, nn, setBackend } from "../index.ts";
import { MODELS } from "../models/index.ts";
import { formatSummary, summary } from "./summary.ts";

setBackend(createReferenceBackend());

test("the table lists keys, holders, shapes and counts", () => {
  const model = new nn.Sequential(new nn.Linear(3, 5), new nn.ReLU(), new nn.BatchNorm1d(5));
  model.children()[0].requiresGrad_(false);
  const { rows, parameters, trainable, buffers, bytes } = summary(model);
  expect(rows.slice(0, 3)).toEqual([
    { name: "0.weight", module: "Linear", kind: "frozen parameter", shape: [5, 3], dtype: "f32", count: 15 },
    { name: "0.bias", module: "Linear", kind: "frozen parameter", shape: [5], dtype: "f32", count: 5 },
    { name: "2.weight", module: "BatchNorm1d", kind: "parameter", shape: [5], dtype: "f32", count: 5 },
  ]);
  expect(parameters).toBe(30);
  expect(trainable).toBe(10);
  expect(buffers).toBe(rows.filter(({ kind }) => kind === "buffer").reduce((n, { count }) => n + count, 0));
  expect(bytes).toBe(4 * (parameters + buffers));
  const text = formatSummary(summary(model));
  expect(text).toMatch(/^Sequential\nname +in +what +shape +dtype +numbers\n0\.weight +Linear +frozen parameter +\[5/);
  expect(text).toContain("30 parameters (10 of them trainable)");
});

test("every model of the registry adds up to its published count, shared parameters once", async () => {
  for (const row of MODELS) {
    const [preset] = Object.keys(row.parameters);
    const model = (await row.load()).create(preset);
    expect(summary(model).parameters, `${row.name} ${preset}`).toBe(row.parameters[preset]);
  }
});
