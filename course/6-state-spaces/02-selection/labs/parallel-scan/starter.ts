/** h becomes a h + b. */
export interface Step { a: number; b: number }

/** First one step, then the other, as one step. */
export function combine(first: Step, then: Step): Step {
  return then;
}

/** Rounds of pairs [from, to]: place `to` becomes what stands at `from`, then what stands at `to`. */
export function rounds(n: number): [number, number][][] {
  return [];
}
