import { readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { DTYPES, isFloat, type DType, type TypedArray } from "../vocab/dtype.ts";
import { fromTyped } from "../exec/read.ts";
import { makeState } from "../exec/eager.ts";
import { iota } from "../ops/create.ts";
import { add, cast, cos, mul } from "../ops/elementwise.ts";
import { reshape } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { backward } from "../tensor/gradient.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Module } from "./module.ts";

/** Reads what tools/oracle/nn.py wrote and compares with it. */
export interface Packed {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: string;
}
export interface Case {
  readonly type: string;
  readonly args?: readonly unknown[];
  readonly call: readonly unknown[];
  readonly train?: boolean;
  readonly state?: Readonly<Record<string, Packed>>;
  readonly inputs: readonly Packed[];
  readonly outputs: readonly Packed[];
  readonly inputGradients: readonly (Packed | null)[];
  readonly stateGradients: Readonly<Record<string, Packed>>;
  readonly after?: Readonly<Record<string, Packed>>;
}

const FIXTURES = new URL("../../../../tools/oracle/fixtures/", import.meta.url);
export const load = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`nn-${name}.json`, FIXTURES), "utf8")) as T;
/** The cases of all files nn-{kind}.json and nn-{kind}-*.json. */
export const loadAll = (kind: string): Case[] => readdirSync(FIXTURES)
  .filter((file) => new RegExp(`^nn-${kind}(-.*)?\\.json$`).test(file)).sort()
  .flatMap((file) => JSON.parse(readFileSync(new URL(file, FIXTURES), "utf8")) as Case[]);

export function numbers({ dtype, data }: Packed): TypedArray {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  return new DTYPES[dtype].view(bytes.buffer, 0, bytes.length / DTYPES[dtype].bytes);
}
export const unpack = (packed: Packed): Tensor => fromTyped(numbers(packed), packed.shape, packed.dtype);

/** Arguments with inputs in place of {"$": i} and tensors in place of packed ones. */
export function fill(value: unknown, inputs: readonly Tensor[]): unknown {
  if (value === null || typeof value !== "object") return value;
  if ("$" in value) return inputs[Number(value.$)];
  if ("dtype" in value && "data" in value) return unpack(value as Packed);
  if (Array.isArray(value)) return value.map((part) => fill(part, inputs));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fill(part, inputs)]));
}
/** All tensors of nested results, in order. */
export function flat(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  return value === null || typeof value !== "object" ? [] : Object.values(value).flatMap(flat);
}

/** The largest difference, and the largest number of what is wanted. */
export function differenceOf(got: Tensor, want: Packed): { readonly error: number; readonly largest: number } {
  const a = got.dataSync(), b = numbers(want);
  return {
    largest: Math.max(1e-30, ...Array.from(b, Math.abs)),
    error: Math.max(0, ...Array.from(b, (value, i) => (a[i] === value ? 0 : Math.abs(a[i] - value)))),
  };
}
/** Of the largest number: 1e-5, in float64 1e-12. */
export const toleranceOf = ({ dtype }: Packed): number => (dtype === "f64" ? 1e-12 : 1e-5);
/** Within the tolerance; NaN nowhere. */
export function close(got: Tensor | null, want: Packed, what: string): void {
  expect(got, what).not.toBeNull();
  expect(got!.shape, what).toEqual(want.shape);
  const { error, largest } = differenceOf(got!, want);
  expect(error, what).toBeLessThanOrEqual(toleranceOf(want) * largest);
}

/** One tensor of a case, as it is and as PyTorch has it. */
export interface Compared {
  readonly kind: "output" | "input gradient" | "parameter gradient" | "buffer";
  readonly what: string;
  readonly got: Tensor | null;
  readonly want: Packed;
}
/** Runs a case and pairs outputs, gradients of inputs and of parameters, and buffers afterwards. */
export function pairsOf(
  run: (...args: never[]) => unknown, { inputs: given, call, outputs: want, ...wanted }: Case, module?: Module,
): Compared[] {
  const inputs = given.map((packed) => (isFloat(packed.dtype) ? makeState(unpack(packed), true) : unpack(packed)));
  const outputs = flat(run(...(fill(call, inputs) as never[])));
  if (outputs.length !== want.length) throw new Error(`${outputs.length} outputs, ${want.length} wanted`);
  const pairs: Compared[] = want.map((packed, i) =>
    ({ kind: "output", what: `output ${i}`, got: outputs[i], want: packed }));
  const moving = outputs.filter((y) => y.requiresGrad);
  if (moving.length > 0) {
    const totals = moving.map((y) => sum(mul(y, cast(reshape(cos(iota(y.numel, "f64")), y.shape), y.dtype))));
    backward(totals.reduce((a, b) => add(a, b)));
  }
  wanted.inputGradients.forEach((packed, i) => {
    if (packed === null) return;
    pairs.push({ kind: "input gradient", what: `gradient of input ${i}`, got: inputs[i].grad, want: packed });
  });
  const parameters = Object.fromEntries(module?.namedParameters() ?? []);
  for (const [name, packed] of Object.entries(wanted.stateGradients)) {
    pairs.push({ kind: "parameter gradient", what: `gradient of ${name}`, got: parameters[name].grad, want: packed });
  }
  const buffers = Object.fromEntries(module?.namedBuffers() ?? []);
  for (const [name, packed] of Object.entries(wanted.after ?? {})) {
    pairs.push({ kind: "buffer", what: `${name} afterwards`, got: buffers[name], want: packed });
  }
  return pairs;
}
/** Runs a case and compares everything that it knows. */
export function compare(run: (...args: never[]) => unknown, item: Case, module?: Module): void {
  for (const { got, want, what } of pairsOf(run, item, module)) close(got, want, what);
}
type AnyLayer = Module & { forward(...args: never[]): unknown };
/** The layer of a case, with its state. */
export function layerOf(item: Case, nn: object): AnyLayer {
  const Made = Reflect.get(nn, item.type) as new (...args: unknown[]) => AnyLayer;
  const layer = new Made(...(item.args ?? [])).train(item.train);
  layer.loadStateDict(Object.fromEntries(Object.entries(item.state!).map(([name, one]) => [name, unpack(one)])));
  return layer;
}
