/** Everything the course was founded on has its answer, and none of the answers is gone. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { Problems } from "../packages/lessons/src/build/problem.ts";
import { foldersIn, readLesson } from "../packages/lessons/src/build/sources.ts";
import { ACTIVITIES, CURRICULUM, MAP, PHASES, PROJECTS, RESOURCES } from "./seed-topics.ts";
import { LECTURES, type Answer, type Lecture, type SeedItem } from "./seeds.ts";

interface Named { readonly id: string; readonly part: number; readonly stages: readonly Named[] }
const root = import.meta.dirname;
const read = (name: string): readonly Named[] => parse(readFileSync(join(root, name), "utf8")) as readonly Named[];

const lessons = foldersIn(root).flatMap((part) => foldersIn(join(root, part)).flatMap((folder) =>
  readLesson(root, `${part}/${folder}`, Number(part.split("-")[0]), new Problems()) ?? []));
const partOf = new Map(read("concepts.yaml").map(({ id, part }) => [id, part]));
const taught = new Set(lessons.flatMap(({ concepts }) => concepts));
const there = new Set<string>([
  ...lessons.flatMap(({ id, figures, labs, terms, quiz, essays }) => [
    `lesson:${id}`, ...figures.map((figure) => `figure:${figure.id}`), ...labs.map((lab) => `lab:${lab.id}`),
    ...terms.map((term) => `term:${term.id}`), ...quiz.map((item) => `quiz:${id}/${item.id}`),
    ...essays.map((essay) => `essay:${id}/${essay.id}`),
  ]),
  ...read("resources.yaml").map(({ id }) => `resource:${id}`),
  ...read("paths.yaml").flatMap(({ id, stages }) => stages.map((stage) => `stage:${id}/${stage.id}`)),
  ...[...taught].map((id) => `concept:${id}`),
]);
const conceptOf = (answer: Answer): string => answer.slice("concept:".length);
const isKnown = (answer: Answer): boolean =>
  there.has(answer) || (answer.startsWith("concept:") && partOf.has(conceptOf(answer)));
/** Whether all of its answers are still to be written, in parts that the course has not reached. */
const isDue = ([, ...answers]: SeedItem): boolean => answers.every((answer) => !there.has(answer));

const all = (key: keyof Lecture, which: readonly number[]): readonly SeedItem[] =>
  which.flatMap((number) => LECTURES[number - 1][key]);
const EVERY = LECTURES.map((_, i) => i + 1), FIRST = [1, 2, 3, 4, 5, 8];
const KINDS = ["questions", "highlights", "essays", "terms", "aids"] as const;
const everything = [...KINDS.flatMap((kind) => all(kind, EVERY)), ...ACTIVITIES, ...PROJECTS, ...PHASES.flat(),
  ...MAP.flat(), ...CURRICULUM.flat(), ...RESOURCES];

test("nothing that the course was founded on is missing", () => {
  const totals = (which: readonly number[]): readonly number[] => KINDS.map((kind) => all(kind, which).length);
  expect(totals(EVERY)).toEqual([30, 30, 19, 59, 22]);
  expect(totals(FIRST)).toEqual([21, 21, 13, 39, 15]);
  expect(new Set(all("terms", EVERY).map(([title]) => title)).size).toBe(55);
  expect([ACTIVITIES.length, PROJECTS.length, RESOURCES.length]).toEqual([23, 2, 53]);
  expect([PHASES.length, PHASES.flat().length]).toEqual([5, 17]);
  expect([MAP.length, MAP.flat().length]).toEqual([11, 37]);
  expect(CURRICULUM.map(({ length }) => length)).toEqual([15, 23, 9, 8]);
});

describe("answers", () => {
  test("are there, or a concept that is due", () => {
    const gone = everything.flatMap(([title, ...answers]) => answers.filter((answer) => !isKnown(answer))
      .map((answer) => `${title}: ${answer}`));
    expect(gone).toEqual([]);
  });
  test("are due only in parts behind the second", () => {
    const early = everything.filter(isDue).filter(([, ...answers]) => answers.some((answer) =>
      (partOf.get(conceptOf(answer)) ?? 0) < 2));
    expect(early.map(([title, ...answers]) => `${title}: ${answers.join(", ")}`)).toEqual([]);
  });
  test("of the lectures on networks: all but what belongs to convolution, generation and ethics", () => {
    const due = KINDS.flatMap((kind) => all(kind, FIRST)).filter(isDue).map(([title]) => title);
    const later = new Set(["Do language and image models understand?", "Ethics of strong systems", "ImageNet", "GAN",
      "weight sharing", "data augmentation", "transfer learning"]);
    expect(due.filter((title) => !later.has(title))).toEqual([]);
  });
  test("of the lectures on recurrence and attention: all", () => {
    expect(KINDS.flatMap((kind) => all(kind, [7, 9])).filter(isDue).map(([title]) => title)).toEqual([]);
  });
});
