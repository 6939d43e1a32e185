/** Surprise and its means, in the unit asked for; 0 times an infinite surprise is 0. */
export const UNITS = ["bits", "nats"] as const;
export type Unit = typeof UNITS[number];

/** -log p. */
export const surprise = (p: number, unit: Unit): number =>
  (p >= 1 ? 0 : -(unit === "bits" ? Math.log2(p) : Math.log(p)));

/** H(p, q) = sum over x of p(x) (-log q(x)). */
export const crossEntropy = (p: readonly number[], q: readonly number[], unit: Unit): number =>
  p.reduce((sum, share, i) => (share === 0 ? sum : sum + share * surprise(q[i], unit)), 0);

/** H(p) = H(p, p). */
export const entropy = (p: readonly number[], unit: Unit): number => crossEntropy(p, p, unit);

/** KL(p || q) = sum over x of p(x) log(p(x) / q(x)). */
export const divergence = (p: readonly number[], q: readonly number[], unit: Unit): number =>
  p.reduce((sum, share, i) => (share === 0 ? sum : sum + share * (surprise(q[i], unit) - surprise(share, unit))), 0);
