import { promote } from "../vocab/dtype.ts";
import { ShapeError } from "../vocab/errors.ts";
import { broadcastShapes, formatShape, sizeOf } from "../vocab/shape.ts";
import { emit } from "../ir/emit.ts";
import { windowCount } from "../ir/infer.ts";
import type { Tensor } from "../ir/node.ts";
import type { ContractSpec } from "../ir/op.ts";
import { add, cast } from "./elementwise.ts";
import { broadcastTo, permute, reshape, squeeze, unsqueeze } from "./movement.ts";
import { sum } from "./reduce.ts";

/** One mode of the trilinear form (see `ContractSpec`): the two given operands make the third, of `shape`. */
export const contract = (
  spec: ContractSpec, output: 0 | 1 | 2, a: Tensor, b: Tensor, shape: readonly number[],
): Tensor => emit("contract", { spec, output, shape }, [a, b]);

const together = (a: Tensor, b: Tensor): [Tensor, Tensor] => {
  const dtype = promote(a.dtype, b.dtype);
  return [cast(a, dtype), cast(b, dtype)];
};

/**
 * Matrix product over the last two axes, earlier axes broadcasting: (..., m, k) x (..., k, n) gives (..., m, n).
 * A vector on either side counts as a row or a column, and that axis is dropped again, as in PyTorch.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (a.shape.length === 0 || b.shape.length === 0) {
    throw new ShapeError(`matmul: operands have shapes ${formatShape(a.shape)} and ${formatShape(b.shape)}; ` +
      "both need at least one axis");
  }
  const [x, w] = together(a.shape.length === 1 ? unsqueeze(a, 0) : a, b.shape.length === 1 ? unsqueeze(b, 1) : b);
  const k = x.shape[x.shape.length - 1];
  if (k !== w.shape[w.shape.length - 2]) {
    throw new ShapeError(`matmul: ${formatShape(a.shape)} x ${formatShape(b.shape)}: the inner sizes ${k} and ` +
      `${w.shape[w.shape.length - 2]} differ; transpose one operand or change its size`);
  }
  const m = x.shape[x.shape.length - 2], n = w.shape[w.shape.length - 1];
  const lead = broadcastShapes(x.shape.slice(0, -2), w.shape.slice(0, -2), "matmul");
  let out: Tensor;
  if (w.shape.length === 2 && lead.length > 0) {
    // A weight shared by all rows: one product of (rows, k) and (k, n).
    const rows = reshape(x, [sizeOf(lead) * m, k]);
    const product = contract({ x: "mk", w: "kn", y: "mn", windows: [] }, 2, rows, w, [rows.shape[0], n]);
    out = reshape(product, [...lead, m, n]);
  } else {
    const letters = "abcdefgh".slice(0, lead.length);
    const spec: ContractSpec = { x: `${letters}mk`, w: `${letters}kn`, y: `${letters}mn`, windows: [] };
    out = contract(spec, 2, broadcastTo(x, [...lead, m, k]), broadcastTo(w, [...lead, k, n]), [...lead, m, n]);
  }
  if (b.shape.length === 1) out = squeeze(out, -1);
  return a.shape.length === 1 ? squeeze(out, b.shape.length === 1 ? -1 : -2) : out;
}

/** A bias has one number per output. */
function checkBias(name: string, bias: Tensor | null, outputs: number): void {
  if (bias === null || (bias.shape.length === 1 && bias.shape[0] === outputs)) return;
  throw new ShapeError(`${name}: the bias is ${formatShape(bias.shape)}; with ${outputs} outputs it must be ` +
    `[${outputs}]`);
}

/** y = x W^T + b: x (..., in), W (out, in), b (out) or null; y (..., out). */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  const k = x.shape[x.shape.length - 1], [n, inputs] = weight.shape;
  if (k !== inputs) {
    throw new ShapeError(`linear: the input ${formatShape(x.shape)} ends in ${k}, but the weight ` +
      `${formatShape(weight.shape)} takes ${inputs} features`);
  }
  checkBias("linear", bias, n);
  const [a, w] = together(x, weight);
  const rows = reshape(a, [sizeOf(x.shape.slice(0, -1)), k]);
  const y = contract({ x: "mk", w: "nk", y: "mn", windows: [] }, 2, rows, w, [rows.shape[0], n]);
  const out = reshape(y, [...x.shape.slice(0, -1), n]);
  return bias === null ? out : add(out, bias);
}

/**
 * Einstein summation over one or two operands: letters on both sides are kept, others are summed, e.g.
 * `einsum("bij,bjk->bik", a, b)`. No ellipsis and no repeated letter within one operand.
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const [left, right] = equation.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (right === undefined || terms.length !== operands.length || operands.length < 1) {
    throw new ShapeError(`einsum: "${equation}" names ${terms.length} operands and got ${operands.length}; ` +
      'write for example "ij,jk->ik"');
  }
  terms.forEach((term, i) => {
    if (new Set(term).size !== term.length || term.length !== operands[i].shape.length) {
      throw new ShapeError(`einsum: "${term}" does not name each axis of ${formatShape(operands[i].shape)} once`);
    }
  });
  let [x, xs] = [operands[0], terms[0]];
  for (let i = 1; i < operands.length; i++) {
    let [w, ws] = [operands[i], terms[i]];
    const later = terms.slice(i + 1).join("") + right;
    // A letter that only one operand has and nobody asks for is summed before the product.
    [x, xs] = sumOut(x, xs, ws + later);
    [w, ws] = sumOut(w, ws, xs + later);
    const y = [...new Set(xs + ws)].filter((c) => later.includes(c)).join("");
    const sizes = new Map<string, number>([...[...xs].map((c, j) => [c, x.shape[j]] as const),
      ...[...ws].map((c, j) => [c, w.shape[j]] as const)]);
    const [a, b] = together(x, w);
    x = contract({ x: xs, w: ws, y, windows: [] }, 2, a, b, [...y].map((c) => sizes.get(c)!));
    xs = y;
  }
  [x, xs] = sumOut(x, xs, right);
  return permute(x, [...right].map((c) => xs.indexOf(c)));
}
function sumOut(x: Tensor, letters: string, wanted: string): [Tensor, string] {
  const axes = [...letters].flatMap((c, i) => (wanted.includes(c) ? [] : [i]));
  if (axes.length === 0) return [x, letters];
  return [sum(x, axes), [...letters].filter((c) => wanted.includes(c)).join("")];
}

export interface ConvOptions {
  readonly stride?: number | readonly number[];
  /** Zeros on both sides. */
  readonly padding?: number | readonly number[];
  readonly dilation?: number | readonly number[];
  readonly groups?: number;
}
const INPUT = "ijl", KERNEL = "uvt", OUTPUT = "opq";

