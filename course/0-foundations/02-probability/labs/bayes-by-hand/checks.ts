import { compareWithReference, expectClose, functionOf, numbersOf, Wrong, write,
  type Check } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

export const checks: readonly Check[] = [
  {
    name: "The test of the lesson: 1 % ill, 90 % found, 9 % false alarms.",
    async run(exports) {
      const found = (await numbersOf(functionOf(exports, "posterior")(0.01, 0.9, 0.09), "the posterior")).numbers[0];
      if (Math.abs(found - 0.9) < 1e-9) {
        throw new Wrong("You returned 0.9, the share of the ill who test positive. Asked is the share of the " +
          "positive who are ill.");
      }
      if (Math.abs(found - 0.009) < 1e-9) {
        throw new Wrong("0.009 is the probability of being ill and positive. Divide it by the probability of being " +
          "positive at all.");
      }
      await expectClose(found, reference.posterior(0.01, 0.9, 0.09),
        { name: "the posterior", input: "prior 0.01, hitRate 0.9, falseAlarms 0.09" });
    },
  },
  {
    name: "A test that alarms as often for the healthy tells nothing.",
    async run(exports) {
      await expectClose(functionOf(exports, "posterior")(0.3, 0.5, 0.5), 0.3,
        { name: "the posterior", input: "prior 0.3, hitRate 0.5, falseAlarms 0.5" });
    },
  },
  {
    name: "Any prior and any test: the same as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "posterior"), reference.posterior, (any) => any.record({
        prior: any.number(0.01, 0.99), hitRate: any.number(0.05, 1), falseAlarms: any.number(0.01, 0.95),
      }), { name: "the posterior" });
    },
  },
  {
    name: "No results leave the prior, a negative one lowers it.",
    async run(exports) {
      const afterTests = functionOf(exports, "afterTests");
      await expectClose(afterTests(0.2, 0.9, 0.1, []), 0.2, { name: "the belief after the tests",
        input: "no results" });
      const found = (await numbersOf(afterTests(0.2, 0.9, 0.1, [false]), "the belief")).numbers[0];
      if (found >= 0.2) {
        throw new Wrong(`A negative result should make illness less likely than 0.2; yours gives ${write(found)}. A ` +
          `negative has probability ` +
          "1 − hitRate for the ill and 1 − falseAlarms for the healthy.");
      }
      await expectClose(found, reference.afterTests(0.2, 0.9, 0.1, [false]), { name: "the belief after the tests",
        input: "prior 0.2 and one negative result" });
    },
  },
  {
    name: "Each posterior becomes the next prior.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "afterTests"), reference.afterTests, (any) => any.record({
        prior: any.number(0.05, 0.95), hitRate: any.number(0.2, 0.95), falseAlarms: any.number(0.05, 0.8),
        results: any.list(any.choice(true, false), 0, 4),
      }), { name: "the belief after the tests" });
    },
  },
  {
    name: "A known column leaves a distribution over rows.",
    async run(exports) {
      const given = functionOf(exports, "given"), joint = [[0.06, 0.32], [0.12, 0.5]];
      const { numbers } = await numbersOf(given(joint, 0), "the distribution");
      const sum = numbers.reduce((a, b) => a + b, 0);
      if (Math.abs(sum - 1) > 1e-9) {
        throw new Wrong(`What is left should add up to 1; yours adds up to ${write(sum)}. Divide the column by its ` +
          `sum.`);
      }
      await expectClose(numbers, [1 / 3, 2 / 3], { name: "the distribution",
        input: "[[0.06, 0.32], [0.12, 0.5]], column 0" });
      await compareWithReference(given, reference.given, (any) => any.record({
        joint: any.matrix(3, 2, any.number(0.05, 1)), column: any.choice(0, 1),
      }), { name: "the distribution" });
    },
  },
];
