import type { Module } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Decoder, DecoderStep } from "./decoder.ts";

/**
 * A model that reads one sequence and writes another. Letters: B sequences, S places of the source, T of the target, V
 * tokens of the target's vocabulary. A token `padding` fills sources up; what it stands behind changes nothing.
 */
export interface EncoderDecoder extends Module {
  readonly sourceVocabulary: number;
  /** How many different tokens targets are made of: V. */
  readonly vocabulary: number;
  readonly padding: number;
  /** The longest target, Infinity where there is none. */
  readonly context: number;
  /** Scores of the token after each token of the target: source (B, S), target (B, T), i32, result (B, T, V). */
  forward(source: Tensor, target: Tensor): Tensor;
  /** What the decoder needs of a source (B, S), with sequences along the first axis of each tensor. */
  encode(source: Tensor): readonly Tensor[];
  /** The state before the first token, from what `encode` gave. It holds all that is needed of it. */
  start(memory: readonly Tensor[]): readonly Tensor[];
  /** Reads one more token of each sequence (B), i32. */
  step(token: Tensor, state: readonly Tensor[]): AlignedStep;
}
/** A step of a decoder that looks at a source. */
export interface AlignedStep extends DecoderStep {
  /** How much each place of the source counted (B, S), rows of sum 1; null where there is no attention. */
  readonly weights: Tensor | null;
}

/**
 * The decoder of sources that were read, for beam search and whatever else is written against `Decoder`. `start(batch)`
 * repeats each source batch / B times, next to each other.
 */
export function decoderFrom(model: EncoderDecoder, memory: readonly Tensor[]): Decoder {
  return {
    vocabulary: model.vocabulary, context: model.context, owner: model,
    start: (batch) => model.start(memory.map((part) => repeated(part, batch))),
    step: (token, state) => model.step(token, state),
  };
}
function repeated(x: Tensor, batch: number): Tensor {
  const [B, ...rest] = x.shape;
  if (B === batch) return x;
  return x.unsqueeze(1).expand([B, batch / B, ...rest]).reshape([batch, ...rest]);
}
