import { randomWindows } from "../../data/text.ts";
import { compile } from "../../exec/compile.ts";
import { perplexity } from "../../metrics/text.ts";
import { LSTMLanguageModel } from "../../models/lstm-lm.ts";
import { WordMLP } from "../../models/word-mlp.ts";
import { Module } from "../../nn/module.ts";
import { crossEntropy } from "../../nn/functional/cross-entropy.ts";
import { logSoftmax } from "../../nn/functional/softmax.ts";
import { tensor } from "../../tensor/create.ts";
import { noGrad } from "../../tensor/gradient.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { NgramModel } from "../../text/ngram.ts";
import { Vocabulary } from "../../text/vocabulary.ts";
import { DataError } from "../../vocab/errors.ts";
import { adamwTask } from "../adamw-task.ts";
import { keptTexts } from "../kept.ts";
import type { Settings, Source, TaskData, TaskRecipe } from "../recipe.ts";

/** Words that the text to learn from has less often are unknown, for every model alike. */
const SEEN = 8;
/** Words of a window of training; the text to be scored is read as so many streams, so many words at a time. */
const WINDOW = 48, STREAMS = 16, PIECE = 64;
const UNKNOWN = "<unk>", LINE_END = "</s>";
/** Better for these texts than the usual 0.75, so that counting is not beaten by a poor choice. */
const DISCOUNT = 0.9;
const WIDTH = 160;

/** The words of a text, with a sign behind every line that is not empty. */
const wordsIn = (text: string): string[] => text.split("\n").flatMap((line) => {
  const words = line.split(" ").filter((word) => word !== "");
  return words.length === 0 ? [] : [...words, LINE_END];
});

/** Two models that read the same words; they share no parameter, and their losses are added. */
class WordModels extends Module {
  readonly lstm: LSTMLanguageModel;
  readonly mlp: WordMLP;

  constructor(vocabulary: number) {
    super();
    this.lstm = new LSTMLanguageModel({ vocabulary, embedding: WIDTH, hidden: WIDTH, dropout: 0.5, tied: true });
    this.mlp = new WordMLP({ vocabulary, order: 5, features: 32, hidden: 64, dropout: 0.2 });
  }
  forward(words: Tensor): Tensor {
    return this.lstm.forward(words);
  }
}
const surprise = (scores: Tensor, next: Tensor, reduction: "mean" | "sum"): Tensor =>
  crossEntropy(scores.reshape([-1, scores.shape[2]]), next.reshape([-1]), { reduction });

/**
 * Mean surprise of both models on a text, in nats. It is read as streams side by side; the LSTM keeps its state from
 * piece to piece, and the MLP sees the words before a piece, as far as it looks.
 */
function scorer({ lstm, mlp }: WordModels, ids: Int32Array): () => Promise<{ lstm: number; mlp: number }> {
  const length = (ids.length - 1) / STREAMS, back = mlp.context;
  const piece = (start: number, count: number): Tensor => {
    const rows = new Int32Array(STREAMS * count);
    for (let s = 0; s < STREAMS; s++) {
      for (let t = 0; t < count; t++) rows[s * count + t] = ids[Math.max(0, s * length + start + t)];
    }
    return tensor(rows, { shape: [STREAMS, count] });
  };
  const score = compile((words: Tensor, next: Tensor, h: Tensor, c: Tensor) => {
    const { logits, state } = lstm.read(words.narrow(1, back, PIECE), [h, c]);
    const scores = mlp.forward(words).narrow(1, back, PIECE);
    return [surprise(logits, next, "sum"), surprise(scores, next, "sum"), ...state];
  }, { name: "score" });
  return async () => {
    let state = lstm.start(STREAMS).map((part) => part.transpose(0, 1)), total = [0, 0];
    for (let start = 0; start < length; start += PIECE) {
      const words = piece(start - back, PIECE + back), next = piece(start + 1, PIECE);
      const [own, other, ...after] = noGrad(() => score(words, next, state[0], state[1]));
      total = [total[0] + await own.item(), total[1] + await other.item()];
      for (const done of [words, next, own, other, ...state]) done.dispose();
      state = after;
    }
    for (const done of state) done.dispose();
    return { lstm: total[0] / (ids.length - 1), mlp: total[1] / (ids.length - 1) };
  };
}

