import { DataError } from "../vocab/errors.ts";
import { parseStrictJson, type JsonValue } from "./json.ts";

/** Bits of an element of each dtype that the format knows, in the order of upstream's table. */
const BITS = {
  BOOL: 8, F4: 4, F6_E2M3: 6, F6_E3M2: 6, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8, I16: 16, U16: 16, F16: 16, BF16: 16, I32: 32, U32: 32, F32: 32, C64: 64, F64: 64, I64: 64, U64: 64,
} as const;
export type SafeDType = keyof typeof BITS;
const ORDER = Object.keys(BITS);
/** Bytes of tensors of a dtype and shape; a fraction where it does not fill whole bytes. */
export const bytesOfTensor = (dtype: SafeDType, shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1) * BITS[dtype] / 8;

/** One tensor of a file: its bytes, little-endian, row-major. */
export interface SafeTensor {
  readonly dtype: SafeDType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}
export interface SafeFile {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Upstream's cap; a header says how long it is before anything of it is read. */
const MAX_HEADER = 100_000_000;
const PREFIX = 8;

/** A tensor of a file before its bytes are read: they lie at begin..end. */
export interface SafeEntry {
  readonly dtype: SafeDType;
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly begin: number;
  readonly end: number;
}
export interface SafeHeader {
  readonly entries: ReadonlyMap<string, SafeEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}
const failing = (name: string): Fail => (what) => {
  throw new DataError(`${name} is not a valid safetensors file: ${what}`);
};

/** How long the prefix and header of a file are, from its first 8 bytes and its length. */
export function headerEnd(bytes: Uint8Array, fileBytes: number, name: string): number {
  const fail = failing(name);
  if (bytes.length < PREFIX) fail(`${bytes.length} bytes do not hold a header length`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) fail(`a header of ${length} bytes is longer than ${MAX_HEADER}`);
  const end = PREFIX + Number(length);
  if (end > fileBytes) fail(`a header of ${length} bytes does not fit into ${fileBytes}`);
  return end;
}

/**
 * Reads what stands before the tensors: `bytes` begin with the prefix and the whole header of a file of `fileBytes`.
 * Everything in the header is checked: dtypes, shapes, offsets without holes or overlap, and that the file ends where
 * the last tensor does. Throws a DataError that names the tensor.
 * Source: huggingface/safetensors, `safetensors/src/tensor.rs`. Stricter in one point: a name may not appear twice.
 */
export function readSafetensorsHeader(bytes: Uint8Array, fileBytes: number, name = "safetensors file"): SafeHeader {
  const fail = failing(name);
  const start = headerEnd(bytes, fileBytes, name);
  const header = parseStrictJson(decode(bytes.subarray(PREFIX, start), fail), `${name}, header`);
  if (!(header instanceof Map)) return fail("the header is not an object");

  const entries = new Map<string, SafeEntry>();
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [key, value] of header as ReadonlyMap<string, JsonValue>) {
    if (key === "__metadata__") metadata = readMetadata(value, fail);
    else entries.set(key, readEntry(key, value, start, fail));
  }
  const inOrder = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let end = start;
  for (const [key, entry] of inOrder) {
    if (entry.begin !== end || entry.end < entry.begin) {
      fail(`tensor "${shown(key)}" lies at ${entry.begin - start}..${entry.end - start} where ${end - start} was ` +
        "due; tensors may not overlap or leave holes");
    }
    end = entry.end;
  }
  if (end !== fileBytes) fail(`its tensors end at byte ${end}, the file at ${fileBytes}`);
  return { metadata, entries };
}

/**
 * Reads a safetensors file: u64 header length, JSON header, bytes. Everything is checked before a tensor is made (see
 * `readSafetensorsHeader`). The tensors look into `bytes`; nothing is copied.
 */
export function readSafetensors(bytes: Uint8Array, name = "safetensors file"): SafeFile {
  const { metadata, entries } = readSafetensorsHeader(bytes, bytes.length, name);
  return {
    metadata,
    tensors: new Map(Array.from(entries, ([key, { dtype, shape, begin, end }]) =>
      [key, { dtype, shape, bytes: bytes.subarray(begin, end) }])),
  };
}

type Fail = (what: string) => never;
const shown = (name: string): string => (name.length > 80 ? `${name.slice(0, 80)}...` : name);

