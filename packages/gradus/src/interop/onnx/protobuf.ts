/** Kinds of fields on the wire that ONNX needs. */
const VARINT = 0, BYTES = 2, FIXED32 = 5;

/**
 * A message of protocol buffers, written field by field. Pieces are joined once, at the end, so that large tensors are
 * not copied from level to level. Source: protobuf.dev/programming-guides/encoding.
 */
export class Message {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }
  /** A whole number; a negative one as its two's complement of 64 bits. */
  int(field: number, value: number | bigint): this {
    return this.#key(field, VARINT).#add(varint(BigInt.asUintN(64, BigInt(value))));
  }
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#key(field, FIXED32).#add(bytes);
  }
  bytes(field: number, value: Uint8Array): this {
    return this.#key(field, BYTES).#add(varint(BigInt(value.length))).#add(value);
  }
  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }
  message(field: number, value: Message): this {
    this.#key(field, BYTES).#add(varint(BigInt(value.length)));
    for (const piece of value.#pieces) this.#add(piece);
    return this;
  }
  toBytes(): Uint8Array {
    const out = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      out.set(piece, at);
      at += piece.length;
    }
    return out;
  }
  #key(field: number, kind: number): this {
    return this.#add(varint(BigInt((field << 3) | kind)));
  }
  #add(piece: Uint8Array): this {
    this.#pieces.push(piece);
    this.#length += piece.length;
    return this;
  }
}

/** Seven bits a byte, lowest first; the eighth says that more follow. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
