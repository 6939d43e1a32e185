import type { Expr, KernelBinary, Stmt, Type } from "../../ir/kernel.ts";
import { BackendError } from "../../vocab/errors.ts";
import { Frame, LANES, instruction, isPlain, keyOf, shapeOf } from "./frame.ts";
import { printGather, printLoad, printSplatLoad, printStore } from "./memory.ts";

type Of<E extends Expr["e"]> = Extract<Expr, { e: E }>;
type For = Extract<Stmt, { s: "for" }>;

/** The upper half of a vector first. */
const UPPER_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
/** The second lane first. */
const SECOND_LANE = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];
/** The high words of the four 64-bit products in two vectors. */
const HIGH_WORDS = [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31];
const ONE_F32 = 0x3f800000;

/** The bits of an f32. */
const floats = new Float32Array(1);
const bits = new Int32Array(floats.buffer);

const isFloat = (type: Type): boolean => type.scalar === "f32" || type.scalar === "f64";
const signOf = (type: Type): "s" | "u" => (type.scalar === "u32" ? "u" : "s");

/** Prints the statements and expressions of a kernel: what each means in WebAssembly. */
export class Printer extends Frame {
  // Statements -------------------------------------------------------------------------------------------------------
  statements(statements: readonly Stmt[]): void {
    for (const statement of statements) this.statement(statement);
  }
  statement(statement: Stmt): void {
    switch (statement.s) {
      case "let": case "set":
        this.expression(statement.value);
        this.code.local("local.set", this.declare(statement.variable));
        return;
      case "store": return printStore(this, statement);
      case "for": return this.#for(statement);
      case "if":
        this.expression(statement.condition);
        this.code.open("if");
        this.statements(statement.then);
        if (statement.else.length > 0) {
          this.code.otherwise();
          this.statements(statement.else);
        }
        return this.code.close();
      case "while": {
        const { before, body } = this.loop(!hasLoop(statement.body), () => {
          this.expression(statement.condition);
          this.code.op("i32.eqz");
          this.code.op("br_if", 1);
          this.statements(statement.body);
          this.code.op("br", 0);
        });
        this.code.open("block");
        this.code.append(before);
        this.code.open("loop");
        this.code.append(body);
        this.code.close();
        return this.code.close();
      }
      case "comment": return this.code.comment(statement.text);
    }
  }
  /** Tested at the bottom, so that an iteration takes one branch. */
  #for(loop: For): void {
    const index = this.declare(loop.variable, 1);
    const to = this.#bound(loop.to, "to");
    const step = this.#bound(loop.step, "step");
    const { before, body } = this.loop(!hasLoop(loop.body), () => {
      this.statements(loop.body);
      this.code.local("local.get", index);
      this.expression(step);
      this.code.op("i32.add");
      this.code.local("local.tee", index);
      this.expression(to);
      this.code.op("i32.lt_s");
      this.code.op("br_if", 0);
    });
    const runs = loop.from.e === "const" && to.e === "const" && loop.from.value < to.value;
    this.expression(loop.from);
    this.code.local("local.set", index);
    if (!runs) {
      this.code.local("local.get", index);
      this.expression(to);
      this.code.op("i32.lt_s");
      this.code.open("if");
    }
    this.code.append(before);
    this.code.open("loop");
    this.code.append(body);
    this.code.close();
    if (!runs) this.code.close();
  }
  /** The bound of a loop, computed once, as something cheap to read. */
  #bound(bound: Expr, name: string): Expr {
    if (isPlain(bound)) return bound;
    const variable = { id: -1 - this.locals.length, name, type: bound.type };
    this.statement({ s: "let", variable, value: bound });
    return { e: "var", type: bound.type, variable };
  }

  // Expressions ------------------------------------------------------------------------------------------------------
  expression(expr: Expr): void {
    const { code } = this;
    switch (expr.e) {
      case "const": return this.#constant(expr);
      case "var": return code.local("local.get", this.local(expr.variable));
      case "int": return code.local("local.get", this.int(expr.slot));
      case "float":
        return code.local("local.get", this.float(expr.slot, expr.type.scalar === "f64" ? "f64" : "f32"));
      case "load": return printLoad(this, expr);
      case "gather": return printGather(this, expr);
      case "unary": return this.#unary(expr);
      case "binary": return this.#binary(expr);
      case "fma": return this.#fma(expr);
      case "compare": return this.#compare(expr);
      case "select":
        this.expression(expr.a);
        this.expression(expr.b);
        this.expression(expr.mask);
        return code.op(expr.type.lanes === 1 ? "select" : "v128.bitselect");
      case "convert": return this.#convert(expr);
      case "bitcast":
        this.expression(expr.a);
        if (expr.type.lanes === 1 && isFloat(expr.type) !== isFloat(expr.a.type)) {
          code.op(isFloat(expr.type) ? "f32.reinterpret_i32" : "i32.reinterpret_f32");
        }
        return;
      case "splat": return this.#splat(expr);
      case "laneIndex": return this.laneIndex();
      case "shuffle":
        this.expression(expr.a);
        this.expression(expr.b);
        return code.op("i8x16.shuffle", ...expr.pick.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)));
      case "reduceLanes": return this.#reduceLanes(expr);
      case "extract":
        this.expression(expr.a);
        code.op(instruction(`${shapeOf(expr.a.type)}.extract_lane`), expr.lane);
        // Of a mask: one bit.
        if (expr.a.type.scalar === "mask") {
          code.constant("i32", 1);
          code.op("i32.and");
        }
    }
  }

  #constant({ type, value }: Of<"const">): void {
    const shape = shapeOf(type);
    if (shape === "f32x4") {
      floats[0] = value;
      return this.splatBits(bits[0]);
    }
    if (shape === "i32x4") return this.splatBits(type.scalar === "mask" ? -value : value | 0);
    this.code.constant(shape, shape === "i32" ? value | 0 : value);
  }
  #splat(expr: Of<"splat">): void {
    if (expr.type.scalar === "mask") {
      this.expression(expr.a);
      this.code.op("i32x4.splat");
      return this.code.op("i32x4.neg");
    }
    const level = this.levelOf(expr);
    if (level < this.depth) {
      const local = this.hoist(level, keyOf(expr), "v128", "splat", () => this.#splat(expr));
      return this.code.local("local.get", local);
    }
    if (expr.a.e === "load" && printSplatLoad(this, expr.a)) return;
    this.expression(expr.a);
    this.code.op(instruction(`${shapeOf(expr.type)}.splat`));
  }

  #unary({ op, a, type }: Of<"unary">): void {
    const shape = shapeOf(type);
    const { code } = this;
    if (op === "not") {
      this.expression(a);
      return code.op(type.lanes === 1 ? "i32.eqz" : "v128.not");
    }
    if (shape === "i32") {
      if (op === "neg") code.constant("i32", 0);
      this.expression(a);
      if (op === "neg") code.op("i32.sub");
      else if (op === "abs" && type.scalar !== "u32") this.#absolute();
      return;
    }
    this.expression(a);
    if (isFloat(type)) return code.op(instruction(`${shape}.${op}`));
    // Integers are whole already.
    if (op === "neg" || (op === "abs" && type.scalar !== "u32")) code.op(`i32x4.${op}`);
  }
  /** |x| of the i32 on the stack: (x ^ s) - s with s = x >> 31. */
  #absolute(): void {
    const { code } = this;
    this.withScratch("i32", sign => this.withScratch("i32", x => {
      code.local("local.tee", x);
      code.local("local.get", x);
      code.constant("i32", 31);
      code.op("i32.shr_s");
      code.local("local.tee", sign);
      code.op("i32.xor");
      code.local("local.get", sign);
      code.op("i32.sub");
    }));
  }

  #binary(expr: Of<"binary">): void {
    const { op, a, b, type } = expr;
    const shape = shapeOf(type);
    const { code } = this;
    if (op === "shl" || op === "shr") return this.#shift(expr);
    if (op === "mulHigh") return this.#mulHigh(a, b, type.lanes);
    if (!isFloat(type)) {
      if (op === "div" || op === "rem") return this.#divide(op, a, b, type);
      if (shape === "i32" && (op === "min" || op === "max")) return this.#pick(op, a, b, type);
    }
    this.expression(a);
    this.expression(b);
    if (op === "and" || op === "or" || op === "xor") return code.op(type.lanes === 1 ? `i32.${op}` : `v128.${op}`);
    if (shape === "i32x4" && (op === "min" || op === "max")) return code.op(`i32x4.${op}_${signOf(type)}`);
    code.op(instruction(`${shape}.${op}`));
  }
  /** The smaller or larger of two integers. */
  #pick(op: "min" | "max", a: Expr, b: Expr, type: Type): void {
    const { code } = this;
    this.withScratch("i32", left => this.withScratch("i32", right => {
      this.expression(a);
      code.local("local.tee", left);
      this.expression(b);
      code.local("local.tee", right);
      code.local("local.get", left);
      code.local("local.get", right);
      code.op(instruction(`i32.${op === "min" ? "lt" : "gt"}_${signOf(type)}`));
      code.op("select");
    }));
  }
  #shift({ op, a, b, type }: Of<"binary">): void {
    const { code } = this;
    const name = op === "shl" ? "shl" : `shr_${signOf(type)}`;
    if (type.lanes === 1) {
      this.expression(a);
      this.expression(b);
      return code.op(instruction(`i32.${name}`));
    }
    const amount: Expr | null = b.type.lanes === 1 ? b
      : b.e === "const" ? { e: "const", type: { scalar: "i32", lanes: 1 }, value: b.value }
      : b.e === "splat" ? b.a
      : null;
    if (amount !== null) {
      this.expression(a);
      this.expression(amount);
      return code.op(instruction(`i32x4.${name}`));
    }
    this.#eachLane(a, b, () => code.op(instruction(`i32.${name}`)));
  }
  #mulHigh(a: Expr, b: Expr, lanes: number): void {
    const { code } = this;
    if (lanes === 1) {
      this.expression(a);
      code.op("i64.extend_i32_u");
      this.expression(b);
      code.op("i64.extend_i32_u");
      code.op("i64.mul");
      code.op("i64.const", 32);
      code.op("i64.shr_u");
      return code.op("i32.wrap_i64");
    }
    this.withScratch("v128", left => this.withScratch("v128", right => {
      this.expression(a);
      code.local("local.tee", left);
      this.expression(b);
      code.local("local.tee", right);
      code.op("i64x2.extmul_low_i32x4_u");
      code.local("local.get", left);
      code.local("local.get", right);
      code.op("i64x2.extmul_high_i32x4_u");
      code.op("i8x16.shuffle", ...HIGH_WORDS);
    }));
  }
  #divide(op: "div" | "rem", a: Expr, b: Expr, type: Type): void {
    if (type.lanes !== 1) return this.#eachLane(a, b, () => this.#divideStack(op, type));
    this.expression(a);
    this.expression(b);
    if (b.e === "const" && b.value !== 0 && b.value !== -1) this.code.op(`i32.${op}_${signOf(type)}`);
    else this.#divideStack(op, type);
  }
  /** Divides the two integers on the stack: by 0 gives 0, and -2^31 / -1 wraps. WebAssembly would trap on both. */
  #divideStack(op: "div" | "rem", type: Type): void {
    const { code } = this;
    const plain = instruction(`i32.${op}_${signOf(type)}`);
    this.withScratch("i32", x => this.withScratch("i32", y => {
      code.local("local.set", y);
      code.local("local.set", x);
      code.local("local.get", y);
      code.open("if", "i32");
      // An index is never -2^31, and a remainder by -1 does not trap.
      const wraps = op === "div" && type.scalar === "i32";
      if (wraps) {
        code.local("local.get", y);
        code.constant("i32", -1);
        code.op("i32.eq");
        code.open("if", "i32");
        code.constant("i32", 0);
        code.local("local.get", x);
        code.op("i32.sub");
        code.otherwise();
      }
      code.local("local.get", x);
      code.local("local.get", y);
      code.op(plain);
      if (wraps) code.close();
      code.otherwise();
      code.constant("i32", 0);
      code.close();
    }));
  }
  /** An integer operation that vectors lack; `print` takes two integers from the stack. */
  #eachLane(a: Expr, b: Expr, print: () => void): void {
    const { code } = this;
    this.withScratch("v128", left => this.withScratch("v128", right => {
      this.expression(a);
      code.local("local.set", left);
      this.expression(b);
      code.local("local.set", right);
      code.local("local.get", left);
      for (let lane = 0; lane < LANES; lane++) {
        for (const vector of [left, right]) {
          code.local("local.get", vector);
          code.op("i32x4.extract_lane", lane);
        }
        print();
        code.op("i32x4.replace_lane", lane);
      }
    }));
  }

  #fma({ a, b, c, type }: Of<"fma">): void {
    const { code } = this;
    const shape = shapeOf(type);
    if (!this.fused || !isFloat(type)) {
      // The order of operands keeps an accumulator last, as in the fused form.
      this.expression(a);
      this.expression(b);
      code.op(`${shape}.mul`);
      this.expression(c);
      return code.op(`${shape}.add`);
    }
    const negated = a.e === "unary" && a.op === "neg";
    const operands = [negated ? a.a : a, b, c];
    const vector = shape === "f64" ? "f64x2" : "f32x4";
    for (const operand of operands) {
      this.expression(operand);
      // No scalar form exists: one lane of the vector form rounds alike.
      if (type.lanes === 1) code.op(`${vector}.splat`);
    }
    code.op(`${vector}.relaxed_${negated ? "nmadd" : "madd"}`);
    if (type.lanes === 1) code.op(`${vector}.extract_lane`, 0);
  }

  #compare({ op, a, b }: Of<"compare">): void {
    this.expression(a);
    this.expression(b);
    const sign = isFloat(a.type) || op === "eq" || op === "ne" ? "" : `_${signOf(a.type)}`;
    this.code.op(instruction(`${shapeOf(a.type)}.${op}${sign}`));
  }

  #convert({ a, type }: Of<"convert">): void {
    const from = a.type.scalar;
    const to = type.scalar;
    const { code } = this;
    this.expression(a);
    if (from === to) return;
    const source = shapeOf(a.type);
    const target = shapeOf(type);
    if (to === "mask") {
      this.#constant({ e: "const", type: a.type, value: 0 });
      return code.op(`${source}.ne`);
    }
    if (type.lanes === 1) {
      if (source === target) return;
      if (source === "i32") {
        return code.op(instruction(`${target}.convert_i32_${from === "u32" ? "u" : "s"}`));
      }
      if (target === "i32") return code.op(instruction(`i32.trunc_sat_${source}_${signOf(type)}`));
      return code.op(target === "f64" ? "f64.promote_f32" : "f32.demote_f64");
    }
    if (from === "mask") {
      if (target === "i32x4") return code.op("i32x4.neg");
      this.splatBits(ONE_F32);
      return code.op("v128.and");
    }
    if (source === target) return;
    if (target === "f32x4") return code.op(`f32x4.convert_i32x4_${from === "u32" ? "u" : "s"}`);
    code.op(`i32x4.trunc_sat_f32x4_${signOf(type)}`);
  }

  #reduceLanes({ op, a }: Of<"reduceLanes">): void {
    const { code } = this;
    if (a.type.scalar === "mask") {
      if (op !== "and" && op !== "or") throw new BackendError(`a mask has no ${op} over lanes; use "and" or "or"`);
      this.expression(a);
      return code.op(op === "and" ? "i32x4.all_true" : "v128.any_true");
    }
    this.withScratch("v128", vector => {
      this.expression(a);
      // (l0 op l2, l1 op l3), then the two.
      for (const shuffle of [UPPER_HALF, SECOND_LANE]) {
        code.local("local.tee", vector);
        code.local("local.get", vector);
        code.local("local.get", vector);
        code.op("i8x16.shuffle", ...shuffle);
        this.#combine(op, a.type);
      }
    });
    code.op(instruction(`${shapeOf(a.type)}.extract_lane`), 0);
  }
  /** A vector operation on the two vectors on the stack. */
  #combine(op: KernelBinary, type: Type): void {
    if (op === "and" || op === "or") return this.code.op(`v128.${op}`);
    const sign = !isFloat(type) && (op === "min" || op === "max") ? `_${signOf(type)}` : "";
    this.code.op(instruction(`${shapeOf(type)}.${op}${sign}`));
  }
}

const hasLoop = (statements: readonly Stmt[]): boolean => statements.some(statement =>
  statement.s === "for" || statement.s === "while" ||
  (statement.s === "if" && (hasLoop(statement.then) || hasLoop(statement.else))));

