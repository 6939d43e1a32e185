import { BYTES, integerOf, isFloatElement, vectorName, type Element } from "./element.ts";
import { BackendError } from "../../vocab/errors.ts";

const AVX2 = "defined(__AVX2__)", AVX512 = "defined(__AVX512F__)";
/** Lane conversions for which gcc has an instruction but does not find it; eight bytes travel as one number. */
const CONVERT: Readonly<Record<string, { readonly needs: string; call(a: string): string }>> = {
  "u8 i32 16": { needs: AVX512, call: (a) => `__builtin_ia32_pmovzxbd512_mask((char16_t_)${a}, (int16_t_){0}, -1)` },
  "i8 i32 16": { needs: AVX512, call: (a) => `__builtin_ia32_pmovsxbd512_mask((char16_t_)${a}, (int16_t_){0}, -1)` },
  "i32 u8 16": { needs: AVX512, call: (a) => `__builtin_ia32_pmovdb512_mask((int16_t_)${a}, (char16_t_){0}, -1)` },
  "i32 i8 16": { needs: AVX512, call: (a) => `__builtin_ia32_pmovdb512_mask((int16_t_)${a}, (char16_t_){0}, -1)` },
  "u8 i32 8": { needs: AVX2, call: (a) => `__builtin_ia32_pmovzxbd256((char16_t_)(long2_t_){(i64)${a}, 0})` },
  "i8 i32 8": { needs: AVX2, call: (a) => `__builtin_ia32_pmovsxbd256((char16_t_)(long2_t_){(i64)${a}, 0})` },
  "i32 u8 8": { needs: AVX2, call: lowBytes },
  "i32 i8 8": { needs: AVX2, call: lowBytes },
};
/** The lowest byte of each of eight lanes. */
function lowBytes(a: string): string {
  return `((long4_t_)__builtin_shuffle((char32_t_)${a}, (char32_t_){0, 4, 8, 12, 16, 20, 24, 28}))[0]`;
}

/**
 * The types and helper functions that a kernel needs, each written once. Asking for a name declares it, after
 * everything that it needs itself. Where a compiler turns plain C on vectors into one instruction, plain C is used.
 */
export class Prelude {
  readonly parts = new Map<string, string>();

  /** A scalar or vector type; `_u` is the vector as it lies unaligned in memory. */
  type(element: Element, lanes: number): string {
    const name = vectorName(element, lanes);
    if (lanes > 1 && !this.parts.has(name)) {
      const bytes = BYTES[element] * lanes;
      this.parts.set(name,
        `typedef ${element} ${name} __attribute__((vector_size(${bytes})));\n` +
        `typedef ${element} ${name}_u __attribute__((vector_size(${bytes}), aligned(1), may_alias));\n`);
    }
    return name;
  }

  /** A statement after which a vector of so many bytes lies in a register; nothing for vectors of other widths. */
  hold(bytes: number): string | null {
    const needs = ({ 16: "__SSE2__", 32: "__AVX__", 64: "__AVX512F__" } as Record<number, string>)[bytes];
    if (needs === undefined) return null;
    const name = `HOLD_${bytes}`;
    if (!this.parts.has(name)) this.parts.set(name,
      `#if defined(${needs}) && defined(__GNUC__) && !defined(PLAIN_C)\n` +
      `#define ${name}(x) __asm__("" : "+v"(x))\n#else\n#define ${name}(x) (void)0\n#endif\n`);
    return name;
  }

