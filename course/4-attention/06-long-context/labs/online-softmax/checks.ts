import { F, tensor } from "gradus";
import { expectClose, expectShape, forAll, functionOf, numbersOf, write, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

interface Block { readonly scores: number[]; readonly values: number[][] }
/** Reads blocks with the learner's functions. */
async function stateOf(exports: Exports, blocks: readonly Block[], e: number): Promise<unknown> {
  let state: unknown = await functionOf(exports, "empty")(e);
  for (const { scores, values } of blocks) {
    state = await functionOf(exports, "read")(state, [...scores], structuredClone(values));
  }
  return state;
}
async function outputOf(exports: Exports, blocks: readonly Block[]): Promise<readonly number[]> {
  const e = blocks[0].values[0].length, made = await functionOf(exports, "finish")(await stateOf(exports, blocks, e));
  await expectShape(made, [e], "the mean");
  return (await numbersOf(made, "the mean")).numbers;
}
/** The softmax of everything at once. */
function whole(blocks: readonly Block[]): number[] {
  const scores = blocks.flatMap((block) => block.scores), values = blocks.flatMap((block) => block.values);
  const m = Math.max(...scores), powers = scores.map((s) => Math.exp(s - m)), sum = powers.reduce((a, b) => a + b, 0);
  return values[0].map((_, i) => powers.reduce((total, p, j) => total + p * values[j][i], 0) / sum);
}
const same = (a: readonly number[], b: readonly number[]): boolean => a.every((v, i) => Math.abs(v - b[i]) < 1e-7);
/** How many numbers a state holds. */
const sizeOf = (state: unknown): number => (typeof state === "number" ? 1 : ArrayBuffer.isView(state)
  ? (state as Float64Array).length : typeof state === "object" && state !== null
    ? Object.values(state).reduce<number>((total, part) => total + sizeOf(part), 0) : 0);

const LOW: Block = { scores: [0, 1], values: [[2, 0], [4, 1]] };
const HIGH: Block = { scores: [3, 2], values: [[-1, 5], [1, 3]] };
/** Sums of a block with a given maximum. */
const sums = ({ scores, values }: Block, m: number): number[] => [1, ...values[0].map((_, i) => i)].map((_, k) =>
  scores.reduce((total, s, j) => total + Math.exp(s - m) * (k === 0 ? 1 : values[j][k - 1]), 0));

export const checks: readonly Check[] = [
  {
    name: "One block: the softmax as you know it.",
    async run(exports) {
      const yours = await outputOf(exports, [LOW]), [, ...mix] = sums(LOW, 1);
      if (same(yours, mix)) throw new Wrong("Your mean is the mix alone. At the end divide it by the sum.");
      await expectClose(yours, whole([LOW]), { name: "the mean", input: "scores 0 and 1" });
    },
  },
  {
    name: "Two blocks, the larger scores in the second.",
    async run(exports) {
      const yours = await outputOf(exports, [LOW, HIGH]), a = sums(LOW, 1), b = sums(HIGH, 3), shrink = Math.exp(-2);
      const mean = (sum: number, mix: readonly number[]): number[] => mix.map((v) => v / sum);
      const added = a.map((v, i) => v + b[i]), mixed = a.map((v, i) => shrink * v + b[i]);
      if (same(yours, mean(added[0], added.slice(1)))) {
        throw new Wrong("Both blocks were added as they are. The first was written with the maximum 1, the second " +
          "with 3; the old sums must shrink to fit.");
      }
      if (same(yours, mean(mixed[0], added.slice(1)))) {
        throw new Wrong("The sum was brought to the new maximum, the mix of values was not. Both hold e^(s − m).");
      }
      if (same(yours, mean(added[0], mixed.slice(1)))) {
        throw new Wrong("The mix of values was brought to the new maximum, the sum was not. Both hold e^(s − m).");
      }
      const halves = whole([LOW]).map((v, i) => (v + whole([HIGH])[i]) / 2);
      if (same(yours, halves)) {
        throw new Wrong("That is the average of both blocks’ own means. A block with large scores should count for " +
          "more.");
      }
      if (same(yours, whole([HIGH]))) {
        throw new Wrong("Only the last block is in your result. What was read before has to shrink, not to vanish.");
      }
      const grown = a.map((v, i) => v / shrink + b[i]);
      if (same(yours, mean(grown[0], grown.slice(1)))) {
        throw new Wrong("Old sums were multiplied by e^(new − old maximum). The maximum rose, so they shrink: " +
          "e^(old − new).");
      }
      await expectClose(yours, whole([LOW, HIGH]), { name: "the mean", input: "scores 0, 1, then 3, 2" });
    },
  },
  {
    name: "Two blocks, the larger scores in the first.",
    async run(exports) {
      const yours = await outputOf(exports, [HIGH, LOW]), a = sums(HIGH, 3), b = sums(LOW, 1);
      const added = a.map((v, i) => v + b[i]);
      if (same(yours, added.slice(1).map((v) => v / added[0]))) {
        throw new Wrong("The second block counts with its own maximum, 1, though 3 was seen before. The maximum is " +
          "that of everything read.");
      }
      await expectClose(yours, whole([HIGH, LOW]), { name: "the mean", input: "scores 3, 2, then 0, 1" });
    },
  },
  {
    name: "Scores of a thousand, and of minus a thousand.",
    async run(exports) {
      for (const lift of [1000, -1000]) {
        const blocks = [LOW, HIGH, LOW].map(({ scores, values }) => ({ scores: scores.map((s) => s + lift), values }));
        const yours = await outputOf(exports, blocks);
        if (!yours.every(Number.isFinite)) {
          throw new Wrong(`With scores about ${write(lift)} the mean is ${write(yours)}: e^${write(lift)} is ` +
            `${write(Math.exp(lift))} here. Take a maximum away before the exponential, one that was really seen.`);
        }
        await expectClose(yours, whole(blocks), { name: "the mean", input: `scores about ${write(lift)}` });
      }
    },
  },
  {
    name: "Keys that must not be seen, even a block of them.",
    async run(exports) {
      const none: Block = { scores: [-Infinity, -Infinity], values: [[7, 7], [8, 8]] };
      const part: Block = { scores: [-Infinity, 2], values: [[9, 9], [1, 3]] };
      for (const blocks of [[part, LOW], [none, LOW], [LOW, none, HIGH]]) {
        const yours = await outputOf(exports, blocks);
        const input = blocks.map(({ scores }) => write(scores)).join(", then ");
        if (yours.some(Number.isNaN)) {
          throw new Wrong(`For scores ${input} the mean is not a number: −∞ − (−∞) has no value. A block that ` +
            "holds nothing to see leaves the state as it was.");
        }
        await expectClose(yours, whole(blocks), { name: "the mean", input: `scores ${input}` });
      }
    },
  },
  {
    name: "The state does not grow.",
    async run(exports) {
      const few = sizeOf(await stateOf(exports, [LOW, HIGH], 2));
      const many = sizeOf(await stateOf(exports, Array.from({ length: 20 }, () => [LOW, HIGH]).flat(), 2));
      if (many > few) {
        throw new Wrong(`After 2 blocks your state holds ${few} numbers, after 40 it holds ${many}. What has been ` +
          "read is to be summed up, not kept.");
      }
    },
  },
  {
    name: "Two workers, joined.",
    async run(exports) {
      const parts: readonly (readonly [readonly Block[], readonly Block[]])[] = [[[LOW], [HIGH]], [[HIGH, LOW], [LOW]],
        [[], [HIGH]], [[LOW], []]];
      for (const [left, right] of parts) {
        const [a, b] = [await stateOf(exports, left, 2), await stateOf(exports, right, 2)];
        const joined = await functionOf(exports, "join")(a, b);
        const yours = (await numbersOf(await functionOf(exports, "finish")(joined), "the joined mean")).numbers;
        const input = [left, right].map((blocks) => (blocks.length === 0 ? "nothing"
          : write(blocks.flatMap(({ scores }) => scores)))).join(" joined with ");
        await expectClose(yours, whole([...left, ...right]), { name: "the joined mean", input });
      }
    },
  },
  {
    name: "Attention in blocks is F.scaledDotProductAttention.",
    run: (exports) => forAll((any) => any.record({ Q: any.matrix(2, 3), K: any.matrix(5, 3), V: any.matrix(5, 2),
      block: any.integer(1, 6) }), async ({ Q, K, V, block }) => {
      const attend = functionOf(exports, "attend");
      const yours = await attend(structuredClone(Q), structuredClone(K), structuredClone(V), block);
      await expectShape(yours, [2, 2], "attend");
      const wanted = await F.scaledDotProductAttention(tensor(Q), tensor(K), tensor(V)).data();
      const { numbers } = await numbersOf(yours);
      const near = (to: ArrayLike<number>): boolean => numbers.every((v, i) => Math.abs(v - to[i]) < 1e-5);
      if (!near(wanted)) {
        const unscaled = F.scaledDotProductAttention(tensor(Q), tensor(K), tensor(V), { scale: 1 });
        if (near(await unscaled.data())) throw new Wrong("Scores are divided by √d, the root of a query’s length.");
      }
      await expectClose(yours, reference.attend(Q, K, V, block), { name: "attend", input: write({ block, Q, K, V }) });
      await expectClose(yours, tensor(wanted, { shape: [2, 2] }), { name: "attend", input: write({ block, Q, K, V }) });
    }, { runs: 15 }),
  },
];
