import type { Expr, Kernel, Stmt, Type, Variable } from "../../ir/kernel.ts";
import { BackendError } from "../../vocab/errors.ts";
import { PARAMETERS } from "./encode.ts";
import { OPCODES, type Code, type Instruction, type ValueType } from "./opcodes.ts";

/** f32 and i32 lanes of a v128. */
export const LANES = 4;
/** Local variables of the four parameters. */
const ARGS = 0;
const BEGIN = 1;
const END = 2;
const T = 3;
/** Never equal on two visits of a loop body: what is mutable or read from memory. */
const VARYING = Infinity;

/** A loop being printed. What it does not change is computed once, in `before`. */
interface Loop {
  readonly before: Code;
  /** Locals of the values computed there, by a key of the value. */
  readonly hoisted: Map<string, number>;
  readonly innermost: boolean;
}

export type Shape = "i32" | "f32" | "f64" | "i32x4" | "f32x4";

/** How a type is computed: the prefix of its instructions. */
export function shapeOf(type: Type): Shape {
  const { scalar, lanes } = type;
  if (lanes === 1) return scalar === "f32" || scalar === "f64" ? scalar : "i32";
  if (lanes !== LANES || scalar === "f64" || scalar === "index") {
    throw new BackendError(`wasm has no vector of ${lanes} ${scalar}; lower for ${LANES} lanes of 32 bits`);
  }
  return scalar === "f32" ? "f32x4" : "i32x4";
}
export function valueType(type: Type): ValueType {
  const shape = shapeOf(type);
  return shape === "i32x4" || shape === "f32x4" ? "v128" : shape;
}

/** The instruction of a composed name. */
export function instruction(name: string): Instruction {
  if (!Object.hasOwn(OPCODES, name)) throw new BackendError(`wasm has no instruction ${name}`);
  return name as Instruction;
}

/**
 * A function while it is printed: its local variables, the values it computes once at entry (arguments, vector
 * constants), and for each loop around the current place the values computed once before that loop.
 */
export abstract class Frame {
  readonly kernel: Kernel;
  /** Whether a*b + c may be one relaxed instruction. */
  readonly fused: boolean;
  readonly locals: ValueType[] = [];
  readonly names: string[] = ["args", "begin", "end", "t"];
  /** Where instructions go. */
  code: Code;
  readonly #entry: Code;
  readonly #atEntry = new Map<string, number>();
  readonly #variables = new Map<number, number>();
  /** Depth of the loop in which a variable gets its value. */
  readonly #levels = new Map<number, number>();
  readonly #mutable = new Set<number>();
  readonly #scratch: { readonly [K in ValueType]: number[] } = { i32: [], f32: [], f64: [], v128: [] };
  readonly #loops: Loop[] = [];
  #depth = 0;

