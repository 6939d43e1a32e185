/** Labs in the terminal: what `gradus lab` runs. Bundled with the package, since the course is not part of it. */
import { parentPort, Worker, workerData } from "node:worker_threads";
import type { Exports } from "../lab.ts";
import { runLab, type LabJob, type Told } from "./grader.ts";
import type { Module } from "./realm.ts";
import { gradeLab, type LabTexts, type LabWorker, type Report } from "./session.ts";

/** A lab as the package carries it. */
export interface PackedLab extends LabTexts {
  readonly id: string;
  readonly lesson: string;
  readonly task: string;
  readonly starter: string;
  readonly hints: readonly string[];
}
export type { CheckReport, Report } from "./session.ts";
export { write, writeTolerance } from "./numbers.ts";

const load = (code: string): Promise<Exports> =>
  import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`) as Promise<Exports>;

/** Tells this module that it is the thread of a job. */
const MARK = "gradus-lab";
interface Order {
  readonly job: LabJob;
  readonly libraries: Readonly<Record<string, string>>;
}
/** In the worker: waits for one job. */
function serve(): void {
  parentPort?.once("message", ({ job, libraries }: Order) => {
    const run = async (): Promise<void> => {
      const modules: Record<string, Module> = {};
      const texts = [job.learner, job.reference, job.checks].join("\n");
      for (const [name, address] of Object.entries(libraries)) {
        // The library takes its time to load; many labs do without.
        if (texts.includes(JSON.stringify(name)))
          modules[name] = (await import(/* @vite-ignore */ address)) as Module;
      }
      await runLab(job, load, modules, (told) => parentPort?.postMessage(told));
    };
    run().catch((error: unknown) => parentPort?.postMessage({ type: "failed", message: String(error) }));
  });
}

/** A thread for each job, which can be ended. `libraries`: names of modules and their addresses. */
function threadWorker(script: URL, libraries: Readonly<Record<string, string>>): LabWorker {
  let thread: Worker | null = null;
  return {
    start(job, told, failed) {
      const now = (thread = new Worker(script, { workerData: MARK }));
      now.on("message", (message: Told | { readonly type: "failed"; readonly message: string }) => {
        if (thread !== now) return;
        if (message.type === "failed") failed(message.message);
        else told(message);
      });
      now.on("error", (error) => {
        if (thread === now) failed(error instanceof Error ? error.message : String(error));
      });
      now.postMessage({ job, libraries } satisfies Order);
    },
    stop() {
      const ended = thread;
      thread = null;
      void ended?.terminate();
    },
  };
}

export interface GradeOptions {
  /** Names of modules that labs import, and where they are. */
  readonly libraries: Readonly<Record<string, string>>;
  readonly seconds?: number;
}
/** Grades a text in a thread of its own. `script` is this module's own address. */
export const grade = (
  source: string,
  lab: LabTexts,
  script: URL,
  { libraries, seconds }: GradeOptions,
): Promise<Report> => gradeLab(source, lab, threadWorker(script, libraries), () => {}, seconds);

if (workerData === MARK) serve();
