/**
 * What a lab is: a task whose answer is graded by what it does, never by its text. `checks.ts` of a lab exports
 * `checks: readonly Check[]`; they run in order against the learner's module, in a worker with a time limit, in Node
 * and in the browser. A check that throws a `Wrong` fails with its message; anything else thrown is the learner's own
 * error.
 */

/** What the learner's file exports: names to values. */
export type Exports = Readonly<Record<string, unknown>>;

/** Two results side by side and where they differ, to be drawn as *yours, expected, difference*. */
export interface Difference {
  /** The smallest input found that fails, printed. */
  readonly input: string;
  readonly yours: readonly number[];
  readonly expected: readonly number[];
  readonly shape: readonly number[];
  readonly tolerance: number;
}

/**
 * A failed check: what is wrong, and where. Text speaks to the learner: what happened, with the number, then what can
 * be done.
 */
export class Wrong extends Error {
  readonly difference: Difference | undefined;
  constructor(message: string, difference?: Difference) {
    super(message);
    this.name = "Wrong";
    this.difference = difference;
  }
}

export interface Check {
  /** What is checked, as a sentence: "Both zeros give zero." */
  readonly name: string;
  run(exports: Exports): void | Promise<void>;
}

/** meta.json of a lab. */
export interface LabMeta {
  readonly title: string;
  readonly minutes: number;
  /** Concepts of concepts.yaml that it exercises. */
  readonly concepts: readonly string[];
  /** Weeks of the 20-week plan whose activity it is. */
  readonly weeks?: readonly number[];
  /** Names that the learner's file must export. */
  readonly exports: readonly string[];
}
