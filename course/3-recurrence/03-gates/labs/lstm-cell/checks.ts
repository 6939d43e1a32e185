import { nn, noGrad, RandomStream, tensor } from "gradus";
import { expectClose, expectShape, forAll, functionOf, numbersOf, Wrong, write, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Cell = reference.Cell;
interface Made { readonly h: readonly number[]; readonly c: readonly number[] }
const stream = new RandomStream(4);
const draw = (rows: number, columns: number): number[][] => Array.from({ length: rows }, () =>
  Array.from({ length: columns }, () => Math.round(100 * stream.normal()) / 100));
const P: Cell = { Wx: draw(8, 3), Wh: draw(8, 2), b: draw(1, 8)[0] };
const X = [0.5, -1, 0.8], H = [0.3, -0.2], C = [1.2, -0.7];
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i], 0);
const same = (a: readonly number[], b: readonly number[]): boolean => a.every((v, i) => Math.abs(v - b[i]) < 1e-6);

async function stepOf(exports: Exports, p: Cell, x: number[], h: number[], c: number[]): Promise<Made> {
  const made = await functionOf(exports, "lstmCell")(structuredClone(p), [...x], [...h], [...c]) as
    Partial<Record<"h" | "c", unknown>> | undefined;
  const parts = await Promise.all((["h", "c"] as const).map(async (key) => {
    if (made?.[key] === undefined) throw new Wrong(`lstmCell should return { h, c }; ${key} is missing.`);
    await expectShape(made[key], [h.length], key);
    return (await numbersOf(made[key], key)).numbers;
  }));
  return { h: parts[0], c: parts[1] };
}

export const checks: readonly Check[] = [
  {
    name: "One step of two units.",
    async run(exports) {
      const yours = await stepOf(exports, P, X, H, C), wanted = reference.lstmCell(P, X, H, C);
      const z = P.b.map((bias, k) => dot(P.Wx[k], X) + dot(P.Wh[k], H) + bias);
      const [i, f, g, o] = [0, 1, 2, 3].map((k) => z.slice(2 * k, 2 * k + 2));
      const cell = (inGate: number[], forget: number[], candidate: number[]): number[] => C.map((v, j) =>
        sigmoid(forget[j]) * v + sigmoid(inGate[j]) * Math.tanh(candidate[j]));
      if (same(yours.c, cell(f, i, g))) {
        throw new Wrong("Input and forget gate have changed places. In PyTorch's order the input gate's " +
          "rows come first.");
      }
      if (same(yours.c, cell(i, f, o))) {
        throw new Wrong("The candidate is taken from the last rows. The order is input, forget, candidate, output.");
      }
      if (same(yours.c, C.map((v, j) => (1 - sigmoid(f[j])) * v + sigmoid(i[j]) * Math.tanh(g[j])))) {
        throw new Wrong("Your forget gate erases when it is open. At 1 the cell is kept: multiply the old " +
          "cell by the gate.");
      }
      if (same(yours.c, C.map((v, j) => sigmoid(f[j]) * v + sigmoid(i[j]) * sigmoid(g[j])))) {
        throw new Wrong("The candidate goes through a sigmoid, so nothing negative could be added. It takes tanh.");
      }
      if (same(yours.c, wanted.c) && same(yours.h, C.map((v, j) => sigmoid(o[j]) * Math.tanh(v)))) {
        throw new Wrong("h is read off the old cell. What was just written should show at once: use the new one.");
      }
      if (same(yours.c, wanted.c) && same(yours.h, wanted.c.map((v, j) => sigmoid(o[j]) * v))) {
        throw new Wrong("h lacks the tanh of the cell. The cell has no bounds, the hidden state is kept " +
          "between −1 and 1.");
      }
      await expectClose(yours.c, wanted.c, { name: "the cell" });
      await expectClose(yours.h, wanted.h, { name: "the hidden state" });
    },
  },
  {
    name: "The same as nn.LSTMCell.",
    async run(exports) {
      const library = new nn.LSTMCell(3, 2);
      library.weight_ih.assign(tensor(P.Wx));
      library.weight_hh.assign(tensor(P.Wh));
      library.bias_ih!.assign(tensor(P.b));
      library.bias_hh!.assign(nn.init.zeros([8]));
      const [h, c] = noGrad(() => library.forward(tensor(X), [tensor(H), tensor(C)]));
      const yours = await stepOf(exports, P, X, H, C);
      await expectClose(yours.h, h, { name: "the hidden state", input: "the cell of the first check" });
      await expectClose(yours.c, c, { name: "the cell", input: "the cell of the first check" });
    },
  },
  {
    name: "Other sizes and numbers.",
    run: (exports) => forAll((any) => any.record({ Wx: any.matrix(4, 1), Wh: any.matrix(4, 1), b: any.vector(4),
      x: any.vector(1), h: any.vector(1, any.number(-1, 1)), c: any.vector(1) }), async ({ x, h, c, ...p }) => {
      const yours = await stepOf(exports, p, x, h, c), wanted = reference.lstmCell(p, x, h, c);
      await expectClose(yours.c, wanted.c, { name: "the cell", input: write({ x, h, c }) });
      await expectClose(yours.h, wanted.h, { name: "the hidden state", input: write({ x, h, c }) });
    }, { runs: 30 }),
  },
  {
    name: "Your memory writes when it is told, and holds for a hundred steps.",
    async run(exports) {
      const p = functionOf(exports, "memory")() as Cell;
      await expectShape(p.Wx, [4, 2], "Wx");
      await expectShape(p.Wh, [4, 1], "Wh");
      await expectShape(p.b, [4], "b");
      const run = (inputs: readonly (readonly [number, number])[]): number => {
        let state: { h: number[]; c: number[] } = { h: [0], c: [0] };
        for (const input of inputs) state = reference.lstmCell(p, [...input], state.h, state.c);
        return state.h[0];
      };
      const wait = (value: number): (readonly [number, number])[] => Array.from({ length: 100 }, () => [value, 0]);
      for (const value of [1, -1]) {
        const now = run([[value, 1]]);
        if (!(Math.sign(now) === value && Math.abs(now) >= 0.5)) {
          throw new Wrong(`Right after writing ${write(value)} h is ${write(now)}: it should have that sign and be ` +
            "0.5 or more in size. Are the input gate and the output gate open then?");
        }
        const later = run([[value, 1], ...wait(0)]);
        if (!(Math.sign(later) === value && Math.abs(later) >= 0.5)) {
          throw new Wrong(`A hundred quiet steps after writing ${write(value)} h is ${write(later)}: it has faded. ` +
            "How open must the forget gate be for its hundredth power to be near 1?");
        }
        const disturbed = run([[value, 1], ...wait(-value)]);
        if (!(Math.sign(disturbed) === value && Math.abs(disturbed) >= 0.5)) {
          throw new Wrong(`${write(value)} was written, then the value said ${write(-value)} with write at 0, and h ` +
            `is ${write(disturbed)}. The input gate has to be shut unless write is 1.`);
        }
        const turned = run([[value, 1], [value, 1], [value, 1], [value, 1], [-value, 1], ...wait(0)]);
        if (!(Math.sign(turned) === -value && Math.abs(turned) >= 0.5)) {
          throw new Wrong(`${write(value)} was written four times, then ${write(-value)} once: h is ` +
            `${write(turned)}. While writing, the old cell has to be let go: shut the forget gate.`);
        }
      }
    },
  },
];
