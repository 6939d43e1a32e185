/** The side of a lab that judges from outside: prepares the texts, starts a worker, and ends one that never answers. */
import type { LabMeta } from "../lab.ts";
import { compile, firstFault, SourceFault } from "./compile.ts";
import { CHECKS, LEARNER, REFERENCE, type LabJob, type Result, type Told, type Verdict } from "./grader.ts";
import { TimeOver } from "./realm.ts";

/** The texts of a lab that grading needs. */
export interface LabTexts {
  readonly meta: LabMeta;
  readonly checks: string;
  readonly reference: string;
}
export interface CheckReport extends Omit<Result, "verdict"> {
  readonly name: string;
  readonly verdict: Verdict | "waiting";
}
export interface Report {
  readonly passed: boolean;
  readonly checks: readonly CheckReport[];
}

/** Modules of the library that cells and labs import from. */
export const LIBRARIES = ["gradus", "gradus/models", "gradus/data", "gradus/text"] as const;
/** Seconds each check may take where nobody says otherwise. */
export const SECONDS = 5;
/** What a worker has left to say so itself, before it is ended. */
const GRACE = 1000;

/** A learner's text and a lab as a job. Throws a SourceFault where the learner's text cannot run. */
export function prepareLab(source: string, { meta, checks, reference }: LabTexts, seconds = SECONDS): LabJob {
  const libraries = [...LIBRARIES];
  return {
    learner: compile(source, { modules: libraries, name: LEARNER }).code,
    reference: compile(reference, { modules: libraries, name: REFERENCE }).code,
    checks: compile(checks, {
      modules: [...libraries, "@gradus/lessons", "@gradus/lessons/grade", "./reference.ts"],
      name: CHECKS,
    }).code,
    exports: meta.exports,
    seconds,
  };
}

/** A worker that runs one job. */
export interface LabWorker {
  start(job: LabJob, told: (told: Told) => void, failed: (message: string) => void): void;
  stop(): void;
}

/** Grades a text; `changed` sees the report grow. */
export async function gradeLab(
  source: string,
  texts: LabTexts,
  worker: LabWorker,
  changed: (report: Report) => void = () => {},
  seconds = SECONDS,
): Promise<Report> {
  let job: LabJob;
  try {
    job = prepareLab(source, texts, seconds);
  } catch (error) {
    if (!(error instanceof SourceFault)) throw error;
    const report = unreadable(error.message, error.line);
    changed(report);
    return report;
  }
  return await new Promise((done) => {
    let names: readonly string[] = [`Exports ${texts.meta.exports.join(" and ")}.`];
    const results: Result[] = [];
    let timer: ReturnType<typeof setTimeout>;
    const report = (): Report => reportOf(names, results);
    const finish = (): void => {
      clearTimeout(timer);
      worker.stop();
      done(report());
    };
    const end = (result: Result): void => {
      results.push(result);
      changed(report());
      finish();
    };
    const wind = (milliseconds: number): void => {
      clearTimeout(timer);
      timer = setTimeout(
        () =>
          end({
            verdict: "stopped",
            message: new TimeOver(seconds, null).message,
            line: null,
            difference: null,
          }),
        milliseconds,
      );
    };
    // The first answer waits for the library too.
    wind(1000 * seconds + 30 * GRACE);
    worker.start(
      job,
      (told) => {
        if (told.type === "over") return finish();
        wind(1000 * seconds + GRACE);
        if (told.type === "checks") names = told.names;
        else results.push(withLine(told.result, source));
        changed(report());
      },
      (message) => end({ verdict: "error", message, line: null, difference: null }),
    );
  });
}

/** An engine's own SyntaxError does not say where; the grammar does. */
function withLine(result: Result, source: string): Result {
  return result.line === null && result.message.startsWith("SyntaxError")
    ? { ...result, line: firstFault(source) }
    : result;
}
const unreadable = (message: string, line: number | null): Report => ({
  passed: false,
  checks: [{ name: "Can be read.", verdict: "error", message, line, difference: null }],
});

export function reportOf(names: readonly string[], results: readonly Result[]): Report {
  const checks = names.map((name, i): CheckReport => {
    if (i < results.length) return { name, ...results[i] };
    return { name, verdict: "waiting", message: "Waits for the check above.", line: null, difference: null };
  });
  return { passed: checks.every(({ verdict }) => verdict === "passed"), checks };
}
