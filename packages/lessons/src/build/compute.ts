/**
 * Everything of a lesson that has to be run: first frames and sentences of figures, what cells print, keys of quiz
 * items. Results are kept by the content that they come from, so that a build runs only what changed.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Figure, Parameters } from "../figure.ts";
import { printSvg } from "../svg.ts";
import { checkFigure } from "./check-figure.ts";
import type { Problem } from "./problem.ts";
import { Problems } from "./problem.ts";
import type { Runner } from "./runner.ts";
import type { LessonSource } from "./sources.ts";
import { formatValue, numberOf, shapeOf } from "./value.ts";

export interface FigureResult {
  readonly title: string;
  readonly question: string;
  readonly describe: string;
  readonly params: Parameters;
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

/** The widths of the two first frames. */
export const WIDE = 960, NARROW = 328;

export interface ComputeOptions {
  /** The folder of the course. */
  readonly root: string;
  /** Where results are kept; nothing is where it is missing. */
  readonly cache?: string;
  /** What all results depend on, hashed: library, lesson system, shared sources. */
  readonly stamp: string;
  /** Made when first needed. */
  readonly runner: () => Promise<Runner>;
}

export async function compute(lesson: LessonSource, options: ComputeOptions): Promise<Computed> {
  const { root, cache, stamp } = options;
  const hash = createHash("sha256").update(stamp)
    .update(JSON.stringify([lesson.id, lesson.cells, lesson.quiz, lesson.folder]));
  for (const file of sourcesBelow(join(root, lesson.folder))) hash.update(file).update(readFileSync(file));
  const name = `${lesson.id}.${hash.digest("hex").slice(0, 16)}.json`;
  if (cache !== undefined && existsSync(join(cache, name))) {
    return JSON.parse(readFileSync(join(cache, name), "utf8")) as Computed;
  }
  const result = await run(lesson, root, await options.runner());
  if (cache !== undefined) {
    mkdirSync(cache, { recursive: true });
    for (const old of readdirSync(cache)) if (old.startsWith(`${lesson.id}.`)) rmSync(join(cache, old));
    writeFileSync(join(cache, name), JSON.stringify(result));
  }
  return result;
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

async function run(lesson: LessonSource, root: string, runner: Runner): Promise<Computed> {
  const problems = new Problems();
  const figures: Record<string, FigureResult> = {}, cells: Record<string, string> = {}, keys: Record<string, Key> = {};
  for (const { id, file } of lesson.figures) {
    try {
      const { default: figure } = await runner.load(join(root, file));
      const result = await firstFrame(figure, id, lesson.id, (message) => problems.add(file, 1, message));
      if (result !== undefined) figures[id] = result;
    } catch (error) {
      problems.add(file, 1, `the figure cannot be run: ${message(error)}`);
    }
  }
  for (const { id, code, line, throws } of lesson.cells) {
    const { printed, value, error } = await runner.run(code);
    const lines = [...printed, error === undefined ? await formatValue(value) : throws ? error.message : ""];
    cells[id] = lines.filter((text) => text !== "").join("\n");
    if (error !== undefined && !throws) problems.add(lesson.origin.file, line, `cell ${id} fails: ${error.message}`);
    if (error === undefined && throws) problems.add(lesson.origin.file, line, `cell ${id} should throw and does not`);
  }
  const file = `${lesson.folder}/quiz.yaml`;
  for (const [i, item] of lesson.quiz.entries()) {
    if (!("code" in item)) continue;
    const { printed, value, error } = await runner.run(item.code);
    const complain = (text: string): void => problems.add(file, lesson.quizLine(i), `${item.id}: ${text}`);
    if (error !== undefined) complain(`the code fails: ${error.message}`);
    else {
      const key = item.kind === "numeric" ? await numberOf(value) ?? await numberOf(Number(printed.at(-1) ?? NaN))
        : item.kind === "shape" ? shapeOf(value)
          : printed.length > 0 ? printed.join("\n") : await formatValue(value);
      if (key === undefined || key === "" || Number.isNaN(key)) {
        complain({ numeric: "the last expression must be one number",
          shape: "the last expression must be a tensor or a shape",
          trace: "the code prints nothing and has no value" }[item.kind]);
      } else keys[item.id] = key;
    }
  }
  return { figures, cells, keys, problems: problems.list };
}

async function firstFrame(
  figure: unknown, id: string, lesson: string, complain: (message: string) => void,
): Promise<FigureResult | undefined> {
  const checked = await checkFigure(figure as Figure, id, complain);
  if (checked === undefined) return undefined;
  const { snapshot } = checked, shown = figure as Figure;
  const describe = shown.describe(snapshot);
  const frame = (width: number): string =>
    printSvg(shown.view(snapshot, { width }), { id: `${lesson}-${id}-${width}`, label: shown.title });
  return {
    title: shown.title, question: shown.question, describe, params: shown.params,
    wide: frame(WIDE), narrow: frame(NARROW), table: shown.table?.(snapshot),
  };
}

const message = (error: unknown): string => error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
