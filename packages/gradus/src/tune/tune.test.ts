import { beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { Adam } from "../optim/adam.ts";
import { compile } from "../exec/compile.ts";
import { MLP } from "../models/mlp.ts";
import { crossEntropy } from "../nn/functional/cross-entropy.ts";
import { setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import { manualSeed } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import * as tune from "./tune.ts";

/** Minimum 0.397887 at three points. Branin 1972. */
const branin = ({ x, y }: tune.Values): number => {
  const a = Number(x), b = Number(y);
  return (b - (5.1 / (4 * Math.PI ** 2)) * a * a + (5 / Math.PI) * a - 6) ** 2 +
    10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) + 10;
};
const BRANIN = { x: tune.float(-5, 10), y: tune.float(0, 15) };
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];
const bests = async (make: () => tune.Strategy, trials: number): Promise<number[]> => {
  const found: number[] = [];
  for (let seed = 0; seed < 9; seed++) {
    const study = await tune.search(branin, { space: BRANIN, strategy: make(), trials, seed });
    found.push(study.best.value);
  }
  return found;
};

describe("a space", () => {
  it("maps places to values and back", () => {
    const { float, log, integer, choice } = tune;
    expect(float(-1, 3).at(0.25)).toBe(0);
    expect(log(1e-4, 1).at(0.5)).toBeCloseTo(1e-2, 12);
    const all = [float(-1, 3), log(1e-4, 1), integer(2, 9), integer(1, 100, { log: true }), choice(["a", 2, true])];
    for (const parameter of all) {
      for (let u = 0.01; u < 1; u += 0.07) {
        const value = parameter.at(u);
        const again = parameter.at(parameter.placeOf(value));
        expect(again).toEqual(typeof value === "number" ? expect.closeTo(value, 10) : value);
      }
    }
    const counts = new Map<tune.Value, number>();
    for (let i = 0; i < 600; i++) {
      const value = integer(1, 3).at((i + 0.5) / 600);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts]).toEqual([[1, 200], [2, 200], [3, 200]]);
    expect(log(1, 100).grid(3)).toEqual([1, expect.closeTo(10, 10), 100]);
    expect(integer(1, 3).grid(10)).toEqual([1, 2, 3]);
  });
  it("refuses ranges that are none", () => {
    expect(() => tune.float(2, 1)).toThrow(/from 2 to 1/);
    expect(() => tune.log(0, 1)).toThrow(UsageError);
    expect(() => tune.choice([])).toThrow(UsageError);
    expect(() => new tune.GridSearch(0)).toThrow(UsageError);
  });
});

describe("strategies", () => {
  it("a grid tries every combination once", async () => {
    const seen: string[] = [];
    const space = { a: tune.choice(["p", "q"]), b: tune.float(0, 1), c: tune.integer(1, 2) };
    const strategy = new tune.GridSearch(3);
    await tune.search((values) => seen.push(JSON.stringify(values)), { space, strategy, trials: 99 });
    expect(new Set(seen).size).toBe(12);
    expect(seen).toHaveLength(12);
  });
  it("models beat random search on Branin's function, by the median of nine seeds", async () => {
    const random = median(await bests(() => new tune.RandomSearch(), 30));
    const bayesian = median(await bests(() => new tune.Bayesian({ candidates: 200 }), 30));
    expect(bayesian).toBeLessThan(0.41);
    expect(bayesian).toBeLessThan(random - 0.2);
    const parzen = median(await bests(() => new tune.TreeParzen(), 60));
    expect(parzen).toBeLessThan(median(await bests(() => new tune.RandomSearch(), 60)) - 0.1);
  });
  it("find the right value of a choice", async () => {
    const space = { kind: tune.choice(["a", "b", "c", "d"]), x: tune.float(0, 1) };
    const objective = ({ kind, x }: tune.Values): number => (kind === "c" ? 0 : 1) + (Number(x) - 0.7) ** 2;
    for (const strategy of [new tune.Bayesian(), new tune.TreeParzen()]) {
      const { best, trials } = await tune.search(objective, { space, strategy, trials: 40, seed: 3 });
      expect(best.values["kind"]).toBe("c");
      expect(Number(best.values["x"])).toBeCloseTo(0.7, 1);
      // Most of the later trials are of the right kind.
      expect(trials.slice(20).filter(({ values }) => values["kind"] === "c").length).toBeGreaterThan(12);
    }
  });
  it("a process passes through what it knows, and is unsure elsewhere", () => {
    const xs = [0, 0.3, 0.5, 1], process = new tune.GaussianProcess(xs.map((x) => [x]), xs.map((x) => Math.sin(6 * x)),
      { lengths: [0.3], noise: 1e-8 });
    for (const x of xs) {
      const { mean, deviation } = process.predict([x]);
      expect(mean).toBeCloseTo(Math.sin(6 * x), 5);
      expect(deviation).toBeLessThan(1e-3);
    }
    expect(process.predict([0.75]).deviation).toBeGreaterThan(0.05);
    expect(process.predict([0.4]).mean).toBeCloseTo(Math.sin(2.4), 1);
  });
  it("expected improvement is the mean of max(best - y, 0)", () => {
    const stream = new RandomStream(4);
    for (const [mean, deviation, best] of [[0, 1, 0], [1, 0.5, 0.3], [-2, 2, 1]]) {
      let total = 0;
      for (let i = 0; i < 20000; i++) total += Math.max(best - mean - deviation * stream.normal(), 0);
      expect(tune.expectedImprovement({ mean, deviation }, best)).toBeCloseTo(total / 20000, 1);
    }
  });
});

