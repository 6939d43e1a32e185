/** `npm run course`: checks everything and prints what there is. */
import { join } from "node:path";
import { buildCourse } from "./course.ts";
import { formatProblems } from "./problem.ts";

const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;

/** Checks the course of a repository; true where nothing is wrong. */
export async function checkCourse(repository: string, options: { readonly cache: boolean }): Promise<boolean> {
  const start = performance.now();
  const course = await buildCourse({ root: join(repository, "course"), repository, ...options });
  const sum = (of: (lesson: (typeof course.lessons)[number]) => number): number =>
    course.lessons.reduce((total, lesson) => total + of(lesson), 0);
  const taught = course.concepts.filter(({ id }) => course.taught.has(id)).length;
  console.log([
    count(course.lessons.length, "lesson"), count(sum(({ source }) => source.figures.length), "figure"),
    count(sum(({ source }) => source.cells.length), "cell"), count(sum(({ source }) => source.labs.length), "lab"),
    count(sum(({ source }) => source.quiz.length), "question"), count(sum(({ source }) => source.essays.length),
      "essay"),
    count(course.terms.length, "term"), `${taught} of ${count(course.concepts.length, "concept")}`,
    count(course.paths.length, "path"),
  ].join(", "));
  if (course.awaited.length > 0) console.log(`stood on, not taught yet: ${course.awaited.join(", ")}`);
  if (course.problems.length > 0) console.error(formatProblems(course.problems));
  console.log(`${count(course.problems.length, "problem")}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return course.problems.length === 0;
}
