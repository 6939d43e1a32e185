import { manualSeed, noGrad, randn, type Tensor } from "gradus";
import { Mamba } from "gradus/models";
import {
  compareWithReference, expectClose, functionOf, numbersOf, Wrong, write, type Check, type Exports,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Weights = reference.Weights;
type Rows = number[][];
interface Made { readonly y: unknown; readonly past: unknown; readonly state: unknown }

async function stepOf(exports: Exports, w: Weights, x: number[], past: Rows, state: Rows): Promise<Made> {
  const made = await functionOf(exports, "step")(w, x, past, state) as Partial<Made> | null | undefined;
  if (typeof made !== "object" || made === null || !("y" in made) || !("past" in made) || !("state" in made)) {
    throw new Wrong("step should return an object with y, past and state.");
  }
  return { y: made.y, past: made.past, state: made.state };
}
/** One channel each way, one state, two taps: every number can be followed. */
const SMALL: Weights = {
  in_proj: [[1], [2]], conv_weight: [[0.5, 1]], conv_bias: [0], x_proj: [[0], [1], [2]], dt_weight: [[1]], dt_bias: [0],
  A_log: [[0]], D: [3], out_proj: [[1]],
};
const small = (change: Partial<Weights> = {}): Weights => structuredClone({ ...SMALL, ...change });
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;
const first = async (value: unknown): Promise<number> => (await numbersOf(value)).numbers[0];

/** The library's block and its weights as lists. */
async function library(width: number, state: number): Promise<{ weights: Weights; forward: (x: Tensor) => Tensor }> {
  manualSeed(11);
  const [{ mixer }] = new Mamba({ vocabulary: 8, width, layers: 1, state }).backbone.layers;
  const rows = async (x: Tensor): Promise<Rows> => await x.array() as Rows;
  const list = async (x: Tensor): Promise<number[]> => await x.array() as number[];
  return { forward: (x) => noGrad(() => mixer.forward(x)), weights: {
    in_proj: await rows(mixer.in_proj.weight), conv_weight: await rows(mixer.conv1d.weight.squeeze(1)),
    conv_bias: await list(mixer.conv1d.bias!), x_proj: await rows(mixer.x_proj.weight),
    dt_weight: await rows(mixer.dt_proj.weight), dt_bias: await list(mixer.dt_proj.bias!),
    A_log: await rows(mixer.A_log), D: await list(mixer.D), out_proj: await rows(mixer.out_proj.weight),
  } };
}

export const checks: readonly Check[] = [
  {
    name: "SiLU and softplus.",
    async run(exports) {
      const silu = functionOf(exports, "silu"), softplus = functionOf(exports, "softplus");
      if (near(await first(silu(2)), 1 / (1 + Math.exp(-2)))) {
        throw new Wrong("silu(2) is 0.880797, which is the sigmoid of 2. SiLU is x times that: 1.76159.");
      }
      const large = await first(softplus(1000));
      if (large === Infinity) {
        throw new Wrong("softplus(1000) overflows to infinity; it is 1000. For x above zero use x + ln(1 + e^−x).");
      }
      await expectClose([await first(silu(2)), await first(silu(-1)), await first(softplus(0)), large],
        [reference.silu(2), reference.silu(-1), Math.LN2, 1000], { name: "silu(2), silu(−1), softplus(0), " +
          "softplus(1000)" });
      await compareWithReference(softplus, reference.softplus, (any) => any.record({ x: any.number(-20, 20) }),
        { name: "softplus" });
    },
  },
  {
    name: "One channel, one state: a first token.",
    async run(exports) {
      const made = await stepOf(exports, small(), [1], [[0]], [[0]]), y = await first(made.y);
      const h = reference.silu(1), state = Math.LN2 * h * h, gate = reference.silu(2);
      const input = "in_proj [[1], [2]], taps [0.5, 1], x_proj [[0], [1], [2]], dt_weight 1, A_log 0, D 3, x 1, " +
        "zeros before";
      const swapped = reference.step(small({ in_proj: [[2], [1]] }), [1], [[0]], [[0]]);
      if (near(y, swapped.y[0])) {
        throw new Wrong("The halves of in_proj are exchanged: the first E numbers go through convolution and " +
          "state, the " +
          "last E are the gate.");
      }
      const backwards = reference.step(small({ conv_weight: [[1, 0.5]] }), [1], [[0]], [[0]]);
      if (near(y, backwards.y[0])) {
        throw new Wrong("The taps are read backwards: the last tap, 1 here, belongs to the newest input.");
      }
      if (near(y, 2 * h * state + 3 * h)) {
        throw new Wrong("Your y is " + write(y) + ", what the state space gives without the gate. Multiply by " +
          "silu(2).");
      }
      if (near(y, (2 * h * state + 3 * h) * 2)) {
        throw new Wrong("Your y is " + write(y) + ": the gate enters without its SiLU.");
      }
      if (near(y, 2 * h * state * gate)) {
        throw new Wrong("Your y is " + write(y) + ": D times the input of the state space is missing beside what " +
          "C reads.");
      }
      if (near(await first(made.state), Math.LN2 * 2 * h * h)) {
        throw new Wrong("Your state is twice what it should be, and C half: B and C are exchanged. After the R " +
          "numbers " +
          "of the step comes B, then C.");
      }
      await expectClose(made.state, [[state]], { name: "the state", input });
      await expectClose(y, (2 * h * state + 3 * h) * gate, { name: "y", input });
    },
  },
  {
    name: "The memory moves on.",
    async run(exports) {
      const w = small({ conv_weight: [[0, 0, 1]], x_proj: [[0], [0], [0]] });
      const made = await stepOf(exports, w, [5], [[3, 4]], [[8]]), input = "past [[3, 4]], x 5, state [[8]], B " +
        "and C zero";
      const { numbers } = await numbersOf(made.past, "past");
      if (String([...numbers]) === "3,4") {
        throw new Wrong("From the past [3, 4] and the new 5 you keep [3, 4]. Append the new input and drop the " +
          "oldest: " +
          "[4, 5].");
      }
      await expectClose(made.past, [[4, 5]], { name: "past", input });
      if (near(await first(made.state), 16)) {
        throw new Wrong("Your state grows instead of fading, from 8 to 16: A is minus e to the A_log.");
      }
      await expectClose(made.state, [[4]], { name: "the state", input: `${input}; Δ is ln 2, so half is left` });
      const past = [[1, 2]], state = [[8]];
      await stepOf(exports, w, [5], past, state);
      if (state[0][0] !== 8) throw new Wrong("step changed the state it was given; make a new list.");
      if (String(past) !== "1,2") throw new Wrong("step changed the past it was given; make a new list.");
    },
  },
  {
    name: "Token by token it says what the library’s block says at once.",
    async run(exports) {
      for (const [width, states] of [[4, 3], [20, 2]]) {
        const { weights, forward } = await library(width, states), x = randn([1, 6, width]);
        const expected = (await forward(x).array() as number[][][])[0], rows = (await x.array() as number[][][])[0];
        const [inner, taps] = [weights.D.length, weights.conv_weight[0].length];
        let past: unknown = Array.from({ length: inner }, () => new Array<number>(taps - 1).fill(0));
        let state: unknown = Array.from({ length: inner }, () => new Array<number>(states).fill(0));
        const plain = async (value: unknown, columns: number): Promise<Rows> => {
          const { numbers } = await numbersOf(value);
          return Array.from({ length: inner }, (_, e) => [...numbers.slice(e * columns, (e + 1) * columns)]);
        };
        for (const [t, row] of rows.entries()) {
          const made = await stepOf(exports, weights, row, await plain(past, taps - 1), await plain(state, states));
          await expectClose(made.y, expected[t], { name: `y of token ${t + 1}`, tolerance: 1e-4,
            input: `a block of width ${width} with ${states} states, random tokens` });
          ({ past, state } = made);
        }
      }
    },
  },
];
