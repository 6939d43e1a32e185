import { expect, test } from "vitest";
import { DTypeError, ShapeError, UsageError } from "../../vocab/errors.ts";
import { emit, RECORD, withInterpreter } from "../../ir/emit.ts";
import { createReferenceBackend } from "./index.ts";

const node = withInterpreter(RECORD, () => {
  const x = emit("buffer", { shape: [2], dtype: "f32" }, []);
  return emit("add", {}, [x, x]);
});

test("uploads, evaluates and reads, at once and later", async () => {
  const backend = createReferenceBackend();
  const x = backend.upload(Float32Array.of(1, 2), { shape: [2], dtype: "f32" });
  const [y] = backend.evaluate(node, [x, x]);
  expect(y.aval).toEqual({ shape: [2], dtype: "f32" });
  expect(backend.readSync(y)).toEqual(Float32Array.of(2, 4));
  expect(await backend.read(y)).toEqual(Float32Array.of(2, 4));
  await backend.idle();
});

test("what goes in and what comes out are copies", () => {
  const backend = createReferenceBackend();
  const data = Float32Array.of(1, 2);
  const x = backend.upload(data, { shape: [2], dtype: "f32" });
  data[0] = 9;
  backend.readSync(x)[1] = 9;
  expect(backend.readSync(x)).toEqual(Float32Array.of(1, 2));
});

test("data that do not fit are refused", () => {
  const backend = createReferenceBackend();
  expect(() => backend.upload(new Float32Array(3), { shape: [2], dtype: "f32" })).toThrow(ShapeError);
  expect(() => backend.upload(new Float32Array(2), { shape: [2], dtype: "i32" }))
    .toThrow(/i32 is kept in a Int32Array, got a Float32Array/);
  expect(() => backend.upload(new Float32Array(2), { shape: [2], dtype: "i32" })).toThrow(DTypeError);
});

test("values of another backend are refused", async () => {
  const backend = createReferenceBackend();
  const foreign = { aval: { shape: [2], dtype: "f32" } } as const;
  expect(() => backend.evaluate(node, [foreign, foreign])).toThrow(UsageError);
  await expect(backend.read(foreign)).rejects.toThrow(/another backend/);
});
