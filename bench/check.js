/** Float32 sums in another order: what a gradient's length, and its probe against that length, may differ by. */
const TOLERANCE = 2e-3;

/**
 * Compares the first loss and the gradients of a contender with those of another: the largest relative difference and
 * the name it belongs to. Values that only one of them has are left out.
 */
export function compare(own, other, tolerance = TOLERANCE) {
  let worst = { difference: 0, name: "nothing" };
  const note = (name, difference) => {
    if (!(difference <= worst.difference)) worst = { difference, name };
  };
  if (own.loss !== undefined && other.loss !== undefined) {
    note("loss", Math.abs(own.loss - other.loss) / Math.abs(other.loss));
  }
  for (const [name, [length, probe]] of Object.entries(own.values ?? {})) {
    const expected = other.values?.[name];
    if (expected === undefined) continue;
    const scale = Math.max(expected[0], 1e-12);
    note(name, Math.max(Math.abs(length - expected[0]), Math.abs(probe - expected[1]) / 4) / scale);
  }
  return { ...worst, agrees: worst.difference <= tolerance };
}
