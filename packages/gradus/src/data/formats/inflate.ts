import { DataError } from "../../vocab/errors.ts";

/** Compressed bytes are fed in pieces of this size, so that a limit takes effect early. */
const PIECE = 1 << 14;

/**
 * Decompresses a raw deflate stream. Throws a DataError when it is damaged or grows beyond `limit` bytes: deflate makes
 * up to a thousand bytes of one.
 */
export async function inflateRaw(bytes: Uint8Array, limit: number, name: string): Promise<Uint8Array> {
  const { Inflate } = await import("fflate");
  const pieces: Uint8Array[] = [];
  let total = 0, ended = false;
  const inflate = new Inflate((piece, final) => {
    total += piece.length;
    if (total > limit) throw new DataError(`${name} decompresses to more than ${limit} bytes, which is refused`);
    pieces.push(piece.slice());
    ended ||= final;
  });
  try {
    for (let at = 0; at < bytes.length; at += PIECE) {
      inflate.push(bytes.subarray(at, at + PIECE), at + PIECE >= bytes.length);
    }
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`${name} is damaged or cut off: it could not be decompressed after ${total} bytes`, { cause });
  }
  if (!ended) throw new DataError(`${name} is cut off: its compressed data end after ${total} bytes`);
  const out = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = (c & 1) === 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
/** CRC-32 of ISO 3309, as zip and PNG use it. */
export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = CRC_TABLE[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
