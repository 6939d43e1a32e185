/** What is wrong with the course: one sentence and its place. All of them are collected, so that one run shows all. */
export interface Problem {
  /** From the folder of the course. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export class Problems {
  readonly list: Problem[] = [];
  add(file: string, line: number, message: string): void {
    const known = this.list.some((other) => other.file === file && other.line === line && other.message === message);
    if (!known) this.list.push({ file, line, message });
  }
}

/** `0-foundations/02-probability/lesson.md:12: there is no figure coins` */
export function formatProblems(list: readonly Problem[]): string {
  const sorted = [...list].sort((a, b) => a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line);
  return sorted.map(({ file, line, message }) => `${file}:${line}: ${message}`).join("\n");
}

/** Thrown where a course with problems cannot be shown. */
export class CourseError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(`The course has ${problems.length} problem${problems.length === 1 ? "" : "s"}.\n${formatProblems(problems)}`);
    this.name = "CourseError";
    this.problems = problems;
  }
}
