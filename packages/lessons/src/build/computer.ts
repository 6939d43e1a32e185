/** Runs lessons: a few in this process, many in several beside it. */
import { fork, type ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Computed } from "./compute.ts";
import { runLesson } from "./run-lesson.ts";
import { createRunner } from "./runner.ts";
import type { LessonSource } from "./sources.ts";

export interface ComputerOptions {
  /** The folder of the course. */
  readonly root: string;
  /** A folder from which `gradus` can be imported. */
  readonly repository: string;
  readonly thorough: boolean;
}
/** What a process is asked for, and what it answers. */
export interface Order { readonly folder: string; readonly part: number }
export type Reply = { readonly result: Computed } | { readonly error: string };

/** A process costs about two seconds before its first lesson. */
const LESSONS_WORTH_A_PROCESS = 4;

/** The results of lessons, in their order. */
export async function computeLessons(
  lessons: readonly LessonSource[], options: ComputerOptions,
): Promise<readonly Computed[]> {
  if (lessons.length === 0) return [];
  const processes = Math.min(availableParallelism(), Math.floor(lessons.length / LESSONS_WORTH_A_PROCESS));
  if (processes > 1) return inProcesses(lessons, processes, options);
  const { root, repository, thorough } = options;
  const runner = await createRunner(repository);
  const results: Computed[] = [];
  try {
    for (const lesson of lessons) results.push(await runLesson(lesson, root, runner, thorough));
  } finally {
    await runner.close();
  }
  return results;
}

/** Each process takes the next lesson when it has done one. */
async function inProcesses(
  lessons: readonly LessonSource[], processes: number, options: ComputerOptions,
): Promise<readonly Computed[]> {
  const results: Computed[] = [];
  let next = 0;
  const children = Array.from({ length: processes }, () =>
    fork(join(options.repository, "packages/lessons/src/build/child.js"), [JSON.stringify(options)], { execArgv: [] }));
  const work = async (child: ChildProcess): Promise<void> => {
    for (let at = next++; at < lessons.length; at = next++) results[at] = await ask(child, lessons[at]);
  };
  try {
    await Promise.all(children.map(work));
  } finally {
    for (const child of children) child.kill();
  }
  return results;
}

function ask(child: ChildProcess, { folder, part }: LessonSource): Promise<Computed> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null): void =>
      reject(new Error(`the process that runs ${folder} ended before it answered (${signal ?? `code ${code}`})`));
    child.once("exit", ended);
    child.once("message", (reply: Reply) => {
      child.off("exit", ended);
      if ("result" in reply) resolve(reply.result);
      else reject(new Error(`${folder}: ${reply.error}`));
    });
    child.send({ folder, part } satisfies Order);
  });
}
