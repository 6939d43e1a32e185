/** Where to begin: one question of each of some lessons, and the first that is missed says. */
import type { Course } from "@gradus/lessons/build";
import { json, pageHead } from "./text.ts";

/** Questions that need nothing of their lesson's text, in the course's order; all with options, so that none is run. */
const ASKED: readonly (readonly [lesson: string, question: string])[] = [
  ["tensors", "reshape-or-transpose"], ["probability", "what-moves"], ["n-grams", "why-infinite"],
  ["information", "which-part"], ["linear-algebra", "zero-dot"], ["calculus", "rate"],
  ["regression", "sure-and-wrong"], ["fair-test", "which-set"], ["metrics", "precise"], ["perceptron", "forever"],
  ["losses", "shifted"], ["mlp", "no-activation"], ["backpropagation", "who-updates"], ["optimizers", "valley"],
  ["initialisation", "all-equal"],
];

/** What the page's script reads: a question as the lesson's own page holds it, and the lesson it belongs to. */
export interface PlacementItem {
  readonly item: unknown;
  readonly lesson: string;
  readonly name: string;
}

/** Whether the course has lessons that it can ask about. */
export const hasPlacement = ({ lessons }: Course): boolean =>
  lessons.some((lesson) => ASKED.some(([id]) => id === lesson.id));

/** Null where the course has none of the lessons. */
export function placementPage(course: Course): string | null {
  const items = ASKED.flatMap(([id, question]): PlacementItem[] => {
    const lesson = course.lessons.find((known) => known.id === id);
    if (lesson === undefined) return [];
    const item = questionsIn(lesson.html).find((known) => known.id === question);
    if (item === undefined) throw new Error(`the lesson ${id} has no question ${question}, which the placement asks`);
    return [{ item, lesson: id, name: `${lesson.number} ${lesson.title}` }];
  });
  if (items.length === 0) return null;
  const beyond = course.lessons.find(({ part }) => part > 1);
  return `<main class="page" id="main">` + pageHead(`<a href="../path/">Path</a>`, "Where to begin",
    `${items.length} questions, about ten minutes. Skip what you do not know: the first you miss is where to begin.`) +
    `<div id="placement" data-format="html"><noscript><p>The questions need JavaScript. Without it, begin with ` +
    `<a href="../${items[0].lesson}/">${items[0].name}</a>.</p></noscript></div>` +
    `<p id="placement-says" role="status"></p>` +
    json("placement-items", { items, beyond: beyond === undefined ? null :
      { lesson: beyond.id, name: `${beyond.number} ${beyond.title}` } }) + `</main>`;
}

/** The questions of a lesson as its islands hold them: texts as HTML, with their keys. */
function questionsIn(html: string): { readonly id: string }[] {
  const islands = html.matchAll(/data-island="quiz"[\s\S]*?<script type="application\/json">([\s\S]*?)<\/script>/g);
  return [...islands].flatMap(([, text]) => JSON.parse(text) as { readonly id: string }[]);
}
