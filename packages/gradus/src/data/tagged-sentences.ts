import { RandomStream } from "../vocab/random.ts";

/** A word and its part of speech. */
export type TaggedWord = readonly [word: string, tag: string];

// Many words stand in several lists: what they are is seen in the sentence only.
const NOUNS = ["watch", "book", "plant", "fish", "saw", "play", "light", "change", "walk", "back", "cat", "river",
  "teacher", "house", "garden", "song", "can", "right"];
const VERBS = ["watch", "book", "plant", "fish", "play", "light", "change", "walk", "like", "back", "saw", "found",
  "made", "right", "left", "heard"];
const ADJECTIVES = ["light", "hard", "fast", "right", "left", "back", "old", "green", "small", "quiet"];
const ADVERBS = ["hard", "fast", "right", "back", "often", "never", "here"];
const DETERMINERS = ["the", "a", "that", "her", "this", "every"];
const PRONOUNS = ["that", "her", "she", "they", "this", "it"];
const PREPOSITIONS = ["like", "in", "on", "over", "behind", "with"];
const AUXILIARIES = ["can", "will", "must", "should"];
const SYLLABLES = ["ba", "do", "fi", "gre", "ku", "lo", "mi", "na", "po", "ra", "si", "tu", "ve", "zo"];
/** Endings by which a word that nobody has heard of says what it is. */
const ENDINGS = { NOUN: "ness", VERB: "ized", ADJ: "ous", ADV: "ly" } as const;

export interface TaggedSentencesOptions {
  readonly size: number;
  readonly seed?: number;
  /** Share of the nouns, verbs, adjectives and adverbs that are made up (default 0.15). */
  readonly invented?: number;
}
/**
 * Sentences of a small grammar of English with the part of speech of each word: "she can light the light". Most words
 * have several, so that a word alone does not say which; some are made up, and only their ending tells. Sentence i
 * depends on (seed, i) alone.
 */
export function taggedSentences(options: TaggedSentencesOptions): TaggedWord[][] {
  const { size, seed = 0, invented = 0.15 } = options;
  return Array.from({ length: size }, (_, row) => new Speaker(new RandomStream(seed, row + 1), invented).sentence());
}

class Speaker {
  readonly #random: RandomStream;
  readonly #invented: number;

  constructor(random: RandomStream, invented: number) {
    this.#random = random;
    this.#invented = invented;
  }
  sentence(): TaggedWord[] {
    const said = this.#chance(0.15) ? this.#reported() : this.#clause();
    return [...said, [".", "PUNCT"]];
  }
  #chance(p: number): boolean {
    return this.#random.uniform() < p;
  }
  #one(words: readonly string[], tag: string): TaggedWord {
    return [words[this.#random.integer(words.length)], tag];
  }
  /** A word of an open class: a known one, or one that is made up. */
  #open(words: readonly string[], tag: keyof typeof ENDINGS): TaggedWord {
    if (!this.#chance(this.#invented)) return this.#one(words, tag);
    const count = 2 + this.#random.integer(2);
    const stem = Array.from({ length: count }, () => SYLLABLES[this.#random.integer(SYLLABLES.length)]).join("");
    return [stem + ENDINGS[tag], tag];
  }
  /** "they heard that she can fish" */
  #reported(): TaggedWord[] {
    return [...this.#subject(), this.#one(["heard", "found", "like"], "VERB"), ["that", "SCONJ"], ...this.#clause()];
  }
  #clause(): TaggedWord[] {
    const before = this.#chance(0.35) ? [this.#one(AUXILIARIES, "AUX")] : [];
    const often = this.#chance(0.15) ? [this.#open(ADVERBS, "ADV")] : [];
    const object = this.#chance(0.6) ? this.#object() : [];
    const how = this.#chance(0.3) ? [this.#open(ADVERBS, "ADV")] : [];
    const where = this.#chance(0.4) ? this.#place() : [];
    return [...this.#subject(), ...before, ...often, this.#open(VERBS, "VERB"), ...object, ...how, ...where];
  }
  #subject(): TaggedWord[] {
    return this.#chance(0.35) ? [this.#one(PRONOUNS.filter((word) => word !== "her"), "PRON")] : this.#phrase();
  }
  #object(): TaggedWord[] {
    return this.#chance(0.25) ? [this.#one(["that", "her", "this", "it"], "PRON")] : this.#phrase();
  }
  /** "the old green house" */
  #phrase(): TaggedWord[] {
    const how = this.#chance(0.4) ? [this.#open(ADJECTIVES, "ADJ")] : [];
    const more = how.length > 0 && this.#chance(0.3) ? [this.#open(ADJECTIVES, "ADJ")] : [];
    return [this.#one(DETERMINERS, "DET"), ...how, ...more, this.#open(NOUNS, "NOUN")];
  }
  #place(): TaggedWord[] {
    return [this.#one(PREPOSITIONS, "ADP"), ...this.#phrase()];
  }
}