  constructor(kernel: Kernel, fused: boolean, makeCode: (names: readonly string[]) => Code) {
    this.kernel = kernel;
    this.fused = fused;
    this.code = makeCode(this.names);
    this.#entry = this.code.fork();
    for (const [variable, local] of [[kernel.begin, BEGIN], [kernel.end, END]] as const) {
      this.#variables.set(variable.id, local);
      this.#levels.set(variable.id, 0);
    }
    collectMutable(kernel.body, this.#mutable);
  }

  /** Prints an expression: its value is left on the stack. */
  abstract expression(expr: Expr): void;

  /** Appends the whole function, once its statements are printed. */
  assemble(into: Code): void {
    into.append(this.#entry);
    into.append(this.code);
  }

  // Local variables --------------------------------------------------------------------------------------------------
  declare(variable: Variable, inside = 0): number {
    const known = this.#variables.get(variable.id);
    if (known !== undefined) return known;
    const local = this.#newLocal(valueType(variable.type), variable.name);
    this.#variables.set(variable.id, local);
    this.#levels.set(variable.id, this.#depth + inside);
    return local;
  }
  local(variable: Variable): number {
    const local = this.#variables.get(variable.id);
    if (local === undefined) {
      throw new BackendError(`kernel ${this.kernel.name} reads ${variable.name} before it has a value`);
    }
    return local;
  }
  /** Holds a local of the type while `body` prints. */
  withScratch(type: ValueType, body: (local: number) => void): void {
    const local = this.#scratch[type].pop() ?? this.#newLocal(type, `tmp_${type}`);
    body(local);
    this.#scratch[type].push(local);
  }

  // Values computed once ---------------------------------------------------------------------------------------------
  /** Base pointer of a buffer: its offset + t * step. */
  base(buffer: number): number {
    return this.#once(`buffer ${buffer}`, "i32", `${this.kernel.buffers[buffer].name}_base`, code => {
      code.local("local.get", ARGS);
      code.memory("i32.load", 16 * buffer);
      code.local("local.get", ARGS);
      code.memory("i32.load", 16 * buffer + 8);
      code.local("local.get", T);
      code.op("i32.mul");
      code.op("i32.add");
    });
  }
  int(slot: number): number {
    return this.#once(`int ${slot}`, "i32", this.kernel.ints[slot], code => {
      code.local("local.get", ARGS);
      code.memory("i32.load", 16 * this.kernel.buffers.length + 8 * slot);
    });
  }
  float(slot: number, type: "f32" | "f64"): number {
    return this.#once(`${type} ${slot}`, type, this.kernel.floats[slot], code => {
      code.local("local.get", ARGS);
      code.memory("f64.load", 16 * this.kernel.buffers.length + 8 * (this.kernel.ints.length + slot));
      if (type === "f32") code.op("f32.demote_f64");
    });
  }
  /** Leaves a vector with the same 32 bits in every lane on the stack. */
  splatBits(bits: number): void {
    this.#vector(`bits ${bits}`, bits === 0, () => new Int32Array(LANES).fill(bits));
  }
  laneIndex(): void {
    this.#vector("lane index", false, () => Int32Array.of(0, 1, 2, 3));
  }
  /**
   * Inside loops a vector constant comes from a local, since V8 makes it anew at every use. A zero costs one cheap
   * instruction and would hold a register, so that only innermost loops keep it.
   */
  #vector(key: string, zero: boolean, make: () => Int32Array): void {
    if (this.#depth === 0 || (zero && !this.#loops[this.#depth - 1].innermost)) this.code.v128(make());
    else this.code.local("local.get", this.#once(key, "v128", "const", code => code.v128(make())));
  }
  #once(key: string, type: ValueType, name: string, print: (code: Code) => void): number {
    const known = this.#atEntry.get(key);
    if (known !== undefined) return known;
    const local = this.#newLocal(type, name);
    print(this.#entry);
    this.#entry.local("local.set", local);
    this.#atEntry.set(key, local);
    return local;
  }

  // Loops ------------------------------------------------------------------------------------------------------------
  get depth(): number {
    return this.#depth;
  }
  /** Prints a loop body; returns what goes before the loop and the body itself. */
  loop(innermost: boolean, body: () => void): { before: Code; body: Code } {
    const outer = this.code;
    const loop: Loop = { before: outer.fork(), hoisted: new Map(), innermost };
    this.code = outer.fork();
    this.#loops.push(loop);
    this.#depth++;
    body();
    this.#depth--;
    this.#loops.pop();
    const printed = { before: loop.before, body: this.code };
    this.code = outer;
    return printed;
  }
  /** Depth of the innermost loop around the current place that changes the expression; 0 for none. */
  levelOf(expr: Expr): number {
    switch (expr.e) {
      case "const": case "int": case "float": case "laneIndex": return 0;
      case "var": {
        if (this.#mutable.has(expr.variable.id)) return VARYING;
        return this.#levels.get(expr.variable.id) ?? VARYING;
      }
      case "load": case "gather": return VARYING;
      case "unary": case "convert": case "bitcast": case "splat": case "reduceLanes": case "extract":
        return this.levelOf(expr.a);
      case "binary": case "compare": case "shuffle": return Math.max(this.levelOf(expr.a), this.levelOf(expr.b));
      case "fma": return Math.max(this.levelOf(expr.a), this.levelOf(expr.b), this.levelOf(expr.c));
      case "select": return Math.max(this.levelOf(expr.mask), this.levelOf(expr.a), this.levelOf(expr.b));
    }
  }
  /** A local with a value that `print` leaves on the stack, computed before the loop at depth `level` + 1. */
  hoist(level: number, key: string, type: ValueType, name: string, print: () => void): number {
    const loop = this.#loops[level];
    const known = loop.hoisted.get(key);
    if (known !== undefined) return known;
    const local = this.#newLocal(type, name);
    const { code } = this;
    const depth = this.#depth;
    this.code = loop.before;
    this.#depth = level;
    print();
    this.code.local("local.set", local);
    this.code = code;
    this.#depth = depth;
    loop.hoisted.set(key, local);
    return local;
  }

  #newLocal(type: ValueType, name: string): number {
    const local = PARAMETERS + this.locals.push(type) - 1;
    this.names.push(`${name}_${local}`);
    return local;
  }
}

/** A value that costs nothing where it stands. */
export const isPlain = (expr: Expr): boolean =>
  expr.e === "var" || expr.e === "int" || expr.e === "float" || (expr.e === "const" && expr.type.lanes === 1);

/** Equal keys of pure expressions mean equal values. */
export function keyOf(expr: Expr): string {
  const type = `${expr.type.scalar}${expr.type.lanes}`;
  switch (expr.e) {
    case "const": return `${type}:${Object.is(expr.value, -0) ? "-0" : expr.value}`;
    case "var": return `v${expr.variable.id}`;
    case "int": case "float": return `${expr.e}${expr.slot}:${type}`;
    case "laneIndex": return "lanes";
    case "load": return `load(${expr.buffer},${keyOf(expr.index)},${expr.stride ? keyOf(expr.stride) : ""},${type})`;
    case "gather": return `gather(${expr.buffer},${keyOf(expr.base)},${keyOf(expr.indices)},${type})`;
    case "unary": return `${expr.op}(${keyOf(expr.a)},${type})`;
    case "binary": case "compare": return `${expr.op}(${keyOf(expr.a)},${keyOf(expr.b)},${type})`;
    case "fma": return `fma(${keyOf(expr.a)},${keyOf(expr.b)},${keyOf(expr.c)})`;
    case "select": return `select(${keyOf(expr.mask)},${keyOf(expr.a)},${keyOf(expr.b)})`;
    case "convert": case "bitcast": case "splat": return `${expr.e}(${keyOf(expr.a)},${type})`;
    case "reduceLanes": return `reduce ${expr.op}(${keyOf(expr.a)})`;
    case "extract": return `extract ${expr.lane}(${keyOf(expr.a)})`;
    case "shuffle": return `shuffle ${expr.pick.join()}(${keyOf(expr.a)},${keyOf(expr.b)})`;
  }
}

function collectMutable(statements: readonly Stmt[], found: Set<number>): void {
  for (const statement of statements) {
    if (statement.s === "set") found.add(statement.variable.id);
    else if (statement.s === "for" || statement.s === "while") collectMutable(statement.body, found);
    else if (statement.s === "if") {
      collectMutable(statement.then, found);
      collectMutable(statement.else, found);
    }
  }
}
