import { F, tensor } from "gradus";
import { expectClose, forAll, functionOf, numbersOf, Wrong, write, type Check,
  type Exports } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const TOKENS = { pad: 0, start: 1, end: 2 }, V = 6;
type Table = readonly (readonly number[])[];
const equal = (a: Table, b: Table): boolean => JSON.stringify(a) === JSON.stringify(b);

function tables(exports: Exports, targets: number[][]): { readonly input: Table; readonly wanted: Table } {
  const made = functionOf(exports, "shifted")(structuredClone(targets), { ...TOKENS }) as Record<string,
    Table> | undefined;
  if (made === undefined || !Array.isArray(made.input) || !Array.isArray(made.wanted)) {
    throw new Wrong("shifted should return { input, wanted }, two tables of tokens.");
  }
  return { input: made.input, wanted: made.wanted };
}
function checkTables(exports: Exports, targets: number[][]): void {
  const { input, wanted } = tables(exports, targets), right = reference.shifted(targets, TOKENS);
  if (equal(input, right.input) && equal(wanted, right.wanted)) return;
  const told = `For targets ${write(targets)} `;
  if (equal(input, wanted)) {
    throw new Wrong(`${told}both tables are ${write(input)}. Then the decoder reads the very token that it should ` +
      `say; ` +
      "input begins with start and is one place behind.");
  }
  if (equal(input, right.wanted) && equal(wanted,
    right.input)) throw new Wrong(`${told}the two tables have changed places.`);
  if (wanted.every((row) => !row.includes(TOKENS.end))) {
    throw new Wrong(`${told}nobody says end in ${write(wanted)}. Without it the decoder never learns to stop.`);
  }
  if (input.some((row) => row.includes(TOKENS.end))) {
    throw new Wrong(`${told}input is ${write(input)}. The end is said and never read: nothing comes after it.`);
  }
  const lengths = [...input, ...wanted].map((row) => row.length);
  if (new Set(lengths).size > 1) {
    throw new Wrong(`${told}rows have lengths ${write(lengths)}. All are one longer than the longest target.`);
  }
  if (wanted.some((row) => row.lastIndexOf(TOKENS.pad) > row.indexOf(TOKENS.end)
    !== right.wanted[wanted.indexOf(row)].includes(TOKENS.pad) || row.indexOf(TOKENS.pad) >= 0
    && row.indexOf(TOKENS.pad) < row.indexOf(TOKENS.end))) {
    throw new Wrong(`${told}wanted is ${write(wanted)}. The end follows the target at once, and the padding comes ` +
      `behind it.`);
  }
  throw new Wrong(`${told}input is ${write(input)} and wanted ${write(wanted)}; they should be ` +
    `${write(right.input)} and ` +
    `${write(right.wanted)}.`);
}
async function lossOf(exports: Exports, logits: number[][][], wanted: number[][]): Promise<number> {
  const made = await functionOf(exports, "maskedLoss")(structuredClone(logits), structuredClone(wanted), TOKENS.pad);
  const { numbers, shape } = await numbersOf(made, "the loss");
  if (shape.length > 0) throw new Wrong("maskedLoss should return one number.");
  return numbers[0];
}
/** A worked batch: two targets of three and one tokens. */
const WANTED = [[3, 4, 5, 2], [4, 2, 0, 0]];
const LOGITS = WANTED.map((row, b) => row.map((_, t) => Array.from({ length: V }, (_, k) => Math.sin(7 * b + 3 * t +
  5 * k) * 2)));
const close = (a: number, b: number): boolean => Math.abs(a - b) < 1e-5;

