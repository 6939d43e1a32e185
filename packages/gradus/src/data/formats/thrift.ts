/** Types of Thrift's compact protocol that Parquet uses. Source: apache/thrift, thrift-compact-protocol.md. */
const STOP = 0, TRUE = 1, FALSE = 2, BYTE = 3, SMALLEST_VARINT = 4, LARGEST_VARINT = 6, DOUBLE = 7, BINARY = 8,
  LIST = 9, STRUCT = 12;

/**
 * Walks one struct of Thrift's compact protocol from `start` and calls `fail` where a list claims more entries than
 * there are bytes: readers make room for all of them at once. Whatever else is wrong is left to the reader.
 */
export function checkLists(bytes: Uint8Array, start: number, fail: (what: string) => never): void {
  let at = start, ended = false;
  const byte = (): number => {
    if (at < bytes.length) return bytes[at++];
    ended = true;
    return STOP;
  };
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const next = byte();
      value |= (next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
  };
  const skip = (type: number): void => {
    if (type === TRUE || type === FALSE) return;
    if (type === BYTE) at += 1;
    else if (type >= SMALLEST_VARINT && type <= LARGEST_VARINT) varint();
    else if (type === DOUBLE) at += 8;
    else if (type === BINARY) {
      const length = varint();
      at += Math.max(0, length);
    }
    else if (type === LIST) list();
    else if (type === STRUCT) struct();
    else ended = true;
  };
  const list = (): void => {
    const head = byte(), of = head & 0x0f;
    const size = head >> 4 === 15 ? varint() : head >> 4;
    if (size < 0 || size > bytes.length - at) fail(`a list of ${size} entries in ${bytes.length - at} bytes`);
    for (let i = 0; i < size && !ended; i++) skip(of === TRUE || of === FALSE ? BYTE : of);
  };
  const struct = (): void => {
    while (!ended) {
      const head = byte();
      if ((head & 0x0f) === STOP) return;
      if (head >> 4 === 0) varint();
      skip(head & 0x0f);
    }
  };
  struct();
}
