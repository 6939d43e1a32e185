import { UsageError } from "../../vocab/errors.ts";
import type { RandomStream } from "../../vocab/random.ts";
import { controlScores, likeliestFirst, type Controls } from "./controls.ts";

/** Draws a token by its score: softmax(scores), or the likeliest where temperature is 0. */
export function draw(scores: Float64Array, temperature: number, random: RandomStream): number {
  const order = likeliestFirst(scores);
  const largest = scores[order[0]];
  if (largest === -Infinity) {
    throw new UsageError("generate: no token is left to choose from; loosen noRepeatNgram or the other controls");
  }
  if (temperature === 0) return order[0];
  const weights = order.map((i) => Math.exp(scores[i] - largest));
  let rest = random.uniform() * weights.reduce((a, b) => a + b, 0);
  for (const [place, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return order[place];
  }
  return order[weights.findLastIndex((weight) => weight > 0)];
}

/** Picks a token by the scores (V) that a model gives and the controls, once, without a text before it. */
export const pick = (scores: ArrayLike<number>, controls: Controls, random: RandomStream): number =>
  draw(controlScores(scores, [], controls), controls.temperature ?? 1, random);
