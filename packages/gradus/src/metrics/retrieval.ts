import { average, falling, pair, ratio, total, valuesOf, type Values } from "./input.ts";

/** Relevances in the order in which the scores put them. */
function ordered(what: string, relevance: Values, scores: Values): Float64Array {
  const [r, s] = pair(what, relevance, scores);
  return Float64Array.from(falling(s), (i) => r[i]);
}
const gain = (relevance: ArrayLike<number>, k: number): number =>
  total(Array.from(relevance).slice(0, k).map((r, i) => r / Math.log2(i + 2)));
/**
 * Normalized discounted cumulative gain: sum of relevance / log2(place + 1), over that of the best order. Jarvelin and
 * Kekalainen 2002.
 */
export function ndcg(relevance: Values, scores: Values, k = Infinity): number {
  const best = valuesOf(relevance).sort().reverse();
  return ratio(gain(ordered("ndcg", relevance, scores), k), gain(best, k));
}
/** The share of relevant ones (relevance > 0) among the first k. */
export const precisionAt = (relevance: Values, scores: Values, k: number): number =>
  total(ordered("precisionAt", relevance, scores).slice(0, k).map((r) => (r > 0 ? 1 : 0))) / k;
/** Of the relevant ones, the share among the first k. */
export const recallAt = (relevance: Values, scores: Values, k: number): number => {
  const found = ordered("recallAt", relevance, scores).map((r) => (r > 0 ? 1 : 0));
  return ratio(total(found.slice(0, k)), total(found));
};
/** Mean over the relevant ones of the precision at their places. */
export function retrievalAveragePrecision(relevance: Values, scores: Values): number {
  const found = ordered("retrievalAveragePrecision", relevance, scores);
  const places = [...found.keys()].filter((i) => found[i] > 0);
  return places.length === 0 ? 0 : average(places.map((at, i) => (i + 1) / (at + 1)));
}
/** 1 over the place of the first relevant one. */
export const reciprocalRank = (relevance: Values, scores: Values): number => {
  const first = ordered("reciprocalRank", relevance, scores).findIndex((r) => r > 0);
  return first < 0 ? 0 : 1 / (first + 1);
};
const overQueries = (of: (relevance: Values, scores: Values) => number) =>
  (relevances: readonly Values[], scores: readonly Values[]): number =>
    average(relevances.map((relevance, i) => of(relevance, scores[i])));
/** MAP: the mean of the average precision over queries. */
export const meanAveragePrecision = overQueries(retrievalAveragePrecision);
/** MRR: the mean reciprocal rank over queries. */
export const meanReciprocalRank = overQueries(reciprocalRank);
