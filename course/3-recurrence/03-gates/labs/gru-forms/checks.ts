import { nn, noGrad, RandomStream, tensor } from "gradus";
import { expectClose, expectShape, forAll, functionOf, numbersOf, Wrong, write, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Cell = reference.Cell;
type Form = reference.Form;
const stream = new RandomStream(9);
const draw = (rows: number, columns: number): number[][] => Array.from({ length: rows }, () =>
  Array.from({ length: columns }, () => Math.round(100 * stream.normal()) / 100));
const P: Cell = { Wx: draw(6, 3), Wh: draw(6, 2), bx: draw(1, 6)[0], bh: draw(1, 6)[0] };
const X = [0.7, -0.4, 1], H = [0.6, -0.9];
const same = (a: readonly number[], b: readonly number[]): boolean => a.every((v, i) => Math.abs(v - b[i]) < 1e-6);
async function stepOf(exports: Exports, p: Cell, x: number[], h: number[], form: Form): Promise<readonly number[]> {
  const made = await functionOf(exports, "gruCell")(structuredClone(p), [...x], [...h], form);
  await expectShape(made, [h.length], "the state");
  return (await numbersOf(made, "the state")).numbers;
}
/** Slips that both forms share, told by the numbers they give. */
function tell(yours: readonly number[], form: Form): void {
  const { Wx, Wh, bx, bh } = P, wanted = reference.gruCell(P, X, H, form);
  const turn = (rows: readonly number[]): Cell => ({ Wx: rows.map((k) => Wx[k]), Wh: rows.map((k) => Wh[k]),
    bx: rows.map((k) => bx[k]), bh: rows.map((k) => bh[k]) });
  if (same(yours, reference.gruCell(turn([2, 3, 0, 1, 4, 5]), X, H, form))) {
    throw new Wrong("Reset and update gate have changed places: the reset gate's rows come first.");
  }
  const kept = wanted.map((v, j) => {
    const z = 1 / (1 + Math.exp(-[...Wx[2 + j].map((w, k) => w * X[k]), ...Wh[2 + j].map((w, k) => w * H[k]), bx[2 + j],
      bh[2 + j]].reduce((a, b) => a + b, 0)));
    const n = (v - z * H[j]) / (1 - z);
    return z * n + (1 - z) * H[j];
  });
  if (same(yours, kept)) {
    throw new Wrong("Your z lets the new in and keeps 1 − z of the old, as some texts write it. Here z is what is " +
      "kept: (1 − z) n + z h.");
  }
  if (same(yours, reference.gruCell({ ...P, bh: bh.map(() => 0) }, X, H, form))) {
    throw new Wrong("The bias bh is missing. Every sum has both biases.");
  }
}

export const checks: readonly Check[] = [
  {
    name: "The form with the reset after the product, as PyTorch has it.",
    async run(exports) {
      const yours = await stepOf(exports, P, X, H, "after");
      tell(yours, "after");
      if (same(yours, reference.gruCell(P, X, H, "before"))) {
        throw new Wrong("For the form “after” yours resets the state before the product. Multiply first, then reset " +
          "the sum with its bias.");
      }
      const outside = reference.gruCell({ ...P, bx: P.bx.map((v, k) => (k < 4 ? v : v + P.bh[k])),
        bh: P.bh.map((v, k) => (k < 4 ? v : 0)) }, X, H, "after");
      if (same(yours, outside)) {
        throw new Wrong("In the form “after” the bias bh of the candidate stands outside of the reset. It belongs to " +
          "the sum that r multiplies.");
      }
      await expectClose(yours, reference.gruCell(P, X, H, "after"), { name: "the state", input: "form after" });
    },
  },
  {
    name: "The form with the reset before the product, as published first.",
    async run(exports) {
      const yours = await stepOf(exports, P, X, H, "before");
      tell(yours, "before");
      if (same(yours, reference.gruCell(P, X, H, "after"))) {
        throw new Wrong("For the form “before” yours resets the sum. Multiply each number of the state by its r " +
          "first, then take the product.");
      }
      await expectClose(yours, reference.gruCell(P, X, H, "before"), { name: "the state", input: "form before" });
    },
  },
  {
    name: "Both forms agree with nn.GRUCell.",
    async run(exports) {
      for (const form of ["after", "before"] as const) {
        const cell = new nn.GRUCell(3, 2, { resetAfter: form === "after" });
        cell.weight_ih.assign(tensor(P.Wx));
        cell.weight_hh.assign(tensor(P.Wh));
        cell.bias_ih!.assign(tensor(P.bx));
        cell.bias_hh!.assign(tensor(P.bh));
        await expectClose(await stepOf(exports, P, X, H, form), noGrad(() => cell.forward(tensor(X), tensor(H))),
          { name: "the state", input: `form ${form}` });
      }
    },
  },
  {
    name: "Other numbers.",
    run: (exports) => forAll((any) => any.record({ Wx: any.matrix(6, 1), Wh: any.matrix(6, 2), bx: any.vector(6),
      bh: any.vector(6), x: any.vector(1), h: any.vector(2, any.number(-1, 1)) }), async ({ x, h, ...p }) => {
      for (const form of ["after", "before"] as const) {
        await expectClose(await stepOf(exports, p, x, h, form), reference.gruCell(p, x, h, form),
          { name: "the state", input: write({ form, x, h }) });
      }
    }, { runs: 25 }),
  },
  {
    name: "Your unit keeps its state for fifty steps.",
    async run(exports) {
      for (const form of ["after", "before"] as const) {
        const p = functionOf(exports, "keeps")(form) as Cell;
        await expectShape(p.Wx, [3, 1], "Wx");
        await expectShape(p.Wh, [3, 1], "Wh");
        for (const start of [0.9, -0.5]) {
          for (const input of [1, -1]) {
            let h = [start];
            for (let t = 0; t < 50; t++) h = reference.gruCell(p, [input], h, form);
            if (!(Math.abs(h[0] - start) <= 0.01)) {
              throw new Wrong(`With the form “${form}” and input ${write(input)} a state of ${write(start)} is ` +
                `${write(h[0])} after fifty steps. Which gate has to be open, and how far?`);
            }
          }
        }
      }
    },
  },
];
