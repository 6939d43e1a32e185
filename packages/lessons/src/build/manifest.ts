/** Makes `course.json` and the texts that the search looks through. */
import type { Manifest, ManifestLesson, SearchDocument } from "../manifest.ts";
import type { Course, CourseLesson } from "./course.ts";

const lessonEntry = (lesson: CourseLesson): ManifestLesson => {
  const { id, number, title, question, minutes, sections, source, computed } = lesson;
  return {
    id, number, title, question, minutes, concepts: source.concepts, requires: source.requires, sections,
    figures: source.figures.map((figure) =>
      ({ id: figure.id, title: computed.figures[figure.id]?.title ?? figure.id })),
    cells: source.cells.map((cell) => cell.id),
    labs: source.labs.map((lab) => ({ id: lab.id, title: lab.meta.title, minutes: lab.meta.minutes })),
    quiz: source.quiz.map((item) => ({ id: item.id, kind: item.kind })), essays: source.essays.map((essay) => essay.id),
    terms: source.terms.map((term) => term.id),
  };
};

export function manifestOf(course: Course): Manifest {
  return {
    parts: course.parts.map(({ number, title, question, lessons }) =>
      ({ number, title, question, lessons: lessons.map(lessonEntry) })),
    concepts: course.concepts.map(({ id, title, part, requires }) => {
      const lesson = course.taught.get(id)?.id;
      return { id, title, part, requires, ...(lesson === undefined ? {} : { lesson }) };
    }),
    paths: course.paths.map(({ id, title, unit, stages }) => ({
      id, title, unit, stages: stages.map((stage) => ({ id: stage.id, title: stage.title, minutes: stage.minutes })),
    })),
    terms: course.terms.map(({ id, term, lesson, html }) => ({ id, term, lesson, html })),
  };
}

export function searchDocuments(course: Course): readonly SearchDocument[] {
  const byId = new Map(course.lessons.map((lesson) => [lesson.id, lesson]));
  const placeOf = (id: string): string => {
    const lesson = byId.get(id);
    return lesson === undefined ? "" : `${lesson.number} ${lesson.title}`;
  };
  const passages = course.lessons.flatMap((lesson) => lesson.passages.map(({ anchor, title, text }) => ({
    kind: "text" as const, title, place: placeOf(lesson.id),
    address: `${lesson.id}/${anchor === "" ? "" : `#${anchor}`}`, text: text.replace(/\s+/g, " ").trim(),
  })));
  const terms = course.terms.map(({ id, term, also = [], lesson, text }) => ({
    kind: "term" as const, title: term, place: placeOf(lesson), address: `glossary/#${id}`, text: [...also, text]
      .join(" "),
  }));
  const symbols = course.notation.map(({ id, spoken, group, text }) => ({
    kind: "symbol" as const, title: spoken, place: group, address: `notation/#${id}`, text,
  }));
  return [...passages, ...terms, ...symbols].map((document, id) => ({ id, ...document }));
}
