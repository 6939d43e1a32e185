import { compareWithReference, expectClose, expectShape, functionOf, numbersOf, Wrong, write,
  type Check } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

/** 0 1 was followed by 2, 2 and 3, and stands at the end once more, followed by nothing. */
const TEXT = [0, 1, 2, 0, 1, 2, 0, 1, 3, 0, 1];
const SAID = "0 1 2 0 1 2 0 1 3 0 1";

export const checks: readonly Check[] = [
  {
    name: "Counting alone: k = 0.",
    async run(exports) {
      const trigram = functionOf(exports, "trigram"), yours = trigram([...TEXT], 4, 0, 0, 1);
      await expectShape(yours, [4], "the distribution");
      const { numbers } = await numbersOf(yours, "the distribution");
      if (Math.abs(numbers[2] - 0.5) < 1e-9) {
        throw new Wrong("You divided by 4. The pair 0 1 occurs four times, but its last place has no follower: the " +
          "probabilities add up to 1 only if you divide by 3.");
      }
      await expectClose(yours, [0, 0, 2 / 3, 1 / 3], { name: "the distribution", input: `k = 0 after 0 1 in ${SAID}` });
      const none = await numbersOf(trigram([...TEXT], 4, 0, 3, 3), "the distribution");
      if (none.numbers.some(Number.isNaN)) {
        throw new Wrong("With k = 0 the pair 3 3 gives 0 divided by 0. It was never seen: return zeros.");
      }
    },
  },
  {
    name: "With k = 1 every word gets its share, and all of it is 1.",
    async run(exports) {
      const { numbers } = await numbersOf(functionOf(exports, "trigram")([...TEXT], 4, 1, 0, 1), "the distribution");
      const sum = numbers.reduce((a, b) => a + b, 0);
      if (Math.abs(sum - 1) > 1e-9) {
        throw new Wrong(`The distribution adds up to ${write(sum)}. k is added to each of the V counts above the ` +
          "line, so the line below grows by k times V.");
      }
      await expectClose(numbers, [1 / 7, 1 / 7, 3 / 7, 2 / 7], { name: "the distribution",
        input: `k = 1 after 0 1 in ${SAID}` });
    },
  },
  {
    name: "A pair that was never seen makes all words alike.",
    async run(exports) {
      await expectClose(functionOf(exports, "trigram")([...TEXT], 4, 0.5, 3, 3), [0.25, 0.25, 0.25, 0.25],
        { name: "the distribution", input: "k = 0.5 after 3 3" });
    },
  },
  {
    name: "Any text: the same as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "trigram"), reference.trigram, (any) => any.record({
        ids: any.list(any.integer(0, 2), 2, 14), size: any.choice(3), k: any.choice(0, 0.1, 1),
        a: any.integer(0, 2), b: any.integer(0, 2),
      }), { name: "the distribution" });
    },
  },
  {
    name: "The likeliest word.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "mostLikely"), reference.mostLikely, (any) => any.record({
        ids: any.list(any.integer(0, 2), 2, 14), size: any.choice(3), k: any.choice(0.1, 1),
        a: any.integer(0, 2), b: any.integer(0, 2),
      }), { name: "the likeliest word" });
    },
  },
  {
    name: "What was taken for words that never came.",
    async run(exports) {
      const stolen = functionOf(exports, "stolen");
      const { numbers: [share] } = await numbersOf(stolen([...TEXT], 4, 1, 0, 1), "the share");
      if (Math.abs(share - 4 / 7) < 1e-9) {
        throw new Wrong("4/7 is everything that k put in, k V divided by the line below. Asked is the part of it " +
          "that " +
          "words without a count received: two of the four words.");
      }
      await expectClose(share, 2 / 7, { name: "the share", input: `k = 1 after 0 1 in ${SAID}` });
      await compareWithReference(stolen, reference.stolen, (any) => any.record({
        ids: any.list(any.integer(0, 2), 2, 14), size: any.choice(3), k: any.choice(0.1, 1),
        a: any.integer(0, 2), b: any.integer(0, 2),
      }), { name: "the share" });
    },
  },
];
