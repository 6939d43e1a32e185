import { normalizeAxis } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { apply } from "../../ops/composite.ts";
import {
  abs, add, cast, div, erf, exp, expm1, ge, gt, le, log1p, lt, maximum, mul, neg, sigmoid, sub, tanh, where,
} from "../../ops/elementwise.ts";
import { chunk, reshape } from "../../ops/movement.ts";
import { rand, type RandomOptions } from "../../tensor/random.ts";

export { sigmoid, tanh } from "../../ops/elementwise.ts";

/** A function of each element as one named node; its gradient is the derivative of the body unless `slope` gives it. */
function activation(
  name: string, body: (x: Tensor, a: number) => Tensor, slope?: (x: Tensor, a: number) => Tensor,
): CompositeDefinition {
  return {
    name,
    body: ([x], { a }) => body(x, Number(a)),
    ...(slope === undefined ? {} : { vjp: ([x], _, [g], { a }) => [g === null ? null : mul(g, slope(x, Number(a)))] }),
  };
}

// A comparison that NaN fails picks x itself, so that NaN stays visible; the gradient at 0 is 0, as in PyTorch.
const RELU = activation("relu", (x) => where(le(x, 0), 0, x));
const LEAKY_RELU = activation("leakyRelu", (x, slope) => where(gt(x, 0), x, mul(x, slope)));
const ELU = activation("elu", (x, a) => where(gt(x, 0), x, mul(expm1(where(gt(x, 0), 0, x)), a)));
const GELU = activation("gelu", (x) => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)));
/** z with 1/2 (1 + tanh(z / 2)) = sigmoid(z): z = scale (x + 0.044715 x^3). */
const GELU_SCALE = 2 * Math.sqrt(2 / Math.PI), GELU_CUBE = 0.044715 * GELU_SCALE;
const geluGate = (x: Tensor, square: Tensor): Tensor => sigmoid(mul(x, add(mul(square, GELU_CUBE), GELU_SCALE)));
const GELU_TANH = activation("geluTanh", (x) => mul(x, geluGate(x, mul(x, x))), (x) => {
  const square = mul(x, x), s = geluGate(x, square);
  return add(s, mul(mul(x, sub(s, mul(s, s))), add(mul(square, 3 * GELU_CUBE), GELU_SCALE)));
});
const SILU = activation("silu", (x) => mul(x, sigmoid(x)));
// max(z, 0) + ln(1 + e^-|z|), z = beta x, overflows nowhere.
const SOFTPLUS = activation("softplus", (x, beta) => {
  const z = mul(x, beta);
  return mul(add(maximum(z, 0), log1p(exp(neg(abs(z))))), 1 / beta);
}, (x, beta) => sigmoid(mul(x, beta)));
const HARD_SIGMOID = activation("hardSigmoid", (x) => where(le(x, -3), 0, where(ge(x, 3), 1, add(mul(x, 1 / 6), 0.5))));
const HARD_SWISH = activation("hardSwish", (x) =>
  where(le(x, -3), 0, where(ge(x, 3), x, mul(x, add(mul(x, 1 / 6), 0.5)))));
const MISH = activation("mish", (x) => mul(x, tanh(apply(SOFTPLUS, [x], { a: 1 }))));

/** max(x, 0) */
export const relu = (x: Tensor): Tensor => apply(RELU, [x]);
/** min(max(x, 0), 6) */
export const relu6 = (x: Tensor): Tensor => hardtanh(x, 0, 6);
/** x where positive, else slope x. */
export const leakyRelu = (x: Tensor, slope = 0.01): Tensor => apply(LEAKY_RELU, [x], { a: slope });
/** x where positive, else a (e^x - 1). Clevert et al. 2016. */
export const elu = (x: Tensor, a = 1): Tensor => apply(ELU, [x], { a });
/** scale elu(x, a) with the constants that keep mean 0 and variance 1. Klambauer et al. 2017. */
export const selu = (x: Tensor): Tensor => mul(elu(x, 1.6732632423543772), 1.0507009873554805);
/** x P(Z <= x) for a standard normal Z, exact or by its tanh form. Hendrycks and Gimpel 2016. */
export const gelu = (x: Tensor, approximate: "none" | "tanh" = "none"): Tensor =>
  apply(approximate === "tanh" ? GELU_TANH : GELU, [x]);
