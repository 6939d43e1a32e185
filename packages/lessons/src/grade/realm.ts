/** What compiled texts find around them, as `globalThis.$gradus`: modules, names of earlier cells, the clock. */

/** Thrown where the time of a run is over. */
export class TimeOver extends Error {
  readonly line: number | null;
  constructor(seconds: number, line: number | null) {
    const where = line === null ? "" : `: line ${line} may never end`;
    super(`Stopped after ${seconds} s${where}. Your code is unchanged.`);
    this.name = "TimeOver";
    this.line = line;
  }
}

export type Module = Readonly<Record<string, unknown>>;
/** Rounds of loops between two looks at the clock. */
const ROUNDS = 500;

export class Realm {
  /** Counted down by every round of a loop; see `late`. */
  left = ROUNDS;
  /** Names of earlier cells. */
  readonly scope: Record<string, unknown> = {};
  readonly modules = new Map<string, Module>();
  private end = Infinity;
  private seconds = Infinity;

  /** Starts the clock: loops end when it has run out. */
  start(seconds: number): void {
    this.seconds = seconds;
    this.end = performance.now() + 1000 * seconds;
    this.left = ROUNDS;
  }
  late(line: number): void {
    this.left = ROUNDS;
    if (performance.now() > this.end) throw new TimeOver(this.seconds, line);
  }
  /** A module, which must have these names. */
  take(module: string, names: readonly string[]): Module {
    const found = this.modules.get(module) ?? {};
    const missing = names.find((name) => !(name in found));
    if (missing !== undefined) throw new Error(`"${module}" exports nothing called ${missing}.`);
    return found;
  }
  /** A last expression's value; cells show it. */
  value(_line: number, value: unknown): unknown {
    return value;
  }
}

/** Puts a realm where compiled texts look for it. */
export function enter<R extends Realm>(realm: R): R {
  (globalThis as unknown as { $gradus: Realm }).$gradus = realm;
  return realm;
}

/** The line of a named text at which an error arose, from its stack; null where the stack does not say. */
export function lineOf(error: unknown, name: string): number | null {
  if (error instanceof TimeOver) return error.line;
  const stack = error instanceof Error ? error.stack ?? "" : "";
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const found = new RegExp(`${escaped}:(\\d+)(?::\\d+)?`).exec(stack);
  return found === null ? null : Number(found[1]);
}
