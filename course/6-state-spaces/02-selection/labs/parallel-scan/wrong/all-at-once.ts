// fails: waits for another
/** h becomes a h + b. */
export interface Step { a: number; b: number }

/** First one step, then the other, as one step. */
export function combine(first: Step, then: Step): Step {
  return { a: then.a * first.a, b: then.a * first.b + then.b };
}

/** Rounds of pairs [from, to]: place `to` becomes what stands at `from`, then what stands at `to`. */
export function rounds(n: number): [number, number][][] {
  const made: [number, number][][] = [];
  if (n > 1) made.push(Array.from({ length: n - 1 }, (_, i) => [i, i + 1]));
  return made;
}
