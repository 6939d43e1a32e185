import type { DType } from "../../packages/gradus/src/vocab/dtype.ts";
import { RandomStream } from "../../packages/gradus/src/vocab/random.ts";
import { sizeOf, type Shape } from "../../packages/gradus/src/vocab/shape.ts";
import { readBy, renamed, type Argument, type FuzzGraph, type FuzzInput, type Step } from "./graphs.ts";
import { binaryRange, broadcast, product, times, UNARY, type Known } from "./ranges.ts";

/** Sizes of axes. */
const SIZES = [0, 1, 1, 3, 3, 5, 5, 17, 17, 255];
const LARGEST_TENSOR = 5000;
const LARGEST_NUMBER = 1000;

/** A graph of 5 to 30 steps; the same for the same seed. */
export function draw(seed: number): FuzzGraph {
  return new Drawing(new RandomStream(seed, 77)).graph();
}

class Drawing {
  readonly #random: RandomStream;
  readonly #inputs: FuzzInput[] = [];
  readonly #steps: Step[] = [];
  /** Inputs and results in the order they came up. */
  readonly #known: Known[] = [];
  readonly #isInput: boolean[] = [];
  readonly #float: DType;
  readonly #gradient: boolean;
  readonly #sizes: readonly number[];

  constructor(random: RandomStream) {
    this.#random = random;
    this.#float = random.uniform() < 0.08 ? "f64" : "f32";
    this.#gradient = random.uniform() < 0.5;
    // Few sizes in one graph, so that shapes meet.
    this.#sizes = Array.from({ length: 3 }, () => this.#one(SIZES));
  }

