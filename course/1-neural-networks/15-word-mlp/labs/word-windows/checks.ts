import { compareWithReference, expectClose, functionOf, numbersOf, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";
import { WordMLP } from "gradus/models";
import * as reference from "./reference.ts";

interface Windows { contexts: number[][]; targets: number[] }
/** What the learner's function makes of a text. */
async function cut(exports: Exports, ids: number[], n: number): Promise<Windows> {
  const made = await functionOf(exports, "windows")(ids, n) as Partial<Windows> | null | undefined;
  if (!Array.isArray(made?.contexts) || !Array.isArray(made.targets)) {
    throw new Wrong("windows should return an object with two lists, contexts and targets.");
  }
  return { contexts: made.contexts, targets: made.targets };
}
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export const checks: readonly Check[] = [
  {
    name: "The example of the task.",
    async run(exports) {
      const { contexts, targets } = await cut(exports, [5, 3, 8, 3], 3);
      if (contexts.length > 0 && contexts.every((row) => row.length === 3)) {
        throw new Wrong("Your rows have three words: the window holds the word that is to be predicted. With the " +
          "answer in " +
          "view there is nothing to learn; keep the two before it.");
      }
      if (same(contexts, [[3, 5], [8, 3]])) {
        throw new Wrong("Your rows are right but backwards. Oldest word first, as one reads.");
      }
      if (contexts.length === 1) {
        throw new Wrong("There is one window and there should be two: the last word of a text is a target too.");
      }
      if (contexts.length > 2) {
        throw new Wrong(`There are ${contexts.length} windows and there should be two: a word with fewer than n − ` +
          `1 words ` +
          "before it is no target here.");
      }
      await expectClose(contexts, [[5, 3], [3, 8]], { name: "contexts", input: "[5, 3, 8, 3], n = 3" });
      await expectClose(targets, [8, 3], { name: "targets", input: "[5, 3, 8, 3], n = 3" });
    },
  },
  {
    name: "A row for each target, whatever the order.",
    async run(exports) {
      for (const n of [2, 4, 5]) {
        const ids = [4, 1, 0, 2, 2, 3], { contexts, targets } = await cut(exports, ids, n);
        await expectClose(contexts, reference.windows(ids, n).contexts, { name: "contexts", input: `six words, n ` +
          `= ${n}` });
        await expectClose(targets, ids.slice(n - 1), { name: "targets", input: `six words, n = ${n}` });
      }
    },
  },
  {
    name: "A text that is too short has no windows.",
    async run(exports) {
      const { contexts, targets } = await cut(exports, [1, 2], 4);
      if (contexts.length + targets.length > 0) {
        throw new Wrong("Two words have no window of three words before a fourth. Both lists should be empty.");
      }
    },
  },
  {
    name: "Any text: the same as the reference.",
    async run(exports) {
      const flat = (f: (...args: never[]) => unknown) => async (ids: number[], n: number): Promise<unknown> => {
        const made = await f(ids as never, n as never) as Windows;
        return made.contexts.map((row, i) => [...row, made.targets[i]]);
      };
      await compareWithReference(flat(functionOf(exports, "windows")), flat(reference.windows), (any) =>
        any.record({ ids: any.list(any.integer(0, 9), 6, 12), n: any.integer(2, 5) }),
      { name: "the rows, each with its target" });
    },
  },
  {
    name: "As many parameters as the library’s WordMLP has.",
    async run(exports) {
      for (const [V, n, m, h] of [[7, 3, 2, 5], [43, 4, 2, 24]]) {
        const yours = (await numbersOf(await functionOf(exports, "parameterCount")({ V, n, m, h }), "the " +
          "count")).numbers[0];
        const sizes = `V = ${V}, n = ${n}, m = ${m}, h = ${h}`;
        const right = new WordMLP({ vocabulary: V, order: n, features: m, hidden: h }).parameterCount();
        if (yours === right - h - V) {
          throw new Wrong(`For ${sizes} you count ${yours}, which is ${h + V} too few: both layers have biases, ` +
            `${h} and ${V}.`);
        }
        if (yours === right + (n - 2) * V * m) {
          throw new Wrong(`For ${sizes} you count ${yours}: a table for each place of the window. There is one ` +
            `table, and ` +
            "every place looks its word up in it.");
        }
        if (yours === right + h * m) {
          throw new Wrong(`For ${sizes} you count ${yours}: the hidden layer sees n words. It sees the n − 1 ` +
            `before the target.`);
        }
        await expectClose(yours, right, { name: "the count", input: sizes });
      }
    },
  },
];
