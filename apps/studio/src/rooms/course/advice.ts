/** What answers to the questions of the placement say: where to begin, and what else was missed. */
export interface Place {
  readonly lesson: string;
  readonly name: string;
}
export interface Advice {
  readonly sentence: string;
  /** Lessons that the sentence ends with. */
  readonly places: readonly Place[];
}

/**
 * `answers`: right, wrong, or null for not answered, in the order of `asked`; `furthest`: the last question that was
 * seen. What was skipped counts as missed, for somebody who knows does not skip.
 */
export function advice(
  asked: readonly Place[], answers: readonly (boolean | null)[], furthest: number, beyond: Place | null,
): Advice {
  const last = asked.length - 1;
  const over = furthest === last && answers[last] !== null;
  const missed = asked.filter((_, i) => answers[i] === false || (answers[i] === null && i < furthest));
  if (missed.length > 0) {
    const [first] = missed;
    return over
      ? { sentence: missed.length === 1 ? "You missed one question. Begin with" :
        `You missed ${missed.length} of ${asked.length}. Begin with the first of these:`, places: missed }
      : { sentence: "As far as you have come, begin with", places: [first] };
  }
  if (!over) return { sentence: "", places: [] };
  return { sentence: "You missed none. Go on with", places: beyond === null ? [asked[last]] : [beyond] };
}
