import { nn, noGrad, RandomStream, tensor } from "gradus";
import { expectClose, expectShape, forAll, functionOf, numbersOf, Wrong, write, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Step = reference.Step;
type Batch = number[][][];
/** Readers whose states can be read by eye: each keeps half of what it knew. */
const forward: Step = ([h], [x]) => [0.5 * h + x];
const backward: Step = ([h], [x]) => [0.5 * h - x];
const BATCH: Batch = [[[1], [2], [4], [8]], [[3], [5], [100], [100]]], LENGTHS = [4, 2];
const copy = (batch: Batch): Batch => structuredClone(batch);
const padded = (batch: Batch, value: number, lengths: readonly number[]): Batch => batch.map((line, b) =>
  line.map((x, t) => (t < lengths[b] ? x : x.map(() => value))));
const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length
  && a.every((v, i) => Math.abs(v - b[i]) < 1e-9);
const flat = (rows: Batch): number[] => rows.flat(2);

async function statesOf(exports: Exports, a: Step, b: Step, batch: Batch, lengths: readonly number[], H: number):
Promise<Batch> {
  const given = copy(batch), made = functionOf(exports, "bothWays")(a, b, given, [...lengths], H);
  await expectShape(made, [batch.length, batch[0].length, 2 * H], "the states");
  if (!same(flat(given), flat(batch))) {
    throw new Wrong("The batch was changed while it was read. Reverse a copy of it.");
  }
  const { numbers } = await numbersOf(made, "the states"), T = batch[0].length;
  return batch.map((_, i) => Array.from({ length: T }, (_, t) =>
    Array.from(numbers.slice((i * T + t) * 2 * H, (i * T + t + 1) * 2 * H))));
}
const half = (rows: Batch, side: 0 | 1): number[][] => rows.map((line) => line.map((h) => h[side]));
const right = reference.bothWays(forward, backward, BATCH, LENGTHS, 1);
/** The backward states in the order in which they were made. */
const unturned = (line: readonly number[], length: number): number[] =>
  [...line.slice(0, length).reverse(), ...line.slice(length)];

export const checks: readonly Check[] = [
  {
    name: "A sequence without padding.",
    async run(exports) {
      const made = await statesOf(exports, forward, backward, [BATCH[0]], [4], 1);
      const yours = [half(made, 0)[0], half(made, 1)[0]], [l, r] = [half(right, 0)[0], half(right, 1)[0]];
      if (same(yours[0], r) && same(yours[1], l)) {
        throw new Wrong("The two halves have changed places: the forward reader's state comes first.");
      }
      if (same(yours[1], unturned(r, 4))) {
        throw new Wrong(`Your backward states are ${write(yours[1])}: right numbers, in the order in which they were ` +
          "made. The state of place t has to stand at place t. Turn them round again.");
      }
      const another = half(reference.bothWays(forward, forward, BATCH, LENGTHS, 1), 1)[0];
      if (same(yours[1], another)) {
        throw new Wrong("From the right reads your forward reader. The backward one has weights of its own.");
      }
      if (same(yours[1], half(reference.bothWays(backward, forward, BATCH, LENGTHS, 1), 0)[0])) {
        throw new Wrong("Your backward reader walks from place 0 to the end. It has to begin at the end.");
      }
      const went = reference.bothWays(forward, ([h], [x]) => backward([h], [x]), BATCH, LENGTHS, 1);
      let h = [half(went, 0)[0][3]];
      const carried = [...BATCH[0]].reverse().map((x) => (h = backward(h, x))[0]).reverse();
      if (same(yours[1], carried)) {
        throw new Wrong("Your backward reader begins with the last state of the forward reader. It begins with " +
          "zeros: it has read nothing yet.");
      }
      await expectClose(made, [right[0]], { name: "the states", input: "1, 2, 4, 8" });
    },
  },
  {
    name: "Padding is not read, and its places are 0.",
    async run(exports) {
      const made = await statesOf(exports, forward, backward, BATCH, LENGTHS, 1);
      const zeros = await statesOf(exports, forward, backward, padded(BATCH, 0, LENGTHS), LENGTHS, 1);
      const real = made[1].slice(0, 2).flat(), wanted = right[1].slice(0, 2).flat();
      if (!same(made[0].flat(), right[0].flat())) {
        throw new Wrong("With two sequences the first has other states than alone. Each sequence begins with zeros.");
      }
      if (!same(real, zeros[1].slice(0, 2).flat())) {
        throw new Wrong(`For 3, 5 and two padded places the states are ${write(real)} if padding holds 100, and ` +
          `${write(zeros[1].slice(0, 2).flat())} if it holds 0. The backward reader has read it: begin at the last ` +
          "real place.");
      }
      if (!same(real, wanted)) {
        const afresh = reference.bothWays(forward, backward, [BATCH[1].slice(0, 2)], [2], 1);
        throw new Wrong(`For 3, 5 and two padded places the states of the real places are ${write(real)}; they ` +
          `should be ${write(afresh.flat(2))}, as without the padding. Does each sequence begin with zeros?`);
      }
      if (!same(made[1].slice(2).flat(), [0, 0, 0, 0])) {
        throw new Wrong(`At padded places your states are ${write(made[1].slice(2))}; they should be 0.`);
      }
    },
  },
  {
    name: "nn.GRU with a mask says the same.",
    async run(exports) {
      const stream = new RandomStream(6), n = 3, H = 2, T = 5, lengths = [5, 3, 1];
      const gru = new nn.GRU(n, H, { bidirectional: true, batchFirst: true });
      const named = (name: string): ReturnType<typeof tensor> => Reflect.get(gru, name) as ReturnType<typeof tensor>;
      const stepOf = (suffix: string): Step => {
        const cell = new nn.GRUCell(n, H);
        cell.weight_ih.assign(named(`weight_ih_l0${suffix}`));
        cell.weight_hh.assign(named(`weight_hh_l0${suffix}`));
        cell.bias_ih!.assign(named(`bias_ih_l0${suffix}`));
        cell.bias_hh!.assign(named(`bias_hh_l0${suffix}`));
        return (h, x) => Array.from(noGrad(() => cell.forward(tensor(x), tensor(h))).dataSync());
      };
      const batch: Batch = lengths.map((length) => Array.from({ length: T }, (_, t) =>
        Array.from({ length: n }, () => (t < length ? stream.normal() : 0))));
      const mask = tensor(lengths.map((length) => Array.from({ length: T }, (_, t) => t < length)), { dtype: "bool" });
      const [read] = noGrad(() => gru.forward(new nn.MaskedSequence(tensor(batch), mask)));
      const made = await statesOf(exports, stepOf(""), stepOf("_reverse"), batch, lengths, H);
      const all = await read.unpadded().data(), at = (i: number, t: number): number[] =>
        Array.from(all.slice((i * T + t) * 2 * H, (i * T + t + 1) * 2 * H));
      for (const [i, length] of lengths.entries()) {
        await expectClose(made[i].slice(0, length), Array.from({ length }, (_, t) => at(i, t)),
          { name: "the states", input: `a sequence of ${length}` });
      }
    },
  },
  {
    name: "A summary takes each reader at its own end.",
    async run(exports) {
      const made = functionOf(exports, "summary")(copy(right), [...LENGTHS]);
      await expectShape(made, [2, 2], "the summary");
      const yours = (await numbersOf(made, "the summary")).numbers, wanted = reference.summary(right, LENGTHS);
      const ends = right.map((line, b) => line[LENGTHS[b] - 1]), last = right.map((line) => line[line.length - 1]);
      if (same(yours, last.flat())) {
        throw new Wrong("Yours takes the last place of the padded batch, for both. There the short sequence has only " +
          "0, and the backward reader has hardly begun.");
      }
      if (same(yours, ends.flat())) {
        throw new Wrong("Yours takes the last real place for both readers. The backward reader begins there: it has " +
          "read one input. Where has it read everything?");
      }
      const starts = right.map((line) => line[0]);
      if (same(yours, starts.flat())) {
        throw new Wrong("Yours takes place 0 for both readers. There the forward reader has read one input only.");
      }
      await expectClose(made, wanted, { name: "the summary", input: write({ lengths: LENGTHS }) });
    },
  },
  {
    name: "Other readers, other lengths.",
    run: (exports) => forAll((any) => any.record({ batch: any.list(any.matrix(4, 2), 1, 3), a: any.number(-1, 1),
      b: any.number(-1, 1), lengths: any.vector(3, any.integer(1, 4)) }), async ({ batch, a, b, lengths }) => {
      const one: Step = (h, x) => h.map((v, j) => Math.tanh(a * v + x[j]));
      const two: Step = (h, x) => h.map((v, j) => Math.tanh(b * v - x[1 - j]));
      const some = lengths.slice(0, batch.length), input = write({ batch, lengths: some });
      const wanted = reference.bothWays(one, two, batch, some, 2);
      await expectClose(await statesOf(exports, one, two, batch, some, 2), wanted, { name: "the states", input });
      await expectClose(functionOf(exports, "summary")(copy(wanted), [...some]), reference.summary(wanted, some),
        { name: "the summary", input });
    }, { runs: 30 }),
  },
];
