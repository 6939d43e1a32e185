import { readFileSync } from "node:fs";
import type { Parser } from "./fuzz.ts";

const FIXTURES = new URL("../../tools/oracle/fixtures/", import.meta.url);
export const fixture = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, FIXTURES), "utf8")) as T;
export const unpack = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));
export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A file of a fixture, as base64. */
export interface Encoded {
  readonly file: string;
}
export const filesOf = (encoded: Readonly<Record<string, Encoded>> | readonly Encoded[]): Uint8Array[] =>
  Object.values<Encoded>(encoded).map(({ file }) => unpack(file));

/** A parser of text, given as lines. */
export const text = (sources: readonly string[], parse: (text: string) => unknown): Parser => ({
  files: sources.map(encode), parse: (bytes) => parse(new TextDecoder().decode(bytes)),
});
