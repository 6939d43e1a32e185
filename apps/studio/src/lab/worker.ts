/** The sandbox as a lab's grader uses it, and what it may say. */
import type { LabWorker } from "@gradus/lessons/grade/session";
import type { Told } from "@gradus/lessons/grade/grader";
import { Sandbox } from "../engine/sandbox.ts";

/** A fresh worker for every job. */
export function sandboxWorker(): LabWorker {
  let told: (told: Told) => void = () => {}, failed: (message: string) => void = () => {};
  const sandbox = new Sandbox("lab", (message) => {
    const said = readTold(message.told);
    if (message.type === "told" && said !== null) told(said);
    else if (message.type === "failed" || message.type === "ended") failed(String(message.message).slice(0, 2000));
  });
  return {
    start(job, onTold, onFailed) {
      told = onTold;
      failed = onFailed;
      void sandbox.start().then(() => sandbox.post(job));
    },
    stop() {
      told = failed = () => {};
      sandbox.stop();
    },
  };
}

const VERDICTS = ["passed", "wrong", "error", "stopped"];
const MOST_CHECKS = 60, LONGEST = 2000, MOST_NUMBERS = 1024;
type Given = Readonly<Record<string, unknown>>;
const isRecord = (value: unknown): value is Given => typeof value === "object" && value !== null;
const numbers = (value: unknown): number[] =>
  (Array.isArray(value) ? value : []).slice(0, MOST_NUMBERS).map((one) => (typeof one === "number" ? one : NaN));

/** What the sandbox told, or null: the learner's code could have said it. */
export function readTold(value: unknown): Told | null {
  if (!isRecord(value)) return null;
  if (value.type === "over") return { type: "over" };
  if (value.type === "checks" && Array.isArray(value.names)) {
    return { type: "checks", names: value.names.slice(0, MOST_CHECKS).map((name) => String(name).slice(0, 200)) };
  }
  if (value.type !== "result" || !isRecord(value.result)) return null;
  const { verdict, message, line, difference } = value.result;
  if (!VERDICTS.includes(String(verdict))) return null;
  return { type: "result", result: {
    verdict: verdict as "passed", message: typeof message === "string" ? message.slice(0, LONGEST) : "",
    line: typeof line === "number" && line > 0 ? line : null,
    difference: !isRecord(difference) ? null : {
      input: typeof difference.input === "string" ? difference.input.slice(0, LONGEST) : "",
      yours: numbers(difference.yours), expected: numbers(difference.expected), shape: numbers(difference.shape),
      tolerance: typeof difference.tolerance === "number" ? difference.tolerance : 0,
    },
  } };
}
