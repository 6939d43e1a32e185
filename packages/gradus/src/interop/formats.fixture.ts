import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { SafeDType, SafeTensor } from "./safetensors.ts";

/** What tools/oracle/interop.py wrote. */
interface Wanted {
  readonly dtype: SafeDType;
  readonly shape: readonly number[];
  readonly data: string;
}
type Files = Readonly<Record<string, string>>;
interface Fixture {
  readonly safetensors: { readonly file: string; readonly want: Readonly<Record<string, Wanted>> };
  readonly npy: Readonly<Record<string, { readonly file: string; readonly want: Wanted }>>;
  readonly npyRefused: Files;
  readonly npz: Files;
  readonly torch: Readonly<Record<string, { readonly file: string; readonly want: Readonly<Record<string, Wanted>> }>>;
  readonly torchRefused: Files;
  readonly hostile: Files;
}
export const FILES = JSON.parse(
  readFileSync(new URL("../../../../tools/oracle/fixtures/interop.json", import.meta.url), "utf8")) as Fixture;

export const unpacked = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));
export const asTensor = ({ dtype, shape, data }: Wanted): SafeTensor => ({ dtype, shape, bytes: unpacked(data) });
export function same(got: SafeTensor | undefined, want: Wanted, what: string): void {
  expect(got, what).toBeDefined();
  expect([got!.dtype, got!.shape, Buffer.from(got!.bytes).toString("base64")], what)
    .toEqual([want.dtype, want.shape, want.data]);
}
/** The sentence with which something is refused. */
export async function refusal(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error("it was accepted");
}
