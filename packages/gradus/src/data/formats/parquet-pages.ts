import type { CompressionCodec, Compressors, FileMetaData, PageHeader } from "hyparquet";
import { checkLists } from "./thrift.ts";

interface PageReader {
  readonly view: DataView;
  offset: number;
}
/** What is needed to look at pages: parts of the reader itself, so that both see the same. */
export interface PageTools {
  readonly parquetHeader: (reader: { view: DataView; offset: number }) => PageHeader;
  /** The largest repetition and definition level of a column. */
  readonly levelsOf: (path: readonly string[]) => readonly [repetition: number, definition: number];
  readonly compressors: Compressors;
  readonly unpackRuns: (reader: PageReader, width: number, output: Uint8Array, length: number) => void;
  readonly unpackDifferences: (reader: PageReader, count: number, output: Int32Array) => void;
  readonly fail: (what: string) => never;
}

const bitsOf = (level: number): number => 32 - Math.clz32(level);

/** A number of seven bits a byte, and where it ends. */
function varint(page: Uint8Array, start: number): [value: number, end: number] {
  let value = 0, at = start, more = true;
  for (let shift = 0; more && at < page.length; shift += 7) {
    value |= (page[at] & 0x7f) << shift;
    more = page[at++] >= 0x80;
  }
  return [value, at];
}
/**
 * Walks the runs of the hybrid of run lengths and packed bits, as the reader does, which believes any length and would
 * write it out. Throws where a run is longer than the page has values.
 * Source: apache/parquet-format, Encodings.md.
 */
function checkRuns(page: Uint8Array, start: number, width: number, values: number, fail: PageTools["fail"]): void {
  let at = start, seen = 0;
  while (seen < values && at < page.length) {
    let header: number;
    [header, at] = varint(page, at);
    const packed = (header & 1) === 1, count = packed ? header >> 1 << 3 : header >>> 1;
    // Packed values come by eights, some writers fill more than the last eight.
    if (count < 0 || count > values + (packed ? 1024 : 0)) fail(`a run of ${count} in a page of ${values} values`);
    at += packed ? Math.max(1, (count / 8) * width) : (width + 7) >> 3;
    seen += count;
  }
}

/** How many of a page's values are not null: those whose definition level is the largest. */
function countPresent(
  page: Uint8Array, start: number, length: number, level: number, values: number, tools: PageTools,
): number {
  const levels = new Uint8Array(values);
  const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: start };
  tools.unpackRuns(reader, bitsOf(level), levels, length);
  return levels.reduce((sum, n) => sum + (n === level ? 1 : 0), 0);
}
/** A text may share this many bytes with the one before it, for each byte of its page. */
const SHARED_PER_BYTE = 1000, MOST_SHARED = 2 ** 20;
/**
 * Looks at texts that are written as what they share with the one before, and what they add. Throws where one shares
 * more than there is, or where all of them together would be far larger than their page.
 */
function checkShared(page: Uint8Array, start: number, count: number, tools: PageTools): void {
  const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: start };
  const shared = new Int32Array(count), added = new Int32Array(count);
  for (const lengths of [shared, added]) {
    // The second block of lengths begins where the first ends: its count of widths is checked here.
    const [widths] = varint(page, varint(page, reader.offset)[1]);
    if (widths < 0 || widths > page.length) tools.fail(`a block of ${widths} widths in a page of ${page.length} bytes`);
    tools.unpackDifferences(reader, count, lengths);
  }
  let before = 0, total = 0;
  for (let i = 0; i < count; i++) {
    if (shared[i] < 0 || shared[i] > before) tools.fail(`a text that shares ${shared[i]} bytes of ${before}`);
    if (added[i] < 0 || added[i] > page.length) tools.fail(`a text of ${added[i]} bytes in a page of ${page.length}`);
    total += before = shared[i] + added[i];
    if (total > MOST_SHARED + SHARED_PER_BYTE * page.length) tools.fail(`${total} bytes of texts in ${page.length}`);
  }
}

/** Values of a page: as many as rows where there are no lists. These are what a page holds at most. */
const MOST_FLAT = 2 ** 20, MOST_NESTED = 2 ** 17;
/** And so many more for each byte: a repeated value takes next to none. */
const FLAT_PER_BYTE = 20_000, NESTED_PER_BYTE = 2500;

