/** A lab on a page: the reader's code, what the checks said, and the ladder. */
import { computed, signal } from "@preact/signals";
import type { LabWorker, Report } from "@gradus/lessons/grade/session";
import type { Told } from "@gradus/lessons/grade/grader";
import { Sandbox } from "../engine/sandbox.ts";
import type { LabSource } from "./lab.ts";
import { keep, recall, type Shelf } from "./memory.ts";

/** The lab's sandbox as the grader uses it: a fresh worker for every job. */
function sandboxWorker(): LabWorker {
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

export type LabStore = ReturnType<typeof createLab>;
export function createLab(id: string, lab: LabSource, shelf: Shelf | null) {
  const memory = recall(shelf, id, lab.starter);
  const code = signal(memory.code), attempts = signal(memory.attempts), hints = signal(memory.hints);
  const passed = signal(memory.passed), report = signal<Report | null>(null), running = signal(false);
  const version = signal(0);
  const worker = sandboxWorker();
  const save = (): void => keep(shelf, id, {
    code: code.value, attempts: attempts.value, hints: hints.value, passed: passed.value,
  });
  const replace = (text: string): void => {
    code.value = text;
    version.value++;
    report.value = null;
    save();
  };
  return {
    id, lab, code, version, attempts, hints, passed, report, running,
    /** Whether the report is about the code as it is now. */
    line: computed(() => report.value?.checks.find((check) => check.line !== null)?.line ?? null),
    change(next: string): void {
      code.value = next;
      if (report.value !== null && report.value.checks.some((check) => check.line !== null)) {
        // A bar on a line that was edited since would accuse the wrong one.
        report.value = { ...report.value, checks: report.value.checks.map((check) => ({ ...check, line: null })) };
      }
      save();
    },
    async check(): Promise<void> {
      if (running.value) return;
      running.value = true;
      attempts.value++;
      report.value = null;
      try {
        const { gradeLab } = await import("@gradus/lessons/grade/session");
        report.value = await gradeLab(code.value, lab, worker, (growing) => { report.value = growing; });
        if (report.value.passed) passed.value = true;
      } finally {
        running.value = false;
        save();
      }
    },
    startOver: () => replace(lab.starter),
    takeSolution: () => replace(lab.reference),
    openHint(): void {
      hints.value = Math.min(hints.value + 1, lab.hints.length + 2);
      save();
    },
  };
}
