/** What quiz.yaml, essay.yaml and glossary.yaml of a lesson hold, once read. */

interface Item {
  /** Unique in the lesson. */
  readonly id: string;
  readonly prompt: string;
  readonly explain: string;
  readonly concepts?: readonly string[];
}
/** One right answer (`choice`) or several (`multi`); an explanation stands under the given and the right answer. */
export interface ChoiceItem extends Item {
  readonly kind: "choice" | "multi";
  readonly options: readonly { readonly text: string; readonly right?: boolean; readonly why?: string }[];
}
/** Any of the answers counts, compared without case and outer spaces. */
export interface ShortItem extends Item { readonly kind: "short"; readonly answers: readonly string[] }
/** `code` is TypeScript whose last expression gives the key; the build runs it with the library. */
export interface NumericItem extends Item {
  readonly kind: "numeric"; readonly code: string; readonly tolerance: number; readonly unit?: string;
}
/** What does this print? The build runs it. */
export interface TraceItem extends Item { readonly kind: "trace"; readonly code: string }
/** Which shape? The last expression is a tensor or a shape; the build runs it. */
export interface ShapeItem extends Item { readonly kind: "shape"; readonly code: string }
/** Put into order; `steps` are in the right one. */
export interface OrderItem extends Item { readonly kind: "order"; readonly steps: readonly string[] }
export type QuizItem = ChoiceItem | ShortItem | NumericItem | TraceItem | ShapeItem | OrderItem;

export interface Essay {
  readonly id: string;
  readonly prompt: string;
  /** What a good answer contains, to be ticked by the writer. */
  readonly rubric: readonly string[];
  readonly model: string;
  readonly weak: readonly { readonly text: string; readonly why: string }[];
}
export interface Term {
  readonly id: string;
  readonly term: string;
  /** Other forms that are linked at their first use. */
  readonly also?: readonly string[];
  /** Two sentences. */
  readonly text: string;
  readonly see?: readonly string[];
}
