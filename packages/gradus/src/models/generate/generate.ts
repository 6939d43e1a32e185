import { UsageError } from "../../vocab/errors.ts";
import { RandomStream } from "../../vocab/random.ts";
import { decoderOf, type Decoder } from "../decoder.ts";
import type { LanguageModel } from "../language-model.ts";
import { checkControls, controlScores, logSoftmax, type Controls } from "./controls.ts";
import { draw } from "./pick.ts";
import { SequenceReader } from "./reader.ts";

/** When to stop, for all ways of generating. */
export interface Limits {
  /** How many tokens to add at most. */
  readonly length: number;
  /** Tokens that end the text; the one that came is the last one given. */
  readonly stopTokens?: readonly number[];
}
export interface GenerateOptions extends Limits, Controls {
  /** The same seed gives the same tokens. Default 0. */
  readonly seed?: number;
  /** A stream to draw from, instead of `seed`. */
  readonly random?: RandomStream;
}
/** One token, and what it was chosen from. */
export interface GenerationStep {
  readonly token: number;
  /** What the model itself thought of the token: log softmax of its scores. */
  readonly logProbability: number;
  /** The model's scores of all tokens (V). */
  readonly scores: Float32Array;
  /** The scores as the controls left them (V): -Infinity where a token could not come. */
  readonly controlled: Float64Array;
  /** Why this is the last token, or null where more may follow. */
  readonly finished: "stop" | "length" | null;
}

/** Throws a UsageError unless there is something to begin with and a length. */
export function checkLimits(prompt: readonly number[], { length }: Limits, vocabulary: number): void {
  if (prompt.length === 0) throw new UsageError("generate: the prompt is empty; give at least one token to start from");
  const wrong = prompt.find((token) => !(Number.isInteger(token) && token >= 0 && token < vocabulary));
  if (wrong !== undefined) {
    throw new UsageError(`generate: the prompt has token ${wrong}; tokens of this model are 0 to ${vocabulary - 1}`);
  }
  if (!(Number.isInteger(length) && length >= 0)) {
    throw new UsageError(`generate: length is ${length}; it must be a whole number, 0 or more`);
  }
}

/**
 * Continues a sequence of tokens, one at a time as they are drawn: from softmax of the model's scores, shaped by the
 * controls. Models with a state keep it, and where its room is full they read the last half of it again; others look
 * at the last `context` tokens for each new one. The model is in the mode it is in: call `eval()` before. Breaking out
 * of the loop frees the state.
 */
export async function* generate(
  model: LanguageModel | Decoder, prompt: readonly number[], options: GenerateOptions,
): AsyncGenerator<GenerationStep, void, undefined> {
  const { length, stopTokens = [], temperature = 1, seed = 0, random = new RandomStream(seed) } = options;
  checkLimits(prompt, options, model.vocabulary);
  checkControls(options);
  // Where nothing looks back, a long text needs no list of itself.
  const looksBack = (options.repetitionPenalty ?? 1) !== 1 || (options.noRepeatNgram ?? 0) !== 0 ||
    (options.frequencyPenalty ?? 0) !== 0 || (options.presencePenalty ?? 0) !== 0;
  const tokens = looksBack ? [...prompt] : [];
  const reader = new SequenceReader(decoderOf(model));
  try {
    let next = prompt;
    for (let i = 0; i < length; i++) {
      const { scores: [scores] } = await reader.readAll(next);
      const controlled = controlScores(scores, tokens, options, prompt.length);
      const token = draw(controlled, temperature, random);
      const finished = stopTokens.includes(token) ? "stop" : i === length - 1 ? "length" : null;
      yield { token, logProbability: logSoftmax(scores)[token], scores, controlled, finished };
      if (finished !== null) return;
      if (looksBack) tokens.push(token);
      next = [token];
    }
  } finally {
    reader.close();
  }
}