describe("budgets", () => {
  /** A curve that falls to its floor; the floor alone decides at the end. */
  const curve = ({ floor }: tune.Values, budget: number): number => Number(floor) + 1 / budget;
  const space = { floor: tune.float(0, 1) };
  it("successive halving gives the better third three times as much", async () => {
    const strategy = new tune.SuccessiveHalving({ minimum: 1, maximum: 9, count: 9 });
    const { trials, best } = await tune.search((values, { budget }) => curve(values, budget!), {
      space, strategy, trials: strategy.trials, concurrency: 2,
    });
    expect(trials.map(({ budget }) => budget).sort((a, b) => a! - b!)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 9]);
    const entered = trials.slice(0, 9).map(({ values }) => Number(values["floor"]));
    expect(best).toMatchObject({ budget: 9, values: { floor: Math.min(...entered) } });
    expect(trials[best.parent!].values).toEqual(best.values);
  });
  it("Hyperband has the brackets of the paper", async () => {
    const strategy = new tune.Hyperband({ minimum: 1, maximum: 9 });
    const { trials } = await tune.search((values, { budget }) => curve(values, budget!), {
      space, strategy, trials: strategy.trials,
    });
    const count = (budget: number): number => trials.filter((trial) => trial.budget === budget).length;
    // 9 at 1, 3 at 3, 1 at 9; 5 at 3, 1 at 9; 3 at 9. Table 1 of Li et al. for R = 9.
    expect([count(1), count(3), count(9)]).toEqual([9, 3 + 5, 1 + 1 + 3]);
  });
  it("ASHA stops what is not promising, and keeps the best", async () => {
    let spent = 0;
    const study = await tune.search(async (values, trial) => {
      for (let budget = 1; budget <= 9; budget++) {
        spent++;
        if (!await trial.report(budget, -curve(values, budget))) return -curve(values, budget);
      }
      return -curve(values, 9);
    }, {
      space, strategy: new tune.RandomSearch(), trials: 30, direction: "maximize",
      stopping: new tune.Asha({ minimum: 1 }),
    });
    expect(spent).toBeLessThan(0.6 * 30 * 9);
    expect(study.trials.filter(({ state }) => state === "stopped").length).toBeGreaterThan(10);
    const floors = study.trials.map(({ values }) => Number(values["floor"]));
    expect(study.best.values["floor"]).toBe(Math.min(...floors));
  });
});

describe("a study", () => {
  it("is the same for the same seed, and notes failures", async () => {
    const options = { space: BRANIN, strategy: new tune.TreeParzen({ startup: 3 }), trials: 12, seed: 5 };
    const objective: tune.Objective = (values, { id }) => {
      if (id === 4) throw new RangeError("out of luck");
      return id === 6 ? NaN : branin(values);
    };
    const first = await tune.search(objective, options), second = await tune.search(objective, options);
    expect(second.trials).toEqual(first.trials);
    expect(first.trials[4]).toMatchObject({ state: "failed", error: "out of luck" });
    expect(first.trials[6]).toMatchObject({ state: "failed", error: "the objective gave NaN" });
    await expect(tune.search(() => { throw new UsageError("no such model"); }, options))
      .rejects.toThrow(/no such model/);
    const none = await tune.search(() => NaN, { ...options, trials: 2 });
    expect(() => none.best).toThrow(/the first failed: the objective gave NaN/);
  });
  it("is drawn for a terminal and as a picture", async () => {
    const study = await tune.search(branin, { space: BRANIN, strategy: new tune.RandomSearch(), trials: 25 });
    const lines = tune.drawStudy(study, { height: 6 });
    expect(lines).toHaveLength(6);
    expect(lines.join("").match(/●/g)!.length).toBeGreaterThan(12);
    const svg = tune.svgOfStudy(study);
    expect(svg.match(/<circle/g)).toHaveLength(25);
    expect(svg).toContain(`best ${Number(study.best.value.toPrecision(4))}`);
    expect(tune.drawStudy(new tune.Study("minimize", []))).toEqual([]);
  });
});

describe("on a network", () => {
  beforeAll(() => setBackend(createReferenceBackend()));
  it("finds a learning rate and a width that learn XOR", async () => {
    const x = [[0, 0], [0, 1], [1, 0], [1, 1]], y = [0, 1, 1, 0];
    const objective: tune.Objective = async ({ lr, hidden }, { seed }) => {
      manualSeed(seed);
      const model = new MLP({ sizes: [2, Number(hidden), 2] });
      const optimizer = new Adam(model.parameters(), { lr: Number(lr) });
      const step = compile((input: Tensor, target: Tensor) => {
        optimizer.zeroGrad();
        const loss = crossEntropy(model.forward(input), target);
        loss.backward();
        optimizer.step();
        return loss;
      });
      let loss = NaN;
      for (let i = 0; i < 40; i++) loss = await step(tensor(x), tensor(y, { dtype: "i32" })).item();
      return loss;
    };
    const { best } = await tune.search(objective, {
      space: { lr: tune.log(1e-5, 1), hidden: tune.choice([2, 8, 16]) }, strategy: new tune.TreeParzen({ startup: 6 }),
      trials: 14, seed: 1,
    });
    expect(best.value).toBeLessThan(0.1);
    expect(Number(best.values["lr"])).toBeGreaterThan(0.01);
  });
});
