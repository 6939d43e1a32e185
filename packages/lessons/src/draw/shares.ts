/** Numbers that add up to 1, of which the reader sets one. */

/**
 * Entry `index` set to `value`, from 0 to 1, and the others scaled so that all add up to 1. Where the others are all
 * zero, what is left is divided evenly.
 */
export function withShare(shares: readonly number[], index: number, value: number): number[] {
  const others = shares.reduce((sum, share, i) => (i === index ? sum : sum + share), 0);
  return shares.map((share, i) => {
    if (i === index) return value;
    return others < 1e-9 ? (1 - value) / (shares.length - 1) : share * (1 - value) / others;
  });
}
