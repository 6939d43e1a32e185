import {
  compareWithReference, expectClose, functionOf, numbersOf, Wrong, write, type Check, type Exports,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const LINE = [[4], [1], [9], [2]];
const numbers = async (value: unknown, name: string): Promise<readonly number[]> =>
  (await numbersOf(value, name)).numbers;
const vote = (exports: Exports) => (labels: number[]): unknown => functionOf(exports, "vote")([...labels]);

export const checks: readonly Check[] = [
  {
    name: "Points 4, 1, 9 and 2 on a line: the two nearest to 1.4.",
    async run(exports) {
      const found = await numbers(functionOf(exports, "neighbours")(LINE, [1.4], 2), "neighbours");
      if (String(found) === "1,2") {
        throw new Wrong("[1, 2] are the coordinates of the nearest points. Their places in the list were asked for: " +
          "[1, 3].");
      }
      if (String(found) === "2,0") {
        throw new Wrong("[2, 0] are the places of the two farthest points: the order is turned round.");
      }
      await expectClose(found, [1, 3], { name: "neighbours", input: "points [[4], [1], [9], [2]], x = [1.4], k = 2" });
    },
  },
  {
    name: "All coordinates count, and differences have no sign.",
    async run(exports) {
      const points = [[0, 9], [1, 1], [-3, -3]], found = functionOf(exports, "neighbours")(points, [0, 0], 3);
      const order = String(await numbers(found, "neighbours"));
      if (order === "0,1,2") {
        throw new Wrong("For [0, 0] you put [0, 9] before [1, 1]: only the first coordinate was compared.");
      }
      if (order === "2,1,0") {
        throw new Wrong("For [0, 0] you put [−3, −3] before [1, 1]: differences below zero were taken for near. " +
          "Square them first.");
      }
      await expectClose(found, [1, 2, 0], { name: "neighbours", input: `${write(points)}, x = [0, 0], k = 3` });
    },
  },
  {
    name: "Straight distance, not the way round the block.",
    async run(exports) {
      const points = [[3, 3], [0, 5]];
      const found = await numbers(functionOf(exports, "neighbours")(points, [0, 0], 1), "neighbours");
      if (found[0] === 1) {
        throw new Wrong("For [0, 0] you chose [0, 5], 5 away, before [3, 3], 4.243 away. The sum of magnitudes puts " +
          "them the other way; add up squares.");
      }
      await expectClose(found, [0], { name: "neighbours", input: `${write(points)}, x = [0, 0], k = 1` });
    },
  },
  {
    name: "Of points equally near, the first in the list comes first.",
    async run(exports) {
      const points = [[2], [-2], [2]], found = await numbers(functionOf(exports, "neighbours")(points, [0], 2),
        "neighbours");
      if (String(found) === "2,1") {
        throw new Wrong("2, −2 and 2 are equally far from 0, and you began with the last. Begin with the first.");
      }
      await expectClose(found, [0, 1], { name: "neighbours", input: `${write(points)}, x = [0], k = 2` });
    },
  },
  {
    name: "Any points: the same neighbours as the reference.",
    async run(exports) {
      await compareWithReference((points: number[][], x: number[], k: number) =>
        functionOf(exports, "neighbours")(points, x, k), reference.neighbours, (any) => any.record({
        points: any.matrix(12, 2, any.integer(-5, 5)),
        x: any.vector(2, any.integer(-5, 5)), k: any.integer(1, 12) }), { name: "neighbours" });
    },
  },
  {
    name: "A vote: most frequent, and the smallest of equals.",
    async run(exports) {
      const [first] = await numbers(vote(exports)([2, 0, 2, 1]), "vote");
      if (first === 1.25 || first === 1) {
        throw new Wrong(`vote([2, 0, 2, 1]) is ${write(first)}: labels are names, not amounts. Their mean or middle ` +
          "says nothing.");
      }
      await expectClose(first, 2, { name: "vote", input: "[2, 0, 2, 1]" });
      const [tied] = await numbers(vote(exports)([3, 1, 3, 1]), "vote");
      if (tied === 3) {
        throw new Wrong("vote([3, 1, 3, 1]) is 3: both have two votes, and the smaller label, 1, should win.");
      }
      await expectClose(tied, 1, { name: "vote", input: "[3, 1, 3, 1]" });
      await compareWithReference(vote(exports), reference.vote, (any) => any.record({
        labels: any.list(any.integer(0, 3),
        1, 9) }), { name: "vote" });
    },
  },
  {
    name: "A prediction is the vote of the nearest.",
    async run(exports) {
      const predict = functionOf(exports, "predict"), labels = [0, 1, 0, 0];
      await expectClose(predict(LINE, labels, [1.4], 1), 1, { name: "predict",
        input: "the line above, x = [1.4], k = 1" });
      const [three] = await numbers(predict(LINE, labels, [1.4], 3), "predict");
      if (three === 1) {
        throw new Wrong("With k = 3 the neighbours of 1.4 have the labels 1, 0 and 0, and yours says 1: the nearest " +
          "alone decided.");
      }
      await compareWithReference((points: number[][], all: number[], x: number[], k: number) =>
        predict(points, all, x, k), reference.predict, (any) => any.record({
        points: any.matrix(9, 2, any.integer(-4, 4)),
          labels: any.vector(9, any.integer(0, 2)), x: any.vector(2, any.integer(-4, 4)), k: any.integer(1, 9) }),
        { name: "predict" });
    },
  },
];
