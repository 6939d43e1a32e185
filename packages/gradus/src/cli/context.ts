import type { ProgressOutput } from "../train/progress.ts";

/** What a command may touch of the world; tests put their own in its place. */
export interface Context {
  readonly stdout: ProgressOutput;
  readonly stderr: ProgressOutput;
  /** Calls back on Ctrl-C; returns what stops listening. */
  readonly onInterrupt: (callback: () => void) => () => void;
}
/** Exit codes: done, failed or stopped, called wrongly. */
export const DONE = 0, FAILED = 1, MISUSED = 2;

/** One command of `gradus`. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Everything about it. */
  readonly help: string;
  /** Returns the exit code. */
  readonly run: (args: readonly string[], context: Context) => Promise<number>;
}
/** A line on stdout. */
export const print = (context: Context, text: string): void => context.stdout.write(`${text}\n`);
/** The last line of stdout under `--json`. */
export const printJson = (context: Context, value: object): void => print(context, JSON.stringify(value));
