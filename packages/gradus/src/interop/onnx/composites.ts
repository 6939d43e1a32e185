import { sizeOf } from "../../vocab/shape.ts";
import type { Attributes } from "../../ir/op.ts";
import type { OnnxAttribute } from "./proto.ts";
import type { Site } from "./rule.ts";

/** How a named operation is written with an operator of ONNX; null where that would mean something else. */
type CompositeRule = (site: Site<"composite">, attributes: Attributes) => readonly string[] | null;

/** An operator of one operand, with attributes. */
const operator = (
  op: string, attributes: (given: Attributes) => Readonly<Record<string, OnnxAttribute>> | null = () => ({}),
): CompositeRule => ({ g, inputs: [x] }, given) => {
  const found = attributes(given);
  return found === null ? null : [g.node(op, [x], found)];
};
const float = (value: Attributes[string]): OnnxAttribute => ({ float: Number(value) });
const list = (value: Attributes[string]): readonly number[] => value as readonly number[];
const pooling = (a: Attributes): Record<string, OnnxAttribute> => ({
  kernel_shape: list(a.size), strides: list(a.stride), dilations: list(a.dilation),
  pads: [...list(a.low), ...list(a.high)],
});
/** ONNX wants less padding than window. */
const padsFit = (a: Attributes): boolean =>
  list(a.size).every((n, i) => list(a.low)[i] < n && list(a.high)[i] < n);

const layerNorm: CompositeRule = ({ g, node, inputs: [x, weight, bias] }, { eps, affine }) => {
  const n = node.inputs[0].shape[node.inputs[0].shape.length - 1];
  const scale = Number(affine) > 0 ? weight : g.constant(node.dtype, [n], new Array<number>(n).fill(1));
  return [g.node("LayerNormalization", [x, scale, ...(Number(affine) > 1 ? [bias] : [])],
    { axis: -1, epsilon: float(eps) })];
};
/** The second result, the place of each maximum, is written out; what nobody reads is left away in the end. */
const maxPool: CompositeRule = ({ g, node, twin, inputs, inline }, attributes) => {
  if (!padsFit(attributes)) return null;
  const [, place] = inline(g, node.params.body, twin.params.body, inputs);
  return [g.node("MaxPool", [inputs[0]], pooling(attributes)), place];
};
const avgPool: CompositeRule = ({ g, inputs: [x] }, attributes) => {
  const { divisor, padded, size, low, high } = attributes;
  const plain = divisor === sizeOf(list(size));
  const symmetric = list(low).every((n, i) => n === list(high)[i]);
  if (!padsFit(attributes) || !symmetric || !(plain || (divisor === 0 && padded !== true))) return null;
  return [g.node("AveragePool", [x], { ...pooling(attributes), count_include_pad: plain ? 1 : 0 })];
};

/** Named operations that ONNX has too. All others are written as the primitives they are made of. */
export const COMPOSITES: Readonly<Record<string, CompositeRule>> = {
  softmax: operator("Softmax", () => ({ axis: -1 })),
  logSoftmax: operator("LogSoftmax", () => ({ axis: -1 })),
  layerNorm, maxPool, avgPool,
  relu: operator("Relu"),
  leakyRelu: operator("LeakyRelu", ({ a }) => ({ alpha: float(a) })),
  elu: operator("Elu", ({ a }) => ({ alpha: float(a) })),
  gelu: operator("Gelu", () => ({ approximate: "none" })),
  geluTanh: operator("Gelu", () => ({ approximate: "tanh" })),
  softplus: operator("Softplus", ({ a }) => (a === 1 ? {} : null)),
  hardSigmoid: operator("HardSigmoid", () => ({ alpha: float(1 / 6), beta: float(0.5) })),
  hardSwish: operator("HardSwish"),
  mish: operator("Mish"),
};
