import { inductionHeadsTask, selectiveCopyingTask, taskDataset, type TokenTask } from "../../data/tasks.ts";
import { DataLoader } from "../../data/loader.ts";
import { compile } from "../../exec/compile.ts";
import type { LanguageModel } from "../../models/language-model.ts";
import { crossEntropy } from "../../nn/functional/cross-entropy.ts";
import { AdamW } from "../../optim/adam.ts";
import { WarmupCosineLR } from "../../optim/warmup.ts";
import { tensor } from "../../tensor/create.ts";
import { noGrad } from "../../tensor/gradient.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { DataError } from "../../vocab/errors.ts";
import { GENERATED, type Settings, type TaskRecipe } from "../recipe.ts";
import type { Evaluation, TrainingTask } from "../task.ts";

/** A task whose sequences are made up: how they are made, and which of their last places are asked for. */
interface SequenceTask {
  readonly make: (size: number, seed: number) => TokenTask;
  /** How many places at the end are asked for. */
  readonly asked: number;
  /** What a user types, filled up to a whole sequence. */
  readonly complete: (tokens: readonly number[]) => readonly number[];
  readonly vocabulary: number;
  readonly lr: number;
  readonly steps: number;
  readonly on: string;
}
/** Sequences of a step, and those that are held out. */
const BATCH = 32, HELD_OUT = 512;
const WARMUP = 0.05, WEIGHT_DECAY = 0.01;

const SELECTIVE = { count: 4, length: 40, symbols: 14 };
/** 4 of 14 symbols among 36 blanks, to be said again in order. */
const SELECTIVE_COPYING: SequenceTask = {
  make: (size, seed) => selectiveCopyingTask({ ...SELECTIVE, size, seed }),
  asked: SELECTIVE.count, vocabulary: SELECTIVE.symbols + 2, lr: 6e-3, steps: 1200,
  complete: (tokens) => [...tokens, SELECTIVE.symbols + 1, ...new Array<number>(SELECTIVE.count).fill(0)],
  on: "512 sequences of 4 symbols at places drawn among 40",
};
const INDUCTION = { length: 48, symbols: 15 };
/** What followed a special token the first time is asked for the second time. */
const INDUCTION_HEADS: SequenceTask = {
  make: (size, seed) => inductionHeadsTask({ ...INDUCTION, size, seed }),
  asked: 1, vocabulary: INDUCTION.symbols + 1, lr: 6e-3, steps: 600,
  complete: (tokens) => tokens,
  on: "512 sequences of 48 tokens",
};

/**
 * One layer of about 33,000 parameters each, so that the layer itself must choose what to keep: in a stack of S4D the
 * feed-forward nets between the layers can choose for it.
 */
const MODELS: Readonly<Record<"mamba" | "s4" | "lstm", (vocabulary: number) => Promise<LanguageModel>>> = {
  async mamba(vocabulary) {
    const { Mamba } = await import("../../models/mamba.ts");
    return new Mamba({ vocabulary, width: 64, layers: 1 });
  },
  async s4(vocabulary) {
    const { S4 } = await import("../../models/s4.ts");
    return new S4({ vocabulary, width: 64, layers: 1, inner: 128 });
  },
  async lstm(vocabulary) {
    const { LSTMLanguageModel } = await import("../../models/lstm-lm.ts");
    return new LSTMLanguageModel({ vocabulary, embedding: 48, hidden: 64 });
  },
};

