import { metrics } from "gradus";
import { compareWithReference, expectClose, expectShape, functionOf, numbersOf, write, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";

const TRUTH = [0, 0, 0, 0, 1, 1, 1], SCORES = [0.1, 0.3, 0.6, 0.8, 0.4, 0.7, 0.9];
const INPUT = `truth ${write(TRUTH)}, scores ${write(SCORES)}`;
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-9;
async function number(exports: Exports, name: string, ...args: readonly unknown[]): Promise<number> {
  return (await numbersOf(await functionOf(exports, name)(...args), `${name}(…)`)).numbers[0];
}
/** Answers for the library’s metrics, which take answers and not scores. */
const answersAt = (scores: readonly number[], threshold: number): number[] =>
  scores.map((score) => (score >= threshold ? 1 : 0));

export const checks: readonly Check[] = [
  {
    name: "The four counts at 0.5.",
    async run(exports) {
      const made = await functionOf(exports, "confusion")(TRUTH, SCORES, 0.5);
      await expectShape(made, [2, 2], "the counts");
      const { numbers } = await numbersOf(made), is = (...wanted: number[]): boolean =>
        numbers.every((n, i) => n === wanted[i]);
      if (is(2, 1, 2, 2)) {
        throw new Wrong("Your false positives and false negatives have changed places: a row holds one truth, a " +
          "column one answer. There are 2 false alarms, in the first row.");
      }
      await expectClose(made, [[2, 2], [1, 2]], { name: "the counts", input: `${INPUT}, threshold 0.5` });
    },
  },
  {
    name: "A score that equals the threshold.",
    async run(exports) {
      const { numbers } = await numbersOf(await functionOf(exports, "confusion")([0, 1], [0.5, 0.5], 0.5));
      if (numbers[0] === 1 && numbers[2] === 1) {
        throw new Wrong("A score of 0.5 was called negative at threshold 0.5. At least the threshold is enough.");
      }
      await expectClose(numbers, [0, 1, 0, 1], { name: "the counts in a row",
        input: "truth [0, 1], scores [0.5, 0.5], threshold 0.5" });
    },
  },
  {
    name: "F1 at 0.5.",
    async run(exports) {
      const value = await number(exports, "f1", TRUTH, SCORES, 0.5);
      if (near(value, (0.5 + 2 / 3) / 2)) {
        throw new Wrong("Your F1 is 0.583333, the ordinary mean of precision 1/2 and recall 2/3. F1 is the harmonic " +
          "mean, which is nearer to the smaller one.");
      }
      await expectClose(value, 4 / 7, { name: "F1", input: `${INPUT}, threshold 0.5` });
    },
  },
  {
    name: "F1 where the negatives are many, and where nothing is found.",
    async run(exports) {
      const truth = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1], scores = [0, 0, 0, 0, 0, 0, 0, 1, 1, 0];
      const value = await number(exports, "f1", truth, scores, 0.5);
      if (near(value, 0.8)) {
        throw new Wrong("Your F1 is 0.8, the share of right answers. True negatives do not occur in F1.");
      }
      await expectClose(value, 0.5, { name: "F1", input: `truth ${write(truth)}, scores ${write(scores)}, at 0.5` });
      const none = await number(exports, "f1", [0, 0], [0.2, 0.1], 0.5);
      if (Number.isNaN(none)) {
        throw new Wrong("Without a positive example and without an alarm your F1 is 0 / 0. Return 0 there.");
      }
      await expectClose(none, 0, { name: "F1", input: "truth [0, 0], scores [0.2, 0.1], at 0.5" });
      const missed = await number(exports, "f1", [0, 1], [0.2, 0.1], 0.5);
      if (Number.isNaN(missed)) {
        throw new Wrong("One positive, no alarm: your F1 is NaN, since precision is 0 / 0. The form with counts " +
          "divides by FN = 1 here.");
      }
      await expectClose(missed, 0, { name: "F1", input: "truth [0, 1], scores [0.2, 0.1], at 0.5" });
    },
  },
  {
    name: "The area: pairs, and half for a tie.",
    async run(exports) {
      await expectClose(await number(exports, "rocArea", TRUTH, SCORES), 9 / 12, { name: "the area", input: INPUT });
      const tie = await number(exports, "rocArea", [0, 1], [0.4, 0.4]);
      if (near(tie, 0) || near(tie, 1)) {
        throw new Wrong(`One positive and one negative with the same score: your area is ${write(tie)}. The model ` +
          "cannot tell them apart, so the pair counts one half.");
      }
      await expectClose(tie, 0.5, { name: "the area", input: "truth [0, 1], scores [0.4, 0.4]" });
    },
  },
  {
    name: "The same as gradus.metrics, for any scores.",
    async run(exports) {
      await compareWithReference(async (scores: number[], threshold: number) => {
        const truth = scores.map((_, i) => (i % 3 === 0 ? 1 : 0));
        const counts = await numbersOf(await functionOf(exports, "confusion")(truth, scores, threshold), "the counts");
        return [...counts.numbers, await number(exports, "f1", truth, scores, threshold),
          await number(exports, "rocArea", truth, scores)];
      }, (scores: number[], threshold: number) => {
        const truth = scores.map((_, i) => (i % 3 === 0 ? 1 : 0)), answers = answersAt(scores, threshold);
        return [...metrics.confusionMatrix(truth, answers, { classes: [0, 1] }).flat(), metrics.f1(truth, answers),
          metrics.rocAuc(truth, scores)];
      }, (any) => any.record({ scores: any.list(any.choice(0, 0.1, 0.25, 0.5, 0.6, 0.8, 1), 2, 14),
        threshold: any.choice(0, 0.25, 0.55, 0.8, 1) }),
      { name: "the four counts, F1 and the area" });
    },
  },
];
