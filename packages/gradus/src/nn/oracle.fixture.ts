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
  return Array.isArray(value) ? value.flatMap(flat) : [];
}

/** Within 1e-5 of the largest number (1e-12 in float64); NaN nowhere. */
export function close(got: Tensor | null, want: Packed, what: string): void {
  expect(got, what).not.toBeNull();
  expect(got!.shape, what).toEqual(want.shape);
  const a = got!.dataSync(), b = numbers(want);
  const largest = Math.max(1e-30, ...Array.from(b, Math.abs));
  const error = Math.max(0, ...Array.from(b, (value, i) => (a[i] === value ? 0 : Math.abs(a[i] - value))));
  expect(error, what).toBeLessThanOrEqual((want.dtype === "f64" ? 1e-12 : 1e-5) * largest);
}

/** Runs a case and compares outputs, gradients of inputs and of parameters, and buffers afterwards. */
export function compare(
  run: (...args: never[]) => unknown, { inputs: given, call, outputs: want, ...wanted }: Case, module?: Module,
): void {
  const inputs = given.map((packed) => (isFloat(packed.dtype) ? makeState(unpack(packed), true) : unpack(packed)));
  const outputs = flat(run(...(fill(call, inputs) as never[])));
  expect(outputs).toHaveLength(want.length);
  outputs.forEach((y, i) => { close(y, want[i], `output ${i}`); });
  const moving = outputs.filter((y) => y.requiresGrad);
  if (moving.length > 0) {
    const totals = moving.map((y) => sum(mul(y, cast(reshape(cos(iota(y.numel, "f64")), y.shape), y.dtype))));
    backward(totals.reduce((a, b) => add(a, b)));
  }
  wanted.inputGradients.forEach((packed, i) => {
    if (packed !== null) close(inputs[i].grad, packed, `gradient of input ${i}`);
  });
  const parameters = Object.fromEntries(module?.namedParameters() ?? []);
  for (const [name, packed] of Object.entries(wanted.stateGradients)) {
    close(parameters[name].grad, packed, `gradient of ${name}`);
  }
  const buffers = Object.fromEntries(module?.namedBuffers() ?? []);
  for (const [name, packed] of Object.entries(wanted.after ?? {})) close(buffers[name], packed, `${name} afterwards`);
}
