/** The build half of the lesson system. */
export { buildCourse, PAGES, type Course, type CourseLesson, type CourseOptions, type CoursePart } from "./course.ts";
export { manifestOf, searchDocuments } from "./manifest.ts";
export { CourseError, formatProblems, type Problem } from "./problem.ts";
