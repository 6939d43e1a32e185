import { linear, matmul } from "../ops/contract.ts";
import { add, mul, tanh, where } from "../ops/elementwise.ts";
import { squeeze, unsqueeze } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { softmax } from "./functional/softmax.ts";
import { uniform } from "./init.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";

/** How well a state s of a decoder fits a state h of an encoder, both H wide. */
export type AlignmentForm =
  /** v^T tanh(W s + U h). Bahdanau, Cho and Bengio 2015. */
  | "bahdanau"
  /** s^T h. Luong, Pham and Manning 2015. */
  | "luong-dot"
  /** s^T W h. Luong, Pham and Manning 2015. */
  | "luong-general"
  /** v^T tanh(W [s; h]), which is v^T tanh(W_s s + W_h h). Luong, Pham and Manning 2015. */
  | "luong-concat"
  /** s^T h / sqrt(H). Vaswani et al. 2017. */
  | "scaled-dot";
/** Every form, in the order of their papers. */
export const ALIGNMENT_FORMS: readonly AlignmentForm[] =
  ["bahdanau", "luong-dot", "luong-general", "luong-concat", "scaled-dot"];

const additive = (form: AlignmentForm): boolean => form === "bahdanau" || form === "luong-concat";

/**
 * Attention of one state of a decoder to all states of an encoder: scores, a softmax over the places of the source, and
 * the mean of the encoder's states with these weights. A loop over a target makes once what does not depend on the
 * decoder, with `keys` and `constants`, and calls `attend` in each step.
 *
 * Letters: B sequences, S places of the source, H width.
 */
export class Alignment extends Module {
  readonly query: Linear | null;
  readonly key: Linear | null;
  readonly v: Tensor | null;
  readonly form: AlignmentForm;

  constructor(form: AlignmentForm, width: number) {
    super();
    const bound = 1 / Math.sqrt(width);
    this.query = additive(form) ? new Linear(width, width, { bias: false }) : null;
    this.key = additive(form) || form === "luong-general" ? new Linear(width, width, { bias: false }) : null;
    this.v = additive(form) ? parameter(uniform([width], -bound, bound)) : null;
    this.form = form;
  }
  /** What states of the decoder are compared with: h (B, S, H), result (B, S, H). */
  keys(h: Tensor): Tensor {
    return this.key?.forward(h) ?? h;
  }
  /** The parameters that every step reads: a loop takes them as constants and gives them back. */
  constants(): readonly Tensor[] {
    return this.query === null ? [] : [this.query.weight, this.v!];
  }
  /** Scores (B, S) of s (B, H) with keys (B, S, H). */
  scores(s: Tensor, keys: Tensor, constants = this.constants()): Tensor {
    if (additive(this.form)) {
      const [query, v] = constants;
      return sum(mul(tanh(add(unsqueeze(linear(s, query), 1), keys)), v), -1);
    }
    const product = squeeze(matmul(keys, unsqueeze(s, 2)), 2);                // (B, S)
    return this.form === "scaled-dot" ? mul(product, 1 / Math.sqrt(s.shape[1])) : product;
  }
  /** One step by itself: s (B, H), h (B, S, H), mask (B, S), true where there is a token; see `attend`. */
  forward(s: Tensor, h: Tensor, mask: Tensor): readonly [context: Tensor, weights: Tensor] {
    return this.attend(s, this.keys(h), h, mask);
  }
  /** The mean of h (B, S, H) over the places where the mask (B, S) is true, (B, H), and its weights (B, S). */
  attend(
    s: Tensor, keys: Tensor, h: Tensor, mask: Tensor, constants = this.constants(),
  ): readonly [context: Tensor, weights: Tensor] {
    const weights = softmax(where(mask, this.scores(s, keys, constants), -Infinity));
    return [squeeze(matmul(unsqueeze(weights, 1), h), 1), weights];
  }
  protected override describe(): string {
    return this.form;
  }
}
