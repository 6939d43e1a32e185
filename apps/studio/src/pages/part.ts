/** The overview of a part: its lessons, what each asks, and what it holds. */
import type { Course, CoursePart } from "@gradus/lessons/build";
import { conceptLink, count, escape, pageHead } from "./text.ts";

export function partPage(part: CoursePart, course: Course): string {
  const lessons = part.lessons.map((lesson) => {
    const { source } = lesson;
    const holds = [
      [source.figures.length, "figure"], [source.cells.length, "cell"], [lesson.labs.length, "lab"],
      [source.quiz.length, "question"],
    ] as const;
    return `<li><a href="../${lesson.id}/"><span class="number">${lesson.number}</span> ` +
      `<b>${escape(lesson.title)}</b></a>` +
      `<em>${lesson.questionHtml}</em><span class="ui">about ${lesson.minutes} minutes; ` +
      `${holds.filter(([number]) => number > 0).map(([number, name]) => count(number, name)).join(", ")}` +
      `<i data-lesson-tick="${lesson.id}"></i></span></li>`;
  }).join("");
  const concepts = course.concepts.filter((concept) => concept.part === part.number)
    .map(({ id }) => `<li>${conceptLink(id, course)}</li>`).join("");
  const around = [part.number - 1, part.number + 1].flatMap((number) => {
    const other = course.parts.find((known) => known.number === number);
    return other === undefined ? [] : [`<a href="../part-${number}/">Part ${number}, ${escape(other.title)}</a>`];
  });
  const body = part.lessons.length === 0 ? `<p>No lesson of this part is written yet. These are its concepts.</p>`
    : `<ol class="lessons">${lessons}</ol>`;
  return `<main class="page" ` +
    `id="main">${pageHead(`<a href="../path/">Path</a>, part ${part.number} of 0 to 11`, part.title,
    escape(part.question))}${body}<h2 id="concepts">Concepts</h2><ul class="topics">${concepts}</ul>` +
    `<p class="ui around">${around.join("")}</p></main>`;
}
