import { nn, noGrad, tensor } from "gradus";
import { compareWithReference, expectClose, expectShape, functionOf, numbersOf, Wrong, write, type Check }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Cell = reference.Cell;
const P: Cell = { Wx: [[1, -0.5], [0.3, 0.8]], Wh: [[0.6, -0.4], [0.9, 0.2]], b: [0.1, -0.2] };
const X = [0.5, -1], H = [0.3, -0.6];
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i], 0);
const transposed = (m: number[][]): number[][] => m[0].map((_, j) => m.map((row) => row[j]));
const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((v, i) => Math.abs(v - b[i]) < 1e-9);

export const checks: readonly Check[] = [
  {
    name: "One step of a cell with two units.",
    async run(exports) {
      const yours = await numbersOf(functionOf(exports, "cell")(P, [...X], [...H]), "the state");
      await expectShape(yours.numbers, [2], "the state");
      const slip = (p: Cell): number[] => p.b.map((bias, i) => dot(p.Wx[i], X) + dot(p.Wh[i], H) + bias);
      const near = (numbers: readonly number[]): boolean => same(yours.numbers, numbers);
      if (near(slip(P))) {
        throw new Wrong(`Your state is ${write(yours.numbers)}: the sums themselves. Apply tanh to each, so that the ` +
          "state stays between −1 and 1.");
      }
      if (near(slip({ ...P, b: [0, 0] }).map(Math.tanh))) throw new Wrong("The bias is missing from both sums.");
      if (near(slip({ ...P, Wx: P.Wh, Wh: P.Wx }).map(Math.tanh))) {
        throw new Wrong("Wx and Wh have changed places: Wx belongs to the input x, Wh to the state h.");
      }
      if (near(slip({ ...P, Wh: transposed(P.Wh) }).map(Math.tanh))) {
        throw new Wrong("Wh is read by columns. Row i of Wh holds the weights that lead to unit i.");
      }
      await expectClose(yours.numbers, reference.cell(P, X, H), { name: "the state", tolerance: 1e-5 });
    },
  },
  {
    name: "The cell agrees with the reference and with nn.RNNCell.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "cell"), (p: Cell, x: number[], h: number[]) =>
        reference.cell(p, x, h), (any) => any.record({ p: any.record({ Wx: any.matrix(3, 2), Wh: any.matrix(3, 3),
        b: any.vector(3) }), x: any.vector(2), h: any.vector(3, any.number(-1, 1)) }), { name: "the state", runs: 30 });
      const library = new nn.RNNCell(2, 2);
      library.weight_ih.assign(tensor(P.Wx));
      library.weight_hh.assign(tensor(P.Wh));
      library.bias_ih!.assign(tensor(P.b));
      library.bias_hh!.assign(tensor([0, 0]));
      await expectClose(functionOf(exports, "cell")(P, X, H), noGrad(() => library.forward(tensor(X), tensor(H))),
        { name: "the state", input: "the cell of the first check, by nn.RNNCell" });
    },
  },
  {
    name: "A sequence of three inputs gives three states.",
    async run(exports) {
      const xs = [[1, 0], [0, 0], [0.5, -1]], start = [0.2, -0.3], given = [...start];
      const made = functionOf(exports, "states")(P, structuredClone(xs), given);
      const { shape, numbers } = await numbersOf(made, "the states");
      if (!same(given, start)) throw new Wrong("h0 was changed. The caller may need it again; work on a copy.");
      const wanted = reference.states(P, xs, start);
      if (shape.length === 1 && same(numbers, wanted[2])) {
        throw new Wrong("Only the last state came back. Return a list with the state after each of the three steps.");
      }
      if (shape[0] === 4) {
        throw new Wrong("There are four states for three inputs: h0 is among them. Return those after each step.");
      }
      if (same(numbers, xs.flatMap((x) => reference.cell(P, x, start)))) {
        throw new Wrong("Every step begins with h0. Each has to begin with the state before it; otherwise nothing is " +
          "remembered.");
      }
      await expectClose(numbers, wanted.flat(), { name: "the states", input: write(xs) });
    },
  },
  {
    name: "Sequences of any length, one cell.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "states"), (p: Cell, xs: number[][], h0: number[]) =>
        reference.states(p, xs, h0), (any) => any.record({ p: any.record({ Wx: any.matrix(2, 1), Wh: any.matrix(2, 2),
        b: any.vector(2) }), xs: any.list(any.vector(1), 1, 9), h0: any.vector(2, any.number(-1, 1)) }),
        { name: "the states", runs: 30 });
    },
  },
  {
    name: "Your latch remembers the last push through thirty steps of silence.",
    async run(exports) {
      const p = functionOf(exports, "latch")() as Cell;
      await expectShape(p.Wx, [1, 1], "Wx");
      await expectShape(p.Wh, [1, 1], "Wh");
      await expectShape(p.b, [1], "b");
      const silence = Array.from({ length: 30 }, () => 0);
      const after = (pushes: readonly number[]): number =>
        reference.states(p, pushes.flatMap((push) => [push, ...silence]).map((x) => [x]), [0]).at(-1)![0];
      for (const push of [1, -1]) {
        const h = after([push]);
        if (Math.sign(h) === push && Math.abs(h) < 0.5) {
          throw new Wrong(`Thirty steps after a push of ${write(push)} the state is ${write(h)}: it has faded. ` +
            "Without input the state goes from h to tanh(w h); for which w does that have a place to stay?");
        }
        if (Math.sign(h) !== push) {
          throw new Wrong(`Thirty steps after a push of ${write(push)} the state is ${write(h)}: the wrong side. Is ` +
            "a weight negative, or the bias so large that one side wins?");
        }
      }
      for (const [first, second] of [[1, -1], [-1, 1]]) {
        const h = after([first, second]);
        if (Math.sign(h) !== second) {
          throw new Wrong(`After a push of ${write(first)}, silence, and one of ${write(second)} the state is ` +
            `${write(h)}: the second push did not turn it around. It has to outweigh the recurrent weight.`);
        }
      }
    },
  },
];
