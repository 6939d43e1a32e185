import { UsageError } from "../vocab/errors.ts";
import { abs, cast, clamp, div, eq, mul, round, where } from "../ops/elementwise.ts";
import { transpose } from "../ops/movement.ts";
import { amax } from "../ops/reduce.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Embedding } from "./embedding.ts";
import { Linear } from "./linear.ts";
import type { Module } from "./module.ts";
import { isParametrized, Parametrization, registerParametrization } from "./parametrize.ts";

/** A module whose matrix is not laid out like that of Linear says along which axis its outputs run. */
export interface MatrixLayer {
  readonly outputAxis: 0 | 1;
}
const MOST = 127;

/** W = s q: whole numbers q (outputs, inputs) from -127 to 127, and a factor s for each output. */
class Int8Rows extends Parametrization {
  readonly #axis: 0 | 1;
  constructor(axis: 0 | 1) {
    super();
    this.#axis = axis;
  }
  /** The matrix with its outputs along the first axis, and back. */
  #turn(matrix: Tensor): Tensor {
    return this.#axis === 0 ? matrix : transpose(matrix);
  }
  override forward(q: Tensor, scale: Tensor): Tensor {
    return this.#turn(mul(cast(q, "f32"), scale));
  }
  override rightInverse(weight: Tensor): readonly Tensor[] {
    const rows = this.#turn(weight), largest = amax(abs(rows), 1, { keepdim: true });
    const scale = where(eq(largest, 0), 1, div(largest, MOST));             // (outputs, 1)
    return [cast(clamp(round(div(rows, scale)), -MOST, MOST), "i8"), scale];
  }
}
const outputAxisOf = (module: Module): 0 | 1 | null => {
  if (module instanceof Linear || module instanceof Embedding) return 0;
  return (module as Partial<MatrixLayer>).outputAxis ?? null;
};

/**
 * Stores the matrices of a trained model in a quarter of their bytes, for running it: the weight of every `Linear`,
 * `Embedding` and other `MatrixLayer` becomes s q, with int8 q and a float s for each output. No number moves by more
 * than half of its s, which is the largest of its row / 127. Compiled steps of one row read the bytes as they are. The
 * weights read as before; checkpoints hold `parametrizations.weight.original0` (q) and `original1` (s). Returns the
 * model; throws a UsageError where it has no such weight. Absmax by row: Dettmers et al., "LLM.int8()", 2022.
 */
export function quantizeWeights<M extends Module>(model: M): M {
  let count = 0;
  for (const module of model.modules()) {
    const axis = outputAxisOf(module);
    if (axis === null || isParametrized(module, "weight")) continue;
    registerParametrization(module, "weight", new Int8Rows(axis));
    count++;
  }
  if (count === 0) {
    throw new UsageError(`quantizeWeights: ${model.constructor.name} has no Linear, Embedding or other matrix whose ` +
      "weight could be stored as int8, or all of them are already");
  }
  return model;
}
