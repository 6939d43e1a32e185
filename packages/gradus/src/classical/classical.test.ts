import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { classical, createReferenceBackend, setBackend, tensor } from "../index.ts";
import { loadBreastCancer, loadIris, loadWine } from "../data/embedded.ts";
import type { LabelledRows } from "../data/table.ts";
import { numbers, type Packed } from "../nn/oracle.fixture.ts";

interface Case {
  readonly model: string;
  readonly options: object;
  readonly data: string;
  readonly scaled: boolean;
  readonly target: number | null;
  readonly give: "predict" | "predict_proba" | "decision_function";
  readonly values: Packed;
  readonly score: number;
  readonly tolerance: number;
}
interface Others {
  readonly variance: Packed;
  readonly ratio: Packed;
  readonly directions: Packed;
  readonly rebuilt: Packed;
  readonly inertia: number;
  readonly best: number;
  readonly minMax: Packed;
  readonly folds: readonly number[];
  readonly forest: number;
  readonly boosting: number;
}
const FIXTURE = new URL("../../../../tools/oracle/fixtures/classical.json", import.meta.url);
const [{ cases, others }] = JSON.parse(readFileSync(FIXTURE, "utf8")) as
  [{ cases: Case[]; others: Readonly<Record<string, Others>> }];

type Rows = Float64Array[];
const data = new Map<string, { x: Rows; y: number[] }>();
beforeAll(async () => {
  setBackend(createReferenceBackend());
  const keep = (name: string, { features, shape: [width], labels, size }: LabelledRows): void => {
    const x = Array.from({ length: size }, (_, i) => Float64Array.from(features.subarray(i * width, (i + 1) * width)));
    data.set(name, { x, y: [...labels] });
  };
  keep("iris", await loadIris());
  keep("wine", await loadWine());
  keep("breast-cancer", await loadBreastCancer());
});
/** Every third row is for testing; with a target that column is to be told from the others. */
function split(name: string, scaled: boolean, target: number | null): { x: Rows; y: number[]; tx: Rows; ty: number[] } {
  const { x: whole, y: labels } = data.get(name)!;
  const rows = target === null ? whole : whole.map((row) => row.filter((_, j) => j !== target));
  const y = target === null ? labels : whole.map((row) => row[target]);
  const held = (_: unknown, i: number): boolean => i % 3 === 2, kept = (_: unknown, i: number): boolean => i % 3 !== 2;
  const scaler = new classical.StandardScaler().fit(rows.filter(kept));
  const x = scaled ? scaler.transform(rows) : rows;
  return { x: x.filter(kept), y: y.filter(kept), tx: x.filter(held), ty: y.filter(held) };
}
function close(got: ArrayLike<number>, want: Packed, tolerance: number): void {
  const wanted = numbers(want);
  expect(got.length).toBe(wanted.length);
  const largest = Math.max(1, ...Array.from(wanted, Math.abs));
  wanted.forEach((v, i) => { expect(Math.abs(got[i] - v)).toBeLessThanOrEqual(tolerance * largest); });
}
type Model = classical.Estimator & { decision(x: Rows): Float64Array[] };

describe("models equal scikit-learn's on iris, wine and breast cancer", () => {
  for (const { model, options, data: name, scaled, target, give, values, score, tolerance } of cases) {
    test(`${model} ${JSON.stringify(options)} ${name} ${target ?? ""}`, () => {
      const { x, y, tx, ty } = split(name, scaled, target);
      const made = (new (Reflect.get(classical, model) as new (given: object) => Model)(options)).fit(x, y);
      const given = (): number[] => {
        if (give === "predict") return [...made.predict(tx)];
        // scikit-learn gives one margin for two classes, that of the second.
        if (made instanceof classical.SVC) {
          return tx.flatMap((row) => made.margins(row).map((v, _, all) => (all.length === 1 ? -v : v)));
        }
        return made.decision(tx).flatMap((row) =>
          (give === "decision_function" && row.length === 2 ? [row[1]] : [...row]));
      };
      close(given(), values, tolerance);
      expect(made.score(tx, ty)).toBeCloseTo(score, 6);
    });
  }
});

