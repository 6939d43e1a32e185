import { createHash } from "node:crypto";
import type { Expr, Kernel, KernelBuffer, Stmt, Type, Variable } from "../../ir/kernel.ts";
import { BYTES, elementOf, integerOf, isFloatElement, STORAGE, type Element } from "./element.ts";
import { HEADER } from "./header.ts";
import { floating, integer, shortest } from "./literal.ts";
import { Prelude } from "./prelude.ts";

/** A kernel as C: a function, and the types and helpers it needs, in order of use. */
export interface RenderedKernel {
  /** `k_` and a hash of all the text: equal text, equal symbol. */
  readonly symbol: string;
  readonly parts: ReadonlyMap<string, string>;
  readonly text: string;
}

/** Prints a kernel as `void k_<hash>(char *base, const i64 *args, i64 begin, i64 end, i64 t)`. */
export function render(kernel: Kernel): RenderedKernel {
  const printer = new Printer(kernel);
  const body = printer.body();
  const parts = printer.prelude.parts;
  const hash = createHash("sha256").update(HEADER);
  for (const part of parts.values()) hash.update(part);
  const symbol = `k_${hash.update(body).digest("hex").slice(0, 24)}`;
  const head = `void ${symbol}(char *base, const i64 *args, i64 begin_0, i64 end_1, i64 t)`;
  return { symbol, parts, text: `${head} {\n${body}}\n` };
}

/** One file of C: what the kernels need, once, and the kernels. */
export function fileOf(kernels: readonly RenderedKernel[]): string {
  const parts = new Map<string, string>();
  const functions = new Map<string, string>();
  for (const kernel of kernels) {
    for (const [name, text] of kernel.parts) if (!parts.has(name)) parts.set(name, text);
    functions.set(kernel.symbol, kernel.text);
  }
  return HEADER + [...parts.values()].join("") + "\n" + [...functions.values()].join("\n");
}

/** Names reach the source as letters, digits and underscores only. */
const plain = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, "_").slice(0, 40);

/** A vector that comes from memory: the line that declares it, and how often it is read. */
interface Loaded {
  readonly line: number;
  readonly bytes: number;
  reads: number;
}

