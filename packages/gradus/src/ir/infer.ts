import { checkDType, DTYPES, isFloat } from "../vocab/dtype.ts";
import { DTypeError, ShapeError } from "../vocab/errors.ts";
import { checkShape, formatShape, sameShape, sizeOf } from "../vocab/shape.ts";
import type { Aval } from "./node.ts";
import type { None, Op, OpParams, WindowParams } from "./op.ts";

type Rule<K extends Op> = (params: OpParams[K], inputs: readonly Aval[], op: Op) => Aval | readonly Aval[];

const fail = (op: Op, text: string): never => {
  throw new ShapeError(`${op}: ${text}`);
};

/** A rule that several operations without parameters share. */
type Shared = (params: None, inputs: readonly Aval[], op: Op) => Aval;

const unary: Shared = (_, [x]) => x;
/** Functions of real numbers. */
const real: Shared = (_, [x], op) => {
  if (!isFloat(x.dtype)) throw new DTypeError(`${op} needs floating point, got ${x.dtype}; cast it to f32 first`);
  return x;
};
const same = (op: Op, a: Aval, b: Aval): void => {
  if (!sameShape(a.shape, b.shape)) {
    fail(op, `operands have shapes ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
  }
  if (a.dtype !== b.dtype) throw new DTypeError(`${op}: operands have dtypes ${a.dtype} and ${b.dtype}`);
};
const binary: Shared = (_, [a, b], op) => (same(op, a, b), a);
const integer: Shared = (_, [a, b], op) => {
  same(op, a, b);
  if (isFloat(a.dtype)) throw new DTypeError(`${op} needs integers or bool, got ${a.dtype}`);
  return a;
};
const compare: Shared = (_, [a, b], op) => (same(op, a, b), { shape: a.shape, dtype: "bool" });

/** Number of positions of a window along an axis of n cells. */
export const windowCount = (n: number, size: number, stride: number, dilation: number): number =>
  Math.floor((n - dilation * (size - 1) - 1) / stride) + 1;

function windowsShape(p: WindowParams, shape: readonly number[]): number[] {
  const out = [...shape];
  p.axes.forEach((axis, i) => {
    const count = windowCount(shape[axis], p.size[i], p.stride[i], p.dilation[i]);
    if (count < 1) {
      fail("windows", `a window of ${p.size[i]} (dilation ${p.dilation[i]}) does not fit axis ${axis} ` +
        `of ${formatShape(shape)}; pad the input or shrink the window`);
    }
    out[axis] = count;
  });
  return [...out, ...p.size];
}

/** The size of every letter of a contraction, checked for agreement. */
export function contractSizes(
  params: OpParams["contract"], inputs: readonly Aval[],
): { sizes: Map<string, number>; shapes: [readonly number[], readonly number[], readonly number[]] } {
  const { spec, output, shape } = params;
  const given = [...inputs.map((a) => a.shape)];
  given.splice(output, 0, shape);
  const labels = [spec.x, spec.w, spec.y];
  const sizes = new Map<string, number>();
  labels.forEach((letters, operand) => {
    if (letters.length !== given[operand].length) {
      fail("contract", `operand ${"xwy"[operand]} is "${letters}" but has shape ${formatShape(given[operand])}`);
    }
    [...letters].forEach((letter, axis) => {
      const n = given[operand][axis];
      const known = sizes.get(letter);
      if (known !== undefined && known !== n) {
        fail("contract", `"${spec.x}, ${spec.w}, ${spec.y}": axis ${letter} has ${known} and ${n} ` +
          `(shapes ${given.map(formatShape).join(", ")})`);
      }
      sizes.set(letter, n);
    });
  });
  for (const letter of sizes.keys()) {
    const alone = labels.filter((letters) => letters.includes(letter)).length < 2;
    if (alone && !spec.windows.some((w) => w.x === letter || w.w === letter || w.y === letter)) {
      fail("contract", `"${spec.x}, ${spec.w}, ${spec.y}": axis ${letter} stands in one operand only; ` +
        "sum over it first, or expand the result after");
    }
  }
  for (const w of spec.windows) {
    const n = sizes.get(w.x)!, o = sizes.get(w.y)!, k = sizes.get(w.w)!;
    const expected = windowCount(n + 2 * w.pad, k, w.stride, w.dilation);
    if (output !== 0 && o > expected) {
      fail("contract", `a window of ${k} over ${n} cells (stride ${w.stride}, dilation ${w.dilation}, ` +
        `padding ${w.pad}) has ${Math.max(expected, 0)} positions, not ${o}`);
    }
  }
  return { sizes, shapes: given as [readonly number[], readonly number[], readonly number[]] };
}

const RULES: { readonly [K in Op]: Rule<K> } = {
  buffer: (p) => p,
  constant: (p, _, op) => ({ shape: [], dtype: checkDType(p.dtype, op) }),
  iota: (p, _, op) => ({ shape: checkShape([p.size], op), dtype: checkDType(p.dtype, op) }),
  random: (p, [state], op) => {
    if (state.dtype !== "u32" || !sameShape(state.shape, [4])) fail(op, "the state is u32 of shape [4]");
    return { shape: checkShape(p.shape, op), dtype: "u32" };
  },
  neg: unary, abs: unary, sign: unary, floor: unary, ceil: unary, round: unary, trunc: unary,
  sqrt: real, reciprocal: real, exp: real, log: real, expm1: real, log1p: real, sin: real, cos: real,
  tanh: real, sigmoid: real, erf: real,
  not: (_, [x], op) => {
    if (x.dtype !== "bool") throw new DTypeError(`${op} needs bool, got ${x.dtype}`);
    return x;
  },
  cast: (p, [x], op) => ({ shape: x.shape, dtype: checkDType(p.dtype, op) }),
  bitcast: (p, [x], op) => {
    if (DTYPES[x.dtype].bytes !== DTYPES[checkDType(p.dtype, op)].bytes) {
      throw new DTypeError(`${op}: ${x.dtype} and ${p.dtype} differ in width`);
    }
    return { shape: x.shape, dtype: p.dtype };
  },
  add: binary, sub: binary, mul: binary, div: binary, pow: binary, maximum: binary, minimum: binary,
  remainder: binary, bitAnd: integer, bitOr: integer, bitXor: integer, shiftLeft: integer, shiftRight: integer,
  eq: compare, ne: compare, lt: compare, le: compare, gt: compare, ge: compare,
  where: (_, [c, a, b], op) => {
    same(op, a, b);
    if (c.dtype !== "bool" || !sameShape(c.shape, a.shape)) {
      fail(op, `the condition is ${c.dtype} ${formatShape(c.shape)}; it must be bool ${formatShape(a.shape)}`);
    }
    return a;
  },
  reshape: (p, [x], op) => {
    checkShape(p.shape, op);
    if (sizeOf(p.shape) !== sizeOf(x.shape)) {
      const [have, wanted] = [x.shape, p.shape];
      fail(op, `${formatShape(have)} has ${sizeOf(have)} elements, ${formatShape(wanted)} has ${sizeOf(wanted)}`);
    }
    return { shape: p.shape, dtype: x.dtype };
  },
  permute: (p, [x], op) => {
    if ([...p.axes].sort((a, b) => a - b).some((a, i) => a !== i) || p.axes.length !== x.shape.length) {
      fail(op, `[${p.axes.join(", ")}] is not an order of the ${x.shape.length} axes of ${formatShape(x.shape)}`);
    }
    return { shape: p.axes.map((a) => x.shape[a]), dtype: x.dtype };
  },
  expand: (p, [x], op) => {
    checkShape(p.shape, op);
    if (p.shape.length !== x.shape.length || x.shape.some((n, i) => n !== 1 && n !== p.shape[i])) {
      fail(op, `${formatShape(x.shape)} does not stretch to ${formatShape(p.shape)}; only axes of size 1 do`);
    }
    return { shape: p.shape, dtype: x.dtype };
  },
  pad: (p, [x], op) => ({
    dtype: x.dtype,
    shape: x.shape.map((n, i) => {
      const size = p.low[i] + p.high[i] + n + Math.max(n - 1, 0) * p.interior[i];
      if (p.low[i] < 0 || p.high[i] < 0 || p.interior[i] < 0) fail(op, "amounts are integers >= 0");
      return size;
    }),
  }),
  slice: (p, [x], op) => ({
    dtype: x.dtype,
    shape: x.shape.map((n, i) => {
      const { start: { [i]: a }, stop: { [i]: b }, step: { [i]: s } } = p;
      if (a < 0 || b > n || a > b || s < 1) {
        fail(op, `${a}:${b}:${s} does not fit axis ${i} of ${formatShape(x.shape)}`);
      }
      return Math.ceil((b - a) / s);
    }),
  }),
  flip: (_, [x]) => x,
  concat: (p, inputs, op) => {
    const [first] = inputs;
    for (const x of inputs) {
      if (x.dtype !== first.dtype) throw new DTypeError(`${op}: pieces have dtypes ${first.dtype} and ${x.dtype}`);
      if (x.shape.length !== first.shape.length || x.shape.some((n, i) => i !== p.axis && n !== first.shape[i])) {
        fail(op, `pieces of shapes ${formatShape(first.shape)} and ${formatShape(x.shape)} ` +
          `differ outside axis ${p.axis}`);
      }
    }
    const size = inputs.reduce((n, x) => n + x.shape[p.axis], 0);
    return { dtype: first.dtype, shape: first.shape.map((n, i) => (i === p.axis ? size : n)) };
  },
  sliceAt: (p, [x, at], op) => {
    if (at.shape.length !== 0 || at.dtype !== "i32") fail(op, "the start is an i32 scalar");
    if (p.size > x.shape[p.axis]) fail(op, `${p.size} cells do not fit axis ${p.axis} of ${formatShape(x.shape)}`);
    return { dtype: x.dtype, shape: x.shape.map((n, i) => (i === p.axis ? p.size : n)) };
  },
  updateAt: (p, [x, piece, at], op) => {
    if (at.shape.length !== 0 || at.dtype !== "i32") fail(op, "the start is an i32 scalar");
    if (piece.dtype !== x.dtype) throw new DTypeError(`${op}: ${piece.dtype} does not go into ${x.dtype}`);
    if (piece.shape.length !== x.shape.length ||
        piece.shape.some((n, i) => (i === p.axis ? n > x.shape[i] : n !== x.shape[i]))) {
      fail(op, `a piece of ${formatShape(piece.shape)} does not fit into ${formatShape(x.shape)} along axis ${p.axis}`);
    }
    return x;
  },
  windows: (p, [x]) => ({ dtype: x.dtype, shape: windowsShape(p, x.shape) }),
  foldWindows: (p, [x], op) => {
    const expected = windowsShape(p, p.shape);
    if (!sameShape(expected, x.shape)) {
      fail(op, `the windows of ${formatShape(p.shape)} are ${formatShape(expected)}, got ${formatShape(x.shape)}`);
    }
    return { dtype: x.dtype, shape: p.shape };
  },
  reduce: (p, [x], op) => {
    if ((p.kind === "sum" || p.kind === "prod") && x.dtype === "bool") {
      throw new DTypeError(`${op} ${p.kind} needs numbers, got bool; cast it to i32 first`);
    }
    if (p.kind === "max" || p.kind === "min") {
      if (p.axes.some((a) => x.shape[a] === 0)) fail(op, `${p.kind} over an empty axis of ${formatShape(x.shape)}`);
    }
    return { dtype: x.dtype, shape: x.shape.filter((_, i) => !p.axes.includes(i)) };
  },
  argReduce: (p, [x], op) => {
    if (x.shape[p.axis] === 0) fail(op, `no ${p.kind} over an empty axis of ${formatShape(x.shape)}`);
    return { dtype: "i32", shape: x.shape.filter((_, i) => i !== p.axis) };
  },
  gather: (p, [x, index], op) => {
    if (index.dtype !== "i32") throw new DTypeError(`${op}: the index is ${index.dtype}; it must be i32`);
    return {
      dtype: x.dtype,
      shape: [...x.shape.slice(0, p.axis), ...index.shape, ...x.shape.slice(p.axis + 1)],
    };
  },
  scatter: (p, [base, index, updates], op) => {
    if (index.dtype !== "i32") throw new DTypeError(`${op}: the index is ${index.dtype}; it must be i32`);
    if (base.dtype !== updates.dtype) throw new DTypeError(`${op}: ${updates.dtype} does not go into ${base.dtype}`);
    const expected = [...base.shape.slice(0, p.axis), ...index.shape, ...base.shape.slice(p.axis + 1)];
    if (!sameShape(expected, updates.shape)) {
      fail(op, `the updates are ${formatShape(updates.shape)}; base ${formatShape(base.shape)} and index ` +
        `${formatShape(index.shape)} along axis ${p.axis} want ${formatShape(expected)}`);
    }
    return base;
  },
  contract: (p, inputs, op) => {
    const [a, b] = inputs;
    if (a.dtype !== b.dtype) throw new DTypeError(`${op}: operands have dtypes ${a.dtype} and ${b.dtype}`);
    if (a.dtype === "bool") throw new DTypeError(`${op} needs numbers, got bool`);
    contractSizes(p, inputs);
    // 16-bit floats accumulate in f32 and 8-bit integers in i32 (architecture: contract).
    return { shape: p.shape, dtype: DTYPES[a.dtype].compute };
  },
  recurrence: (p, [a, b, h0], op) => {
    same(op, a, b);
    if (!isFloat(a.dtype)) throw new DTypeError(`${op} needs floating point, got ${a.dtype}`);
    const rest = a.shape.filter((_, i) => i !== p.axis);
    if (!sameShape(rest, h0.shape) || h0.dtype !== a.dtype) {
      fail(op, `h0 is ${h0.dtype} ${formatShape(h0.shape)}; it must be ${a.dtype} ${formatShape(rest)}`);
    }
    return a;
  },
  scan: (p, inputs, op) => {
    const { body, carries, sequences, length } = p;
    inputs.forEach((x, i) => {
      const stacked = i >= carries && i < carries + sequences;
      const want = body.inputs[i];
      const got = stacked ? x.shape.slice(1) : x.shape;
      if (stacked && x.shape[0] !== length) fail(op, `sequence ${i - carries} has ${x.shape[0]} steps, not ${length}`);
      if (!sameShape(got, want.shape) || x.dtype !== want.dtype) {
        fail(op, `input ${i} is ${x.dtype} ${formatShape(got)} a step; the body takes ${want.dtype} ` +
          formatShape(want.shape));
      }
    });
    return body.outputs.map((y, i) => {
      if (i >= carries) return { dtype: y.dtype, shape: [length, ...y.shape] };
      if (!sameShape(y.shape, inputs[i].shape) || y.dtype !== inputs[i].dtype) {
        fail(op, `carry ${i} enters as ${inputs[i].dtype} ${formatShape(inputs[i].shape)} and leaves as ` +
          `${y.dtype} ${formatShape(y.shape)}`);
      }
      return { dtype: y.dtype, shape: y.shape };
    });
  },
  sort: (_, [x]) => [{ dtype: x.dtype, shape: x.shape }, { dtype: "i32", shape: x.shape }],
  composite: (p) => p.body.outputs.length === 1
    ? { shape: p.body.outputs[0].shape, dtype: p.body.outputs[0].dtype }
    : p.body.outputs.map((y) => ({ shape: y.shape, dtype: y.dtype })),
  project: (p, [x]) => (x as Aval & { outs: readonly Aval[] }).outs[p.index],
};

/** Shape and dtype of what an operation makes, or an error that says which sizes do not fit. */
export function infer<K extends Op>(
  op: K, params: OpParams[K], inputs: readonly Aval[],
): Aval | readonly Aval[] {
  return (RULES[op] as Rule<K>)(params, inputs, op);
}
