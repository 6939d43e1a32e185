import { DataError, DTypeError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { bytesOfTensor, type SafeDType, type SafeTensor } from "./safetensors.ts";
import { columnMajorStrides, rowMajor, swapBytes } from "./strided.ts";

/** NumPy's code of each dtype: kind and bytes of an element. */
const CODES: Readonly<Partial<Record<SafeDType, string>>> = {
  BOOL: "b1", I8: "i1", U8: "u1", I16: "i2", U16: "u2", F16: "f2", I32: "i4", U32: "u4", F32: "f4", I64: "i8",
  U64: "u8", F64: "f8", C64: "c8",
};
const DTYPE_OF = new Map(Object.entries(CODES).map(([dtype, code]) => [code, dtype as SafeDType]));

/** As numpy itself: a header is longer only if its dtype is a structure. */
const MAX_HEADER = 10_000;
const ALIGNMENT = 64, MAX_AXES = 64;
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads a NumPy array (.npy, versions 1 to 3; either byte order, either order of axes). The result is row-major and
 * little-endian; where the file is so too, it looks into `bytes`. Throws a DataError for damaged files, and a
 * DTypeError for arrays of objects (which are pickles), structures, texts and dates.
 * Source: numpy/lib/_format_impl.py.
 */
export function readNpy(bytes: Uint8Array, name = "npy file"): SafeTensor {
  const fail: Fail = (what) => { throw new DataError(`${name} is not a valid .npy file: ${what}`); };
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) fail("it does not begin with \\x93NUMPY");
  const [major, minor] = [bytes[6], bytes[7]];
  if (major < 1 || major > 3 || minor !== 0) fail(`its version is ${major}.${minor}; 1.0, 2.0 and 3.0 are read`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const prefix = major === 1 ? 10 : 12;
  if (bytes.length < prefix) fail("it is cut off");
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER) fail(`a header of ${length} bytes is longer than ${MAX_HEADER}`);
  const start = prefix + length;
  if (start > bytes.length) fail(`a header of ${length} bytes does not fit into ${bytes.length}`);
  const text = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(bytes.subarray(prefix, start));
  const { descr, fortran, shape } = readHeader(text, name, fail);

  const dtype = dtypeOf(descr, name);
  const size = bytesOfTensor(dtype, shape);
  if (size !== bytes.length - start) {
    fail(`${descr} of shape ${formatShape(shape)} needs ${size} bytes, and ${bytes.length - start} follow the header`);
  }
  let data = bytes.subarray(start);
  const width = Number(descr.slice(2));
  // A complex number is two floats, each with its own byte order.
  if (descr.startsWith(">")) data = swapBytes(data, dtype === "C64" ? 4 : width);
  return { dtype, shape, bytes: fortran ? rowMajor(data, width, 0, shape, columnMajorStrides(shape)) : data };
}

type Fail = (what: string) => never;
function dtypeOf(descr: string, name: string): SafeDType {
  const dtype = /^[<>|=]/.test(descr) ? DTYPE_OF.get(descr.slice(1)) : undefined;
  if (dtype !== undefined) return dtype;
  const why = descr.includes("O") ? "holds Python objects, which are pickles and not read"
    : `has the dtype "${descr.slice(0, 40)}", which is not read; save numbers or truth values`;
  throw new DTypeError(`${name} ${why}`);
}

/** One piece of the header, a Python literal: a text, a word, a number or a sign. */
const TOKEN = /\s*(?:'([^'\\]*)'|"([^"\\]*)"|([A-Za-z]+)|(\d{1,16})L?|([{}()[\],:]))/y;
function readHeader(
  text: string, name: string, fail: Fail,
): { readonly descr: string; readonly fortran: boolean; readonly shape: number[] } {
  let at = 0;
  const next = (): string => {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null) return fail(`its header is malformed at character ${at}`);
    at = TOKEN.lastIndex;
    const [, single, double, ...others] = found as readonly (string | undefined)[];
    const quoted = single ?? double;
    return quoted === undefined ? others.find((piece) => piece !== undefined)! : `'${quoted}`;
  };
  const expect = (sign: string): void => {
    if (next() !== sign) fail(`its header lacks "${sign}" before character ${at}`);
  };
  const fields = new Map<string, string | number[]>();
  expect("{");
  for (let token = next(); token !== "}"; token = next()) {
    if (token === ",") continue;
    if (fields.has(token)) fail(`its header says ${token.slice(1)} twice`);
    expect(":");
    const value = next();
    if (value === "[") throw new DTypeError(`${name} holds structures; save each of their fields as an array`);
    fields.set(token, value === "(" ? readShape(next, fail) : value);
  }
  if (text.slice(at).trim() !== "") fail("something follows its header");
  const descr = fields.get("'descr"), order = fields.get("'fortran_order"), shape = fields.get("'shape");
  if (fields.size !== 3 || typeof descr !== "string" || !descr.startsWith("'") || !Array.isArray(shape) ||
      (order !== "True" && order !== "False")) {
    return fail("its header does not say descr, fortran_order and shape, and nothing else");
  }
  return { descr: descr.slice(1), fortran: order === "True", shape };
}
function readShape(next: () => string, fail: Fail): number[] {
  const shape: number[] = [];
  for (let token = next(); token !== ")"; token = next()) {
    if (token === ",") continue;
    if (!/^\d+$/.test(token) || !Number.isSafeInteger(Number(token))) fail(`its shape holds ${token.slice(0, 40)}`);
    if (shape.push(Number(token)) > MAX_AXES) fail(`its shape has more than ${MAX_AXES} axes`);
  }
  return shape;
}

/**
 * Writes a NumPy array (.npy version 1.0, row-major, little-endian): the same bytes as numpy.save. Throws a DTypeError
 * for dtypes that NumPy has not, such as BF16.
 */
export function writeNpy({ dtype, shape, bytes }: SafeTensor, name = "array"): Uint8Array {
  const code = CODES[dtype];
  if (code === undefined) {
    throw new DTypeError(`"${name}" is of dtype ${dtype}, which NumPy does not know; cast it to f32 first`);
  }
  if (bytesOfTensor(dtype, shape) !== bytes.length) {
    throw new DataError(`"${name}" of ${dtype} and shape ${formatShape(shape)} does not have ${bytes.length} bytes`);
  }
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const order = code.endsWith("1") ? "|" : "<";
  const header = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': (${axes}), }`;
  // numpy leaves room for the first axis to grow to 21 digits, so that files can be appended to.
  const room = shape.length === 0 ? 0 : 21 - String(shape[0]).length;
  const length = Math.ceil((10 + header.length + room + 1) / ALIGNMENT) * ALIGNMENT - 10;
  const out = new Uint8Array(10 + length + bytes.length).fill(0x20, 10, 10 + length);
  out.set(MAGIC);
  out[6] = 1;
  new DataView(out.buffer).setUint16(8, length, true);
  out.set(new TextEncoder().encode(header), 10);
  out[10 + length - 1] = 0x0a;
  out.set(bytes, 10 + length);
  return out;
}
