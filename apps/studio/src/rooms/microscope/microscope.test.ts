import { expect, test } from "vitest";
import { createWasmBackend, setBackend } from "gradus";
import { EXAMPLES } from "./examples.ts";
import { inspect } from "./inspect.ts";
import { parseExpression, parseInputs, Unreadable } from "./parse.ts";

setBackend(createWasmBackend({ threads: 1 }));

test("expressions are read with their precedence", () => {
  expect(parseExpression("x.matmul(w) + 2 * b")).toMatchObject({
    kind: "call", name: "add", on: { name: "matmul", on: { name: "x" }, args: [{ name: "w" }] },
    args: [{ name: "mul", on: { value: 2 }, args: [{ name: "b" }] }],
  });
  expect(parseExpression("x.sum([0, -1], { keepdim: true })")).toMatchObject({
    name: "sum",
    args: [{ kind: "list", items: [{ value: 0 }, { value: -1 }] }, { fields: [["keepdim", { value: true }]] }],
  });
  expect(parseExpression("F.relu(-x)")).toMatchObject({ name: "relu", on: null, args: [{ name: "neg" }] });
});
test("what cannot be read says where", () => {
  const fault = (text: string): string => {
    try {
      parseExpression(text);
    } catch (error) {
      if (error instanceof Unreadable) return `${error.at}: ${error.message}`;
    }
    return "read";
  };
  expect(fault("")).toMatch(/^0: there is nothing/);
  expect(fault("x.matmul(w")).toMatch(/^10: "," is missing before the end/);
  expect(fault("x..exp()")).toMatch(/^2: a method is missing/);
  expect(fault("x; y")).toMatch(/^1: ";" has no meaning/);
  expect(fault("x => y")).toMatch(/^2: "=" has no meaning/);
  expect(fault("x.exp() y")).toMatch(/^8: "y" is too much/);
  expect(fault("(".repeat(100) + "x" + ")".repeat(100))).toMatch(/nested/);
  expect(fault("x".repeat(500))).toMatch(/400 fit/);
  expect(fault("x.sum({ __proto__: 1 })")).toMatch(/option/);
});
test("inputs are declared with shapes", () => {
  expect(parseInputs("x[4, 3], y[4] i32, s[]")).toEqual([
    { name: "x", shape: [4, 3], dtype: "f32" }, { name: "y", shape: [4], dtype: "i32" },
    { name: "s", shape: [], dtype: "f32" },
  ]);
  for (const text of ["", "x", "x[0]", "x[4], x[4]", "x[10000, 10000]", "x[a]", "x[1,1,1,1,1,1,1]"]) {
    expect(() => parseInputs(text), text).toThrow(Unreadable);
  }
});
test("nothing but tensors can be reached", () => {
  for (const text of [
    "x.constructor()", "x.dispose()", "x.backward()", "x.dataSync()", "x.hasOwnProperty(x)", "constructor(x)",
    "toString(x)", "__proto__(x)", "globalThis", "x.assign(x)", "eval(x)", "x.itemSync()",
  ]) expect(() => inspect(text, "x[2, 2]"), text).toThrow();
});
test("every operation is found in the graph, its gradient and the kernels", () => {
  const { rows, bands, noGradient } = inspect("x.matmul(w).relu().sum()", "x[64, 784], w[784, 128]");
  expect(rows.map(({ name }) => name)).toEqual(["matmul", "relu", "sum"]);
  expect(rows.map(({ text }) => text)).toEqual(["x.matmul(w)", "x.matmul(w).relu()", "x.matmul(w).relu().sum()"]);
  expect(rows[0].graph).toEqual([expect.stringMatching(/contract %0, %1 \{mk, kn -> mn\} : f32\[64, 128\]/)]);
  expect(noGradient).toBeNull();
  // The rule of a product writes down two more products.
  expect(rows[0].gradient.filter((line) => line.includes("contract"))).toHaveLength(2);
  expect(rows[1].gradient.join()).toMatch(/reluGradient/);
  expect(rows[2].gradient.join()).toMatch(/expand/);
  expect(bands.length).toBeGreaterThan(0);
  expect(bands[rows[0].bands[0]].ir).toMatch(/fma/);
  expect(bands.every(({ source }) => source.startsWith("(func"))).toBe(true);
  expect(bands.flatMap((band) => band.rows).sort()).toEqual([0, 1, 2]);
});
test("fused operations share a kernel", () => {
  const { rows, bands } = inspect("(x * 2).exp().add(1).log()", "x[1000]");
  expect(bands).toHaveLength(1);
  expect(new Set(rows.flatMap((row) => row.bands))).toEqual(new Set([0]));
  // Adding a constant passes the gradient on as it is.
  expect(rows.map(({ gradient }) => gradient.length > 0)).toEqual([true, true, false, true]);
});
test("what has no gradient says so", () => {
  const { noGradient, rows } = inspect("x.argmax()", "x[7]");
  expect(noGradient).toMatch(/no gradient/);
  expect(rows[0].gradient).toEqual([]);
});
test("shape errors are those of the library", () => {
  expect(() => inspect("x.matmul(w)", "x[2, 3], w[2, 3]")).toThrow(/matmul/);
});
test("every example can be looked at", () => {
  for (const { expression, inputs } of EXAMPLES) {
    const { rows, bands } = inspect(expression, inputs);
    expect(rows.length, expression).toBeGreaterThan(0);
    expect(bands.length, expression).toBeGreaterThan(0);
    for (const row of rows) expect(row.bands.every((band) => band < bands.length), expression).toBe(true);
  }
});
