import { manualSeed, noGrad, tensor, type Tensor } from "gradus";
import { Mamba } from "gradus/models";
import {
  expectClose, functionOf, numbersOf, Wrong, write, type Check, type Exports,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Model = reference.Model<readonly number[]>;
/** A model whose state is all it has read, frozen; it says what follows by a rule, and counts its steps. */
function counting(scoresOf: (read: readonly number[]) => number[]): Model & { steps: number; seen: string[] } {
  return {
    steps: 0, seen: [],
    start: () => Object.freeze([]),
    step(token, state) {
      this.steps++;
      const next = Object.freeze([...state, token]);
      this.seen.push(String(next));
      return { scores: scoresOf(next), state: next };
    },
  };
}
/** Of seven tokens: the sum of the last two read, modulo 7. */
const sums = (read: readonly number[]): number[] => {
  const next = ((read[read.length - 1] ?? 0) + (read[read.length - 2] ?? 0)) % 7;
  return Array.from({ length: 7 }, (_, i) => (i === next ? 1 : 0));
};
async function written(exports: Exports, model: Model, prompt: number[], count: number): Promise<readonly number[]> {
  return (await numbersOf(functionOf(exports, "write")(model, prompt, count), "what write returns")).numbers;
}

export const checks: readonly Check[] = [
  {
    name: "Reading hands the state on.",
    async run(exports) {
      const model = counting(sums), page = await functionOf(exports, "read")(model, [1, 2, 3]) as
        Partial<reference.Page<readonly number[]>> | null | undefined;
      if (typeof page !== "object" || page === null || !("scores" in page) || !("state" in page)) {
        throw new Wrong("read should return an object with scores and state.");
      }
      const { numbers } = await numbersOf(page.state, "the state");
      if (String([...numbers]) === "3") {
        throw new Wrong("After 1, 2, 3 the state holds only the 3, as if nothing had been read before. Give each " +
          "step the " +
          "state of the one before it.");
      }
      await expectClose(page.state, [1, 2, 3], { name: "what was read", input: "[1, 2, 3]" });
      await expectClose(page.scores, sums([1, 2, 3]), { name: "the scores", input: "[1, 2, 3]" });
      if (model.steps !== 3) throw new Wrong(`Three tokens take three steps; you made ${model.steps}.`);
    },
  },
  {
    name: "Writing takes the highest score, the first of equals.",
    async run(exports) {
      const tie = await written(exports, counting(() => [0, 2, 1, 2]), [0], 1);
      if (tie[0] === 3) throw new Wrong("Scores [0, 2, 1, 2] have two highest; you take the last. Take the first " +
        "of equals.");
      await expectClose([...tie.slice(-1)], [1], { name: "the token", input: "scores [0, 2, 1, 2]" });
      const said = await written(exports, counting(sums), [1, 1], 5);
      if (said.length === 7) {
        throw new Wrong("You return " + write([...said]) + ", the prompt among it. Return only what was written.");
      }
      await expectClose([...said], [2, 3, 5, 1, 6], { name: "the written tokens", input: "prompt [1, 1], 5 tokens" });
    },
  },
  {
    name: "Every token is read at most once.",
    async run(exports) {
      const model = counting(sums);
      await written(exports, model, [1, 1, 2, 3, 5], 3);
      if (model.steps === 8) {
        throw new Wrong("You made 8 steps, one step too many: the last token is written, and nobody asks what " +
          "follows it.");
      }
      if (model.steps !== 7) {
        throw new Wrong(`Writing 3 tokens after a prompt of 5 takes 7 steps; you made ${model.steps}. What was ` +
          `read is in ` +
          "the state and need not be read again.");
      }
      if ((await written(exports, counting(sums), [4], 0)).length > 0) throw new Wrong("Nought tokens are an " +
        "empty list.");
    },
  },
  {
    name: "Several openings from one bookmark.",
    async run(exports) {
      const model = counting(sums), prompt = [1, 2, 3, 4], openings = [[5], [0, 6], [2]];
      const { numbers } = await numbersOf(functionOf(exports, "branches")(model, prompt, openings, 2), "the branches");
      const wanted = reference.branches(counting(sums), prompt, openings, 2);
      const steps = prompt.length + openings.flat().length + openings.length;
      if (model.seen.some((read) => read.startsWith("1,2,3,4,5,0"))) {
        throw new Wrong("Your second opening continues the first. Begin each from the bookmark, the state after " +
          "the prompt.");
      }
      if (model.steps > steps) {
        throw new Wrong(`You made ${model.steps} steps where ${steps} are enough: read the prompt once, keep its ` +
          `state, and ` +
          "begin every opening from there.");
      }
      await expectClose([...numbers], wanted.flat(), { name: "the branches, one after the other",
        input: "prompt [1, 2, 3, 4], openings [[5], [0, 6], [2]], 2 tokens each" });
    },
  },
  {
    name: "With a Mamba of the library it writes what reading everything anew would write.",
    async run(exports) {
      manualSeed(5);
      const mamba = new Mamba({ vocabulary: 9, width: 8, layers: 2, state: 4 });
      const model: reference.Model<readonly Tensor[]> = {
        start: () => mamba.start(1),
        step(token, state) {
          const made = noGrad(() => mamba.step(tensor(Int32Array.of(token)), state));
          return { scores: Array.from(made.logits.dataSync()), state: made.state };
        },
      };
      const prompt = [3, 1, 4, 1, 5], said: number[] = [];
      while (said.length < 6) {
        const ids = tensor(Int32Array.from([...prompt, ...said]), { shape: [1, prompt.length + said.length] });
        const scores = noGrad(() => mamba.forward(ids).select(1, -1).flatten());
        said.push(Number(scores.argmax(0).itemSync()));
      }
      await expectClose(functionOf(exports, "write")(model, prompt, 6), said, { name: "the written tokens",
        input: "a Mamba of two layers with random weights, prompt [3, 1, 4, 1, 5]" });
    },
  },
];
