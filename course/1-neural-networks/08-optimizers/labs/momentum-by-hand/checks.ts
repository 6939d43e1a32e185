import { optim, tensor, type Tensor } from "gradus";
import { compareWithReference, expectClose, functionOf, numbersOf, Wrong, write, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

/** The same stream of gradients through the library's optimizer; the places after each step. */
function library(make: (parameters: Tensor[]) => Plain, start: readonly number[], gradients: readonly number[][],
  rates: readonly number[]): number[][] {
  const at = tensor([...start], { requiresGrad: true }), optimizer = make([at]);
  return gradients.map((gradient, i) => {
    optimizer.lr = rates[i];
    at.grad = tensor(gradient);
    optimizer.step();
    return at.arraySync() as number[];
  });
}
type Plain = Pick<optim.Optimizer<{ lr?: number }>, "lr" | "step">;
const GRADIENTS = [[2, 0.01], [-2, 0.01], [1.5, 0.02], [-1, 0], [2, 0.01]];

interface State { x: number[]; v: number[] }
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;

/** One step of the learner's; `x` and `v` must be there. */
async function step(exports: Exports, state: State, gradient: number[], options: object): Promise<State> {
  const found = await functionOf(exports, "momentumStep")(state, gradient, options) as State | undefined;
  if (typeof found !== "object" || found === null || !("x" in found) || !("v" in found)) {
    throw new Wrong("momentumStep should return an object with x and v.");
  }
  return { x: [...(await numbersOf(found.x, "x")).numbers], v: [...(await numbersOf(found.v, "v")).numbers] };
}
async function run(exports: Exports, rates: readonly number[], nesterov: boolean): Promise<number[][]> {
  let state: State = { x: [1, 1], v: [0, 0] };
  const places: number[][] = [];
  for (const [i, gradient] of GRADIENTS.entries()) {
    state = await step(exports, state, gradient, { lr: rates[i], beta: 0.9, nesterov });
    places.push(state.x);
  }
  return places;
}
const sgd = (rates: readonly number[], nesterov: boolean): number[][] =>
  library((p) => new optim.SGD(p, { momentum: 0.9, nesterov }), [1, 1], GRADIENTS, rates);

export const checks: readonly Check[] = [
  {
    name: "One step with a velocity from before.",
    async run(exports) {
      const start = { x: [1], v: [10] }, { x: [x], v: [v] } = await step(exports, start, [2],
        { lr: 0.1, beta: 0.9, nesterov: false });
      if (start.v[0] !== 10 || start.x[0] !== 1) {
        throw new Wrong("momentumStep changed the state it was given; return a new one.");
      }
      if (near(v, 9.2) && near(x, 1 - 9.2)) {
        throw new Wrong("Your velocity took the gradient times the rate. Here it holds gradients; the rate comes " +
          "with the move.");
      }
      if (near(v, 9.2)) {
        throw new Wrong("Your velocity is 0.9 · 10 + 0.1 · 2 = 9.2, an average. Here the gradient is added whole: 11.");
      }
      if (near(x, 1 + 0.1 * 11)) throw new Wrong(`You went from 1 to ${write(x)}, uphill. Subtract.`);
      if (near(x, 0)) {
        throw new Wrong("The point moved by the old velocity, 10. Make the new one first, then move by it.");
      }
      await expectClose([x, v], [-0.1, 11], { name: "[x, v]", input: "x 1, v 10, gradient 2, lr 0.1, beta 0.9" });
    },
  },
  {
    name: "Any state, any gradient: the same as the reference.",
    async run(exports) {
      const flat = (f: (...args: never[]) => unknown) => async (x: number[], v: number[], g: number[], lr: number,
        beta: number): Promise<unknown> => {
        const next = await f({ x, v } as never, g as never, { lr, beta, nesterov: false } as never) as State;
        return [next.x, next.v];
      };
      await compareWithReference(flat(functionOf(exports, "momentumStep")), flat(reference.momentumStep), (any) =>
        any.record({ x: any.vector(3), v: any.vector(3), gradient: any.vector(3), lr: any.number(0, 1),
          beta: any.number(0, 1) }), { name: "[x, v]" });
    },
  },
  {
    name: "Five steps, the same as optim.SGD.",
    async run(exports) {
      const rates = GRADIENTS.map(() => 0.1);
      await expectClose(await run(exports, rates, false), sgd(rates, false), { name: "the path", input: "lr 0.1, " +
        "beta 0.9" });
    },
  },
  {
    name: "The rate falls after two steps, still the same.",
    async run(exports) {
      const rates = [0.1, 0.1, 0.01, 0.01, 0.01];
      await expectClose(await run(exports, rates, false), sgd(rates, false),
        { name: "the path", input: "lr 0.1, then 0.01; beta 0.9" });
    },
  },
  {
    name: "Nesterov’s step, the same as optim.SGD with nesterov.",
    async run(exports) {
      const rates = GRADIENTS.map(() => 0.1), found = await run(exports, rates, true);
      if (sgd(rates, false).every((at, i) => at.every((v, k) => Math.abs(v - found[i][k]) < 1e-5))) {
        throw new Wrong("With nesterov the path is that of plain momentum. Move by gradient + beta · v with the " +
          "new v; with the old one that sum is the new velocity itself.");
      }
      await expectClose(found, sgd(rates, true), { name: "the path", input: "lr 0.1, beta 0.9, nesterov" });
    },
  },
];
