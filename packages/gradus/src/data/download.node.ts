import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../vocab/errors.ts";
import type { RemoteFile } from "./catalog.ts";

export interface DownloadProgress {
  readonly file: RemoteFile;
  readonly received: number;
}

const sizeOnDisk = async (path: string): Promise<number> => (await stat(path).catch(() => null))?.size ?? -1;

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return hash.digest("hex");
}

/** Sums of files whose entry has none, taken at their first fetch. */
const PINS = "checksums.json";
export interface Pin {
  readonly bytes: number;
  readonly sha256: string;
}
type Pins = Record<string, Pin>;

async function pinsOf(folder: string): Promise<Pins> {
  const text = await readFile(join(folder, PINS), "utf8").catch(() => null);
  if (text === null) return {};
  try {
    const read = Object.entries(JSON.parse(text) as Pins);
    if (read.every(([, pin]) => Number.isInteger(pin.bytes) && /^[\da-f]{64}$/.test(pin.sha256))) {
      return Object.fromEntries(read);
    }
  } catch {
    // Falls through: what cannot be read is not what was written.
  }
  throw new DataError(`${join(folder, PINS)} is damaged; delete it to pin the files of this folder anew`);
}
/** Size and checksum of a file: those of its entry, or those pinned when it was first fetched, or null. */
export async function pinOf(file: RemoteFile, folder: string): Promise<Pin | null> {
  if (file.bytes !== null && file.sha256 !== null) return { bytes: file.bytes, sha256: file.sha256 };
  const pins = await pinsOf(folder);
  return Object.hasOwn(pins, file.name) ? pins[file.name] : null;
}
async function pin(file: RemoteFile, folder: string, path: string, sha256: string): Promise<void> {
  const pins = { ...await pinsOf(folder), [file.name]: { bytes: await sizeOnDisk(path), sha256 } };
  const temporary = join(folder, `${PINS}.part`);
  await writeFile(temporary, `${JSON.stringify(pins, null, 2)}\n`);
  await rename(temporary, join(folder, PINS));
}

/**
 * Fetches a file into a folder and returns its path. What arrives goes to `<name>.part`; a fetch that was cut off goes
 * on there; only a file with the right size and SHA-256 gets its name. A file whose entry has no checksum is pinned:
 * its own are written to `checksums.json` of the folder, and later fetches must match. Throws a DataError that says
 * what to do.
 */
export async function download(
  file: RemoteFile, folder: string, onProgress: (progress: DownloadProgress) => void = () => {},
): Promise<string> {
  const target = join(folder, file.name), part = `${target}.part`;
  const wanted = await pinOf(file, folder);
  if (wanted !== null && await sizeOnDisk(target) === wanted.bytes && await sha256Of(target) === wanted.sha256) {
    return target;
  }
  await mkdir(folder, { recursive: true });
  // Without a size nobody can tell whether a part is whole: it is fetched from the start.
  let have = wanted === null ? 0 : Math.max(0, await sizeOnDisk(part));
  if (wanted !== null && have > wanted.bytes) {
    await rm(part);
    have = 0;
  }
  if (wanted === null || have < wanted.bytes) await fetchInto(part, have, file, wanted?.bytes ?? null, onProgress);
  const sum = await sha256Of(part);
  if (wanted === null) await pin(file, folder, part, sum);
  else if (sum !== wanted.sha256) {
    await rm(part);
    throw new DataError(`${file.name} from ${file.url} has SHA-256 ${sum.slice(0, 12)}... where ` +
      `${wanted.sha256.slice(0, 12)}... was expected; it was discarded, try again or place the file in ${folder} ` +
        `yourself`);
  }
  await rename(part, target);
  return target;
}
/** Bytes that a file without a known size may have. */
const MOST_BYTES = 2 ** 32;

async function fetchInto(
  part: string, have: number, file: RemoteFile, bytes: number | null,
  onProgress: (progress: DownloadProgress) => void,
): Promise<void> {
  const most = bytes ?? MOST_BYTES;
  const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
  let response: Response;
  try {
    response = await fetch(file.url, { headers });
  } catch (cause) {
    throw new DataError(`${file.url} could not be reached (${reason(cause)}); check the network and try ` +
      `again`, { cause });
  }
  if (!response.ok || response.body === null) {
    throw new DataError(`${file.url} answered ${response.status} ${response.statusText}; try again later`);
  }
  const length = response.headers.get("content-encoding") === null ? response.headers.get("content-length") : null;
  const announced = length === null ? null : Number(length);
  const of = bytes === null ? "" : ` of ${bytes}`;
  // 206: the server goes on where we stopped. 200: it starts again, and so do we.
  let received = response.status === 206 ? have : 0;
  const handle = await open(part, received > 0 ? "a" : "w");
  try {
    for await (const piece of response.body) {
      received += piece.length;
      if (received > most) {
        throw new DataError(`${file.url} sends more than the ${most} bytes expected; nothing of it is used`);
      }
      await handle.writeFile(piece);
      onProgress({ file, received });
    }
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`the connection to ${file.url} broke after ${received}${of} bytes; ` +
      (bytes === null ? "try again" : "the same command goes on from there"), { cause });
  } finally {
    await handle.close();
  }
  // Where the entry has no size, the server's own word tells an end from a break.
  const whole = bytes ?? announced;
  if (whole !== null && received !== whole) {
    throw new DataError(`${file.url} ended after ${received} of ${whole} bytes; ` +
      (bytes === null ? "try again" : "the same command goes on from there"));
  }
}
function reason(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message : String(inner);
}
