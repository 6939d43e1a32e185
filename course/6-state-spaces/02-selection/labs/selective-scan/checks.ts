import {
  checkGradient, compareWithReference, expectClose, forAll, functionOf, numbersOf, Wrong, write, type Check,
  type Exports,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Inputs = Parameters<typeof reference.selectiveScan>;
const NAMES = ["x", "dt", "A", "B", "C"] as const;
type Name = (typeof NAMES)[number];

async function gradientOf(exports: Exports, inputs: Inputs, gy: number[], name: Name): Promise<readonly number[]> {
  const found = await functionOf(exports, "gradients")(...structuredClone(inputs), [...gy]) as
    Partial<Record<Name, unknown>> | null | undefined;
  if (typeof found !== "object" || found === null || !(name in found)) {
    throw new Wrong(`gradients should return an object with ${NAMES.join(", ")}; there is no ${name}.`);
  }
  return (await numbersOf(found[name], `the gradient of ${name}`)).numbers;
}
const near = (yours: number, value: number): boolean => Math.abs(yours - value) < 1e-6;
const one = (exports: Exports, ...inputs: Inputs): Promise<readonly number[]> =>
  numbersOf(functionOf(exports, "selectiveScan")(...inputs), "y").then(({ numbers }) => numbers);

/** Two tokens, one state, fading by a half and by a quarter. */
const LN = Math.LN2, SMALL: Inputs = [[1, 2], [1, 2], [-LN], [[3], [5]], [[1], [1]]];

export const checks: readonly Check[] = [
  {
    name: "One token: its step times B times x, read by C.",
    async run(exports) {
      const y = await one(exports, [2], [0.5], [-1], [[3]], [[4]]);
      if (near(y[0], 24)) {
        throw new Wrong("With x = 2, Δ = 0.5, B = 3 and C = 4 your output is 24: the input enters without its " +
          "step. It " +
          "is Δ · B · x that is added.");
      }
      await expectClose([...y], [12], { name: "y", input: "x [2], Δ [0.5], A [−1], B [[3]], C [[4]]" });
    },
  },
  {
    name: "Each token fades the state by its own step.",
    async run(exports) {
      const y = await one(exports, ...structuredClone(SMALL)), input = "x [1, 2], Δ [1, 2], A [−ln 2], B [[3], " +
        "[5]], C 1";
      if (near(y[1], 23)) {
        throw new Wrong("Your second output is 23 = 3 + 20: nothing fades. With Δ = 2 and A = −ln 2 a quarter of " +
          "the 3 " +
          "is left.");
      }
      if (near(y[1], 11.5)) {
        throw new Wrong("Your second output is 11.5: the first step is used for every token. The second token’s " +
          "step is " +
          "2, so the state fades to a quarter, and 2 · 5 · 2 enters.");
      }
      await expectClose([...y], [3, 20.75], { name: "y", input });
      const read = await one(exports, [1, 0], [1, 1], [-LN], [[1], [1]], [[1], [10]]);
      if (near(read[1], 0.5)) {
        throw new Wrong("C is [[1], [10]], and your second output is 0.5. Read each state with the row of the " +
          "same token: " +
          "10 times 0.5.");
      }
      await expectClose([...read], [1, 5], { name: "y", input: "x [1, 0], Δ 1, A [−ln 2], B 1, C [[1], [10]]" });
    },
  },
  {
    name: "Any inputs: the same as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "selectiveScan"), reference.selectiveScan, (any) => any.record({
        x: any.vector(5), dt: any.vector(5, any.number(0, 2)), A: any.vector(3, any.number(-2, -0.1)),
        B: any.matrix(5, 3), C: any.matrix(5, 3),
      }), { name: "y" });
    },
  },
  {
    name: "Back: C meets the state, and blame runs through all earlier tokens.",
    async run(exports) {
      const c = await gradientOf(exports, SMALL, [1, 1], "C");
      if (near(c[0], 0) && near(c[1], 3)) {
        throw new Wrong("Your gradient of C is " + write([...c]) + ": it uses the state before the step. C meets the " +
          "state after its token has entered.");
      }
      await expectClose([...c], [3, 20.75], { name: "the gradient of C", input: "the two tokens above, gy [1, 1]" });
      const x = await gradientOf(exports, SMALL, [0, 1], "x");
      if (near(x[0], 0)) {
        throw new Wrong("Only the second output matters to this loss, and your gradient of the first x is 0: blame " +
          "reaches only its own step. Carry it back: a quarter of it belongs to the first state.");
      }
      await expectClose([...x], [0.75, 10], { name: "the gradient of x", input: "the two tokens above, gy [0, 1]" });
    },
  },
  {
    name: "Back: the step acts twice.",
    async run(exports) {
      const dt = await gradientOf(exports, SMALL, [0, 1], "dt");
      if (near(dt[1], 10)) {
        throw new Wrong("Your gradient of the second Δ is 10, from what enters. Δ acts in two ways: it also says " +
          "how much " +
          "of the old state fades, and that lowers the output here.");
      }
      if (near(dt[1], 10 - LN * 0.25 * 20.75)) {
        throw new Wrong("In the gradient of Δ you use the state after the step. What fades is the state before " +
          "the step, " +
          "3 here.");
      }
      await expectClose([...dt], [0.75, 10 - LN * 0.75], { name: "the gradient of Δ",
        input: "the two tokens above, gy [0, 1]" });
      const a = await gradientOf(exports, SMALL, [0, 1], "A");
      await expectClose([...a], [1.5], { name: "the gradient of A", input: "the two tokens above, gy [0, 1]" });
    },
  },
  {
    name: "Every gradient against central differences of the forward function.",
    async run(exports) {
      await forAll((any) => any.record({ x: any.vector(4), dt: any.vector(4, any.number(0.1, 1.5)),
        A: any.vector(2, any.number(-2, -0.1)), B: any.matrix(4, 2), C: any.matrix(4, 2), gy: any.vector(4) }),
      async ({ x, dt, A, B, C, gy }) => {
        const inputs: Inputs = [x, dt, A, B, C];
        for (const [place, name] of NAMES.entries()) {
          const value = inputs[place], wide = Array.isArray(value[0]) ? value[0].length : 0;
          const rebuilt = (flat: number[]): Inputs => inputs.map((old, i) => (i !== place ? old : wide === 0 ? flat
            : Array.from({ length: flat.length / wide }, (_, r) => flat.slice(r * wide, (r + 1) * wide)))) as Inputs;
          const loss = (flat: number[]): number => reference.selectiveScan(...rebuilt(flat))
            .reduce((sum, y, t) => sum + gy[t] * y, 0);
          await checkGradient(loss, [...await gradientOf(exports, inputs, gy, name)], value.flat(),
            { name: `the gradient of ${name}`, tolerance: 1e-3 });
        }
      }, { runs: 12 });
    },
  },
];
