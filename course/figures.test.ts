/// <reference types="vite/types/importMeta.d.ts" />
/**
 * What every figure of the course must do, tried at its own settings, at the ends of its sliders and at every choice.
 */
import { describe, expect, test } from "vitest";
import type { Action, Figure, Handle, Mark, Parameter, Parameters, Scene, Settings } from "@gradus/lessons";

const WIDTHS = [328, 664, 1080], STEPS = 25, SEED = 7;
const SMALLEST_TEXT = 12;
type AnyFigure = Figure<Parameters, unknown, unknown>;

const files = import.meta.glob<AnyFigure>("./*/*/figures/*.ts", { import: "default", eager: true });
const figures = Object.entries(files);
const texts = import.meta.glob<string>("./*/*/lesson.md", { query: "?raw", import: "default", eager: true });

test("there are figures, and each has its own id, the name of its file", () => {
  expect(figures.length).toBeGreaterThan(0);
  expect(new Set(figures.map(([, { id }]) => id)).size).toBe(figures.length);
  for (const [file, { id }] of figures) expect(file.endsWith(`/${id}.ts`), `${file} calls itself ${id}`).toBe(true);
});

test("formulas name numbers that a figure of their lesson has", async () => {
  const named = Object.entries(texts).flatMap(([file, text]) =>
    [...text.matchAll(/\\live\{([^.}]*)\.([^}]*)\}/g)].map(([, id, name]) => [file, id, name] as const));
  expect(named.length).toBeGreaterThan(0);
  for (const [file, id, name] of named) {
    const figure = files[file.replace("lesson.md", `figures/${id}.ts`)];
    expect(figure?.numbers, `${file}: the figure ${id} has no numbers`).toBeDefined();
    const settings = settingsOf(Object.entries(figure.params).map(([key, { value }]) => [key, value]));
    expect(figure.numbers!(figure.snapshot(await figure.init(settings, SEED))), file).toHaveProperty(name);
  }
});

describe.each(figures)("%s", (_, figure) => {
  const defaults = settingsOf(Object.entries(figure.params).map(([name, { value }]) => [name, value]));

  test("has a title, a question, invariants and at most four parameters with labels", () => {
    expect(figure.title.trim()).not.toBe("");
    expect(figure.question.trim()).toMatch(/[?.]$/);
    expect(figure.invariants.length).toBeGreaterThan(0);
    expect(Object.keys(figure.params).length).toBeLessThanOrEqual(4);
    for (const { label } of Object.values(figure.params)) expect(label.trim()).not.toBe("");
  });

  test("runs at its own settings, step by step", async () => {
    await play(figure, defaults, STEPS);
  }, 20_000);

  test("the same seed gives the same pictures", async () => {
    const last = async (): Promise<string> => JSON.stringify(await play(figure, defaults, 4));
    expect(await last()).toBe(await last());
  });

  const corners = Object.entries(figure.params).flatMap(([name, parameter]) =>
    extremes(parameter).map((value) => [`${parameter.label}: ${String(value)}`,
      settingsOf([...Object.entries(defaults), [name, value]])] as const));
  test.each(corners)("%s", async (_name, settings) => {
    await play(figure, settings, 3);
  });

  test("every handle can be dragged or pressed, anywhere", async () => {
    let state = await figure.init(defaults, SEED);
    for (let step = 0; step < 3 && figure.step !== undefined; step++) state = await figure.step(state, defaults);
    for (const width of WIDTHS) {
      const scene = figure.view(structuredClone(figure.snapshot(state)), { width });
      const found = handles(scene.marks);
      for (const handle of found) {
        for (const action of actionsOn(handle, scene)) {
          expect(figure.act, `${figure.id} has handles and no act`).toBeDefined();
          state = await figure.act!(state, action, defaults);
          check(figure, state, [width]);
        }
      }
      if (scene.press === true) {
        state = await figure.act!(state, { type: "drop", x: width / 3, y: scene.height / 3, width }, defaults);
        check(figure, state, [width]);
      }
    }
  }, 20_000);
});

/** Values by name, as figures take them. */
const settingsOf = (values: readonly (readonly [string, unknown])[]): Settings<Parameters> =>
  Object.fromEntries(values) as Settings<Parameters>;

