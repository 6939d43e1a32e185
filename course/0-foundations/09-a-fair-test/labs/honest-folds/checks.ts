import { compareWithReference, expectClose, forAll, functionOf, numbersOf, Wrong, write, type Check, type Exports,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

/** A split of the learner's, as two lists of row numbers. */
function foldOf(value: unknown, name: string): reference.Fold {
  const fold = value as Partial<reference.Fold> | null | undefined;
  if (typeof fold !== "object" || fold === null || !Array.isArray(fold.train) || !Array.isArray(fold.test)) {
    throw new Wrong(`${name} should be an object with train and test, two lists.`);
  }
  return fold as reference.Fold;
}
/** The answer of the nearest training row: it sees every slip of the scale. */
const nearest: reference.Fit = (rows, targets) => (row) => {
  const distance = (other: number[]): number => other.reduce((sum, v, k) => sum + (v - row[k]) ** 2, 0);
  return targets[rows.reduce((best, other, i) => (distance(other) < distance(rows[best]) - 1e-9 ? i : best), 0)];
};
/** A weighted mean of all targets, nearer rows weighing more: smooth, so that roundings do not matter. */
const smooth: reference.Fit = (rows, targets) => (row) => {
  const weights = rows.map((other) => Math.exp(-other.reduce((sum, v, k) => sum + (v - row[k]) ** 2, 0)) + 1e-6);
  return weights.reduce((sum, w, i) => sum + w * targets[i], 0) / weights.reduce((a, b) => a + b, 0);
};
const X = [[1, 100], [2, 300], [3, 200], [4, 500], [5, 400], [6, 900], [20, 100]], Y = [1, 2, 3, 4, 5, 6, 20];

const scaled = async (exports: Exports, train: number[][], test: number[][]): Promise<[number[], number[]]> => {
  const found = foldOf(await functionOf(exports, "standardize")(structuredClone(train), structuredClone(test)),
    "standardize(train, test)");
  return [[...(await numbersOf(found.train, "train")).numbers], [...(await numbersOf(found.test, "test")).numbers]];
};
const near = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((v, i) => Math.abs(v - b[i]) < 1e-9);

export const checks: readonly Check[] = [
  {
    name: "Every row is tested once, and never learned from in the same fold.",
    async run(exports) {
      const kFold = functionOf(exports, "kFold");
      await forAll((any) => any.record({ n: any.integer(2, 17), k: any.integer(2, 5) }), async ({ n, k: most }) => {
        const k = Math.min(n, most), given = `kFold(${n}, ${k})`, folds = await kFold(n, k);
        if (!Array.isArray(folds)) throw new Wrong(`${given} should be a list of folds.`);
        if (folds.length !== k) throw new Wrong(`${given} has ${folds.length} folds; it should have ${k}.`);
        const parts = folds.map((fold, i) => foldOf(fold, `fold ${i + 1} of ${given}`));
        const tested = parts.flatMap(({ test }) => test);
        const left = Array.from({ length: n }, (_, i) => i).find((i) => !tested.includes(i));
        if (left !== undefined) throw new Wrong(`In ${given} row ${left} is never tested. The sizes must add up to ` +
          `${n}: the first runs get one row more.`);
        parts.forEach(({ train, test }, i) => {
          const both = test.find((row) => train.includes(row));
          if (both !== undefined) throw new Wrong(`In fold ${i + 1} of ${given} row ${both} is in train and in test.`);
        });
        const expected = reference.kFold(n, k);
        for (const [i, { train, test }] of expected.entries()) {
          await expectClose(parts[i].test, test, { name: `test of fold ${i + 1}`, input: given });
          await expectClose(parts[i].train, train, { name: `train of fold ${i + 1}`, input: given });
        }
      });
    },
  },
  {
    name: "Nobody is on both sides of a split by groups.",
    async run(exports) {
      const split = functionOf(exports, "groupSplit");
      await forAll((any) => any.record({ groups: any.list(any.choice("ada", "bo", "cy", "dee"), 2, 9),
        heldOut: any.choice(["ada"], ["bo", "dee"], ["cy", "ada"]) }), async ({ groups, heldOut }) => {
        const given = `writers ${write(groups)} with ${write(heldOut)} held out`;
        const { train, test } = foldOf(await split([...groups], [...heldOut]), "the split");
        const writers = (rows: readonly number[]): string[] => rows.map((i) => groups[i]);
        const both = writers(test).find((name) => writers(train).includes(name));
        if (both !== undefined) throw new Wrong(`For ${given}, ${both} is on both sides.`);
        const expected = reference.groupSplit(groups, [...heldOut]);
        await expectClose(test, expected.test, { name: "test", input: given });
        await expectClose(train, expected.train, { name: "train", input: given });
      });
    },
  },
  {
    name: "The scale comes from the training rows alone.",
    async run(exports) {
      const train = [[0, 5], [2, 5], [4, 5]], test = [[6, 7], [10, 3]];
      const [a, b] = await scaled(exports, train, test), right = reference.standardize(train, test);
      if (a.some((v) => !Number.isFinite(v))) {
        throw new Wrong(`The second column is 5 everywhere in training, and yours becomes ${write(a)}: its spread is ` +
          "0. Divide by 1 there.");
      }
      const all = reference.standardize([...train, ...test], test);
      if (near(b, all.test.flat())) {
        throw new Wrong("Your means are those of all rows together. The test rows have leaked into the scale.");
      }
      const own = reference.standardize(test, test);
      if (near(b, own.test.flat())) {
        throw new Wrong("Your test rows were scaled by their own mean and spread. One new row alone would always " +
          "become 0; use the numbers of training.");
      }
      const sample = a[0] * Math.sqrt(3 / 2);
      if (Math.abs(sample - right.train[0][0]) < 1e-9) {
        throw new Wrong(`The first number is ${write(a[0])} where ${write(right.train[0][0])} is right: you divided ` +
          "the squares by n − 1. Here it is the mean, by n.");
      }
      await expectClose(a, right.train.flat(), { name: "train", input: `train ${write(train)}, test ${write(test)}` });
      await expectClose(b, right.test.flat(), { name: "test", input: `train ${write(train)}, test ${write(test)}` });
      await forAll((any) => any.record({ train: any.matrix(4, 2), test: any.matrix(2, 2) }), async (given) => {
        const [c, d] = await scaled(exports, given.train, given.test);
        const wanted = reference.standardize(given.train, given.test);
        await expectClose(c, wanted.train.flat(), { name: "train", input: write(given) });
        await expectClose(d, wanted.test.flat(), { name: "test", input: write(given) });
      });
    },
  },
  {
    name: "Cross-validation, with the scale learned anew in every fold.",
    async run(exports) {
      const cross = functionOf(exports, "crossValidate"), name = "the mean error";
      const value = (await numbersOf(cross(structuredClone(X), [...Y], 3, smooth), name)).numbers[0];
      const { train: scaledOnce } = reference.standardize(X, X);
      const folds = reference.kFold(X.length, 3);
      const errorOf = (rows: number[][], fold: reference.Fold, learn: readonly number[]): number => {
        const predict = smooth(learn.map((i) => rows[i]), learn.map((i) => Y[i]));
        return fold.test.reduce((sum, i) => sum + (predict(rows[i]) - Y[i]) ** 2, 0) / fold.test.length;
      };
      const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
      const leaked = mean(folds.map((fold) => errorOf(scaledOnce, fold, fold.train)));
      if (Math.abs(value - leaked) < 1e-9) {
        throw new Wrong(`The mean error is ${write(value)}, as if all rows had been scaled once, before the ` +
          "folds were made. Then every test row has had a say in the scale: standardise inside each fold.");
      }
      if (Math.abs(value - mean(folds.map((fold) => errorOf(X, fold, fold.train)))) < 1e-9) {
        throw new Wrong(`The mean error is ${write(value)}: the rows were not standardised.`);
      }
      const right = reference.crossValidate(X, Y, 3, smooth);
      if (Math.abs(value - 3 * right) < 1e-9) {
        throw new Wrong(`The mean error is ${write(value)}, three times what it should be: divide by the folds.`);
      }
      await expectClose(value, right, { name, input: "seven rows in three folds" });
      await compareWithReference((x: number[][], y: number[], k: number) => cross(x, y, k, smooth),
        (x: number[][], y: number[], k: number) => reference.crossValidate(x, y, k, smooth), (any) =>
          any.record({ x: any.matrix(6, 2), y: any.vector(6), k: any.integer(2, 6) }), { name, runs: 30 });
      await expectClose(cross(structuredClone(X), [...Y], 7, nearest), reference.crossValidate(X, Y, 7, nearest),
        { name, input: "seven rows in seven folds, the nearest row answering" });
    },
  },
];