/** One value per spatial axis. */
export const perAxis = (value: number | readonly number[] | undefined, rank: number, fallback: number): number[] =>
  typeof value === "object" ? [...value] : new Array<number>(rank).fill(value ?? fallback);

/**
 * Convolution over 1 to 3 spatial axes, as cross-correlation: x (batch, in, ...), weight (out, in/groups, ...), bias
 * (out) or null; result (batch, out, ...) with floor((n + 2 padding - dilation (k-1) - 1)/stride) + 1 positions.
 */
export function conv(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvOptions = {}): Tensor {
  const rank = weight.shape.length - 2, groups = options.groups ?? 1;
  const name = `conv${rank}d`;
  if (x.shape.length !== rank + 2) {
    throw new ShapeError(`${name}: the input is ${formatShape(x.shape)}; it needs ${rank + 2} axes ` +
      `(batch, channels, ${rank} spatial) for a weight of ${formatShape(weight.shape)}`);
  }
  const [batch, channels, ...space] = x.shape, [out, inputs, ...kernel] = weight.shape;
  if (channels !== inputs * groups || out % groups !== 0) {
    throw new ShapeError(`${name}: an input of ${channels} channels does not fit a weight of ` +
      `${formatShape(weight.shape)} with ${groups} group(s); channels must be ${inputs * groups}`);
  }
  checkBias(name, bias, out);
  const stride = perAxis(options.stride, rank, 1), padding = perAxis(options.padding, rank, 0);
  const dilation = perAxis(options.dilation, rank, 1);
  const places = space.map((n, i) => windowCount(n + 2 * padding[i], kernel[i], stride[i], dilation[i]));
  if (places.some((n) => n < 1)) {
    throw new ShapeError(`${name}: a kernel of ${formatShape(kernel)} does not fit an input of ` +
      `${formatShape(space)} with padding ${formatShape(padding)}; enlarge the input or the padding`);
  }
  const [a, w] = together(x, weight);
  const spec: ContractSpec = {
    x: `bgc${INPUT.slice(0, rank)}`, w: `gnc${KERNEL.slice(0, rank)}`, y: `bgn${OUTPUT.slice(0, rank)}`,
    windows: space.map((_, i) => ({
      x: INPUT[i], w: KERNEL[i], y: OUTPUT[i], stride: stride[i], dilation: dilation[i], pad: padding[i],
    })),
  };
  const y = contract(spec, 2, reshape(a, [batch, groups, inputs, ...space]),
    reshape(w, [groups, out / groups, inputs, ...kernel]), [batch, groups, out / groups, ...places]);
  const result = reshape(y, [batch, out, ...places]);
  return bias === null ? result : add(result, reshape(bias, [out, ...space.map(() => 1)]));
}

/**
 * Transposed convolution, the gradient of `conv` with respect to its input: x (batch, in, ...), weight (in,
 * out/groups, ...); result sizes (n-1) stride - 2 padding + dilation (k-1) + outputPadding + 1.
 */
export function convTranspose(
  x: Tensor, weight: Tensor, bias: Tensor | null = null,
  options: ConvOptions & { readonly outputPadding?: number | readonly number[] } = {},
): Tensor {
  const rank = weight.shape.length - 2, groups = options.groups ?? 1;
  const [batch, channels, ...space] = x.shape, [inputs, out, ...kernel] = weight.shape;
  if (x.shape.length !== rank + 2 || channels !== inputs) {
    throw new ShapeError(`convTranspose${rank}d: an input of ${formatShape(x.shape)} does not fit a weight of ` +
      `${formatShape(weight.shape)}; the weight's first axis counts input channels`);
  }
  const stride = perAxis(options.stride, rank, 1), padding = perAxis(options.padding, rank, 0);
  const dilation = perAxis(options.dilation, rank, 1), extra = perAxis(options.outputPadding, rank, 0);
  const places = space.map((n, i) =>
    (n - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel[i] - 1) + extra[i] + 1);
  const [a, w] = together(x, weight);
  const spec: ContractSpec = {
    x: `bgc${INPUT.slice(0, rank)}`, w: `gnc${KERNEL.slice(0, rank)}`, y: `bgn${OUTPUT.slice(0, rank)}`,
    windows: space.map((_, i) => ({
      x: INPUT[i], w: KERNEL[i], y: OUTPUT[i], stride: stride[i], dilation: dilation[i], pad: padding[i],
    })),
  };
  const y = contract(spec, 0, reshape(w, [groups, inputs / groups, out, ...kernel]),
    reshape(a, [batch, groups, inputs / groups, ...space]), [batch, groups, out, ...places]);
  const result = reshape(y, [batch, out * groups, ...places]);
  return bias === null ? result : add(result, reshape(bias, [out * groups, ...space.map(() => 1)]));
}
