import { tune } from "gradus";
import { compareWithReference, expectClose, functionOf, numbersOf, write, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Evaluate = (candidate: number, budget: number) => number;
interface Options { readonly minimum: number; readonly factor: number }
interface Call { readonly candidate: number; readonly budget: number }
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-9 * Math.max(1, Math.abs(b));
async function number(value: unknown, name: string): Promise<number> {
  return (await numbersOf(value, name)).numbers[0];
}
/** Runs the learner's search and writes down every training it asked for. */
async function search(exports: Exports, candidates: number[], evaluate: Evaluate, options: Options):
Promise<{ best: number; spent: number; calls: Call[] }> {
  const calls: Call[] = [];
  const counted: Evaluate = (candidate, budget) => {
    calls.push({ candidate, budget });
    if (calls.length > 1000) {
      throw new Wrong("After 1,000 trainings your search is still going on. Does every round end with fewer " +
        "candidates?");
    }
    return evaluate(candidate, budget);
  };
  const made = await functionOf(exports, "successiveHalving")(candidates, counted, options);
  if (typeof made !== "object" || made === null || !("best" in made) || !("spent" in made)) {
    throw new Wrong("successiveHalving should return an object with best and spent.");
  }
  // Undefined is what a list without candidates gives.
  const best = made.best === undefined ? NaN : await number(made.best, "best");
  return { best, spent: await number(made.spent, "spent"), calls };
}
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
/** Trainings per round, in order. */
const rounds = (calls: readonly Call[]): (readonly [budget: number, count: number])[] =>
  [...new Set(calls.map(({ budget }) => budget))].map((budget) =>
    [budget, calls.filter((call) => call.budget === budget).length]);
const told = (calls: readonly Call[]): string =>
  rounds(calls).map(([budget, count]) => `${count} with budget ${write(budget)}`).join(", ");

export const checks: readonly Check[] = [
  {
    name: "A rate: both ends, and the middle of the orders of magnitude.",
    async run(exports) {
      const draw = async (u: number, low: number, high: number): Promise<number> =>
        number(await functionOf(exports, "drawRate")(u, low, high), "the rate");
      const middle = await draw(0.5, 0.0001, 1);
      if (near(middle, 0.50005)) {
        throw new Wrong("Between 0.0001 and 1 your middle is 0.50005, so nine of ten draws lie above 0.1, and " +
          "0.0001 to 0.001 is almost never tried. Draw the logarithm uniformly.");
      }
      if (near(middle, 1 / ((1 / 0.0001 + 1) / 2))) {
        throw new Wrong(`Between 0.0001 and 1 your middle is ${write(middle)}: you drew one over the rate. Draw its ` +
          "logarithm.");
      }
      await expectClose(await Promise.all([0, 0.25, 0.5, 0.75, 1].map((u) => draw(u, 0.0001, 1))),
        [0.0001, 0.001, 0.01, 0.1, 1], { name: "the rates", input: "u = 0, ¼, ½, ¾, 1 between 0.0001 and 1",
          tolerance: 1e-9 });
    },
  },
  {
    name: "The same as tune.log, everywhere.",
    async run(exports) {
      await compareWithReference((u: number, low: number, times: number) =>
        functionOf(exports, "drawRate")(u, low, low * times),
      (u: number, low: number, times: number) => Number(tune.log(low, low * times).at(u)),
      (any) => any.record({ u: any.number(0, 1), low: any.number(0.01, 2), times: any.number(1.5, 50) }),
      { name: "the rate", tolerance: 1e-7 });
    },
  },
  {
    name: "Nine candidates, factor 3: nine short trainings, then three longer ones.",
    async run(exports) {
      // Candidate 4 is the best at any budget.
      const { best, spent, calls } = await search(exports, range(9), (c, budget) => Math.abs(c - 4) + 1 / budget,
        { minimum: 2, factor: 3 });
      const plan = rounds(calls), input = "candidates 1 to 9, minimum 2, factor 3";
      if (plan.length > 0 && plan[0][0] !== 2) {
        throw new Wrong(`Your first round has budget ${write(plan[0][0])}; it should be the minimum, 2.`);
      }
      if (best === 9) {
        throw new Wrong("You ended with candidate 9, the worst of all. A low loss is good: keep the lowest.");
      }
      if (plan.length === 1 && plan[0][1] > 9) {
        throw new Wrong(`All ${calls.length} trainings had budget 2. Those that are left should train ` +
          "longer: the budget grows by the factor from round to round.");
      }
      if (plan.some(([budget, count]) => budget === 18 && count === 1)) {
        throw new Wrong("You trained the last candidate once more, alone, with budget 18. When one is left there is " +
          "nothing to compare: stop.");
      }
      if (plan.length !== 2 || plan[0][1] !== 9 || plan[1][1] !== 3 || plan[1][0] !== 6) {
        throw new Wrong(`Your trainings were: ${told(calls)}. For ${input} they should be: 9 with budget 2, ` +
          "3 with budget 6.");
      }
      await expectClose(best, 4, { name: "best", input });
      if (spent === calls.length) {
        throw new Wrong(`You counted ${spent} trainings. What is spent is the sum of their budgets: ` +
          "9 · 2 + 3 · 6 = 36.");
      }
      await expectClose(spent, 36, { name: "spent", input });
    },
  },
  {
    name: "Who is late may win: losses of this round decide, not those of the last.",
    async run(exports) {
      // Odd candidates are quick and stop early; the even ones get better for long.
      const late: Evaluate = (c, budget) => (c % 2 === 1 ? 1 + c / 100 : 0.5 + c / 100 + 0.52 / budget);
      const { best } = await search(exports, [1, 2, 3, 5, 7, 9], late, { minimum: 1, factor: 2 });
      if (best === 1) {
        throw new Wrong("You ended with candidate 1, which led after one epoch. Candidate 2 overtakes it in the " +
          "second round: evaluate those that are left again, with the larger budget.");
      }
      await expectClose(best, 2, { name: "best", input: "candidates 1, 2, 3, 5, 7, 9, minimum 1, factor 2" });
    },
  },
  {
    name: "Fields that cannot be divided, a single candidate, and a list left as it was.",
    async run(exports) {
      const few = await search(exports, [5, 6], (c) => c, { minimum: 1, factor: 3 }).catch((error: unknown) => {
        if (error instanceof Wrong) throw error;
        throw new Wrong("With 2 candidates and factor 3 your search fails. ⌊2 / 3⌋ is 0: keep at least one.");
      });
      if (Number.isNaN(few.best)) {
        throw new Wrong("With 2 candidates and factor 3 nobody was left. ⌊2 / 3⌋ is 0: keep at least one.");
      }
      await expectClose([few.best, few.spent], [5, 2], { name: "best and spent", input: "[5, 6], factor 3" });
      const one = await search(exports, [7], (c) => c, { minimum: 1, factor: 3 });
      await expectClose([one.best, one.spent], [7, 0], { name: "best and spent", input: "[7] alone" });
      const given = [8, 3, 5, 1];
      await search(exports, given, (c) => c, { minimum: 1, factor: 2 });
      if (write(given) !== "[8, 3, 5, 1]") {
        throw new Wrong(`The list [8, 3, 5, 1] that you were given is now ${write(given)}. Sort a copy.`);
      }
    },
  },
  {
    name: "Any field, any factor.",
    async run(exports) {
      const curve: Evaluate = (c, budget) => Math.abs(Math.sin(3 * c)) + Math.abs(Math.cos(7 * c)) * 2 / budget;
      await compareWithReference(async (n: number, minimum: number, factor: number) => {
        const { best, spent } = await search(exports, range(n), curve, { minimum, factor });
        return [best, spent];
      }, (n: number, minimum: number, factor: number) => {
        const { best, spent } = reference.successiveHalving(range(n), curve, { minimum, factor });
        return [best, spent];
      }, (any) => any.record({ n: any.integer(1, 40), minimum: any.integer(1, 4), factor: any.integer(2, 4) }),
      { name: "best and spent" });
    },
  },
];
