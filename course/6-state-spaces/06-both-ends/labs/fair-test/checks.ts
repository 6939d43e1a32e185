import { expectClose, forAll, functionOf, numbersOf, write, Wrong, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length &&
  a.every((v, i) => Math.abs(v - b[i]) < 1e-9);
async function groupsOf(exports: Exports, chains: string[], limit: number): Promise<readonly number[]> {
  return (await numbersOf(await functionOf(exports, "clusters")([...chains], limit), "clusters")).numbers;
}
async function parts(exports: Exports, name: string, keys: readonly string[], ...inputs: readonly unknown[]):
  Promise<readonly (readonly number[])[]> {
  const found = await functionOf(exports, name)(...structuredClone(inputs)) as Record<string, unknown> | null;
  if (typeof found !== "object" || found === null || keys.some((key) => !(key in found))) {
    throw new Wrong(`${name} should return an object with ${keys.join(" and ")}.`);
  }
  return Promise.all(keys.map(async (key) => (Array.isArray(found[key]) && (found[key] as unknown[]).length === 0 ? []
    : (await numbersOf(found[key], `${key} of ${name}`)).numbers)));
}
/** A row of relatives whose ends differ, and somebody else. */
const CHAINS = ["AAAA", "GGGG", "AAAE", "AAEE", "GGGP"];

export const checks: readonly Check[] = [
  {
    name: "How much of two chains is the same.",
    async run(exports) {
      const yours = await functionOf(exports, "identity")("AELV", "AEVL") as number;
      if (yours === 2) throw new Wrong("Two places are the same, of four. The share is 0.5.");
      if (yours === 1) throw new Wrong("“AELV” and “AEVL” have the same letters, at different places. Compare place " +
        "by place.");
      await expectClose(yours, 0.5, { name: "identity", input: "AELV, AEVL" });
    },
  },
  {
    name: "Relatives of relatives.",
    async run(exports) {
      const yours = await groupsOf(exports, CHAINS, 0.75), input = `${CHAINS.join(", ")}; limit 0.75`;
      if (same(yours, [0, 1, 0, 2, 1])) {
        throw new Wrong("AAEE is no relative of AAAA, but of AAAE, which is one. You compare with the first of a " +
          "group " +
          "only; then test chains have relatives in training.");
      }
      if (same(yours, [0, 1, 2, 3, 4])) {
        throw new Wrong("AAAA and AAAE agree in three of four places, and the limit is 0.75: at least that much " +
          "makes " +
          "them relatives.");
      }
      await expectClose([...yours], [0, 1, 0, 0, 1], { name: "clusters", input });
      const late = ["AAAA", "EEEE", "AAEE", "AAAE", "AEEE"];
      await expectClose([...await groupsOf(exports, late, 0.75)], [0, 0, 0, 0, 0], { name: "clusters",
        input: `${late.join(", ")}; limit 0.75: two groups that grow together` });
    },
  },
  {
    name: "Whole groups on one side.",
    async run(exports) {
      const [train, test] = await parts(exports, "split", ["train", "test"], [0, 1, 0, 0, 1, 2], 0.25);
      if (same(test, [0, 1]) || same(test, [0, 2])) {
        throw new Wrong(`Your test set is ${write([...test])}: two chains are a third of six, but group 0 is cut in ` +
          `two. ` +
          "Its other members are learned from.");
      }
      await expectClose([...test], [0, 2, 3], { name: "test", input: "groups 0, 1, 0, 0, 1, 2; share 0.25" });
      await expectClose([...train], [1, 4, 5], { name: "train", input: "groups 0, 1, 0, 0, 1, 2; share 0.25" });
    },
  },
  {
    name: "Each class, not only all of them.",
    async run(exports) {
      const said = [0, 0, 2, 2, 2, 0], truth = [0, 0, 0, 2, 1, 2];
      const [all, recall] = await parts(exports, "q3", ["all", "recall"], said, truth);
      if (Math.abs(recall[0] - recall[2]) > 1e-9 && Math.abs(recall[2] - 1 / 3) < 1e-9) {
        throw new Wrong("Of the residues called coil a third are: that is precision. Recall asks how many of the " +
          "true ones " +
          "were found, 1 of 2.");
      }
      if (Number.isNaN(recall[1])) throw new Wrong("Your recall of a class that never occurs is not a number. Say 0.");
      await expectClose([...all, ...recall], [0.5, 2 / 3, 0, 0.5], { name: "all and recall",
        input: `said ${write(said)}, true ${write(truth)}` });
      const [, none] = await parts(exports, "q3", ["all", "recall"], [0, 2], [0, 0]);
      if (none.some(Number.isNaN)) {
        throw new Wrong("Your recall of a class that never occurs is not a number. Say 0.");
      }
      await expectClose([...none], [0.5, 0, 0], { name: "recall", input: "said 0, 2, true 0, 0" });
    },
  },
  {
    name: "Any chains: the same as the reference.",
    run: (exports) => forAll((any) => any.record({ chains: any.list(any.list(any.choice("A", "E", "G"), 6,
      6).map((list) =>
      list.join("")), 1, 7), limit: any.choice(0.5, 2 / 3, 5 / 6), share: any.choice(0.2, 0.4, 0.6) }),
    async ({ chains, limit, share }) => {
      const input = write({ chains, limit }), groups = reference.clusters(chains, limit - 1e-9);
      await expectClose([...await groupsOf(exports, chains, limit - 1e-9)], groups, { name: "clusters", input });
      const [train, test] = await parts(exports, "split", ["train", "test"], groups, share);
      const wanted = reference.split(groups, share);
      await expectClose([...test, ...train], [...wanted.test, ...wanted.train], { name: "test, then train",
        input: write({ groups, share }) });
    }, { runs: 30 }),
  },
];