describe("other parts equal scikit-learn's", () => {
  for (const [name, want] of Object.entries(others)) {
    test(`${name}: principal components`, () => {
      const { x, tx } = split(name, true, null);
      const pca = new classical.PCA({ components: 3 }).fit(x);
      close(pca.explainedVariance, want.variance, 1e-9);
      close(pca.explainedVarianceRatio, want.ratio, 1e-9);
      close(pca.directions.flatMap((d) => [...d].map(Math.abs)), want.directions, 1e-8);
      close(pca.inverseTransform(pca.transform(tx)).slice(0, 5).flatMap((row) => [...row]), want.rebuilt, 1e-8);
    });
    test(`${name}: clusters, scaling and folds`, () => {
      const { x } = split(name, true, null), start = [0, Math.floor(x.length / 2), x.length - 1].map((i) => [...x[i]]);
      expect(new classical.KMeans({ clusters: 3, start }).fit(x).inertia).toBeCloseTo(want.inertia, 6);
      for (let seed = 0; seed < 5; seed++) {
        const means = new classical.KMeans({ clusters: 3, seed }).fit(x);
        expect(means.inertia).toBeLessThan(want.best * 1.001);
        expect(means.predict(x)).toEqual(means.labels);
        expect(means.score(x)).toBeCloseTo(-means.inertia, 6);
      }
      const { x: all, y } = data.get(name)!, scaler = new classical.MinMaxScaler().fit(all);
      close(scaler.transform(all.slice(0, 4)).flatMap((row) => [...row]), want.minMax, 1e-12);
      close(scaler.inverseTransform(scaler.transform(all.slice(0, 1)))[0], packed(all[0]), 1e-12);
      const made = (): classical.Estimator => new classical.KNeighborsClassifier({ k: 3 });
      classical.crossValidate(made, all, y, classical.kFold(y.length, 5))
        .forEach((score, i) => { expect(score).toBeCloseTo(want.folds[i], 10); });
    });
    test(`${name}: forests and boosting reach scikit-learn's accuracy`, () => {
      const { x, y, tx, ty } = split(name, false, null);
      const scores = Array.from({ length: 5 }, (_, seed) =>
        new classical.RandomForestClassifier({ trees: 25, seed }).fit(x, y).score(tx, ty));
      for (const score of scores) expect(score).toBeGreaterThan(want.forest - 0.04);
      const boosted = new classical.GradientBoostingClassifier({ trees: 15, rate: 0.2 }).fit(x, y);
      expect(boosted.score(tx, ty)).toBeGreaterThan(want.boosting - 0.04);
    });
  }
  test("a forest of regression trees beats one tree", () => {
    const { x, y, tx, ty } = split("iris", false, 3);
    for (let seed = 0; seed < 5; seed++) {
      const forest = new classical.RandomForestRegressor({ trees: 30, seed }).fit(x, y);
      expect(forest.score(tx, ty)).toBeGreaterThan(new classical.DecisionTreeRegressor().fit(x, y).score(tx, ty));
    }
  });
});
const packed = (x: Float64Array): Packed =>
  ({ dtype: "f64", shape: [x.length], data: Buffer.from(x.slice().buffer).toString("base64") });

describe("Markov chains", () => {
  test("are counted, drawn from, and come to rest", () => {
    const chain = new classical.MarkovChain<string>().fit(["aab", "abba"]);
    expect(chain.probability("a", "b")).toBeCloseTo(2 / 3, 12);
    expect(chain.probability("b", "a")).toBeCloseTo(1 / 2, 12);
    expect([...chain.initial]).toEqual([1, 0]);
    expect(chain.logProbability("ab")).toBeCloseTo(Math.log(2 / 3), 12);
    const rest = chain.stationary();
    expect(rest[0]).toBeCloseTo(3 / 7, 12);
    const drawn = chain.sample(20_000, { seed: 3 });
    expect(drawn.filter((state) => state === "a").length / 20_000).toBeCloseTo(rest[0], 1.7);
    expect(chain.sample(5, { seed: 1, start: "b" })).toEqual(chain.sample(5, { seed: 1, start: "b" }));
    expect(() => chain.probability("c", "a")).toThrow(/c was not seen/);
    expect(() => new classical.MarkovChain<number>().fit([[1, 1], [2, 2]]).stationary()).toThrow(/smoothing/);
  });
});

describe("classical", () => {
  test("folds are parts, and stratified ones keep the shares", () => {
    const y = [0, 0, 0, 0, 0, 0, 1, 1, 1];
    for (const folds of [classical.kFold(9, 4, { seed: 1 }), classical.stratifiedKFold(y, 3, { seed: 1 })]) {
      expect(folds.flatMap((fold) => fold.test).sort()).toEqual([...y.keys()]);
      for (const { train, test: held } of folds) expect([...train, ...held].sort()).toEqual([...y.keys()]);
    }
    for (const fold of classical.stratifiedKFold(y, 3)) expect(fold.test.filter((i) => y[i] === 1)).toHaveLength(1);
    const { train, test: held } = classical.stratifiedSplit(y, 1 / 3, 4);
    expect([train.length, held.filter((i) => y[i] === 1).length]).toEqual([6, 1]);
  });
  test("tensors are taken, any numbers are classes, and wrong use is explained", () => {
    const model = new classical.KNeighborsClassifier({ k: 1 });
    expect(() => model.predict([[1]])).toThrow(/call fit/);
    expect([...model.fit(tensor([[0], [1], [5]]), tensor([7, 7, -2])).predict(tensor([[4], [0.4]]))]).toEqual([-2, 7]);
    expect(() => model.predict([[1, 2]])).toThrow(/rows of 1/);
    expect(() => model.fit([[1]], [1])).toThrow(/needs two classes/);
    expect(() => model.fit([[1], [2]], [1])).toThrow(/2 rows and 1 targets/);
    expect(() => classical.kFold(3, 4)).toThrow(/from 2 to 3/);
    expect(() => new classical.KMeans({ clusters: 3 }).fit([[1]])).toThrow(/between 1 and 1/);
  });
});
