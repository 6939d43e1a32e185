import { DataLoader } from "../../data/loader.ts";
import { ItemDataset } from "../../data/items.ts";
import { parseConll, spansOfTags, type EntitySpan } from "../../data/formats/language.ts";
import { bucketSampler } from "../../data/sampler.ts";
import { taggedSentences, type TaggedWord } from "../../data/tagged-sentences.ts";
import { compile } from "../../exec/compile.ts";
import { accuracy } from "../../metrics/classification.ts";
import { entityScores } from "../../metrics/entities.ts";
import type { BiLSTMCRF } from "../../models/bilstm-crf.ts";
import { noGrad } from "../../tensor/gradient.ts";
import { tensor } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Vocabulary } from "../../text/vocabulary.ts";
import { DataError } from "../../vocab/errors.ts";
import { RandomStream } from "../../vocab/random.ts";
import { adamwTask } from "../adamw-task.ts";
import { keptTexts } from "../kept.ts";
import { GENERATED, type Settings, type Source, type TaskData, type TaskRecipe } from "../recipe.ts";
import type { Evaluation } from "../task.ts";

/** Letters that are looked at of a word, and to which multiple of words sentences are filled up. */
const LETTERS = 20, MULTIPLE = 8;
/** A word seen once in training stands for an unknown one that often. */
const FORGOTTEN = 0.5;
const SPECIAL = ["<pad>", "<unk>"] as const, UNKNOWN = 1;

type Sentence = readonly TaggedWord[];
interface Sentences {
  readonly train: readonly Sentence[];
  readonly heldOut: readonly Sentence[];
}
/** Words as the vocabulary has them: lower case, digits alike, names of users and addresses alike. */
const plain = (word: string): string => (word.startsWith("@") && word.length > 1 ? "<user>"
  : /^https?:/.test(word) ? "<url>" : word.toLowerCase().replace(/\d/g, "0"));

/** Words, letters and tags by number: what a tagger knows of language. */
class TagVocabulary {
  readonly words: Vocabulary;
  readonly letters: Vocabulary;
  readonly tags: readonly string[];

  constructor(words: readonly string[], letters: readonly string[], tags: readonly string[]) {
    this.words = new Vocabulary(words);
    this.letters = new Vocabulary(letters);
    this.tags = tags;
  }
  static of(sentences: readonly Sentence[]): TagVocabulary {
    const words = sentences.map((sentence) => sentence.map(([word]) => plain(word)));
    const letters = sentences.map((sentence) => sentence.flatMap(([word]) => Array.from(word)));
    const tags = [...new Set(sentences.flatMap((sentence) => sentence.map(([, tag]) => tag)))].sort();
    const known = Vocabulary.of(letters, { special: SPECIAL, minCount: 5 });
    return new TagVocabulary(Vocabulary.of(words, { special: SPECIAL }).words, known.words, tags);
  }
  get kept(): object {
    return { words: this.words.words, letters: this.letters.words, tags: this.tags };
  }
  static restore(kept: object): TagVocabulary {
    return new TagVocabulary(keptTexts(kept, "words"), keptTexts(kept, "letters"), keptTexts(kept, "tags"));
  }
  async model(): Promise<BiLSTMCRF> {
    const { BiLSTMCRF } = await import("../../models/bilstm-crf.ts");
    return new BiLSTMCRF({
      words: this.words.size, characters: this.letters.size, tags: this.tags.length, filters: 64, dropout: 0.3,
    });
  }
  /** Words (B, T), letters (B, T, LETTERS) and tags (B, T), filled up to a multiple of words. */
  batch(sentences: readonly Sentence[], forget: (word: number) => boolean = () => false): Tensor[] {
    const B = sentences.length, longest = Math.max(...sentences.map((sentence) => sentence.length));
    const T = Math.ceil(longest / MULTIPLE) * MULTIPLE;
    const words = new Int32Array(B * T), letters = new Int32Array(B * T * LETTERS), tags = new Int32Array(B * T);
    sentences.forEach((sentence, b) => sentence.forEach(([word, tag], t) => {
      const at = b * T + t, id = this.words.idOf(plain(word)) ?? UNKNOWN;
      words[at] = forget(id) ? UNKNOWN : id;
      tags[at] = Math.max(0, this.tags.indexOf(tag));
      Array.from(word).slice(0, LETTERS).forEach((letter, i) => {
        letters[at * LETTERS + i] = this.letters.idOf(letter) ?? UNKNOWN;
      });
    }));
    const shape = [B, T];
    return [tensor(words, { shape }), tensor(letters, { shape: [...shape, LETTERS] }), tensor(tags, { shape })];
  }
}

