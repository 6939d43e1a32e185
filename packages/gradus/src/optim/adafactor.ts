import { div, maximum, minimum, mul, pow, rsqrt, square, sub, add } from "../ops/elementwise.ts";
import { mean } from "../ops/reduce.ts";
import { zeros } from "../ops/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { norm, shrunk } from "./arithmetic.ts";
import { Optimizer, type Parameters } from "./optimizer.ts";
import { rule } from "./rule.ts";

export interface AdafactorOptions {
  readonly lr?: number;
  /** The averages of step t take up the share t^beta2Decay of the new squares. */
  readonly beta2Decay?: number;
  /** Bounds below: of the root of the squares' estimate (0: the dtype's rounding), and of the parameter's scale. */
  readonly eps?: readonly [number, number];
  /** The largest root mean square of an update. */
  readonly d?: number;
  readonly weightDecay?: number;
  readonly maximize?: boolean;
}
const ROUNDING: Readonly<Record<string, number>> = { f64: 2 ** -52, f32: 2 ** -23, f16: 2 ** -10, bf16: 2 ** -7 };

const ADAFACTOR_STEP = rule<AdafactorOptions>("adafactor", (
  { p, g, lr, t, slots: { row_var: rows, col_var: columns, variance } },
  { beta2Decay, eps: [eps1, eps2], d, weightDecay },
) => {
  const least = eps1 === 0 ? ROUNDING[p.dtype] : eps1;
  const moved = (average: Tensor, x: Tensor): Tensor => add(average, mul(sub(x, average), pow(t, beta2Decay)));
  const rootMeanSquare = (x: Tensor): Tensor => mul(norm(x), 1 / Math.sqrt(Math.max(1, x.numel)));
  const factored = p.shape.length > 1;
  const v: { readonly [name: string]: Tensor } = factored
    ? { row_var: moved(rows, mean(square(g), -1, { keepdim: true })),
      col_var: moved(columns, mean(square(g), -2, { keepdim: true })) }
    : { variance: moved(variance, square(g)) };
  // Rows times columns, over the mean of the rows: the matrix of rank one that keeps both margins.
  const estimate = factored
    ? div(mul(v.row_var, v.col_var), maximum(mean(v.row_var, -2, { keepdim: true }), least)) : v.variance;
  const update = mul(rsqrt(maximum(estimate, least * least)), g);
  const rate = mul(maximum(rootMeanSquare(p), eps2), minimum(lr, rsqrt(t)));
  const held = div(update, maximum(div(rootMeanSquare(update), d), 1));
  return { p: sub(shrunk(p, lr, weightDecay), mul(held, rate)), ...v };
});

/**
 * Adam's scaling from one average per row and one per column in place of one per number, with steps relative to the
 * parameter's own size. Shazeer and Stern 2018; as torch.optim.Adafactor.
 */
export class Adafactor extends Optimizer<AdafactorOptions> {
  constructor(parameters: Parameters<AdafactorOptions>, options: AdafactorOptions = {}) {
    super(parameters,
      { lr: 1e-2, beta2Decay: -0.8, eps: [0, 1e-3], d: 1, weightDecay: 0, maximize: false, ...options },
      ADAFACTOR_STEP, (_, { shape }) => (shape.length < 2 ? { variance: 0 } : {
        row_var: zeros([...shape.slice(0, -1), 1]), col_var: zeros([...shape.slice(0, -2), 1, ...shape.slice(-1)]),
      }));
  }
}
