import { gunzip, isGzip } from "../data/gzip.ts";
import {
  pairBatch, pairLoader, PADDING, plainLine, readPairs, tokenPair, type SentencePair, type TokenPair,
} from "../data/pairs.ts";
import { compile } from "../exec/compile.ts";
import { bleu } from "../metrics/translation.ts";
import type { EncoderDecoder } from "../models/encoder-decoder.ts";
import { crossEntropy } from "../nn/functional/cross-entropy.ts";
import { Adam } from "../optim/adam.ts";
import { WarmupCosineLR } from "../optim/warmup.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { DataError } from "../vocab/errors.ts";
import { pieceTokenizer, restoreTokenizer, type LineTokenizer } from "./line-tokenizer.ts";
import type { Settings, Source, TaskData, TaskModel, TaskRecipe } from "./recipe.ts";
import type { Evaluation, TrainingTask } from "./task.ts";
import { Translator } from "./translator.ts";

/** What a recipe of translation says beyond what every recipe says. */
export interface TranslationSettings extends Pick<TaskRecipe, "warmup" | "weightDecay"> {
  /** Pieces of words of both languages together. */
  readonly pieces: number;
  /** Share of each target that is spread over all tokens. Szegedy et al. 2016. */
  readonly labelSmoothing?: number;
  /** The model for one vocabulary of so many tokens. */
  readonly create: (vocabulary: number) => Promise<EncoderDecoder>;
}
export const WANTED = "a folder with train.en, train.de, test_2016_flickr.en and test_2016_flickr.de, lines aligned";
const [TRAIN, TEST] = ["train", "test_2016_flickr"] as const;

/** Pairs to learn from and pairs to be scored by, of a folder such as Multi30k's. */
export interface TranslationCorpus {
  readonly train: readonly SentencePair[];
  readonly test: readonly SentencePair[];
}
/** Reads the four files, each as it is or gzipped. */
export async function readTranslationCorpus(source: Source): Promise<TranslationCorpus> {
  const side = async (file: string): Promise<string> => {
    const bytes = await source.read(file).catch(async (error: unknown) =>
      source.read(`${file}.gz`).catch(() => { throw error; }));
    return new TextDecoder().decode(isGzip(bytes) ? await gunzip(bytes) : bytes);
  };
  const pairs = async (name: string): Promise<SentencePair[]> =>
    readPairs(await side(`${name}.en`), await side(`${name}.de`), `${source.name}/${name}`);
  return { train: await pairs(TRAIN), test: await pairs(TEST) };
}

/** What is kept with a run: one vocabulary for both languages. */
interface Kept {
  readonly vocabulary: object;
}
/** Data of a translation recipe, English to German. */
export async function openTranslation(settings: TranslationSettings, source: Source): Promise<TaskData> {
  const corpus = await readTranslationCorpus(source);
  const lines = corpus.train.flatMap((pair) => [pair.source, pair.target]);
  const tokenizer = pieceTokenizer(lines, { size: settings.pieces });
  const kept: Kept = { vocabulary: tokenizer.kept };
  return {
    kept,
    task: async (given) =>
      translationTask(settings, await settings.create(tokenizer.size), tokenizer, corpus, given),
  };
}
/** The model of a run, which translates lines. Throws a DataError if what was kept is damaged. */
export async function restoreTranslation(settings: TranslationSettings, kept: object): Promise<TaskModel> {
  const tokenizer = restoreTokenizer((kept as Partial<Kept>).vocabulary);
  const model = await settings.create(tokenizer.size);
  const translator = new Translator(model, tokenizer, tokenizer);
  return { model, answer: async (line) => (await translator.translate([plainLine(line)]))[0] };
}

