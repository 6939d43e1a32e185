import { UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import type { Space, Values } from "./space.ts";

/** What an objective is told about the trial, and how it tells how far it has come. */
export interface TrialRun {
  readonly id: number;
  /** A seed of its own, the same whenever the trial is run. */
  readonly seed: number;
  /** How long to train, in units of the study; null: as long as the objective likes. */
  readonly budget: number | null;
  /** The trial whose work this one may continue: the same values with a smaller budget. */
  readonly parent: number | null;
  /** Tells an intermediate value after so much of the budget; false: not promising, return the value now. */
  report(resource: number, value: number): Promise<boolean>;
}
/** What is to be made small (or large): gives the value of a choice of parameters. */
export type Objective = (values: Values, trial: TrialRun) => number | Promise<number>;

/** One intermediate value. */
export interface Report {
  readonly resource: number;
  readonly value: number;
}
export interface Trial {
  readonly id: number;
  readonly values: Values;
  readonly budget: number | null;
  readonly parent: number | null;
  readonly state: "running" | "done" | "stopped" | "failed";
  /** The last value that is known, null if there is none. */
  readonly value: number | null;
  readonly reports: readonly Report[];
  /** Why it failed. */
  readonly error?: string;
}
/** What to try next. */
export interface Proposal {
  readonly values: Values;
  readonly budget?: number;
  readonly parent?: number;
}
/** What a strategy may look at. Lower is better: values of a study that maximizes are negated. */
export interface History {
  readonly space: Space;
  /** All trials, by number. */
  readonly trials: readonly Trial[];
  /** Random numbers for this proposal alone. */
  readonly random: RandomStream;
}
/** Chooses the parameters of trials. */
export interface Strategy {
  /** The next trial; "wait" until a running one has ended; null when there is nothing left to try. */
  propose(history: History): Proposal | "wait" | null;
}
/** Decides whether a trial that has reported goes on. */
export interface Stopping {
  goesOn(trial: Trial, trials: readonly Trial[]): boolean;
}
/** One line of a journal: what happened, in order. */
export type JournalLine =
  | { readonly event: "study"; readonly seed: number; readonly direction: Direction;
    readonly parameters: readonly string[] }
  | { readonly event: "start"; readonly id: number; readonly values: Values; readonly budget: number | null;
    readonly parent: number | null }
  | { readonly event: "report"; readonly id: number; readonly resource: number; readonly value: number }
  | { readonly event: "end"; readonly id: number; readonly state: Trial["state"]; readonly value: number | null;
    readonly error?: string };
/** Keeps what happened, so that a study that was killed goes on. */
export interface Journal {
  read(): Promise<readonly JournalLine[]>;
  append(line: JournalLine): Promise<void>;
}
export type Direction = "minimize" | "maximize";

export interface SearchOptions {
  readonly space: Space;
  readonly strategy: Strategy;
  /** How many trials at most. */
  readonly trials: number;
  readonly direction?: Direction;
  readonly seed?: number;
  readonly stopping?: Stopping;
  /** Trials that run at the same time (default 1); use as many as a `ProcessPool` has processes. */
  readonly concurrency?: number;
  readonly journal?: Journal;
  /** Called whenever a trial has ended. */
  readonly onTrial?: (trial: Trial, study: Study) => void;
  /** Asked before every trial: true ends the study when those that run have ended. */
  readonly stopRequested?: () => boolean;
}

/** What a search has found. */
export class Study {
  readonly direction: Direction;
  readonly trials: readonly Trial[];
  constructor(direction: Direction, trials: readonly Trial[]) {
    this.direction = direction;
    this.trials = trials;
  }
  /** The best trial among those with the largest budget that ended. Throws a UsageError if none did. */
  get best(): Trial & { readonly value: number } {
    const ended = this.trials.filter((trial): trial is Trial & { value: number } =>
      trial.state === "done" && trial.value !== null);
    if (ended.length === 0) {
      const why = this.trials.find(({ error }) => error !== undefined)?.error;
      throw new UsageError(`tune: no trial came to its end${why === undefined ? "" : `; the first failed: ${why}`}`);
    }
    const largest = Math.max(...ended.map(({ budget }) => budget ?? Infinity));
    const sign = this.direction === "minimize" ? 1 : -1;
    return ended.filter(({ budget }) => (budget ?? Infinity) === largest)
      .reduce((best, trial) => (sign * trial.value < sign * best.value ? trial : best));
  }
}

/**
 * Looks for the parameters of an objective. A strategy proposes, `concurrency` trials run at a time, and what they
 * report goes to the journal: a study that was killed and is started again runs the trials that had not ended once
 * more, with the same parameters and seeds, and goes on. A trial that throws has failed and is left out; an
 * error about wrong use ends the study.
 */
export async function search(objective: Objective, options: SearchOptions): Promise<Study> {
  const { space, strategy, direction = "minimize", seed = 0, stopping, journal, concurrency = 1 } = options;
  const parameters = Object.keys(space);
  if (parameters.length === 0) throw new UsageError("tune: the space is empty; name at least one parameter");
  const sign = direction === "minimize" ? 1 : -1;
  const trials = await readTrials(journal, { event: "study", seed, direction, parameters });
  const study = new Study(direction, trials);
  const again = trials.filter(({ state }) => state === "running").map(({ id }) => id);
  const change = (id: number, fields: Partial<Trial>): Trial => (trials[id] = { ...trials[id], ...fields });
  /** Trials as strategies see them: lower is better. */
  const seen = (): Trial[] => trials.map((trial) => ({
    ...trial, value: trial.value === null ? null : sign * trial.value,
    reports: trial.reports.map(({ resource, value }) => ({ resource, value: sign * value })),
  }));

  const run = async (id: number): Promise<void> => {
    const { values, budget, parent } = trials[id];
    let cut = false;
    const report: TrialRun["report"] = async (resource, value) => {
      await journal?.append({ event: "report", id, resource, value });
      change(id, { value, reports: [...trials[id].reports, { resource, value }] });
      const all = seen();
      cut ||= stopping !== undefined && !stopping.goesOn(all[id], all);
      return !cut;
    };
    try {
      const value = await objective(values, { id, seed: seedOf(seed, id), budget, parent, report });
      if (!Number.isFinite(value)) throw new RangeError(`the objective gave ${value}`);
      change(id, { state: cut ? "stopped" : "done", value });
    } catch (error) {
      if (error instanceof UsageError) throw error;
      change(id, { state: "failed", value: null, error: error instanceof Error ? error.message : String(error) });
    }
    const { state, value, error } = trials[id];
    await journal?.append({ event: "end", id, state, value, ...(error === undefined ? {} : { error }) });
    options.onTrial?.(trials[id], study);
  };
  /** The next trial to run, or why there is none. */
  const next = async (): Promise<number | "wait" | null> => {
    const left = again.shift();
    if (left !== undefined) return left;
    if (trials.length >= options.trials || options.stopRequested?.() === true) return null;
    const id = trials.length;
    const proposal = strategy.propose({ space, trials: seen(), random: new RandomStream(seed, id + 1) });
    if (proposal === null || proposal === "wait") return proposal;
    const { values, budget = null, parent = null } = proposal;
    trials.push({ id, values, budget, parent, state: "running", value: null, reports: [] });
    await journal?.append({ event: "start", id, values, budget, parent });
    return id;
  };

  const running = new Map<number, Promise<void>>();
  for (;;) {
    const id = running.size < concurrency ? await next() : "wait";
    if (typeof id === "number") {
      running.set(id, run(id).then(() => { running.delete(id); }));
      continue;
    }
    if (running.size === 0) return study;
    await Promise.race(running.values());
  }
}

/** A seed per trial that does not depend on the order in which trials run. */
const seedOf = (seed: number, id: number): number => new RandomStream(seed, 2 ** 20 + id).bits();

/** The trials of a journal; those that had not ended are as at their start. */
async function readTrials(
  journal: Journal | undefined, header: JournalLine & { readonly event: "study" },
): Promise<Trial[]> {
  const trials: Trial[] = [];
  if (journal === undefined) return trials;
  const lines = await journal.read();
  if (lines.length === 0) await journal.append(header);
  for (const line of lines) {
    if (line.event === "study") {
      for (const key of ["seed", "direction", "parameters"] as const) {
        if (String(line[key]) !== String(header[key])) {
          throw new UsageError(`tune: the journal was begun with ${key} ${String(line[key])}, not ` +
            `${String(header[key])}; ask for the same, or begin another`);
        }
      }
    } else if (line.event === "start") {
      const { id, values, budget, parent } = line;
      trials[id] = { id, values, budget, parent, state: "running", value: null, reports: [] };
    } else if (line.event === "report") {
      const { resource, value } = line;
      const trial = trials[line.id];
      // A trial that runs again reports again.
      const earlier = trial.reports.filter((report) => report.resource < resource);
      trials[line.id] = { ...trial, value, reports: [...earlier, { resource, value }] };
    } else {
      const { id, event: _, ...end } = line;
      trials[id] = { ...trials[id], ...end };
    }
  }
  return trials.map((trial) => (trial.state === "running" ? { ...trial, value: null, reports: [] } : trial));
}
