import { appendFile, readFile } from "node:fs/promises";
import { writeAtomically } from "./atomic.node.ts";

/** A CSV file that gets a line per step; numbers only. */
export class CsvLog {
  readonly #path: string;
  readonly #columns: readonly string[];
  #pending = "";

  private constructor(path: string, columns: readonly string[]) {
    this.#path = path;
    this.#columns = columns;
  }
  /** Opens a log whose first column counts steps; lines beyond `step` are dropped: a resumed run makes them again. */
  static async open(path: string, columns: readonly string[], step: number): Promise<CsvLog> {
    const before = step === 0 ? "" : await readFile(path, "utf8").catch(() => "");
    const kept = before.split("\n").slice(1)
      .filter((line) => line.split(",").length === columns.length && Number(line.split(",")[0]) <= step);
    const text = [columns.join(","), ...kept].join("\n") + "\n";
    await writeAtomically(path, new TextEncoder().encode(text));
    return new CsvLog(path, columns);
  }
  /** Notes a line; a quantity that was not measured stays empty. */
  add(values: Readonly<Record<string, number | undefined>>): void {
    this.#pending += `${this.#columns.map((column) => values[column] ?? "").join(",")}\n`;
  }
  /** Writes the lines noted since the last time. */
  async flush(): Promise<void> {
    if (this.#pending === "") return;
    const text = this.#pending;
    this.#pending = "";
    await appendFile(this.#path, text);
  }
}
