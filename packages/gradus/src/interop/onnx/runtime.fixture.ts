import * as ort from "onnxruntime-web";
import type { DType } from "../../vocab/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";

// One thread: the runtime starts no workers, and reads its own WebAssembly from the package.
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

const TYPES: Readonly<Partial<Record<DType, ort.Tensor.Type>>> = {
  f32: "float32", f64: "float64", i32: "int32", u32: "uint32", bool: "bool", i8: "int8", u8: "uint8",
};
/** What ONNX Runtime computes with a model, in the order of its outputs. */
export async function runOnnx(
  model: Uint8Array, inputs: readonly Tensor[],
): Promise<{ readonly shape: readonly number[]; readonly data: ArrayLike<number> }[]> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, graphOptimizationLevel: "basic" });
  try {
    const feeds = Object.fromEntries(session.inputNames.map((name) => {
      const x = inputs[inputPlace(name, inputs.length)];
      return [name, new ort.Tensor(TYPES[x.dtype]!, x.dataSync().slice() as never, [...x.shape])];
    }));
    const found = await session.run(feeds);
    return session.outputNames.map((name) => ({
      shape: found[name].dims, data: Array.from(found[name].data as ArrayLike<number>, Number),
    }));
  } finally {
    await session.release();
  }
}
const inputPlace = (name: string, count: number): number => (count === 1 ? 0 : Number(/\d+$/.exec(name)![0]));

/** The largest difference between numbers, over the largest of them; infinite where shapes or NaN differ. */
export function difference(
  got: { readonly shape: readonly number[]; readonly data: ArrayLike<number> }, want: Tensor,
): number {
  const numbers = want.dataSync();
  if (String(got.shape) !== String(want.shape) || got.data.length !== numbers.length) return Infinity;
  let largest = 1e-30, error = 0;
  for (let i = 0; i < numbers.length; i++) {
    if (Number.isFinite(numbers[i])) largest = Math.max(largest, Math.abs(numbers[i]));
    const same = Object.is(got.data[i], numbers[i]) || got.data[i] === numbers[i];
    const off = Math.abs(got.data[i] - numbers[i]);
    error = Math.max(error, same ? 0 : Number.isNaN(off) ? Infinity : off);
  }
  return error / largest;
}
