/** Three orders in which the same prefixes can be computed. */

/** h -> a h + b, one step of a recurrence; or several steps at once. */
export interface Step { readonly a: number; readonly b: number }
/** First one step, then the other, as a single step. Associative, not commutative. */
export const combine = (first: Step, then: Step): Step => ({ a: then.a * first.a, b: then.a * first.b + then.b });

/** Place `to` becomes what stands at `from`, then what stands at `to`. */
export interface Combination { readonly from: number; readonly to: number }
export const ORDERS = ["one by one", "tree", "doubling"] as const;
export type Order = (typeof ORDERS)[number];

/** Rounds of combinations that do not wait for each other; n is a power of two. */
export function rounds(order: Order, n: number): Combination[][] {
  const made: Combination[][] = [];
  if (order === "one by one") for (let t = 1; t < n; t++) made.push([{ from: t - 1, to: t }]);
  // Hillis and Steele 1986: everybody takes what stands 1, 2, 4, ... places before.
  else if (order === "doubling") for (let by = 1; by < n; by *= 2) {
    made.push(Array.from({ length: n - by }, (_, i) => ({ from: i, to: i + by })));
  } else {
    // Brent and Kung 1982: up to pairs, fours, eights; then down again to fill the places between.
    for (let by = 1; by < n; by *= 2) {
      made.push(Array.from({ length: n / (2 * by) }, (_, i) => ({ from: 2 * by * i + by - 1, to: 2 * by * (i +
        1) - 1 })));
    }
    for (let by = n / 4; by >= 1; by /= 2) {
      made.push(Array.from({ length: n / (2 * by) - 1 }, (_, i) =>
        ({ from: 2 * by * (i + 1) - 1, to: 2 * by * (i + 1) + by - 1 })));
    }
  }
  return made;
}
/** One round: all of it reads what stood there before. */
export function after(steps: readonly Step[], round: readonly Combination[]): Step[] {
  const next = [...steps];
  for (const { from, to } of round) next[to] = combine(steps[from], steps[to]);
  return next;
}
