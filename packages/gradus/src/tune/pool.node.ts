import { spawn, type ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { UsageError } from "../vocab/errors.ts";
import type { Values } from "./space.ts";
import type { Objective, TrialRun } from "./study.ts";

export interface ProcessPoolOptions {
  /** A JavaScript module whose default export, given `settings`, is an objective (or a promise of one). */
  readonly module: string | URL;
  /** Handed to the module's function; must be plain data. */
  readonly settings?: unknown;
  /** Processes (default: one less than the machine runs at once, at least 1). */
  readonly processes?: number;
}
/** What a process says. */
type Answer =
  | { readonly kind: "report"; readonly resource: number; readonly value: number }
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "error"; readonly message: string; readonly usage: boolean };

/** Runs in a process: loads the module once, then runs one trial at a time; ends when nobody listens any more. */
const PROGRAM = `
const [module, settings] = process.argv.slice(1);
const send = (message) => process.connected
  ? process.send(message, (error) => { if (error) process.exit(); }) : process.exit();
const made = import(module).then((loaded) => loaded.default(JSON.parse(settings)));
made.catch(() => {});
let answer = null;
process.on("message", (message) => {
  if (message.kind === "goesOn") return answer(message.goesOn);
  const report = (resource, value) => new Promise((resolve) => {
    answer = resolve;
    send({ kind: "report", resource, value });
  });
  made.then((objective) => objective(message.values, { ...message.trial, report })).then(
    (value) => send({ kind: "value", value }),
    (error) => send({ kind: "error", message: String(error && error.message || error),
      usage: error && error.name === "UsageError" }));
});
process.on("disconnect", () => process.exit());`;

/**
 * Processes that run trials, each with an engine of its own. Give `objective` to `search`, with `concurrency: size`,
 * and call `close` at the end. A process that dies fails its trial and is replaced.
 */
export class ProcessPool {
  readonly size: number;
  readonly #start: () => ChildProcess;
  readonly #idle: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();

  constructor(options: ProcessPoolOptions) {
    this.size = options.processes ?? Math.max(1, availableParallelism() - 1);
    const module = options.module instanceof URL ? options.module.href : pathToFileURL(options.module).href;
    const settings = JSON.stringify(options.settings ?? null);
    this.#start = () => {
      const child = spawn(process.execPath, ["--input-type=commonjs", "-e", PROGRAM, module, settings], {
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
      this.#all.add(child);
      child.on("exit", () => this.#all.delete(child));
      return child;
    };
  }
  /** Runs a trial in a process that has nothing to do. */
  readonly objective: Objective = async (values, trial) => {
    const child = this.#idle.pop() ?? this.#start();
    try {
      return await runIn(child, values, trial);
    } finally {
      if (this.#all.has(child)) this.#idle.push(child);
    }
  };
  /** Ends all processes. */
  async close(): Promise<void> {
    await Promise.all([...this.#all].map((child) => new Promise<void>((resolve) => {
      child.on("exit", () => resolve());
      child.kill();
    })));
  }
}

/** A trial in a process. What the objective throws is thrown here; the process goes on. */
function runIn(child: ChildProcess, values: Values, { report, ...trial }: TrialRun): Promise<number> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      child.off("message", hear);
      child.off("exit", gone);
      child.off("error", reject);
    };
    const gone = (code: number | null, signal: string | null): void => {
      end();
      reject(new Error(`the process of the trial ended by ${signal ?? `code ${code}`}`));
    };
    const hear = (answer: Answer): void => {
      if (answer.kind === "report") {
        report(answer.resource, answer.value).then((goesOn) => child.send({ kind: "goesOn", goesOn }), reject);
        return;
      }
      end();
      if (answer.kind === "value") resolve(answer.value);
      else reject(answer.usage ? new UsageError(answer.message) : new Error(answer.message));
    };
    child.on("message", hear);
    child.on("exit", gone);
    child.on("error", reject);
    child.send({ kind: "run", values, trial });
  });
}