interface ColumnKind {
  readonly rows: number;
  readonly codec: CompressionCodec;
  readonly isBoolean: boolean;
  readonly levels: readonly number[];
}
function checkPage(
  header: PageHeader, bytes: Uint8Array, { rows, codec, isBoolean, levels }: ColumnKind, tools: PageTools,
): void {
  const { fail, compressors } = tools;
  const one = header.data_page_header, two = header.data_page_header_v2;
  const values = one?.num_values ?? two?.num_values ?? header.dictionary_page_header?.num_values ?? 0;
  const most = levels[0] > 0 ? MOST_NESTED + NESTED_PER_BYTE * bytes.length
    : Math.min(rows, MOST_FLAT + FLAT_PER_BYTE * bytes.length);
  if (values < 0 || values > most) fail(`a page of ${bytes.length} bytes that claims ${values} values`);
  if (one === undefined && two === undefined) return;
  const open = (packed: Uint8Array, size: number): Uint8Array =>
    (codec === "UNCOMPRESSED" ? packed : compressors[codec]?.(packed, size) ?? fail(`no reader for ${codec}`));
  const lengthAt = (page: Uint8Array, at: number): number => {
    if (at + 4 > page.length) return fail("a page that is cut off");
    return new DataView(page.buffer, page.byteOffset).getUint32(at, true);
  };
  let page: Uint8Array, at = 0, present = values;
  if (one !== undefined) {
    page = open(bytes, header.uncompressed_page_size);
    for (const level of levels.filter((n) => n > 0)) {
      const length = lengthAt(page, at);
      checkRuns(page, at + 4, bitsOf(level), values, fail);
      if (level === levels[1]) present = countPresent(page, at + 4, length, level, values, tools);
      at += 4 + length;
    }
  } else {
    const lengths = [two!.repetition_levels_byte_length, two!.definition_levels_byte_length];
    const [repetition, definition] = lengths;
    if (repetition < 0 || definition < 0 || repetition + definition > bytes.length) fail("levels beyond their page");
    [0, repetition].forEach((start, i) => {
      if (levels[i] > 0) checkRuns(bytes, start, bitsOf(levels[i]), values, fail);
    });
    present = values - two!.num_nulls;
    if (!(present >= 0 && present <= values)) fail(`${two!.num_nulls} nulls among ${values} values`);
    const rest = bytes.subarray(repetition + definition);
    page = two!.is_compressed === false ? rest : open(rest, header.uncompressed_page_size - repetition - definition);
  }
  const encoding = (one ?? two!).encoding;
  // Differences say how many widths each of their blocks begins with.
  if (encoding?.startsWith("DELTA_")) {
    const [widths] = varint(page, varint(page, at)[1]);
    if (widths < 0 || widths > page.length) fail(`a block of ${widths} widths in a page of ${page.length} bytes`);
  }
  if (encoding === "DELTA_BYTE_ARRAY") checkShared(page, at, present, tools);
  // Truth values stand behind their length, places in a dictionary behind their width.
  if (encoding === "RLE" && (isBoolean || one === undefined)) checkRuns(page, at + 4, 1, values, fail);
  else if (["RLE", "PLAIN_DICTIONARY", "RLE_DICTIONARY"].includes(encoding) && at < page.length) {
    checkRuns(page, at + 1, page[at], values, fail);
  }
}

/**
 * Looks at every page of a file before it is read: sizes, counts of values, lengths of runs. Throws what `fail` throws
 * where one claims more than it could hold.
 */
export function checkPages(file: Uint8Array, metadata: FileMetaData, tools: PageTools): void {
  const columns = metadata.row_groups.flatMap((group) =>
    group.columns.map(({ meta_data: column }) => ({ column, rows: Number(group.num_rows) })));
  for (const { column, rows } of columns) {
    if (column === undefined) continue;
    const begin = Number(column.dictionary_page_offset ?? 0n) || Number(column.data_page_offset);
    const end = begin + Number(column.total_compressed_size);
    if (!(begin >= 0 && begin <= end && end <= file.length)) tools.fail("a column beyond the file");
    const reader = { view: new DataView(file.buffer, file.byteOffset + begin, end - begin), offset: 0 };
    const kind = {
      rows, codec: column.codec, isBoolean: column.type === "BOOLEAN", levels: tools.levelsOf(column.path_in_schema),
    };
    while (reader.offset < end - begin - 1) {
      checkLists(file.subarray(0, end), begin + reader.offset, tools.fail);
      const header = tools.parquetHeader(reader), from = begin + reader.offset;
      const size = header.compressed_page_size;
      if (!(size >= 0 && from + size <= end)) tools.fail("a page beyond its column");
      checkPage(header, file.subarray(from, from + size), kind, tools);
      reader.offset += size;
    }
  }
}
