import { F, tensor } from "gradus";
import { expectClose, expectShape, forAll, functionOf, numbersOf, write, Wrong, type Check, type Exports,
  type Generators } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Rows = number[][];
const near = (yours: readonly number[], list: readonly number[]): boolean =>
  yours.length === list.length && yours.every((v, i) => Math.abs(v - list[i]) < 1e-6);
async function flat(exports: Exports, name: string, ...inputs: readonly unknown[]): Promise<readonly number[]> {
  const found = await functionOf(exports, name)(...structuredClone(inputs));
  const [q, , v] = inputs as [Rows, Rows, Rows];
  await expectShape(found, [q.length, v[0].length], name);
  return (await numbersOf(found, name)).numbers;
}
/** One number for each key and value, so that all can be followed by hand. */
const Q: Rows = [[1], [1], [1], [2]], K: Rows = [[1], [2], [1], [0]], V: Rows = [[4], [1], [0], [9]];
const INPUT = "q 1, 1, 1, 2; k 1, 2, 1, 0; v 4, 1, 0, 9; fade 0.5", WANTED = [4, 4, 2, 2];
const any4 = (any: Generators) => any.record({ q: any.matrix(7, 2), k: any.matrix(7, 2), v: any.matrix(7, 3),
  fade: any.number(0, 1), size: any.integer(1, 8) });

export const checks: readonly Check[] = [
  {
    name: "The table, with one number for each key and value.",
    async run(exports) {
      const yours = await flat(exports, "parallel", Q, K, V, 0.5);
      if (near(yours, [4, 6, 6, 12])) {
        throw new Wrong("Your outputs are 4, 6, 6, 12: nothing fades. A token of t − s tokens ago counts fade to the " +
          "power of t − s.");
      }
      if (near(yours, [2, 2, 1, 1])) {
        throw new Wrong("Everything is half of what it should be: the present token fades too. Its distance is 0.");
      }
      if (yours[0] > 4 || yours[0] < 4) {
        throw new Wrong(`The first token sees only itself, 1 · 1 · 4 = 4, and your first output is ` +
          `${write(yours[0])}. ` +
          "Later tokens must not be seen, and the present one counts whole.");
      }
      await expectClose([...yours], WANTED, { name: "parallel", input: INPUT });
    },
  },
  {
    name: "The walk: the token enters, then the state is read.",
    async run(exports) {
      const yours = await flat(exports, "recurrent", Q, K, V, 0.5);
      if (near(yours, [0, 4, 4, 4])) {
        throw new Wrong("Your first output is 0: the state is read before the token has entered it.");
      }
      if (near(yours, [4, 6, 6, 12])) throw new Wrong("Your state never fades. Multiply it by the fade at each token.");
      if (near(yours, [4, 3, 1.5, 1.5])) {
        throw new Wrong("The new token fades together with the old state. Only what was there before fades.");
      }
      await expectClose([...yours], WANTED, { name: "recurrent", input: INPUT });
    },
  },
  {
    name: "Two chunks of two.",
    async run(exports) {
      const yours = await flat(exports, "chunked", Q, K, V, 0.5, 2);
      if (near(yours, [4, 4, 0, 0])) {
        throw new Wrong("From token 3 on your outputs are 0: the second chunk knows nothing of the first. Hand the " +
          "state over.");
      }
      if (near(yours, [4, 4, 4, 4])) {
        throw new Wrong("Token 3 reads 4 and should read 2. The state is that of the end of the last chunk; for the " +
          "first place of this one it has faded once already.");
      }
      if (near(yours, [4, 4, 2, 4])) {
        throw new Wrong("Token 4 reads 4 and should read 2: at all places of the chunk the state is faded alike. " +
          "Each " +
          "place further fades it once more.");
      }
      if (near(yours, [4, 4, 3, 3])) {
        throw new Wrong("Token 3 reads 3 and should read 2. What is handed over was not faded inside its own chunk: " +
          "its first token stood one place before the end.");
      }
      await expectClose([...yours], WANTED, { name: "chunked", input: `${INPUT}; size 2` });
    },
  },
  {
    name: "Over three chunks, the old state fades as well.",
    async run(exports) {
      const q = Array.from({ length: 6 }, () => [1]), k = [[1], [0], [0], [0], [0], [0]], v = k.map(() => [64]);
      const yours = await flat(exports, "chunked", q, k, v, 0.5, 2);
      if (near(yours, [64, 32, 16, 8, 16, 8])) {
        throw new Wrong("A single token fades 64, 32, 16, 8, and then jumps up to 16: while a chunk was read its own " +
          "tokens were added to the state, and the old state did not fade.");
      }
      if (near(yours, [64, 32, 16, 8, 0, 0])) {
        throw new Wrong("In the third chunk nothing of the first is left: what is handed over holds only the last " +
          "chunk. Add it to the faded state of before.");
      }
      await expectClose([...yours], [64, 32, 16, 8, 4, 2], { name: "chunked", input: "one token, then silence; size " +
        "2" });
    },
  },
  {
    name: "Three ways, one result, and the library’s.",
    run: (exports) => forAll(any4, async ({ q, k, v, fade, size }) => {
      const input = write({ q, k, v, fade, size }), wanted = reference.parallel(q, k, v, fade);
      for (const name of ["parallel", "recurrent"]) {
        await expectClose(await functionOf(exports, name)(...structuredClone([q, k, v]), fade), wanted, { name,
          input });
      }
      await expectClose(await functionOf(exports, "chunked")(...structuredClone([q, k, v]), fade, size), wanted,
        { name: "chunked", input });
      const head = (rows: Rows) => tensor([rows]).unsqueeze(2), kept = Math.max(fade, 1e-3);
      const library = F.linearAttention(head(q), head(k), head(v), { logDecay: tensor([Math.log(kept)]), chunk: 3 });
      await expectClose(await functionOf(exports, "parallel")(...structuredClone([q, k, v]), kept),
        library.reshape([q.length, v[0].length]), { name: "parallel beside F.linearAttention", input, tolerance:
          1e-4 });
    }, { runs: 25 }),
  },
];
