import { controlScores, logSoftmax } from "gradus/models";

const shaped = (p: number[], controls: Record<string, number>): number[] =>
  Array.from(logSoftmax(controlScores(p.map(Math.log), [], controls)), Math.exp);

export function temper(p: number[], temperature: number): number[] {
  if (temperature > 0) return shaped(p, { temperature });
  const best = p.indexOf(Math.max(...p));
  return p.map((_, i) => (i === best ? 1 : 0));
}
export function topP(p: number[], mass: number): number[] {
  const places = p.map((_, i) => i).sort((a, b) => p[b] - p[a] || a - b);
  let sum = 0;
  const kept = new Set(places.filter((i) => {
    const stays = sum < mass;
    sum += p[i];
    return stays;
  }));
  const total = [...kept].reduce((a, i) => a + p[i], 0);
  return p.map((v, i) => (kept.has(i) ? v / total : 0));
}
export const minP = (p: number[], share: number): number[] => shaped(p, { minP: share });
export function draw(p: number[], u: number): number {
  const sums = p.map((_, i) => p.slice(0, i + 1).reduce((a, b) => a + b, 0));
  const found = sums.findIndex((sum) => sum > u);
  return found < 0 ? p.length - 1 : found;
}
