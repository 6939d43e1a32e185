import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { compile } from "../exec/compile.ts";
import { add, cast, cos, mul, square, sub } from "../ops/elementwise.ts";
import { iota } from "../ops/create.ts";
import { narrow, reshape } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { tensor } from "../tensor/create.ts";
import { backward, noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { BatchNorm1d } from "../nn/nn.ts";
import { Linear } from "../nn/linear.ts";
import { Sequential } from "../nn/container.ts";
import { close, load, numbers, unpack, type Packed } from "../nn/oracle.fixture.ts";
import { parameter } from "../nn/parameter.ts";
import * as optim from "./optim.ts";
import { tenSteps, type OptimizerCase } from "./steps.fixture.ts";

beforeAll(() => setBackend(createReferenceBackend()));

interface LBFGSCase {
  readonly kind: "lbfgs";
  readonly options: optim.LBFGSOptions;
  readonly start: Packed;
  readonly places: readonly Packed[];
  readonly losses: readonly number[];
}
interface AveragesCase {
  readonly kind: "averages";
  readonly start: Readonly<Record<string, Packed>>;
  readonly batches: readonly Packed[];
  readonly mean: Readonly<Record<string, Packed>>;
  readonly moving: readonly Packed[];
}
interface ScheduleCase {
  readonly kind: "schedule";
  readonly type: string;
  readonly args: readonly unknown[];
  readonly rates: Packed;
}
interface PlateauCase {
  readonly kind: "plateau";
  readonly options: optim.PlateauOptions;
  readonly measures: readonly number[];
  readonly rates: Packed;
}
type Case = OptimizerCase | LBFGSCase | AveragesCase | ScheduleCase | PlateauCase;
const cases = load<Case[]>("optim");
const of = <K extends Case["kind"]>(kind: K): (Case & { kind: K })[] =>
  cases.filter((one): one is Case & { kind: K } => one.kind === kind);

for (const compiled of [false, true]) {
  describe(`ten ${compiled ? "compiled" : "eager"} steps in float64 end where PyTorch's (or the paper's) end`, () => {
    for (const one of [...of("optimizer"), ...of("wrapper")]) {
      test(`${one.type} ${JSON.stringify(one.options)}`, () => {
        tenSteps(one, compiled).forEach((p, i) => { close(p, one.last[i], `parameter ${i} after ten steps`); });
      });
    }
  });
}

describe("L-BFGS takes PyTorch's way through Rosenbrock's valley", () => {
  for (const { options, start, places, losses } of of("lbfgs")) {
    test(JSON.stringify(options), async () => {
      const x = parameter(unpack(start));
      let optimizer = new optim.LBFGS([x], options);
      const closure = (): Tensor => {
        optimizer.zeroGrad();
        const a = narrow(x, 0, 0, 3), b = narrow(x, 0, 1, 3);
        const loss = sum(add(mul(square(sub(b, square(a))), 100), square(sub(1, a))));
        backward(loss);
        return loss;
      };
      for (const [i, place] of places.entries()) {
        const loss = await optimizer.step(closure);
        expect(Math.abs(loss - losses[i])).toBeLessThan(1e-7 * Math.max(1, losses[i]));
        const wanted = numbers(place);
        x.dataSync().forEach((v, j) => { expect(v).toBeCloseTo(wanted[j], 6); });
        const state = optimizer.stateDict();
        optimizer = new optim.LBFGS([x], options);
        await optimizer.loadStateDict(state);
      }
    });
  }
  test("a step in a compiled function is refused with a reason", async () => {
    const x = parameter(tensor([1]));
    const optimizer = new optim.LBFGS([x]);
    let failure: Promise<number> | undefined;
    compile(() => {
      failure = optimizer.step(() => x.sum());
      return x.sum();
    })();
    await expect(failure).rejects.toThrow(/compile the closure instead/);
  });
});

describe("averages of weights", () => {
  const [{ start, batches, mean, moving }] = of("averages");
  test("SWA and EMA are PyTorch's, and batch norm is measured again", () => {
    const model = new Sequential(new Linear(3, 2), new BatchNorm1d(2));
    model.loadStateDict(Object.fromEntries(Object.entries(start).map(([name, packed]) => [name, unpack(packed)])));
    const plain = new optim.AveragedModel(model), average = new optim.ExponentialMovingAverage(model, { decay: 0.8 });
    const update = compile(() => {
      plain.update();
      average.update();
      return model.parameters()[0].sum();
    });
    update();
    for (let step = 0; step < 4; step++) {
      noGrad(() => {
        for (const p of model.parameters()) p.assign(add(p, reshape(cos(add(iota(p.numel, "f32"), step)), p.shape)));
      });
      update();
    }
    const single = (x: Tensor, packed: Packed): void => {
      const wanted = numbers(packed);
      x.dataSync().forEach((v, i) => { expect(v).toBeCloseTo(wanted[i], 5); });
    };
    average.averages.forEach((x, i) => { single(x, moving[i]); });
    const trained = model.stateDict();
    plain.swap();
    optim.updateBatchNorm(model, batches.map((packed) => cast(unpack(packed), "f32")));
    for (const [name, value] of Object.entries(model.stateDict())) single(value, mean[name]);
    plain.swap();
    expect([...model.stateDict()["0.weight"].dataSync()]).toEqual([...trained["0.weight"].dataSync()]);
  });
});

const FUNCTIONS: Readonly<Record<string, (i: number) => number>> = {
  inverse: (i) => 1 / (1 + i), squares: (i) => 1 - 1 / (1 + i) ** 2,
};
describe("schedules give PyTorch's learning rates for a hundred steps", () => {
  const optimizer = (): optim.SGD => new optim.SGD([parameter(tensor([0]))], { lr: 0.5 });
  const make = (on: optim.SGD, type: string, args: readonly unknown[]): optim.Scheduler => {
    const inner = (listed: unknown): optim.Scheduler[] =>
      (listed as [string, object][]).map(([name, options]) => make(on, name, [options]));
    if (type === "SequentialLR") {
      const { schedulers, milestones } = args[0] as { schedulers: unknown; milestones: number[] };
      return new optim.SequentialLR(on, { schedulers: inner(schedulers), milestones });
    }
    if (type === "ChainedScheduler") return new optim.ChainedScheduler(on, inner(args[0]));
    const [first] = args as [{ function?: string }];
    const given = first.function === undefined ? args : [FUNCTIONS[first.function]];
    return new (Reflect.get(optim, type) as new (...all: unknown[]) => optim.Scheduler)(on, ...given);
  };
  for (const { type, args, rates } of of("schedule")) {
    test(`${type} ${JSON.stringify(args)}`, () => {
      const on = optimizer(), wanted = numbers(rates);
      let scheduler = make(on, type, args);
      wanted.forEach((rate, i) => {
        expect(on.lr).toBeCloseTo(rate, 12);
        if (i === 50) {
          const saved = scheduler.stateDict();
          on.lr = 0.5;
          scheduler = make(on, type, args);
          scheduler.loadStateDict(saved);
          expect(on.lr).toBeCloseTo(rate, 12);
        }
        if (i < wanted.length - 1) scheduler.step();
      });
    });
  }
  for (const { options, measures, rates } of of("plateau")) {
    test(`ReduceLROnPlateau ${JSON.stringify(options)}`, () => {
      const on = optimizer();
      let scheduler = new optim.ReduceLROnPlateau(on, options);
      const got = measures.map((measure) => {
        scheduler.step(measure);
        const saved = scheduler.stateDict();
        scheduler = new optim.ReduceLROnPlateau(on, options);
        scheduler.loadStateDict(saved);
        return on.lr;
      });
      numbers(rates).forEach((rate, i) => { expect(got[i]).toBeCloseTo(rate, 12); });
    });
  }
});
