import { tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { clip, rectangle } from "@gradus/lessons/draw/clip";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";
import { paragraph } from "@gradus/lessons/draw/text";
import { answer, bits, oneUnit, type Unit } from "../boolean.ts";

const TARGETS = { XOR: [0, 1, 1, 0], "same (NOT XOR)": [1, 0, 0, 1], AND: [0, 0, 0, 1] } as const;
const SPACE: Pair = [-0.6, 1.6], HIDDEN: Pair = [-0.35, 1.35];
const NAMES = ["h₁", "h₂"], DASHES = [[], [7, 4]] as const;

/** A line through two points; its unit is on to the left of the way from the first to the second. */
type Line = readonly [Pair, Pair];
interface State {
  readonly target: readonly number[];
  lines: readonly [Line, Line];
  /** What the hidden units answer in the four corners. */
  hidden: readonly (readonly number[])[];
}
/** Weights and bias of the unit that is on to the left of a line. */
const weightsOf = ([[x0, y0], [x1, y1]]: Line): readonly [number, number, number] =>
  [y0 - y1, x1 - x0, (y1 - y0) * x0 - (x1 - x0) * y0];
const CORNERS = [0, 1, 2, 3].map((row) => bits(row, 2));

/** Both lines in the four corners, as one matrix product and a step. */
async function hiddenOf(lines: State["lines"]): Promise<number[][]> {
  const units = lines.map(weightsOf), sums = tensor(CORNERS).matmul(tensor(units.map(([a, b]) => [a, b])).T);
  return await sums.add(tensor(units.map(([, , c]) => c))).gt(1e-6).cast("f32").array() as number[][];
}
/** The 14 units of two inputs, those with small weights last so that they win ties. */
const UNITS: readonly Unit[] = Array.from({ length: 16 }, (_, code) =>
  oneUnit([0, 1, 2, 3].map((row) => (code >> row) & 1), 2)).filter((unit) => unit !== null);
interface Ending { readonly unit: Unit; readonly right: number; readonly answers: readonly number[] }
/** The output unit that is right most often. */
const best = ({ hidden, target }: Pick<State, "hidden" | "target">): Ending => UNITS
  .map((unit) => ({ unit, answers: hidden.map((h) => answer(unit, h)) }))
  .map((found) => ({ ...found, right: found.answers.filter((v, i) => v === target[i]).length }))
  .reduce((a, b) => (b.right > a.right ? b : a));
const NAMED: Readonly<Record<string, string>> = { "0001": "h₁ AND h₂", "0111": "h₁ OR h₂", "0010": "h₁ AND NOT h₂",
  "0100": "h₂ AND NOT h₁", "1110": "NOT (h₁ AND h₂)", "1000": "NOT (h₁ OR h₂)", "1011": "h₁ OR NOT h₂",
  "1101": "h₂ OR NOT h₁", "0011": "h₁", "0101": "h₂", "1100": "NOT h₁", "1010": "NOT h₂", "0000": "never 1",
  "1111": "always 1" };
const nameOf = (unit: Unit): string => NAMED[CORNERS.map((h) => answer(unit, h)).join("")];

interface Layout { readonly input: Plot; readonly hidden: Plot; readonly height: number }
function layout(width: number): Layout {
  const { at: [a, b], stacked } = panels(width, { shares: [1, 1], height: 340, heights: [330, 300], narrow: 600,
    gap: 30 });
  const make = (p: typeof a, domain: Pair, most: number, xLabel: string, yLabel: string): Plot => {
    const size = Math.min(p.w - 46, most);
    return plot({ left: p.x + 34, top: p.y + 34, width: size, height: size, x: domain, y: domain, xLabel, yLabel,
      xTicks: 2, yTicks: 2, zero: true });
  };
  const input = make(a, SPACE, 300, "a", "b");
  const hidden = make(stacked ? { ...b, y: input.bottom + 36 } : b, HIDDEN, stacked ? 240 : 300, "h₁", "h₂");
  return { input, hidden, height: hidden.bottom + 116 };
}

export default defineFigure({
  id: "two-lines",
  title: "Two lines fold the plane",
  question: "What do two units in between make of four points that one line cannot part?",
  params: { target: { kind: "choice", label: "wanted", value: "XOR", choices: ["XOR", "same (NOT XOR)", "AND"] } },
  async init({ target }): Promise<State> {
    const lines: State["lines"] = [[[1.4, 0.3], [-0.4, 0.7]], [[0.7, -0.4], [0.3, 1.4]]];
    return { target: TARGETS[target], lines, hidden: await hiddenOf(lines) };
  },
  async act(state, action) {
    if (action.type !== "drag") return state;
    const { input } = layout(action.width), [, line, end] = action.id.split(":").map(Number);
    const round = (v: number): number => Math.round(v * 20) / 20;
    const to: Pair = [round(input.x.invert(action.x)), round(input.y.invert(action.y))];
    const old = state.lines[line], moved: Line = end === 0 ? [to, old[1]] : [old[0], to];
    // Two ends in one place are no line.
    if (Math.hypot(moved[0][0] - moved[1][0], moved[0][1] - moved[1][1]) < 0.2) return state;
    const lines: State["lines"] = line === 0 ? [moved, state.lines[1]] : [state.lines[0], moved];
    return { ...state, lines, hidden: await hiddenOf(lines) };
  },
  snapshot: (state): State => ({ ...state }),

  view(shot, { width }: Frame): Scene {
    const { input, hidden, height } = layout(width), { lines, target } = shot, end = best(shot);
    const marks: Mark[] = [...input.marks, ...hidden.marks];
    const note = (on: Plot, text: string): Mark => ({ kind: "text", x: on.left + 26, y: on.top - 8, text, size: 13,
      fill: "ink-2" });
    marks.push(note(input, "inputs: drag the ends of the lines"), note(hidden, "what the hidden units make of them"));
    lines.forEach((line, i) => {
      const [a, b, c] = weightsOf(line), side = clip(rectangle(SPACE, SPACE), a, b, c);
      if (side.length > 2) {
        marks.push({ kind: "line", closed: true, points: side.map((p) => input.point(...p)), fill: i === 0 ? "series-1"
          : "series-2", stroke: "none", hatch: i === 1, opacity: i === 0 ? 0.16 : 0.3 });
      }
      const ends = side.filter(([x, y]) => Math.abs(a * x + b * y + c) < 1e-9);
      if (ends.length > 1) {
        marks.push({ kind: "line", points: [input.point(...ends[0]), input.point(...ends[ends.length - 1])],
          stroke: i === 0 ? "series-1" : "series-2", width: 2.5, dash: DASHES[i] });
      }
    });
    lines.forEach((line, i) => line.forEach(([x, y], k) => {
      const [px, py] = input.point(x, y);
      marks.push({ kind: "box", x: px - 8, y: py - 8, w: 16, h: 16, fill: i === 0 ? "series-1" : "series-2",
        stroke: "plate", width: 2, handle: { id: `end:${i}:${k}`, drag: "xy",
          label: `line ${i + 1}, ${k === 0 ? "start" : "end"} at ${fixed(x, 2)}, ${fixed(y, 2)}` } });
      if (k === 0) marks.push({ kind: "text", x: px + (x > 1.2 ? -12 : 12), y: py + (y > 1.3 ? 26 : -10),
        text: NAMES[i], size: 14, anchor: x > 1.2 ? "end" : "start", bold: true,
        fill: i === 0 ? "series-1" : "series-2" });
    }));
    CORNERS.forEach(([x, y], i) => {
      const [px, py] = input.point(x, y), right = end.answers[i] === target[i];
      marks.push({ kind: "disc", x: px, y: py, r: 9, fill: target[i] === 1 ? "ink" : "plate", stroke: "ink",
        width: 2.5, title: `${x}${y}: wanted ${target[i]}, hidden ${shot.hidden[i].join("")}` });
      for (const way of right ? [] : [-5, 5]) {
        marks.push({ kind: "line", points: [[px + 9, py - 14 + way], [px + 19, py - 14 - way]], stroke: "bad",
          width: 2.5 });
      }
    });
    // The four corners of the hidden plane, and who has landed there.
    const { weights: [u, v], threshold } = end.unit;
    const yes = clip(rectangle(HIDDEN, HIDDEN), u, v, 0.5 - threshold);
    if (yes.length > 2) marks.push({ kind: "line", closed: true, points: yes.map((p) => hidden.point(...p)),
      fill: "ink-3", stroke: "ink-3", width: 1.5, hatch: true, opacity: 0.3 });
    for (const [h1, h2] of CORNERS) {
      const here = [0, 1, 2, 3].filter((i) => shot.hidden[i][0] === h1 && shot.hidden[i][1] === h2);
      const [cx, cy] = hidden.point(h1, h2);
      if (here.length === 0) marks.push({ kind: "disc", x: cx, y: cy, r: 3, fill: "ink-3", stroke: "none" });
      here.forEach((i, k) => {
        const x = cx + (k - (here.length - 1) / 2) * 26;
        marks.push({ kind: "disc", x, y: cy, r: 9, fill: target[i] === 1 ? "ink" : "plate", stroke: "ink",
          width: 2.5 },
          { kind: "text", x, y: cy + 25, text: CORNERS[i].join(""), role: "code", size: 13, anchor: "middle" });
      });
    }
    marks.push({ kind: "text", x: 20, y: hidden.bottom + 60, size: 16, bold: true,
      text: `${end.right} of 4 right: ${nameOf(end.unit)}` });
    marks.push(...paragraph("Hatched in the second picture: where that output unit answers 1.", 20,
      hidden.bottom + 82, width - 36, { size: 13 }));
    return { width, height, marks };
  },
  describe(shot) {
    const end = best(shot), places = new Set(shot.hidden.map((h) => h.join(""))).size;
    const list = shot.hidden.map((h, i) => `${CORNERS[i].join("")} to ${h.join("")}`).join(", ");
    return `The hidden units send ${list}: ${count(places, "place")}. The best output unit, ${nameOf(end.unit)}, is ` +
      `right for ${end.right} of 4.`;
  },
  table: (shot) => ({ head: ["a", "b", "h₁", "h₂", "wanted", "output"], rows: CORNERS.map(([a, b], i) =>
    [a, b, ...shot.hidden[i], shot.target[i], best(shot).answers[i]].map(String)) }),
  invariants: [
    { name: "the best output unit is no worse than a constant answer", holds: (shot) =>
      best(shot).right >= Math.max(...[0, 1].map((v) => shot.target.filter((t) => t === v).length)) },
    { name: "corners that land in one place get one answer", holds: (shot) => shot.hidden.every((h, i) =>
      shot.hidden.every((other, k) => h.join() !== other.join() || best(shot).answers[i] === best(shot).answers[k])) },
    { name: "14 of the 16 functions of two inputs are units", holds: () => UNITS.length === 14 },
  ],
});
