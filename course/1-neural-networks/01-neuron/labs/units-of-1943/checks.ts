import { forAll, functionOf, numbersOf, Wrong, write, type Check, type Exports } from "@gradus/lessons/grade";

interface Unit { readonly excitatory: readonly number[]; readonly inhibitory: readonly number[];
readonly threshold: number }

const isPlaces = (value: unknown): value is number[] => Array.isArray(value) && value.every((v) =>
  Number.isInteger(v) && Number(v) >= 0);
function unitOf(value: unknown, name: string, inputs: number): Unit {
  const unit = value as Partial<Unit> | null | undefined;
  if (typeof unit !== "object" || unit === null || !isPlaces(unit.excitatory) || !isPlaces(unit.inhibitory)
    || typeof unit.threshold !== "number") {
    throw new Wrong(`${name} should be an object with excitatory and inhibitory (lists of places) and threshold ` +
      "(a number).");
  }
  const beyond = [...unit.excitatory, ...unit.inhibitory].find((place) => place >= inputs);
  if (beyond !== undefined) {
    throw new Wrong(`${name} looks at place ${beyond}; it sees ${inputs} numbers, at places 0 to ${inputs - 1}.`);
  }
  return unit as Unit;
}
const vetoed = ({ inhibitory }: Unit, x: readonly number[]): boolean => inhibitory.some((place) => x[place] === 1);
const count = ({ excitatory }: Unit, x: readonly number[]): number =>
  excitatory.reduce((sum, place) => sum + x[place], 0);
const answer = (unit: Unit, x: readonly number[]): number =>
  (!vetoed(unit, x) && count(unit, x) >= unit.threshold ? 1 : 0);

function gate(name: string, inputs: number, target: (x: readonly number[]) => boolean): Check {
  return {
    name: `${name} is right for all ${2 ** inputs} patterns.`,
    run(exports: Exports) {
      const unit = unitOf(exports[name], name, inputs);
      for (let row = 0; row < 2 ** inputs; row++) {
        const x = Array.from({ length: inputs }, (_, i) => (row >> (inputs - 1 - i)) & 1), wanted = target(x) ? 1 : 0;
        if (answer(unit, x) === wanted) continue;
        const why = vetoed(unit, x) ? "an inhibitory input of yours is on, so it is silent"
          : `${count(unit, x)} of its excitatory inputs are on and its threshold is ${write(unit.threshold)}, so it ` +
            `answers ${answer(unit, x)}`;
        throw new Wrong(`For ${x.join(", ")} the unit ${name} should answer ${wanted}; ${why}.`);
      }
    },
  };
}

async function single(value: unknown, name: string): Promise<number> {
  const { numbers, shape } = await numbersOf(value, name);
  if (shape.length !== 0) throw new Wrong(`${name} should return one number, 1 or 0; it returns ${write(numbers)}.`);
  return numbers[0];
}
/** Says what a wrong answer of `fires` has in common with a likely slip. */
function blame(unit: Unit, x: readonly number[], found: number): string {
  if (vetoed(unit, x)) return " An inhibitory input is on, and that silences the unit whatever the others say.";
  if (count(unit, x) === unit.threshold && found === 0) return " Just as many as the threshold is enough.";
  return "";
}

export const checks: readonly Check[] = [
  {
    name: "fires counts, compares and obeys the veto.",
    async run(exports) {
      const fires = functionOf(exports, "fires");
      await forAll((any) => any.record({ x: any.vector(4, any.choice(0, 1)),
        kinds: any.vector(4, any.choice(0, 1, 2)), threshold: any.integer(0, 3) }),
      async ({ x, kinds, threshold }) => {
        const places = (kind: number): number[] => [0, 1, 2, 3].filter((i) => kinds[i] === kind);
        const unit = { excitatory: places(1), inhibitory: places(2), threshold };
        const found = await single(await fires(structuredClone(unit), [...x]), "fires");
        if (found === answer(unit, x)) return;
        throw new Wrong(`For inputs ${write(x)} and the unit ${write(unit)}, fires gives ${write(found)}; it should ` +
          `be ${answer(unit, x)}.${blame(unit, x, found)}`);
      }, { runs: 150 });
    },
  },
  gate("majority", 3, (x) => x[0] + x[1] + x[2] >= 2),
  gate("butNot", 2, ([a, b]) => a === 1 && b === 0),
  gate("neither", 2, ([a, b]) => a === 0 && b === 0),
  {
    name: "In tick all units look at the same moment.",
    async run(exports) {
      const tick = functionOf(exports, "tick");
      const relay = (place: number): Unit => ({ excitatory: [place], inhibitory: [], threshold: 1 });
      // A chain: an impulse moves on by one unit at each tick.
      const chain = [relay(0), relay(1), relay(2)];
      let state = [0, 0, 0];
      for (const [t, input] of [1, 0, 0, 0].entries()) {
        const given = [...state], seen = [input, ...state], wanted = chain.map((unit) => answer(unit, seen));
        const { numbers } = await numbersOf(await tick(structuredClone(chain), [input], given), "tick");
        if (given.some((v, i) => v !== state[i])) {
          throw new Wrong("tick has changed the state it was given. Return a new list, and leave the old one.");
        }
        if (numbers.length !== 3) throw new Wrong(`tick returns ${numbers.length} answers for 3 units.`);
        if (numbers.some((v, i) => v !== wanted[i])) {
          throw new Wrong(`Three units in a row, each repeating the one before: at tick ${t + 1} with input ${input} ` +
            `and state ${write(state)} the answers should be ${write(wanted)}; yours are ${write(numbers)}. Every ` +
            "unit sees the answers of the tick before.");
        }
        state = wanted;
      }
    },
  },
  {
    name: "memory keeps what was set until it is stopped.",
    async run(exports) {
      const list = exports.memory;
      if (!Array.isArray(list) || list.length === 0) throw new Wrong("memory should be a list of units.");
      const units = list.map((unit, i) => unitOf(unit, `unit ${i + 1} of memory`, 2 + list.length));
      await forAll((any) => any.list(any.record({ set: any.choice(0, 1), stop: any.choice(0, 1) }), 1, 6), (story) => {
        let state = units.map(() => 0), on = 0;
        for (const [t, { set, stop }] of story.entries()) {
          const seen = [set, stop, ...state];
          state = units.map((unit) => answer(unit, seen));
          on = stop === 1 ? 0 : Math.max(on, set);
          if (state[state.length - 1] === on) continue;
          const told = story.slice(0, t + 1).map((now) => (now.stop === 1 ? now.set === 1 ? "both" : "stop"
            : now.set === 1 ? "set" : "nothing"));
          throw new Wrong(`After ${told.join(", then ")} the last unit should be ${on === 1 ? "on" : "off"}; ` +
            `yours is ${on === 1 ? "off" : "on"}.`);
        }
      });
    },
  },
];
