import { DataError } from "../vocab/errors.ts";
import { parseStrictJson, type JsonValue } from "./json.ts";

/** Bits of an element of each dtype that the format knows, and the alignment the writer sorts by. */
const BITS = {
  BOOL: 8, F4: 4, F6_E2M3: 6, F6_E3M2: 6, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8, I16: 16, U16: 16, F16: 16, BF16: 16, I32: 32, U32: 32, F32: 32, C64: 64, F64: 64, I64: 64, U64: 64,
} as const;
export type SafeDType = keyof typeof BITS;

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

/**
 * Reads a safetensors file: u64 header length, JSON header, bytes. Everything in the header is checked before a
 * tensor is
 * made: dtypes, shapes, offsets without holes or overlap, and that the file ends where the last tensor does. Throws a
 * DataError that names the tensor. The tensors look into `bytes`; nothing is copied.
 * Source: huggingface/safetensors, `safetensors/src/tensor.rs`. Stricter in one point: a name may not appear twice.
 */
export function readSafetensors(bytes: Uint8Array, name = "safetensors file"): SafeFile {
  const fail = (what: string): never => {
    throw new DataError(`${name} is not a valid safetensors file: ${what}`);
  };
  if (bytes.length < PREFIX) fail(`${bytes.length} bytes do not hold a header length`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) fail(`a header of ${length} bytes is longer than ${MAX_HEADER}`);
  const start = PREFIX + Number(length);
  if (start > bytes.length) fail(`a header of ${length} bytes does not fit into ${bytes.length}`);
  const header = parseStrictJson(decode(bytes.subarray(PREFIX, start), fail), `${name}, header`);
  if (!(header instanceof Map)) return fail("the header is not an object");

  const entries: Entry[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [key, value] of header as ReadonlyMap<string, JsonValue>) {
    if (key === "__metadata__") metadata = readMetadata(value, fail);
    else entries.push(readEntry(key, value, fail));
  }
  const inOrder = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const entry of inOrder) {
    if (entry.begin !== end || entry.end < entry.begin) {
      fail(`tensor "${shown(entry.name)}" lies at ${entry.begin}..${entry.end} where ${end} was due; ` +
        "tensors may not overlap or leave holes");
    }
    end = entry.end;
  }
  if (start + end !== bytes.length) fail(`its tensors end at byte ${start + end}, the file at ${bytes.length}`);
  return {
    metadata,
    tensors: new Map(entries.map(({ name: key, dtype, shape, begin, end: stop }) =>
      [key, { dtype, shape, bytes: bytes.subarray(start + begin, start + stop) }])),
  };
}

type Fail = (what: string) => never;
interface Entry {
  readonly name: string;
  readonly dtype: SafeDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}
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
function readEntry(name: string, value: JsonValue, fail: Fail): Entry {
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
  return { name, dtype: dtype as SafeDType, shape, begin, end };
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

/**
 * Writes a safetensors file: largest alignment first, then by name, header padded with spaces to 8 bytes. Equal content
 * gives equal bytes.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, SafeTensor>, metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const inOrder = [...tensors].sort(([a, x], [b, y]) => BITS[y.dtype] - BITS[x.dtype] || (a < b ? -1 : 1));
  const fields: string[] = [];
  const field = (key: string, value: unknown): void => {
    fields.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  };
  if (metadata.size > 0) field("__metadata__", Object.fromEntries(metadata));
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of inOrder) {
    if (name === "__metadata__") throw new DataError('a tensor may not be named "__metadata__": the format uses it');
    const bits = shape.reduce((product, size) => product * size, 1) * BITS[dtype];
    if (bits !== bytes.length * 8) {
      throw new DataError(`tensor "${name}" of ${dtype} and shape [${shape.join(", ")}] needs ${bits / 8} bytes, not ` +
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
