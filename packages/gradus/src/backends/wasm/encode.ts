import { OPCODES, type Code, type Instruction, type ValueType } from "./opcodes.ts";

const VALUE_TYPES: { readonly [K in ValueType]: number } = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };
/** The block type of a block that leaves nothing on the stack. */
const NO_RESULT = 0x40;

const floats = new DataView(new ArrayBuffer(8));

/** Bytes at the start: V8 keeps arrays of up to 64 bytes on its own heap, where they are cheap. */
const FIRST_BYTES = 64;

/** Bytes that grow. */
export class ByteWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }
  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }
  /** LEB128, unsigned. */
  unsigned(value: number): void {
    let rest = value >>> 0;
    for (; rest >= 0x80; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }
  /** LEB128, signed, of 32 bits. */
  signed(value: number): void {
    let rest = value | 0;
    for (; rest < -64 || rest > 63; rest >>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest & 0x7f);
  }
  float32(value: number): void {
    floats.setFloat32(0, value, true);
    for (let i = 0; i < 4; i++) this.byte(floats.getUint8(i));
  }
  float64(value: number): void {
    floats.setFloat64(0, value, true);
    for (let i = 0; i < 8; i++) this.byte(floats.getUint8(i));
  }
  /** A name of ASCII characters, with its length. */
  text(value: string): void {
    this.unsigned(value.length);
    for (let i = 0; i < value.length; i++) this.byte(value.charCodeAt(i));
  }
  append(other: ByteWriter): void {
    this.#reserve(other.#length);
    this.#bytes.set(other.#bytes.subarray(0, other.#length), this.#length);
    this.#length += other.#length;
  }
  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(4 * this.#bytes.length, this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** The body of a function, as bytes. */
export class BinaryCode implements Code {
  readonly bytes = new ByteWriter();

  op(name: Instruction, ...immediates: readonly number[]): void {
    const code = OPCODES[name];
    if (code < 0x100) this.bytes.byte(code);
    else {
      this.bytes.byte(code >> 12);
      this.bytes.unsigned(code & 0xfff);
    }
    for (const value of immediates) this.bytes.unsigned(value);
  }
  local(name: "local.get" | "local.set" | "local.tee", local: number): void {
    this.bytes.byte(OPCODES[name]);
    this.bytes.unsigned(local);
  }
  memory(name: Instruction, offset: number, lane?: number): void {
    this.op(name);
    // The alignment is a hint that engines ignore; 2^0 is always true.
    this.bytes.byte(0);
    this.bytes.unsigned(offset);
    if (lane !== undefined) this.bytes.byte(lane);
  }
  constant(type: "i32" | "f32" | "f64", value: number): void {
    this.bytes.byte(OPCODES[`${type}.const`]);
    if (type === "i32") this.bytes.signed(value);
    else if (type === "f32") this.bytes.float32(value);
    else this.bytes.float64(value);
  }
  v128(lanes: Int32Array): void {
    this.op("v128.const");
    for (const lane of lanes) for (let shift = 0; shift < 32; shift += 8) this.bytes.byte((lane >>> shift) & 0xff);
  }
  open(name: "block" | "loop" | "if", result?: ValueType): void {
    this.bytes.byte(OPCODES[name]);
    this.bytes.byte(result === undefined ? NO_RESULT : VALUE_TYPES[result]);
  }
  otherwise(): void {
    this.bytes.byte(OPCODES.else);
  }
  close(): void {
    this.bytes.byte(OPCODES.end);
  }
  comment(): void {}
  fork(): BinaryCode {
    return new BinaryCode();
  }
  append(code: BinaryCode): void {
    this.bytes.append(code.bytes);
  }
}

/** A function of the module: (args, begin, end, t) and what it holds beyond them. */
export interface FunctionBytes {
  readonly name: string;
  /** Types of the locals after the four parameters. */
  readonly locals: readonly ValueType[];
  readonly body: BinaryCode;
}

/** Section numbers of the binary format. */
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
/** Parameters of every kernel: args, begin, end, t. */
export const PARAMETERS = 4;
/** 4 GiB: any memory fits under this maximum. */
const MAXIMUM_PAGES = 65536;

/** A module that imports `env.memory` and exports each function under its name. */
export function encodeModule(functions: readonly FunctionBytes[], shared: boolean): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.byte(byte);
  const section = (id: number, write: (content: ByteWriter) => void): void => {
    const content = new ByteWriter();
    write(content);
    out.byte(id);
    out.unsigned(content.length);
    out.append(content);
  };
  section(SECTION.type, content => {
    content.unsigned(1);
    content.byte(0x60);
    content.unsigned(PARAMETERS);
    for (let i = 0; i < PARAMETERS; i++) content.byte(VALUE_TYPES.i32);
    content.unsigned(0);
  });
  section(SECTION.import, content => {
    content.unsigned(1);
    content.text("env");
    content.text("memory");
    content.byte(2);
    content.byte(shared ? 3 : 0);
    content.unsigned(1);
    if (shared) content.unsigned(MAXIMUM_PAGES);
  });
  section(SECTION.function, content => {
    content.unsigned(functions.length);
    for (let i = 0; i < functions.length; i++) content.unsigned(0);
  });
  section(SECTION.export, content => {
    content.unsigned(functions.length);
    functions.forEach((f, i) => {
      content.text(f.name);
      content.byte(0);
      content.unsigned(i);
    });
  });
  section(SECTION.code, content => {
    content.unsigned(functions.length);
    for (const f of functions) {
      const code = new ByteWriter();
      writeLocals(code, f.locals);
      code.append(f.body.bytes);
      code.byte(OPCODES.end);
      content.unsigned(code.length);
      content.append(code);
    }
  });
  return out.finish();
}

/** Locals are declared as runs of equal types. */
function writeLocals(out: ByteWriter, locals: readonly ValueType[]): void {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = runs[runs.length - 1];
    if (last !== undefined && last.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  out.unsigned(runs.length);
  for (const run of runs) {
    out.unsigned(run.count);
    out.byte(VALUE_TYPES[run.type]);
  }
}
