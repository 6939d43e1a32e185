import { forAll, functionOf, numbersOf, Wrong, write, type Check, type Exports } from "@gradus/lessons/grade";

interface Unit { readonly weights: readonly number[]; readonly threshold: number }
interface Network { readonly hidden: readonly Unit[]; readonly output: Unit }

const bits = (row: number, n: number): number[] => Array.from({ length: n }, (_, i) => (row >> (n - 1 - i)) & 1);
const answer = ({ weights, threshold }: Unit, x: readonly number[]): number =>
  (weights.reduce((sum, w, i) => sum + w * x[i], 0) >= threshold ? 1 : 0);
const between = ({ hidden }: Network, x: readonly number[]): number[] => hidden.map((unit) => answer(unit, x));
const result = (net: Network, x: readonly number[]): number => answer(net.output, between(net, x));

function unitOf(value: unknown, name: string, inputs: number): Unit {
  const unit = value as Partial<Unit> | null | undefined;
  if (typeof unit !== "object" || unit === null || !Array.isArray(unit.weights) || typeof unit.threshold !== "number") {
    throw new Wrong(`${name} should be an object with weights (a list) and threshold (a number).`);
  }
  if (unit.weights.length !== inputs) {
    throw new Wrong(`${name} has ${unit.weights.length} weights; it sees ${inputs} ` +
      `${inputs === 1 ? "number" : "numbers"}.`);
  }
  return unit as Unit;
}
function networkOf(value: unknown, name: string, inputs: number): Network {
  const net = value as { readonly hidden?: unknown; readonly output?: unknown } | null | undefined;
  if (typeof net !== "object" || net === null || !Array.isArray(net.hidden)) {
    throw new Wrong(`${name} should be an object with hidden (a list of units) and output (a unit).`);
  }
  const hidden = net.hidden.map((unit, i) => unitOf(unit, `hidden unit ${i + 1} of ${name}`, inputs));
  return { hidden, output: unitOf(net.output, `the output of ${name}`, hidden.length) };
}
/** Fails at the first row that the network answers otherwise. */
function agree(net: Network, table: readonly number[], name: string): void {
  const n = Math.log2(table.length);
  for (const [row, wanted] of table.entries()) {
    const x = bits(row, n), found = result(net, x);
    if (found !== wanted) {
      throw new Wrong(`${name} should answer ${wanted} for ${x.join("")}; it answers ${found}. The hidden units give ` +
        `${write(between(net, x))}.`);
    }
  }
}
const parityOf = (n: number): number[] => Array.from({ length: 2 ** n }, (_, row) =>
  bits(row, n).reduce((a, b) => a ^ b, 0));

export const checks: readonly Check[] = [
  {
    name: "xor is right for all four inputs, with two hidden units.",
    run(exports: Exports) {
      const net = networkOf(exports.xor, "xor", 2);
      if (net.hidden.length !== 2) throw new Wrong(`xor has ${net.hidden.length} hidden units; it should have 2.`);
      agree(net, [0, 1, 1, 0], "xor");
    },
  },
  {
    name: "run sends an input through both layers.",
    async run(exports) {
      const run = functionOf(exports, "run");
      await forAll((any) => {
        const unit = (inputs: number): ReturnType<typeof any.record<Unit>> => any.record({
          weights: any.vector(inputs, any.integer(-2, 2)), threshold: any.integer(-2, 3) });
        return any.record({ hidden: any.list(unit(3), 2, 2), output: unit(2), x: any.vector(3, any.choice(0, 1)) });
      }, async ({ hidden, output, x }) => {
        const net = { hidden, output }, wanted = result(net, x);
        const { numbers: [found] } = await numbersOf(await run(structuredClone(net), [...x]), "run");
        if (found === wanted) return;
        const sum = output.weights.reduce((s, w, i) => s + w * between(net, x)[i], 0);
        throw new Wrong(`With ${write(net)} and input ${write(x)} the hidden units answer ${write(between(net, x))}; ` +
          `the output’s sum is ${write(sum)} and its threshold ${write(output.threshold)}, so run should give ` +
          `${wanted}. It gives ${write(found)}.`);
      }, { runs: 150 });
    },
  },
  {
    name: "rowUnit is on for its row only.",
    async run(exports) {
      const rowUnit = functionOf(exports, "rowUnit");
      for (const n of [1, 2, 3, 4]) {
        for (let row = 0; row < 2 ** n; row++) {
          const x = bits(row, n), unit = unitOf(await rowUnit([...x]), `the unit of row ${x.join("")}`, n);
          for (let other = 0; other < 2 ** n; other++) {
            const found = answer(unit, bits(other, n));
            if (found === (other === row ? 1 : 0)) continue;
            throw new Wrong(other === row ? `The unit of row ${x.join("")} is off at its own row. Its weights are ` +
              `${write(unit.weights)} and its threshold is ${write(unit.threshold)}.`
              : `The unit of row ${x.join("")} is on at ${bits(other, n).join("")} as well. Its weights are ` +
                `${write(unit.weights)} and its threshold is ${write(unit.threshold)}.`);
          }
        }
      }
    },
  },
  {
    name: "network answers as any table says, with few hidden units.",
    async run(exports) {
      const network = functionOf(exports, "network");
      const test = async (table: readonly number[]): Promise<void> => {
        const name = `the network of the table ${table.join("")}`;
        const net = networkOf(await network([...table]), name, Math.log2(table.length));
        agree(net, table, name);
        if (net.hidden.length <= table.length / 2) return;
        throw new Wrong(`The network of the table ${table.join("")} has ${net.hidden.length} hidden units for ` +
          `${table.length} rows; half as many are enough if the false rows may be used.`);
      };
      for (const table of [[0, 0, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 1, 1]]) await test(table);
      await forAll((any) => any.record({ table: any.vector(8, any.choice(0, 1)) }), ({ table }) => test(table));
    },
  },
  {
    name: "parity(n) is right for up to six inputs, with n hidden units.",
    async run(exports) {
      const parity = functionOf(exports, "parity");
      for (const n of [2, 3, 4, 5, 6]) {
        const net = networkOf(await parity(n), `parity(${n})`, n);
        agree(net, parityOf(n), `parity(${n})`);
        if (net.hidden.length > n) {
          throw new Wrong(`parity(${n}) has ${net.hidden.length} hidden units; ${n} that count are enough.`);
        }
      }
    },
  },
];
