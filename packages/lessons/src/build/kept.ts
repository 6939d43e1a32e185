/**
 * What the runs of a lesson give, and where it is kept: by the content that it comes from, so that a build runs only
 * what changed.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Parameters } from "../figure.ts";
import type { Problem } from "./problem.ts";
import type { LessonSource } from "./sources.ts";

export interface FigureResult {
  readonly title: string;
  readonly question: string;
  readonly describe: string;
  readonly params: Parameters;
  readonly heavy?: true;
  /** The first frame, wide and narrow. */
  readonly wide: string;
  readonly narrow: string;
  readonly table?: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
}
export type Key = number | string | readonly number[];
export interface Computed {
  readonly figures: Readonly<Record<string, FigureResult>>;
  /** What each cell prints. */
  readonly cells: Readonly<Record<string, string>>;
  readonly keys: Readonly<Record<string, Key>>;
  readonly problems: readonly Problem[];
}
/** What is known of a lesson that was not run. */
export const NOTHING: Computed = { figures: {}, cells: {}, keys: {}, problems: [] };

export interface KeepOptions {
  /** The folder of the course. */
  readonly root: string;
  /** Where results are kept; nothing is where it is missing. */
  readonly cache?: string;
  /** What all results depend on, hashed: library, lesson system, shared sources. */
  readonly stamp: string;
  /** Whether figures must have been tried out, beyond their first frame. */
  readonly thorough: boolean;
}
interface Kept { readonly thorough: boolean; readonly result: Computed }

/** What is kept of lessons, by the content that it comes from. */
export function createStore({ root, cache, stamp, thorough }: KeepOptions) {
  const nameOf = (lesson: LessonSource): string => {
    const hash = createHash("sha256").update(stamp)
      .update(JSON.stringify([lesson.id, lesson.cells, lesson.quiz, lesson.folder]));
    for (const file of sourcesBelow(join(root, lesson.folder))) hash.update(file).update(readFileSync(file));
    return `${lesson.id}.${hash.digest("hex").slice(0, 16)}.json`;
  };
  return {
    read(lesson: LessonSource): Computed | undefined {
      const file = join(cache ?? "", nameOf(lesson));
      if (cache === undefined || !existsSync(file)) return undefined;
      const kept = JSON.parse(readFileSync(file, "utf8")) as Kept;
      return kept.thorough || !thorough ? kept.result : undefined;
    },
    write(lesson: LessonSource, result: Computed): void {
      if (cache === undefined) return;
      mkdirSync(cache, { recursive: true });
      for (const old of readdirSync(cache)) if (old.startsWith(`${lesson.id}.`)) rmSync(join(cache, old));
      writeFileSync(join(cache, nameOf(lesson)), JSON.stringify({ thorough, result } satisfies Kept));
    },
  };
}

/** The TypeScript files below a folder. */
export function sourcesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).sort().flatMap((name) => {
    const path = join(folder, name);
    if (name === "node_modules" || name === "fixtures") return [];
    if (statSync(path).isDirectory()) return sourcesBelow(path);
    return name.endsWith(".ts") && !name.endsWith(".test.ts") ? [path] : [];
  });
}