  graph(): FuzzGraph {
    for (let i = 0; i < 2; i++) this.#input(this.#shape(), this.#float, -2, 2);
    if (this.#random.uniform() < 0.3) this.#input(this.#shape(), "i32", -9, 9);
    const wanted = 5 + this.#random.integer(26);
    for (let tries = 0; this.#steps.length < wanted && tries < 400; tries++) {
      const kind = this.#one(KINDS);
      this.#kinds[kind]();
    }
    return this.#finished();
  }

  // Choices
  // ------------------------------------------------------------------------------------------------------------
  #one<T>(list: readonly T[]): T {
    return list[this.#random.integer(list.length)];
  }
  #flip(): boolean {
    return this.#random.uniform() < 0.5;
  }
  #shape(): number[] {
    const shape = Array.from({ length: this.#random.integer(4) }, () => this.#one(this.#sizes));
    return sizeOf(shape) > LARGEST_TENSOR ? shape.slice(0, 1) : shape;
  }
  /** A value that fits, latest ones more often; null where there is none. */
  #pick(fits: (x: Known) => boolean): number | null {
    const fitting = this.#known.flatMap((x, i) => (fits(x) ? [i] : []));
    if (fitting.length === 0) return null;
    const back = Math.floor(this.#random.uniform() ** 2 * fitting.length);
    return fitting[fitting.length - 1 - back];
  }
  #pickFloat(fits: (x: Known) => boolean = () => true): number | null {
    return this.#pick((x) => x.dtype === this.#float && fits(x));
  }
  #axis(x: Known): number {
    return this.#random.integer(x.shape.length);
  }

  // What comes of them
  // -------------------------------------------------------------------------------------------------
  #input(shape: Shape, dtype: DType, low: number, high: number): number {
    this.#inputs.push({ shape, dtype, low, high, seed: this.#random.integer(2 ** 31) });
    this.#isInput.push(true);
    return this.#known.push({ shape, dtype, low, high, exact: true }) - 1;
  }
  #add(call: string, arguments_: readonly Argument[], made: Known): void {
    if (sizeOf(made.shape) > LARGEST_TENSOR || made.shape.length > 5) return;
    if (Math.max(-made.low, made.high) > (made.dtype === "i32" ? 2 ** 30 : LARGEST_NUMBER)) return;
    this.#known.push(made);
    this.#isInput.push(false);
    this.#steps.push({ call, arguments: arguments_ });
  }
  /** A re-arrangement of cells. */
  #moved(call: string, from: number, rest: readonly Argument[], shape: Shape): void {
    this.#add(call, [{ value: from }, ...rest], { ...this.#known[from], shape });
  }

  readonly #kinds: Readonly<Record<(typeof KINDS)[number], () => void>> = {
    unary: () => {
      const i = this.#pickFloat();
      if (i === null) return;
      const x = this.#known[i];
      const [call, rangeOf, kind] = this.#one(UNARY);
      if ((kind === "step" && !x.exact) || (kind === "kink" && this.#gradient && !x.exact)) return;
      const range = rangeOf(x);
      if (range !== null) {
        this.#add(call, [{ value: i }], { ...x, low: range[0], high: range[1], exact: x.exact && kind !== "rounded" });
      }
    },
    binary: () => {
      const i = this.#pickFloat();
      if (i === null) return;
      const a = this.#known[i];
      const call = this.#one(["add", "sub", "mul", "div", "maximum", "minimum", "pow"]);
      const partner = this.#flip() ? this.#partner(a) : null;
      const number = this.#one([0.5, 2, -1.5, 0.25, 3]);
      const b: Known = partner === null ? { ...a, shape: [], low: number, high: number,
        exact: true } : this.#known[partner];
      const range = binaryRange(call, a, b);
      if (range === null) return;
      const kink = call === "maximum" || call === "minimum";
      if (kink && this.#gradient && !(a.exact && b.exact)) return;
      this.#add(call, [{ value: i }, partner === null ? number : { value: partner }], {
        shape: broadcast(a.shape, b.shape)!, dtype: a.dtype, low: range[0], high: range[1], exact: kink && a.exact &&
          b.exact,
      });
    },
    compare: () => {
      const i = this.#pick((x) => x.exact && x.dtype !== "bool");
      if (i === null) return;
      const a = this.#known[i];
      const partner = this.#pick((x) => x.exact && x.dtype === a.dtype && broadcast(x.shape, a.shape) !== null);
      const b = partner === null || this.#flip() ? null : this.#known[partner];
      this.#add(this.#one(["eq", "ne", "lt", "le", "gt", "ge"]), [{ value: i }, b === null ? 0 : { value: partner! }],
        { shape: b === null ? a.shape : broadcast(a.shape, b.shape)!, dtype: "bool", low: 0, high: 1, exact: true });
    },
    where: () => {
      const c = this.#pick((x) => x.dtype === "bool");
      const i = this.#pickFloat((x) => c !== null && broadcast(x.shape, this.#known[c].shape) !== null);
      if (c === null || i === null) return;
      const a = this.#known[i], j = this.#partner(a);
      const b = j === null ? { ...a, low: 0, high: 0, exact: true, shape: [] } : this.#known[j];
      const shape = broadcast(broadcast(a.shape, b.shape)!, this.#known[c].shape);
      if (shape === null) return;
      this.#add("where", [{ value: c }, { value: i }, j === null ? 0 : { value: j }], {
        shape, dtype: a.dtype, low: Math.min(a.low, b.low), high: Math.max(a.high, b.high), exact: a.exact && b.exact,
      });
    },
    logic: () => {
      const i = this.#pick((x) => x.dtype === "bool");
      if (i === null) return;
      const j = this.#pick((x) => x.dtype === "bool" && broadcast(x.shape, this.#known[i].shape) !== null);
      if (j === null || this.#flip()) {
        this.#add("cast", [{ value: i }, this.#float], { ...this.#known[i], dtype: this.#float });
      } else {
        this.#add(this.#one(["bitAnd", "bitOr", "bitXor"]), [{ value: i }, { value: j }],
          { ...this.#known[i], shape: broadcast(this.#known[i].shape, this.#known[j].shape)! });
      }
    },
    integer: () => {
      const i = this.#pick((x) => x.dtype === "i32");
      if (i === null) return;
      const a = this.#known[i];
      const call = this.#one(["add", "sub", "mul", "maximum", "cast", "neg", "sum"]);
      if (call === "cast") {
        if (Math.max(-a.low, a.high) < 999) this.#add("cast", [{ value: i }, this.#float],
          { ...a, dtype: this.#float });
      } else if (call === "neg") {
        this.#add("neg", [{ value: i }], { ...a, low: -a.high, high: -a.low });
      } else if (call === "sum") {
        const range = times([a.low, a.high], sizeOf(a.shape));
        this.#add("sum", [{ value: i }], { ...a, shape: [], low: range[0], high: range[1] });
      } else {
        const j = this.#pick((x) => x.dtype === "i32" && broadcast(x.shape, a.shape) !== null)!;
        const b = this.#known[j], range = binaryRange(call, a, b)!;
        this.#add(call, [{ value: i }, { value: j }],
          { shape: broadcast(a.shape, b.shape)!, dtype: "i32", low: range[0], high: range[1], exact: true });
      }
    },
    cast: () => {
      const i = this.#pickFloat((x) => x.exact);
      if (i === null) return;
      const x = this.#known[i];
      // Gradients in 16 bits would add up differently from backend to backend.
      if (this.#gradient || this.#flip()) {
        this.#add("cast", [{ value: i }, "i32"], { ...x, dtype: "i32", low: Math.trunc(x.low),
          high: Math.trunc(x.high) });
      } else {
        // What 16 bits keep of a number is the same everywhere, and so is what comes back.
        const half = this.#one(["f16", "bf16"] as const);
        this.#add("cast", [{ value: i }, half], { ...x, dtype: half, low: x.low * 1.01, high: x.high * 1.01 });
      }
    },
    widen: () => {
      const i = this.#pick((x) => x.dtype === "f16" || x.dtype === "bf16");
      if (i !== null) this.#add("cast", [{ value: i }, this.#float], { ...this.#known[i], dtype: this.#float });
    },
    reshape: () => {
      const i = this.#pick(() => true)!;
      const { shape } = this.#known[i];
      const choice = this.#random.integer(4);
      if (choice === 0 || shape.length === 0) this.#moved("reshape", i, [[sizeOf(shape)]], [sizeOf(shape)]);
      else if (choice === 1) {
        const at = this.#random.integer(shape.length + 1);
        const to = [...shape.slice(0, at), 1, ...shape.slice(at)];
        this.#moved("reshape", i, [to], to);
      } else {
        // Two neighbours become one, or their sizes change places without moving any cell.
        const at = this.#random.integer(Math.max(1, shape.length - 1));
        const pair = shape.slice(at, at + 2);
        const to = [...shape.slice(0, at), ...(choice === 2 ? [sizeOf(pair)] : pair.reverse()), ...shape.slice(at + 2)];
        this.#moved("reshape", i, [to], to);
      }
    },
    permute: () => {
      const i = this.#pick((x) => x.shape.length > 1);
      if (i === null) return;
      const axes = [...this.#random.permutation(this.#known[i].shape.length)];
      this.#moved("permute", i, [axes], axes.map((a) => this.#known[i].shape[a]));
    },
    stretch: () => {
      const i = this.#pick((x) => x.shape.length < 4);
      if (i === null) return;
      const { shape } = this.#known[i];
      const to = [...(this.#flip() ? [this.#one(this.#sizes)] : []),
        ...shape.map((n) => (n === 1 ? this.#one(this.#sizes) : n))];
      this.#moved("broadcastTo", i, [to], to);
    },
    pad: () => {
      const i = this.#pickFloat((x) => x.shape.length > 0);
      if (i === null) return;
      const x = this.#known[i];
      const amounts = (): number[] => x.shape.map(() => Math.max(0, this.#random.integer(4) - 1));
      const [low, high, value] = [amounts(), amounts(), this.#one([0, 1, -0.5])];
      const interior = this.#flip() ? x.shape.map(() => 0) : x.shape.map(() => this.#random.integer(2));
      this.#add("pad", [{ value: i }, low, high, value, interior], {
        ...x, low: Math.min(x.low, value), high: Math.max(x.high, value),
        shape: x.shape.map((n, k) => low[k] + high[k] + n + Math.max(0, n - 1) * interior[k]),
      });
    },
    slice: () => {
      const i = this.#pick((x) => x.shape.length > 0);
      if (i === null) return;
      const { shape } = this.#known[i];
      const start = shape.map((n) => this.#random.integer(Math.max(1, Math.ceil(n / 2))));
      const stop = shape.map((n, k) => n - this.#random.integer(Math.max(1, Math.floor((n - start[k]) / 2))));
      const step = shape.map(() => 1 + this.#random.integer(2));
      this.#moved("slice", i, [start, stop, step], shape.map((_, k) => Math.ceil((stop[k] - start[k]) / step[k])));
    },
    flip: () => {
      const i = this.#pick((x) => x.shape.length > 0);
      if (i === null) return;
      this.#moved("flip", i, [[this.#axis(this.#known[i])]], this.#known[i].shape);
    },
    concat: () => {
      const i = this.#pick((x) => x.shape.length > 0);
      if (i === null) return;
      const a = this.#known[i], axis = this.#axis(a);
      const j = this.#pick((x) => x.dtype === a.dtype && x.shape.length === a.shape.length &&
        x.shape.every((n, k) => k === axis || n === a.shape[k]))!;
      const b = this.#known[j];
      this.#add("concat", [[{ value: i }, { value: j }], axis], {
        dtype: a.dtype, shape: a.shape.map((n, k) => (k === axis ? n + b.shape[k] : n)),
        low: Math.min(a.low, b.low), high: Math.max(a.high, b.high), exact: a.exact && b.exact,
      });
    },
    reduce: () => {
      const i = this.#pickFloat((x) => x.shape.length > 0);
      if (i === null) return;
      const x = this.#known[i];
      const axes = x.shape.flatMap((_, k) => (this.#flip() ? [k] : []));
      if (axes.length === 0) axes.push(this.#axis(x));
      const call = this.#one(["sum", "sum", "mean", "amax", "amin"]);
      const count = sizeOf(axes.map((k) => x.shape[k]));
      if (count === 0 && call !== "sum") return;
      const kink = call === "amax" || call === "amin";
      if (kink && this.#gradient && !x.exact) return;
      const range = call === "sum" ? times([x.low, x.high], count) : [x.low, x.high] as const;
      const keepdim = this.#flip();
      this.#add(call, [{ value: i }, axes, { keepdim }], {
        dtype: x.dtype, low: range[0], high: range[1], exact: kink && x.exact,
        shape: keepdim ? x.shape.map((n, k) => (axes.includes(k) ? 1 : n)) : x.shape.filter((_, k) =>
          !axes.includes(k)),
      });
    },
    argReduce: () => {
      const i = this.#pick((x) => x.exact && x.shape.length > 0 && x.dtype !== "bool" && sizeOf(x.shape) > 0);
      if (i === null) return;
      const { shape } = this.#known[i], axis = this.#axis(this.#known[i]);
      this.#add(this.#one(["argmax", "argmin"]), [{ value: i }, axis],
        { shape: shape.filter((_, k) => k !== axis), dtype: "i32", low: 0, high: shape[axis] - 1, exact: true });
    },
    sort: () => {
      const i = this.#pickFloat((x) => x.exact && x.shape.length > 0);
      if (i !== null) this.#moved("sorted", i, [this.#axis(this.#known[i]), this.#flip()], this.#known[i].shape);
    },
    matmul: () => {
      const i = this.#pickFloat((x) => x.shape.length > 0);
      if (i === null) return;
      const x = this.#known[i], k = x.shape[x.shape.length - 1];
      const own = this.#pickFloat((y) => y.shape.length === 2 && y.shape[0] === k);
      const w = own !== null && this.#flip() ? own : this.#input([k, this.#one(this.#sizes)], this.#float, -1, 1);
      const weight = this.#known[w], range = times(product([x.low, x.high], [weight.low, weight.high]), k);
      this.#add("matmul", [{ value: i }, { value: w }], {
        shape: [...x.shape.slice(0, -1), weight.shape[1]], dtype: x.dtype, low: range[0], high: range[1], exact: false,
      });
    },
    convolution: () => {
      const i = this.#pickFloat((x) => x.shape.length === 3 || x.shape.length === 4);
      if (i === null) return;
      const x = this.#known[i], [batch, channels, ...space] = x.shape;
      const kernel = space.map((n) => 1 + this.#random.integer(Math.max(1, Math.min(3, n))));
      const padding = this.#random.integer(2), stride = 1 + this.#random.integer(2);
      const places = space.map((n, k) => Math.floor((n + 2 * padding - kernel[k]) / stride) + 1);
      if (places.some((n) => n < 1) || channels === 0) return;
      const out = this.#one([1, 3, 5]);
      const w = this.#input([out, channels, ...kernel], this.#float, -1, 1);
      const range = times(product([x.low, x.high], [-1, 1]), channels * sizeOf(kernel));
      this.#add("conv", [{ value: i }, { value: w }, null, { stride, padding }],
        { shape: [batch, out, ...places], dtype: x.dtype, low: range[0], high: range[1], exact: false });
    },
    gather: () => {
      const i = this.#pickFloat((x) => x.shape.length > 0 && sizeOf(x.shape) > 0);
      if (i === null) return;
      const x = this.#known[i], axis = this.#axis(x);
      const own = this.#pick((y) => y.dtype === "i32" && y.low >= 0 && y.high < x.shape[axis]);
      const at = own !== null && this.#flip() ? own
        : this.#input(this.#flip() ? [this.#one(this.#sizes)] : [2, 3], "i32", 0, x.shape[axis] - 1);
      this.#moved("take", i, [{ value: at }, axis],
        [...x.shape.slice(0, axis), ...this.#known[at].shape, ...x.shape.slice(axis + 1)]);
    },
    scatter: () => {
      const i = this.#pickFloat((x) => x.shape.length > 0 && sizeOf(x.shape) > 0);
      if (i === null) return;
      const x = this.#known[i], axis = this.#axis(x), count = this.#one([1, 3, 5]);
      const at = this.#input([count], "i32", 0, x.shape[axis] - 1);
      const from = this.#input(x.shape.map((n, k) => (k === axis ? count : n)), this.#float, -1, 1);
      this.#add("indexAdd", [{ value: i }, axis, { value: at }, { value: from }],
        { ...x, low: x.low - count, high: x.high + count, exact: false });
    },
    sliceAt: () => {
      const i = this.#pickFloat((x) => x.shape.length > 0);
      if (i === null) return;
      const { shape } = this.#known[i], axis = this.#axis(this.#known[i]);
      const at = this.#input([], "i32", -2, 6), size = this.#random.integer(shape[axis] + 1);
      this.#moved("sliceAt", i, [{ value: at }, size, axis], shape.map((n, k) => (k === axis ? size : n)));
    },
    windows: () => {
      const i = this.#pickFloat((x) => x.shape.length > 0 && x.shape.length < 4);
      if (i === null) return;
      const { shape } = this.#known[i], axis = this.#axis(this.#known[i]);
      const size = 1 + this.#random.integer(3), stride = 1 + this.#random.integer(2);
      const places = Math.floor((shape[axis] - size) / stride) + 1;
      if (places < 1) return;
      this.#moved("windowsAlong", i, [axis, size, stride], [...shape.map((n, k) => (k === axis ? places : n)), size]);
    },
    running: () => {
      const i = this.#pickFloat((x) => x.shape.length > 0);
      if (i === null) return;
      const x = this.#known[i], axis = this.#axis(x), reverse = this.#flip();
      const limit = Math.max(-x.low, x.high) * Math.max(1, x.shape[axis]);
      const made: Known = { ...x, low: -limit, high: limit, exact: false };
      if (this.#flip()) this.#add("cumsum", [{ value: i }, axis], made);
      else {
        const a = this.#input(x.shape, this.#float, -0.9, 0.9);
        this.#add("recurrence", [{ value: a }, { value: i }, null, axis, { reverse }], made);
      }
    },
    network: () => {
      const i = this.#pickFloat((x) => x.shape.length > 0 && x.shape[0] < 20);
      if (i === null) return;
      const x = this.#known[i], h0 = this.#input(x.shape.slice(1), this.#float, -1, 1);
      this.#add("network", [{ value: i }, { value: h0 }], { ...x, low: -1, high: 1, exact: false });
    },
    softmax: () => {
      const i = this.#pickFloat((x) => x.shape.length > 0 && sizeOf(x.shape) > 0);
      if (i !== null) this.#add("softmax", [{ value: i }], { ...this.#known[i], low: 0, high: 1, exact: false });
    },
  };

  /** A value that an operand may be broadcast with. */
  #partner(a: Known): number | null {
    return this.#pick((x) => x.dtype === a.dtype && broadcast(x.shape, a.shape) !== null);
  }

  /** Inputs first; what nobody reads is an output, and so is some of the rest. */
  #finished(): FuzzGraph {
    const order = [...this.#known.keys()].sort((a, b) => Number(this.#isInput[b]) - Number(this.#isInput[a]) || a - b);
    const place = new Map(order.map((old, i) => [old, i]));
    const steps = this.#steps.map((step) => renamed(step, (value) => place.get(value)!));
    const read = new Set(steps.flatMap(readBy));
    const outputs = steps.flatMap((_, i) => {
      const value = this.#inputs.length + i;
      return !read.has(value) || this.#random.uniform() < 0.08 ? [value] : [];
    });
    return { inputs: this.#inputs, steps, outputs, gradient: this.#gradient };
  }
}

/** Kinds of steps, common ones more than once. */
const KINDS = [
  "unary", "unary", "unary", "unary", "binary", "binary", "binary", "binary", "compare", "where", "logic", "integer",
    "cast",
  "widen", "reshape", "reshape", "permute", "stretch", "pad", "slice", "flip", "concat", "reduce", "reduce", "reduce",
  "argReduce", "sort", "matmul", "matmul", "convolution", "gather", "scatter", "sliceAt", "windows", "running",
    "network",
  "softmax",
] as const;

