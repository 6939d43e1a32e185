import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
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

/**
 * Fetches a file into a folder and returns its path. What arrives goes to `<name>.part`; a fetch that was cut off
 * goes on
 * there; only a file with the right size and SHA-256 gets its name. Throws a DataError that says what to do.
 */
export async function download(
  file: RemoteFile, folder: string, onProgress: (progress: DownloadProgress) => void = () => {},
): Promise<string> {
  const target = join(folder, file.name), part = `${target}.part`;
  if (await sizeOnDisk(target) === file.bytes && await sha256Of(target) === file.sha256) return target;
  await mkdir(folder, { recursive: true });
  let have = Math.max(0, await sizeOnDisk(part));
  if (have > file.bytes) {
    await rm(part);
    have = 0;
  }
  if (have < file.bytes) await fetchInto(part, have, file, onProgress);
  const sum = await sha256Of(part);
  if (sum !== file.sha256) {
    await rm(part);
    throw new DataError(`${file.name} from ${file.url} has SHA-256 ${sum.slice(0, 12)}... where ` +
      `${file.sha256.slice(0, 12)}... was expected; it was discarded, try again or place the file in ${folder} ` +
        `yourself`);
  }
  await rename(part, target);
  return target;
}

async function fetchInto(
  part: string, have: number, file: RemoteFile, onProgress: (progress: DownloadProgress) => void,
): Promise<void> {
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
  // 206: the server goes on where we stopped. 200: it starts again, and so do we.
  let received = response.status === 206 ? have : 0;
  const handle = await open(part, received > 0 ? "a" : "w");
  try {
    for await (const piece of response.body) {
      received += piece.length;
      if (received > file.bytes) {
        throw new DataError(`${file.url} sends more than the ${file.bytes} bytes expected; nothing of it is used`);
      }
      await handle.writeFile(piece);
      onProgress({ file, received });
    }
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`the connection to ${file.url} broke after ${received} of ${file.bytes} bytes; ` +
      "the same command goes on from there", { cause });
  } finally {
    await handle.close();
  }
  if (received !== file.bytes) {
    throw new DataError(`${file.url} ended after ${received} of ${file.bytes} bytes; the same command goes on from ` +
      `there`);
  }
}
function reason(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message : String(inner);
}
