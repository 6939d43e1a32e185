import { ShapeError } from "../../vocab/errors.ts";
import { formatShape, sameShape } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { apply, applyAll } from "../../ops/composite.ts";
import { zerosLike } from "../../ops/create.ts";
import { add, exp, mul } from "../../ops/elementwise.ts";
import { recurrence } from "../../ops/loop.ts";
import { concat, narrow, unsqueeze } from "../../ops/movement.ts";
import { sum } from "../../ops/reduce.ts";

// Letters as in the paper: b batch, t time, d channels, n state. The state h (b, t, d, n) is written out here; a
// compiled program keeps it in registers.

/** The decay e^(dt A), the input dt B x, and the states that follow, all (b, t, d, n). */
function states(x: Tensor, dt: Tensor, A: Tensor, B: Tensor): { decay: Tensor; h: Tensor } {
  const decay = exp(mul(unsqueeze(dt, 3), A));
  return { decay, h: recurrence(decay, mul(unsqueeze(mul(dt, x), 3), unsqueeze(B, 2)), null, 1) };
}
/** Gradients of (x, dt, A, B, C, D): operands those six and the gradient gy (b, t, d) of the result. */
const SELECTIVE_SCAN_GRADIENT: CompositeDefinition = {
  name: "selectiveScanGradient",
  body: ([x, dt, A, B, C, D, gy]) => {
    const { decay, h } = states(x, dt, A, B);
    const steps = x.shape[1];
    const first = zerosLike(narrow(decay, 1, 0, 1));
    // The adjoint runs backwards: s[t] = gy[t] C[t] + decay[t+1] s[t+1].
    const next = concat([narrow(decay, 1, 1, steps - 1), first], 1);
    const s = recurrence(next, mul(unsqueeze(gy, 3), unsqueeze(C, 2)), null, 1, { reverse: true });
    const before = concat([first, narrow(h, 1, 0, steps - 1)], 1);
    const gExponent = mul(mul(s, before), decay);                            // of dt A, (b, t, d, n)
    const gInput = sum(mul(s, unsqueeze(B, 2)), 3);                          // of dt x, (b, t, d)
    return [
      add(mul(gInput, dt), mul(gy, D)),
      add(mul(gInput, x), sum(mul(gExponent, A), 3)),
      sum(mul(gExponent, unsqueeze(dt, 3)), [0, 1]),
      sum(mul(s, unsqueeze(mul(dt, x), 3)), 2),
      sum(mul(h, unsqueeze(gy, 3)), 2),
      sum(mul(gy, x), [0, 1]),
    ];
  },
};
const SELECTIVE_SCAN: CompositeDefinition = {
  name: "selectiveScan",
  body: ([x, dt, A, B, C, D]) => add(sum(mul(states(x, dt, A, B).h, unsqueeze(C, 2)), 3), mul(x, D)),
  vjp: (inputs, _, [g]) => (g === null ? [] : applyAll(SELECTIVE_SCAN_GRADIENT, [...inputs, g])),
};

/**
 * The selective state space model of Mamba: h[t] = e^(dt[t] A) h[t-1] + dt[t] B[t] x[t], y[t] = C[t] h[t] + D x[t].
 * x and dt (b, t, d), A (d, n), B and C (b, t, n), D (d); result (b, t, d). Gu and Dao 2023, algorithm 2.
 */
export function selectiveScan(x: Tensor, dt: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor): Tensor {
  const [b, t, d] = x.shape, n = A.shape[1];
  const expected: [string, Tensor, number[]][] =
    [["dt", dt, [b, t, d]], ["A", A, [d, n]], ["B", B, [b, t, n]], ["C", C, [b, t, n]], ["D", D, [d]]];
  for (const [name, value, shape] of expected) {
    if (x.shape.length !== 3 || !sameShape(value.shape, shape)) {
      throw new ShapeError(`selectiveScan: with x ${formatShape(x.shape)} and a state of ${n}, ${name} is ` +
        `${formatShape(value.shape)} and should be ${formatShape(shape)}`);
    }
  }
  return apply(SELECTIVE_SCAN, [x, dt, A, B, C, D]);
}
