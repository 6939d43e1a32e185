import { gzipSync } from "node:zlib";
import {
  decodePicture, gunzip, openZip, readIdx, readParquet, writeIdx,
} from "../../packages/gradus/src/data/index.ts";
import { crc32 } from "../../packages/gradus/src/data/formats/inflate.ts";
import { writeZip } from "../../packages/gradus/src/interop/zip.ts";
import { encode, filesOf, fixture, unpack, type Encoded } from "./fixtures.ts";
import type { Parser } from "./fuzz.ts";

const data = fixture<{
  readonly png: readonly Encoded[]; readonly jpeg: readonly Encoded[];
  readonly parquet: Readonly<Record<string, string>>;
}>("data-files.json");
const archives = fixture<{ readonly npz: Readonly<Record<string, string>> }>("interop.json").npz;

/** PNG with the checksums of its chunks made right again, so that changes reach what lies behind them. */
function withChecksums(bytes: Uint8Array): Uint8Array {
  const out = bytes.slice(), view = new DataView(out.buffer);
  for (let at = 8; at + 12 <= out.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > out.length) break;
    view.setUint32(end, crc32(out.subarray(at + 4, end)));
    at = end + 4;
  }
  return out;
}

/** Readers of archives, pictures and tables of bytes. */
export async function parsers(): Promise<Readonly<Record<string, Parser>>> {
  const words = encode("hello ".repeat(50));
  const zip = await writeZip(new Map([["a/b.txt", words], ["c", encode("c")]]), { deflate: true });
  return {
    "IDX": {
      files: [writeIdx([2, 2, 2], Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8])), writeIdx([3], Uint8Array.of(0, 1, 2))],
      parse: (bytes) => readIdx(bytes),
    },
    // Deflate makes up to 1032 bytes of one.
    "gzip": {
      files: [new Uint8Array(gzipSync(words))], parse: (bytes) => gunzip(bytes, { limit: 1 << 24 }), growth: 1032,
    },
    "zip": {
      files: [zip, ...Object.values(archives).map(unpack)], parse: async (bytes) => {
        for (const entry of openZip(bytes, "zip", { total: 1 << 20 })) await entry.read();
      },
    },
    "PNG": { files: filesOf(data.png), parse: (bytes) => decodePicture(bytes) },
    "PNG behind its checksums": { files: filesOf(data.png), parse: (bytes) => decodePicture(withChecksums(bytes)) },
    // A bit may be a block of 64 pixels, of four components with coefficients of 32 bits.
    "JPEG": { files: filesOf(data.jpeg), parse: (bytes) => decodePicture(bytes), growth: 8 * 64 * 24 },
    // A page may be a single value, repeated: 20,000 for each byte, with its levels.
    "Parquet": {
      files: Object.values(data.parquet).map(unpack), parse: (bytes) => readParquet(bytes), growth: 60_000,
    },
  };
}
