import {
  compareWithReference, expectClose, functionOf, numbersOf, Wrong, write, type Check,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

interface Step { readonly a?: unknown; readonly b?: unknown }
async function stepOf(found: unknown): Promise<[number, number]> {
  const step = await found as Step | null | undefined;
  if (typeof step !== "object" || step === null || !("a" in step) || !("b" in step)) {
    throw new Wrong("combine should return an object with a and b.");
  }
  return [(await numbersOf(step.a, "a")).numbers[0], (await numbersOf(step.b, "b")).numbers[0]];
}
async function roundsOf(found: unknown, n: number): Promise<(readonly [number, number])[][]> {
  const list: unknown = await found;
  const pair = (value: unknown): value is [number, number] => Array.isArray(value) && value.length === 2 &&
    value.every((v) => Number.isInteger(v) && v >= 0 && v < n);
  if (!Array.isArray(list) || !list.every((round: unknown) => Array.isArray(round) && round.every(pair))) {
    throw new Wrong(`rounds(${n}) should be a list of rounds, each a list of pairs [from, to] of places from 0 to ` +
      `${n - 1}.`);
  }
  return list;
}

export const checks: readonly Check[] = [
  {
    name: "Two steps as one.",
    async run(exports) {
      const input = "first h → 2 h + 3, then h → 5 h + 7";
      const [a, b] = await stepOf(functionOf(exports, "combine")({ a: 2, b: 3 }, { a: 5, b: 7 }));
      if (b === 17) {
        throw new Wrong("Your steps come in the wrong order: " + input +
          " should give 5 (2 h + 3) + 7, and b = 17 is " +
          "what 2 (5 h + 7) + 3 has.");
      }
      if (a === 7) throw new Wrong("For " + input + " your a is 7 = 2 + 5. One after the other, factors multiply.");
      if (b === 10) {
        throw new Wrong("For " + input + " your b is 10 = 3 + 7: what entered first has not faded. The second step " +
          "multiplies it by 5.");
      }
      await expectClose([a, b], [10, 22], { name: "a, then b", input });
    },
  },
  {
    name: "Any two steps: the same as the reference.",
    async run(exports) {
      const flat = (f: (...args: never[]) => unknown) => async (...args: never[]) => stepOf(f(...args));
      await compareWithReference(flat(functionOf(exports, "combine")), flat(reference.combine), (any) => {
        const step = any.record({ a: any.number(), b: any.number() });
        return any.record({ first: step, then: step });
      }, { name: "a, then b" });
    },
  },
  {
    name: "After the rounds every place holds all steps up to its own, each once.",
    async run(exports) {
      for (const n of [1, 2, 4, 8, 3, 5, 7, 12, 16, 33, 40]) {
        const made = await roundsOf(functionOf(exports, "rounds")(n), n);
        let places = Array.from({ length: n }, (_, t) => [t]);
        for (const [r, round] of made.entries()) {
          const next = [...places], written = new Set<number>();
          for (const [from, to] of round) {
            if (written.has(to)) {
              throw new Wrong(`With n = ${n}, round ${r + 1} writes place ${to} twice; in one round one of the ` +
                `two waits ` +
                "for the other.");
            }
            written.add(to);
            next[to] = [...places[from], ...places[to]];
          }
          places = next;
        }
        places.forEach((held, t) => {
          const twice = held.find((v, i) => held.indexOf(v) !== i);
          if (twice !== undefined) {
            throw new Wrong(`With n = ${n}, place ${t} ends with steps ${write(held)}: step ${twice} is counted ` +
              `twice.`);
          }
          if (String(held) === String(Array.from({ length: t + 1 }, (_, i) => i))) return;
          const chain = made.length === 1 && held.length === 2;
          throw new Wrong(`With n = ${n}, place ${t} ends with steps ${write(held)}; it does not hold 0 to ${t} in ` +
            "order." + (chain ? ` In a round nobody waits for another: place ${t} read what stood at ${t - 1} before.`
            : ""));
        });
      }
    },
  },
  {
    name: "In few rounds.",
    async run(exports) {
      for (const n of [2, 8, 16, 40]) {
        const made = await roundsOf(functionOf(exports, "rounds")(n), n), most = Math.ceil(2 * Math.log2(n));
        if (made.length > most) {
          throw new Wrong(`Right, and slow: ${made.length} rounds for ${n} steps. At most ${most} are allowed; ` +
            `let many ` +
            "places work at the same time.");
        }
      }
    },
  },
];
