// fails: rounds for
/** h becomes a h + b. */
export interface Step { a: number; b: number }

/** First one step, then the other, as one step. */
export function combine(first: Step, then: Step): Step {
  return { a: then.a * first.a, b: then.a * first.b + then.b };
}

/** Rounds of pairs [from, to]: place `to` becomes what stands at `from`, then what stands at `to`. */
export function rounds(n: number): [number, number][][] {
  const made: [number, number][][] = [];
  for (let to = 1; to < n; to++) made.push([[to - 1, to]]);
  return made;
}
