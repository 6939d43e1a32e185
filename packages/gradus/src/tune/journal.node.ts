import { mkdir, open, readFile, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { DataError } from "../vocab/errors.ts";
import type { Journal, JournalLine } from "./study.ts";

/**
 * A journal as a file of JSON, one event a line, each on the disk before the study goes on. What a killed process left
 * of its last line is cut off when the file is read.
 */
export class FileJournal implements Journal {
  readonly path: string;
  #file: FileHandle | null = null;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }
  async read(): Promise<readonly JournalLine[]> {
    await mkdir(dirname(this.path), { recursive: true });
    const text = await readFile(this.path, "utf8").catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
      throw error;
    });
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    const lines = whole.split("\n").slice(0, -1).map((line, i) => this.#parse(line, i + 1));
    await this.close();
    this.#file = await open(this.path, "a");
    await this.#file.truncate(Buffer.byteLength(whole));
    return lines;
  }
  /** Events of trials that run at the same time are written one after another. */
  append(line: JournalLine): Promise<void> {
    this.#last = this.#last.then(async () => {
      this.#file ??= await open(this.path, "a");
      await this.#file.appendFile(`${JSON.stringify(line)}\n`);
      await this.#file.datasync();
    });
    return this.#last;
  }
  async close(): Promise<void> {
    await this.#last;
    await this.#file?.close();
    this.#file = null;
  }
  #parse(line: string, number: number): JournalLine {
    try {
      const value = JSON.parse(line) as JournalLine;
      if (["study", "start", "report", "end"].includes(value.event)) return value;
    } catch {
      // Reported as any other line that is none.
    }
    throw new DataError(`${this.path} is damaged: line ${number} is no event of a study`);
  }
}