async function open(source: Source): Promise<TaskData> {
  const read = async (file: string): Promise<string[]> =>
    wordsIn(new TextDecoder().decode(await source.read(file)));
  const train = await read("valid.txt"), all = await read("test.txt");
  // As many words as fill the streams, and the first.
  const heldOut = all.slice(0, Math.floor((all.length - 1) / (STREAMS * PIECE)) * STREAMS * PIECE + 1);
  if (heldOut.length < 2 || train.length <= WINDOW) {
    throw new DataError(`${source.name} is too short: valid.txt needs more than ${WINDOW} words and test.txt more ` +
      `than ${STREAMS * PIECE}`);
  }
  const vocabulary = Vocabulary.of([train], { minCount: SEEN, special: [UNKNOWN] });
  const known = (words: readonly string[]): string[] => vocabulary.decode(vocabulary.encode(words));
  const kneserNey = (order: 3 | 5): number =>
    new NgramModel([known(train)], { order, pad: false, smoothing: { kind: "kneserNey", discount: DISCOUNT } })
      .perplexity([known(heldOut)]);
  const baselines = { kneser_ney_3: kneserNey(3), kneser_ney_5: kneserNey(5) };
  const learned = vocabulary.encode(train), scored = vocabulary.encode(heldOut);
  return {
    kept: { words: vocabulary.words },
    task(settings: Settings) {
      const model = new WordModels(vocabulary.size), score = scorer(model, scored);
      return Promise.resolve(adamwTask(WORD_LM_RECIPE, settings, {
        model, stepsPerEvaluation: 600,
        batch: (step) => randomWindows(learned, { length: WINDOW, count: settings.batch, seed: settings.seed, step }),
        loss: (words, next) =>
          surprise(model.lstm.forward(words), next, "mean").add(surprise(model.mlp.forward(words), next, "mean")),
        async evaluate() {
          const { lstm, mlp } = await score();
          return { perplexity: Math.exp(lstm), word_mlp: Math.exp(mlp), ...baselines };
        },
      }));
    },
  };
}

/** The next word of articles, beside models that count and a model with a window. */
export const WORD_LM_RECIPE: TaskRecipe = {
  kind: "task", name: "word-lm", title: "LSTM that predicts words", data: null,
  wanted: "a folder with valid.txt and test.txt of WikiText-2, words apart by spaces",
  bar: { metric: "perplexity", value: 63, on: "test.txt, learned from valid.txt, words seen 8 times or more" },
  batch: 12, lr: 5e-3, weightDecay: 0.05, warmup: 0.03, steps: 1800,
  open,
  restore(kept) {
    const vocabulary = new Vocabulary(keptTexts(kept, "words")), model = new WordModels(vocabulary.size);
    return Promise.resolve({
      model,
      async answer(line) {
        const words = line.split(/\s+/).filter((word) => word !== "");
        if (words.length === 0) throw new DataError("the line has no words to be surprised by");
        // The end of a line stands before its first word.
        const ids = vocabulary.encode([LINE_END, ...words]), V = vocabulary.size;
        const logs = await noGrad(() => logSoftmax(model.forward(tensor(ids, { shape: [1, ids.length] })), 2)).data();
        const found = perplexity(words.map((_, i) => logs[i * V + ids[i + 1]]));
        const last = Array.from(logs.subarray((ids.length - 1) * V)), best = last
          .map((log, id) => ({ log, id })).filter(({ id }) => id > 0).sort((a, b) => b.log - a.log).slice(0, 5);
        const next = best.map(({ log, id }) => `${vocabulary.words[id]} ${Math.exp(log).toFixed(3)}`);
        return `perplexity ${found.toFixed(1)}; next: ${next.join(", ")}`;
      },
    });
  },
};
