import { explain, F, manualSeed, randn, tensor, type Tensor } from "gradus";
import { expectClose, expectShape, functionOf, numbersOf, write, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Inputs = readonly [q: Tensor, k: Tensor, v: Tensor];
function draw(seed: number, T: number, d: number, e: number): Inputs {
  manualSeed(seed);
  const some = (width: number): Tensor => tensor(randn([T, width]).dataSync(), { shape: [T, width] });
  return [some(d), some(d), some(e)];
}
const [Q, K, V] = draw(4, 6, 3, 2), phi = (x: Tensor): Tensor => F.elu(x).add(1);
const table = (): Tensor => phi(Q).matmul(phi(K).T);
const divided = (P: Tensor): Tensor => P.div(P.sum(1, { keepdim: true }));
const lower = (P: Tensor, diagonal = 0): Tensor => P.mul(F.localMask(6, { window: 6, causal: true })
  .logicalAnd(diagonal === 0 ? P.gt(-1) : F.localMask(6, { window: 0 }).logicalNot()).to("f32"));
const near = async (yours: readonly number[], other: Tensor): Promise<boolean> => {
  const numbers = await other.data();
  return yours.length === numbers.length && yours.every((v, i) => Math.abs(v - numbers[i]) < 1e-4);
};
async function rowsOf(exports: Exports, name: string, inputs: Inputs): Promise<readonly number[]> {
  const made = await functionOf(exports, name)(...inputs);
  await expectShape(made, inputs[2].shape, name);
  return (await numbersOf(made, name)).numbers;
}
interface Step { readonly y: unknown; readonly state: unknown }
/** What the recurrence gives for every token, and the last state. */
async function run(exports: Exports, [q, k, v]: Inputs):
Promise<{ readonly rows: number[][]; readonly state: unknown }> {
  let state = await functionOf(exports, "start")(q.shape[1], v.shape[1]);
  const rows: number[][] = [];
  for (let t = 0; t < q.shape[0]; t++) {
    const token = [q, k, v].map((x) => x.select(0, t));
    const made = await functionOf(exports, "step")(state, ...token) as Step | undefined;
    if (typeof made !== "object" || made === null || !("y" in made) || !("state" in made)) {
      throw new Wrong("step should return { y, state }.");
    }
    await expectShape(made.y, [v.shape[1]], "y");
    rows.push([...(await numbersOf(made.y, "y")).numbers]);
    state = made.state;
  }
  return { rows, state };
}
/** How many numbers a state holds, in tensors or lists. */
function sizeOf(state: unknown): number {
  if (typeof state === "number") return 1;
  if (typeof state !== "object" || state === null) return 0;
  if ("shape" in state && Array.isArray(state.shape)) {
    return (state.shape as number[]).reduce((a, b) => a * b, 1);
  }
  return Object.values(state).reduce<number>((total, part) => total + sizeOf(part), 0);
}

export const checks: readonly Check[] = [
  {
    name: "Every query sees every key.",
    async run(exports) {
      const yours = await rowsOf(exports, "open", [Q, K, V]), P = table();
      if (await near(yours, P.matmul(V))) {
        throw new Wrong("The weights of a row do not add up to 1 yet: divide by φ(q) · Σ φ(k).");
      }
      if (await near(yours, F.softmax(P, 1).matmul(V))) {
        throw new Wrong("That is a softmax of the products. Here the products are the weights, divided by their sum.");
      }
      if (await near(yours, divided(Q.matmul(K.T)).matmul(V))) {
        throw new Wrong("You multiplied the queries and keys as they are. Take φ of both first: it makes them " +
          "positive.");
      }
      if (await near(yours, divided(lower(P)).matmul(V))) {
        throw new Wrong("In open every query sees every key; yours sees those up to its own place.");
      }
      await expectClose(yours, (await numbersOf(reference.open(Q, K, V))).numbers, { name: "open",
        input: "six tokens" });
    },
  },
  {
    name: "Without a table of T × T.",
    run(exports) {
      const T = 97, inputs = draw(5, T, 4, 3), { graph } = explain((q: Tensor, k: Tensor, v: Tensor) =>
        functionOf(exports, "open")(q, k, v) as Tensor, [...inputs]);
      if (graph.includes(`[${T}, ${T}]`)) {
        throw new Wrong(`For ${T} tokens open makes a table of ${T} × ${T}, which is ${write(T * T)} numbers. With ` +
          "φ(K)ᵀ V first, the largest table between has 4 × 3.");
      }
    },
  },
  {
    name: "With a mask, query i sees keys up to i.",
    async run(exports) {
      const yours = await rowsOf(exports, "masked", [Q, K, V]), P = table();
      if (await near(yours, divided(P).matmul(V))) {
        throw new Wrong("Nothing is masked: your queries see what lies ahead.");
      }
      if (await near(yours, lower(divided(P)).matmul(V))) {
        throw new Wrong("You masked after dividing, so what lies ahead is still in the divisor. Mask the table, then " +
          "take the sums of its rows.");
      }
      if (await near(yours, lower(P).matmul(V))) {
        throw new Wrong("The weights of a row do not add up to 1 yet: divide by the sum of the masked row.");
      }
      const wanted = (await numbersOf(reference.masked(Q, K, V))).numbers;
      const others = await divided(lower(P, 1)).matmul(V).data();
      if (wanted.length === yours.length && yours.slice(2).every((v, i) => Math.abs(v - others[i + 2]) < 1e-4)) {
        throw new Wrong("Your queries do not see their own key. Query i sees keys up to and with i.");
      }
      await expectClose(yours, wanted, { name: "masked", input: "six tokens" });
    },
  },
  {
    name: "The recurrence gives the same rows.",
    async run(exports) {
      const { rows } = await run(exports, [Q, K, V]), P = table(), yours = rows.flat();
      if (await near(yours, lower(P).matmul(V))) {
        throw new Wrong("y is the sum of weighted values, not yet divided. Carry Σ φ(k) too, and divide by " +
          "φ(q) · Σ φ(k).");
      }
      const others = await divided(lower(P, 1)).matmul(V).data();
      if (yours.slice(2).every((v, i) => Math.abs(v - others[i + 2]) < 1e-4)) {
        throw new Wrong("You read before you wrote: token i should see itself, so add its part first.");
      }
      if (await near(yours, V)) {
        throw new Wrong("Every y is its own token’s value: the state forgets what came before. Add to it.");
      }
      const wanted = await reference.masked(Q, K, V).array() as number[][];
      for (const [t, row] of rows.entries()) {
        await expectClose(row, wanted[t], { name: "y", input: `token ${t + 1} of 6` });
      }
    },
  },
  {
    name: "The state does not grow.",
    async run(exports) {
      const few = sizeOf((await run(exports, draw(6, 2, 3, 2))).state);
      const many = sizeOf((await run(exports, draw(6, 12, 3, 2))).state);
      if (many > few) {
        throw new Wrong(`After 2 tokens your state holds ${few} numbers, after 12 it holds ${many}: that is a cache. ` +
          "Sums are enough.");
      }
    },
  },
  {
    name: "Other sizes, and all three against each other.",
    async run(exports) {
      for (const [T, d, e] of [[1, 2, 3], [5, 1, 1], [9, 4, 3]]) {
        const inputs = draw(T, T, d, e), input = `${T} tokens, d = ${d}, e = ${e}`;
        const all = (await numbersOf(reference.open(...inputs))).numbers;
        await expectClose(await rowsOf(exports, "open", inputs), all, { name: "open", input });
        await expectClose(await rowsOf(exports, "masked", inputs),
          (await numbersOf(reference.masked(...inputs))).numbers, { name: "masked", input });
        const { rows } = await run(exports, inputs);
        await expectClose(rows[T - 1], all.slice(-e), { name: "the last y, which sees all keys,", input });
      }
    },
  },
];
