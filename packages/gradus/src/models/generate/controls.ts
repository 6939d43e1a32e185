import { UsageError } from "../../vocab/errors.ts";

/**
 * What shapes the choice of the next token, in the order in which it is applied: first what looks at the tokens so far
 * (penalties, n-grams), then temperature, then what cuts the distribution. Each cut works on what the one before left.
 *
 * Names, formulas and order are those of Hugging Face's transformers; frequency and presence penalty those of OpenAI's
 * interface, which transformers does not have.
 */
export interface Controls {
  /**
   * Scores of tokens that the text already has are divided by it where positive and multiplied where negative: above 1
   * they become rarer. Default 1. Keskar et al., "CTRL", arXiv 1909.05858, 2019, section 4.1.
   */
  readonly repetitionPenalty?: number;
  /** Taken from a token's score for each time it was written after the prompt. Default 0. */
  readonly frequencyPenalty?: number;
  /** Taken once from the score of each token written after the prompt. Default 0. */
  readonly presencePenalty?: number;
  /**
   * No n tokens come a second time in the same order. Default 0: they may. Paulus et al., "A deep reinforced model for
   * abstractive summarization", ICLR 2018, section 2.5.
   */
  readonly noRepeatNgram?: number;
  /** Scores are divided by it: below 1 the likely tokens become likelier; 0 takes the likeliest always. Default 1. */
  readonly temperature?: number;
  /** Only the k likeliest tokens may come, and those as likely as the last of them. Default all. */
  readonly topK?: number;
  /**
   * The nucleus: the fewest likeliest tokens whose probabilities add up to p. Default 1. Holtzman et al., "The curious
   * case of neural text degeneration", ICLR 2020, section 3.1.
   */
  readonly topP?: number;
  /**
   * Tokens at least p times as likely as the likeliest. Default 0. Nguyen et al., "Turning up the heat: min-p
   * sampling", ICLR 2025.
   */
  readonly minP?: number;
  /**
   * Tokens whose surprise is nearest to the mean surprise (the entropy), until their probabilities add up to p.
   * Default 1. Meister et al., "Locally typical sampling", TACL 2023, section 4.
   */
  readonly typicalP?: number;
}

type Range = readonly [what: string, fits: (value: number) => boolean];
const ABOVE: Range = ["more than 0", (value) => value > 0];
const ANY: Range = ["a finite number", Number.isFinite];
const SHARE: Range = ["more than 0 and at most 1", (value) => value > 0 && value <= 1];
const RANGES: Readonly<Record<keyof Controls, Range>> = {
  repetitionPenalty: ABOVE, frequencyPenalty: ANY, presencePenalty: ANY,
  noRepeatNgram: ["a whole number, 0 or more", (value) => Number.isInteger(value) && value >= 0],
  temperature: ["0 or more", (value) => value >= 0], topK: ["1 or more", (value) => value >= 1],
  topP: SHARE, typicalP: SHARE, minP: ["from 0 to 1", (value) => value >= 0 && value <= 1],
};

/** Throws a UsageError that names the first option that cannot be. */
export function checkControls(controls: Controls): void {
  for (const [name, [what, fits]] of Object.entries(RANGES) as [keyof Controls, Range][]) {
    const value = controls[name];
    if (value !== undefined && !fits(value)) throw new UsageError(`generate: ${name} is ${value}; it must be ${what}`);
  }
}

/**
 * Scores (V) of the next token as the controls leave them; -Infinity where a token may not come. At temperature 0
 * nothing is cut: the likeliest is taken anyway.
 *
 * @param scores Scores of the model, before any softmax.
 * @param tokens The text so far, with its prompt.
 * @param prompt How many of those tokens are the prompt.
 */
export function controlScores(
  scores: ArrayLike<number>, tokens: readonly number[], controls: Controls, prompt = 0,
): Float64Array {
  checkControls(controls);
  const made = Float64Array.from(scores);
  const { repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0, noRepeatNgram = 0 } = controls;
  if (repetitionPenalty !== 1) {
    for (const token of new Set(tokens)) {
      made[token] = made[token] < 0 ? made[token] * repetitionPenalty : made[token] / repetitionPenalty;
    }
  }
  if (frequencyPenalty !== 0 || presencePenalty !== 0) {
    const written = tokens.slice(prompt);
    for (const token of written) made[token] -= frequencyPenalty;
    for (const token of new Set(written)) made[token] -= presencePenalty;
  }
  if (noRepeatNgram > 0) banNgrams(made, tokens, noRepeatNgram);
  const { temperature = 1, topK = made.length, topP = 1, minP = 0, typicalP = 1 } = controls;
  if (temperature === 0) return made;
  if (temperature !== 1) for (let i = 0; i < made.length; i++) made[i] /= temperature;
  if (topK < made.length) cutTopK(made, topK);
  if (topP < 1) cutTopP(made, topP);
  if (minP > 0) cutMinP(made, minP);
  if (typicalP < 1) cutTypical(made, typicalP);
  return made;
}

/** Logarithms of softmax(scores). */
export function logSoftmax(scores: ArrayLike<number>): Float64Array {
  let largest = -Infinity, sum = 0;
  for (let i = 0; i < scores.length; i++) largest = Math.max(largest, scores[i]);
  for (let i = 0; i < scores.length; i++) sum += Math.exp(scores[i] - largest);
  const shift = largest + Math.log(sum);
  return Float64Array.from(scores, (score) => score - shift);
}
/** Indices, those of the largest scores first. */
export const likeliestFirst = (scores: ArrayLike<number>): number[] =>
  Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a]);

function banNgrams(scores: Float64Array, tokens: readonly number[], n: number): void {
  if (tokens.length < n) return;
  const start = tokens.slice(tokens.length + 1 - n);
  for (let at = 0; at + n <= tokens.length; at++) {
    if (start.every((token, i) => token === tokens[at + i])) scores[tokens[at + n - 1]] = -Infinity;
  }
}
function cutTopK(scores: Float64Array, k: number): void {
  const least = scores[likeliestFirst(scores)[Math.floor(k) - 1]];
  scores.forEach((score, i) => { if (score < least) scores[i] = -Infinity; });
}
function cutTopP(scores: Float64Array, p: number): void {
  const logs = logSoftmax(scores), order = likeliestFirst(scores);
  // From the unlikeliest: what lies wholly in the last 1 - p goes, the likeliest stays always.
  let below = 0;
  for (const i of order.slice(1).reverse()) {
    below += Math.exp(logs[i]);
    if (below <= 1 - p) scores[i] = -Infinity;
  }
}
function cutMinP(scores: Float64Array, p: number): void {
  const least = scores.reduce((a, b) => Math.max(a, b), -Infinity) + Math.log(p);
  scores.forEach((score, i) => { if (score < least) scores[i] = -Infinity; });
}
function cutTypical(scores: Float64Array, p: number): void {
  const logs = logSoftmax(scores);
  const entropy = logs.reduce((sum, log) => sum - (log === -Infinity ? 0 : Math.exp(log) * log), 0);
  const distance = logs.map((log) => Math.abs(-log - entropy));
  const order = likeliestFirst(distance).reverse();
  let mass = 0, last = 0;
  for (; last < order.length - 1; last++) {
    mass += Math.exp(logs[order[last]]);
    if (mass >= p) break;
  }
  const furthest = distance[order[last]];
  scores.forEach((_, i) => { if (distance[i] > furthest) scores[i] = -Infinity; });
}
