import { MultinomialNB } from "../../classical/bayes.ts";
import { DataLoader } from "../../data/loader.ts";
import { ItemDataset } from "../../data/items.ts";
import { padSamples } from "../../data/collate.ts";
import { parseLines } from "../../data/formats/language.ts";
import { bucketSampler } from "../../data/sampler.ts";
import { shuffledSplit } from "../../data/split.ts";
import { compile } from "../../exec/compile.ts";
import { accuracy } from "../../metrics/classification.ts";
import type { SentimentClassifier } from "../../models/sentiment.ts";
import { crossEntropy } from "../../nn/functional/cross-entropy.ts";
import { softmax } from "../../nn/functional/softmax.ts";
import { tensor } from "../../tensor/create.ts";
import { noGrad } from "../../tensor/gradient.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { bagOfWords, Vocabulary } from "../../text/vocabulary.ts";
import { DataError } from "../../vocab/errors.ts";
import { adamwTask } from "../adamw-task.ts";
import { keptTexts } from "../kept.ts";
import type { Settings, Source, TaskData, TaskRecipe } from "../recipe.ts";

/** Sentences are filled up to a multiple of so many words, and cut at so many. */
const MULTIPLE = 8, LONGEST = 56;
const SPECIAL = ["<pad>", "<unk>"] as const, UNKNOWN = 1;
const CLASSES = ["negative", "positive"] as const;
/** The split is the same for every seed of a run, since the vocabulary is that of its first part. */
const SPLIT_SEED = 1;
const SCORED_TOGETHER = 64;

interface Review {
  readonly words: readonly string[];
  /** 0 negative, 1 positive. */
  readonly label: number;
}
const wordsIn = (line: string): string[] => line.trim().toLowerCase().split(/\s+/).filter((word) => word !== "");
/** Word numbers of a sentence, at least one, at most LONGEST. */
const encode = (vocabulary: Vocabulary, words: readonly string[]): Int32Array =>
  Int32Array.from(words.slice(0, LONGEST), (word) => vocabulary.idOf(word) ?? UNKNOWN);

async function readReviews(source: Source): Promise<{ train: Review[]; heldOut: Review[] }> {
  const train: Review[] = [], heldOut: Review[] = [];
  for (const [label, file] of ["rt-polarity.neg", "rt-polarity.pos"].entries()) {
    const lines = parseLines(new TextDecoder("latin1").decode(await source.read(file)));
    const all = lines.map((line) => ({ words: wordsIn(line), label })).filter(({ words }) => words.length > 0);
    const { train: learned, test } = shuffledSplit(all.length, Math.round(all.length / 10), SPLIT_SEED);
    train.push(...Array.from(learned, (row) => all[row]));
    heldOut.push(...Array.from(test, (row) => all[row]));
  }
  return { train, heldOut };
}
/** The accuracy of naive Bayes with counts of words, which is what a recurrent network has to be better than. */
function naiveBayes(train: readonly Review[], heldOut: readonly Review[], vocabulary: Vocabulary): number {
  // It learns from sums over a class alone, and both classes have as many sentences: so two rows say all.
  const together = CLASSES.map((_, label) => train.filter((review) => review.label === label)
    .flatMap(({ words }) => words));
  const model = new MultinomialNB().fit(bagOfWords(together, vocabulary), [0, 1]);
  const found: number[] = [];
  for (let i = 0; i < heldOut.length; i += SCORED_TOGETHER) {
    const some = heldOut.slice(i, i + SCORED_TOGETHER).map(({ words }) => words);
    found.push(...model.predict(bagOfWords(some, vocabulary)));
  }
  return accuracy(heldOut.map(({ label }) => label), found);
}
async function modelFor(vocabulary: Vocabulary): Promise<SentimentClassifier> {
  const { SentimentClassifier } = await import("../../models/sentiment.ts");
  return new SentimentClassifier({ vocabulary: vocabulary.size, classes: CLASSES.length });
}

async function open(source: Source): Promise<TaskData> {
  const { train, heldOut } = await readReviews(source);
  const vocabulary = Vocabulary.of(train.map(({ words }) => words), { special: SPECIAL });
  const bayes = naiveBayes(train, heldOut, vocabulary);
  const batchOf = (reviews: readonly Review[]): Tensor[] => [
    padSamples(reviews.map(({ words }) => [encode(vocabulary, words)]), { multipleOf: MULTIPLE }).fields[0],
    tensor(Int32Array.from(reviews, ({ label }) => label)),
  ];
  return {
    kept: { words: vocabulary.words },
    async task(settings: Settings) {
      const model = await modelFor(vocabulary), sorted = [...heldOut].sort((a, b) => a.words.length - b.words.length);
      const loader = new DataLoader(ItemDataset.of(train), {
        sampler: bucketSampler(train.map(({ words }) => words.length),
          { batchSize: settings.batch, seed: settings.seed, dropLast: true }),
        collate: batchOf,
      });
      const right = compile((words: Tensor, labels: Tensor) =>
        model.forward(words).argmax(1).eq(labels).cast("f32").sum(), { name: "score" });
      return adamwTask(SENTIMENT_RECIPE, settings, {
        model, stepsPerEvaluation: loader.length,
        batch: (step) => loader.at(step),
        loss: (words, labels) => crossEntropy(model.forward(words), labels),
        async evaluate() {
          let count = 0;
          for (let i = 0; i < sorted.length; i += SCORED_TOGETHER) {
            const batch = batchOf(sorted.slice(i, i + SCORED_TOGETHER)), hits = noGrad(() => right(batch[0], batch[1]));
            count += await hits.item();
            for (const done of [...batch, hits]) done.dispose();
          }
          return { accuracy: count / sorted.length, naive_bayes: bayes };
        },
      });
    },
  };
}

/** Whether a sentence of a film review praises or blames. */
export const SENTIMENT_RECIPE: TaskRecipe = {
  kind: "task", name: "sentiment", title: "GRU that says whether a review praises", data: null,
  wanted: "a folder with rt-polarity.pos and rt-polarity.neg",
  bar: { metric: "accuracy", value: 0.76, on: "a tenth of the review sentences, drawn once, mean of 3 seeds" },
  batch: 32, lr: 2e-3, weightDecay: 0.01, warmup: 0.05, steps: 900,
  open,
  async restore(kept) {
    const vocabulary = new Vocabulary(keptTexts(kept, "words")), model = await modelFor(vocabulary);
    return {
      model,
      async answer(line) {
        const words = wordsIn(line);
        if (words.length === 0) throw new DataError("the line has no words to judge");
        const ids = encode(vocabulary, words);
        const shares = await noGrad(() => softmax(model.forward(tensor(ids, { shape: [1, ids.length] })), 1)).data();
        const best = shares[1] > shares[0] ? 1 : 0;
        return `${CLASSES[best]} ${shares[best].toFixed(3)}`;
      },
    };
  },
};
