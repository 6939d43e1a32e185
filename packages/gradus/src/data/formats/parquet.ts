import type { Compressors } from "hyparquet";
import { DataError } from "../../vocab/errors.ts";
import { checkPages } from "./parquet-pages.ts";
import { checkLists } from "./thrift.ts";

/** A row by column name: numbers, bigint, texts, booleans, dates, bytes, lists and objects of them. */
export type ParquetRow = Readonly<Record<string, unknown>>;
export interface ParquetOptions {
  readonly name?: string;
  /** Columns to read (default: all). */
  readonly columns?: readonly string[];
  readonly firstRow?: number;
  readonly endRow?: number;
  /** Decompressed bytes that a file may declare (default 2 GiB). */
  readonly limit?: number;
}

const MAGIC = "PAR1";
/** Decompressed over compressed size of a page; columns of one repeated value reach far more than texts. */
const RATIO = 20_000;

/**
 * Reads the rows of a Parquet file (plain, Snappy or gzip). Byte arrays that the schema does not call text stay bytes,
 * such as pictures. Throws a DataError when the file is damaged, cut off, or declares more than `limit` bytes.
 */
export async function readParquet(bytes: Uint8Array, options: ParquetOptions = {}): Promise<ParquetRow[]> {
  const { name = "Parquet file", columns, firstRow = 0, endRow, limit = 2 ** 31 } = options;
  const tail = String.fromCharCode(...bytes.subarray(-4));
  if (bytes.length < 12 || tail !== MAGIC || String.fromCharCode(...bytes.subarray(0, 4)) !== MAGIC) {
    throw new DataError(`${name} is not a Parquet file, or it is cut off`);
  }
  const { parquetMetadata, parquetReadObjects, snappyUncompress } = await import("hyparquet");
  const { parquetHeader } = await import("hyparquet/src/column.js");
  const { deltaBinaryUnpack: unpackDifferences } = await import("hyparquet/src/delta.js");
  const { readRleBitPackedHybrid: unpackRuns } = await import("hyparquet/src/encoding.js");
  const { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } = await import("hyparquet/src/schema.js");
  const { gunzipSync } = await import("fflate");
  const room = (packed: Uint8Array, length: number): number => {
    if (length >= 0 && length <= Math.min(limit, 1024 + packed.length * RATIO)) return length;
    throw new DataError(`${name}: a page of ${packed.length} bytes claims to hold ${length}, which is refused`);
  };
  const compressors: Compressors = {
    GZIP: (packed, length) => gunzipSync(packed, { out: new Uint8Array(room(packed, length)) }),
    SNAPPY: (packed, length) => {
      const out = new Uint8Array(room(packed, length));
      snappyUncompress(packed, out);
      return out;
    },
  };
  let failed = false;
  try {
    const buffer = bytes.slice().buffer;
    const fail = (what: string): never => { throw new DataError(`${name} is damaged: it has ${what}`); };
    // The description of the file stands at its end, before its length and the mark.
    const described = bytes.length - 8 - new DataView(buffer).getUint32(bytes.length - 8, true);
    checkLists(bytes, described < 4 ? fail("a description that is longer than the file") : described, fail);
    // Its search for columns of maps goes round in circles where a count of children is negative.
    const metadata = parquetMetadata(buffer, { geoparquet: false });
    const children = metadata.schema.map(({ num_children: count = 0 }) => count);
    if (children.some((count) => count < 0) || children.reduce((sum, n) => sum + n, 1) !== metadata.schema.length) {
      throw new DataError(`${name} is damaged: the counts of children in its schema do not fit`);
    }
    const size = metadata.row_groups.reduce((sum, { total_byte_size: n }) => sum + Number(n), 0);
    const rows = Number(metadata.num_rows);
    const declared = metadata.row_groups.reduce((sum, { num_rows: n }) => sum + Number(n), 0);
    if (!(size >= 0 && size <= Math.min(limit, bytes.length * RATIO) && rows === declared && rows >= 0 &&
      rows <= limit)) {
      throw new DataError(`${name} declares ${rows} rows of ${size} bytes, which a file of ${bytes.length} bytes ` +
        "cannot hold or which is more than is read");
    }
    const known = metadata.schema.slice(1).map((column) => column.name);
    const missing = columns?.find((column) => !known.includes(column));
    if (missing !== undefined) throw new DataError(`${name} has no column "${missing}", only ${known.join(", ")}`);
    checkPages(bytes, metadata, {
      parquetHeader, compressors, unpackDifferences, unpackRuns,
      levelsOf: (path) => {
        const nodes = getSchemaPath(metadata.schema, [...path]);
        return [getMaxRepetitionLevel(nodes), getMaxDefinitionLevel(nodes)];
      },
      fail,
    });
    // Columns are read side by side, and a fault found while they are planned would leave those already begun with
    // errors that nobody waits for. Bytes come a turn later, when the plan is made, and never if it failed.
    const planned = new Promise((resolve) => { setTimeout(resolve, 0); });
    const file = {
      byteLength: bytes.length,
      slice: async (start: number, end?: number): Promise<ArrayBuffer> => {
        await planned;
        return failed ? await new Promise<never>(() => {}) : buffer.slice(start, end);
      },
    };
    return await parquetReadObjects({
      file, metadata, utf8: false, rowStart: firstRow, rowEnd: Math.min(endRow ?? rows, rows),
      ...(columns === undefined ? {} : { columns: [...columns] }),
      compressors,
    });
  } catch (cause) {
    failed = true;
    if (cause instanceof DataError) throw cause;
    throw new DataError(`${name} is damaged or of a kind that is not read: ${String((cause as Error).message)}`,
      { cause });
  }
}
