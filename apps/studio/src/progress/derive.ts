import type { Entry, Kind } from "./event.ts";
import { schedule, type Schedule } from "../cards/schedule.ts";

/** What a reader has done in a lesson. */
export interface LessonState {
  readonly lesson: string;
  readonly title: string;
  readonly first: number;
  readonly last: number;
  /** When it was read to the end, or null. */
  readonly read: number | null;
  readonly figures: number;
  readonly cells: number;
  readonly labsTried: number;
  readonly labsPassed: number;
  readonly questions: number;
  /** Questions whose first answer was right. */
  readonly firstRight: number;
  readonly essays: number;
}
/** Everything that follows from the log. No score and no streak: what was done, and what is due. */
export interface Progress {
  readonly lessons: readonly LessonState[];
  readonly cards: readonly Schedule[];
  readonly path: string | null;
  readonly passedLabs: ReadonlySet<string>;
}

export function derive(entries: readonly Entry[]): Progress {
  const byLesson = new Map<string, Entry[]>();
  let path: string | null = null;
  const passedLabs = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === "path-chosen") path = entry.path;
    if (entry.kind === "lab-tried" && passes(entry)) passedLabs.add(`${entry.lesson}/${entry.lab}`);
    if (!("lesson" in entry)) continue;
    const known = byLesson.get(entry.lesson);
    if (known === undefined) byLesson.set(entry.lesson, [entry]);
    else known.push(entry);
  }
  const lessons = [...byLesson].map(([lesson, own]) => lessonState(lesson, own));
  return { lessons: lessons.sort((a, b) => a.first - b.first), cards: schedule(entries), path, passedLabs };
}
const passes = ({ passed, checks }: Entry & { kind: "lab-tried" }): boolean => checks > 0 && passed === checks;

function lessonState(lesson: string, own: readonly Entry[]): LessonState {
  const of = <K extends Kind>(kind: K): (Entry & { kind: K })[] =>
    own.filter((entry): entry is Entry & { kind: K } => entry.kind === kind);
  const read = of("lesson-read"), labs = of("lab-tried");
  const answers = new Map<string, boolean>();
  for (const { item, right } of of("quiz-answered")) if (!answers.has(item)) answers.set(item, right);
  const distinct = (names: readonly string[]): number => new Set(names).size;
  return {
    lesson, title: read.findLast(({ title }) => title !== undefined)?.title ?? lesson,
    first: own[0].at, last: own[own.length - 1].at, read: read.at(0)?.at ?? null,
    figures: distinct(of("figure-touched").map(({ figure }) => figure)),
    cells: distinct(of("cell-run").map(({ cell }) => cell)),
    labsTried: distinct(labs.map(({ lab }) => lab)),
    labsPassed: distinct(labs.filter(passes).map(({ lab }) => lab)),
    questions: answers.size, firstRight: [...answers.values()].filter(Boolean).length,
    essays: distinct(of("essay-marked").map(({ essay }) => essay)),
  };
}
