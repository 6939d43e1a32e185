import type { Module } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isDecoder, type Decoder } from "./decoder.ts";

/** A model that says which token comes next. */
export interface LanguageModel extends Module {
  /** How many different tokens there are: V. */
  readonly vocabulary: number;
  /** The longest sequence it can look at; Infinity where its state has a fixed size whatever the length. */
  readonly context: number;
  /** Scores of every next token, before any softmax: tokens (B, T), i32, result (B, T, V). */
  forward(tokens: Tensor): Tensor;
}

/**
 * A language model that can read one token at a time: it keeps what it needs of the past in a state, of recurrent
 * cells, or of keys and values with room for `context` tokens.
 */
export interface RecurrentLanguageModel extends LanguageModel, Decoder {}

/** True for models that can generate with `step`. */
export const isRecurrent = (model: LanguageModel): model is RecurrentLanguageModel => isDecoder(model);
