/** The cells of a page: one sandbox, one worker that keeps their names, one run after the other. */
import type { Compiled, Last } from "@gradus/lessons/grade/compile";
import type { CellJob } from "../engine/sandbox-cell.ts";
import { MOST_ITEMS, readItem, type Item } from "../engine/sandbox-items.ts";
import { originsOf, planRun } from "./plan.ts";

/** A sandbox as cells use it; tests put their own in its place. */
export interface Host {
  start(): Promise<void>;
  post(message: unknown): void;
  stop(): void;
}
export type OpenHost = (receive: (message: Readonly<Record<string, unknown>>) => void) => Host;

/** What a run of a cell tells its view. */
export type CellEvent =
  | { readonly type: "begin" }
  | { readonly type: "item"; readonly item: Item }
  | { readonly type: "done"; readonly milliseconds: number; readonly backend: string }
  | { readonly type: "failed"; readonly message: string; readonly line: number | null };

export interface Cell {
  readonly id: string;
  /** What readers call it: "Cell 2". */
  readonly title: string;
  readonly seconds: number;
  source(): string;
  tell(event: CellEvent): void;
}

const STOPPED = "Stopped. Cells that this one rests on run again when they are needed.";
/** What a worker has left to say so itself, before it is ended. */
const GRACE = 1000;
const MODULES = ["gradus", "gradus/models", "gradus/data"];
type CompileModule = typeof import("@gradus/lessons/grade/compile");

export class Notebook {
  private readonly cells: Cell[] = [];
  private readonly open: OpenHost;
  private host: Host | null = null;
  private started = false;
  /** The source with which each cell ran in the present worker. */
  private readonly ran = new Map<string, string>();
  private settle: ((message: Readonly<Record<string, unknown>>) => void) | null = null;
  /** Whether Stop was pressed while the run was still being prepared. */
  private cancelled = false;
  private last: Promise<unknown> = Promise.resolve();

  constructor(open: OpenHost) {
    this.open = open;
  }

  /** Adds the next cell of the page. */
  add(cell: Cell): void {
    this.cells.push(cell);
  }
  /** Runs a cell, and before it those that it rests on. */
  run(id: string, last: Exclude<Last, "keep"> = "value"): Promise<void> {
    this.cancelled = false;
    const run = this.last.then(() => this.runAll(id, last));
    this.last = run.catch(() => undefined);
    return run;
  }
  /** Ends what runs; names of all cells go with it. */
  stop(): void {
    if (this.settle === null) this.cancelled = true;
    else this.end({ type: "failed", message: STOPPED, line: null });
  }

  private async runAll(id: string, last: Exclude<Last, "keep">): Promise<void> {
    const compiler = await import("@gradus/lessons/grade/compile");
    const target = this.cells.find((cell) => cell.id === id)!;
    const all = this.cells.slice(0, this.cells.indexOf(target) + 1);
    let names;
    try {
      names = all.map((cell) => ({ id: cell.id, ...this.namesOf(compiler, cell, cell === target) }));
    } catch (error) {
      return this.refuse(target, error);
    }
    const plan = planRun(names, id, (other) => this.ran.get(other) === this.sourceOf(other));
    for (const step of plan) {
      if (this.cancelled) {
        target.tell({ type: "failed", message: STOPPED, line: null });
        return;
      }
      const cell = this.cells.find((candidate) => candidate.id === step)!;
      const from = originsOf(names, all.indexOf(cell));
      const fine = await this.runOne(compiler, cell, cell === target ? last : "value", from);
      if (!fine && cell !== target) {
        target.tell({ type: "begin" });
        target.tell({ type: "failed", message: `${cell.title} failed, and this cell rests on it.`, line: null });
      }
      if (!fine) return;
    }
  }
  private sourceOf(id: string): string | undefined {
    return this.cells.find((cell) => cell.id === id)?.source();
  }
  /** Names of a cell; one that cannot be read has none, unless it is the one to run. */
  private namesOf(compiler: CompileModule, cell: Cell, must: boolean): Pick<Compiled, "names" | "uses"> {
    try {
      const { names, uses } = compiler.compile(cell.source(), { modules: MODULES, name: cell.id });
      return { names, uses };
    } catch (error) {
      if (must) throw error;
      return { names: [], uses: [] };
    }
  }
  private refuse(cell: Cell, error: unknown): void {
    const line = error instanceof Error && "line" in error && typeof error.line === "number" ? error.line : null;
    cell.tell({ type: "begin" });
    cell.tell({ type: "failed", message: error instanceof Error ? error.message : String(error), line });
  }

  private async runOne(
    compiler: CompileModule,
    cell: Cell,
    last: Exclude<Last, "keep">,
    from: Readonly<Record<string, string>>,
  ): Promise<boolean> {
    const source = cell.source(),
      { id, seconds } = cell,
      name = `${id.replaceAll("/", "-")}.ts`;
    const { code, expression } = compiler.compile(source, {
      modules: MODULES,
      name,
      last,
      scope: Object.keys(from),
      publish: true,
    });
    cell.tell({ type: "begin" });
    if (last !== "value" && !expression) {
      const message = `The cell ends in no expression whose ${last} could be shown; write one, such as a name.`;
      cell.tell({ type: "failed", message, line: null });
      return false;
    }
    const host = (this.host ??= this.open((message) => this.settle?.(message)));
    const over = new Promise<boolean>((done) => {
      let timer: ReturnType<typeof setTimeout> | undefined,
        items = 0;
      this.settle = (message) => {
        if (message.type === "item") {
          // A worker that keeps to the rules stops by itself.
          const item = items++ < MOST_ITEMS ? readItem(message.item) : null;
          if (item !== null) cell.tell({ type: "item", item });
          return;
        }
        if (message.type === "timer") {
          timer = setTimeout(
            () => {
              this.end({
                type: "failed",
                message: `Stopped after ${seconds} s. Your code is unchanged.`,
                line: null,
              });
            },
            1000 * seconds + GRACE,
          );
          return;
        }
        clearTimeout(timer);
        this.settle = null;
        if (message.type === "done") {
          this.ran.set(id, source);
          const milliseconds = typeof message.milliseconds === "number" ? message.milliseconds : NaN;
          cell.tell({ type: "done", milliseconds, backend: String(message.backend).slice(0, 20) });
          return done(true);
        }
        if (message.type === "ended") this.forget();
        this.ran.delete(id);
        const text = String(message.message).slice(0, 2000);
        const known = typeof message.line === "number" ? message.line : null;
        // An engine's own SyntaxError does not say where; the grammar does.
        const line = known ?? (text.startsWith("SyntaxError") ? compiler.firstFault(source) : null);
        cell.tell({ type: "failed", message: text, line });
        done(false);
      };
    });
    if (!this.started) {
      this.started = true;
      // Whoever stops it meanwhile is not kept waiting.
      await Promise.race([host.start(), over]);
    }
    // Stopped, or broken, while it was starting.
    if (this.settle !== null) {
      this.settle({ type: "timer" });
      host.post({ cell: id, code, name, from, seconds } satisfies CellJob);
    }
    return over;
  }
  /** There is no worker any more, and no names. */
  private forget(): void {
    this.started = false;
    this.ran.clear();
  }
  /** Ends the worker and says so in its place. */
  private end(message: Readonly<Record<string, unknown>>): void {
    this.host?.stop();
    this.forget();
    this.settle?.(message);
  }
}
