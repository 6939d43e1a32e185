import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { createWasmBackend } from "../backends/wasm/index.ts";
import { compile } from "../exec/compile.ts";
import { compare, fill, unpack, type Case, type Packed } from "../nn/oracle.fixture.ts";
import { add, cast, mul } from "../ops/elementwise.ts";
import { mean, sum } from "../ops/reduce.ts";
import * as special from "../ops/special.ts";
import { currentBackend, setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import { grad } from "../tensor/gradient.ts";
import { manualSeed } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as D from "./distributions.ts";

beforeAll(() => setBackend(createReferenceBackend()));

type Calls = Readonly<Record<string, ((value?: Tensor) => Tensor) | Tensor>>;
interface MethodCase extends Case {
  readonly methods: readonly string[];
}
interface DivergenceCase extends Case {
  readonly to: readonly [type: string, call: readonly unknown[]];
}
interface Fixture {
  readonly cases: readonly MethodCase[];
  readonly divergences: readonly DivergenceCase[];
  readonly special: readonly Case[];
}
const FIXTURE = JSON.parse(readFileSync(
  new URL("../../../../tools/oracle/fixtures/distributions.json", import.meta.url), "utf8")) as Fixture;
const make = (type: string, call: readonly unknown[], inputs: readonly Tensor[]): D.Distribution => {
  const Made = Reflect.get(D, type) as new (...args: readonly unknown[]) => D.Distribution;
  return new Made(...(fill(call, inputs) as unknown[]));
};

describe("methods give what PyTorch gives, with gradients", () => {
  const shares = (): Tensor => tensor(new Float64Array([0.05, 0.3, 0.8]));
  for (const [i, item] of FIXTURE.cases.entries()) {
    test(`${i} ${item.type} ${JSON.stringify(item.call)}`, () => {
      compare((...inputs: Tensor[]) => {
        const made = make(item.type, item.call, inputs), value = inputs[inputs.length - 1];
        return item.methods.map((name) => {
          const part = (made as unknown as Calls)[name];
          if (typeof part !== "function") return part;
          return name === "entropy" ? part.call(made) : part.call(made, name === "icdf" ? shares() : value);
        });
      }, { ...item, stateGradients: {}, call: item.inputs.map((_, k) => ({ $: k })) });
    });
  }
});
describe("klDivergence gives what PyTorch gives, with gradients", () => {
  for (const [i, item] of FIXTURE.divergences.entries()) {
    test(`${i} ${item.type} to ${item.to[0]} ${JSON.stringify(item.call)}`, () => {
      compare((...inputs: Tensor[]) =>
        D.klDivergence(make(item.type, item.call, inputs), make(item.to[0], item.to[1], inputs)),
      { ...item, stateGradients: {}, call: item.inputs.map((_, k) => ({ $: k })) });
    });
  }
});
describe("special functions", () => {
  const worst = (got: Tensor, want: Packed): number => {
    const a = got.dataSync(), b = unpack(want).dataSync();
    return Math.max(...Array.from(b, (value, i) => Math.abs(a[i] - value) / Math.max(1e-3, Math.abs(value))));
  };
  for (const [i, item] of FIXTURE.special.entries()) {
    test(`${i} ${item.type}: value by value, in float64 and float32, and its derivative`, () => {
      const f = Reflect.get(special, item.type) as (x: Tensor) => Tensor, x = unpack(item.inputs[0]).requiresGrad_();
      const y = f(x);
      expect(worst(y, item.outputs[0])).toBeLessThan(1e-12);
      expect(worst(grad(sum(mul(y, cosines(y))), [x])[0]!, item.inputGradients[0]!)).toBeLessThan(1e-11);
      // In float32 the zero of digamma between 1 and 2 costs digits.
      const bound = item.type === "digamma" ? 1e-5 : 4e-6;
      if (i % 2 === 0) expect(worst(f(cast(unpack(item.inputs[0]), "f32")), item.outputs[0])).toBeLessThan(bound);
    });
  }
  const cosines = (y: Tensor): Tensor => tensor(Float64Array.from({ length: y.numel }, (_, i) => Math.cos(i)));
});

const N = 8000;
/** Many draws take long in plain loops. */
const onWasm = (): void => {
  beforeAll(() => setBackend(createWasmBackend({ threads: 1 })));
  afterAll(() => setBackend(createReferenceBackend()));
};
describe("samples have the mean and the variance of their distribution, within five standard errors", () => {
  onWasm();
  const KINDS: Record<string, () => D.Distribution> = {
    Normal: () => new D.Normal(tensor([1, -2]), 0.5),
    LogNormal: () => new D.LogNormal(0.2, tensor([0.3, 0.5])),
    Uniform: () => new D.Uniform(tensor([-1, 2]), 3),
    Exponential: () => new D.Exponential(tensor([0.5, 4])),
    Laplace: () => new D.Laplace(1, tensor([0.5, 2])),
    Gumbel: () => new D.Gumbel(1, tensor([0.5, 2])),
    StudentT: () => new D.StudentT(tensor([9, 12]), 1, 2),
    Gamma: () => new D.Gamma(tensor([0.1, 0.7, 3, 40]), tensor([2, 1, 0.5, 3])),
    Beta: () => new D.Beta(tensor([0.2, 2, 30]), tensor([0.5, 1, 4])),
    Dirichlet: () => new D.Dirichlet(tensor([[0.1, 0.5, 2], [5, 1, 20]])),
    Bernoulli: () => new D.Bernoulli({ probs: tensor([0.1, 0.7]) }),
    Geometric: () => new D.Geometric({ probs: tensor([0.2, 0.7]) }),
    Binomial: () => new D.Binomial(9, { logits: tensor([-1, 0.7]) }),
    Poisson: () => new D.Poisson(tensor([0.3, 4, 9.9, 10, 80])),
    OneHotCategorical: () => new D.OneHotCategorical({ probs: tensor([[1, 2, 5], [0.1, 0, 0.9]]) }),
    Multinomial: () => new D.Multinomial(6, { logits: tensor([0, 1, -2]) }),
    MultivariateNormal: () => new D.MultivariateNormal(tensor([1, 2]), { scaleTril: tensor([[2, 0], [-1, 0.5]]) }),
    Independent: () => new D.Independent(new D.Normal(tensor([[1, 2], [3, 4]]), 2), 1),
    MixtureSameFamily: () => new D.MixtureSameFamily(
      new D.Categorical({ probs: tensor([0.2, 0.8]) }), new D.Normal(tensor([-2, 1]), tensor([0.5, 1]))),
  };
  for (const [name, kind] of Object.entries(KINDS)) {
    test(name, () => {
      manualSeed(11);
      const made = kind(), draws = made.sample([N]);
      expect(draws.requiresGrad).toBe(false);
      expect(draws.shape).toEqual([N, ...made.batchShape, ...made.eventShape]);
      const [m, v] = [made.mean.dataSync(), made.variance.dataSync()], x = draws.dataSync(), width = m.length;
      m.forEach((center, at) => {
        let first = 0, second = 0, fourth = 0;
        for (let i = 0; i < N; i++) {
          const d = x[i * width + at] - center;
          first += d / N;
          second += d * d / N;
          fourth += d ** 4 / N;
        }
        expect(Math.abs(first)).toBeLessThanOrEqual(5 * Math.sqrt(v[at] / N) + 1e-6);
        const spread = Math.sqrt(Math.max(0, fourth - second ** 2) / N);
        expect(Math.abs(second - v[at])).toBeLessThanOrEqual(5 * spread + 1e-5);
      });
    });
  }
  test("Categorical draws classes as often as their probabilities say; Cauchy has its quartiles", () => {
    manualSeed(12);
    const drawn = [...new D.Categorical({ probs: tensor([0.5, 0.2, 0.3]) }).sample([N]).dataSync()];
    [0.5, 0.2, 0.3].forEach((p, c) => {
      const share = drawn.filter((value) => value === c).length / N;
      expect(Math.abs(share - p)).toBeLessThan(5 * Math.sqrt(p * (1 - p) / N));
    });
    const below = [...new D.Cauchy(1, 2).sample([N]).dataSync()].filter((x) => x < -1).length / N;
    expect(Math.abs(below - 0.25)).toBeLessThan(5 * Math.sqrt(0.25 * 0.75 / N));
  });
});

describe("gradients through samples", () => {
  onWasm();
  /** Mean over draws of f, and its derivative by the parameter. */
  function slope(a: number, build: (p: Tensor) => D.Distribution, f: (x: Tensor) => Tensor): number {
    manualSeed(13);
    const p = tensor(a, { requiresGrad: true });
    return grad(mean(f(build(p).rsample([N]))), [p])[0]!.itemSync();
  }
  const one = (x: Tensor): Tensor => x;
  const CASES: [string, number, (p: Tensor) => D.Distribution, (x: Tensor) => Tensor, number][] = [
    ["Normal: E[x^2] grows by 2 scale", 1.5, (p) => new D.Normal(0.3, p), (x) => x.square(), 3],
    ["Gamma: E[x] grows by 1 / rate", 0.4, (p) => new D.Gamma(p, 2), one, 0.5],
    ["Gamma: E[x] grows by 1 / rate", 6, (p) => new D.Gamma(p, 2), one, 0.5],
    // E[x^2] = a (a + 1) at rate 1.
    ["Gamma: E[x^2] grows by 2 a + 1", 2, (p) => new D.Gamma(p, 1), (x) => x.square(), 5],
    // E[ln x] = digamma(a), whose slope at 1 is pi^2 / 6.
    ["Gamma: E[ln x] grows by trigamma", 1, (p) => new D.Gamma(p, 1), (x) => x.log(), Math.PI ** 2 / 6],
    ["Beta: E[x] = a / (a + 3)", 2, (p) => new D.Beta(p, 3), one, 3 / 25],
    ["Exponential: E[x] = 1 / rate", 2, (p) => new D.Exponential(p), one, -0.25],
    // E[x^2] = df / (df - 2).
    ["StudentT: E[x^2]", 12, (p) => new D.StudentT(p), (x) => x.square(), -2 / 100],
  ];
  for (const [name, a, build, f, want] of CASES) {
    test(`${name} at ${a}`, () => {
      expect(Math.abs(slope(a, build, f) - want)).toBeLessThan(0.04 * Math.max(Math.abs(want), 0.1));
    });
  }
});

test("an Independent adds up, a mixture averages", () => {
  const base = new D.Normal(tensor([[0, 1], [2, 3]]), 1), x = tensor([[1, 1], [2, 2]]);
  const joined = new D.Independent(base, 1);
  expect([joined.batchShape, joined.eventShape]).toEqual([[2], [2]]);
  const parts = base.logProb(x).dataSync(), sums = joined.logProb(x).dataSync();
  sums.forEach((value, i) => { expect(value).toBeCloseTo(parts[2 * i] + parts[2 * i + 1], 5); });
  expect(joined.entropy().shape).toEqual([2]);
  const other = new D.Independent(new D.Normal(tensor([[1, 1], [2, 3]]), 1), 1);
  const between = D.klDivergence(joined, other).dataSync();
  [0.5, 0].forEach((value, i) => { expect(between[i]).toBeCloseTo(value, 6); });
  const choice = new D.Categorical({ probs: tensor([0.25, 0.75]) }), mixture = new D.MixtureSameFamily(choice, joined);
  const density = 0.25 * Math.exp(joined.logProb(tensor([1, 1])).dataSync()[0]) +
    0.75 * Math.exp(joined.logProb(tensor([1, 1])).dataSync()[1]);
  expect(mixture.logProb(tensor([1, 1])).itemSync()).toBeCloseTo(Math.log(density), 5);
  const line = new D.MixtureSameFamily(choice, new D.Normal(tensor([0, 1]), 1));
  expect(line.cdf(tensor(0)).itemSync()).toBeCloseTo(0.25 * 0.5 + 0.75 * 0.158655, 5);
});
test("Student's moments exist only with enough degrees of freedom", () => {
  const made = new D.StudentT(tensor([0.5, 1.5, 3]));
  expect([...made.mean.dataSync()]).toEqual([NaN, 0, 0]);
  expect([...made.variance.dataSync()]).toEqual([NaN, Infinity, 3]);
});
test("what a distribution has not is named, with what to do instead", () => {
  expect(() => new D.Poisson(2).rsample()).toThrow(/Poisson has no rsample: .* use sample and logProb/);
  expect(() => new D.Poisson(2).entropy()).toThrow(/no entropy: there is no closed form/);
  expect(() => new D.Gamma(2, 1).cdf(tensor(1))).toThrow(/Gamma has no cdf/);
  expect(() => new D.Gamma(2, 1).icdf(tensor(1))).toThrow(/Gamma has no icdf/);
  expect(() => new D.Binomial(1.5, { probs: 0.5 })).toThrow(/totalCount is 1.5; it is a whole number/);
  expect(() => new D.Independent(new D.Normal(0, 1), 1)).toThrow(/1 axes of a batch of \[\]/);
  expect(() => new D.MultivariateNormal(tensor([1, 2]), { scaleTril: tensor([[1]]) })).toThrow(/\(\.\.\., n, n\)/);
  expect(() => D.klDivergence(new D.Poisson(1), new D.Normal(0, 1))).toThrow(/no formula for Poisson and Normal/);
  expect(() => D.klDivergence(new D.Binomial(1, { probs: 0.5 }), new D.Binomial(2, { probs: 0.5 }))).toThrow(/1 and 2/);
  expect(() => new D.Dirichlet(tensor(1))).toThrow(/last axis holds the classes/);
});
test("compiled on the wasm backend, draws and densities are those of the reference backend", () => {
  const step = (a: Tensor): [Tensor, Tensor] => {
    const x = new D.Gamma(a, 2).sample([8]), counts = new D.Poisson(mul(a, 5)).sample([8]);
    const joint = new D.MultivariateNormal(a, { scaleTril: tensor([[1, 0], [0.5, 2]]) });
    const density = add(new D.Beta(a, 2).logProb(mul(x, 0.01)), new D.Gamma(a, 1).entropy());
    return [add(density, joint.logProb(tensor([1, 2]))), counts];
  };
  const run = (f: typeof step): number[] => {
    manualSeed(3);
    return f(tensor([0.5, 3])).flatMap((y) => [...y.dataSync()]);
  };
  const before = currentBackend(), want = run(step);
  const wasm = createWasmBackend({ threads: 1 });
  setBackend(wasm);
  try {
    run(compile(step)).forEach((value, i) => { expect(value).toBeCloseTo(want[i], 3); });
  } finally {
    setBackend(before);
  }
});