function decode(bytes: Uint8Array, fail: Fail): string {
  try {
    // The byte order mark is kept, so that the JSON reader refuses it.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail("the header is not UTF-8");
  }
}
function readMetadata(value: JsonValue, fail: Fail): ReadonlyMap<string, string> {
  if (!(value instanceof Map)) return fail("__metadata__ is not an object");
  for (const [key, text] of value as ReadonlyMap<string, JsonValue>) {
    if (typeof text !== "string") fail(`__metadata__ "${shown(key)}" is not a string`);
  }
  return value as ReadonlyMap<string, string>;
}
function readEntry(name: string, value: JsonValue, start: number, fail: Fail): SafeEntry {
  if (!(value instanceof Map)) return fail(`tensor "${shown(name)}" is not described by an object`);
  const fields = value as ReadonlyMap<string, JsonValue>;
  const dtype = fields.get("dtype");
  if (typeof dtype !== "string" || !Object.hasOwn(BITS, dtype)) {
    return fail(`tensor "${shown(name)}" has the unknown dtype ${JSON.stringify(String(dtype).slice(0, 40))}`);
  }
  const shape = sizes(fields.get("shape"), `the shape of tensor "${shown(name)}"`, fail);
  const offsets = sizes(fields.get("data_offsets"), `data_offsets of tensor "${shown(name)}"`, fail);
  if (offsets.length !== 2) fail(`tensor "${shown(name)}" has ${offsets.length} data_offsets instead of 2`);
  const [begin, end] = offsets;
  const bits = shape.reduce((product, size) => product * BigInt(size), 1n) * BigInt(BITS[dtype as SafeDType]);
  if (bits !== BigInt(end - begin) * 8n) {
    fail(`tensor "${shown(name)}" of ${dtype} and shape [${shape.join(", ")}] needs ${bits} bits ` +
      `but its data_offsets give ${end - begin} bytes`);
  }
  return { dtype: dtype as SafeDType, shape, begin: start + begin, end: start + end };
}
function sizes(value: JsonValue | undefined, what: string, fail: Fail): number[] {
  if (!Array.isArray(value)) return fail(`${what} is missing or not a list`);
  return (value as readonly JsonValue[]).map((size) => {
    if (typeof size !== "bigint" || size < 0n || size > BigInt(Number.MAX_SAFE_INTEGER)) {
      return fail(`${what} holds ${typeof size === "object" ? "something that is" : String(size)} not a size`);
    }
    return Number(size);
  });
}

/** By bytes of UTF-8, which is by code point. */
function compareNames(a: string, b: string): number {
  const [x, y] = [Array.from(a), Array.from(b)];
  const at = x.findIndex((character, i) => character !== y[i]);
  return at < 0 || at >= y.length ? x.length - y.length : x[at].codePointAt(0)! - y[at].codePointAt(0)!;
}

/**
 * Writes a safetensors file: dtypes in the order of upstream's table backwards (the widest first), then by name, header
 * padded with spaces to 8 bytes. Equal content gives equal bytes, the same as upstream's.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, SafeTensor>, metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const inOrder = [...tensors].sort(([a, x], [b, y]) =>
    ORDER.indexOf(y.dtype) - ORDER.indexOf(x.dtype) || compareNames(a, b));
  const fields: string[] = [];
  const field = (key: string, value: unknown): void => {
    fields.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  };
  if (metadata.size > 0) field("__metadata__", Object.fromEntries(metadata));
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of inOrder) {
    if (name === "__metadata__") throw new DataError('a tensor may not be named "__metadata__": the format uses it');
    const needed = bytesOfTensor(dtype, shape);
    if (needed !== bytes.length) {
      throw new DataError(`tensor "${name}" of ${dtype} and shape [${shape.join(", ")}] needs ${needed} bytes, not ` +
        `${bytes.length}`);
    }
    field(name, { dtype, shape, data_offsets: [end, end + bytes.length] });
    end += bytes.length;
  }
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const out = new Uint8Array(PREFIX + length + end).fill(0x20, PREFIX, PREFIX + length);
  new DataView(out.buffer).setBigUint64(0, BigInt(length), true);
  out.set(json, PREFIX);
  let at = PREFIX + length;
  for (const [, { bytes }] of inOrder) {
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}
