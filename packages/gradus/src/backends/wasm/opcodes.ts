/**
 * The WebAssembly instructions that kernels use, by the names of the text format. Two-byte instructions are written as
 * prefix * 2^12 + number. Source: WebAssembly core specification 3.0, "Index of instructions".
 */
export const OPCODES = {
  "block": 0x02, "loop": 0x03, "if": 0x04, "else": 0x05, "end": 0x0b, "br": 0x0c, "br_if": 0x0d, "return": 0x0f,
  "drop": 0x1a, "select": 0x1b, "local.get": 0x20, "local.set": 0x21, "local.tee": 0x22,

  "i32.load": 0x28, "f32.load": 0x2a, "f64.load": 0x2b, "i32.load8_s": 0x2c, "i32.load8_u": 0x2d,
  "i32.load16_s": 0x2e, "i32.load16_u": 0x2f,
  "i32.store": 0x36, "f32.store": 0x38, "f64.store": 0x39, "i32.store8": 0x3a, "i32.store16": 0x3b,
  "i32.const": 0x41, "f32.const": 0x43, "f64.const": 0x44,

  "i32.eqz": 0x45, "i32.eq": 0x46, "i32.ne": 0x47, "i32.lt_s": 0x48, "i32.lt_u": 0x49, "i32.gt_s": 0x4a,
  "i32.gt_u": 0x4b, "i32.le_s": 0x4c, "i32.le_u": 0x4d, "i32.ge_s": 0x4e, "i32.ge_u": 0x4f,
  "f32.eq": 0x5b, "f32.ne": 0x5c, "f32.lt": 0x5d, "f32.gt": 0x5e, "f32.le": 0x5f, "f32.ge": 0x60,
  "f64.eq": 0x61, "f64.ne": 0x62, "f64.lt": 0x63, "f64.gt": 0x64, "f64.le": 0x65, "f64.ge": 0x66,

  "i32.add": 0x6a, "i32.sub": 0x6b, "i32.mul": 0x6c, "i32.div_s": 0x6d, "i32.div_u": 0x6e, "i32.rem_s": 0x6f,
  "i32.rem_u": 0x70, "i32.and": 0x71, "i32.or": 0x72, "i32.xor": 0x73, "i32.shl": 0x74, "i32.shr_s": 0x75,
  "i32.shr_u": 0x76, "i64.mul": 0x7e, "i64.shr_u": 0x88, "i64.const": 0x42,
  "f32.abs": 0x8b, "f32.neg": 0x8c, "f32.ceil": 0x8d, "f32.floor": 0x8e, "f32.trunc": 0x8f, "f32.nearest": 0x90,
  "f32.sqrt": 0x91, "f32.add": 0x92, "f32.sub": 0x93, "f32.mul": 0x94, "f32.div": 0x95, "f32.min": 0x96,
  "f32.max": 0x97,
  "f64.abs": 0x99, "f64.neg": 0x9a, "f64.ceil": 0x9b, "f64.floor": 0x9c, "f64.trunc": 0x9d, "f64.nearest": 0x9e,
  "f64.sqrt": 0x9f, "f64.add": 0xa0, "f64.sub": 0xa1, "f64.mul": 0xa2, "f64.div": 0xa3, "f64.min": 0xa4,
  "f64.max": 0xa5,

  "i32.wrap_i64": 0xa7, "i64.extend_i32_u": 0xad, "f32.convert_i32_s": 0xb2, "f32.convert_i32_u": 0xb3,
  "f32.demote_f64": 0xb6, "f64.convert_i32_s": 0xb7, "f64.convert_i32_u": 0xb8, "f64.promote_f32": 0xbb,
  "i32.reinterpret_f32": 0xbc, "f32.reinterpret_i32": 0xbe,
  "i32.trunc_sat_f32_s": 0xfc000, "i32.trunc_sat_f32_u": 0xfc001, "i32.trunc_sat_f64_s": 0xfc002,
  "i32.trunc_sat_f64_u": 0xfc003,

  "v128.load": 0xfd000, "v128.load16x4_u": 0xfd004, "v128.load32_splat": 0xfd009, "v128.store": 0xfd00b,
  "v128.const": 0xfd00c, "i8x16.shuffle": 0xfd00d, "i32x4.splat": 0xfd011, "f32x4.splat": 0xfd013,
  "f64x2.splat": 0xfd014, "i32x4.extract_lane": 0xfd01b, "i32x4.replace_lane": 0xfd01c,
  "f32x4.extract_lane": 0xfd01f, "f32x4.replace_lane": 0xfd020, "f64x2.extract_lane": 0xfd021,
  "i32x4.eq": 0xfd037, "i32x4.ne": 0xfd038, "i32x4.lt_s": 0xfd039, "i32x4.lt_u": 0xfd03a, "i32x4.gt_s": 0xfd03b,
  "i32x4.gt_u": 0xfd03c, "i32x4.le_s": 0xfd03d, "i32x4.le_u": 0xfd03e, "i32x4.ge_s": 0xfd03f, "i32x4.ge_u": 0xfd040,
  "f32x4.eq": 0xfd041, "f32x4.ne": 0xfd042, "f32x4.lt": 0xfd043, "f32x4.gt": 0xfd044, "f32x4.le": 0xfd045,
  "f32x4.ge": 0xfd046,
  "v128.not": 0xfd04d, "v128.and": 0xfd04e, "v128.or": 0xfd050, "v128.xor": 0xfd051, "v128.bitselect": 0xfd052,
  "v128.any_true": 0xfd053, "v128.load8_lane": 0xfd054, "v128.load16_lane": 0xfd055, "v128.load32_lane": 0xfd056,
  "v128.store8_lane": 0xfd058, "v128.store16_lane": 0xfd059, "v128.store32_lane": 0xfd05a,
  "v128.store64_lane": 0xfd05b, "v128.load32_zero": 0xfd05c,
  "f32x4.ceil": 0xfd067, "f32x4.floor": 0xfd068, "f32x4.trunc": 0xfd069, "f32x4.nearest": 0xfd06a,
  "i16x8.narrow_i32x4_u": 0xfd086, "i16x8.extend_low_i8x16_s": 0xfd087, "i16x8.extend_low_i8x16_u": 0xfd089,
  "i32x4.abs": 0xfd0a0, "i32x4.neg": 0xfd0a1, "i32x4.all_true": 0xfd0a3, "i32x4.extend_low_i16x8_s": 0xfd0a7,
  "i32x4.extend_low_i16x8_u": 0xfd0a9, "i32x4.shl": 0xfd0ab, "i32x4.shr_s": 0xfd0ac, "i32x4.shr_u": 0xfd0ad,
  "i32x4.add": 0xfd0ae, "i32x4.sub": 0xfd0b1, "i32x4.mul": 0xfd0b5, "i32x4.min_s": 0xfd0b6, "i32x4.min_u": 0xfd0b7,
  "i32x4.max_s": 0xfd0b8, "i32x4.max_u": 0xfd0b9, "i64x2.extmul_low_i32x4_u": 0xfd0de,
  "i64x2.extmul_high_i32x4_u": 0xfd0df,
  "f32x4.abs": 0xfd0e0, "f32x4.neg": 0xfd0e1, "f32x4.sqrt": 0xfd0e3, "f32x4.add": 0xfd0e4, "f32x4.sub": 0xfd0e5,
  "f32x4.mul": 0xfd0e6, "f32x4.div": 0xfd0e7, "f32x4.min": 0xfd0e8, "f32x4.max": 0xfd0e9,
  "i32x4.trunc_sat_f32x4_s": 0xfd0f8, "i32x4.trunc_sat_f32x4_u": 0xfd0f9, "f32x4.convert_i32x4_s": 0xfd0fa,
  "f32x4.convert_i32x4_u": 0xfd0fb,
  "f32x4.relaxed_madd": 0xfd105, "f32x4.relaxed_nmadd": 0xfd106, "f64x2.relaxed_madd": 0xfd107,
  "f64x2.relaxed_nmadd": 0xfd108,
} as const;

export type Instruction = keyof typeof OPCODES;
export type ValueType = "i32" | "f32" | "f64" | "v128";

/** Where a printer writes: bytes for the engine, or text for people. */
export interface Code {
  /** An instruction with small immediates: lanes, branch depths. */
  op(name: Instruction, ...immediates: readonly number[]): void;
  /** An instruction on a local variable. */
  local(name: "local.get" | "local.set" | "local.tee", local: number): void;
  /** A load or store at the address on the stack plus `offset`. */
  memory(name: Instruction, offset: number, lane?: number): void;
  constant(type: "i32" | "f32" | "f64", value: number): void;
  /** A vector constant, as its bits. */
  v128(lanes: Int32Array): void;
  open(name: "block" | "loop" | "if", result?: ValueType): void;
  otherwise(): void;
  close(): void;
  comment(text: string): void;
  /** Empty code of the same kind, to be appended later. */
  fork(): Code;
  append(code: Code): void;
}
