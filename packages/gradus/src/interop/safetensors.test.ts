import { describe, expect, it } from "vitest";
import { DataError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import { readSafetensors, writeSafetensors, type SafeTensor } from "./safetensors.ts";

/** A file from the text of its header and its data. */
function file(header: string, data: readonly number[] = []): Uint8Array {
  const json = new TextEncoder().encode(header);
  const out = new Uint8Array(8 + json.length + data.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true);
  out.set(json, 8);
  out.set(data, 8 + json.length);
  return out;
}
const one = (fields: string, data: readonly number[] = [1, 2, 3, 4]): Uint8Array => file(`{"a":{${fields}}}`, data);
/** Two tensors of bytes at these places in four bytes. */
const two = (a: readonly [number, number], b: readonly [number, number]): Uint8Array =>
  file(JSON.stringify(Object.fromEntries([a, b].map(([from, to], i) =>
    [`t${i}`, { dtype: "U8", shape: [to - from], data_offsets: [from, to] }]))), [1, 2, 3, 4]);
const plain = '"dtype":"U8","shape":[4],"data_offsets":[0,4]';

describe("accepted files", () => {
  const accepted: Readonly<Record<string, Uint8Array>> = {
    "one tensor": one(plain),
    "no tensors": file("{}"),
    "space before the header": file(`  {"a":{${plain}}}`, [1, 2, 3, 4]),
    "space after the header": file(`{"a":{${plain}}} \t\r\n`, [1, 2, 3, 4]),
    "an axis beyond 2^32 with an axis of 0": one('"dtype":"U8","shape":[0,4294967297],"data_offsets":[0,0]', []),
    "__proto__ as a name": file(`{"__proto__":{${plain}}}`, [1, 2, 3, 4]),
    "an unknown field": one(`${plain},"extra":{"x":[1.5]}`),
    "an empty tensor at the offset of the next": file(
      `{"b":{${plain}},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, [1, 2, 3, 4]),
    "a scalar": one('"dtype":"F32","shape":[],"data_offsets":[0,4]'),
    "truth values other than 0 and 1": one('"dtype":"BOOL","shape":[4],"data_offsets":[0,4]', [0, 1, 2, 255]),
    "two 4-bit numbers": one('"dtype":"F4","shape":[8],"data_offsets":[0,4]'),
    metadata: file(`{"__metadata__":{"k":"v"},"a":{${plain}}}`, [1, 2, 3, 4]),
  };
  it.each(Object.keys(accepted))("%s", (name) => {
    expect(readSafetensors(accepted[name])).toBeDefined();
  });
  it("keeps a tensor called __proto__ apart from the prototype", () => {
    const { tensors } = readSafetensors(accepted["__proto__ as a name"]);
    expect([...tensors.keys()]).toEqual(["__proto__"]);
  });
});

describe("refused files", () => {
  const refused: Readonly<Record<string, Uint8Array>> = {
    "nothing": new Uint8Array(0),
    "7 bytes": new Uint8Array(7),
    "a header of length 0": new Uint8Array(8),
    "a header longer than the file": Uint8Array.from([255, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]),
    "a header of 2^63 bytes": Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0x80, 0x7b, 0x7d]),
    "a header over the cap": Uint8Array.from([1, 0xe1, 0xf5, 5, 0, 0, 0, 0, 0x7b, 0x7d]),
    "a list as header": file("[]"),
    "a byte order mark": file("\ufeff{}"),
    "a NUL after the header": file("{}\u0000"),
    "a second value": file("{} {}"),
    "bytes that are not UTF-8": Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe]),
    "half a surrogate pair": file(`{"\\ud800":{${plain}}}`, [1, 2, 3, 4]),
    "a name twice": file(`{"a":{${plain}},"a":{${plain}}}`, [1, 2, 3, 4]),
    "a name twice through an escape": file(`{"a":{${plain}},"\\u0061":{${plain}}}`, [1, 2, 3, 4]),
    "a shape of 4.0": one('"dtype":"U8","shape":[4.0],"data_offsets":[0,4]'),
    "a shape of 4e0": one('"dtype":"U8","shape":[4e0],"data_offsets":[0,4]'),
    "a negative axis": one('"dtype":"U8","shape":[-4],"data_offsets":[0,4]'),
    "a product that overflows": one('"dtype":"U8","shape":[4503599627370496,4503599627370496],"data_offsets":[0,4]'),
    "an axis of 2^64 - 2": one('"dtype":"U8","shape":[18446744073709551614,2],"data_offsets":[0,4]'),
    "a shape that needs more bytes": one('"dtype":"U8","shape":[5],"data_offsets":[0,4]'),
    "a shape that needs fewer bytes": one('"dtype":"U8","shape":[3],"data_offsets":[0,4]'),
    "three offsets": one('"dtype":"U8","shape":[4],"data_offsets":[0,2,4]'),
    "no offsets": one('"dtype":"U8","shape":[4]'),
    "offsets backwards": one('"dtype":"U8","shape":[4],"data_offsets":[4,0]'),
    "an unknown dtype": one('"dtype":"F31","shape":[4],"data_offsets":[0,4]'),
    "a dtype in lower case": one('"dtype":"u8","shape":[4],"data_offsets":[0,4]'),
    "a dtype of Object.prototype": one('"dtype":"toString","shape":[4],"data_offsets":[0,4]'),
    "half a byte": one('"dtype":"F4","shape":[7],"data_offsets":[0,4]'),
    "a hole": two([0, 2], [3, 4]),
    "a hole at the start": file('{"a":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}', [1, 2, 3, 4]),
    "an overlap": two([0, 3], [2, 4]),
    "bytes after the last tensor": one(plain, [1, 2, 3, 4, 5]),
    "bytes missing": one(plain, [1, 2, 3]),
    "metadata that is not a string": file('{"__metadata__":{"k":1}}'),
    "nested metadata": file('{"__metadata__":{"k":{"x":"y"}}}'),
    "metadata that is a list": file('{"__metadata__":[]}'),
    "a tensor that is a number": file('{"a":1}'),
    "200 brackets": file(`{"a":${"[".repeat(200)}${"]".repeat(200)}}`),
    "an unfinished header": file('{"a":{'),
    "a trailing comma": file('{"a":{},}'),
  };
  it.each(Object.keys(refused))("%s", (name) => {
    expect(() => readSafetensors(refused[name])).toThrow(DataError);
  });
  it("names the file and the tensor", () => {
    expect(() => readSafetensors(refused["an unknown dtype"], "weights.safetensors"))
      .toThrow(/weights\.safetensors.*tensor "a".*F31/);
  });
});

describe("the writer", () => {
  it("writes an empty file as upstream does", () => {
    expect([...writeSafetensors(new Map())]).toEqual([8, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d, 32, 32, 32, 32, 32, 32]);
  });
  it("sorts by alignment, then by name, and aligns the data", () => {
    const bytes = (n: number): Uint8Array => new Uint8Array(n).fill(n);
    const written = writeSafetensors(new Map<string, SafeTensor>([
      ["z", { dtype: "U8", shape: [3], bytes: bytes(3) }],
      ["b", { dtype: "F32", shape: [2], bytes: bytes(8) }],
      ["a", { dtype: "F32", shape: [], bytes: bytes(4) }],
      ["w", { dtype: "I64", shape: [1], bytes: bytes(8) }],
    ]), new Map([["format", "pt"]]));
    const read = readSafetensors(written);
    expect([...read.tensors.keys()]).toEqual(["w", "a", "b", "z"]);
    expect(Number(new DataView(written.buffer).getBigUint64(0, true)) % 8).toBe(0);
    expect(read.metadata.get("format")).toBe("pt");
    expect([...read.tensors.get("b")!.bytes]).toEqual(new Array(8).fill(8));
  });
  it("refuses bytes that do not fit the shape", () => {
    expect(() => writeSafetensors(new Map([["a", { dtype: "F32", shape: [2], bytes: new Uint8Array(4) }]])))
      .toThrow(DataError);
  });
});

it("reads or refuses 3,000 damaged files, and nothing else happens", () => {
  const good = writeSafetensors(new Map<string, SafeTensor>([
    ["layer.weight", { dtype: "F32", shape: [2, 3], bytes: new Uint8Array(24) }],
    ["layer.bias", { dtype: "F32", shape: [3], bytes: new Uint8Array(12) }],
  ]), new Map([["step", "7"]]));
  const stream = new RandomStream(11);
  let refusals = 0;
  for (let round = 0; round < 3000; round++) {
    const bad = good.slice(0, stream.integer(4) === 0 ? stream.integer(good.length) : good.length);
    for (let i = stream.integer(4); i >= 0 && bad.length > 0; i--) {
      bad[stream.integer(bad.length)] = stream.integer(256);
    }
    try {
      readSafetensors(bad);
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
      refusals++;
    }
  }
  expect(refusals).toBeGreaterThan(1500);
});
