// fails: whose chance is 0
const divided = (list: number[]): number[] => {
  const sum = list.reduce((a, b) => a + b, 0);
  return list.map((value) => value / sum);
};
const byChance = (p: number[]): number[] => p.map((_, i) => i).sort((a, b) => p[b] - p[a] || a - b);

/** Chances at a temperature. */
export function temper(p: number[], temperature: number): number[] {
  if (temperature === 0) return p.map((_, i) => (i === byChance(p)[0] ? 1 : 0));
  return divided(p.map((chance) => chance ** (1 / temperature)));
}

/** The fewest likeliest that hold the mass. */
export function topP(p: number[], mass: number): number[] {
  const kept = p.map(() => 0);
  let sum = 0;
  for (const i of byChance(p)) {
    kept[i] = p[i];
    sum += p[i];
    if (sum >= mass) break;
  }
  return divided(kept);
}

/** Those at least a share as likely as the likeliest. */
export function minP(p: number[], share: number): number[] {
  const least = share * Math.max(...p);
  return divided(p.map((chance) => (chance >= least ? chance : 0)));
}

/** The place that a random number stands for. */
export function draw(p: number[], u: number): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    sum += p[i];
    if (sum >= u) return i;
  }
  return p.length - 1;
}
