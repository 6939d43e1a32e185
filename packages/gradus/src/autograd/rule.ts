import type { Node } from "../ir/node.ts";
import type { Op, OpParams } from "../ir/op.ts";

/** The gradient of sum_i <outputs[i], seeds[i]> for each wanted node, differentiable again. */
export type Differentiate = (
  outputs: readonly Node[], seeds: readonly (Node | null)[], wanted: readonly Node[],
) => (Node | null)[];

/** What a rule may use of the step it differentiates. */
export interface Step<K extends Op> {
  readonly params: OpParams[K];
  /** Operands; only those that the row saves hold numbers, the others know their shape and dtype. */
  readonly inputs: readonly Node[];
  /** The result, if the row saves it; for several outputs, one per output. */
  readonly outputs: readonly Node[];
  /** Which operands want a gradient. */
  readonly wants: readonly boolean[];
  /** For operations whose body is a graph. */
  readonly differentiate: Differentiate;
}
/** One gradient per operand, null for none, given the gradient g of the (first) output and of all outputs. */
export type Rule<K extends Op> =
  (step: Step<K>, g: Node, all: readonly (Node | null)[]) => readonly (Node | null)[];

export interface VjpRow<K extends Op> {
  /** The operands whose numbers the rule uses; "all" for every one. */
  readonly inputs: readonly number[] | "all";
  /** Whether it uses the result's numbers. */
  readonly output: boolean;
  /** Null: the result does not depend smoothly on any operand (steps, comparisons, positions, random bits). */
  readonly rule: Rule<K> | null;
}