export const checks: readonly Check[] = [
  {
    name: "What is read is one place behind what is wanted.",
    run: (exports) => {
      checkTables(exports, [[3, 4, 5]]);
    },
  },
  {
    name: "Short targets are filled up.",
    run: (exports) => {
      checkTables(exports, [[3, 4, 5], [4], [5, 5]]);
    },
  },
  {
    name: "The loss of a worked batch.",
    async run(exports) {
      const yours = await lossOf(exports, LOGITS, WANTED), right = reference.maskedLoss(LOGITS, WANTED, TOKENS.pad);
      const each = WANTED.map((row, b) => row.map((token, t) => reference.maskedLoss([[LOGITS[b][t]]], [[token]], -1)));
      const [first, second] = each, sum = [...first, second[0], second[1]].reduce((a, b) => a + b, 0);
      const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
      if (close(yours, mean(each.flat()))) {
        throw new Wrong(`Yours is ${write(yours)}: the mean over all 8 places, padding included. Nothing is wanted ` +
          `in 2 of them.`);
      }
      if (close(yours, sum / 8)) {
        throw new Wrong(`Yours is ${write(yours)}: the sum of the 6 places that count, divided by 8. Divide by the ` +
          `places ` +
          "that count.");
      }
      if (close(yours,
        sum)) throw new Wrong(`Yours is ${write(yours)}: the sum. Divide it by the 6 places that count.`);
      if (close(yours, mean([mean(first), mean(second.slice(0, 2))]))) {
        throw new Wrong(`Yours is ${write(yours)}: the mean of the means of the two rows. Then a token of a short ` +
          `target ` +
          "weighs more; sum up all, and divide once.");
      }
      if (close(yours,
        -right)) throw new Wrong(`Yours is ${write(yours)}, with the wrong sign: a cross-entropy is never negative.`);
      await expectClose(yours, right, { name: "the loss", input: `wanted ${write(WANTED)}` });
    },
  },
  {
    name: "What stands at padded places has no effect.",
    async run(exports) {
      const other = LOGITS.map((row, b) => row.map((scores, t) => (WANTED[b][t] === TOKENS.pad ? scores.map((v) =>
        9 - v)
        : scores)));
      await expectClose(await lossOf(exports, other, WANTED), await lossOf(exports, LOGITS, WANTED),
        { name: "the loss with other scores at padded places" });
    },
  },
  {
    name: "Large scores do not overflow.",
    async run(exports) {
      const logits = [[[1000, 0, 1001, 0, 0, 999], [-1000, -1000, -1000, -1001, -1000, -1000]]], wanted = [[5, 2]];
      const yours = await lossOf(exports, logits, wanted);
      if (!Number.isFinite(yours)) {
        throw new Wrong(`With scores of ±1000 the loss is ${write(yours)}. Subtract the largest score before ` +
          `exponentials.`);
      }
      await expectClose(yours, reference.maskedLoss(logits, wanted, TOKENS.pad), { name: "the loss", tolerance: 1e-4 });
    },
  },
  {
    name: "Other batches, and the library's loss.",
    run: (exports) => forAll((any) => any.record({ targets: any.list(any.list(any.integer(3, 5), 1, 4), 1, 3),
      numbers: any.vector(90) }), async ({ targets, numbers }) => {
      checkTables(exports, targets);
      const { wanted } = reference.shifted(targets, TOKENS);
      const logits = wanted.map((row, b) => row.map((_, t) => Array.from({ length: V }, (_, k) =>
        numbers[(b * 30 + t * V + k) % 90])));
      const library = await F.crossEntropy(tensor(logits.flat()), tensor(Int32Array.from(wanted.flat())),
        { ignoreIndex: TOKENS.pad }).item();
      await expectClose(await lossOf(exports, logits, wanted), library, { name: "the loss", input: write({ wanted }) });
    }, { runs: 20 }),
  },
  {
    name: "In use, it reads what it wrote.",
    run: (exports) => {
      // Says 3, then what it read last plus one, then the end; once off the path it says 5 for ever.
      const next = (read: number[]): number[] => {
        const last = read[read.length - 1], token = last === 1 ? 3 : last === 3 ? 4 : last === 4 ? 2 : 5;
        return Array.from({ length: V }, (_, k) => (k === token ? 1 : -k));
      };
      const stuck = (read: number[]): number[] => Array.from({ length: V }, (_, k) => (k === 5 ? read.length : -k));
      const run = (f: (read: number[]) => number[], length: number): unknown => functionOf(exports, "freely")(
        (read: number[]) => {
          if (read?.[0] !== TOKENS.start) {
            throw new Wrong(`next was asked with ${write(read)}. What is read begins with start, which is 1 here.`);
          }
          return f([...read]);
        }, { start: TOKENS.start, end: TOKENS.end, length });
      for (const [made, right, story] of [
        [run(next, 8), [3, 4], "A decoder that says 3, 4 and end"],
        [run(next, 1), [3], "The same with at most one token"],
        [run(stuck, 4), [5, 5, 5, 5], "A decoder that never says end, with at most 4 tokens,"],
      ] as const) {
        if (!Array.isArray(made)) throw new Wrong("freely should return a list of tokens.");
        if (equal([made as number[]], [right])) continue;
        if (made.includes(TOKENS.end) || made.includes(TOKENS.start)) {
          throw new Wrong(`${story} should write ${write(right)}; yours is ${write(made)}. Leave start and end out.`);
        }
        throw new Wrong(`${story} should write ${write(right)}; yours is ${write(made)}.`);
      }
    },
  },
];
