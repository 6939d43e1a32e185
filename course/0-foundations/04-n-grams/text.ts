/** Texts that the figures count, and how a text becomes the sequences that are counted. */
import { wordsOf, type NgramModel, type Smoothing } from "gradus/text";

export const UNITS = ["words", "letters"] as const;
export type Unit = typeof UNITS[number];

/** Twelve short sentences with few words, so that every history has been somewhere before. */
export const RHYME = "The cat sat on the mat. The dog sat on the rug. The cat saw the dog. The dog saw the cat run. "
  + "A cat on a mat is a happy cat. A dog on a rug is a tired dog. The happy cat sat on the tired dog. "
  + "The tired dog sat up. The cat ran up the tree. The dog ran to the tree. The dog sat. The cat saw the mat.";

/** A story to learn from and be tested on; its end is never shown to the models that are tested on it. */
export const STORY = `The keeper of the light lived on the island with a small grey cat. Every evening the keeper
climbed the stairs of the tower and lit the lamp. Every morning the keeper put out the lamp and climbed down the stairs
again. The cat followed the keeper up the stairs in the evening and down the stairs in the morning. Nothing else ever
happened on the island. One evening a storm came from the west. The wind broke a window of the tower and the rain came
in. The keeper climbed the stairs and tried to light the lamp, but the wind put it out. The keeper tried again, and the
wind put it out again. Far out on the water the keeper saw a small light. It was the lamp of a boat, and the boat was
coming straight to the rocks. The keeper looked for something to close the window. There was no wood in the tower, and
there was no time to climb down the stairs. The cat sat on the old map of the island and looked at the keeper. The
keeper took the map from under the cat and put it over the broken window. The wind pushed against the map, and the map
held. Then the keeper lit the lamp. The boat on the water turned away from the rocks. All night the wind pushed against
the map and all night the lamp was lit. In the morning the storm was over. The keeper put out the lamp and climbed down
the stairs, and the cat followed. A small boat lay on the sand of the island. A woman sat beside the boat and dried her
coat in the sun. She said that she had seen no light in the evening, and then a light, and then the rocks. She said that
she had turned the boat just in time. The keeper told her about the window and the wind and the map. The woman looked at
the cat. Where is the map now, she asked. The keeper climbed the stairs of the tower again and took the map from the
window. The rain had washed the island from the paper. There was only the water on it now, and a small grey mark where
the cat had sat. The woman took a pencil from her coat and drew the island again. She drew the tower and the rocks and
the sand. Then she drew a small grey cat on the stairs of the tower. The keeper put the map back under the cat, and the
woman climbed into the boat. Every evening the keeper lit the lamp, and every evening a small light on the water came
past the rocks and turned away again.`;

/** Sentences of words, or of letters with a space between the words. */
export function sentencesOf(text: string, unit: Unit): string[][] {
  const sentences = text.split(/[.!?]+/).map((sentence) => wordsOf(sentence)).filter((words) => words.length > 0);
  return unit === "words" ? sentences : sentences.map((words) => Array.from(words.join(" ")));
}

/** How the choices of the figures are called in the library. */
export const SMOOTHINGS = {
  "none": { kind: "mle" }, "add 0.1": { kind: "addK", k: 0.1 }, "back-off": { kind: "katz" },
  "Kneser-Ney": { kind: "kneserNey" },
} as const satisfies Readonly<Record<string, Smoothing>>;
export type SmoothingName = keyof typeof SMOOTHINGS;

/** A sentence with the signs at its start that a model of this order looks back to. */
const started = (sentence: readonly string[], order: number): string[] =>
  [...new Array<string>(order - 1).fill("<s>"), ...sentence];

/** What followed each history of `order` - 1 units, and how often; the end of a sentence follows its last unit. */
export function followersOf(
  sentences: readonly (readonly string[])[], order: number,
): Map<string, Map<string, number>> {
  const table = new Map<string, Map<string, number>>();
  for (const sentence of sentences) {
    const units = [...started(sentence, order), ...(order === 1 ? [] : ["</s>"])];
    for (let i = order - 1; i < units.length; i++) {
      const key = keyOf(units.slice(i - order + 1, i));
      const counts = table.get(key) ?? new Map<string, number>();
      table.set(key, counts.set(units[i], (counts.get(units[i]) ?? 0) + 1));
    }
  }
  return table;
}
/** The key of a history: its units, joined by a sign that no text has. */
export const keyOf = (history: readonly string[]): string => history.join("\n");

/**
 * exp(-mean log-probability) of the units of sentences. Ends are left out, so that all orders, of which the first has
 * no ends, are measured by the same units.
 */
export function perplexityOf(model: NgramModel, sentences: readonly (readonly string[])[]): number {
  const { order } = model.options;
  let sum = 0, units = 0;
  for (const sentence of sentences) {
    const all = started(sentence, order);
    for (let i = order - 1; i < all.length; i++) {
      sum += Math.log(model.probability(all[i], all.slice(i - order + 1, i)));
      units++;
    }
  }
  return Math.exp(-sum / units);
}
