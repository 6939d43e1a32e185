import { compareWithReference, expectClose, expectShape, functionOf, numbersOf, Wrong, write,
  type Check } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

/** "the cat sat on the mat the cat", with the = 0, cat = 1, sat = 2, on = 3, mat = 4. */
const TEXT = [0, 1, 2, 3, 0, 4, 0, 1];

export const checks: readonly Check[] = [
  {
    name: "Eight words have seven pairs.",
    async run(exports) {
      const counts = functionOf(exports, "countPairs")(TEXT, 5);
      await expectShape(counts, [5, 5], "the table");
      const { numbers } = await numbersOf(counts, "the table"), sum = numbers.reduce((a, b) => a + b, 0);
      if (sum === 8) throw new Wrong("You counted 8 pairs. The last word has no follower, so a text of 8 words has 7.");
      if (numbers[1] === 0 && numbers[5] === 2) {
        throw new Wrong("Row and column are exchanged: “cat” (1) follows “the” (0) twice, so row 0, column 1 is 2.");
      }
      await expectClose(counts, reference.countPairs(TEXT, 5), { name: "the table", input: write(TEXT) });
    },
  },
  {
    name: "Any text: the same pairs as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "countPairs"), reference.countPairs, (any) => any.record({
        ids: any.list(any.integer(0, 3), 1, 12), size: any.choice(4),
      }), { name: "the table" });
    },
  },
  {
    name: "Rows add up to 1, and empty rows stay empty.",
    async run(exports) {
      const counts = [[0, 3, 1], [2, 0, 0], [0, 0, 0]];
      const { numbers } = await numbersOf(functionOf(exports, "probabilities")(structuredClone(counts)), "the table");
      if (numbers.slice(6).some(Number.isNaN)) {
        throw new Wrong("The last row is not a number: 0 divided by 0. A word that nothing ever followed keeps zeros.");
      }
      if (Math.abs(numbers[0] + numbers[3] + numbers[6] - 1) < 1e-9 && Math.abs(numbers[1] - 1) < 1e-9) {
        throw new Wrong("Your columns add up to 1. P(next | word) divides by how often the word before occurred: " +
          "each row by its own sum.");
      }
      const all = numbers.reduce((a, b) => a + b, 0);
      if (Math.abs(all - 1) < 1e-9) {
        throw new Wrong("The whole table adds up to 1: that is P(word, next). Divide each row by its own sum.");
      }
      await expectClose(functionOf(exports, "probabilities")(structuredClone(counts)),
        reference.probabilities(counts), { name: "the probabilities", input: write(counts) });
    },
  },
  {
    name: "Any counts: the same probabilities as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "probabilities"), reference.probabilities, (any) => any.record({
        counts: any.matrix(3, 3, any.integer(0, 4)),
      }), { name: "the probabilities" });
    },
  },
  {
    name: "The chance of a text is a product over its pairs.",
    async run(exports) {
      const chance = functionOf(exports, "chance"), table = [[0.25, 0.75], [1, 0]];
      await expectClose(chance(table, [1]), 1, { name: "the chance", input: "a text of one word" });
      const { numbers: [impossible] } = await numbersOf(chance(table, [0, 1, 1, 0]), "the chance");
      if (impossible !== 0) {
        throw new Wrong(`The pair 1, 1 has probability 0, so the text 0, 1, 1, 0 has chance 0; yours is ` +
          `${write(impossible)}. One impossible pair is enough.`);
      }
      await compareWithReference(chance, reference.chance, (any) => any.record({
        table: any.matrix(3, 3, any.number(0, 1)), ids: any.list(any.integer(0, 2), 1, 6),
      }), { name: "the chance" });
    },
  },
];
