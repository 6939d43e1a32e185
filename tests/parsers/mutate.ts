import type { RandomStream } from "../../packages/gradus/src/vocab/random.ts";

/** Numbers that lengths, offsets and counts are most often wrong with. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
/** Pieces of text that readers of text stumble over. */
const WORDS = [
  "[", "]", "{", "}", "(", ")", "\"", "'", "\\", ",", ":", ";", "<", ">", "</", "/>", "&", "&amp", "&#0;",
  "<!DOCTYPE a>", "\0", "\n", "\r\n", "\t", "\ufeff", "\ud800", "-", "-1", "0", "1e999", "-0.0", "NaN", "null",
  "true", "1.5", "99999999999999999999", "\"__proto__\"", "\"constructor\"", "é", "\u{1f600}", "\\ud800", "(a+)+$",
  "[".repeat(100),
].map((word) => new TextEncoder().encode(word));

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
/** A piece of some bytes, mostly a short one. */
function pieceOf(bytes: Uint8Array, random: RandomStream): Uint8Array {
  const from = random.integer(bytes.length + 1);
  return bytes.subarray(from, from + random.integer(random.integer(4) === 0 ? bytes.length + 1 : 16));
}

type Change = (bytes: Uint8Array, other: Uint8Array, random: RandomStream) => Uint8Array;
/** Changes in place. */
const edit = (change: (bytes: Uint8Array, at: number, random: RandomStream) => void): Change => (bytes, _, random) => {
  const out = bytes.slice();
  if (out.length > 0) change(out, random.integer(out.length), random);
  return out;
};
const CHANGES: readonly Change[] = [
  edit((bytes, at, random) => { bytes[at] ^= 1 << random.integer(8); }),
  edit((bytes, at, random) => { bytes[at] = random.integer(256); }),
  edit((bytes, at, random) => { bytes[at] += random.integer(2) === 0 ? 1 : 255; }),
  // A number of 2, 4 or 8 bytes, in either byte order.
  edit((bytes, at, random) => {
    const width = [2, 4, 8][random.integer(3)], value = EDGES[random.integer(EDGES.length)];
    const field = new DataView(new ArrayBuffer(8)), little = random.integer(2) === 0;
    if (width === 2) field.setUint16(0, value, little);
    else if (width === 4) field.setUint32(0, value, little);
    else field.setBigUint64(0, random.integer(4) === 0 ? 2n ** 63n : BigInt(value), little);
    bytes.set(new Uint8Array(field.buffer, 0, Math.min(width, bytes.length - at)), at);
  }),
  (bytes, _, random) => bytes.slice(0, random.integer(bytes.length + 1)),
  (bytes, _, random) => bytes.slice(random.integer(Math.min(bytes.length, 64) + 1)),
  // Something of this file or another goes in between, or over what stands there.
  (bytes, other, random) => {
    const at = random.integer(bytes.length + 1), piece = pieceOf(random.integer(2) === 0 ? bytes : other, random);
    const after = random.integer(2) === 0 ? at : Math.min(bytes.length, at + piece.length);
    return joined(bytes.subarray(0, at), piece, bytes.subarray(after));
  },
  (bytes, _, random) => {
    const at = random.integer(bytes.length + 1);
    return joined(bytes.subarray(0, at), WORDS[random.integer(WORDS.length)], bytes.subarray(at));
  },
  (bytes, _, random) => {
    const at = random.integer(bytes.length + 1);
    return joined(bytes.subarray(0, at), bytes.subarray(at + random.integer(12)));
  },
];
/** No input grows beyond this. */
const LONGEST = 1 << 18;

/** One of some valid files with one to four changes: bits, bytes, numbers, cuts, splices. */
export function mutate(files: readonly Uint8Array[], random: RandomStream): Uint8Array {
  let bytes = files[random.integer(files.length)];
  for (let left = random.integer(4); left >= 0; left--) {
    bytes = CHANGES[random.integer(CHANGES.length)](bytes, files[random.integer(files.length)], random);
  }
  return bytes.subarray(0, LONGEST);
}
