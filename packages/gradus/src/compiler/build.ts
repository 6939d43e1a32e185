import type { DType } from "../vocab/dtype.ts";
import {
  computeType, type Expr, type Kernel, type KernelBinary, type KernelBuffer, type KernelCompare, type KernelUnary,
  type Scalar, type Stmt, type Type, type Variable,
} from "../ir/kernel.ts";

const INDEX: Type = { scalar: "index", lanes: 1 };

/**
 * Writes kernels: expressions are made by pure functions with the obvious constants folded, statements go into the
 * block that is open. Numbers given where an index is expected become constants.
 */
export class KernelBuilder {
  readonly lanes: number;
  readonly buffers: KernelBuffer[] = [];
  readonly ints: string[] = [];
  readonly floats: string[] = [];
  readonly begin: Expr;
  readonly end: Expr;
  #block: Stmt[] = [];
  #nextId = 0;
  readonly #body = this.#block;
  readonly #begin: Variable;
  readonly #end: Variable;

  constructor(lanes: number) {
    this.lanes = lanes;
    this.#begin = this.#variable("begin", INDEX);
    this.#end = this.#variable("end", INDEX);
    this.begin = { e: "var", type: INDEX, variable: this.#begin };
    this.end = { e: "var", type: INDEX, variable: this.#end };
  }

  finish(name: string, key: string): Kernel {
    return {
      name, key, buffers: this.buffers, ints: this.ints, floats: this.floats, lanes: this.lanes,
      begin: this.#begin, end: this.#end, body: this.#body,
    };
  }

  // Parameters -------------------------------------------------------------------------------------------------------
  buffer(name: string, dtype: DType, access: KernelBuffer["access"]): number {
    return this.buffers.push({ name, dtype, access }) - 1;
  }
  int(name: string): Expr {
    return { e: "int", type: INDEX, slot: this.ints.push(name) - 1 };
  }
  float(name: string, scalar: "f32" | "f64" = "f32"): Expr {
    return { e: "float", type: { scalar, lanes: 1 }, slot: this.floats.push(name) - 1 };
  }

  // Expressions ------------------------------------------------------------------------------------------------------
  constant(value: number, type: Type | Scalar = INDEX): Expr {
    return { e: "const", type: typeof type === "string" ? { scalar: type, lanes: 1 } : type, value };
  }
  index(value: number | Expr): Expr {
    return typeof value === "number" ? this.constant(value) : value;
  }
  unary(op: KernelUnary, a: Expr): Expr {
    return { e: "unary", type: a.type, op, a };
  }
  binary(op: KernelBinary, a: Expr, b: Expr): Expr {
    if (a.type.scalar === "index") {
      const folded = foldIndex(op, a, b);
      if (folded !== null) return folded;
    }
    return { e: "binary", type: a.type, op, a, b };
  }
  add(a: Expr | number, b: Expr | number): Expr {
    return this.binary("add", this.#like(a, b), this.#like(b, a));
  }
  sub(a: Expr | number, b: Expr | number): Expr {
    return this.binary("sub", this.#like(a, b), this.#like(b, a));
  }
  mul(a: Expr | number, b: Expr | number): Expr {
    return this.binary("mul", this.#like(a, b), this.#like(b, a));
  }
  div(a: Expr | number, b: Expr | number): Expr {
    return this.binary("div", this.#like(a, b), this.#like(b, a));
  }
  min(a: Expr | number, b: Expr | number): Expr {
    return this.binary("min", this.#like(a, b), this.#like(b, a));
  }
  max(a: Expr | number, b: Expr | number): Expr {
    return this.binary("max", this.#like(a, b), this.#like(b, a));
  }
  fma(a: Expr, b: Expr, c: Expr): Expr {
    return { e: "fma", type: a.type, a, b, c };
  }
  compare(op: KernelCompare, a: Expr, b: Expr | number): Expr {
    return { e: "compare", type: { scalar: "mask", lanes: a.type.lanes }, op, a, b: this.#like(b, a) };
  }
  select(mask: Expr, a: Expr, b: Expr): Expr {
    return { e: "select", type: a.type, mask, a, b };
  }
  convert(scalar: Scalar, a: Expr): Expr {
    return a.type.scalar === scalar ? a : { e: "convert", type: { scalar, lanes: a.type.lanes }, a };
  }
  bitcast(scalar: Scalar, a: Expr): Expr {
    return a.type.scalar === scalar ? a : { e: "bitcast", type: { scalar, lanes: a.type.lanes }, a };
  }
  /** The same value in every lane; a constant stays one. */
  splat(a: Expr, lanes: number): Expr {
    if (a.type.lanes === lanes) return a;
    const type = { scalar: a.type.scalar, lanes };
    return a.e === "const" ? { ...a, type } : { e: "splat", type, a };
  }
  laneIndex(lanes: number): Expr {
    return { e: "laneIndex", type: { scalar: "i32", lanes } };
  }
  reduceLanes(op: "add" | "mul" | "min" | "max" | "and" | "or", a: Expr): Expr {
    return a.type.lanes === 1 ? a : { e: "reduceLanes", type: { scalar: a.type.scalar, lanes: 1 }, op, a };
  }
  shuffle(a: Expr, b: Expr, pick: readonly number[]): Expr {
    return { e: "shuffle", type: a.type, a, b, pick };
  }
  load(buffer: number, index: Expr | number, lanes: number, stride?: Expr): Expr {
    const type = computeType(this.buffers[buffer].dtype, lanes);
    const at = this.index(index);
    return lanes === 1 || stride === undefined
      ? { e: "load", type, buffer, index: at }
      : { e: "load", type, buffer, index: at, stride };
  }
  gather(buffer: number, base: Expr, indices: Expr): Expr {
    return { e: "gather", type: computeType(this.buffers[buffer].dtype, indices.type.lanes), buffer, base, indices };
  }
  read(variable: Variable): Expr {
    return { e: "var", type: variable.type, variable };
  }

  // Statements -------------------------------------------------------------------------------------------------------
  /** Names a value: computed once, here. */
  let(name: string, value: Expr): Expr {
    if (value.e === "const" || value.e === "var") return value;
    const variable = this.#variable(name, value.type);
    this.#block.push({ s: "let", variable, value });
    return this.read(variable);
  }
  /** A register that `set` changes. */
  mutable(name: string, value: Expr): Variable {
    const variable = this.#variable(name, value.type);
    this.#block.push({ s: "let", variable, value });
    return variable;
  }
  set(variable: Variable, value: Expr): void {
    this.#block.push({ s: "set", variable, value });
  }
  store(buffer: number, index: Expr | number, value: Expr, options: { stride?: Expr; count?: Expr } = {}): void {
    this.#block.push({ s: "store", buffer, index: this.index(index), value, ...options });
  }
  for(name: string, from: Expr | number, to: Expr | number, step: Expr | number, body: (i: Expr) => void): void {
    const variable = this.#variable(name, INDEX);
    const block = this.#inside(() => body(this.read(variable)));
    if (block.length === 0) return;
    this.#block.push({
      s: "for", variable, from: this.index(from), to: this.index(to), step: this.index(step), body: block,
    });
  }
  if(condition: Expr, then: () => void, otherwise: () => void = () => {}): void {
    this.#block.push({ s: "if", condition, then: this.#inside(then), else: this.#inside(otherwise) });
  }
  while(condition: Expr, body: () => void): void {
    this.#block.push({ s: "while", condition, body: this.#inside(body) });
  }
  comment(text: string): void {
    this.#block.push({ s: "comment", text });
  }

  #inside(body: () => void): Stmt[] {
    const outer = this.#block;
    const inner: Stmt[] = [];
    this.#block = inner;
    try {
      body();
    } finally {
      this.#block = outer;
    }
    return inner;
  }
  #variable(name: string, type: Type): Variable {
    return { id: this.#nextId++, name, type };
  }
  #like(value: Expr | number, other: Expr | number): Expr {
    if (typeof value !== "number") return value;
    return this.constant(value, typeof other === "number" ? INDEX : other.type);
  }
}

/** Index arithmetic with known parts: 0 and 1 vanish, constants combine. */
function foldIndex(op: KernelBinary, a: Expr, b: Expr): Expr | null {
  const x = a.e === "const" ? a.value : null;
  const y = b.e === "const" ? b.value : null;
  const make = (value: number): Expr => ({ e: "const", type: INDEX, value });
  if (x !== null && y !== null) {
    switch (op) {
      case "add": return make(x + y);
      case "sub": return make(x - y);
      case "mul": return make(x * y);
      case "min": return make(Math.min(x, y));
      case "max": return make(Math.max(x, y));
      case "div": return make(y === 0 ? 0 : Math.trunc(x / y));
      case "rem": return make(y === 0 ? 0 : x % y);
      default: return null;
    }
  }
  if (op === "add") return x === 0 ? b : y === 0 ? a : null;
  if (op === "sub") return y === 0 ? a : null;
  if (op === "mul") return x === 0 || y === 0 ? make(0) : x === 1 ? b : y === 1 ? a : null;
  if (op === "div") return y === 1 ? a : null;
  if (op === "rem") return y === 1 ? make(0) : null;
  return null;
}
