/** Runs the checks of a lab where learner's code may run: in a worker. What happens is told step by step. */
import { Wrong, type Check, type Difference, type Exports } from "../lab.ts";
import * as lessons from "../lab.ts";
import * as helpers from "./checks.ts";
import { enter, lineOf, Realm, TimeOver, type Module } from "./realm.ts";

/** A lab ready to run: modules as `compile` makes them. */
export interface LabJob {
  readonly learner: string;
  readonly reference: string;
  readonly checks: string;
  /** Names that the learner's module must export. */
  readonly exports: readonly string[];
  /** Seconds each check may take. */
  readonly seconds: number;
}
/** Names of the texts in stacks. */
export const LEARNER = "your-code.ts",
  CHECKS = "checks.ts",
  REFERENCE = "reference.ts";

/** `wrong`: a check said so; `error`: the learner's code threw; `stopped`: time was over. */
export type Verdict = "passed" | "wrong" | "error" | "stopped";
export interface Result {
  readonly verdict: Verdict;
  readonly message: string;
  readonly line: number | null;
  readonly difference: Difference | null;
}
export type Told =
  /** Names of all checks, before the first runs; the first is the loading of the learner's file. */
  | { readonly type: "checks"; readonly names: readonly string[] }
  | { readonly type: "result"; readonly result: Result }
  | { readonly type: "over" };

const PASSED: Result = { verdict: "passed", message: "", line: null, difference: null };

/** Loads a module from its text: by a blob's address in a page, a data address in Node. */
export type Load = (code: string) => Promise<Exports>;

/** Runs the checks in order until one fails. */
export async function runLab(
  job: LabJob,
  load: Load,
  libraries: Readonly<Record<string, Module>>,
  tell: (told: Told) => void,
): Promise<void> {
  const realm = enter(new Realm());
  for (const [name, module] of Object.entries(libraries)) realm.modules.set(name, module);
  realm.modules.set("@gradus/lessons", lessons);
  realm.modules.set("@gradus/lessons/grade", helpers);
  realm.modules.set("./reference.ts", await load(job.reference));
  const { checks } = (await load(job.checks)) as unknown as { readonly checks: readonly Check[] };
  tell({ type: "checks", names: [`Exports ${job.exports.join(" and ")}.`, ...checks.map(({ name }) => name)] });
  let learner: Exports = {};
  const steps = [
    async () => {
      learner = await load(job.learner);
      const missing = job.exports.find((name) => !(name in learner));
      if (missing !== undefined)
        throw new Wrong(`Your file exports nothing called ${missing}; write export before it.`);
    },
    ...checks.map((check) => async () => {
      await check.run(learner);
    }),
  ];
  for (const step of steps) {
    realm.start(job.seconds);
    const result = await step().then(
      () => PASSED,
      (error: unknown) => judge(error),
    );
    tell({ type: "result", result });
    if (result.verdict !== "passed") break;
  }
  tell({ type: "over" });
}

/** What a thrown thing means to a learner. */
export function judge(error: unknown): Result {
  const line = lineOf(error, LEARNER);
  if (error instanceof Wrong)
    return { verdict: "wrong", message: error.message, line, difference: error.difference ?? null };
  if (error instanceof TimeOver) return { verdict: "stopped", message: error.message, line, difference: null };
  const text = error instanceof Error ? `${error.name}: ${error.message}` : `Your code threw ${String(error)}.`;
  return { verdict: "error", message: text, line, difference: null };
}
