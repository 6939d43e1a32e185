import { ShapeError } from "../../vocab/errors.ts";
import { formatShape, sameShape } from "../../vocab/shape.ts";
import { full, zerosLike } from "../../ops/create.ts";
import { add, div, exp, maximum, mul, sub } from "../../ops/elementwise.ts";
import { recurrence } from "../../ops/loop.ts";
import { concat, narrow } from "../../ops/movement.ts";
import { detach } from "../../tensor/gradient.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Stands for the logarithm of 0: nothing was seen yet. */
const NOTHING = -1e30;

/** x one step later, `first` in front: (b, t, d). */
const later = (x: Tensor, first: Tensor): Tensor => concat([first, narrow(x, 1, 0, x.shape[1] - 1)], 1);

/**
 * The largest exponent among the past, e^(k[j] + (t - j) w) for j <= t, by doubling: the largest of the last 2 m steps
 * is that of the last m and, faded m times, that of the m before them.
 */
function largest(k: Tensor, w: Tensor): Tensor {
  const [b, T, d] = k.shape;
  let found = k;
  for (let m = 1; m < T; m *= 2) {
    const before = concat([full([b, m, d], NOTHING, k.dtype), narrow(found, 1, 0, T - m)], 1);
    found = maximum(found, add(before, mul(w, m)));
  }
  return found;
}

/** What RWKV keeps of the past: sums of e^k v and of e^k over e^exponent, and that exponent; (b, d) each. */
export interface WkvState {
  readonly numerator: Tensor;
  readonly denominator: Tensor;
  readonly exponent: Tensor;
}
/**
 * The attention of RWKV-4: y[t] is the mean of all v so far, weighted with e^(k[j] + (t - 1 - j) w) for the past j < t
 * and e^(u + k[t]) for the present. k and v (b, t, d); w (d), negative: how fast each channel forgets; u (d).
 *
 * Sums are kept over e^m, m the largest exponent so far, so that nothing overflows whatever the keys: the two sums are
 * recurrences of decay e^(m[t-1] + w - m[t]). The result does not depend on m, so no gradient flows through it.
 * Peng et al., "RWKV: reinventing RNNs for the Transformer era", 2023, section 3.1.2 and appendix D.
 */
export function wkv(k: Tensor, v: Tensor, w: Tensor, u: Tensor): Tensor {
  if (k.shape.length !== 3 || !sameShape(k.shape, v.shape) || [w, u].some((x) => !sameShape(x.shape, [k.shape[2]]))) {
    throw new ShapeError(`wkv: k, v, w and u are ${[k, v, w, u].map((x) => formatShape(x.shape)).join(", ")}; they ` +
      "must be (batch, time, channels) twice and (channels) twice");
  }
  const m = largest(detach(k), detach(w));
  const none = full([k.shape[0], 1, k.shape[2]], NOTHING, k.dtype), before = later(m, none);
  const decay = exp(sub(add(before, w), m)), weight = exp(sub(k, m));
  const numerator = later(recurrence(decay, mul(weight, v), null, 1), zerosLike(none));
  const denominator = later(recurrence(decay, weight, null, 1), zerosLike(none));
  return mean({ numerator, denominator, exponent: before }, k, v, u);
}
/** The weighted mean of what was kept and of the present. */
function mean({ numerator, denominator, exponent }: WkvState, k: Tensor, v: Tensor, u: Tensor): Tensor {
  const now = add(k, u), top = detach(maximum(exponent, now));
  const past = exp(sub(exponent, top)), present = exp(sub(now, top));
  return div(add(mul(past, numerator), mul(present, v)), add(mul(past, denominator), present));
}
/** The state before the first token. */
export const wkvStart = (batch: number, channels: number): WkvState => {
  const numerator = full([batch, channels], 0);
  return { numerator, denominator: numerator, exponent: full([batch, channels], NOTHING) };
};
/** One token of `wkv`: k and v (b, d). */
export function wkvStep(
  k: Tensor, v: Tensor, w: Tensor, u: Tensor, state: WkvState,
): { readonly y: Tensor; readonly state: WkvState } {
  const faded = add(state.exponent, w), exponent = maximum(faded, k);
  const past = exp(sub(faded, exponent)), present = exp(sub(k, exponent));
  return {
    y: mean(state, k, v, u),
    state: {
      numerator: add(mul(past, state.numerator), mul(present, v)),
      denominator: add(mul(past, state.denominator), present), exponent,
    },
  };
}
