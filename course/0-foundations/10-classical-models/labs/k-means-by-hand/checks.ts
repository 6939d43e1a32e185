import {
  compareWithReference, expectClose, functionOf, numbersOf, Wrong, write, type Check, type Exports,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const LINE = [[0], [2], [6], [10]], START = [[0], [2]];
interface Result { readonly centres: unknown; readonly labels: unknown; readonly error: unknown }
async function run(exports: Exports, points: number[][], centres: number[][]): Promise<Result> {
  const found: unknown = await functionOf(exports, "kMeans")(structuredClone(points), structuredClone(centres));
  if (typeof found === "object" && found !== null && "centres" in found && "labels" in found && "error" in found) {
    return found;
  }
  throw new Wrong("kMeans should return an object with centres, labels and error.");
}
const list = async (value: unknown, name: string): Promise<string> => String((await numbersOf(value, name)).numbers);

export const checks: readonly Check[] = [
  {
    name: "Four points on a line, centres at 0 and 2: who belongs to whom?",
    async run(exports) {
      const found = functionOf(exports, "assign")(LINE, START);
      if (await list(found, "assign") === "1,0,0,0") {
        throw new Wrong("Each point went to the centre that is farthest away. Look for the smallest distance.");
      }
      await expectClose(found, [0, 1, 1, 1], { name: "assign", input: "points 0, 2, 6, 10; centres 0, 2" });
      const tied = functionOf(exports, "assign")([[1]], START);
      if (await list(tied, "assign") === "1") {
        throw new Wrong("The point 1 is as near to 0 as to 2. Of equals, the first centre should win.");
      }
      await expectClose(tied, [0], { name: "assign", input: "point 1; centres 0, 2" });
    },
  },
  {
    name: "Any points in the plane: the nearest centre by straight distance.",
    run: (exports) => compareWithReference((points: number[][], centres: number[][]) =>
      functionOf(exports, "assign")(points, centres), reference.assign, (any) => any.record({
      points: any.matrix(8, 2, any.integer(-5, 5)), centres: any.matrix(3, 2, any.integer(-5, 5)) }),
    { name: "assign" }),
  },
  {
    name: "Centres move to the means of their points, each in its own place.",
    async run(exports) {
      const move = functionOf(exports, "move"), points = [[0, 0], [2, 4], [6, 2]], centres = [[1, 1], [5, 5]];
      const found = await move(points, [0, 0, 1], centres), text = await list(found, "move");
      if (text === "2,4,6,2") {
        throw new Wrong("The first centre is at [2, 4], the sum of its points. Divide by how many there are.");
      }
      if (text.startsWith("0.66")) {
        throw new Wrong("The sums were divided by the number of all points, 3. Divide by the number of its own, 2 " +
          "and 1.");
      }
      await expectClose(found, [[1, 2], [6, 2]], { name: "move", input: `${write(points)}, labels [0, 0, 1]` });
      if (String(centres) !== "1,1,5,5") {
        throw new Wrong(`After the call the centres that were handed in are ${write(centres)}; they were [[1, 1], ` +
          "[5, 5]]. Return new ones.");
      }
    },
  },
  {
    name: "A centre that nobody chose stays.",
    async run(exports) {
      const found = await functionOf(exports, "move")([[2], [4]], [1, 1], [[9], [0]]);
      const { numbers } = await numbersOf(found, "move");
      if (Number.isNaN(numbers[0])) {
        throw new Wrong("The first centre has no points, and 0 / 0 is not a number. Let it stay at 9.");
      }
      if (numbers[0] === 0 && numbers.length === 2) {
        throw new Wrong("The first centre has no points, and yours went to 0. Let it stay at 9.");
      }
      await expectClose(found, [[9], [3]], { name: "move", input: "points 2, 4, both with label 1; centres 9, 0" });
    },
  },
  {
    name: "Both in turn, to the end: points 0, 2, 6, 10.",
    async run(exports) {
      const { centres, labels, error } = await run(exports, LINE, START);
      const text = await list(centres, "centres");
      if (text === "0,6") {
        throw new Wrong("The centres are at 0 and 6, as after one round. The point 2 is now nearer to 0: assign " +
          "again, and go on until nothing changes.");
      }
      await expectClose(centres, [[1], [8]], { name: "centres", input: "centres from 0 and 2" });
      await expectClose(labels, [0, 0, 1, 1], { name: "labels", input: "centres from 0 and 2" });
      const [value] = (await numbersOf(error, "error")).numbers;
      if (Math.abs(value - 6) < 1e-6) {
        throw new Wrong("The error is 6, the sum of distances. Square them: 1 + 1 + 4 + 4.");
      }
      if (Math.abs(value - 2.5) < 1e-6) throw new Wrong("The error is 2.5, a mean. The sum was asked for.");
      await expectClose(value, 10, { name: "error", input: "centres from 0 and 2" });
    },
  },
  {
    name: "Any points and starts: the same end as the reference.",
    run: (exports) => compareWithReference(async (points: number[][], centres: number[][]) => {
      const found = await run(exports, points, centres);
      const [centre, error] = [await numbersOf(found.centres, "centres"), await numbersOf(found.error, "error")];
      return [...centre.numbers, ...error.numbers];
    }, (points: number[][], centres: number[][]) => {
      const found = reference.kMeans(points, centres);
      return [...found.centres.flat(), found.error];
    }, (any) => any.record({ points: any.matrix(9, 2), centres: any.matrix(3, 2) }),
    { name: "centres and error", tolerance: 1e-4 }),
  },
];
