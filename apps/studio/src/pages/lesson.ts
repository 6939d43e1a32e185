/** The page of a lesson: rail, head, text, and the way on. */
import type { Course, CourseLesson } from "@gradus/lessons/build";
import { count, escape, json } from "./text.ts";

/** How far the rail falls at most, and by how much a tread, in pixels. */
const FALL = 72, STEP = 9;

export function lessonPage(lesson: CourseLesson, course: Course): string {
  const part = course.parts.find(({ number }) => number === lesson.part);
  const place = part === undefined ? 0 : part.lessons.indexOf(lesson) + 1;
  const stands = lesson.source.requires.map((id) => {
    const teacher = course.taught.get(id), title = course.concepts.find((concept) => concept.id === id)?.title ?? id;
    const name = escape(title.replace(/^(The|A|An) /, (article) => article.toLowerCase()));
    return teacher === undefined ? name : `<a href="../${teacher.id}/">${name}</a>`;
  });
  const about = [
    `<a href="../part-${lesson.part}/">Part ${lesson.part}, ${escape(part?.title ?? "")}</a>`,
    `<span>Lesson ${place} of ${part?.lessons.length ?? 0}</span>`, `<span>about ${lesson.minutes} minutes</span>`,
    stands.length === 0 ? "" : `<span>stands on ${stands.join(", ")}</span>`,
  ].join("");
  const terms = Object.fromEntries(lesson.terms.map((id) => {
    const term = course.terms.find((known) => known.id === id);
    const teacher = course.lessons.find((known) => known.id === term?.lesson);
    return [id, {
      term: term?.term, html: term?.html, lesson: teacher?.id, number: teacher?.number,
        concept: teacher?.source.concepts[0],
    }];
  }));
  return `<main class="lesson" id="main" data-lesson="${lesson.id}" data-title="${escape(lesson.title)}">` +
    rail(lesson) +
    `<header class="lesson-head" id="question"><div class="ui">${about}</div><h1>${escape(lesson.title)}</h1>` +
    `<p class="question">${lesson.questionHtml}</p><h2 class="unseen">The question</h2></header>\n${lesson.html}\n` +
    `<p class="doubt ui"><a href="../errata/?block=${lesson.id}" data-doubt>Report a doubt about this lesson</a></p>` +
    `</main>${json("terms-of-page", terms)}`;
}

function rail({ sections }: CourseLesson): string {
  const treads = [{ id: "question", title: "Question" }, ...sections];
  const fall = Math.min(STEP, FALL / Math.max(1, treads.length - 1));
  const list = treads.map(({ id, title }, i) =>
    `<li style="--i:${i}"><a href="#${id}"><span>${escape(title)}</span></a></li>`).join("");
  return `<nav class="rail ui" aria-label="Steps of this lesson"><ol ` +
    `style="--fall:${fall.toFixed(1)}px;--n:${treads.length}">` +
    `${list}</ol></nav>`;
}

/** The way on from a lesson: what comes before and what comes next. */
export function neighbours(lesson: CourseLesson, course: Course): string {
  const at = course.lessons.indexOf(lesson), before = course.lessons[at - 1], after = course.lessons[at + 1];
  const link = (to: CourseLesson, rel: "prev" | "next"): string =>
    `<a rel="${rel}" href="../${to.id}/">${rel === "prev" ? "Before" : "Next"}: ${to.number} ${escape(to.title)}</a>`;
  const labs = lesson.labs.length, questions = lesson.source.quiz.length;
  return `<nav class="on" aria-label="Neighbouring lessons">${before === undefined ? "" : link(before, "prev")}` +
    `${after === undefined ? "" : link(after, "next")}` +
    `<span>${count(labs, "lab")}, ${count(questions, "question")}</span></nav>`;
}
