import { forAll, functionOf, Wrong, write, type Check } from "@gradus/lessons/grade";

interface Network { readonly w1: readonly (readonly number[])[]; readonly b1: readonly number[];
readonly w2: readonly number[]; readonly b2: number }
function networkOf(value: unknown, name: string, inputs: number, most: number): Network {
  const net = value as Partial<Network> | null | undefined;
  const { w1, b1, w2, b2 } = net ?? {};
  if (!Array.isArray(w1) || !Array.isArray(b1) || !Array.isArray(w2) || typeof b2 !== "number") {
    throw new Wrong(`${name} should be an object with the lists w1, b1, w2 and the number b2.`);
  }
  if (w1.length !== b1.length || w1.length !== w2.length) {
    throw new Wrong(`${name} has ${w1.length} rows in w1, ${b1.length} numbers in b1 and ${w2.length} in w2; each ` +
      "hidden unit has one of each.");
  }
  if (w1.length > most) throw new Wrong(`${name} has ${w1.length} hidden units; ${most} are allowed, and enough.`);
  if (w1.some((row) => !Array.isArray(row) || row.length !== inputs)) {
    throw new Wrong(`A row of w1 of ${name} should have ${inputs} ${inputs === 1 ? "number" : "numbers"}, one for ` +
      "each input.");
  }
  return net as Network;
}
const run = ({ w1, b1, w2, b2 }: Network, x: readonly number[]): number => w1.reduce((sum, row, j) =>
  sum + w2[j] * Math.max(0, row.reduce((s, w, i) => s + w * x[i], b1[j])), b2);

function gate(name: string, inputs: number, hidden: number): Check {
  return {
    name: `${name} is right for all ${2 ** inputs} inputs.`,
    run(exports) {
      const net = networkOf(exports[name], name, inputs, hidden);
      for (let i = 0; i < 2 ** inputs; i++) {
        const x = Array.from({ length: inputs }, (_, k) => (i >> (inputs - 1 - k)) & 1);
        const target = x.reduce((a, b) => a ^ b), found = run(net, x);
        if (Math.abs(found - target) < 1e-9) continue;
        const sums = net.w1.map((row, j) => row.reduce((s, w, k) => s + w * x[k], net.b1[j]));
        throw new Wrong(`${name} of ${x.join(" ")} should be ${target}; yours gives ${write(found)}. The hidden sums ` +
          `are ${write(sums)}; what is below zero becomes 0.`);
      }
    },
  };
}

export const checks: readonly Check[] = [
  gate("xor", 2, 2),
  gate("parity", 3, 3),
  {
    name: "A tent stands where it should.",
    async run(exports) {
      const tent = functionOf(exports, "tent");
      await forAll((any) => any.record({ a: any.number(-2, 0), rise: any.number(0.2, 2), fall: any.number(0.2, 2),
        height: any.number(-2, 2) }), async ({ a, rise, fall, height }) => {
        const b = a + rise, c = b + fall, net = networkOf(await tent(a, b, c, height), "tent", 1, 8);
        const what = `with a = ${write(a)}, b = ${write(b)}, c = ${write(c)}, height ${write(height)}`;
        const at = (x: number, expected: number, where: string, why = ""): void => {
          const found = run(net, [x]);
          if (Math.abs(found - expected) > 1e-6) {
            throw new Wrong(`The tent ${what} is ${write(found)} ${where}; it should be ${write(expected)}.${why}`);
          }
        };
        at(a - 1, 0, "left of a");
        at(b, height, "at b");
        at((a + b) / 2, height / 2, "halfway up");
        at((b + c) / 2, height / 2, "halfway down", " At b the slope changes from up to down: by both together.");
        at(c, 0, "at c");
        at(c + 3, 0, "right of c", " A third bend, at c, has to make the line flat again.");
      });
    },
  },
];
