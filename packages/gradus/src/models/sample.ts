import type { RandomStream } from "../vocab/random.ts";
import { generate } from "./generate/generate.ts";
import type { LanguageModel } from "./language-model.ts";

export interface SampleOptions {
  /** How many tokens to add. */
  readonly length: number;
  /** Below 1 the likely tokens become likelier; 0 takes the likeliest always. */
  readonly temperature?: number;
  /** Only the k likeliest tokens may come. */
  readonly topK?: number;
  readonly random?: RandomStream;
}

/** Continues a sequence of tokens, one at a time as they are drawn: `generate` with its simplest options. */
export async function* sample(
  model: LanguageModel, prompt: readonly number[], options: SampleOptions,
): AsyncGenerator<number, void, undefined> {
  for await (const { token } of generate(model, prompt, options)) yield token;
}
