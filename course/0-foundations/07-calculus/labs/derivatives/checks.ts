import { checkGradient, functionOf, numbersOf, Wrong, type Check, type Exports } from "@gradus/lessons/grade";

const POINTS = [-2.3, -0.7, 0.4, 1.1, 2.6];

/** Compares a typed slope with central differences; `slips` are common wrong formulas and what to say about them. */
function slopeCheck(
  name: string, formula: string, f: (x: number) => number, slips: readonly { readonly is: (x: number) => number;
  readonly say: string }[] = [],
): Check {
  return {
    name: `The slope of ${formula}.`,
    async run(exports: Exports) {
      const typed = functionOf(exports, name), values: number[] = [];
      for (const x of POINTS) values.push((await numbersOf(typed(x), name)).numbers[0]);
      for (const { is, say } of slips) {
        if (POINTS.every((x, i) => Math.abs(is(x) - values[i]) < 1e-9)) throw new Wrong(say);
      }
      for (const [i, x] of POINTS.entries()) {
        await checkGradient(([at]) => f(at), [values[i]], [x], { name: `the slope of ${formula}`, tolerance: 1e-5 });
      }
    },
  };
}

export const checks: readonly Check[] = [
  slopeCheck("polynomial", "3x³ − 2x + 5", (x) => 3 * x ** 3 - 2 * x + 5, [
    { is: (x) => 9 * x ** 2 - 2 + 5, say: "A constant has no slope: the 5 should be gone." },
    { is: (x) => 3 * x ** 2 - 2, say: "The power comes down as a factor: 3x³ has slope 3 · 3x², yours has 3x²." },
  ]),
  slopeCheck("product", "x sin x", (x) => x * Math.sin(x), [
    { is: Math.cos, say: "You multiplied the two slopes, 1 and cos x. In a product each factor waits while the " +
      "other moves: f′g + fg′." },
    { is: (x) => x * Math.cos(x), say: "Half of it: x cos x is the slope while x waits. Add the slope while sin x " +
      "waits." },
  ]),
  slopeCheck("quotient", "1 / (1 + x²)", (x) => 1 / (1 + x ** 2), [
    { is: (x) => 2 * x / (1 + x ** 2) ** 2, say: "The size is right and the sign is not: 1/u falls as u grows, so " +
      "its slope is −1/u²." },
    { is: (x) => -1 / (1 + x ** 2) ** 2, say: "That is the slope against u = 1 + x². Multiply by the slope of u " +
      "against x." },
  ]),
  slopeCheck("bell", "exp(−x²/2)", (x) => Math.exp(-(x ** 2) / 2), [
    { is: (x) => Math.exp(-(x ** 2) / 2), say: "e to anything is its own slope against the exponent; multiply by " +
      "the exponent's slope, −x." },
    { is: (x) => x * Math.exp(-(x ** 2) / 2), say: "The bell falls to the right of 0, so its slope is negative " +
      "there; yours is positive. The exponent's slope is −x." },
  ]),
  slopeCheck("sigmoid", "1 / (1 + exp(−x))", (x) => 1 / (1 + Math.exp(-x)), [
    { is: (x) => 1 / (1 + Math.exp(-x)), say: "That is the sigmoid itself. Its slope at 0 is 0.25, not 0.5." },
    { is: (x) => -Math.exp(-x) / (1 + Math.exp(-x)) ** 2,
      say: "The sigmoid rises everywhere, so its slope is positive: two minus signs meet, one from 1/u and one from " +
        "−x." },
  ]),
  {
    name: "Both partial derivatives of x² y + sin(x y).",
    async run(exports) {
      const partials = functionOf(exports, "partials");
      for (const at of [[0.5, 1.2], [-1.4, 0.8], [2, -0.3]]) {
        const [x, y] = at, { numbers } = await numbersOf(partials(x, y), "partials");
        if (numbers.length === 2 && Math.abs(numbers[0] - (x * x + x * Math.cos(x * y))) < 1e-9) {
          throw new Wrong("The two are in the wrong order: the slope against x comes first.");
        }
        if (numbers.length === 2 && Math.abs(numbers[0] - (2 * x * y + Math.cos(x * y))) < 1e-9) {
          throw new Wrong("Inside sin(x y) there is another slope: while y waits, x y moves y times as fast as x.");
        }
        await checkGradient(([a, b]) => a * a * b + Math.sin(a * b), numbers, at,
          { name: "the gradient", tolerance: 1e-5 });
      }
    },
  },
];
