import { DataError } from "../../vocab/errors.ts";
import { crc32, inflateRaw } from "./inflate.ts";

export interface ZipLimits {
  /** Entries of the archive (default 200,000). */
  readonly entries?: number;
  /** Bytes of all entries together, decompressed (default 2 GiB). */
  readonly total?: number;
  /** Decompressed over compressed size of an entry (default 200). */
  readonly ratio?: number;
}
/** A file inside an archive; `read` decompresses it and checks size and CRC-32. */
export interface ZipEntry {
  /** Relative, with slashes, without "..". */
  readonly path: string;
  readonly size: number;
  read(): Promise<Uint8Array>;
}

const END = 0x06054b50, CENTRAL = 0x02014b50, LOCAL = 0x04034b50;
const SYMBOLIC_LINK = 0xa000, KIND = 0xf000;

/**
 * Lists the files of a zip archive (APPNOTE.TXT 6.3; stored and deflated entries, no Zip64, no encryption). Nothing is
 * decompressed before `read`. Refused with a DataError: paths that are absolute or climb out, links, entries that
 * appear twice, sizes beyond the file, and more than the limits allow.
 */
export function openZip(bytes: Uint8Array, name = "zip archive", limits: ZipLimits = {}): ZipEntry[] {
  const { entries: mostEntries = 200_000, total: mostBytes = 2 ** 31, ratio: mostRatio = 200 } = limits;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOfDirectory(view, name);
  const count = view.getUint16(end + 10, true);
  const directoryBytes = view.getUint32(end + 12, true), start = view.getUint32(end + 16, true);
  if (start + directoryBytes > end) throw new DataError(`${name}: its directory lies outside the file; it is damaged`);
  if (count > mostEntries) throw new DataError(`${name} has ${count} entries; at most ${mostEntries} are read`);
  const files: ZipEntry[] = [], seen = new Set<string>();
  let at = start, total = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) {
      throw new DataError(`${name}: entry ${i} of its directory is damaged`);
    }
    const flags = view.getUint16(at + 8, true), method = view.getUint16(at + 10, true);
    const sum = view.getUint32(at + 16, true), packed = view.getUint32(at + 20, true);
    const size = view.getUint32(at + 24, true), nameBytes = view.getUint16(at + 28, true);
    const extra = view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    const mode = view.getUint32(at + 38, true) >>> 16, local = view.getUint32(at + 42, true);
    if (at + 46 + nameBytes + extra > end) throw new DataError(`${name}: entry ${i} of its directory is cut off`);
    const path = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameBytes));
    at += 46 + nameBytes + extra;
    const where = `${name}: ${JSON.stringify(path.slice(0, 120))}`;
    checkPath(path, where);
    if (seen.has(path.toLowerCase())) throw new DataError(`${where} appears twice`);
    seen.add(path.toLowerCase());
    if (path.endsWith("/")) continue;
    if ((mode & KIND) === SYMBOLIC_LINK) throw new DataError(`${where} is a link, which is refused`);
    if ((flags & 1) !== 0) throw new DataError(`${where} is encrypted; unpack it with its password first`);
    if (method !== 0 && method !== 8) throw new DataError(`${where} is packed by method ${method}; 0 and 8 are read`);
    if (local + 30 + packed > start) throw new DataError(`${where} claims ${packed} bytes beyond the end of the file`);
    if (size > Math.max(1024, packed * mostRatio)) {
      throw new DataError(`${where} grows from ${packed} to ${size} bytes, more than ${mostRatio} times; refused`);
    }
    total += size;
    if (total > mostBytes) throw new DataError(`${name} holds more than ${mostBytes} bytes, which is refused`);
    files.push({ path, size, read: () => readEntry(bytes, where, { method, sum, packed, size, local, start }) });
  }
  return files;
}

function endOfDirectory(view: DataView, name: string): number {
  // The record is 22 bytes and may be followed by a comment of up to 65,535.
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at--) {
    if (view.getUint32(at, true) === END && at + 22 + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  throw new DataError(`${name} is not a zip archive, or it is cut off: its end is missing`);
}
function checkPath(path: string, where: string): void {
  const climbs = path.split("/").includes("..");
  if (path === "" || climbs || path.startsWith("/") || /^[A-Za-z]:/.test(path) || /[\\\0]/.test(path)) {
    throw new DataError(`${where} is a path that leads out of the archive's folder; the archive is refused`);
  }
}

interface Place {
  readonly method: number;
  readonly sum: number;
  readonly packed: number;
  readonly size: number;
  readonly local: number;
  readonly start: number;
}
async function readEntry(bytes: Uint8Array, where: string, place: Place): Promise<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(place.local, true) !== LOCAL) throw new DataError(`${where}: its header is damaged`);
  const first = place.local + 30 + view.getUint16(place.local + 26, true) + view.getUint16(place.local + 28, true);
  if (first + place.packed > place.start) throw new DataError(`${where} is cut off`);
  const packed = bytes.subarray(first, first + place.packed);
  const out = place.method === 0 ? packed : await inflateRaw(packed, place.size, where);
  if (out.length !== place.size || crc32(out) !== place.sum) {
    throw new DataError(`${where} is damaged: size or checksum differ from the archive's directory`);
  }
  return out;
}
