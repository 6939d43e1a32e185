import type { Measurement, Reading, Snapshot } from "../../engine/protocol.ts";
import { fixed, percent, whole } from "../../look/number.ts";

/** Loss of a network that gives each of ten digits the same probability, in nats. */
export const GUESSING_LOSS = Math.log(10);
const DIGITS = 10;

export const latest = (snapshot: Snapshot): Measurement => snapshot.history[snapshot.history.length - 1];

/** The indices of the held-out images that are named wrongly. */
export function mistakes(named: Uint8Array, labels: Uint8Array): number[] {
  const wrong: number[] = [];
  for (let i = 0; i < named.length; i++) if (named[i] !== labels[i]) wrong.push(i);
  return wrong;
}

/** One sentence about a run, with its numbers. */
export function describe(snapshot: Snapshot): string {
  const { step, playing, batchesPerEpoch } = snapshot;
  const now = latest(snapshot);
  if (Number.isNaN(now.trainLoss) || !Number.isFinite(now.trainLoss)) {
    return `Step ${whole(step)}: the loss is no longer a number. A smaller learning rate keeps it finite.`;
  }
  if (step === 0) {
    return `Nothing has been learned yet: ${percent(now.heldOutAccuracy)} of the held-out digits are named, ` +
      "about what guessing gives. Press play.";
  }
  const passes = step / batchesPerEpoch;
  const seen = passes < 1
    ? `${percent(passes)} of the training digits seen`
    : `each training digit seen ${fixed(passes, 1)} times`;
  return `Step ${whole(step)}, ${seen}: loss ${fixed(now.trainLoss)}, held out ${fixed(now.heldOutLoss)}; ` +
    `${percent(now.heldOutAccuracy)} of the held-out digits named${playing ? "" : ". Paused"}.`;
}

/** What a learner should take from where the two curves stand. */
export function describeGap(snapshot: Snapshot): string {
  const now = latest(snapshot);
  if (!Number.isFinite(now.trainLoss) || snapshot.step === 0) return "";
  const gap = now.heldOutLoss - now.trainLoss;
  if (now.heldOutLoss > GUESSING_LOSS) return "It is worse than guessing evenly: confident, and wrong.";
  if (gap > 0.5 * now.heldOutLoss && now.trainLoss < 0.1) {
    return "It knows the digits it has seen better than the ones it has not.";
  }
  return "It does about as well on digits it has never seen.";
}

/** Digits in order of probability, the likeliest first. */
export function ranked(probabilities: ArrayLike<number>): number[] {
  return Array.from({ length: DIGITS }, (_, digit) => digit)
    .sort((a, b) => probabilities[b] - probabilities[a] || a - b);
}

/** One sentence about what the network reads in an image; `truth` is the digit it really is, where that is known. */
export function describeReading(reading: Reading, truth: number | null): string {
  const { probabilities } = reading;
  if (probabilities === null) return "Nothing has been drawn. Draw a digit, or ask for a held-out one.";
  const [first, second] = ranked(probabilities);
  const says = `The network says ${first} with probability ${fixed(probabilities[first])}, ` +
    `then ${second} with ${fixed(probabilities[second])}.`;
  if (truth === null) return says;
  const given = first === truth ? "" : `, given ${fixed(probabilities[truth])}`;
  return `It is ${article(truth)} ${truth}${given}. ${says}`;
}

/** One sentence about a hidden unit: which digits it argues for and against. */
export function describeUnit(snapshot: Snapshot, unit: number): string {
  const { votes, settings } = snapshot;
  const of = (digit: number): number => votes[digit * settings.hidden + unit];
  const order = Array.from({ length: DIGITS }, (_, digit) => digit).sort((a, b) => of(b) - of(a));
  const best = order[0], worst = order[DIGITS - 1];
  const name = (digit: number): string => `${digit} (${fixed(of(digit), 2)})`;
  return `Unit ${unit + 1} argues most for ${name(best)} and against ${name(worst)}.`;
}
export const article = (digit: number): string => (digit === 8 ? "an" : "a");

/** How often each digit was named for each: [truth, named], row by row. */
export function confusion(named: Uint8Array, labels: Uint8Array): Uint16Array {
  const counts = new Uint16Array(DIGITS * DIGITS);
  for (let i = 0; i < named.length; i++) counts[labels[i] * DIGITS + named[i]]++;
  return counts;
}
