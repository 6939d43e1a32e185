import type { Attributes, CompositeDefinition } from "../ir/op.ts";
import { neg } from "../ops/elementwise.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What an optimizer sees of one parameter in one step. */
export interface Step {
  readonly p: Tensor;
  /** The gradient to go against: with `maximize` its negative. */
  readonly g: Tensor;
  /** Learning rate, 0-d. */
  readonly lr: Tensor;
  /** Number of this step, from 1, 0-d. */
  readonly t: Tensor;
  /** What was kept from the last step, by PyTorch's names. */
  readonly slots: Readonly<Record<string, Tensor>>;
}
/** The next parameter, `p`, and the next value of every slot. */
export type Next = Readonly<Partial<Record<string, Tensor>>>;
/** Options as numbers, truth values and names: what a rule may depend on. */
export type RuleOptions<O> = Omit<Required<O>, "lr" | "maximize">;

/**
 * The arithmetic of an optimizer as a named operation, so that one step of one parameter is one node of the graph.
 * Operands: p, g, learning rate, step, slots; results: p, slots.
 */
export const rule = <O>(name: string, next: (step: Step, options: RuleOptions<O>) => Next): CompositeDefinition => ({
  name,
  body: ([p, g, lr, t, ...kept], { slots, maximize, ...options }) => {
    const names = splitNames(slots);
    const made = next({
      p, g: maximize === true ? neg(g) : g, lr, t, slots: Object.fromEntries(names.map((key, i) => [key, kept[i]])),
    }, options as unknown as RuleOptions<O>);
    return ["p", ...names].map((key) => made[key]!);
  },
});
/** The attributes of a rule: options without the learning rate, which is an operand, and the names of the slots. */
export const attributesOf = (options: object, slots: readonly string[]): Attributes => {
  const { lr: _, ...rest } = options as Record<string, Attributes[string]>;
  return { ...rest, slots: slots.join(",") };
};
const splitNames = (slots: Attributes[string]): string[] => (slots === "" ? [] : String(slots).split(","));