class Printer {
  readonly prelude = new Prelude();
  readonly #kernel: Kernel;
  readonly #mutable = new Set<number>();
  readonly #names = new Map<number, string>();
  readonly #lines: string[] = [];
  readonly #loaded = new Map<number, Loaded>();
  #indent = "  ";

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#names.set(kernel.begin.id, "begin_0").set(kernel.end.id, "end_1");
  }

  body(): string {
    const { buffers, ints, floats, body } = this.#kernel;
    const words = 2 * buffers.length;
    this.#findMutable(body);
    buffers.forEach((buffer, i) => {
      const pointer = `${buffer.access === "read" ? "const " : ""}${STORAGE[buffer.dtype]} *`;
      this.#line(`${pointer}const ${this.#buffer(i)} = (${pointer})(base + args[${2 * i}] + args[${2 * i + 1}] * t);`);
    });
    ints.forEach((name, i) => this.#line(`const i64 ${plain(name)}_n${i} = args[${words + i}];`));
    floats.forEach((name, i) =>
      this.#line(`const f64 ${plain(name)}_x${i} = ((const f64 *)args)[${words + ints.length + i}];`));
    this.#statements(body);
    for (const loaded of this.#loaded.values()) if (loaded.reads > 1) this.#hold(loaded);
    return this.#lines.join("");
  }

  // Statements -------------------------------------------------------------------------------------------------------
  #findMutable(block: readonly Stmt[]): void {
    for (const stmt of block) {
      if (stmt.s === "set") this.#mutable.add(stmt.variable.id);
      else if (stmt.s === "for" || stmt.s === "while") this.#findMutable(stmt.body);
      else if (stmt.s === "if") {
        this.#findMutable(stmt.then);
        this.#findMutable(stmt.else);
      }
    }
  }
  #line(text: string): void {
    this.#lines.push(`${this.#indent}${text}\n`);
  }
  /**
   * Compilers that find an operand in memory cheap read it anew for every multiply-add that wants it, and the loads of
   * a register tile become its limit (gcc 12 for Zen 3: 12 loads of a step in place of 6). Held, it is read once.
   */
  #hold({ line, bytes }: Loaded): void {
    const hold = this.prelude.hold(bytes), text = this.#lines[line];
    const [, indent, name] = /^( *)const \S+ (\S+) =/.exec(text)!;
    if (hold !== null) this.#lines[line] = `${text.replace("const ", "")}${indent}${hold}(${name});\n`;
  }
  #inside(block: readonly Stmt[]): void {
    this.#indent += "  ";
    this.#statements(block);
    this.#indent = this.#indent.slice(2);
  }
  #statements(block: readonly Stmt[]): void {
    for (const stmt of block) this.#statement(stmt);
  }
  #statement(stmt: Stmt): void {
    switch (stmt.s) {
      case "let": {
        const constant = this.#mutable.has(stmt.variable.id) ? "" : "const ";
        const value = this.#expr(stmt.value);
        if (constant !== "" && stmt.value.e === "load" && stmt.value.type.lanes > 1) {
          const { type } = stmt.value;
          this.#loaded.set(stmt.variable.id,
            { line: this.#lines.length, bytes: type.lanes * BYTES[elementOf(type)], reads: 0 });
        }
        this.#line(`${constant}${this.#type(stmt.variable.type)} ${this.#variable(stmt.variable)} = ${value};`);
        return;
      }
      case "set":
        this.#line(`${this.#variable(stmt.variable)} = ${this.#expr(stmt.value)};`);
        return;
      case "store":
        this.#store(stmt);
        return;
      case "for": {
        const i = this.#variable(stmt.variable);
        const [from, to, step] = [stmt.from, stmt.to, stmt.step].map((e) => this.#expr(e));
        // Bound and step are computed once, before the loop.
        const limit = this.#fixed(stmt.to) ? to : `${i}_to`;
        const stride = this.#fixed(stmt.step) ? step : `${i}_step`;
        if (limit !== to) this.#line(`const i64 ${limit} = ${to};`);
        if (stride !== step) this.#line(`const i64 ${stride} = ${step};`);
        this.#line(`for (i64 ${i} = ${from}; ${i} < ${limit}; ${i} += ${stride}) {`);
        this.#inside(stmt.body);
        this.#line("}");
        return;
      }
      case "if":
        this.#line(`if (${this.#expr(stmt.condition)}) {`);
        this.#inside(stmt.then);
        if (stmt.else.length > 0) {
          this.#line("} else {");
          this.#inside(stmt.else);
        }
        this.#line("}");
        return;
      case "while":
        this.#line(`while (${this.#expr(stmt.condition)}) {`);
        this.#inside(stmt.body);
        this.#line("}");
        return;
      case "comment":
        this.#line(`/* ${stmt.text.replace(/[^A-Za-z0-9 _.,:;=+<>()[\]-]/g, " ")} */`);
        return;
    }
  }
  /** A constant or a name that no statement changes. */
  #fixed(e: Expr): boolean {
    return e.e === "const" || e.e === "int" || (e.e === "var" && !this.#mutable.has(e.variable.id));
  }
  #store(stmt: Stmt & { s: "store" }): void {
    const { dtype } = this.#kernel.buffers[stmt.buffer];
    const element = STORAGE[dtype];
    const lanes = stmt.value.type.lanes;
    const at = `${this.#buffer(stmt.buffer)} + ${this.#expr(stmt.index)}`;
    const value = this.#stored(stmt.value, dtype, element, lanes);
    const count = stmt.count === undefined ? null : this.#expr(stmt.count);
    if (lanes === 1) {
      const guard = count === null ? "" : `if (${count} > 0) `;
      this.#line(`${guard}*(${at}) = ${value};`);
    } else if (stmt.stride !== undefined) {
      const store = this.prelude.storeStrided(element, lanes);
      this.#line(`${store}(${at}, ${this.#expr(stmt.stride)}, ${value}, ${count ?? lanes});`);
    } else if (count !== null) this.#line(`${this.prelude.storeFirst(element, lanes)}(${at}, ${value}, ${count});`);
    else this.#line(`*(${this.prelude.type(element, lanes)}_u *)(${at}) = ${value};`);
  }
  #stored(value: Expr, dtype: KernelBuffer["dtype"], element: Element, lanes: number): string {
    const text = this.#expr(value);
    if (dtype === "f16" || dtype === "bf16") return `${this.prelude.narrow(dtype, lanes)}(${text})`;
    return this.#cast(text, elementOf(value.type), element, lanes);
  }

  // Expressions ------------------------------------------------------------------------------------------------------
  #expr(e: Expr): string {
    const { type } = e;
    const lanes = type.lanes;
    const element = elementOf(type);
    switch (e.e) {
      case "const": return this.#constant(e.value, type);
      case "var": {
        const loaded = this.#loaded.get(e.variable.id);
        if (loaded !== undefined) loaded.reads++;
        return this.#variable(e.variable);
      }
      case "int": return `${plain(this.#kernel.ints[e.slot])}_n${e.slot}`;
      case "float": {
        const name = `${plain(this.#kernel.floats[e.slot])}_x${e.slot}`;
        return type.scalar === "f32" ? `(f32)${name}` : name;
      }
      case "load": return this.#load(e);
      case "gather": {
        const { dtype } = this.#kernel.buffers[e.buffer];
        const [base, at] = [`${this.#buffer(e.buffer)} + ${this.#expr(e.base)}`, this.#expr(e.indices)];
        const values = lanes === 1 ? `(${base})[${at}]`
          : `${this.prelude.gather(STORAGE[dtype], lanes)}(${base}, ${at})`;
        return this.#widened(values, dtype, element, lanes);
      }
      case "unary": return this.#unary(e);
      case "binary": return this.#binary(e);
      case "fma":
        return `${this.prelude.fma(element, lanes)}(${this.#expr(e.a)}, ${this.#expr(e.b)}, ${this.#expr(e.c)})`;
      case "compare": {
        const own = lanes === 1 ? "i32" : integerOf(elementOf(e.a.type));
        return this.#cast(this.#compare(e), own, "i32", lanes);
      }
      case "select": {
        const [a, b] = [this.#expr(e.a), this.#expr(e.b)];
        if (lanes === 1) return `(${this.#expr(e.mask)} ? ${a} : ${b})`;
        const op = boundOf(e);
        if (op !== null) return `${this.prelude.bound(op, element, lanes)}(${a}, ${b})`;
        return `${this.prelude.select(element, lanes)}(${this.#maskFor(e.mask, element)}, ${a}, ${b})`;
      }
      case "convert": return this.#convert(e.a, type);
      case "bitcast": {
        const from = elementOf(e.a.type);
        if (lanes > 1) return `((${this.prelude.type(element, lanes)})${this.#expr(e.a)})`;
        if (isFloatElement(from) === isFloatElement(element)) return `((${element})${this.#expr(e.a)})`;
        return `${this.prelude.bits(from, element)}(${this.#expr(e.a)})`;
      }
      case "splat": {
        const value = type.scalar === "mask" ? `-(${this.#expr(e.a)})` : this.#expr(e.a);
        return lanes === 1 ? this.#expr(e.a) : `${this.prelude.splat(element, lanes)}(${value})`;
      }
      case "shuffle":
        return `${this.prelude.shuffle(element, lanes, e.pick)}(${this.#expr(e.a)}, ${this.#expr(e.b)})`;
      case "laneIndex": {
        if (lanes === 1) return "0";
        return `((${this.prelude.type("i32", lanes)}){${Array.from({ length: lanes }, (_, i) => i).join(", ")}})`;
      }
      case "reduceLanes": {
        const n = e.a.type.lanes;
        if (n === 1) return this.#expr(e.a);
        const value = `${this.prelude.reduce(e.op, element, n)}(${this.#expr(e.a)})`;
        return type.scalar === "mask" ? `(${value} != 0)` : value;
      }
      case "extract": {
        if (e.a.type.lanes === 1) return this.#expr(e.a);
        const value = `(${this.#expr(e.a)})[${e.lane}]`;
        return type.scalar === "mask" ? `(${value} != 0)` : value;
      }
    }
  }
  #load(e: Expr & { e: "load" }): string {
    const { dtype } = this.#kernel.buffers[e.buffer];
    const storage = STORAGE[dtype];
    const lanes = e.type.lanes;
    const name = this.#buffer(e.buffer);
    const index = this.#expr(e.index);
    let value: string;
    if (lanes === 1) value = `${name}[${index}]`;
    else if (e.stride === undefined) value = `(*(const ${this.prelude.type(storage, lanes)}_u *)(${name} + ${index}))`;
    else value = `${this.prelude.strided(storage, lanes)}(${name} + ${index}, ${this.#expr(e.stride)})`;
    return this.#widened(value, dtype, elementOf(e.type), lanes);
  }
  #widened(value: string, dtype: KernelBuffer["dtype"], element: Element, lanes: number): string {
    if (dtype === "f16" || dtype === "bf16") return `${this.prelude.widen(dtype, lanes)}(${value})`;
    return this.#cast(value, STORAGE[dtype], element, lanes);
  }
  /** A conversion of value between element types as C makes it. */
  #cast(value: string, from: Element, to: Element, lanes: number): string {
    if (from === to) return value;
    const type = this.prelude.type(to, lanes);
    return lanes === 1 ? `((${type})${value})` : `${this.prelude.convert(from, to, lanes)}(${value})`;
  }
  #unary(e: Expr & { e: "unary" }): string {
    const lanes = e.type.lanes;
    const element = elementOf(e.type);
    const a = this.#expr(e.a);
    switch (e.op) {
      case "neg": return `(-${a})`;
      case "not": return e.type.scalar !== "mask" || lanes > 1 ? `(~${a})` : `(!${a})`;
      case "abs": return `${this.prelude.abs(element, lanes)}(${a})`;
      case "floor": case "ceil": case "trunc": case "nearest": case "sqrt":
        return `${this.prelude.round(e.op, element, lanes)}(${a})`;
    }
  }
  #binary(e: Expr & { e: "binary" }): string {
    const lanes = e.type.lanes;
    const element = elementOf(e.type);
    const [a, b] = [this.#expr(e.a), this.#expr(e.b)];
    switch (e.op) {
      case "add": return `(${a} + ${b})`;
      case "sub": return `(${a} - ${b})`;
      case "mul": return `(${a} * ${b})`;
      case "div": case "rem": {
        const sign = e.op === "div" ? "/" : "%";
        const safe = isFloatElement(element) || (e.b.e === "const" && e.b.value > 0);
        return safe ? `(${a} ${sign} ${b})` : `${this.prelude.divide(e.op, element, lanes)}(${a}, ${b})`;
      }
      case "min": case "max": return `${this.prelude.extreme(e.op, element, lanes)}(${a}, ${b})`;
      case "and": return `(${a} & ${b})`;
      case "or": return `(${a} | ${b})`;
      case "xor": return `(${a} ^ ${b})`;
      case "shl": case "shr": {
        const sign = e.op === "shl" ? "<<" : ">>";
        const bits = integerOf(element) === "i64" ? 63 : 31;
        if (e.b.e === "const") return `(${a} ${sign} ${e.b.value & bits})`;
        return `(${a} ${sign} (${b} & ${bits}))`;
      }
      case "mulHigh": return `${this.prelude.mulHigh(lanes)}(${a}, ${b})`;
    }
  }
  /** A comparison as C makes it: lanes as wide as the operands. */
  #compare(e: Expr & { e: "compare" }): string {
    const sign = { eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=" }[e.op];
    return `(${this.#expr(e.a)} ${sign} ${this.#expr(e.b)})`;
  }
  /** A vector mask in lanes as wide as those it selects. */
  #maskFor(mask: Expr, element: Element): string {
    const wanted = integerOf(element);
    if (mask.e === "compare" && integerOf(elementOf(mask.a.type)) === wanted) return this.#compare(mask);
    return this.#cast(this.#expr(mask), "i32", wanted, mask.type.lanes);
  }
  #convert(a: Expr, to: Type): string {
    const lanes = to.lanes;
    const [from, element] = [elementOf(a.type), elementOf(to)];
    const value = this.#expr(a);
    if (a.type.scalar === to.scalar) return value;
    if (to.scalar === "mask") {
      const mask = `(${value} != 0)`;
      return lanes === 1 ? mask : this.#cast(mask, integerOf(from), "i32", lanes);
    }
    if (a.type.scalar === "mask" && lanes > 1) return this.#cast(`(-${value})`, "i32", element, lanes);
    if (!isFloatElement(from) || isFloatElement(element)) return this.#cast(value, from, element, lanes);
    return `${this.prelude.toInteger(from, element, lanes)}(${value})`;
  }
  #constant(value: number, type: Type): string {
    const element = elementOf(type);
    if (type.lanes > 1) {
      const one = type.scalar === "mask" ? (value === 0 ? "0" : "-1") : this.#constant(value, { ...type, lanes: 1 });
      return `${this.prelude.splat(element, type.lanes)}(${one})`;
    }
    switch (type.scalar) {
      case "f32": return floating(shortest(Math.fround(value)), "f");
      case "f64": return floating(value, "");
      case "i32": return integer(value | 0, "");
      case "u32": return `${value >>> 0}u`;
      case "mask": return value === 0 ? "0" : "1";
      case "index": return integer(value, "L");
    }
  }

  // Names ------------------------------------------------------------------------------------------------------------
  #type(type: Type): string {
    return type.lanes === 1 ? elementOf(type) : this.prelude.type(elementOf(type), type.lanes);
  }
  #buffer(slot: number): string {
    return `${plain(this.#kernel.buffers[slot].name)}_b${slot}`;
  }
  #variable(variable: Variable): string {
    let name = this.#names.get(variable.id);
    if (name === undefined) {
      name = `${plain(variable.name)}_${variable.id}`;
      this.#names.set(variable.id, name);
    }
    return name;
  }
}

/** Whether a choice is the smaller or the larger of two floats: x < y ? x : y. */
function boundOf({ type, mask, a, b }: Expr & { e: "select" }): "min" | "max" | null {
  if (mask.e !== "compare" || !isFloatElement(elementOf(type)) || !same(mask.a, a) || !same(mask.b, b)) return null;
  return mask.op === "lt" ? "min" : mask.op === "gt" ? "max" : null;
}
/** The same value without a look at what is inside. */
const same = (a: Expr, b: Expr): boolean => a === b || (a.e === "var" && b.e === "var" && a.variable === b.variable);
