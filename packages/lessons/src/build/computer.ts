/** Runs lessons: a few in this process, many in several beside it. */
import { fork, type ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Computed } from "./kept.ts";
import { runLesson } from "./run-lesson.ts";
import { createRunner, type Runner } from "./runner.ts";
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

/** Results as they come. */
export interface Computer {
  of(lesson: LessonSource): Promise<Computed>;
  /** Takes the lessons that are meant before all others that wait. */
  prefer(meant: (lesson: LessonSource) => boolean): void;
  close(): Promise<void>;
}

/** Runs these lessons: each when it is asked for, or, where they are many, all of them from now on. */
export function startComputer(lessons: readonly LessonSource[], options: ComputerOptions): Computer {
  const processes = Math.min(availableParallelism(), Math.floor(lessons.length / LESSONS_WORTH_A_PROCESS));
  return processes > 1 ? inProcesses(lessons, processes, options) : inThisProcess(options);
}

function inThisProcess({ root, repository, thorough }: ComputerOptions): Computer {
  let runner: Promise<Runner> | undefined, last: Promise<unknown> = Promise.resolve();
  return {
    // One at a time: code that runs owns the console, and what is random.
    of(lesson) {
      const result = last.then(async () =>
        runLesson(lesson, root, await (runner ??= createRunner(repository)), thorough));
      last = result.catch(() => undefined);
      return result;
    },
    prefer: () => undefined,
    close: async () => (await runner)?.close(),
  };
}

/** Each process takes the next lesson when it has done one. */
function inProcesses(lessons: readonly LessonSource[], processes: number, options: ComputerOptions): Computer {
  const waiting = lessons.map((lesson) => {
    let settle!: (result: Promise<Computed>) => void;
    const result = new Promise<Computed>((resolve) => { settle = resolve; });
    // What is never asked for, after a failure elsewhere, must not end this process.
    result.catch(() => undefined);
    return { lesson, result, settle };
  });
  const results = new Map(waiting.map(({ lesson, result }) => [lesson, result]));
  const children = Array.from({ length: processes }, () =>
    fork(join(options.repository, "packages/lessons/src/build/child.js"), [JSON.stringify(options)], { execArgv: [] }));
  const work = async (child: ChildProcess): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      next.settle(ask(child, next.lesson));
      await next.result.catch(() => undefined);
    }
  };
  const all = Promise.all(children.map(work));
  return {
    of: (lesson) => results.get(lesson)!,
    prefer(meant) {
      const first = waiting.filter(({ lesson }) => meant(lesson));
      waiting.splice(0, waiting.length, ...first, ...waiting.filter((one) => !first.includes(one)));
    },
    async close() {
      waiting.length = 0;
      for (const child of children) child.kill();
      await all;
    },
  };
}

function ask(child: ChildProcess, { folder, part }: LessonSource): Promise<Computed> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null): void =>
      reject(new Error(`the process that runs ${folder} ended before it answered (${signal ?? `code ${code}`})`));
    if (!child.connected) return ended(child.exitCode, child.signalCode);
    child.once("exit", ended);
    child.once("message", (reply: Reply) => {
      child.off("exit", ended);
      if ("result" in reply) resolve(reply.result);
      else reject(new Error(`${folder}: ${reply.error}`));
    });
    child.send({ folder, part } satisfies Order);
  });
}
