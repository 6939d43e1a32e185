import { expect, test } from "vitest";
import { IndexError, ShapeError, UsageError } from "../../vocab/errors.ts";
import { emit, RECORD, withInterpreter } from "../../ir/emit.ts";
import type { Node } from "../../ir/node.ts";
import { createReferenceBackend } from "../reference/index.ts";
import { createDeferredBackend } from "./index.ts";

const aval = { shape: [3], dtype: "f32" } as const;
const [add, sort, gather] = withInterpreter(RECORD, (): Node[] => {
  const x = emit("buffer", aval, []);
  const index = emit("buffer", { shape: [1], dtype: "i32" }, []);
  return [
    emit("add", {}, [x, x]), emit("sort", { axis: 0, descending: false }, [x]), emit("gather", { axis: 0 }, [x, index]),
  ];
});

test("shapes and dtypes are known at once, numbers after an await", async () => {
  const backend = createDeferredBackend();
  expect(backend.synchronous).toBe(false);
  const x = backend.upload(Float32Array.of(3, 1, 2), aval);
  const [values, places] = backend.evaluate(sort, [x]);
  expect([values.aval, places.aval]).toEqual([aval, { shape: [3], dtype: "i32" }]);
  expect(() => backend.readSync(values)).toThrow(UsageError);
  expect(() => backend.readSync(values)).toThrow(/await/);
  expect(await backend.read(places)).toEqual(Int32Array.of(1, 2, 0));
  expect(await backend.read(values)).toEqual(Float32Array.of(1, 2, 3));
  // Still no synchronous reads, even of what is there.
  expect(() => backend.readSync(values)).toThrow(UsageError);
});

test("nothing runs before the event loop has turned", async () => {
  const backend = createDeferredBackend();
  const data = Float32Array.of(1, 2, 3);
  const x = backend.upload(data, aval);
  data.fill(9);
  let there = false;
  const reading = backend.read(backend.evaluate(add, [x, x])[0]).then((result) => {
    there = true;
    return result;
  });
  for (let i = 0; i < 100; i++) await Promise.resolve();
  expect(there).toBe(false);
  expect(await reading).toEqual(Float32Array.of(2, 4, 6));
});

test("work noted down while the queue waits is run in order, and later work by the next read", async () => {
  const backend = createDeferredBackend();
  const x = backend.upload(Float32Array.of(1, 2, 3), aval);
  const first = backend.read(x);
  const [y] = backend.evaluate(add, [x, x]);
  const second = backend.read(y);
  expect([await first, await second]).toEqual([Float32Array.of(1, 2, 3), Float32Array.of(2, 4, 6)]);
  const [z] = backend.evaluate(add, [y, x]);
  await backend.idle();
  expect(await backend.read(z)).toEqual(Float32Array.of(3, 6, 9));
});

test("an error of the work reaches the readers of what depends on it, and idle once", async () => {
  const backend = createDeferredBackend();
  const x = backend.upload(Float32Array.of(1, 2, 3), aval);
  const at = backend.upload(Int32Array.of(3), { shape: [1], dtype: "i32" });
  const [bad] = backend.evaluate(gather, [x, at]);
  const [worse] = backend.evaluate(add, [bad, bad]);
  const [good] = backend.evaluate(add, [x, x]);
  await expect(backend.read(worse)).rejects.toThrow(IndexError);
  expect(await backend.read(good)).toEqual(Float32Array.of(2, 4, 6));
  await expect(backend.idle()).rejects.toThrow(/index 3/);
  await backend.idle();
});

test("bad data and values of another backend are refused at once", async () => {
  const backend = createDeferredBackend();
  expect(() => backend.upload(new Float32Array(2), aval)).toThrow(ShapeError);
  const foreign = createReferenceBackend().upload(new Float32Array(3), aval);
  expect(() => backend.evaluate(add, [foreign, foreign])).toThrow(UsageError);
  await expect(backend.read(foreign)).rejects.toThrow(UsageError);
});

test("what was not run before dispose never will be", async () => {
  const backend = createDeferredBackend();
  const x = backend.upload(new Float32Array(3), aval);
  backend.dispose();
  await expect(backend.read(x)).rejects.toThrow(/disposed/);
});