  splat(element: Element, lanes: number): string {
    const type = this.type(element, lanes);
    return this.#function(`splat_${type}`, () =>
      `${type} NAME(${element} a) { return ${list(type, lanes, () => "a")}; }`);
  }

  /** mask ? a : b, for a vector mask of the element's own width; compilers make one blend of it. */
  select(element: Element, lanes: number): string {
    const [type, int] = [this.type(element, lanes), this.type(integerOf(element), lanes)];
    return this.#function(`select_${type}`, () =>
      `${type} NAME(${int} m, ${type} a, ${type} b) { return (${type})(((${int})a & m) | ((${int})b & ~m)); }`);
  }

  /** a < b ? a : b, or a > b ? a : b: one instruction, which no compiler finds by itself. */
  bound(op: "min" | "max", element: Element, lanes: number): string {
    const type = this.type(element, lanes), bytes = lanes * BYTES[element], p = element === "f32" ? "ps" : "pd";
    const order = op === "min" ? "<" : ">", int = this.type(integerOf(element), lanes);
    return this.#function(`bound_${op}_${type}`, () => this.#vector(bytes, `${type} NAME(${type} a, ${type} b)`,
      `return __builtin_ia32_${op}${p}512_mask(a, b, a, -1, 4);`,
      `return __builtin_ia32_${op}${p}${bytes === 16 ? "" : "256"}(a, b);`,
      `return ${this.select(element, lanes)}((${int})(a ${order} b), a, b);`, "__SSE2__"));
  }

  /** NaN if either is NaN. */
  extreme(op: "min" | "max", element: Element, lanes: number): string {
    const type = this.type(element, lanes);
    const order = op === "min" ? "<" : ">";
    const nan = isFloatElement(element), int = this.type(integerOf(element), lanes);
    if (lanes === 1) {
      return this.#function(`${op}_${type}`, () =>
        `${type} NAME(${type} a, ${type} b) { return a ${order} b${nan ? " || a != a" : ""} ? a : b; }`);
    }
    const select = this.select(element, lanes);
    const [mask, other] = nan ? ["a != a", `${this.bound(op, element, lanes)}(a, b)`] : [`a ${order} b`, "b"];
    return this.#function(`${op}_${type}`, () =>
      `${type} NAME(${type} a, ${type} b) { return ${select}((${int})(${mask}), a, ${other}); }`);
  }

  abs(element: Element, lanes: number): string {
    const type = this.type(element, lanes);
    return this.#function(`abs_${type}`, () => {
      if (lanes === 1) {
        const value = isFloatElement(element) ? `__builtin_fabs${suffix(element)}(a)` : "a < 0 ? -a : a";
        return `${type} NAME(${type} a) { return ${value}; }`;
      }
      const int = this.type(integerOf(element), lanes);
      if (isFloatElement(element)) {
        const bits = element === "f32" ? "0x7fffffff" : "0x7fffffffffffffff";
        return `${type} NAME(${type} a) { return (${type})((${int})a & ${bits}); }`;
      }
      return `${type} NAME(${type} a) { ${int} m = a < 0; return (a ^ m) - m; }`;
    });
  }

  /** floor, ceil, trunc, rint (half to even), sqrt. */
  round(op: "floor" | "ceil" | "trunc" | "nearest" | "sqrt", element: Element, lanes: number): string {
    const type = this.type(element, lanes);
    const c = op === "nearest" ? "rint" : op;
    const scalar = (a: string): string => `__builtin_${c}${suffix(element)}(${a})`;
    return this.#function(`${op}_${type}`, () => {
      if (lanes === 1) return `${type} NAME(${type} a) { return ${scalar("a")}; }`;
      const mode = { floor: 9, ceil: 10, trunc: 11, nearest: 8, sqrt: 0 }[op];
      const p = element === "f32" ? "ps" : "pd";
      const bytes = lanes * BYTES[element];
      const width = bytes === 16 ? "" : "256";
      const wide = op === "sqrt" ? `__builtin_ia32_sqrt${p}512_mask(a, a, -1, 4)`
        : `__builtin_ia32_rndscale${p}_mask(a, ${mode}, a, -1, 4)`;
      const narrow = op === "sqrt" ? `__builtin_ia32_sqrt${p}${width}(a)`
        : `__builtin_ia32_round${p}${width}(a, ${mode})`;
      return this.#vector(bytes, `${type} NAME(${type} a)`, `return ${wide};`, `return ${narrow};`,
        `return ${list(type, lanes, (i) => scalar(`a[${i}]`))};`, op === "sqrt" ? "__SSE2__" : "__SSE4_1__");
    });
  }

  /** a*b + c, rounded once where the machine fuses. */
  fma(element: Element, lanes: number): string {
    const type = this.type(element, lanes);
    const s = suffix(element);
    return this.#function(`fma_${type}`, () => {
      const head = `${type} NAME(${type} a, ${type} b, ${type} c)`;
      if (lanes === 1) return `#if ${FUSES}\nINLINE ${head} { return __builtin_fma${s}(a, b, c); }\n` +
        `#else\nINLINE ${head} { return a * b + c; }\n#endif`;
      const p = element === "f32" ? "ps" : "pd";
      const bytes = lanes * BYTES[element];
      const fused = this.#vector(bytes, head, `return __builtin_ia32_vfmadd${p}512_mask(a, b, c, -1, 4);`,
        `return __builtin_ia32_vfmadd${p}${bytes === 16 ? "" : "256"}(a, b, c);`,
        `return ${list(type, lanes, (i) => `__builtin_fma${s}(a[${i}], b[${i}], c[${i}])`)};`, "__FMA__");
      return `#if !${FUSES}\nINLINE ${head} { return a * b + c; }\n` +
        `#elif defined(VECTOR_FMA)\n` +
        `INLINE ${head} { return __builtin_elementwise_fma(a, b, c); }\n#else\n${fused}\n#endif`;
    });
  }

  /** Quotient toward zero or remainder; a divisor of 0 gives 0, the smallest integer by -1 wraps. */
  divide(op: "div" | "rem", element: Element, lanes: number): string {
    const type = this.type(element, lanes);
    if (lanes > 1) {
      const scalar = this.divide(op, element, 1);
      return this.#function(`${op}_${type}`, () => `${type} NAME(${type} a, ${type} b) ` +
        `{ return ${list(type, lanes, (i) => `${scalar}(a[${i}], b[${i}])`)}; }`);
    }
    const c = op === "div" ? "/" : "%";
    const wraps = element === "u32" ? "" : ` if (b == -1) return ${op === "div" ? "-a" : "0"};`;
    return this.#function(`${op}_${type}`, () =>
      `${type} NAME(${type} a, ${type} b) { if (b == 0) return 0;${wraps} return a ${c} b; }`);
  }

  /** High 32 bits of the products of two u32. */
  mulHigh(lanes: number): string {
    const type = this.type("u32", lanes);
    if (lanes === 1) return this.#function(`mulHigh_u32`, () => `u32 NAME(u32 a, u32 b) { return (u64)a * b >> 32; }`);
    const wide = this.type("u64", lanes);
    return this.#function(`mulHigh_${type}`, () => {
      const bytes = lanes * 4;
      const pairs = this.type("u64", Math.max(2, lanes / 2));
      const i32s = this.type("i32", lanes);
      const body = (product: (a: string, b: string) => string): string =>
        `${pairs} even = (${pairs})${product(`(${i32s})a`, `(${i32s})b`)}, ` +
        `odd = (${pairs})${product(`(${i32s})((${pairs})a >> 32)`, `(${i32s})((${pairs})b >> 32)`)}; ` +
        `return (${type})((even >> 32) | (odd & 0xffffffff00000000));`;
      return this.#vector(bytes, `${type} NAME(${type} a, ${type} b)`,
        // The intermediate operand is what masked-off lanes would keep; none are.
        body((a, b) => `__builtin_ia32_pmuludq512_mask(${a}, ${b}, (${this.type("i64", 8)}){0}, -1)`),
        body((a, b) => `__builtin_ia32_pmuludq${bytes === 16 ? "128" : "256"}(${a}, ${b})`),
        `return __builtin_convertvector(__builtin_convertvector(a, ${wide}) * ` +
        `__builtin_convertvector(b, ${wide}) >> 32, ${type});`, bytes === 16 ? "__SSE2__" : "__AVX2__");
    });
  }

  /** Float to integer: truncates, saturates, NaN gives 0. */
  toInteger(from: Element, to: Element, lanes: number): string {
    const [source, type] = [this.type(from, lanes), this.type(to, lanes)];
    // Powers of two: exact in either float type.
    const [low, high, lowest, highest] = to === "u32" ? ["0", "0x1p32f", "0", "0xffffffff"]
      : to === "i32" ? ["-0x1p31f", "0x1p31f", "(-0x7fffffff - 1)", "0x7fffffff"]
        : ["-0x1p63f", "0x1p63f", "(-0x7fffffffffffffff - 1)", "0x7fffffffffffffff"];
    if (lanes === 1) {
      return this.#function(`${from}_to_${to}`, () => `${type} NAME(${source} a) ` +
        `{ return a != a ? 0 : a < ${low} ? ${lowest} : a >= ${high} ? ${highest} : (${type})a; }`);
    }
    return this.#function(`${source}_to_${type}`, () => {
      const select = this.select(to, lanes);
      const mask = this.type(integerOf(to), lanes);
      const narrow = (m: string): string => integerOf(to) === integerOf(from) ? `(${mask})(${m})`
        : `__builtin_convertvector(${m}, ${mask})`;
      const all = (value: string): string => `${this.splat(to, lanes)}(${value})`;
      return `${type} NAME(${source} a) { ${type} r = __builtin_convertvector(a, ${type}); ` +
        `r = ${select}(${narrow(`a >= ${low}`)}, r, ${all(lowest)}); ` +
        `r = ${select}(${narrow(`a >= ${high}`)}, ${all(highest)}, r); ` +
        `return ${select}(${narrow("a == a")}, r, ${all("0")}); }`;
    });
  }

  /** The same bits as another type of the same width. */
  bits(from: Element, to: Element): string {
    return this.#function(`bits_${from}_${to}`, () =>
      `${to} NAME(${from} a) { ${to} r; __builtin_memcpy(&r, &a, sizeof r); return r; }`);
  }

  /** Conversion of a vector; gcc 12 takes 8- and 16-bit lanes apart one by one, so it is told the instruction. */
  convert(from: Element, to: Element, lanes: number): string {
    const [source, target] = [this.type(from, lanes), this.type(to, lanes)];
    const plain = `return __builtin_convertvector(a, ${target});`;
    const builtin = CONVERT[`${from} ${to} ${lanes}`];
    return this.#function(`convert_${source}_${target}`, () => {
      const head = `INLINE ${target} NAME(${source} a)`;
      if (builtin === undefined) return `${target} NAME(${source} a) { ${plain} }`;
      const special = `return (${target})${builtin.call("a")};`;
      return `#if defined(GCC_X86) && ${builtin.needs}\n${head} { ${special} }\n#else\n${head} { ${plain} }\n#endif`;
    });
  }

  /** 16-bit storage to f32: f16 (5 bits of exponent) or bf16 (the high half of an f32). */
  widen(dtype: "f16" | "bf16", lanes: number): string {
    const [from, to, u32] = [this.type("u16", lanes), this.type("f32", lanes), this.type("u32", lanes)];
    const convert = lanes === 1 ? "(u32)a" : `__builtin_convertvector(a, ${u32})`;
    const [asFloat, asBits] = this.#reinterpret(lanes);
    return this.#function(`${dtype}_to_${to}`, () => {
      const head = `${to} NAME(${from} a)`;
      if (dtype === "bf16") return `${head} { return ${asFloat(`${convert} << 16`)}; }`;
      // Exponent and fraction moved into place give the value times 2^-112, exactly, subnormals too.
      const infinite = lanes === 1 ? "(h & 0x7c00) == 0x7c00 ? 0x7f800000u : 0"
        : `(${u32})((h & 0x7c00) == 0x7c00) & 0x7f800000`;
      return `${head} { ${u32} h = ${convert}; ${to} f = ${asFloat("(h & 0x7fff) << 13")} * 0x1p112f; ` +
        `return ${asFloat(`${asBits("f")} | ((h & 0x8000) << 16) | (${infinite})`)}; }`;
    });
  }

  /** f32 to 16-bit storage, rounded to nearest, ties to even; NaN stays NaN. */
  narrow(dtype: "f16" | "bf16", lanes: number): string {
    const [from, to, u32] = [this.type("f32", lanes), this.type("u16", lanes), this.type("u32", lanes)];
    const [asFloat, asBits] = this.#reinterpret(lanes);
    const half = (value: string): string =>
      lanes === 1 ? `(u16)(${value})` : `__builtin_convertvector(${value}, ${to})`;
    const choose = (mask: string, a: string, b: string): string => lanes === 1 ? `(${mask} ? ${a} : ${b})`
      : `((${u32})(${mask}) & ${a}) | (~(${u32})(${mask}) & ${b})`;
    const all = (value: string): string => lanes === 1 ? value : `${this.splat("u32", lanes)}(${value})`;
    return this.#function(`${from}_to_${dtype}`, () => {
      const head = `${to} NAME(${from} a)`;
      if (dtype === "bf16") {
        return `${head} { ${u32} b = ${asBits("a")}, r = (b + 0x7fff + ((b >> 16) & 1)) >> 16; ` +
          `return ${half(choose("a != a", `((b >> 16) | 0x40)`, "r"))}; }`;
      }
      // Large: rebias and round in integers. Small: adding 0.5 lets the float unit round to multiples of 2^-24.
      return `${head} { ${u32} b = ${asBits("a")}, s = (b >> 16) & 0x8000, m = b & 0x7fffffff; ` +
        `${u32} big = (m - 0x38000000 + 0xfff + ((m >> 13) & 1)) >> 13; ` +
        `${u32} small = ${asBits(`${asFloat("m")} + 0.5f`)} - 0x3f000000; ` +
        `${u32} r = ${choose("m < 0x38800000", "small", "big")}; ` +
        `r = ${choose("m >= 0x477ff000", all("0x7c00"), "r")}; r = ${choose("m > 0x7f800000", all("0x7e00"), "r")}; ` +
        `return ${half("r | s")}; }`;
    });
  }

  /** Elements `stride` apart. */
  strided(element: Element, lanes: number): string {
    const type = this.type(element, lanes);
    return this.#function(`strided_${type}`, () => {
      const head = `${type} NAME(const ${element} *p, i64 s)`;
      const plain = `return ${list(type, lanes, (i) => `p[${i} * s]`)};`;
      if (BYTES[element] !== 4 || (lanes !== 16 && lanes !== 8)) return `${head} { ${plain} }`;
      // The machine's own gather takes 32-bit places.
      const f = this.type("f32", lanes), at = this.type("i32", lanes);
      const places = `if (s > 1 << 26 || s < -(1 << 26)) ${plain} ` +
        `${at} at = ${list(at, lanes, (i) => String(i))} * (i32)s; `;
      return this.#vector(lanes * 4, head,
        `${places}return (${type})__builtin_ia32_gathersiv16sf((${f}){0}, p, at, -1, 4);`,
        `${places}return (${type})__builtin_ia32_gathersiv8sf((${f}){0}, (const f32 *)p, at, (${f})~(${at}){0}, 4);`,
        plain, "__AVX2__");
    });
  }

  gather(element: Element, lanes: number): string {
    const [type, at] = [this.type(element, lanes), this.type("i32", lanes)];
    return this.#function(`gather_${type}`, () => {
      const plain = `return ${list(type, lanes, (i) => `p[at[${i}]]`)};`;
      const head = `${type} NAME(const ${element} *p, ${at} at)`;
      if (BYTES[element] !== 4 || (lanes !== 16 && lanes !== 8)) return `${head} { ${plain} }`;
      const f = this.type("f32", lanes);
      return this.#vector(lanes * 4, head,
        `return (${type})__builtin_ia32_gathersiv16sf((${f}){0}, p, at, -1, 4);`,
        `return (${type})__builtin_ia32_gathersiv8sf((${f}){0}, (const f32 *)p, at, (${f})~(${at}){0}, 4);`,
        plain, "__AVX2__");
    });
  }

  /** Stores the first `count` lanes. */
  storeFirst(element: Element, lanes: number): string {
    const type = this.type(element, lanes);
    return this.#function(`store_${type}`, () => {
      const head = `void NAME(${element} *p, ${type} a, i64 count)`;
      const plain = `{ for (int i = 0; i < ${lanes}; i++) if (i < count) p[i] = a[i]; }`;
      const bytes = lanes * BYTES[element];
      if (bytes < 16 || bytes > 64) return `${head} ${plain}`;
      // The compiler's own masked stores, by size of element, and the element type each is declared with.
      const [store, own] = {
        8: ["storeupd", "double"], 4: ["storeups", "float"], 2: ["storedquhi", "short"], 1: ["storedquqi", "char"],
      }[BYTES[element] as 1 | 2 | 4 | 8];
      const vector = this.#foreign(own, bytes, lanes);
      return `#if defined(GCC_X86) && defined(__AVX512VL__) && defined(__AVX512BW__)\n` +
        `INLINE ${head} { ` +
        `__builtin_ia32_${store}${8 * bytes}_mask((${own} *)p, (${vector})a, (1ull << count) - 1); }\n` +
        `#else\nINLINE ${head} ${plain}\n#endif`;
    });
  }

  /** Stores the first `count` lanes, `stride` elements apart. */
  storeStrided(element: Element, lanes: number): string {
    const type = this.type(element, lanes);
    return this.#function(`store_strided_${type}`, () => `void NAME(${element} *p, i64 s, ${type} a, i64 count) ` +
      `{ for (int i = 0; i < ${lanes}; i++) if (i < count) p[i * s] = a[i]; }`);
  }

  /** All lanes into one, halving. */
  reduce(op: "add" | "mul" | "min" | "max" | "and" | "or", element: Element, lanes: number): string {
    const type = this.type(element, lanes);
    const join = (n: number) => (a: string, b: string): string => {
      const sign = { add: "+", mul: "*", and: "&", or: "|", min: "", max: "" }[op];
      return op === "min" || op === "max" ? `${this.extreme(op, element, n)}(${a}, ${b})` : `(${a} ${sign} ${b})`;
    };
    const last = join(1);
    return this.#function(`reduce_${op}_${type}`, () => {
      const head = `${element} NAME(${type} a)`;
      if (lanes === 2) return `${head} { return ${last("a[0]", "a[1]")}; }`;
      if (lanes === 4) return `${head} { return ${last(last("a[0]", "a[2]"), last("a[1]", "a[3]"))}; }`;
      const half = lanes / 2;
      const below = this.reduce(op, element, half);
      const part = this.type(element, half);
      const pick = (from: number): string => list(part, half, (i) => `a[${from + i}]`);
      const shuffle = (from: number): string =>
        `__builtin_shufflevector(a, a, ${range(half, (i) => String(from + i))})`;
      const body = (low: string, high: string): string =>
        `{ ${part} l = ${low}, h = ${high}; return ${below}(${join(half)("l", "h")}); }`;
      return `#ifdef SHUFFLE\n` +
        `INLINE ${head} ${body(shuffle(0), shuffle(half))}\n#else\nINLINE ${head} ${body(pick(0), pick(half))}\n#endif`;
    });
  }

  /** Lanes of two vectors, by number. */
  shuffle(element: Element, lanes: number, pick: readonly number[]): string {
    const type = this.type(element, lanes), at = this.type("i32", lanes), list = pick.join(", ");
    return this.#function(`shuffle_${type}_${pick.join("_")}`, () => {
      const head = `INLINE ${type} NAME(${type} a, ${type} b)`;
      return `#ifdef SHUFFLE\n${head} { return __builtin_shufflevector(a, b, ${list}); }\n` +
        `#else\n${head} { return __builtin_shuffle(a, b, (${at}){${list}}); }\n#endif`;
    });
  }

  #reinterpret(lanes: number): [(bits: string) => string, (value: string) => string] {
    if (lanes > 1) {
      const [f32, u32] = [this.type("f32", lanes), this.type("u32", lanes)];
      return [(bits) => `(${f32})(${bits})`, (value) => `(${u32})(${value})`];
    }
    const [toFloat, toBits] = [this.bits("u32", "f32"), this.bits("f32", "u32")];
    return [(bits) => `${toFloat}(${bits})`, (value) => `${toBits}(${value})`];
  }
  /** A vector type of an element type that is not ours. */
  #foreign(element: string, bytes: number, lanes: number): string {
    const name = `${element}x${lanes}`;
    if (!this.parts.has(name)) {
      this.parts.set(name, `typedef ${element} ${name} __attribute__((vector_size(${bytes})));\n`);
    }
    return name;
  }
  /** One body for the widths that have an instruction under GCC, another for the rest. */
  #vector(bytes: number, head: string, wide: string, narrow: string, plain: string, feature: string): string {
    if (bytes !== 16 && bytes !== 32 && bytes !== 64) return `INLINE ${head} { ${plain} }`;
    const needs = bytes === 64 ? "__AVX512F__" : feature;
    const also = bytes === 32 ? " && defined(__AVX2__)" : "";
    return `#if defined(GCC_X86) && defined(${needs})${also}\nINLINE ${head} { ${bytes === 64 ? wide : narrow} }\n` +
      `#else\nINLINE ${head} { ${plain} }\n#endif`;
  }
  #function(name: string, text: () => string): string {
    if (!this.parts.has(name)) {
      const body = text().replaceAll("NAME", name);
      this.parts.set(name, `${body.startsWith("#") || body.startsWith("INLINE") ? body : `INLINE ${body}`}\n`);
    }
    return name;
  }
}

const FUSES = "(defined(__FMA__) || defined(__ARM_FEATURE_FMA))";
const suffix = (element: Element): string => {
  if (!isFloatElement(element)) throw new BackendError(`native: ${element} is no floating-point type`);
  return element === "f32" ? "f" : "";
};
const range = (n: number, item: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => item(i)).join(", ");
const list = (type: string, n: number, item: (i: number) => string): string => `(${type}){${range(n, item)}}`;
