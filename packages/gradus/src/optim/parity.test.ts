import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { add, cast, cos, mul } from "../ops/elementwise.ts";
import { iota } from "../ops/create.ts";
import { reshape } from "../ops/movement.ts";
import { tensor } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import { close, load, unpack, type Packed } from "../nn/oracle.fixture.ts";
import { parameter } from "../nn/parameter.ts";
import * as optim from "./optim.ts";

beforeAll(() => setBackend(createReferenceBackend()));

interface OptimizerCase {
  readonly type: string;
  readonly options: object;
  readonly start: readonly Packed[];
  readonly first: readonly Packed[];
  readonly last: readonly Packed[];
}
interface ScheduleCase {
  readonly type: string;
  readonly args: readonly unknown[];
  readonly rates: readonly number[];
}
interface Stepping {
  step(): void;
}
const { optimizers, schedules } = load<{ optimizers: OptimizerCase[]; schedules: ScheduleCase[] }>("optim");

describe("ten steps in float64 end where PyTorch's end", () => {
  for (const { type, options, start, first, last } of optimizers) {
    test(`${type} ${JSON.stringify(options)}`, () => {
      const parameters = start.map((packed) => parameter(unpack(packed)));
      const Made = Reflect.get(optim, type) as new (...args: unknown[]) => Stepping;
      const optimizer = new Made(parameters, options);
      for (let step = 0; step < 10; step++) {
        noGrad(() => {
          for (const p of parameters) {
            const i = reshape(cast(iota(p.numel, "f64"), "f64"), p.shape);
            p.grad = add(mul(p, 0.5), cos(add(i, step)));
          }
        });
        optimizer.step();
        if (step === 0) parameters.forEach((p, i) => { close(p, first[i], `parameter ${i} after one step`); });
      }
      parameters.forEach((p, i) => { close(p, last[i], `parameter ${i} after ten steps`); });
    });
  }
});

describe("schedules give PyTorch's learning rates", () => {
  for (const { type, args, rates } of schedules) {
    test(`${type} ${JSON.stringify(args)}`, () => {
      const optimizer = new optim.SGD([parameter(tensor([0]))], { lr: 0.5 });
      const Made = Reflect.get(optim, type) as new (...args: unknown[]) => optim.Scheduler;
      const scheduler = new Made(optimizer, ...args);
      const got = rates.map(() => {
        const lr = optimizer.lr;
        if (scheduler.count < rates.length - 1) scheduler.step();
        return lr;
      });
      got.forEach((lr, i) => { expect(lr).toBeCloseTo(rates[i], 12); });
    });
  }
});
