import { forAll, functionOf, Wrong, write, type Check, type Exports } from "@gradus/lessons/grade";

const INPUTS = [[0, 0], [0, 1], [1, 0], [1, 1]];

interface Unit { readonly weights: readonly number[]; readonly bias: number }
/** A unit of the learner's, with as many weights as it should have. */
function unitOf(value: unknown, name: string, inputs: number): Unit {
  const unit = value as Partial<Unit> | null | undefined;
  if (typeof unit !== "object" || unit === null || !Array.isArray(unit.weights) || typeof unit.bias !== "number") {
    throw new Wrong(`${name} should be an object with weights (a list) and bias (a number).`);
  }
  if (unit.weights.length !== inputs) {
    throw new Wrong(`${name} has ${unit.weights.length} weights; it sees ${inputs} input${inputs === 1 ? "" : "s"}.`);
  }
  return unit as Unit;
}
const sumOf = ({ weights, bias }: Unit, x: readonly number[]): number => x.reduce((sum, v, i) => sum + weights[i] * v,
  bias);
const answer = (unit: Unit, x: readonly number[]): number => (sumOf(unit, x) > 0 ? 1 : 0);

function gate(name: string, shown: string, inputs: readonly (readonly number[])[], target: (x: readonly number[]) =>
  number): Check {
  return {
    name: `${shown} is right for ${inputs.length === 2 ? "both inputs" : "all four inputs"}.`,
    run(exports: Exports) {
      const unit = unitOf(exports[name], name, inputs[0].length);
      for (const x of inputs) {
        if (answer(unit, x) === target(x)) continue;
        const sum = sumOf(unit, x), zero = sum === 0 ? " A sum of exactly zero is not above zero." : "";
        throw new Wrong(`${shown} of ${x.join(" and ")} should be ${target(x)}; the sum of yours is ${write(sum)}, ` +
          `so it answers ${answer(unit, x)}.${zero}`);
      }
    },
  };
}

export const checks: readonly Check[] = [
  gate("and", "AND", INPUTS, ([a, b]) => a & b),
  gate("or", "OR", INPUTS, ([a, b]) => a | b),
  gate("not", "NOT", [[0], [1]], ([a]) => 1 - a),
  {
    name: "Any unit fails for XOR somewhere, and wrongForXor finds it.",
    async run(exports) {
      const wrongForXor = functionOf(exports, "wrongForXor");
      await forAll((any) => any.record({ weights: any.vector(2), bias: any.number() }), async ({ weights, bias }) => {
        const x = await wrongForXor([...weights], bias);
        if (!Array.isArray(x) || x.length !== 2 || x.some((v) => v !== 0 && v !== 1)) {
          throw new Wrong("wrongForXor should return a list of two numbers, each 0 or 1.");
        }
        const [a, b] = x as number[];
        if (answer({ weights, bias }, [a, b]) !== (a ^ b)) return;
        throw new Wrong(`With weights ${write(weights)} and bias ${write(bias)} the unit answers ${a ^ b} for ${a} ` +
          `and ${b}, as XOR does. ` +
          "Another of the four inputs is answered wrongly.");
      });
    },
  },
  {
    name: "Three units in two layers are XOR.",
    run(exports) {
      const net = exports.xor as { readonly hidden?: unknown; readonly output?: unknown } | undefined;
      if (typeof net !== "object" || net === null || !Array.isArray(net.hidden)) {
        throw new Wrong("xor should be an object with hidden (a list of units) and output (a unit).");
      }
      const hidden = net.hidden.map((unit, i) => unitOf(unit, `hidden unit ${i + 1}`, 2));
      const output = unitOf(net.output, "output", hidden.length);
      for (const [a, b] of INPUTS) {
        const between = hidden.map((unit) => answer(unit, [a, b])), found = answer(output, between);
        if (found === (a ^ b)) continue;
        throw new Wrong(`For ${a} and ${b} the hidden units answer ${write(between)}, and the output makes ${found} ` +
          `of it; XOR is ${a ^ b}.`);
      }
    },
  },
];
