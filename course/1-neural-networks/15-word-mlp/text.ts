/** A small language whose author is known: sentences to learn from, sentences to be tested on, and the truth. */
import { RandomStream } from "gradus";

/** Words that can stand for each other, by what they mean. No model is told. */
export const KINDS = {
  animals: ["cat", "dog", "horse", "mouse", "goose", "fox"],
  people: ["boy", "girl", "baker", "queen", "sailor", "doctor"],
  food: ["bread", "soup", "cheese", "apple", "rice"],
  papers: ["letter", "poem", "map", "list"],
  eating: ["eats", "wants", "smells", "finds"],
  meeting: ["sees", "hears", "follows", "greets"],
  writing: ["reads", "writes", "folds"],
  resting: ["sleeps", "waits", "sings", "smiles"],
  describing: ["old", "small", "quiet"],
  pointing: ["the", "this"],
  stop: ["."],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type Kind = keyof typeof KINDS;
const LIST = Object.entries(KINDS) as [Kind, readonly string[]][];
export const WORDS: readonly string[] = LIST.flatMap(([, words]) => words);
export const kindOf = (word: string): Kind => LIST.find(([, words]) => words.includes(word))![0];

/** How often a noun is described, what animals and people do, and to whom. Words of a kind are equally likely. */
const DESCRIBED = 0.3;
const HABITS = {
  animals: { resting: 0.3, meeting: 0.35, eating: 0.35, writing: 0 },
  people: { resting: 0.2, meeting: 0.25, eating: 0.2, writing: 0.35 },
} as const;
const LIVING = [...KINDS.animals, ...KINDS.people];
const OBJECTS = { meeting: LIVING, eating: KINDS.food, writing: KINDS.papers, resting: null };

/** A word, and how probable its author knew it to be. */
export interface Written { readonly word: string; readonly chance: number }

/** One sentence, such as "the old fox sees this queen .". */
function sentence(random: RandomStream): Written[] {
  const written: Written[] = [];
  const among = (words: readonly string[], share = 1): string => {
    const word = words[random.integer(words.length)];
    written.push({ word, chance: share / words.length });
    return word;
  };
  const phrase = (nouns: readonly string[]): string => {
    among(KINDS.pointing);
    const described = random.uniform() < DESCRIBED;
    if (described) among(KINDS.describing, DESCRIBED);
    return among(nouns, described ? 1 : 1 - DESCRIBED);
  };
  const habits = HABITS[kindOf(phrase(LIVING)) as "animals" | "people"];
  let left = random.uniform();
  const verb = (Object.keys(habits) as (keyof typeof habits)[]).find((kind) => (left -= habits[kind]) < 0) ?? "resting";
  among(KINDS[verb], habits[verb]);
  const objects = OBJECTS[verb];
  if (objects !== null) phrase(objects);
  among(KINDS.stop);
  return written;
}

/** So many sentences one after the other; the seed says which. */
export function write(sentences: number, seed: number): Written[] {
  const random = new RandomStream(seed);
  return Array.from({ length: sentences }, () => sentence(random)).flat();
}
/** exp of minus the mean logarithm: among how many words one hesitated who gave these chances. */
export const perplexityOf = (chances: readonly number[]): number =>
  Math.exp(-chances.reduce((sum, p) => sum + Math.log(p), 0) / chances.length);