/** Surprise of the right tokens: source (B, S), input and output (B, T); what fills up counts nothing. */
function surprise(
  model: EncoderDecoder, source: Tensor, input: Tensor, output: Tensor, options: { labelSmoothing?: number } = {},
  reduction: "mean" | "sum" = "mean",
): Tensor {
  const scores = model.forward(source, input);                              // (B, T, V)
  return crossEntropy(scores.reshape([-1, scores.shape[2]]), output.reshape([-1]),
    { ...options, ignoreIndex: PADDING, reduction });
}
/** A model of translation on batches of pairs of similar length, with Adam; scored on the test pairs. */
export function translationTask(
  settings: TranslationSettings, model: EncoderDecoder, tokenizer: LineTokenizer, corpus: TranslationCorpus,
  { steps, seed, lr, batch: batchSize }: Settings,
): TrainingTask {
  const { warmup, weightDecay, labelSmoothing = 0 } = settings;
  const fits = ({ source, target }: TokenPair): boolean => Math.max(source.length, target.length - 1) <= model.context;
  const numbered = corpus.train.map(({ source, target }) =>
    tokenPair(tokenizer.encode(source), tokenizer.encode(target))).filter(fits);
  if (numbered.length === 0) throw new DataError(`no pair has ${model.context} tokens or fewer; cut the lines`);
  const loader = pairLoader(numbered, { batchSize, seed });
  const optimizer = new Adam(model.parameters(), { lr, betas: [0.9, 0.98], weightDecay });
  return {
    model, optimizer, steps, maxNorm: 1, better: "higher", stepsPerEvaluation: Math.min(1000, steps),
    scheduler: new WarmupCosineLR(optimizer, { warmup: Math.round(warmup * steps), steps, minimum: lr / 50 }),
    batch: (step) => loader.at(step),
    loss: (source, input, output) => surprise(model, source, input, output, { labelSmoothing }),
    evaluate: scoreOf(model, tokenizer, corpus.test),
  };
}
/** BLEU of lines that are cut into words already, 0 to 100. */
export const bleuOf = (hypotheses: readonly string[], references: readonly string[]): number =>
  bleu(hypotheses, references.map((line) => [line]), { tokenize: (line) => line.split(" ") }).score;

/** Measures BLEU of greedy translations, and the perplexity of the right ones for each token. */
export function scoreOf(
  model: EncoderDecoder, tokenizer: LineTokenizer, pairs: readonly SentencePair[],
): () => Promise<Evaluation> {
  const translator = new Translator(model, tokenizer, tokenizer);
  const perplexity = perplexityOf(model, pairs.map(({ source, target }) =>
    tokenPair(tokenizer.encode(source), tokenizer.encode(target))));
  return async () => {
    const translated = await translator.translate(pairs.map(({ source }) => source));
    return { bleu: bleuOf(translated, pairs.map(({ target }) => target)), perplexity: await perplexity() };
  };
}
/** Measures e to the mean surprise of all tokens of the targets, END among them. */
export function perplexityOf(model: EncoderDecoder, pairs: readonly TokenPair[]): () => Promise<number> {
  const score = compile((source: Tensor, input: Tensor, output: Tensor) =>
    surprise(model, source, input, output, {}, "sum"), { name: "score" });
  const sorted = pairs.filter(({ source, target }) => Math.max(source.length, target.length - 1) <= model.context)
    .sort((a, b) => a.target.length - b.target.length || a.source.length - b.source.length);
  return async () => {
    let total = 0, count = 0;
    for (let at = 0; at < sorted.length; at += SCORED_TOGETHER) {
      const rows = sorted.slice(at, at + SCORED_TOGETHER), batch = pairBatch(rows);
      const sum = noGrad(() => score(...batch));
      total += await sum.item();
      count += rows.reduce((all, { target }) => all + target.length - 1, 0);
      for (const done of [...batch, sum]) done.dispose();
    }
    return Math.exp(total / count);
  };
}
const SCORED_TOGETHER = 64;

/** BLEU of the sentences of a range of lengths. */
export interface LengthBucket {
  /** Words of the source, from .. to. */
  readonly from: number;
  readonly to: number;
  readonly sentences: number;
  readonly bleu: number;
}
/**
 * BLEU by the length of the source in words, for each range that `bounds` ends: where one vector must hold the whole
 * sentence, long ones lose. Bahdanau et al. 2015, figure 2. Ranges without a sentence are left out.
 */
export function bleuByLength(
  pairs: readonly SentencePair[], translations: readonly string[],
  bounds: readonly number[] = [8, 11, 14, 18, Infinity],
): LengthBucket[] {
  const words = pairs.map(({ source }) => source.split(" ").length);
  return bounds.flatMap((to, i) => {
    const from = i === 0 ? 1 : bounds[i - 1] + 1;
    const rows = words.flatMap((count, row) => (count >= from && count <= to ? [row] : []));
    if (rows.length === 0) return [];
    const score = bleuOf(rows.map((row) => translations[row]), rows.map((row) => pairs[row].target));
    return [{ from, to, sentences: rows.length, bleu: score }];
  });
}
