// fails: factors multiply
/** h becomes a h + b. */
export interface Step { a: number; b: number }

/** First one step, then the other, as one step. */
export function combine(first: Step, then: Step): Step {
  return { a: then.a + first.a, b: then.a * first.b + then.b };
}

/** Rounds of pairs [from, to]: place `to` becomes what stands at `from`, then what stands at `to`. */
export function rounds(n: number): [number, number][][] {
  const made: [number, number][][] = [];
  for (let by = 1; by < n; by *= 2) {
    const round: [number, number][] = [];
    for (let to = by; to < n; to++) round.push([to - by, to]);
    made.push(round);
  }
  return made;
}
