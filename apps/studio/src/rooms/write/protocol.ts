/** What the room and its worker say to each other. */

/** How the next token is chosen. */
export interface Choice {
  /** 0 takes the likeliest always. */
  readonly temperature: number;
  /** The k likeliest may come. */
  readonly topK: number;
  /** The fewest likeliest with this share of all probability may come. */
  readonly topP: number;
  readonly repetitionPenalty: number;
}
export interface ToWorker {
  /** Grows with every request: answers to older ones are not heard. */
  readonly id: number;
  readonly prompt: string;
  readonly length: number;
  readonly seed: number;
  readonly choice: Choice;
}
/** One token that might have come, and how likely. */
export interface Candidate {
  readonly text: string;
  /** By the model alone, and after the controls; 0 where it could not come. */
  readonly share: number;
  readonly kept: number;
}
/** A token that came. */
export interface Written {
  readonly text: string;
  readonly share: number;
  /** How many tokens the controls left, and the likeliest of all. */
  readonly open: number;
  readonly candidates: readonly Candidate[];
  readonly milliseconds: number;
}
export interface Facts {
  readonly parameters: number;
  readonly vocabulary: number;
  readonly context: number;
  readonly learnt: number;
  readonly natsPerCharacter: number;
}
export type FromWorker =
  | { readonly type: "ready"; readonly facts: Facts }
  | { readonly type: "written"; readonly id: number; readonly written: Written }
  | { readonly type: "done"; readonly id: number }
  | { readonly type: "failed"; readonly id: number; readonly message: string };
