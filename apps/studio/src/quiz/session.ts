import { computed, signal } from "@preact/signals";
import { grade, shuffledSteps, type Answer, type Grade, type KeyedItem } from "@gradus/lessons";

/** One question as the reader meets it. */
function createQuestion(item: KeyedItem) {
  const start: Answer = item.kind === "order" ? shuffledSteps(item)
    : item.kind === "choice" || item.kind === "multi" ? [] : "";
  const answer = signal<Answer>(start);
  /** The verdict on the answer shown, or null while it is being made. */
  const verdict = signal<Grade | null>(null);
  /** Whether the right answer has been seen: after the first readable attempt. */
  const attempts = signal(0);
  /** Whether the first attempt was wrong. */
  const missed = signal(false);
  return {
    item, answer, verdict, attempts, missed,
    change(next: Answer): void {
      answer.value = next;
      verdict.value = null;
    },
    /** Grades the answer; gives the verdict where it counts as an attempt. */
    submit(): Grade | null {
      if (verdict.peek()?.readable === true) return null;
      const made = grade(item, answer.peek());
      verdict.value = made;
      if (!made.readable) return null;
      if (attempts.peek() === 0 && !made.right) missed.value = true;
      attempts.value++;
      return made;
    },
    again(): void {
      answer.value = start;
      verdict.value = null;
    },
  };
}
export type Question = ReturnType<typeof createQuestion>;

/** What becomes of an attempt: the log hears of each, and a miss becomes a card. */
export interface Outcome {
  answered(item: KeyedItem, right: boolean): void;
  missed(item: KeyedItem): void;
}

/** The questions of a lesson, one at a time. */
export function createSession(items: readonly KeyedItem[], outcome: Outcome) {
  const questions = items.map(createQuestion);
  const at = signal(0);
  return {
    questions, at,
    current: computed(() => questions[at.value]),
    done: computed(() => questions.filter(({ attempts }) => attempts.value > 0).length),
    submit(): void {
      const question = questions[at.peek()];
      const first = question.attempts.peek() === 0;
      const verdict = question.submit();
      if (verdict === null) return;
      outcome.answered(question.item, verdict.right);
      if (first && !verdict.right) outcome.missed(question.item);
    },
    go(to: number): void {
      at.value = Math.max(0, Math.min(questions.length - 1, to));
    },
  };
}
export type Session = ReturnType<typeof createSession>;

/** Exchanges a step of an order with its neighbour; the same order where there is none. */
export function moved(order: readonly number[], place: number, by: -1 | 1): readonly number[] {
  const to = place + by;
  if (to < 0 || to >= order.length) return order;
  const next = [...order];
  [next[place], next[to]] = [next[to], next[place]];
  return next;
}
