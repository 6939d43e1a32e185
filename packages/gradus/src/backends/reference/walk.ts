import type { Expr, Kernel, Stmt, Variable } from "../../ir/kernel.ts";
import { bytesOf } from "../../vocab/dtype.ts";
import { BackendError } from "../../vocab/errors.ts";
import { binary, bits, COMPARE, convert, read, unary, write } from "./numbers.ts";
import { fmaF32, fmaF64 } from "./round.ts";

/**
 * The definition of a kernel: runs its statements in plain JavaScript, turned into closures. An expression becomes a
 * function from a lane to that lane's value; every scalar type fits a double exactly, a mask is 0 or 1, and the result
 * of an operation is rounded to its type. (The payload of a NaN is not kept.)
 */
export interface WalkOptions {
  /** Round fma once, as targets with a fused multiply-add do. Default: false. */
  readonly fused?: boolean;
  /**
   * The bytes of the heap that each buffer of the kernel may touch. With it, any other access throws, loads up to 64
   * bytes past the end give junk, and a bool may only be stored as 0 or 1. Without, only the heap's ends are watched.
   */
  readonly bounds?: readonly { readonly offset: number; readonly bytes: number }[];
}

type Lane = (lane: number) => number;
type Run = () => void;

/** What one call sees. */
interface Frame {
  heap: DataView;
  /** Address of each buffer's element 0. */
  bases: number[];
  ints: number[];
  floats: number[];
  bounds: WalkOptions["bounds"];
}
interface Compiled {
  readonly frame: Frame;
  readonly begin: Float64Array;
  readonly end: Float64Array;
  readonly run: Run;
}

const compiled = { fused: new WeakMap<Kernel, Compiled>(), split: new WeakMap<Kernel, Compiled>() };

/**
 * Runs units begin <= u < end of a kernel over a heap.
 * Arguments lie at byte `argsOffset`, in words of 8 bytes: byte offset and byte step of each buffer, then the integers
 * (64 bits), then the numbers (f64). In iteration `t` of the loop around it a buffer starts at offset + t * step.
 */
export function walkKernel(
  kernel: Kernel, heap: ArrayBufferLike, argsOffset: number, begin: number, end: number, t = 0,
  options: WalkOptions = {},
): void {
  const cache = options.fused === true ? compiled.fused : compiled.split;
  let code = cache.get(kernel);
  if (code === undefined) {
    code = new Walker(kernel, options.fused === true).compile();
    cache.set(kernel, code);
  }
  const view = new DataView(heap);
  let at = argsOffset;
  const word = (): number => {
    const value = view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32;
    at += 8;
    return value;
  };
  const { frame } = code;
  frame.heap = view;
  frame.bounds = options.bounds;
  frame.bases = kernel.buffers.map(() => {
    const offset = word();
    return offset + t * word();
  });
  frame.ints = kernel.ints.map(word);
  frame.floats = kernel.floats.map((_, i) => view.getFloat64(at + 8 * i, true));
  code.begin[0] = begin;
  code.end[0] = end;
  code.run();
}

/** Bytes after a buffer that a load may touch. */
const SLACK = 64;
const SCRATCH = new DataView(new ArrayBuffer(8));

