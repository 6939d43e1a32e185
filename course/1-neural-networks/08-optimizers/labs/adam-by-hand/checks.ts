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

interface State { x: number[]; m: number[]; v: number[]; t: number }
const USUAL = { lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8 };
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-5;

/** One step of the learner's; all four parts must be there. */
async function step(exports: Exports, state: State, gradient: number[], options: object): Promise<State> {
  const found = await functionOf(exports, "adamStep")(state, gradient, options) as State | undefined;
  if (typeof found !== "object" || found === null) {
    throw new Wrong("adamStep should return an object with x, m, v and t.");
  }
  const list = async (name: "x" | "m" | "v"): Promise<number[]> => {
    if (!(name in found)) throw new Wrong(`adamStep should return an object with x, m, v and t; ${name} is missing.`);
    return [...(await numbersOf(found[name], name)).numbers];
  };
  return { x: await list("x"), m: await list("m"), v: await list("v"),
    t: (await numbersOf(found.t, "t")).numbers[0] };
}
const fresh = (): State => ({ x: [0], m: [0], v: [0], t: 0 });

export const checks: readonly Check[] = [
  {
    name: "The averages after one step.",
    async run(exports) {
      const { m: [m], v: [v], t } = await step(exports, fresh(), [4], USUAL);
      if (t !== 1) throw new Wrong(`After the first step t is ${write(t)}; it counts steps, so it should be 1.`);
      if (near(m, 4) && near(v, 16)) {
        throw new Wrong("m is 4 and v 16: you kept the corrected averages. Keep m = 0.4 and v = 0.016, and correct " +
          "copies.");
      }
      await expectClose([m, v], [0.4, 0.016], { name: "[m, v]", input: "zeros, gradient 4, betas 0.9 and 0.999" });
    },
  },
  {
    name: "The first step has the length of the rate, however large the gradient.",
    async run(exports) {
      for (const gradient of [4, 0.01]) {
        const { x: [x] } = await step(exports, fresh(), [gradient], USUAL);
        if (near(x, -0.1 * 0.1 / Math.sqrt(0.001))) {
          throw new Wrong(`The first step is ${write(x)}, more than three times the rate: the averages still lean ` +
            `towards ` +
            "the zeros they began with. Divide them by 1 − beta to the power t.");
        }
        if (gradient === 4 && x > 0) throw new Wrong(`You went to ${write(x)}, uphill. Subtract.`);
        if (gradient === 4 && near(x, -0.1 * 4 / 16)) {
          throw new Wrong("You divided by v̂ = 16. Its root, 4, has the unit of a gradient.");
        }
        await expectClose(x, -0.1, { name: "x", input: `x 0, gradient ${write(gradient)}, lr 0.1`, tolerance: 1e-4 });
      }
    },
  },
  {
    name: "The second step corrects less than the first.",
    async run(exports) {
      const after = await step(exports, fresh(), [4], USUAL), { x: [x] } = await step(exports, after, [4], USUAL);
      const late = reference.adamStep({ ...after, t: 0 }, [4], USUAL).x[0];
      if (Number.isFinite(x) && near(x, late)) {
        throw new Wrong(`The second step goes to ${write(x)} as if it were the first: the powers of beta do not ` +
          `change. ` +
          "Raise them to t.");
      }
      await expectClose(x, -0.2, { name: "x", input: "two gradients of 4, lr 0.1", tolerance: 1e-4 });
    },
  },
  {
    name: "Where eps stands.",
    async run(exports) {
      const { x: [x] } = await step(exports, fresh(), [2], { ...USUAL, lr: 1, eps: 2 });
      if (near(x, -2 / Math.sqrt(6))) throw new Wrong("eps is inside your root. Add it outside: √v̂ + eps.");
      await expectClose(x, -0.5, { name: "x", input: "x 0, gradient 2, lr 1, eps 2" });
    },
  },
  {
    name: "Any state, any gradient: the same as the reference.",
    async run(exports) {
      const flat = (f: (...args: never[]) => unknown) => async (x: number[], m: number[], v: number[], g: number[],
        t: number): Promise<unknown> => {
        const next = await f({ x, m, v, t } as never, g as never,
          { lr: 0.1, beta1: 0.8, beta2: 0.9, eps: 0.01 } as never) as State;
        return [next.x, next.m, next.v];
      };
      await compareWithReference(flat(functionOf(exports, "adamStep")), flat(reference.adamStep), (any) =>
        any.record({ x: any.vector(2), m: any.vector(2), v: any.vector(2, any.number(0, 3)), gradient: any.vector(2),
          t: any.integer(0, 20) }), { name: "[x, m, v]" });
    },
  },
  {
    name: "Five steps, the same as optim.Adam.",
    async run(exports) {
      let state: State = { x: [1, 1], m: [0, 0], v: [0, 0], t: 0 };
      const places: number[][] = [], rates = [0.1, 0.1, 0.05, 0.05, 0.05];
      for (const [i, gradient] of GRADIENTS.entries()) {
        state = await step(exports, state, gradient, { ...USUAL, lr: rates[i] });
        places.push(state.x);
      }
      await expectClose(places, library((p) => new optim.Adam(p), [1, 1], GRADIENTS, rates),
        { name: "the path", input: "lr 0.1, then 0.05", tolerance: 1e-4 });
    },
  },
];
