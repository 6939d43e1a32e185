/** Runs in the sandbox: the cells of a page, one after the other, in one worker that keeps their names. */
import { enter, lineOf, Realm, TimeOver, type Module } from "@gradus/lessons/grade/realm";
import { inner, load } from "./sandbox-inner.ts";
import { MOST_ITEMS, type Item } from "./sandbox-items.ts";
import { explanation, inspect, isTensor, plotted, tabled, tensorItem, type Explain } from "./sandbox-print.ts";

/** A cell to run. */
export interface CellJob {
  readonly cell: string;
  readonly code: string;
  /** Names the text in stacks. */
  readonly name: string;
  /** Which earlier cell each name that it uses comes from. */
  readonly from: Readonly<Record<string, string>>;
  readonly seconds: number;
}

class CellRealm extends Realm {
  name = "";
  private printed = 0;
  private readonly explainer: Explain;

  constructor(explainer: Explain) {
    super();
    this.explainer = explainer;
  }
  begin({ name, seconds }: CellJob): void {
    this.name = name;
    this.printed = 0;
    this.start(seconds);
  }
  print(item: Item): void {
    this.printed++;
    if (this.printed === MOST_ITEMS) item = { kind: "text", line: item.line, text: "… and more, which is not shown." };
    if (this.printed <= MOST_ITEMS) inner.postMessage({ type: "item", item });
  }
  /** The line of the cell that is running. */
  here(): number {
    return lineOf(new Error(), this.name) ?? 0;
  }
  override value(line: number, value: unknown): unknown {
    if (value !== undefined) this.show(line, [value]);
    return value;
  }
  show(line: number, values: readonly unknown[]): void {
    // A tensor alone is drawn; among other things it is written.
    if (values.length === 1 && isTensor(values[0])) this.print(tensorItem(values[0], line));
    else this.print({ kind: "text", line, text: values.map((value) => inspect(value)).join(" ") });
  }
  explain(line: number, what: "graph" | "kernels", fn: () => unknown): void {
    this.print({ kind: "program", line, parts: explanation(this.explainer, what, fn) });
  }
}

export function start(library: Module): void {
  const realm = enter(new CellRealm(library.explain as Explain));
  realm.modules.set("gradus", library);
  realm.modules.set("gradus/models", library.models as Module);
  realm.modules.set("gradus/data", library.data as Module);
  realm.modules.set("gradus/text", library.text as Module);
  for (const level of ["log", "info", "warn", "error", "debug"] as const) {
    console[level] = (...values: readonly unknown[]) => realm.show(realm.here(), values);
  }
  console.table = (rows: unknown) => realm.print(tabled(rows, realm.here()));
  // What cells print with, beside console.log.
  const globals = {
    show: (...values: readonly unknown[]) => { for (const value of values) realm.show(realm.here(), [value]); },
    table: (rows: unknown) => realm.print(tabled(rows, realm.here())),
    plot: (...values: readonly unknown[]) => realm.print(plotted(values, realm.here())),
  };
  Object.assign(globalThis, globals);
  const kept = new Map<string, Module>();
  const backend = (library.currentBackend as () => { readonly name: string })();

  async function run(job: CellJob): Promise<void> {
    for (const name of Object.keys(realm.scope)) delete realm.scope[name];
    for (const [name, cell] of Object.entries(job.from)) realm.scope[name] = kept.get(cell)?.[name];
    realm.begin(job);
    const began = performance.now();
    kept.set(job.cell, await load(job.code));
    inner.postMessage({ type: "done", milliseconds: performance.now() - began, backend: backend.name });
  }
  inner.onmessage = ({ data }) => {
    const job = data as CellJob;
    run(job).catch((error: unknown) => {
      const text = error instanceof TimeOver ? error.message
        : error instanceof Error ? `${error.name}: ${error.message}` : `The cell threw ${inspect(error)}.`;
      inner.postMessage({ type: "failed", message: text, line: lineOf(error, job.name) });
    });
  };
  inner.postMessage({ type: "ready" });
}
