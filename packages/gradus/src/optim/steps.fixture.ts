import { compile } from "../exec/compile.ts";
import { add, cast, cos, div, mul, square } from "../ops/elementwise.ts";
import { iota } from "../ops/create.ts";
import { reshape } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { tensor } from "../tensor/create.ts";
import { backward } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { unpack, type Packed } from "../nn/oracle.fixture.ts";
import { parameter } from "../nn/parameter.ts";
import * as optim from "./optim.ts";
import type { AnyOptimizer } from "./wrapper.ts";

/** An optimizer of tools/oracle/optim.py: where ten steps end. */
export interface OptimizerCase {
  readonly kind: "optimizer" | "wrapper";
  readonly type: string;
  readonly options: object;
  readonly start: readonly Packed[];
  readonly last: readonly Packed[];
}
/** The loss sum(p^2 / 4 + p cos(step + i)), with gradient p / 2 + cos(step + i). */
const lossOf = (parameters: readonly Tensor[], step: Tensor): Tensor => parameters.map((p) => {
  const waves = cos(add(reshape(cast(iota(p.numel, "f64"), "f64"), p.shape), step));
  return sum(add(div(square(p), 4), mul(p, waves)));
}).reduce((a, b) => add(a, b));

/** The parameters after ten steps. */
export function tenSteps({ type, options, start }: OptimizerCase, compiled: boolean): Tensor[] {
  const parameters = start.map((packed) => parameter(unpack(packed)));
  const make = (name: string, given: unknown, settings: object): AnyOptimizer =>
    new (Reflect.get(optim, name) as new (...args: unknown[]) => AnyOptimizer)(given, settings);
  const wrapped = type === "SAM" || type === "Lookahead";
  const optimizer = wrapped
    ? make(type, new optim.SGD(parameters, { lr: 0.05, momentum: 0.9 }), options) : make(type, parameters, options);
  const body = (step: Tensor): Tensor => {
    const closure = (): Tensor => {
      optimizer.zeroGrad();
      const loss = lossOf(parameters, step);
      backward(loss);
      return loss;
    };
    if (optimizer instanceof optim.SAM) return optimizer.step(closure);
    const loss = closure();
    optimizer.step();
    return loss;
  };
  const step = compiled ? compile(body) : body;
  for (let i = 0; i < 10; i++) step(tensor(i, { dtype: "f64" }));
  return parameters;
}
