import { DataError, DTypeError, ShapeError } from "../../vocab/errors.ts";
import { formatShape } from "../../vocab/shape.ts";
import { tensor } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { inflateRaw } from "./inflate.ts";

/** A picture as bytes 0..255, rows from the top: data[(y * width + x) * channels + c]. */
export interface Picture {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** 1 grey, 2 grey and alpha, 3 red-green-blue, 4 with alpha. */
  readonly channels: number;
}
/** Pixels that are decoded at most, of one picture. */
const MOST_PIXELS = 2 ** 27;

/** u8 [height, width, channels]. */
export const pictureTensor = ({ data, height, width, channels }: Picture): Tensor =>
  tensor(data, { shape: [height, width, channels] });
/** The picture of a u8 tensor [height, width, channels] or [height, width]. */
export async function pictureOf(x: Tensor): Promise<Picture> {
  if (x.dtype !== "u8") throw new DTypeError(`a picture is u8, this tensor is ${x.dtype}; use toBytes first`);
  const [height, width, channels = 1] = x.shape;
  if (x.shape.length < 2 || x.shape.length > 3 || channels < 1 || channels > 4) {
    throw new ShapeError(`a picture is [height, width, 1 to 4 channels], this tensor is ${formatShape(x.shape)}`);
  }
  return { data: await x.data() as Uint8Array, height, width, channels };
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const isPng = (bytes: Uint8Array): boolean => PNG.every((byte, i) => bytes[i] === byte);
const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

/** Decodes a PNG or JPEG file. Throws a DataError when it is damaged, cut off, too large or of another kind. */
export async function decodePicture(bytes: Uint8Array, name = "picture"): Promise<Picture> {
  if (isPng(bytes)) return decodePng(bytes, name);
  if (isJpeg(bytes)) return decodeJpeg(bytes, name);
  throw new DataError(`${name} is neither PNG nor JPEG`);
}

/** The samples of a pixel by PNG's colour type: grey, -, RGB, palette, grey and alpha, -, RGBA. */
const PNG_SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Chunks that matter for the pixels; others (texts, profiles, animations) are left out unread. */
const PNG_CHUNKS = new Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);

