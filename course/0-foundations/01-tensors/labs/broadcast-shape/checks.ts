import {
  forAll, functionOf, Wrong, write, type Check, type Exports,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Sizes = readonly number[] | null;
const said = (shape: Sizes): string => (shape === null ? "null" : write(shape));
/** The learner's answer, a list of numbers or null. */
function answer(exports: Exports, a: readonly number[], b: readonly number[]): Sizes {
  const found = functionOf(exports, "broadcast")([...a], [...b]);
  if (found === null) return null;
  if (Array.isArray(found) && found.every((size) => typeof size === "number")) return found;
  throw new Wrong(`broadcast(${write(a)}, ${write(b)}) should be a list of sizes or null; it is ${String(found)}.`);
}
function expect(exports: Exports, a: readonly number[], b: readonly number[], thought = ""): void {
  const yours = answer(exports, a, b), right = reference.broadcast([...a], [...b]);
  if (String(yours) === String(right) && (yours === null) === (right === null)) return;
  throw new Wrong(`${write(a)} with ${write(b)} gives ${said(right)}; yours is ${said(yours)}.${thought}`);
}

export const checks: readonly Check[] = [
  {
    name: "Equal shapes stay as they are.",
    run: (exports) => expect(exports, [2, 3], [2, 3]),
  },
  {
    name: "A column and a row of the same rank: [3, 1] with [1, 4].",
    run: (exports) => expect(exports, [3, 1], [1, 4], " The result has the larger size on each axis."),
  },
  {
    name: "A missing axis counts as 1: [3, 1] with [4], [4] with [3, 1], [] with [2].",
    run(exports) {
      const yours = answer(exports, [3, 4], [3]);
      if (String(yours) === "3,4" && answer(exports, [3, 1], [4]) === null) {
        throw new Wrong("[3, 4] with [3] does not fit, but yours gives [3, 4]: the lists were aligned from the left. " +
          "From the right, 4 meets 3.");
      }
      expect(exports, [3, 1], [4], " The shorter list lacks axes on the left; they count as 1.");
      expect(exports, [4], [3, 1], " The shorter list may come first, too.");
      expect(exports, [], [2]);
    },
  },
  {
    name: "What does not fit gives null: [2, 3] with [2], [4] with [5], [2, 3, 4] with [3, 3, 4].",
    run(exports) {
      expect(exports, [2, 3], [2], " From the right, 3 meets 2, and neither is 1.");
      expect(exports, [4], [5], " Neither size is 1.");
      expect(exports, [2, 3, 4], [3, 3, 4], " The first axes, 2 and 3, disagree.");
    },
  },
  {
    name: "Your lists come back unchanged.",
    run(exports) {
      const a = [3, 1], b = [4];
      functionOf(exports, "broadcast")(a, b);
      if (String([a, b]) !== "3,1,4" || a.length !== 2) {
        throw new Wrong(`After the call, a is ${write(a)} and b is ${write(b)}; they were [3, 1] and [4]. Build a ` +
          "new list instead of changing what you were given.");
      }
    },
  },
  {
    name: "Any two shapes of up to four axes.",
    run: (exports) => forAll((any) => any.record({ a: any.list(any.choice(1, 2, 3), 0, 4),
      b: any.list(any.choice(1, 2, 3), 0, 4) }), ({ a, b }) => expect(exports, a, b), { runs: 200 }),
  },
];
