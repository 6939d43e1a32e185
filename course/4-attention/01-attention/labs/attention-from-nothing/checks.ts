import { F, manualSeed, randn, tensor, type Tensor } from "gradus";
import { checkGradient, expectClose, expectShape, functionOf, numbersOf, write, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Matrix = readonly (readonly number[])[];
/** Two queries of four numbers, three keys, three values of two numbers. */
const Q = [[1, 0, 2, -1], [0.5, -1.5, 0, 1]], K = [[1, 1, 0, 0], [2, 0, 1, -1], [-1, 0.5, 1, 1]];
const V = [[1, 0], [0, 2], [-1, 1]], G = [[1, -2], [0.5, 1]];
const shapes = "two queries and three keys of four numbers";

const close = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((v, i) => Math.abs(v - b[i]) < 1e-4);
const flat = async (x: Tensor): Promise<number[]> => Array.from(await x.data());
/** The sum of the result times G, in double precision, with plain loops. */
function loss(q: Matrix, k: Matrix, v: Matrix): number {
  return q.reduce((sum, query, t) => {
    const scores = k.map((key) => key.reduce((dot, value, i) => dot + value * query[i], 0) / Math.sqrt(query.length));
    const powers = scores.map(Math.exp), total = powers.reduce((a, b) => a + b, 0);
    return sum + powers.reduce((part, power, s) =>
      part + power / total * v[s].reduce((dot, value, e) => dot + value * G[t][e], 0), 0);
  }, 0);
}
const rows = (numbers: readonly number[], columns: number): number[][] =>
  Array.from({ length: numbers.length / columns }, (_, i) => numbers.slice(i * columns, (i + 1) * columns));

async function back(exports: Exports): Promise<Record<"dQ" | "dK" | "dV", number[]>> {
  const made = await functionOf(exports, "gradients")(tensor(Q), tensor(K), tensor(V), tensor(G)) as
    Partial<Record<string, unknown>> | undefined;
  const read = async (name: "dQ" | "dK" | "dV", like: Matrix): Promise<number[]> => {
    if (made?.[name] === undefined) throw new Wrong(`gradients should return { dQ, dK, dV }; ${name} is missing.`);
    await expectShape(made[name], [like.length, like[0].length], name);
    return [...(await numbersOf(made[name], name)).numbers];
  };
  return { dQ: await read("dQ", Q), dK: await read("dK", K), dV: await read("dV", V) };
}

export const checks: readonly Check[] = [
  {
    name: "Weights of two queries over three keys.",
    async run(exports) {
      const found = functionOf(exports, "weights")(tensor(Q), tensor(K));
      await expectShape(found, [2, 3], "the weights");
      const { numbers } = await numbersOf(found), scores = tensor(Q).matmul(tensor(K).T);
      const is = async (x: Tensor): Promise<boolean> => close(numbers, await flat(x));
      if (await is(scores)) throw new Wrong("These are scores, not weights: a softmax over each row is missing.");
      if (await is(F.softmax(scores, 1))) {
        throw new Wrong("The scores were not divided: with vectors of 4 numbers divide by √4 = 2 before the softmax.");
      }
      if (await is(F.softmax(scores.div(4), 1))) {
        throw new Wrong("You divided by d = 4. The spread of a score grows with the root of d: divide by √4 = 2.");
      }
      if (await is(F.softmax(scores.div(2), 0))) {
        throw new Wrong("Your columns add up to 1. Each query divides its attention among the keys, so each row must.");
      }
      await expectClose(found, reference.weights(tensor(Q), tensor(K)), { name: "the weights", input: shapes });
    },
  },
  {
    name: "Large scores break nothing.",
    async run(exports) {
      const q = tensor([[200, 100], [-150, 0]]), k = tensor([[1, 1], [1.5, 0], [0, -1]]);
      const found = functionOf(exports, "weights")(q, k), { numbers } = await numbersOf(found, "the weights");
      if (!numbers.every(Number.isFinite)) {
        throw new Wrong("With a score of 212 a weight is not a number: exp overflowed. Take the largest score of " +
          "each row away first; the weights stay the same.");
      }
      await expectClose(found, reference.weights(q, k), { name: "the weights", input: "scores up to 212" });
    },
  },
  {
    name: "The mix of values, for sizes you do not see.",
    async run(exports) {
      manualSeed(5);
      for (const [T, S, d, e] of [[2, 3, 4, 2], [1, 6, 3, 5], [5, 1, 2, 3], [4, 4, 8, 8]]) {
        const q = randn([T, d]), k = randn([S, d]), v = randn([S, e]);
        const found = functionOf(exports, "attend")(q, k, v);
        await expectShape(found, [T, e], "the mix");
        await expectClose(found, F.scaledDotProductAttention(q, k, v), { name: "the mix",
          input: `${write(T)} queries, ${write(S)} keys of ${write(d)}, values of ${write(e)}` });
      }
    },
  },
  {
    name: "The gradient of the values.",
    async run(exports) {
      const { dV } = await back(exports);
      await checkGradient((x) => loss(Q, K, rows(x, 2)), dV, V.flat(), { name: "dV" });
    },
  },
  {
    name: "The gradients of queries and keys.",
    async run(exports) {
      const { dQ, dK } = await back(exports), P = reference.weights(tensor(Q), tensor(K));
      const dP = tensor(G).matmul(tensor(V).T), dS = P.mul(dP.sub(P.mul(dP).sum([1], { keepdim: true })));
      if (close(dQ, await flat(dS.matmul(tensor(K))))) {
        throw new Wrong("dQ is twice as large as it should be: the scores were divided by √4 on the way forward, so " +
          "their gradient is divided by it too.");
      }
      if (close(dQ, await flat(P.mul(dP).matmul(tensor(K)).div(2)))) {
        throw new Wrong("You used P ⊙ dP. A weight can only grow at the cost of the others in its row: take the row " +
          "sum of P ⊙ dP away inside the bracket.");
      }
      if (close(dQ, await flat(dP.sub(P.mul(dP).sum([1], { keepdim: true })).matmul(tensor(K)).div(2)))) {
        throw new Wrong("The factor P before the bracket is missing: a key with weight 0 gets no gradient.");
      }
      await checkGradient((x) => loss(rows(x, 4), K, V), dQ, Q.flat(), { name: "dQ" });
      await checkGradient((x) => loss(Q, rows(x, 4), V), dK, K.flat(), { name: "dK" });
    },
  },
];