/** Scores (B count, V) and targets (B count) of the last `count` places, those that are asked for. */
function asked(model: LanguageModel, x: Tensor, y: Tensor, count: number): { scores: Tensor; targets: Tensor } {
  const T = y.shape[1], scores = model.forward(x).narrow(1, T - count, count);
  return { scores: scores.reshape([-1, scores.shape[2]]), targets: y.narrow(1, T - count, count).reshape([-1]) };
}
/** Share of the places asked for that are right, on sequences that training never sees. */
function accuracyOf(task: SequenceTask, model: LanguageModel): () => Promise<Evaluation> {
  const loader = new DataLoader(taskDataset(task.make(HELD_OUT, 0)), { batchSize: 128 });
  const score = compile((x: Tensor, y: Tensor) => {
    const { scores, targets } = asked(model, x, y, task.asked);
    return scores.argmax(-1).eq(targets).cast("f32").sum();
  }, { name: "score" });
  return async () => {
    let right = 0;
    for (let i = 0; i < loader.length; i++) {
      const batch = loader.at(i), hits = noGrad(() => score(batch[0], batch[1]));
      right += await hits.item();
      for (const done of [...batch, hits]) done.dispose();
    }
    return { accuracy: right / (HELD_OUT * task.asked) };
  };
}
/** New sequences at every step, which no other step and no other seed has. */
function trainingTask(task: SequenceTask, model: LanguageModel, settings: Settings): TrainingTask {
  const { seed, steps, lr, batch } = settings;
  const optimizer = new AdamW(model.parameters(), { lr, betas: [0.9, 0.99], weightDecay: WEIGHT_DECAY });
  return {
    model, optimizer, steps, maxNorm: 1, better: "higher", stepsPerEvaluation: Math.min(250, steps),
    scheduler: new WarmupCosineLR(optimizer, { warmup: Math.round(WARMUP * steps), steps, minimum: lr / 10 }),
    batch: (step) => {
      const made = taskDataset(task.make(batch, 1 + seed * 1_000_003 + step));
      return made.batch(Int32Array.from({ length: batch }, (_, row) => row));
    },
    loss: (x, y) => {
      const { scores, targets } = asked(model, x, y, task.asked);
      return crossEntropy(scores, targets);
    },
    evaluate: accuracyOf(task, model),
  };
}

/** The tokens of a line. Throws a DataError that names what is none. */
function tokensOf(line: string, vocabulary: number): number[] {
  return line.trim().split(/\s+/).map((word) => {
    const token = Number(word);
    if (word !== "" && Number.isInteger(token) && token >= 0 && token < vocabulary) return token;
    throw new DataError(`"${word}" is no token; a line holds numbers from 0 to ${vocabulary - 1} with spaces between`);
  });
}
/** The recipe of a task for one kind of model. */
function recipe(
  name: string, title: string, task: SequenceTask, model: keyof typeof MODELS, bar: number,
): TaskRecipe {
  const kept = { vocabulary: task.vocabulary };
  return {
    kind: "task", name, title, data: GENERATED, wanted: GENERATED, batch: BATCH, lr: task.lr, steps: task.steps,
    weightDecay: WEIGHT_DECAY, warmup: WARMUP, bar: { metric: "accuracy", value: bar, on: task.on },
    open: ({ name: given }) => {
      if (given !== GENERATED) {
        return Promise.reject(new DataError(`${name} makes up its own data; leave --data ${given} out`));
      }
      const start = async (settings: Settings): Promise<TrainingTask> =>
        trainingTask(task, await MODELS[model](task.vocabulary), settings);
      return Promise.resolve({ kept, task: start });
    },
    async restore() {
      const built = await MODELS[model](task.vocabulary);
      return {
        model: built,
        async answer(line) {
          const tokens = Int32Array.from(task.complete(tokensOf(line, task.vocabulary)));
          const scores = noGrad(() => built.forward(tensor(tokens, { shape: [1, tokens.length] })));
          const said = await scores.narrow(1, tokens.length - task.asked, task.asked).argmax(-1).data();
          return Array.from(said).join(" ");
        },
      };
    },
  };
}

/** Bars are what the worst of 3 seeds reached, rounded down; chance is 1 of 14 and 1 of 15. */
export const SEQUENCE_TASK_RECIPES: readonly TaskRecipe[] = [
  recipe("selective-copying", "Mamba that copies symbols and lets blanks go by", SELECTIVE_COPYING, "mamba", 0.96),
  recipe("selective-copying-s4", "S4D, which treats every input alike, at that task", SELECTIVE_COPYING, "s4", 0.62),
  recipe("selective-copying-lstm", "LSTM at that task", SELECTIVE_COPYING, "lstm", 0.57),
  recipe("induction-heads", "Mamba that recalls what once followed a sign", INDUCTION_HEADS, "mamba", 0.99),
  recipe("induction-heads-s4", "S4D, which treats every input alike, at that task", INDUCTION_HEADS, "s4", 0.06),
  recipe("induction-heads-lstm", "LSTM at that task", INDUCTION_HEADS, "lstm", 0.15),
];