/** x sigmoid(x), also called swish. */
export const silu = (x: Tensor): Tensor => apply(SILU, [x]);
/** ln(1 + e^(beta x)) / beta */
export const softplus = (x: Tensor, beta = 1): Tensor => apply(SOFTPLUS, [x], { a: beta });
/** ln sigmoid(x) */
export const logSigmoid = (x: Tensor): Tensor => neg(softplus(neg(x)));
/** 0 below -3, 1 above 3, x/6 + 1/2 between. */
export const hardSigmoid = (x: Tensor): Tensor => apply(HARD_SIGMOID, [x]);
/** x hardSigmoid(x). Howard et al. 2019. */
export const hardswish = (x: Tensor): Tensor => apply(HARD_SWISH, [x]);
/** x tanh(softplus(x)). Misra 2019. */
export const mish = (x: Tensor): Tensor => apply(MISH, [x]);
/** x held within [low, high]; the gradient is 0 at the bounds, as in PyTorch. */
export const hardtanh = (x: Tensor, low = -1, high = 1): Tensor =>
  where(le(x, low), low, where(ge(x, high), high, x));
/** max(0, x) + min(0, a (e^(x/a) - 1)). Barron 2017. */
export const celu = (x: Tensor, a = 1): Tensor => mul(elu(mul(x, 1 / a)), a);
/** 0 where |x| <= bound, else x. */
export const hardshrink = (x: Tensor, bound = 0.5): Tensor => where(le(abs(x), bound), 0, x);
/** x drawn towards 0 by `bound`, and 0 within it. */
export const softshrink = (x: Tensor, bound = 0.5): Tensor =>
  where(gt(x, bound), sub(x, bound), where(lt(x, -bound), add(x, bound), mul(x, 0)));
/** x where above `limit`, else `value`. */
export const threshold = (x: Tensor, limit: number, value: number): Tensor => where(le(x, limit), value, x);
/** x where positive, else a slope times x: drawn from [low, high) while training, their mean after. Xu et al. 2015. */
export function rrelu(x: Tensor, low = 1 / 8, high = 1 / 3, training = false, options: RandomOptions = {}): Tensor {
  if (!training) return leakyRelu(x, (low + high) / 2);
  const slope = cast(add(mul(rand(x.shape, options), high - low), low), x.dtype);
  return where(gt(x, 0), x, mul(x, slope));
}
/** silu(gate) x: the gated unit of Llama's feed-forward layers. Shazeer 2020. */
export const swiglu = (gate: Tensor, x: Tensor): Tensor => mul(silu(gate), x);
/** gelu(gate) x. Shazeer 2020. */
export const geglu = (gate: Tensor, x: Tensor): Tensor => mul(gelu(gate), x);
/** x / (1 + |x|) */
export const softsign = (x: Tensor): Tensor => div(x, add(abs(x), 1));
/** x - tanh(x) */
export const tanhshrink = (x: Tensor): Tensor => sub(x, tanh(x));
/** x where positive, else weight x; one weight for all or one per channel (axis 1). He et al. 2015. */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  const perChannel = weight.shape[0] > 1 && x.shape.length > 2;
  const w = perChannel ? reshape(weight, [weight.shape[0], ...x.shape.slice(2).map(() => 1)]) : weight;
  return where(gt(x, 0), x, mul(x, w));
}
/** a sigmoid(b) with a, b the halves of an axis. Dauphin et al. 2017. */
export function glu(x: Tensor, axis = -1): Tensor {
  const [a, b] = chunk(x, 2, normalizeAxis(axis, x.shape.length, "glu"));
  return mul(a, sigmoid(b));
}
