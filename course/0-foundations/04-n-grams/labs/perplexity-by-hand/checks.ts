import { compareWithReference, expectClose, functionOf, numbersOf, Wrong, write,
  type Check } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

export const checks: readonly Check[] = [
  {
    name: "Three words with shares 1/2, 1/4 and 1/8.",
    async run(exports) {
      const logged = functionOf(exports, "logProbability")([0.5, 0.25, 0.125]);
      const { numbers: [value] } = await numbersOf(logged, "the logarithm");
      if (Math.abs(value + 6) < 1e-9) {
        throw new Wrong("−6 is the logarithm to base 2. Asked is the natural one, Math.log.");
      }
      await expectClose(value, -6 * Math.LN2, { name: "the logarithm", input: "1/2, 1/4, 1/8" });
      const answer = functionOf(exports, "perplexity")([0.5, 0.25, 0.125]);
      const { numbers: [found] } = await numbersOf(answer, "the perplexity");
      if (Math.abs(found - 64) < 1e-6) {
        throw new Wrong("64 is one over the probability of the whole text. Perplexity is a mean for each word: " +
          "divide " +
          "the logarithm by the number of words first.");
      }
      if (Math.abs(found - 0.25) < 1e-9) {
        throw new Wrong("0.25 is the geometric mean of the shares; the perplexity is one over it. Mind the minus.");
      }
      if (Math.abs(found - 14 / 3) < 1e-9) {
        throw new Wrong("4.667 is the mean of 2, 4 and 8. Take the mean of the logarithms and then the exponential.");
      }
      if (Math.abs(found - 2 * Math.LN2) < 1e-9) {
        throw new Wrong("1.386 is the cross-entropy in nats. Its exponential is the perplexity.");
      }
      await expectClose(found, 4, { name: "the perplexity", input: "1/2, 1/4, 1/8" });
    },
  },
  {
    name: "A model that gives each of n words 1/n hesitates among n.",
    async run(exports) {
      for (const n of [2, 27, 50_257]) {
        await expectClose(functionOf(exports, "perplexity")(new Array<number>(40).fill(1 / n)), n,
          { name: "the perplexity", input: `40 shares of 1/${n}` });
      }
    },
  },
  {
    name: "Two thousand words do not underflow.",
    async run(exports) {
      const shares = Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? 0.1 : 0.001));
      const answer = functionOf(exports, "perplexity")([...shares]);
      const { numbers: [found] } = await numbersOf(answer, "the perplexity");
      if (found === Infinity) {
        throw new Wrong("The perplexity of 2,000 words is ∞, yet no share is 0. A product of 2,000 shares underflows " +
          "to 0: add logarithms instead.");
      }
      await expectClose(found, 100, { name: "the perplexity", input: "1,000 shares of 0.1 and 1,000 of 0.001" });
    },
  },
  {
    name: "One impossible word is infinite perplexity.",
    async run(exports) {
      const answer = functionOf(exports, "perplexity")([0.9, 0, 0.9]);
      const { numbers: [found] } = await numbersOf(answer, "the perplexity");
      if (found !== Infinity) {
        throw new Wrong(`The second word had probability 0 and came all the same. Your perplexity is ` +
          `${write(found)}; ` +
          "leaving such words out would reward a model for being certain and wrong. It is Infinity.");
      }
    },
  },
  {
    name: "Any shares: the same as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "perplexity"), reference.perplexity, (any) => any.record({
        shares: any.list(any.number(0.01, 1), 1, 8),
      }), { name: "the perplexity" });
    },
  },
  {
    name: "Two texts together.",
    async run(exports) {
      const together = functionOf(exports, "together");
      const { numbers: [found] } = await numbersOf(together(10, 300, 1000, 100), "the perplexity");
      if (Math.abs(found - 505) < 1e-6 || Math.abs(found - 257.5) < 1e-6) {
        throw new Wrong(`${write(found)} is a mean of perplexities. What can be averaged is their logarithms, each ` +
          `as ` +
          "often as it has words.");
      }
      if (Math.abs(found - 100) < 1e-6) {
        throw new Wrong("100 would be right if both texts were equally long. The first has three times as many words.");
      }
      await expectClose(found, 10 ** 1.5, { name: "the perplexity", input: "10 on 300 words, 1,000 on 100 words" });
      await compareWithReference(together, reference.together, (any) => any.record({
        first: any.number(1, 90), n: any.integer(1, 400), second: any.number(1, 90), m: any.integer(1, 400),
      }), { name: "the perplexity" });
    },
  },
];
