import { F, manualSeed, randn, tensor, type Tensor } from "gradus";
import { expectClose, expectShape, functionOf, numbersOf, write, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const draw = (seed: number, ...shape: number[]): Tensor => {
  manualSeed(seed);
  return tensor(randn(shape).dataSync(), { shape });
};
const near = (a: Tensor, b: Tensor): boolean => a.shape.join() === b.shape.join()
  && a.sub(b).abs().amax().itemSync() < 1e-4;
/** The angle that the k-th pair turns per place. */
const rate = (k: number, D: number): number => 10000 ** (-2 * k / D);
const plain = (x: Tensor): Tensor => F.scaledDotProductAttention(x, x, x);
async function turned(exports: Exports, x: Tensor): Promise<Tensor> {
  const value = await functionOf(exports, "turn")(x) as Tensor;
  await expectShape(value, x.shape, "turn");
  return value;
}

export const checks: readonly Check[] = [
  {
    name: "Sines and cosines of place times rate.",
    async run(exports) {
      const value = await functionOf(exports, "sines")(6, 8) as Tensor;
      await expectShape(value, [6, 8], "sines");
      const { numbers } = await numbersOf(value), at = (t: number, i: number): number => numbers[8 * t + i];
      if (near(value, F.sinusoidalPositions(6, 8))) {
        throw new Wrong("All sines stand before all cosines. Here they stand in turn: sine, cosine, sine, cosine.");
      }
      if (Math.abs(at(0, 0) - 1) < 1e-6 && Math.abs(at(0, 1)) < 1e-6) {
        throw new Wrong("At place 0 your pairs begin with 1 and 0: the cosine comes first. The sine stands in column " +
          "2k.");
      }
      if (Math.abs(at(1, 2) - Math.sin(10000 ** (-1 / 8))) < 1e-5) {
        throw new Wrong("Your second pair turns with 10000^(−1/D). The exponent is −2k/D, and k counts pairs.");
      }
      await expectClose(value, Array.from({ length: 6 }, (_, t) => Array.from({ length: 8 }, (__, i) =>
        (i % 2 === 0 ? Math.sin : Math.cos)(t * rate(Math.floor(i / 2), 8)))), { name: "sines",
        input: "6 places, 8 numbers" });
    },
  },
  {
    name: "Products of two places depend on their distance.",
    async run(exports) {
      const code = await functionOf(exports, "sines")(40, 16) as Tensor, all = await numbersOf(code.matmul(code.T));
      for (const [t, s] of [[3, 8], [20, 25], [34, 39]]) {
        const wanted = Array.from({ length: 8 }, (_, k) => Math.cos(5 * rate(k, 16))).reduce((a, b) => a + b, 0);
        if (Math.abs(all.numbers[t * 40 + s] - wanted) > 1e-3) {
          throw new Wrong(`Places ${write(t)} and ${write(s)} have the product ${write(all.numbers[t * 40 + s])}; ` +
            `every ` +
            `two places that are 5 apart should have ${write(wanted)}.`);
        }
      }
    },
  },
  {
    name: "Pairs are turned by place times rate.",
    async run(exports) {
      const ones = tensor(Array.from({ length: 3 }, () => [1, 0, 1, 0])), value = await turned(exports, ones);
      const { numbers } = await numbersOf(value), { sin, cos } = Math;
      if (Math.abs(numbers[4] - cos(1)) < 1e-5 && Math.abs(numbers[5] + sin(1)) < 1e-5) {
        throw new Wrong("You turned the other way: (1, 0) by 1 radian is (cos 1, sin 1), counterclockwise.");
      }
      if (near(value, F.rotary(ones))) {
        throw new Wrong("You paired column 0 with column 2. In this lab a pair is two neighbours: 0 and 1, 2 and 3.");
      }
      await expectClose(value, Array.from({ length: 3 }, (_, t) => [cos(t), sin(t), cos(t / 100), sin(t / 100)]),
        { name: "turn", input: "three rows [1, 0, 1, 0]" });
      const x = draw(2, 5, 6);
      await expectClose(await turned(exports, x), reference.turn(x), { name: "turn", input: "five rows of six" });
    },
  },
  {
    name: "Turned, scores depend on the distance, and lengths stay.",
    async run(exports) {
      const rows = (values: number[]): Tensor => tensor(Array.from({ length: 30 }, () => values));
      const q = await turned(exports, rows([1, 2, -1, 0.5])), k = await turned(exports, rows([0.3, -1, 2, 1]));
      const { numbers } = await numbersOf(q.matmul(k.T)), at = (t: number, s: number): number => numbers[30 * t + s];
      if (Math.abs(at(9, 4) - at(25, 20)) > 1e-3) {
        throw new Wrong(`The same words 5 apart have the score ${write(at(9, 4))} at place 9 and ` +
          `${write(at(25, 20))} ` +
          "at place 25; both are turned by as much more, so it should not change.");
      }
      await expectClose(q.square().sum([1]), Array.from({ length: 30 }, () => 6.25), { name: "the squared lengths",
        input: "[1, 2, −1, 0.5] at thirty places", tolerance: 1e-4 });
    },
  },
  {
    name: "ALiBi: a penalty for each place between.",
    async run(exports) {
      const bias = functionOf(exports, "bias"), { numbers } = await numbersOf(bias(3, 0.5), "bias");
      if (numbers[1] === -numbers[3] && numbers[1] !== 0) {
        throw new Wrong("Your table is −0.5 (i − j), negative on one side and positive on the other. Take the " +
          "distance, " +
          "|i − j|.");
      }
      if (numbers[1] === 0.5) throw new Wrong("Distance is rewarded: the table holds +0.5 beside the diagonal. It is " +
        "a " +
        "penalty, so negative.");
      await expectClose(bias(3, 0.5), [[0, -0.5, -1], [-0.5, 0, -0.5], [-1, -0.5, 0]], { name: "bias",
        input: "three places, slope 0.5" });
      await expectClose(bias(8, 2 ** -3), F.alibi(8, 8).select(0, 2), { name: "bias", input: "eight places, slope " +
        "1/8" });
    },
  },
  {
    name: "Without positions order does not matter; with each of the three it does.",
    async run(exports) {
      const orderMatters = functionOf(exports, "orderMatters"), X = draw(3, 5, 4), order = [3, 0, 4, 1, 2];
      const measure = async (f: (x: Tensor) => Tensor): Promise<number> =>
        (await numbersOf(orderMatters(f, X, order), "orderMatters")).numbers[0];
      const without = await measure(plain);
      if (!(without < 1e-5)) {
        throw new Wrong(`For self-attention without positions you measure ${write(without)}; it should be 0. Shuffle ` +
          "both by the same order: rows before f, and rows of the result.");
      }
      const ways: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
        ["sines added", (x) => plain(x.add(reference.sines(5, 4)))],
        ["rotary", (x) => F.scaledDotProductAttention(reference.turn(x), reference.turn(x), x)],
        ["ALiBi", (x) => F.scaledDotProductAttention(x, x, x, { mask: reference.bias(5, 0.5) })],
      ];
      for (const [name, f] of ways) {
        const places = tensor(Int32Array.from(order));
        const wanted = await f(X.take(places)).sub(f(X).take(places)).abs().amax().item();
        await expectClose(await measure(f), wanted, { name: "orderMatters", input: `attention with ${name}` });
      }
    },
  },
];
