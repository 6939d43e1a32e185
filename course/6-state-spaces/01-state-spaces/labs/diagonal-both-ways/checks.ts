import {
  compareWithReference, expectClose, forAll, functionOf, numbersOf, Wrong, write, type Check,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

interface Leaks { readonly a?: unknown; readonly b?: unknown }
async function leaksOf(found: unknown): Promise<{ a: readonly number[]; b: readonly number[] }> {
  const leaks = await found as Leaks | null | undefined;
  if (typeof leaks !== "object" || leaks === null || !("a" in leaks) || !("b" in leaks)) {
    throw new Wrong("hold should return an object with the lists a and b.");
  }
  return { a: (await numbersOf(leaks.a, "a of hold")).numbers, b: (await numbersOf(leaks.b, "b of hold")).numbers };
}
const near = (yours: number, value: number): boolean => Math.abs(yours - value) < 1e-6;

export const checks: readonly Check[] = [
  {
    name: "Held for half a second, a leak of rate −2.",
    async run(exports) {
      const { a, b } = await leaksOf(functionOf(exports, "hold")([-2], [3], 0.5));
      if (near(a[0], 0)) {
        throw new Wrong("With rate −2 and Δ = 0.5 your ā is 0 = 1 + Δ · a, which is Euler’s rule: by it the tank is " +
          "empty after one step. A held input is solved exactly, and e to the −1 is left.");
      }
      if (near(b[0], 3)) {
        throw new Wrong("Your b̄ is 3, the b of the continuous system: a system like that holds its input for no " +
          "time " +
          "at all. How much gathers during Δ, while some of it leaks?");
      }
      if (near(b[0], 1.5)) {
        throw new Wrong("Your b̄ is Δ · b = 1.5, as if nothing leaked during the step. What flows in early has " +
          "partly " +
          "leaked by its end.");
      }
      await expectClose([...a, ...b], [Math.exp(-1), 1.5 * (1 - Math.exp(-1))],
        { name: "ā, then b̄", input: "a [−2], b [3], Δ 0.5" });
    },
  },
  {
    name: "A tank without a leak only fills.",
    async run(exports) {
      const { a, b } = await leaksOf(functionOf(exports, "hold")([0, -1], [2, 1], 0.25));
      if (!Number.isFinite(b[0])) {
        throw new Wrong("For a leak of rate 0 your b̄ is 0 divided by 0. Nothing leaks, so what flows in during Δ is " +
          "all there: Δ · b.");
      }
      await expectClose([...a, ...b], [1, Math.exp(-0.25), 0.5, 1 - Math.exp(-0.25)],
        { name: "ā, then b̄", input: "a [0, −1], b [2, 1], Δ 0.25" });
    },
  },
  {
    name: "The recurrence keeps a fading state, and reads it after the input.",
    async run(exports) {
      const { numbers } = await numbersOf(functionOf(exports, "run")({ a: [0.5], b: [2] }, [1], [1, 0, 0, 3]), "run");
      if (near(numbers[0], 0) && near(numbers[1], 2)) {
        throw new Wrong("Your outputs are " + write([...numbers]) +
          ": each reads the state of the step before. Let the " +
          "input in first, then read.");
      }
      if (near(numbers[1], 0)) {
        throw new Wrong("After the inputs 1, 0 your output is 0, as if nothing had come before. Half of the old " +
          "state " +
          "stays: ā times the state, plus b̄ times the input.");
      }
      await expectClose(numbers, [2, 1, 0.5, 6.25], { name: "run",
        input: "ā [0.5], b̄ [2], c [1], inputs [1, 0, 0, 3]" });
    },
  },
  {
    name: "The kernel begins with what has not faded yet.",
    async run(exports) {
      const { numbers } = await numbersOf(functionOf(exports, "kernel")({ a: [0.5, 0.1], b: [2, 1] }, [1, 3], 3),
        "kernel");
      if (near(numbers[0], 1.3)) {
        throw new Wrong("Your kernel begins one step late: with 1.3, where everything has already faded once. K₀ is " +
          "c · b̄ = 5.");
      }
      await expectClose(numbers, [5, 1.3, 0.53], { name: "kernel",
        input: "ā [0.5, 0.1], b̄ [2, 1], c [1, 3], length 3" });
    },
  },
  {
    name: "The convolution lays the newest input on the first number of the kernel.",
    async run(exports) {
      const convolve = functionOf(exports, "convolve");
      const { numbers } = await numbersOf(convolve([4, 2, 1], [1, 0, 0]), "convolve");
      if (near(numbers[1], 4)) {
        throw new Wrong("An input of 1 at time 0 gives you " + write([...numbers]) + "; it should give the kernel, " +
          "[4, 2, 1]. At time t the input of k steps ago meets Kₖ: turn the kernel round.");
      }
      await expectClose(numbers, [4, 2, 1], { name: "convolve", input: "kernel [4, 2, 1], inputs [1, 0, 0]" });
      const longer = await numbersOf(convolve([4, 2], [1, 0, 0, 1]), "convolve");
      if (longer.numbers.some(Number.isNaN)) {
        throw new Wrong("With a kernel shorter than the input some of your outputs are not a number. Beyond its " +
          "end a " +
          "kernel is zero.");
      }
      await expectClose(longer.numbers, [4, 2, 0, 4], { name: "convolve",
        input: "kernel [4, 2], inputs [1, 0, 0, 1]" });
    },
  },
  {
    name: "Any leaks, any input: each function is the reference’s.",
    async run(exports) {
      const hold = functionOf(exports, "hold"), flat = (f: (...args: never[]) => unknown) => async (...args: never[]) =>
        {
        const { a, b } = await leaksOf(f(...args));
        return [...a, ...b];
      };
      await compareWithReference(flat(hold), flat(reference.hold), (any) => any.record({ a: any.vector(3,
        any.number(-3, 0)), b: any.vector(3), delta: any.number(0.05, 1) }), { name: "ā, then b̄" });
      await compareWithReference(functionOf(exports, "run"), reference.run, (any) => any.record({
        leaks: any.record({ a: any.vector(2, any.number(0, 1)), b: any.vector(2) }), c: any.vector(2),
        input: any.vector(6),
      }), { name: "run" });
    },
  },
  {
    name: "Walking and laying agree.",
    async run(exports) {
      const [hold, run, kernel, convolve] = ["hold", "run", "kernel", "convolve"].map((name) => functionOf(exports,
        name));
      await forAll((any) => any.record({ a: any.vector(3, any.number(-2, 0)), b: any.vector(3), c: any.vector(3),
        delta: any.number(0.1, 1), input: any.vector(8) }), async ({ a, b, c, delta, input }) => {
        const leaks = await hold(a, b, delta);
        const pattern = (await numbersOf(kernel(leaks, c, 8), "kernel")).numbers;
        await expectClose(await convolve([...pattern], input), await run(leaks, c, input), { name: "the convolution",
          input: write({ a, b, c, delta, input }) });
      }, { runs: 20 });
    },
  },
];
