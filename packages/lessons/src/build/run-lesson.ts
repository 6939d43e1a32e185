/** One lesson, run: first frames and sentences of its figures, what its cells print, keys of its quiz items. */
import { join } from "node:path";
import type { Figure } from "../figure.ts";
import { printSvg } from "../svg.ts";
import { SEED, checkShape, defaultSettings, tryFigure } from "./check-figure.ts";
import type { Computed, FigureResult, Key } from "./kept.ts";
import { Problems } from "./problem.ts";
import type { Runner } from "./runner.ts";
import type { LessonSource } from "./sources.ts";
import { formatValue, numberOf, shapeOf } from "./value.ts";

/** The widths of the two first frames. */
export const WIDE = 960, NARROW = 328;

/**
 * Runs everything of one lesson. `root` is the folder of the course; `thorough` tries every figure for some steps at
 * several widths, instead of making its first frames only.
 */
export async function runLesson(
  lesson: LessonSource, root: string, runner: Runner, thorough: boolean,
): Promise<Computed> {
  const problems = new Problems();
  const figures: Record<string, FigureResult> = {}, cells: Record<string, string> = {}, keys: Record<string, Key> = {};
  for (const { id, file } of lesson.figures) {
    try {
      const { default: figure } = await runner.load(join(root, file));
      const complain = (text: string): void => problems.add(file, 1, text);
      if (!checkShape(figure as Figure, id, complain)) continue;
      if (thorough) await tryFigure(figure as Figure, complain);
      figures[id] = await firstFrame(figure as Figure, id, lesson.id);
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

async function firstFrame(figure: Figure, id: string, lesson: string): Promise<FigureResult> {
  const state = await figure.init(defaultSettings(figure.params), SEED);
  const snapshot = structuredClone(figure.snapshot(state));
  const { title, question, params } = figure;
  const frame = (width: number): string =>
    printSvg(figure.view(snapshot, { width }), { id: `${lesson}-${id}-${width}`, label: title });
  return {
    title, question, params, ...(figure.heavy === true ? { heavy: true } : {}),
    describe: figure.describe(snapshot), wide: frame(WIDE), narrow: frame(NARROW),
    table: figure.table?.(snapshot),
  };
}

const message = (error: unknown): string => error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
