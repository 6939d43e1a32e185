import { optim, tensor } from "gradus";
import { compareWithReference, expectClose, functionOf, numbersOf, write, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const PLAN = { base: 0.8, warmup: 4, steps: 20, minimum: 0 };
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;
async function rate(exports: Exports, step: number, plan: typeof PLAN): Promise<number> {
  return (await numbersOf(await functionOf(exports, "rateAt")(step, plan), "the rate")).numbers[0];
}
const INPUT = "base 0.8, warmup 4, steps 20, minimum 0";

export const checks: readonly Check[] = [
  {
    name: "The warm-up: four steps up to the base rate.",
    async run(exports) {
      const first = await rate(exports, 0, PLAN);
      if (near(first, 0)) {
        throw new Wrong("The first rate is 0, so the first step goes nowhere and its batch is wasted. Step 0 is " +
          "the first of " +
          "four: it gets a quarter of the base rate.");
      }
      if (near(first, 0.8)) throw new Wrong("The first rate is the base rate already: there is no warm-up.");
      const all = await Promise.all([0, 1, 2, 3].map((step) => rate(exports, step, PLAN)));
      await expectClose(all, [0.2, 0.4, 0.6, 0.8], { name: "the first four rates", input: INPUT });
    },
  },
  {
    name: "The cosine: from the base rate down to the minimum.",
    async run(exports) {
      const start = await rate(exports, 4, PLAN), middle = await rate(exports, 12, PLAN);
      if (near(start, 0.4 * (1 + Math.cos(Math.PI * 4 / 20)))) {
        throw new Wrong(`At step 4 your rate is ${write(start)}: the cosine began at step 0. It begins where the ` +
          `warm-up ends.`);
      }
      if (near(start, 0)) throw new Wrong("At the end of the warm-up your rate is 0: the cosine is upside down.");
      await expectClose(start, 0.8, { name: "the rate at step 4", input: INPUT });
      if (near(middle, 0.8 * Math.cos(Math.PI / 4)) || near(middle, 0)) {
        throw new Wrong(`Half-way down your rate is ${write(middle)}. Half a cosine, moved up by one and halved, ` +
          `is at half there.`);
      }
      await expectClose(middle, 0.4, { name: "the rate at step 12", input: INPUT });
      await expectClose(await rate(exports, 20, PLAN), 0, { name: "the rate at step 20", input: INPUT });
    },
  },
  {
    name: "A minimum above zero.",
    async run(exports) {
      const plan = { ...PLAN, minimum: 0.2 }, middle = await rate(exports, 12, plan);
      if (near(middle, 0.6)) {
        throw new Wrong("Half-way down your rate is 0.6: you added the minimum to a cosine that starts at the " +
          "full base rate. " +
          "The cosine spans base minus minimum.");
      }
      await expectClose(middle, 0.5, { name: "the rate at step 12", input: "the same with minimum 0.2" });
    },
  },
  {
    name: "After the last step.",
    async run(exports) {
      const late = await rate(exports, 30, { ...PLAN, minimum: 0.1 });
      if (late > 0.1 + 1e-6) throw new Wrong(`At step 30 of 20 your rate is ${write(late)}: a cosine turns up ` +
        `again. Stay at the minimum.`);
      await expectClose(late, 0.1, { name: "the rate at step 30", input: "steps 20, minimum 0.1" });
    },
  },
  {
    name: "The same as optim.WarmupCosineLR, step by step.",
    async run(exports) {
      const plans = [{ base: 0.3, warmup: 5, steps: 40, minimum: 0.01 }, { base: 1, warmup: 0, steps: 12, minimum: 0 }];
      for (const plan of plans) {
        const optimizer = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: plan.base });
        const { warmup, steps, minimum } = plan;
        const scheduler = new optim.WarmupCosineLR(optimizer, { warmup, steps, minimum });
        const wanted: number[] = [], yours: number[] = [];
        for (let step = 0; step <= steps + 2; step++) {
          wanted.push(optimizer.lr);
          yours.push(await rate(exports, step, plan));
          scheduler.step();
        }
        await expectClose(yours, wanted, { name: "the rates", input: write(plan) });
      }
    },
  },
  {
    name: "The clip: one length for all gradients together.",
    async run(exports) {
      const clip = functionOf(exports, "clipByNorm");
      const flat = async (lists: number[][], longest: number): Promise<number[]> => {
        const made = await clip(lists.map((list) => [...list]), longest) as number[][] | undefined;
        if (!Array.isArray(made) || !made.every(Array.isArray)) throw new Wrong("clipByNorm should return a list " +
          "of lists.");
        return made.flat();
      };
      const small = await flat([[0.3], [0.4, 0]], 1);
      if (near(Math.hypot(...small), 1)) {
        throw new Wrong("A gradient of length 0.5 became one of length 1. Clipping shortens what is too long; it " +
          "lengthens nothing.");
      }
      await expectClose(small, [0.3, 0.4, 0], { name: "the gradients", input: "[[0.3], [0.4, 0]], longest 1" });
      const large = await flat([[3], [4, 0]], 1);
      if (near(large[0], 1) && near(large[1], 1)) {
        throw new Wrong("Each list, or each number, was cut to 1 by itself: [3, 4] became [1, 1], another " +
          "direction. Take one length " +
          "over all lists, 5, and divide everything by it.");
      }
      await expectClose(large, [0.6, 0.8, 0], { name: "the gradients", input: "[[3], [4, 0]], longest 1" });
      await compareWithReference((a: number[], b: number[], longest: number) => flat([a, b], longest),
        (a: number[], b: number[], longest: number) => reference.clipByNorm([a, b], longest).flat(),
      (any) => any.record({ first: any.vector(2), second: any.vector(3), longest: any.number(0.5, 4) }),
      { name: "the gradients" });
    },
  },
];
