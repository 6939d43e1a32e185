/** Writes with the course model: what the worker of the room does, without the worker. */
import { generate } from "gradus/models";
import type { CourseModel } from "gradus/pretrained";
import type { Candidate, Choice, Facts, ToWorker, Written } from "./protocol.ts";

/** Candidates that are shown for a token. */
const SHOWN = 8;

export const factsOf = ({ card: { sizes, parameters, learnt, natsPerCharacter } }: CourseModel): Facts =>
  ({ parameters, vocabulary: sizes.vocabulary, context: sizes.block, learnt, natsPerCharacter });

function softmax(scores: ArrayLike<number>): Float64Array {
  const largest = Array.from(scores).reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = Float64Array.from(scores, (score) => Math.exp(score - largest));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}
/** Scores as the draw sees them: at temperature 0 everything falls to the likeliest. */
function sharesOf(controlled: ArrayLike<number>, { temperature }: Choice): Float64Array {
  if (temperature > 0) return softmax(controlled);
  const best = Array.from(controlled).reduce((a, b, i) => (b > controlled[a] ? i : a), 0);
  return Float64Array.from(controlled, (_, i) => (i === best ? 1 : 0));
}

/** Tokens one by one, with what each was chosen from. The prompt is not among them. */
export async function* write(
  { model, tokenizer }: CourseModel, { prompt, length, seed, choice }: Omit<ToWorker, "id">,
): AsyncGenerator<Written, void, undefined> {
  const ids = [...tokenizer.encode(prompt === "" ? "\n" : prompt).ids];
  const before = ids.slice(-1), seen: number[] = [];
  let text = tokenizer.decode(before), from = performance.now();
  for await (const { token, scores, controlled } of generate(model, ids, { ...choice, length, seed })) {
    const shares = softmax(scores), kept = sharesOf(controlled, choice);
    const order = Array.from(shares, (_, i) => i).sort((a, b) => shares[b] - shares[a]).slice(0, SHOWN);
    if (!order.includes(token)) order[SHOWN - 1] = token;
    const candidates = order.map((id): Candidate =>
      ({ text: tokenizer.decode([id]), share: shares[id], kept: kept[id] }));
    seen.push(token);
    const whole = tokenizer.decode([...before, ...seen]), now = performance.now();
    yield {
      text: whole.slice(text.length), share: shares[token], candidates, milliseconds: now - from,
      open: kept.reduce((count, share) => count + (share > 0 ? 1 : 0), 0),
    };
    [text, from] = [whole, performance.now()];
  }
}
