/** Small pieces of HTML that the static pages share. */
import type { Course, CourseLesson } from "@gradus/lessons/build";

export const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** JSON in a script of a page: nothing in it may end the script. */
export const json = (id: string, value: unknown): string =>
  `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll("<", "\\u003c")}</script>`;

/** "about 55 minutes", "about 4 hours". */
export function duration(minutes: number): string {
  if (minutes < 90) return `about ${minutes} minutes`;
  const hours = Math.round(minutes / 30) / 2;
  return `about ${Number.isInteger(hours) ? hours : `${Math.floor(hours)}½`} hours`;
}
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** A link to a lesson from another page of the course. */
export const lessonLink = ({ id, number, title }: CourseLesson): string =>
  `<a href="../${id}/"><span class="number">${number}</span> ${escape(title)}</a>`;

/** A concept by name: a link where a lesson teaches it. */
export function conceptLink(id: string, course: Course): string {
  const concept = course.concepts.find((known) => known.id === id), lesson = course.taught.get(id);
  const title = escape(concept?.title ?? id);
  return lesson === undefined ? `<span class="untaught">${title}</span>` : `<a href="../${lesson.id}/">${title}</a>`;
}

/** What every page of the course that is no lesson begins with. */
export const pageHead = (kicker: string, title: string, question: string): string =>
  `<header class="page-head"><p class="ui">${kicker}</p><h1>${escape(title)}</h1>` +
  `<p class="question">${question}</p></header>`;
