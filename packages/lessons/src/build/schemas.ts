/** The shape of every data file of a course. Unknown keys are errors: a misspelt key would be silence otherwise. */
import { z } from "zod";

const words = z.string().trim().min(1);
const words_ = z.array(words);
/** Lower case letters, digits and hyphens: it becomes part of an address. */
export const slug = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "must be lower case words joined by hyphens");
const slugs = z.array(slug);
const minutes = z.number().int().min(1).max(6000);

export const frontMatter = z.strictObject({
  id: slug, title: words,
  /** The one line under the title. */
  question: words.optional(),
  concepts: slugs.min(1), requires: slugs.default([]), minutes,
});
export type FrontMatter = z.output<typeof frontMatter>;

export const part = z.strictObject({ title: words, question: words });

const item = { id: slug, prompt: words, explain: words, concepts: slugs.optional() };
const option = z.strictObject({ text: words, right: z.boolean().optional(), why: words.optional() });
const options = z.array(option).min(2);
const rights = (list: readonly { readonly right?: boolean }[]): number => list.filter(({ right }) => right).length;
const quizItem = z.discriminatedUnion("kind", [
  z.strictObject({
    ...item, kind: z.literal("choice"),
    options: options.refine((list) => rights(list) === 1, "exactly one option must be right"),
  }),
  z.strictObject({
    ...item, kind: z.literal("multi"),
    options: options.refine((list) => rights(list) > 0, "at least one option must be right"),
  }),
  z.strictObject({ ...item, kind: z.literal("short"), answers: words_.min(1) }),
  z.strictObject({
    ...item, kind: z.literal("numeric"), code: words, tolerance: z.number().min(0), unit: words.optional(),
  }),
  z.strictObject({ ...item, kind: z.literal("trace"), code: words }),
  z.strictObject({ ...item, kind: z.literal("shape"), code: words }),
  z.strictObject({ ...item, kind: z.literal("order"), steps: words_.min(2) }),
]);
export const quiz = z.array(quizItem).min(1);

export const essays = z.array(z.strictObject({
  id: slug, prompt: words, rubric: words_.min(2), model: words,
  weak: z.array(z.strictObject({ text: words, why: words })).min(1),
})).min(1);

export const glossary = z.array(z.strictObject({
  id: slug, term: words, also: words_.optional(), text: words, see: slugs.optional(),
})).min(1);

export const labMeta = z.strictObject({
  title: words, minutes, concepts: slugs.min(1),
  weeks: z.array(z.number().int().min(0).max(20)).optional(), exports: words_.min(1),
});

export const concepts = z.array(z.strictObject({
  id: slug, title: words,
  /** Of the part that teaches it. */
  part: z.number().int().min(0).max(11),
  requires: slugs.default([]),
  /** The lesson that teaches it, once there is one; the lesson's front matter says the same. */
  lesson: slug.optional(),
})).min(1);
export type Concept = z.output<typeof concepts>[number];

export const resources = z.array(z.strictObject({
  id: slug, title: words, by: words,
  kind: z.enum(["book", "paper", "course", "article", "video", "tool", "data", "software"]),
  year: z.number().int().min(1700).max(2100).optional(),
  url: z.url().optional(), text: words,
})).min(1);
export type Resource = z.output<typeof resources>[number];

const stage = z.strictObject({
  id: slug, title: words, goal: words,
  topics: slugs.min(1), activities: words_.default([]), resources: slugs.default([]),
  minutes, outcome: words,
  /** Whether it ends with a look back at what was missed so far. */
  review: z.boolean().default(false),
});
export const paths = z.array(z.strictObject({
  id: slug, title: words, question: words,
  /** What one of its stages is called. */
  unit: words,
  stages: z.array(stage).min(1),
})).min(1);
export type Path = z.output<typeof paths>[number];
export type Stage = z.output<typeof stage>;

export const notation = z.array(z.strictObject({
  id: slug, tex: words,
  /** As one types it into the search. */
  spoken: words, text: words, group: words,
})).min(1);
export type Sign = z.output<typeof notation>[number];

export const errata = z.array(z.strictObject({
  id: slug, title: words, wrong: words, right: words, why: words, concept: slug.optional(),
})).min(1);
export type Erratum = z.output<typeof errata>[number];
