/**
 * TensorBoard's event files: records of a length, a checksum of it, an `Event` message and a checksum of that. Written
 * after tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto and
 * tensorflow/core/lib/io/record_writer.cc. Everything is little-endian.
 */

/** Remainders of the Castagnoli polynomial, bits reversed: 0x82f63b78. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});
/** CRC-32C of bytes. Castagnoli, Bräuer, Herrmann 1993; RFC 3720, appendix B.4. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
/** A checksum that may itself stand among checksummed bytes: rotated right by 15 bits, plus a constant. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
/** A message framed as a record. */
export function record(message: Uint8Array): Uint8Array {
  const length = join([word(message.length), word(0)]);
  return join([length, word(masked(crc32c(length))), message, word(masked(crc32c(message)))]);
}

// Fields of protocol buffers: a tag of number and wire type, then the value.
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.from([...bytes, rest]);
}
const integerField = (field: number, value: number): Uint8Array => join([varint(field * 8), varint(value)]);
const bytesField = (field: number, bytes: Uint8Array): Uint8Array =>
  join([varint(field * 8 + 2), varint(bytes.length), bytes]);
const textField = (field: number, text: string): Uint8Array => bytesField(field, new TextEncoder().encode(text));
function doubles(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => view.setFloat64(8 * i, value, true));
  return new Uint8Array(view.buffer);
}
/** What is zero is left out, as protocol buffers do. */
const doubleField = (field: number, value: number): Uint8Array =>
  (Object.is(value, 0) ? new Uint8Array() : join([varint(field * 8 + 1), doubles([value])]));
function floatField(field: number, value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return join([varint(field * 8 + 5), new Uint8Array(view.buffer)]);
}

/** An event at a time in seconds since 1970 and a step, with the field that says what happened. */
const event = (time: number, step: number, what: Uint8Array): Uint8Array =>
  record(join([doubleField(1, time), ...(step === 0 ? [] : [integerField(2, step)]), what]));
const summary = (tag: string, value: Uint8Array): Uint8Array =>
  bytesField(5, bytesField(1, join([textField(1, tag), value])));

/** The event that a file begins with. */
export const versionEvent = (time: number): Uint8Array => event(time, 0, textField(3, "brain.Event:2"));
/** Says that a run goes on with a step: what an earlier file holds of this step and later ones does not count. */
export const startEvent = (time: number, step: number): Uint8Array =>
  event(time, step, bytesField(7, integerField(1, 1)));
/** One number under a name. */
export const scalarEvent = (time: number, step: number, tag: string, value: number): Uint8Array =>
  event(time, step, summary(tag, floatField(2, value)));
/** How many of the values lie in each of `buckets` ranges of equal width; values that are not finite are left out. */
export function histogramEvent(
  time: number, step: number, tag: string, values: ArrayLike<number>, buckets = 30,
): Uint8Array {
  let low = Infinity, high = -Infinity, count = 0, total = 0, squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
    count++;
    total += value;
    squares += value * value;
  }
  if (count === 0) [low, high] = [0, 0];
  const width = (high - low) / buckets;
  const counts = new Array<number>(buckets).fill(0);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    counts[width === 0 ? 0 : Math.min(buckets - 1, Math.floor((values[i] - low) / width))]++;
  }
  const limits = counts.map((_, i) => (i === buckets - 1 ? high : low + (i + 1) * width));
  return event(time, step, summary(tag, bytesField(5, join([
    doubleField(1, low), doubleField(2, high), doubleField(3, count), doubleField(4, total), doubleField(5, squares),
    bytesField(6, doubles(limits)), bytesField(7, doubles(counts)),
  ]))));
}
