import type { Frame } from "./frame.ts";
import { LANES } from "./frame.ts";

/**
 * 16-bit floats to and from f32, the same few steps for a scalar and for a vector. What comes in and goes out on the
 * stack is an i32 (or four) whose low half is the 16-bit float.
 */
class Steps {
  readonly #frame: Frame;
  readonly #vector: boolean;
  constructor(frame: Frame, lanes: number) {
    this.#frame = frame;
    this.#vector = lanes === LANES;
  }
  get type(): "v128" | "i32" {
    return this.#vector ? "v128" : "i32";
  }
  bits(value: number): void {
    if (this.#vector) this.#frame.splatBits(value);
    else this.#frame.code.constant("i32", value);
  }
  op(name: "add" | "sub" | "and" | "or" | "gt_s" | "lt_s"): void {
    const { code } = this.#frame;
    if (!this.#vector) code.op(`i32.${name}`);
    else if (name === "and" || name === "or") code.op(`v128.${name}`);
    else code.op(`i32x4.${name}`);
  }
  with(name: "add" | "sub" | "and" | "or" | "gt_s" | "lt_s", value: number): void {
    this.bits(value);
    this.op(name);
  }
  shift(name: "shl" | "shr_u", amount: number): void {
    this.#frame.code.constant("i32", amount);
    this.#frame.code.op(this.#vector ? `i32x4.${name}` : `i32.${name}`);
  }
  /** An operation on the bits as f32. */
  float(name: "add" | "mul", bits: number): void {
    const { code } = this.#frame;
    if (!this.#vector) code.op("f32.reinterpret_i32");
    this.bits(bits);
    if (!this.#vector) code.op("f32.reinterpret_i32");
    code.op(this.#vector ? `f32x4.${name}` : `f32.${name}`);
    if (!this.#vector) code.op("i32.reinterpret_f32");
  }
  /** a, b, mask -> a where the mask holds, else b. */
  select(): void {
    this.#frame.code.op(this.#vector ? "v128.bitselect" : "select");
  }
  asFloat(): void {
    if (!this.#vector) this.#frame.code.op("f32.reinterpret_i32");
  }
  asBits(): void {
    if (!this.#vector) this.#frame.code.op("i32.reinterpret_f32");
  }
  get(local: number): void {
    this.#frame.code.local("local.get", local);
  }
  set(local: number): void {
    this.#frame.code.local("local.set", local);
  }
  tee(local: number): void {
    this.#frame.code.local("local.tee", local);
  }
}

/** bf16 in the low half -> f32. */
export function widenBfloat16(frame: Frame, lanes: number): void {
  const steps = new Steps(frame, lanes);
  steps.shift("shl", 16);
  steps.asFloat();
}

/** f16 in the low half, the rest 0 -> f32. Scaling by 2^112 moves the exponent and makes subnormals normal. */
export function widenFloat16(frame: Frame, lanes: number): void {
  const steps = new Steps(frame, lanes);
  frame.withScratch(steps.type, half => frame.withScratch(steps.type, magnitude => {
    steps.tee(half);
    steps.with("and", 0x7fff);
    steps.shift("shl", 13);
    steps.tee(magnitude);
    steps.float("mul", 0x77800000);
    // Infinity and NaN: the largest exponent.
    steps.bits(0x7f800000);
    steps.bits(0);
    steps.get(magnitude);
    steps.with("gt_s", 0x0f7fffff);
    steps.select();
    steps.op("or");
    steps.get(half);
    steps.with("and", 0x8000);
    steps.shift("shl", 16);
    steps.op("or");
    steps.asFloat();
  }));
}

/** f32 -> bf16 in the low half, ties to even; NaN stays NaN. */
export function narrowToBfloat16(frame: Frame, lanes: number): void {
  const steps = new Steps(frame, lanes);
  frame.withScratch(steps.type, bits => {
    steps.asBits();
    steps.tee(bits);
    steps.with("or", 0x400000);
    steps.get(bits);
    steps.shift("shr_u", 16);
    steps.with("and", 1);
    steps.get(bits);
    steps.op("add");
    steps.with("add", 0x7fff);
    steps.get(bits);
    steps.with("and", 0x7fffffff);
    steps.with("gt_s", 0x7f800000);
    steps.select();
    steps.shift("shr_u", 16);
  });
}

/**
 * f32 -> f16 in the low half, ties to even; NaN becomes the quiet NaN. Adding 0.5 lines the bits of a subnormal result
 * up at the bottom of the f32, rounded by the addition itself.
 */
export function narrowToFloat16(frame: Frame, lanes: number): void {
  const steps = new Steps(frame, lanes);
  frame.withScratch(steps.type, bits => frame.withScratch(steps.type, magnitude => {
    steps.asBits();
    steps.tee(bits);
    steps.with("and", 0x7fffffff);
    steps.set(magnitude);
    // Too large, infinite or NaN.
    steps.bits(0x7e00);
    steps.bits(0x7c00);
    steps.get(magnitude);
    steps.with("gt_s", 0x7f800000);
    steps.select();
    // Subnormal.
    steps.get(magnitude);
    steps.float("add", 0x3f000000);
    steps.with("sub", 0x3f000000);
    // Normal: rebias the exponent and round.
    steps.get(magnitude);
    steps.shift("shr_u", 13);
    steps.with("and", 1);
    steps.get(magnitude);
    steps.op("add");
    steps.with("add", ((15 - 127) << 23) + 0xfff);
    steps.shift("shr_u", 13);
    steps.get(magnitude);
    steps.with("lt_s", 113 << 23);
    steps.select();
    steps.get(magnitude);
    steps.with("gt_s", ((127 + 16) << 23) - 1);
    steps.select();
    steps.get(bits);
    steps.shift("shr_u", 16);
    steps.with("and", 0x8000);
    steps.op("or");
  }));
}
