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

interface State { x: number[]; s: number[] }
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;

/** One step of the learner's; `x` and `s` must be there. */
async function step(exports: Exports, state: State, gradient: number[], options: object): Promise<State> {
  const found = await functionOf(exports, "rmspropStep")(state, gradient, options) as State | undefined;
  if (typeof found !== "object" || found === null || !("x" in found) || !("s" in found)) {
    throw new Wrong("rmspropStep should return an object with x and s.");
  }
  return { x: [...(await numbersOf(found.x, "x")).numbers], s: [...(await numbersOf(found.s, "s")).numbers] };
}

export const checks: readonly Check[] = [
  {
    name: "The average of squares.",
    async run(exports) {
      const { s: [s] } = await step(exports, { x: [0], s: [1] }, [3], { lr: 0.1, alpha: 0.75, eps: 0 });
      if (near(s, 0.75 + 9)) {
        throw new Wrong("s is 0.75 · 1 + 9 = 9.75: squares are added whole. An average takes the share 1 − alpha, " +
          "0.25, of the new one.");
      }
      if (near(s, 0.75 + 0.25 * 3)) {
        throw new Wrong("s averages gradients. It should average their squares: 0.75 · 1 + 0.25 · 9 = 3.");
      }
      if (near(s, 1 + 9)) {
        throw new Wrong("s is the sum of all squares, as in AdaGrad, whose steps die out. Let the old ones fade by " +
          "alpha.");
      }
      await expectClose(s, 3, { name: "s", input: "s 1, gradient 3, alpha 0.75" });
    },
  },
  {
    name: "The step divides by the usual size.",
    async run(exports) {
      const { x: [x] } = await step(exports, { x: [0], s: [1] }, [3], { lr: 0.1, alpha: 0.75, eps: 0 });
      if (near(x, -0.1 * 3 / 3)) {
        throw new Wrong(`You divided by s, 3. Its root, ${write(Math.sqrt(3))}, has the unit of a gradient.`);
      }
      if (near(x, -0.3)) {
        throw new Wrong("You divided by the root of the old s, 1. The newest square is counted before the step.");
      }
      if (x > 0) throw new Wrong(`You went from 0 to ${write(x)} though the gradient is 3: uphill. Subtract.`);
      await expectClose(x, -0.3 / Math.sqrt(3), { name: "x", input: "x 0, s 1, gradient 3, lr 0.1, alpha 0.75, eps " +
        "0" });
    },
  },
  {
    name: "A coordinate without any gradient stays where it is.",
    async run(exports) {
      const { x } = await step(exports, { x: [1, 1], s: [0, 0] }, [1, 0], { lr: 0.1, alpha: 0.99, eps: 1e-8 });
      if (Number.isNaN(x[1])) throw new Wrong("0 / 0: without eps below the line a gradient of 0 gives not a number.");
      await expectClose(x, [0, 1], { name: "x", input: "x [1, 1], s [0, 0], gradient [1, 0], lr 0.1, alpha 0.99",
        tolerance: 1e-4 });
    },
  },
  {
    name: "Where eps stands.",
    async run(exports) {
      const { x: [x] } = await step(exports, { x: [0], s: [4] }, [2], { lr: 1, alpha: 0.5, eps: 2 });
      if (near(x, -2 / Math.sqrt(6))) {
        throw new Wrong("eps is inside your root. PyTorch and this library add it outside: √s + eps.");
      }
      await expectClose(x, -0.5, { name: "x", input: "x 0, s 4, gradient 2, lr 1, alpha 0.5, eps 2" });
    },
  },
  {
    name: "Any state, any gradient: the same as the reference.",
    async run(exports) {
      const flat = (f: (...args: never[]) => unknown) => async (x: number[], s: number[], g: number[], lr: number,
        alpha: number): Promise<unknown> => {
        const next = await f({ x, s } as never, g as never, { lr, alpha, eps: 0.01 } as never) as State;
        return [next.x, next.s];
      };
      await compareWithReference(flat(functionOf(exports, "rmspropStep")), flat(reference.rmspropStep), (any) =>
        any.record({ x: any.vector(3), s: any.vector(3, any.number(0, 3)), gradient: any.vector(3),
          lr: any.number(0, 1),
          alpha: any.number(0, 1) }), { name: "[x, s]" });
    },
  },
  {
    name: "Five steps, the same as optim.RMSprop.",
    async run(exports) {
      let state: State = { x: [1, 1], s: [0, 0] };
      const places: number[][] = [], rates = [0.1, 0.1, 0.05, 0.05, 0.05];
      for (const [i, gradient] of GRADIENTS.entries()) {
        state = await step(exports, state, gradient, { lr: rates[i], alpha: 0.9, eps: 1e-8 });
        places.push(state.x);
      }
      await expectClose(places, library((p) => new optim.RMSprop(p, { alpha: 0.9 }), [1, 1], GRADIENTS, rates),
        { name: "the path", input: "alpha 0.9, lr 0.1, then 0.05", tolerance: 1e-4 });
    },
  },
];
