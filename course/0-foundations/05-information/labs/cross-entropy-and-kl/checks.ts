import { compareWithReference, expectClose, functionOf, numbersOf, Wrong, write,
  type Check } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const one = async (value: unknown, name: string): Promise<number> => (await numbersOf(value, name)).numbers[0];
const P = [0.5, 0.25, 0.125, 0.125], Q = [0.125, 0.5, 0.25, 0.125];
const SAID = "p = 1/2, 1/4, 1/8, 1/8 and q = 1/8, 1/2, 1/4, 1/8";

export const checks: readonly Check[] = [
  {
    name: "The weather of the figure: 2.375 bits, which are 1.646 nats.",
    async run(exports) {
      const found = await one(functionOf(exports, "crossEntropy")([...P], [...Q]), "the cross-entropy");
      if (Math.abs(found - 2.375) < 1e-9) throw new Wrong("2.375 is the cross-entropy in bits; nats take Math.log.");
      const exchanged = reference.crossEntropy(Q, P);
      if (Math.abs(found - exchanged) < 1e-9) {
        throw new Wrong("You took the mean under q of the surprise under p. The weather is drawn from p; q is only " +
          "expected.");
      }
      await expectClose(found, 2.375 * Math.LN2, { name: "the cross-entropy", input: SAID });
    },
  },
  {
    name: "Zeros: what never happens costs nothing, what was ruled out costs everything.",
    async run(exports) {
      const crossEntropy = functionOf(exports, "crossEntropy");
      const never = await one(crossEntropy([1, 0], [0.5, 0]), "the cross-entropy");
      if (Number.isNaN(never)) {
        throw new Wrong("With p = 1, 0 and q = 1/2, 0 you get 0 times ∞. What never happens adds nothing: skip it.");
      }
      await expectClose(never, Math.LN2, { name: "the cross-entropy", input: "p = 1, 0 and q = 1/2, 0" });
      const ruled = await one(crossEntropy([0.5, 0.5], [1, 0]), "the cross-entropy");
      if (ruled !== Infinity) {
        throw new Wrong(`p = 1/2, 1/2 and q = 1, 0: half of the time something happens that q held to be impossible. ` +
          `That costs Infinity; yours is ${write(ruled)}.`);
      }
    },
  },
  {
    name: "KL is 0 for equal distributions, and not symmetric.",
    async run(exports) {
      const divergence = functionOf(exports, "divergence");
      await expectClose(divergence([...P], [...P]), 0, { name: "the divergence", input: "p and p" });
      const found = await one(divergence([...P], [...Q]), "the divergence");
      if (Math.abs(found - 0.5 * Math.LN2) < 1e-9) {
        throw new Wrong("That is KL(q‖p), 0.5 bits. KL(p‖q) is 0.625 bits: the mean is taken under its first " +
          "argument.");
      }
      if (found < 0) throw new Wrong(`KL is never negative; yours is ${write(found)}. Is p ∕ q upside down?`);
      await expectClose(found, 0.625 * Math.LN2, { name: "the divergence", input: SAID });
    },
  },
  {
    name: "Any two distributions: the same as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "divergence"), reference.divergence, (any) => any.record({
        p: any.vector(3, any.integer(1, 9)).map(shares), q: any.vector(3, any.integer(1, 9)).map(shares),
      }), { name: "the divergence" });
    },
  },
  {
    name: "Equal logits for ten classes cost ln 10.",
    async run(exports) {
      const loss = functionOf(exports, "loss"), two = [new Array<number>(10).fill(0), new Array<number>(10).fill(3)];
      const found = await one(loss(two, [4, 9]), "the loss");
      if (Math.abs(found - 2 * Math.log(10)) < 1e-9) {
        throw new Wrong("You added up the rows. The mean keeps the loss comparable between batches: divide by their " +
          "number.");
      }
      if (Math.abs(found + Math.log(10)) < 1e-9) throw new Wrong("The loss is minus the logarithm: +2.303, not " +
        "−2.303.");
      await expectClose(found, Math.log(10), { name: "the loss", input: "two rows of ten equal logits" });
    },
  },
  {
    name: "Any logits: the same as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "loss"), reference.loss, (any) => any.record({
        logits: any.matrix(2, 3), targets: any.vector(2, any.integer(0, 2)),
      }), { name: "the loss" });
    },
  },
  {
    name: "Large logits.",
    async run(exports) {
      const loss = functionOf(exports, "loss");
      for (const [row, target, wanted] of [[[1000, 998, 0], 0, Math.log1p(Math.exp(-2))], [[-1000, 0, 0], 0,
        1000 + Math.LN2]] as const) {
        const found = await one(loss([[...row]], [target]), "the loss");
        if (!Number.isFinite(found)) {
          throw new Wrong(`Logits ${write(row)}, class ${target}: your loss is ${write(found)}, it is ` +
            `${write(wanted)}. Stay in logarithms: largest + ln Σ exp(z − largest) − z of the target.`);
        }
        await expectClose(found, wanted, { name: "the loss", input: `logits ${write(row)}, class ${target}` });
      }
    },
  },
];

/** Counts as shares. */
function shares(counts: number[]): number[] {
  const total = counts.reduce((a, b) => a + b, 0);
  return counts.map((count) => count / total);
}