/** The tags that a model gives to sentences. */
async function tagged(
  model: BiLSTMCRF, vocabulary: TagVocabulary, sentences: readonly Sentence[],
  decode = (words: Tensor, letters: Tensor): Tensor => model.decode(words, letters),
): Promise<string[][]> {
  const [words, letters, tags] = vocabulary.batch(sentences);
  const found = noGrad(() => decode(words, letters)), ids = await found.data(), T = words.shape[1];
  for (const done of [words, letters, tags, found]) done.dispose();
  return sentences.map((sentence, b) => sentence.map((_, t) => vocabulary.tags[ids[b * T + t]]));
}
/** How well tags fit: the share of words, or precision and recall of the entities that tags such as B-person mark. */
function figuresOf(
  metric: Tagging["metric"], truth: readonly Sentence[], found: readonly (readonly string[])[],
): Evaluation {
  const wanted = truth.map((sentence) => sentence.map(([, tag]) => tag));
  if (metric === "f1") {
    const spans = (tags: readonly (readonly string[])[]): EntitySpan[][] => tags.map((line) => spansOfTags(line));
    const { f1, ...rest } = entityScores(spans(wanted), spans(found));
    return { f1, ...rest };
  }
  const tags = [...new Set(wanted.flat())], numbers = (of: readonly (readonly string[])[]): number[] =>
    of.flat().map((tag) => tags.indexOf(tag));
  return { accuracy: accuracy(numbers(wanted), numbers(found)) };
}
/** Every word with the tag that it has most often, and unknown ones with that of most words. */
function mostFrequent({ train, heldOut }: Sentences): string[][] {
  const counts = new Map<string, Map<string, number>>();
  const add = (word: string, tag: string): void => {
    const tags = counts.get(word) ?? new Map<string, number>();
    counts.set(word, tags.set(tag, (tags.get(tag) ?? 0) + 1));
  };
  for (const [word, tag] of train.flat()) {
    add(plain(word), tag);
    add("", tag);
  }
  const best = (tags: ReadonlyMap<string, number>): string => [...tags].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  return heldOut.map((sentence) => sentence.map(([word]) => best(counts.get(plain(word)) ?? counts.get("")!)));
}

interface Tagging {
  readonly sentences: Sentences;
  readonly recipe: TaskRecipe;
  /** The figure of the recipe. */
  readonly metric: "f1" | "accuracy";
}
/** Numbers of the words that occur once. */
function rareIn(sentences: readonly Sentence[], vocabulary: TagVocabulary): ReadonlySet<number> {
  const counts = new Map<number, number>();
  for (const [word] of sentences.flat()) {
    const id = vocabulary.words.idOf(plain(word)) ?? UNKNOWN;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count === 1).map(([id]) => id));
}
function dataOf({ sentences, recipe, metric }: Tagging): TaskData {
  const { train, heldOut } = sentences, vocabulary = TagVocabulary.of(train), rare = rareIn(train, vocabulary);
  const baseline = figuresOf(metric, heldOut, mostFrequent(sentences));
  return {
    kept: vocabulary.kept,
    async task(settings: Settings) {
      const model = await vocabulary.model();
      const lengths = train.map((sentence) => sentence.length);
      const loader = new DataLoader(ItemDataset.of(train), {
        sampler: bucketSampler(lengths, { batchSize: settings.batch, seed: settings.seed, dropLast: true }),
        collate: (chosen: Sentence[]) => chosen,
      });
      const decode = compile((words: Tensor, letters: Tensor) => model.decode(words, letters), { name: "decode" });
      const sorted = [...heldOut].sort((a, b) => a.length - b.length);
      return adamwTask(recipe, settings, {
        model, stepsPerEvaluation: 250,
        batch: (step) => {
          const random = new RandomStream(settings.seed, step + 1);
          return vocabulary.batch(loader.at(step), (word) => rare.has(word) && random.uniform() < FORGOTTEN);
        },
        loss: (words, letters, tags) => model.loss(words, letters, tags),
        async evaluate() {
          const found: string[][] = [];
          for (let i = 0; i < sorted.length; i += SCORED_TOGETHER) {
            found.push(...await tagged(model, vocabulary, sorted.slice(i, i + SCORED_TOGETHER), decode));
          }
          return { ...figuresOf(metric, sorted, found), most_frequent_tag: baseline[metric] };
        },
      });
    },
  };
}
const SCORED_TOGETHER = 32;

const COMMON = {
  kind: "task", batch: 16, lr: 5e-3, weightDecay: 0.01, warmup: 0.05,
  async restore(kept) {
    const vocabulary = TagVocabulary.restore(kept), model = await vocabulary.model();
    return {
      model,
      async answer(line) {
        const words = line.trim().split(/\s+/).filter((word) => word !== "");
        if (words.length === 0) throw new DataError("the line has no words to tag");
        const [tags] = await tagged(model, vocabulary, [words.map((word) => [word, ""] as const)]);
        return words.map((word, i) => `${word}/${tags[i]}`).join(" ");
      },
    };
  },
} as const satisfies Partial<TaskRecipe>;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
async function readEntities(source: Source): Promise<Sentences> {
  const read = async (file: string): Promise<Sentence[]> =>
    parseConll(text(await source.read(file)), { name: file, separator: /\t/ })
      .map((rows) => rows.map(([word, tag]) => [word, tag] as const));
  return { train: await read("wnut17train.conll"), heldOut: await read("emerging.dev.conll") };
}
/** Named entities of noisy text. */
export const BILSTM_CRF_RECIPE: TaskRecipe = {
  ...COMMON, name: "bilstm-crf", title: "BiLSTM with a CRF that finds named entities", data: "ner-wnut17",
  wanted: "a folder with wnut17train.conll and emerging.dev.conll", steps: 3000,
  bar: { metric: "f1", value: 0.3, on: "the entities of emerging.dev.conll" },
  open: async (source) =>
    dataOf({ sentences: await readEntities(source), recipe: BILSTM_CRF_RECIPE, metric: "f1" }),
};
/** Parts of speech of sentences that a grammar makes. */
export const POS_RECIPE: TaskRecipe = {
  ...COMMON, name: "pos", title: "BiLSTM with a CRF that finds parts of speech", data: GENERATED, wanted: GENERATED,
  steps: 400,
  bar: { metric: "accuracy", value: 0.98, on: "the words of 500 sentences that a grammar made" },
  open: () => {
    const made = (size: number, seed: number): Sentence[] => taggedSentences({ size, seed });
    const sentences = { train: made(2000, 1), heldOut: made(500, 2) };
    return Promise.resolve(dataOf({ sentences, recipe: POS_RECIPE, metric: "accuracy" }));
  },
};