/** Turns one kernel into closures over its registers. */
class Walker {
  readonly #kernel: Kernel;
  readonly #fused: boolean;
  readonly #frame: Frame = {
    heap: new DataView(new ArrayBuffer(0)), bases: [], ints: [], floats: [], bounds: undefined,
  };
  readonly #registers = new Map<number, Float64Array>();

  constructor(kernel: Kernel, fused: boolean) {
    this.#kernel = kernel;
    this.#fused = fused;
  }
  compile(): Compiled {
    const begin = this.#register(this.#kernel.begin);
    const end = this.#register(this.#kernel.end);
    return { frame: this.#frame, begin, end, run: this.#block(this.#kernel.body) };
  }
  #register(variable: Variable): Float64Array {
    let register = this.#registers.get(variable.id);
    if (register === undefined) {
      register = new Float64Array(variable.type.lanes);
      this.#registers.set(variable.id, register);
    }
    return register;
  }

  // Statements -------------------------------------------------------------------------------------------------------
  #block(body: readonly Stmt[]): Run {
    const steps = body.map((s) => this.#statement(s));
    return () => {
      for (const step of steps) step();
    };
  }
  #statement(s: Stmt): Run {
    switch (s.s) {
      case "comment": return () => {};
      case "let":
      case "set": {
        const register = this.#register(s.variable), value = this.#expr(s.value);
        if (register.length === 1) return () => { register[0] = value(0); };
        // All lanes are read before any is written: the value may look at the register itself.
        const next = new Float64Array(register.length);
        return () => {
          for (let lane = 0; lane < next.length; lane++) next[lane] = value(lane);
          register.set(next);
        };
      }
      case "store": return this.#store(s);
      case "for": {
        const i = this.#register(s.variable);
        const from = this.#expr(s.from), to = this.#expr(s.to), step = this.#expr(s.step), body = this.#block(s.body);
        return () => {
          const stop = to(0), by = step(0);
          for (let at = from(0); at < stop; at += by) {
            i[0] = at;
            body();
          }
        };
      }
      case "if": {
        const condition = this.#expr(s.condition), then = this.#block(s.then), otherwise = this.#block(s.else);
        return () => (condition(0) !== 0 ? then() : otherwise());
      }
      case "while": {
        const condition = this.#expr(s.condition), body = this.#block(s.body);
        return () => {
          while (condition(0) !== 0) body();
        };
      }
    }
  }
  #store(s: Extract<Stmt, { s: "store" }>): Run {
    const { name, dtype, access } = this.#kernel.buffers[s.buffer];
    if (access === "read") throw this.#error(`stores into the read-only buffer ${name}`);
    const lanes = s.value.type.lanes, size = bytesOf(dtype), frame = this.#frame;
    const index = this.#expr(s.index), value = this.#expr(s.value);
    const stride = s.stride === undefined ? () => 1 : this.#expr(s.stride);
    const count = s.count === undefined ? () => lanes : this.#expr(s.count);
    const values = new Float64Array(lanes);
    return () => {
      const n = count(0), first = index(0), by = stride(0);
      if (n > lanes) throw this.#error(`stores ${n} of ${lanes} lanes into ${name}`);
      for (let lane = 0; lane < n; lane++) values[lane] = value(lane);
      for (let lane = 0; lane < n; lane++) {
        const element = first + lane * by;
        const address = frame.bases[s.buffer] + element * size;
        this.#check(s.buffer, element, address, size, 0);
        if (dtype === "bool" && frame.bounds !== undefined && values[lane] !== 0 && values[lane] !== 1) {
          throw this.#error(`stores ${values[lane]} into the bool buffer ${name}; a bool is 0 or 1`);
        }
        write(frame.heap, dtype, address, values[lane]);
      }
    };
  }

  // Memory -----------------------------------------------------------------------------------------------------------
  /** An element read; past the bounds but within the slack it is junk. */
  #read(buffer: number, element: number): number {
    const { dtype } = this.#kernel.buffers[buffer];
    const size = bytesOf(dtype), address = this.#frame.bases[buffer] + element * size;
    const junk = this.#check(buffer, element, address, size, SLACK);
    if (junk) return dtype === "f32" || dtype === "f64" || dtype === "f16" || dtype === "bf16" ? NaN : 0x5a;
    return read(this.#frame.heap, dtype, address);
  }
  /** Throws outside the buffer's bounds; true in the slack behind them. */
  #check(buffer: number, element: number, address: number, size: number, slack: number): boolean {
    const { heap, bounds } = this.#frame;
    const low = bounds === undefined ? 0 : bounds[buffer].offset;
    const high = bounds === undefined ? heap.byteLength : low + bounds[buffer].bytes;
    if (address >= low && address + size <= high) return false;
    if (bounds !== undefined && address >= high && address + size <= high + slack) return true;
    const { name } = this.#kernel.buffers[buffer];
    throw this.#error(`touches element ${element} of ${name} at byte ${address}, outside [${low}, ${high})`);
  }
  #error(problem: string): BackendError {
    return new BackendError(`kernel ${this.#kernel.name} ${problem}`);
  }

  // Expressions ------------------------------------------------------------------------------------------------------
  #expr(x: Expr): Lane {
    const frame = this.#frame;
    const { scalar } = x.type;
    switch (x.e) {
      case "const": {
        const value = scalar === "f32" ? Math.fround(x.value) : x.value;
        return () => value;
      }
      case "var": {
        const register = this.#register(x.variable);
        return (lane) => register[lane];
      }
      case "int": return () => frame.ints[x.slot];
      case "float": return scalar === "f32"
        ? () => Math.fround(frame.floats[x.slot])
        : () => frame.floats[x.slot];
      case "load": {
        const index = this.#expr(x.index);
        const stride = x.stride === undefined ? () => 1 : this.#expr(x.stride);
        return (lane) => this.#read(x.buffer, index(0) + lane * stride(0));
      }
      case "gather": {
        const base = this.#expr(x.base), indices = this.#expr(x.indices);
        return (lane) => this.#read(x.buffer, base(0) + indices(lane));
      }
      case "unary": {
        const a = this.#expr(x.a), f = unary(x.op, scalar);
        return (lane) => f(a(lane));
      }
      case "binary": {
        const a = this.#expr(x.a), b = this.#lanewise(x.b), f = binary(x.op, scalar);
        return (lane) => f(a(lane), b(lane));
      }
      case "fma": {
        const a = this.#expr(x.a), b = this.#expr(x.b), c = this.#expr(x.c);
        const add = binary("add", scalar), mul = binary("mul", scalar);
        const fused = this.#fused && (scalar === "f32" ? fmaF32 : scalar === "f64" ? fmaF64 : undefined);
        return fused
          ? (lane) => fused(a(lane), b(lane), c(lane))
          : (lane) => add(mul(a(lane), b(lane)), c(lane));
      }
      case "compare": {
        const a = this.#expr(x.a), b = this.#expr(x.b), f = COMPARE[x.op];
        return (lane) => Number(f(a(lane), b(lane)));
      }
      case "select": {
        const mask = this.#lanewise(x.mask), a = this.#expr(x.a), b = this.#expr(x.b);
        return (lane) => (mask(lane) !== 0 ? a(lane) : b(lane));
      }
      case "convert": {
        const a = this.#expr(x.a), f = convert(x.a.type.scalar, scalar);
        return (lane) => f(a(lane));
      }
      case "bitcast": {
        const a = this.#expr(x.a);
        const from = bits(x.a.type.scalar), to = bits(scalar);
        return (lane) => {
          write(SCRATCH, from, 0, a(lane));
          return read(SCRATCH, to, 0);
        };
      }
      case "splat": {
        const a = this.#expr(x.a);
        return () => a(0);
      }
      case "laneIndex": return (lane) => lane;
      case "reduceLanes": {
        const a = this.#expr(x.a), f = binary(x.op, scalar);
        const values = new Float64Array(x.a.type.lanes);
        return () => {
          for (let lane = 0; lane < values.length; lane++) values[lane] = a(lane);
          for (let half = values.length >> 1; half >= 1; half >>= 1) {
            for (let lane = 0; lane < half; lane++) values[lane] = f(values[lane], values[lane + half]);
          }
          return values[0];
        };
      }
      case "extract": {
        const a = this.#expr(x.a);
        return () => a(x.lane);
      }
      case "shuffle": {
        const a = this.#expr(x.a), b = this.#expr(x.b), { lanes } = x.type;
        return (lane) => (x.pick[lane] < lanes ? a(x.pick[lane]) : b(x.pick[lane] - lanes));
      }
    }
  }
  /** An operand that may be a scalar beside vectors: a shift amount, a condition. */
  #lanewise(x: Expr): Lane {
    const value = this.#expr(x);
    return x.type.lanes === 1 ? () => value(0) : value;
  }
}
