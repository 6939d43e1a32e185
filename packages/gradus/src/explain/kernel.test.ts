import { expect, test } from "vitest";
import { KernelBuilder } from "../compiler/build.ts";
import { printKernel } from "./kernel.ts";

test("statements and expressions read like a small C", () => {
  const b = new KernelBuilder(4);
  const x = b.buffer("x", "f32", "read"), y = b.buffer("y", "f32", "write");
  const n = b.int("n"), scale = b.float("scale");
  b.comment("scaled copy");
  b.for("i", b.begin, b.end, 4, (i) => {
    const value = b.let("value", b.mul(b.load(x, i, 4), b.splat(b.convert("f32", scale), 4)));
    b.if(b.compare("lt", i, n), () => b.store(y, i, value, { count: b.sub(n, i) }),
      () => b.store(y, b.add(i, 1), b.unary("neg", value)));
  });
  const total = b.mutable("total", b.constant(0, "f32"));
  b.while(b.compare("gt", b.read(total), 1), () => {
    b.set(total, b.fma(b.read(total), b.read(total), b.reduceLanes("add", b.load(x, 0, 4, n))));
  });
  expect(printKernel(b.finish("scaled", "key"))).toBe([
    "kernel scaled (units begin to end, 4 lanes)",
    "  read x: f32",
    "  write y: f32",
    "  ints n",
    "  floats scale",
    "  # scaled copy",
    "  for i = begin to end step 4",
    "    let value: f32x4 = load 4 of x[i] * splat(scale)",
    "    if i < n",
    "      store y[i] first n - i = value",
    "    else",
    "      store y[i + 1] = neg(value)",
    "  let total: f32 = 0",
    "  while total > 1",
    "    total = fma(total, total, add over lanes(load 4 of x[0 every n]))",
  ].join("\n"));
});

test("equal names are told apart", () => {
  const b = new KernelBuilder(1);
  const out = b.buffer("x", "i32", "readwrite");
  b.buffer("x", "i32", "read");
  const first = b.let("at", b.add(b.begin, 1)), second = b.let("at", b.mul(first, 2));
  b.store(out, second, b.select(b.compare("eq", first, second), b.constant(-0, "i32"), b.convert("i32", second)));
  const text = printKernel(b.finish("copy", "key"));
  expect(text).toContain("readwrite x_0: i32\n  read x_1: i32");
  expect(text).toMatch(/let at: index = begin \+ 1\n {2}let at_(\d+): index = at \* 2\n {2}store x_0\[at_\1\]/);
  expect(text).toContain("? -0 : i32(");
});
