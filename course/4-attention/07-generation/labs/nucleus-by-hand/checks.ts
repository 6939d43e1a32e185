import { compareWithReference, expectClose, functionOf, numbersOf, write, Wrong, type Check, type Generators }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const near = (yours: readonly number[], list: readonly number[]): boolean =>
  yours.length === list.length && yours.every((v, i) => Math.abs(v - list[i]) < 1e-6);
const sumOf = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
/** Out of order on purpose. */
const P = [0.15, 0.5, 0.05, 0.3];
/** Chances whose sums never meet a share with two decimals. */
const chances = (any: Generators) => any.vector(5, any.integer(1, 9)).map((list) => list.map((n) => n / sumOf(list)));
const between = (any: Generators) => any.integer(5, 95).map((n) => n / 100 + 0.00123);

export const checks: readonly Check[] = [
  {
    name: "A lower temperature makes differences larger.",
    async run(exports) {
      const { numbers } = await numbersOf(functionOf(exports, "temper")([...P], 0.5), "temper");
      const powers = P.map((v) => v * v);
      if (near(numbers, reference.temper(P, 2))) {
        throw new Wrong("At temperature 0.5 your chances have moved together. The exponent is 1 divided by the " +
          "temperature, here 2.");
      }
      if (near(numbers, powers)) {
        throw new Wrong(`Your chances add up to ${write(sumOf(numbers))}. Divide the powers by their sum.`);
      }
      await expectClose([...numbers], reference.temper(P, 0.5), { name: "temper", input: `${write(P)}, temperature ` +
        `0.5` });
    },
  },
  {
    name: "At temperature 0 the likeliest is certain.",
    async run(exports) {
      const { numbers } = await numbersOf(functionOf(exports, "temper")([...P], 0), "temper");
      if (numbers.some((v) => !Number.isFinite(v))) {
        throw new Wrong("At temperature 0 the exponent is 1/0. Take the largest directly.");
      }
      await expectClose([...numbers], [0, 1, 0, 0], { name: "temper", input: `${write(P)}, temperature 0` });
    },
  },
  {
    name: "The nucleus holds at least the mass, with as few tokens as can be.",
    async run(exports) {
      const { numbers } = await numbersOf(functionOf(exports, "topP")([...P], 0.7), "topP");
      if (near(numbers, [0, 1, 0, 0])) {
        throw new Wrong("For a mass of 0.7 you keep one token, which holds 0.5. The token with which the sum reaches " +
          "the mass belongs to the nucleus.");
      }
      if (near(numbers, [0, 0.5, 0, 0.3])) {
        throw new Wrong("What you keep adds up to 0.8. It is drawn from, so divide it by its sum.");
      }
      if (near(numbers, [0.625, 0.375, 0, 0])) {
        throw new Wrong("Your list is sorted. Token 1 is the likeliest and has to stay at its place: sort places, " +
          "not " +
          "chances.");
      }
      if (numbers.filter((v) => v > 0).length > 2) {
        throw new Wrong("Two tokens hold 0.8 of the 0.7 that are wanted, and you keep more of them.");
      }
      await expectClose([...numbers], [0, 0.625, 0, 0.375], { name: "topP", input: `${write(P)}, mass 0.7` });
    },
  },
  {
    name: "Min-p measures by the likeliest.",
    async run(exports) {
      const { numbers } = await numbersOf(functionOf(exports, "minP")([...P], 0.2), "minP");
      if (near(numbers, [0, 0.625, 0, 0.375])) {
        throw new Wrong("You keep what is above 0.2. The limit is 0.2 times the largest chance, 0.1 here, so that " +
          "0.15 " +
          "stays.");
      }
      await expectClose([...numbers], reference.minP(P, 0.2), { name: "minP", input: `${write(P)}, share 0.2` });
    },
  },
  {
    name: "A draw walks along the chances.",
    async run(exports) {
      const draw = functionOf(exports, "draw"), p = [0, 0.25, 0.5, 0.25];
      const places = await Promise.all([0, 0.1, 0.3, 0.8].map((u) => draw([...p], u)));
      if (places[0] === 0) {
        throw new Wrong("With u = 0 you draw token 0, whose chance is 0. Ask where the sum becomes more than u.");
      }
      if (places[2] === 1 && places[3] === 3) {
        throw new Wrong("With u = 0.3 you draw token 1: all places are taken as equally likely. Token 2 begins " +
          "where the " +
          "sum is 0.25.");
      }
      await expectClose(places.map(Number), [1, 1, 2, 3], { name: "draw",
        input: `${write(p)}, u = 0, 0.1, 0.3 and 0.8` });
    },
  },
  {
    name: "Any chances: the same as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "topP"), reference.topP, (any) => any.record({ p: chances(any),
        mass: between(any) }), { name: "topP" });
      await compareWithReference(functionOf(exports, "minP"), reference.minP, (any) => any.record({ p: chances(any),
        share: between(any) }), { name: "minP" });
      await compareWithReference(functionOf(exports, "temper"), reference.temper, (any) => any.record({
        p: chances(any), temperature: any.number(0.2, 2) }), { name: "temper" });
      await compareWithReference(functionOf(exports, "draw"), reference.draw, (any) => any.record({ p: chances(any),
        u: between(any) }), { name: "draw" });
    },
  },
];
