import { beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import type { DType } from "../vocab/dtype.ts";
import { DataError, DTypeError } from "../vocab/errors.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import { loadSafetensors, saveSafetensors, tensorFromFile } from "./tensors.ts";

beforeAll(() => setBackend(createReferenceBackend()));

describe("tensors in files", () => {
  const dtypes: readonly DType[] = ["f32", "f64", "f16", "bf16", "i32", "u32", "i8", "u8", "bool"];
  it.each(dtypes)("%s comes back as it was", async (dtype) => {
    const x = tensor([[0, 1, 2], [3, 4, 5]], { dtype });
    const back = loadSafetensors(await saveSafetensors({ x }))["x"];
    expect([back.dtype, back.shape]).toEqual([dtype, [2, 3]]);
    expect(await back.array()).toEqual(await x.array());
  });
  it("reads numbers wherever they lie, from a Buffer of Node too", async () => {
    const file = await saveSafetensors({ b: tensor(new Uint8Array([7])), a: tensor([1.5, -2]) });
    const shifted = Buffer.concat([Buffer.alloc(3), file]).subarray(3);
    expect(await loadSafetensors(shifted)["a"].array()).toEqual([1.5, -2]);
  });
  it("widens 64-bit integers that fit, and writes PyTorch's counter back as it was", async () => {
    const bytes = new Uint8Array(new BigInt64Array([5n, -6n]).buffer);
    const x = tensorFromFile("n", { dtype: "I64", shape: [2], bytes });
    expect([x.dtype, await x.array()]).toEqual(["i32", [5, -6]]);
    const saved = readSafetensors(await saveSafetensors({ "bn.num_batches_tracked": x, other: x }));
    expect(saved.tensors.get("bn.num_batches_tracked")).toMatchObject({ dtype: "I64", bytes });
    expect(saved.tensors.get("other")!.dtype).toBe("I32");
    const large = new Uint8Array(new BigInt64Array([2n ** 40n]).buffer);
    expect(() => tensorFromFile("n", { dtype: "I64", shape: [1], bytes: large })).toThrow(DataError);
  });
  it("makes any byte that is not 0 true", async () => {
    expect(await tensorFromFile("m", { dtype: "BOOL", shape: [3], bytes: Uint8Array.of(0, 2, 255) }).array())
      .toEqual([false, true, true]);
  });
  it("names a dtype that it does not compute with", () => {
    const file = writeSafetensors(new Map([["w", { dtype: "F8_E4M3", shape: [1], bytes: new Uint8Array(1) }]]));
    expect(() => loadSafetensors(file)).toThrow(DTypeError);
    expect(() => loadSafetensors(file)).toThrow(/"w" is of dtype F8_E4M3/);
  });
});
