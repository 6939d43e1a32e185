import { F, tensor, type Tensor } from "gradus";
import { checkGradient, functionOf, numbersOf, Wrong, write, type Check, type Exports } from "@gradus/lessons/grade";

const POINTS = [-2.3, -0.7, 0.4, 1.1, 2.6];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const bell = (x: number): number => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
/** The share below x from the bell, by Simpson's rule: no error function but the definition. */
function share(x: number): number {
  const parts = 200, h = x / parts;
  let sum = 0;
  for (let i = 0; i <= parts; i++) sum += bell(i * h) * (i === 0 || i === parts ? 1 : i % 2 === 1 ? 4 : 2);
  return 0.5 + sum * h / 3;
}
interface Slip { readonly is: (x: number) => number; readonly say: string }
interface Task { readonly name: string; readonly formula: string; readonly f: (x: number) => number;
  readonly engine: (x: Tensor) => Tensor; readonly slips: readonly Slip[] }

const TASKS: readonly Task[] = [
  { name: "sigmoidGradient", formula: "the sigmoid", f: sigmoid, engine: (x) => x.sigmoid(), slips: [
    { is: sigmoid, say: "That is the sigmoid itself. Its slope at 0 is 0.25, not 0.5." },
    { is: (x) => -sigmoid(x) * (1 - sigmoid(x)), say: "The sigmoid rises everywhere, so its slope is positive." },
    { is: (x) => x * (1 - x), say: "s (1 − s) takes the value of the sigmoid, s, not x." },
  ] },
  { name: "tanhGradient", formula: "tanh", f: Math.tanh, engine: (x) => x.tanh(), slips: [
    { is: (x) => 1 - Math.tanh(x), say: "At 0 you are right; elsewhere the square is missing: 1 − tanh²." },
    { is: (x) => Math.tanh(x) * (1 - Math.tanh(x)), say: "t (1 − t) is the sigmoid’s pattern. At 0 it gives 0, where " +
      "tanh is steepest." },
  ] },
  { name: "siluGradient", formula: "SiLU", f: (x) => x * sigmoid(x), engine: (x) => F.silu(x), slips: [
    { is: (x) => sigmoid(x) * (1 - sigmoid(x)), say: "You multiplied the slopes of the two factors. In a product " +
      "each " +
      "factor waits while the other moves." },
    { is: sigmoid, say: "Half of it: sigmoid(x) is the slope while the second factor waits. Add the slope while x " +
      "waits." },
  ] },
  { name: "geluGradient", formula: "GELU", f: (x) => x * share(x), engine: (x) => F.gelu(x), slips: [
    { is: share, say: "Half of it: share(x) is the slope while the share waits. Add x · bell(x)." },
    { is: bell, say: "You multiplied the slopes of the two factors, 1 and the bell. Each factor waits while the " +
      "other " +
      "moves." },
    { is: (x) => share(x) + bell(x), say: "While x waits it is still a factor: x · bell(x)." },
  ] },
];
async function valueOf(exports: Exports, name: string, x: number): Promise<number> {
  return (await numbersOf(functionOf(exports, name)(x), name)).numbers[0];
}

export const checks: readonly Check[] = [
  ...TASKS.map(({ name, formula, f, slips }): Check => ({
    name: `The slope of ${formula}, against central differences.`,
    async run(exports) {
      const values: number[] = [];
      for (const x of POINTS) values.push(await valueOf(exports, name, x));
      for (const { is, say } of slips) {
        if (POINTS.every((x, i) => Math.abs(is(x) - values[i]) < 1e-5)) throw new Wrong(say);
      }
      for (const [i, x] of POINTS.entries()) {
        await checkGradient(([at]) => f(at), [values[i]], [x], { name: `the slope of ${formula}` });
      }
    },
  })),
  {
    name: "Far from zero, the same as the library.",
    async run(exports) {
      for (const { name, formula, engine } of TASKS) {
        for (const at of [-1000, -30, 30, 1000]) {
          const x = tensor([at], { requiresGrad: true }), found = await valueOf(exports, name, at);
          engine(x).sum().backward();
          const [wanted] = await x.grad!.data();
          if (Number.isNaN(found)) {
            throw new Wrong(`At ${write(at)} the slope of ${formula} is ${write(wanted)}; yours is not a number. ` +
              `Somewhere ` +
              "an infinity meets another: exp(1000) is too large for a number. Write it with the sigmoid’s own value.");
          }
          if (Math.abs(found - wanted) > 1e-5) {
            throw new Wrong(`At ${write(at)} the slope of ${formula} is ${write(wanted)}; yours is ${write(found)}.`);
          }
        }
      }
    },
  },
];