/** Runs some steps, checks every snapshot, and returns the last. */
async function play(figure: AnyFigure, settings: Settings<Parameters>, steps: number): Promise<unknown> {
  let state = await figure.init(settings, SEED);
  for (let step = 0; ; step++) {
    // Pictures change little from step to step: all widths at both ends, one in between.
    const ending = figure.step === undefined || figure.done?.(state) === true || step >= steps;
    check(figure, state, ending || step === 0 ? WIDTHS : [WIDTHS[step % WIDTHS.length]]);
    if (ending) break;
    state = await figure.step!(state, settings);
  }
  return structuredClone(figure.snapshot(state));
}

function check(figure: AnyFigure, state: unknown, widths: readonly number[]): void {
  const snapshot = structuredClone(figure.snapshot(state));
  for (const { name, holds } of figure.invariants) expect(holds(snapshot), `${figure.id}: ${name}`).toBe(true);
  const said = figure.describe(snapshot);
  expect(said, `${figure.id} describes itself with a number`).toMatch(/\d/);
  expect(said).not.toMatch(/NaN|undefined|\[object|not a number/);
  const table = figure.table?.(snapshot);
  for (const row of table?.rows ?? []) expect(row.length, `${figure.id}: a row of the table`).toBe(table!.head.length);
  for (const [name, { value }] of Object.entries(figure.numbers?.(snapshot) ?? {})) {
    if (Number.isNaN(value)) expect.fail(`${figure.id}: ${name} is not a number`);
  }
  for (const width of widths) checkScene(figure.id, figure.view(snapshot, { width }), width);
}

function checkScene(id: string, scene: Scene, width: number): void {
  const where = `${id} at ${width}`;
  expect(scene.width, where).toBeLessThanOrEqual(width);
  expect(scene.height, where).toBeGreaterThan(40);
  const ids = handles(scene.marks).map((handle) => handle.id);
  expect(new Set(ids).size, `${where}: handles differ in id`).toBe(ids.length);
  const visit = (mark: Mark, dx: number, dy: number): void => {
    if (mark.kind === "group") {
      for (const inner of mark.marks) visit(inner, dx + (mark.x ?? 0), dy + (mark.y ?? 0));
      return;
    }
    // There are millions of marks: nothing is built for those that are right.
    if (mark.handle?.label.trim() === "") expect.fail(`${where}: ${mark.handle.id} has no label`);
    if (mark.kind === "text" && mark.text !== "" && (mark.size ?? 14) < SMALLEST_TEXT) {
      expect.fail(`${where}: "${mark.text}" is too small`);
    }
    for (const [x, y] of corners(mark)) {
      // A stroke's own width may lie over the edge, no more.
      const inside = x + dx >= -2 && x + dx <= scene.width + 2 && y + dy >= -2 && y + dy <= scene.height + 2;
      if (!inside) expect.fail(`${where}: ${JSON.stringify(mark).slice(0, 160)} reaches (${x}, ${y})`);
    }
  };
  for (const mark of scene.marks) visit(mark, 0, 0);
}

/** Points that a mark covers; a text's by its usual width. NaN counts as outside. */
function corners(mark: Exclude<Mark, { kind: "group" }>): readonly (readonly [number, number])[] {
  if (mark.kind === "line") return mark.points;
  if (mark.kind === "disc") return [[mark.x - mark.r, mark.y - mark.r], [mark.x + mark.r, mark.y + mark.r]];
  if (mark.kind !== "text") return [[mark.x, mark.y], [mark.x + mark.w, mark.y + mark.h]];
  const size = mark.size ?? 14, wide = mark.text.length * size * 0.44;
  const left = mark.x - wide * { start: 0, middle: 0.5, end: 1 }[mark.anchor ?? "start"];
  return [[left, mark.y - size * 0.7], [left + wide, mark.y + 2]];
}

const handles = (marks: readonly Mark[]): Handle[] => marks.flatMap((mark) =>
  (mark.kind === "group" ? handles(mark.marks) : mark.handle === undefined ? [] : [mark.handle]));

function actionsOn({ id, press, drag }: Handle, { width, height }: Scene): Action[] {
  const places = [[width * 0.31, height * 0.4], [-50, -50], [width + 50, height + 50]];
  return [...(drag === undefined ? [] : places.map(([x, y]) => ({ type: "drag", id, x, y, width }) as const)),
    ...(press === true ? [{ type: "press", id } as const] : [])];
}

function extremes(parameter: Parameter): readonly unknown[] {
  switch (parameter.kind) {
    case "number": return [parameter.min, parameter.max];
    case "choice": return parameter.choices;
    case "flag": return [true, false];
    case "text": return ["", "x".repeat(parameter.longest)];
  }
}
