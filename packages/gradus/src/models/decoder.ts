import { take } from "../ops/indexing.ts";
import { concat, narrow } from "../ops/movement.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { LanguageModel } from "./language-model.ts";

/** What one more token makes of B sequences. */
export interface DecoderStep {
  /** Scores (B, V) of every next token, before any softmax. */
  readonly logits: Tensor;
  /** The state after the token. Parts that did not change may be the same tensors as before. */
  readonly state: readonly Tensor[];
  /** What the last layer made of the token (B, D), before the scores: contrastive search compares these. */
  readonly hidden?: Tensor;
}

/**
 * What every way of generating is written against: something that reads one token at a time for B sequences at once.
 *
 * The state is a list of tensors with one rule: **sequences lie along the first axis (B, ...), and a tensor without
 * axes (a position) belongs to all of them.** So whoever generates can repeat, drop and re-order sequences without
 * knowing what is in there: rows `[0, 0, 2]` of every tensor. Keys and values of attention, cells of an LSTM, states
 * of a state-space model and the memory of an encoder all fit.
 *
 * Language models with `start` and `step` are decoders. An encoder-decoder becomes one where it has read its source:
 * an object whose `start(batch)` holds what the encoder found, one source repeated for each sequence (B, S, D), and
 * whose `owner` is the model. The prompt is then the token that begins a target.
 */
export interface Decoder {
  /** How many different tokens there are: V. */
  readonly vocabulary: number;
  /** How many tokens the state has room for; Infinity where its size does not depend on the length. */
  readonly context: number;
  /** What `step` depends on besides its arguments; decoders of one owner share compiled steps. Default: itself. */
  readonly owner?: object;
  /** The state before the first token, for B sequences. */
  start(batch: number): readonly Tensor[];
  /**
   * Reads one more token of each sequence (B), i32. A function of tensors alone, since it may be compiled: what differs
   * from text to text belongs into the state.
   */
  step(token: Tensor, state: readonly Tensor[]): DecoderStep;
}

/** The state of the sequences `rows` (R), i32: some may come several times, others not at all. */
export const selectSequences = (state: readonly Tensor[], rows: Tensor): readonly Tensor[] =>
  state.map((part) => part.shape.length === 0 ? part : take(part, rows, 0));

/** True for what can read one token at a time. */
export const isDecoder = (model: LanguageModel | Decoder): model is Decoder => "start" in model && "step" in model;

/**
 * A language model as a decoder: the model itself where it can read one token at a time; otherwise its state is the
 * last `context` tokens (B, T), and it looks at all of them for every new one.
 */
export function decoderOf(model: LanguageModel | Decoder): Decoder {
  if (isDecoder(model)) return model;
  return {
    vocabulary: model.vocabulary,
    context: Infinity,
    owner: model,
    start: () => [],
    step(token, [seen]) {
      const all = seen === undefined ? token.unsqueeze(1) : concat([seen, token.unsqueeze(1)], 1);
      const T = all.shape[1], kept = Math.min(T, model.context);
      const window = narrow(all, 1, T - kept, kept);                          // (B, at most the context)
      return { logits: model.forward(window).select(1, -1), state: [window] };
    },
  };
}
