/** A lab on a page: the reader's code, what the checks said, and the ladder. */
import { computed, signal } from "@preact/signals";
import type { Report } from "@gradus/lessons/grade/session";
import type { LabSource } from "./lab.ts";
import { keep, recall, type Shelf } from "./memory.ts";
import { sandboxWorker } from "./worker.ts";

export type LabStore = ReturnType<typeof createLab>;
export function createLab(
  id: string, lab: LabSource, shelf: Shelf | null, tried: (report: Report) => void = () => {},
) {
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
        tried(report.value);
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
