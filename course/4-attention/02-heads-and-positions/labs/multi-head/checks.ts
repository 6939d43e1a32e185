import { F, manualSeed, randn, tensor, type Tensor } from "gradus";
import { expectClose, expectShape, functionOf, numbersOf, write, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

interface Matrices { Wq: Tensor; Wk: Tensor; Wv: Tensor; Wo: Tensor }
/** Two rows of four numbers: 0 1 2 3 and 10 11 12 13. */
const SMALL = [[0, 1, 2, 3], [10, 11, 12, 13]];
function given(T: number, D: number, seed: number): { X: Tensor; p: Matrices } {
  manualSeed(seed);
  const make = (...shape: number[]): Tensor => tensor(randn(shape).dataSync(), { shape });
  const [Wq, Wk, Wv, Wo] = [1, 1, 1, 1].map(() => make(D, D));
  return { X: make(T, D), p: { Wq, Wk, Wv, Wo } };
}
const near = (a: Tensor, b: Tensor): boolean => a.sub(b).abs().amax().itemSync() < 1e-4;
/** The same by another path, with switches for what is often forgotten. */
function made({ X, p }: { X: Tensor; p: Matrices }, heads: number, causal: boolean, slip = ""): Tensor {
  const [q, k, v] = [p.Wq, p.Wk, p.Wv].map((W) => reference.split(X.matmul(W), heads));
  const scale = slip === "whole" ? 1 / Math.sqrt(X.shape[1]) : slip === "unscaled" ? 1 : undefined;
  const options = scale === undefined ? { causal } : { causal, scale };
  const joined = reference.merge(F.scaledDotProductAttention(q, k, v, options));
  return slip === "unmixed" ? joined : joined.matmul(p.Wo);
}
async function found(exports: Exports, of: { X: Tensor; p: Matrices }, heads: number, causal: boolean):
  Promise<Tensor> {
  const value = await functionOf(exports, "multiHead")(of.X, of.p, heads, causal) as Tensor;
  await expectShape(value, of.X.shape, "the result");
  return value;
}

export const checks: readonly Check[] = [
  {
    name: "Columns are dealt to heads, and come back.",
    async run(exports) {
      const value = await functionOf(exports, "split")(tensor(SMALL), 2) as Tensor;
      await expectShape(value, [2, 2, 2], "split");
      const { numbers } = await numbersOf(value);
      if (numbers.join() === "0,1,2,3,10,11,12,13") {
        throw new Wrong("Each head got a row of its own: reshaping [T, D] straight to [heads, T, d] deals out " +
          "places. " +
          "Reshape to [T, heads, d] first, then exchange the first two axes.");
      }
      if (numbers.join() === "0,2,10,12,1,3,11,13") {
        throw new Wrong("Head 0 got every second column. The columns of a head lie side by side: 0 and 1 for head 0.");
      }
      await expectClose(value, [[[0, 1], [10, 11]], [[2, 3], [12, 13]]], { name: "split",
        input: "rows 0 1 2 3 and 10 11 12 13, two heads" });
      const back = functionOf(exports, "merge")(tensor([[[0, 1], [10, 11]], [[2, 3], [12, 13]]]));
      await expectClose(back, SMALL, { name: "merge", input: "the two heads of that" });
    },
  },
  {
    name: "The mask hides what comes later.",
    async run(exports) {
      const { numbers, shape } = await numbersOf(functionOf(exports, "causalMask")(3), "the mask");
      await expectShape(functionOf(exports, "causalMask")(3), [3, 3], "the mask");
      const wanted = [0, -Infinity, -Infinity, 0, 0, -Infinity, 0, 0, 0];
      if (numbers.some(Number.isNaN)) {
        throw new Wrong("The mask holds NaN: 0 · ∞ is not a number. Choose between 0 and −∞ with where, do not " +
          "multiply.");
      }
      if (wanted.every((_, i) => numbers[i] === wanted[(i % 3) * 3 + Math.floor(i / 3)]) && shape.length === 2) {
        throw new Wrong("It hides the past: the −∞ stand below the diagonal. Row i is the place that looks.");
      }
      if (numbers[0] === -Infinity) {
        throw new Wrong("A place may look at itself: the diagonal is 0. The first row would be −∞ everywhere.");
      }
      if (numbers.every((v) => Number.isFinite(v)) && numbers.some((v) => v === 1)) {
        throw new Wrong("It holds ones and zeros. Added to scores, a 1 changes little; what is hidden needs −∞, so " +
          "that " +
          "its exponential is 0.");
      }
      await expectClose(numbers, wanted, { name: "the mask", input: "three places" });
    },
  },
  {
    name: "Attention in two heads.",
    async run(exports) {
      const of = given(5, 8, 1), value = await found(exports, of, 2, false);
      if (near(value, made(of, 2, false, "whole"))) {
        throw new Wrong("You divided by √8, the whole width. A score in a head is a product of 4 numbers: divide by " +
          "√4.");
      }
      if (near(value, made(of, 2, false, "unscaled"))) throw new Wrong("The scores were not divided by √4.");
      if (near(value, made(of, 2, false, "unmixed"))) {
        throw new Wrong("Wo is missing: the heads lie side by side and have not been mixed.");
      }
      if (near(value, made(of, 1, false))) {
        throw new Wrong("This is one head of width 8. Split queries, keys and values before the scores are made.");
      }
      await expectClose(value, made(of, 2, false), { name: "the result", input: "five places, width 8, two heads",
        tolerance: 1e-4 });
    },
  },
  {
    name: "The same with the mask, for other sizes.",
    async run(exports) {
      for (const [T, D, heads] of [[6, 8, 4], [3, 6, 1], [7, 6, 3], [1, 4, 2]]) {
        const of = given(T, D, T), value = await found(exports, of, heads, true);
        if (T > 1 && near(value, made(of, heads, false))) {
          throw new Wrong("With causal = true nothing changed: add the mask to the scores, before the softmax.");
        }
        await expectClose(value, made(of, heads, true), { name: "the result", tolerance: 1e-4,
          input: `${write(T)} places, width ${write(D)}, ${write(heads)} heads, masked` });
      }
    },
  },
  {
    name: "Shuffled places give shuffled rows; masked, the first row sees itself only.",
    async run(exports) {
      const of = given(5, 8, 3), order = tensor(Int32Array.from([3, 0, 4, 1, 2]));
      const first = await found(exports, of, 2, false);
      const shuffled = await found(exports, { ...of, X: of.X.take(order) }, 2, false);
      await expectClose(shuffled, first.take(order), { name: "the shuffled result", tolerance: 1e-4 });
      const alone = await found(exports, { ...of, X: of.X.narrow(0, 0, 1) }, 2, true);
      await expectClose((await found(exports, of, 2, true)).narrow(0, 0, 1), alone,
        { name: "the first row", input: "masked: with four places behind it, and alone", tolerance: 1e-4 });
    },
  },
];
