import { DataError } from "../vocab/errors.ts";

/** Whether bytes begin as a gzip file does (RFC 1952). */
export const isGzip = (bytes: Uint8Array): boolean => bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * Decompresses gzip in the browser and in Node. Refuses to grow beyond `limit` bytes (default 1 GiB): a small file can
 * claim to hold a great deal.
 */
export async function gunzip(
  bytes: Uint8Array, options: { readonly name?: string; readonly limit?: number } = {},
): Promise<Uint8Array> {
  const { name = "gzip data", limit = 2 ** 30 } = options;
  const reader = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const pieces: Uint8Array[] = [];
  let total = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(value);
      total += value.length;
      if (total > limit) break;
    }
  } catch (cause) {
    throw new DataError(`${name} is damaged or cut off: gzip could not be decompressed after ${total} bytes; ` +
      "fetch it again", { cause });
  }
  if (total > limit) {
    await reader.cancel();
    throw new DataError(`${name} decompresses to more than ${limit} bytes, which is refused`);
  }
  const out = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
