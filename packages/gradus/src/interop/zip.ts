import { DataError } from "../vocab/errors.ts";
import { crc32 } from "../data/formats/inflate.ts";

const LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50;
/** 1 January 1980, the first day that zip knows: equal contents give equal bytes. */
const DATE = 0x21;
const LIMIT = 0xffffffff, MOST = 0xffff;

/**
 * Writes a zip archive (APPNOTE.TXT 6.3, without Zip64): entries stored, or deflated where `deflate` is set. Throws a
 * DataError beyond 4 GiB or 65,535 entries.
 */
export async function writeZip(
  files: ReadonlyMap<string, Uint8Array>, options: { readonly deflate?: boolean } = {},
): Promise<Uint8Array> {
  const deflate = options.deflate === true ? (await import("fflate")).deflateSync : null;
  const pieces: Uint8Array[] = [], directory: Uint8Array[] = [];
  let at = 0;
  for (const [path, bytes] of files) {
    const name = new TextEncoder().encode(path);
    const data = deflate?.(bytes) ?? bytes;
    // Both headers share: version, flags (names are UTF-8), method, time, date, checksum, sizes, length of the name.
    const shared = [[2, 20], [2, 0x800], [2, deflate === null ? 0 : 8], [2, 0], [2, DATE], [4, crc32(bytes)],
      [4, data.length], [4, bytes.length], [2, name.length]] as const;
    const local = record([[4, LOCAL], ...shared, [2, 0]], name);
    directory.push(record([[4, CENTRAL], [2, 20], ...shared, [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, at]], name));
    pieces.push(local, data);
    at += local.length + data.length;
    if (at > LIMIT) throw new DataError(`${path} does not fit: zip archives of more than 4 GiB are not written`);
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0), count = directory.length;
  if (count > MOST || at + size > LIMIT) {
    throw new DataError(`${count} entries of ${at + size} bytes do not fit into a zip archive; write several`);
  }
  const end = record([[4, END], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, at], [2, 0]]);
  return joined([...pieces, ...directory, end]);
}

/** Little-endian fields, each [bytes, value], and what follows them. */
function record(fields: readonly (readonly [2 | 4, number])[], tail = new Uint8Array(0)): Uint8Array {
  const length = fields.reduce((sum, [width]) => sum + width, 0);
  const out = new Uint8Array(length + tail.length), view = new DataView(out.buffer);
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += width;
  }
  out.set(tail, at);
  return out;
}
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
