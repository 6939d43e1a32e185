/** The staircase of parts: a question each, and a tick per lesson that scripts fill from the log. */
import type { Course, CoursePart } from "@gradus/lessons/build";
import { count, duration, escape } from "./text.ts";

/** `course`: the way to the folder of the course. */
export function stairs(course: Course, folder: string): string {
  const treads = course.parts.filter(({ lessons }) => lessons.length > 0);
  const sum = (of: (part: CoursePart) => number): number => treads.reduce((total, part) => total + of(part), 0);
  const list = treads.map((part, i) => tread(part, i, folder)).join("");
  const minutes = sum(({ lessons }) => lessons.reduce((total, lesson) => total + lesson.minutes, 0));
  const figures = sum(({ lessons }) => lessons.reduce((total, lesson) => total + lesson.source.figures.length, 0));
  const labs = sum(({ lessons }) => lessons.reduce((total, lesson) => total + lesson.labs.length, 0));
  const lessons = sum((part) => part.lessons.length);
  return `<ol class="stairs">${list}</ol><div class="landing ui"><p>${count(lessons, "lesson")}, ` +
    `${count(figures, "figure")}, ${count(labs, "lab")}; ${duration(minutes)}.</p>` +
    `<p><a href="${folder}map/">See it as a map</a></p></div>`;
}

function tread({ number, title, question, lessons }: CoursePart, i: number, folder: string): string {
  const ticks = lessons.map(({ id, number: place, title: name }) =>
    `<i data-lesson-tick="${id}" data-name="${escape(`${place} ${name}`)}"></i>`).join("");
  return `<li style="--i:${i}"><a href="${folder}part-${number}/"><span class="which">${number}</span>` +
    `<b>${escape(title)}</b><em>${escape(question)}</em>` +
    `<span class="ticks" role="img" aria-label="${count(lessons.length, "lesson")}" ` +
    `data-count="${lessons.length}">${ticks}` +
    `</span></a></li>`;
}