async function decodePng(bytes: Uint8Array, name: string): Promise<Picture> {
  const kept = await checkedPng(bytes, name);
  const { convertIndexedToRgb, decode } = await import("fast-png");
  try {
    const image = decode(kept, { checkCrc: true });
    const { width, height } = image;
    const data = image.palette === undefined ? unpack(image.data, width, height, image.channels, image.depth)
      : Uint8Array.from(convertIndexedToRgb(image));
    return { data, width, height, channels: data.length / (width * height) };
  } catch (cause) {
    throw new DataError(`${name} is damaged: ${(cause as Error).message}`, { cause });
  }
}
/** Samples of any depth as bytes: 1 bit becomes 0 or 255, 16 bits lose the lower half. */
function unpack(
  data: ArrayLike<number>, width: number, height: number, channels: number, depth: number,
): Uint8Array {
  if (depth === 8) return Uint8Array.from(data);
  if (depth === 16) return Uint8Array.from(data, (value) => value >> 8);
  const out = new Uint8Array(width * height * channels), line = width * channels;
  const bytesOfLine = Math.ceil((line * depth) / 8), most = 2 ** depth - 1;
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < line; i++) {
      const bit = i * depth;
      const value = (data[y * bytesOfLine + (bit >> 3)] >> (8 - depth - (bit & 7))) & most;
      out[y * line + i] = (value * 255) / most;
    }
  }
  return out;
}
/** The file with only the chunks that matter, after a check of every size that it declares. */
async function checkedPng(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: Uint8Array[] = [bytes.subarray(0, 8)], packed: Uint8Array[] = [];
  let expected = 0, ended = false;
  for (let at = 8; at < bytes.length && !ended;) {
    if (at + 12 > bytes.length) throw new DataError(`${name} is cut off inside a chunk`);
    const length = view.getUint32(at), kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + 12 + length > bytes.length) {
      throw new DataError(`${name}: chunk ${JSON.stringify(kind)} of ${length} bytes goes beyond the end of the file`);
    }
    if (kind === "IHDR" && expected === 0) expected = pngBytes(view, at + 8, length, name);
    else if (expected === 0) throw new DataError(`${name}: its header is not the first chunk`);
    if (kind === "IDAT") packed.push(bytes.subarray(at + 8, at + 8 + length));
    if (PNG_CHUNKS.has(kind)) pieces.push(bytes.subarray(at, at + 12 + length));
    ended = kind === "IEND";
    at += 12 + length;
  }
  if (!ended) throw new DataError(`${name} is cut off: its end is missing`);
  const stream = joined(packed);
  // Two bytes of zlib in front, four of a checksum behind.
  const size = (await inflateRaw(stream.subarray(2, stream.length - 4), expected, name)).length;
  if (size !== expected) throw new DataError(`${name} holds ${size} bytes of pixels where ${expected} are declared`);
  return joined(pieces);
}
/** Bytes of all lines with their filter bytes, as the header declares them. */
function pngBytes(view: DataView, at: number, length: number, name: string): number {
  if (length !== 13) throw new DataError(`${name}: its header has ${length} bytes, not 13`);
  const width = view.getUint32(at), height = view.getUint32(at + 4);
  const depth = view.getUint8(at + 8), samples = PNG_SAMPLES[view.getUint8(at + 9)] as number | undefined;
  if (samples === undefined || ![1, 2, 4, 8, 16].includes(depth)) throw new DataError(`${name}: no such kind of PNG`);
  checkSize(width, height, name);
  const bytesOf = (w: number, h: number): number => (w === 0 ? 0 : h * (1 + Math.ceil((w * samples * depth) / 8)));
  if (view.getUint8(at + 12) === 0) return bytesOf(width, height);
  // Adam7: seven pictures, each of every so-manieth pixel.
  const passes = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];
  return passes.reduce((sum, [x, y, dx, dy]) =>
    sum + bytesOf(Math.ceil(Math.max(0, width - x) / dx), Math.ceil(Math.max(0, height - y) / dy)), 0);
}
function checkSize(width: number, height: number, name: string): void {
  if (width === 0 || height === 0 || width * height > MOST_PIXELS) {
    throw new DataError(`${name} declares ${width} x ${height} pixels; between 1 and ${MOST_PIXELS} are read`);
  }
}
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** A block of 8 x 8 pixels takes one bit of a JPEG file at least: its first code. */
const JPEG_PIXELS_PER_BYTE = 8 * 64;
/** Bytes that the decoder needs for a pixel: coefficients of four components in 32 bits, samples, the result. */
const JPEG_BYTES_PER_PIXEL = 24;

async function decodeJpeg(bytes: Uint8Array, name: string): Promise<Picture> {
  const { decode } = (await import("jpeg-js")).default;
  const pixels = Math.min(MOST_PIXELS, JPEG_PIXELS_PER_BYTE * bytes.length);
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true, formatAsRGBA: false, tolerantDecoding: false,
      maxResolutionInMP: pixels / 1e6, maxMemoryUsageInMB: Math.min(1024, 1 + pixels * JPEG_BYTES_PER_PIXEL / 2 ** 20),
    });
    if (data.length !== width * height * 3) throw new Error("its pixels are incomplete");
    return { data, width, height, channels: 3 };
  } catch (cause) {
    throw new DataError(`${name} is damaged or of a kind of JPEG that is not read: ${(cause as Error).message}`,
      { cause });
  }
}

/** A PNG file of a picture, 8 bits a sample. */
export async function encodePng({ data, width, height, channels }: Picture): Promise<Uint8Array> {
  if (data.length !== width * height * channels || channels < 1 || channels > 4) {
    throw new ShapeError(`encodePng: ${data.length} bytes are not ${width} x ${height} pixels of ${channels} samples`);
  }
  return (await import("fast-png")).encode({ data, width, height, channels, depth: 8 });
}
