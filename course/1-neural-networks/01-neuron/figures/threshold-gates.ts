import { tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { between } from "@gradus/lessons/draw/edge";
import { glyph } from "@gradus/lessons/draw/glyph";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels, type Panel } from "@gradus/lessons/draw/panels";
import { clamp, linear, type Pair, type Scale } from "@gradus/lessons/draw/scale";
import { paragraph } from "@gradus/lessons/draw/text";

const NAMES = ["a", "b", "c"], VETO = "silences (1943)", MINUS = "counts −1";

interface State {
  readonly n: number;
  /** What the last input does. */
  readonly last: string;
  readonly patterns: readonly (readonly number[])[];
  /** Excitation minus inhibition of each pattern. */
  readonly sums: readonly number[];
  threshold: number;
  /** The pattern at the inputs now, and how many were shown by steps. */
  now: number; shown: number;
}
type Unit = Pick<State, "n" | "last" | "patterns" | "sums">;
const silenced = ({ n, last, patterns }: Unit, i: number): boolean => last === VETO && patterns[i][n - 1] === 1;
const answer = (unit: Unit, i: number, threshold: number): 0 | 1 =>
  (!silenced(unit, i) && unit.sums[i] >= threshold ? 1 : 0);
const answers = (shot: State, threshold = shot.threshold): (0 | 1)[] => shot.sums.map((_, i) =>
  answer(shot, i, threshold));

/** What is said of a truth table; its rows count up from 00 or 000. */
const GATES: Readonly<Record<string, string>> = {
  "0001": "a AND b", "0111": "a OR b", "0010": "a AND NOT b", "1010": "NOT b", "1011": "a OR NOT b",
  "00000001": "a AND b AND c", "00010111": "at least two of a, b, c", "01111111": "a OR b OR c",
  "10101010": "NOT c", "00101010": "(a OR b) AND NOT c", "00000010": "a AND b AND NOT c",
  "10111111": "a OR b OR NOT c", "00101011": "at least two of a, b, NOT c",
};
function gate(shot: State): string {
  const key = answers(shot).join("");
  return GATES[key] ?? (key.includes("1") ? "always 1" : "never 1");
}
const bounds = ({ n, last }: Pick<State, "n" | "last">): Pair => [last === MINUS ? -1 : 0,
  last === "excites" ? n + 1 : n];

interface Layout { readonly unit: Panel; readonly line: Panel; readonly axis: Scale; readonly base: number;
readonly height: number }
function layout(width: number, shot: Pick<State, "n" | "last">): Layout {
  const { at: [unit, line], stacked } = panels(width, { shares: [0.8, 1], height: 300, heights: [200, 260],
    narrow: 600, gap: 24 });
  const [low, high] = bounds(shot), base = line.y + (stacked ? 210 : 226);
  return { unit: { ...unit, y: unit.y + (stacked ? 0 : 30), h: stacked ? 196 : 210 }, line, base,
    axis: linear([low - 0.8, high - 0.2], [line.x + 10, line.x + line.w - 10]),
    height: (stacked ? line.y + 280 : 292) + 56 };
}

function drawUnit(shot: State, at: Panel): Mark[] {
  const marks: Mark[] = [], middle = at.y + at.h / 2, body: Pair = [at.x + at.w * 0.6, middle];
  const input = shot.patterns[shot.now], side = 58, out = at.x + at.w - 22;
  input.forEach((value, i) => {
    const y = at.y + at.h * (i + 0.5) / shot.n, x = at.x + 20, inhibits = i === shot.n - 1 && shot.last !== "excites";
    const end: Pair = [body[0] - side / 2 - (inhibits && shot.last === VETO ? 11 : 3),
      middle + (i - (shot.n - 1) / 2) * 16];
    const half = between([x, y], end, 0.42);
    if (value === 1) marks.push({ kind: "line", points: [[x, y], end], stroke: "mark", width: 9 });
    marks.push({ kind: "line", points: [[x, y], end], stroke: value === 1 ? "ink" : "ink-3", width: 2 });
    if (inhibits && shot.last === VETO) {
      marks.push({ kind: "disc", x: end[0] + 5, y: end[1], r: 5, fill: "plate", stroke: "negative", width: 2.5 },
        { kind: "text", x: half[0], y: half[1] + 24, text: "veto", size: 13, fill: "negative",
          anchor: "middle" });
    } else {
      marks.push({ kind: "box", x: half[0] - 9, y: half[1] - 9, w: 18, h: 18, fill: "plate", stroke: "none" },
        glyph("weight", inhibits ? -1 : 1, half[0], half[1], 16),
        { kind: "text", x: half[0], y: half[1] + 24, text: inhibits ? "−1" : "+1", role: "number", size: 13,
          fill: inhibits ? "negative" : "positive", anchor: "middle" });
    }
    marks.push({ kind: "disc", x, y, r: 14, fill: value === 1 ? "ink" : "plate", stroke: "ink", width: 2,
      handle: { id: `input:${i}`, label: `input ${NAMES[i]} is ${value}: change it`, press: true } },
      { kind: "text", x, y: y + 5, text: String(value), role: "number", size: 14, anchor: "middle",
        fill: value === 1 ? "paper" : "ink" },
      { kind: "text", x, y: y - 19, text: NAMES[i], role: "symbol", size: 14, anchor: "middle" });
  });
  const says = answer(shot, shot.now, shot.threshold);
  marks.push({ kind: "line", points: [[body[0] + side / 2, middle], [out - 15, middle]], stroke: "ink-2", width: 2,
    arrow: true });
  marks.push({ kind: "box", x: body[0] - side / 2, y: middle - side / 2, w: side, h: side, fill: "plate",
    stroke: "ink", width: 2.5 },
    { kind: "text", x: body[0], y: middle - 4, text: "sum", size: 13, fill: "ink-2", anchor: "middle" },
    { kind: "text", x: body[0], y: middle + 16, text: `≥ ${fixed(shot.threshold, 0)} ?`, role: "number", size: 15,
      anchor: "middle" });
  marks.push({ kind: "disc", x: out, y: middle, r: 14, fill: says === 1 ? "ink" : "plate", stroke: "ink", width: 2 },
    { kind: "text", x: out, y: middle + 5, text: String(says), role: "number", size: 14, anchor: "middle",
      fill: says === 1 ? "paper" : "ink" });
  return marks;
}

export default defineFigure({
  id: "threshold-gates",
  title: "One threshold, many gates",
  question: "Which questions can a unit answer that only counts?",
  params: {
    inputs: { kind: "choice", label: "inputs", value: "3", choices: ["2", "3"] },
    last: { kind: "choice", label: "the last input", value: "excites", choices: ["excites", VETO, MINUS] },
  },
  async init({ inputs, last }): Promise<State> {
    const n = Number(inputs);
    const patterns = Array.from({ length: 2 ** n }, (_, row) => Array.from({ length: n }, (_, i) =>
      (row >> (n - 1 - i)) & 1));
    const weights = Array.from({ length: n }, (_, i) => (i < n - 1 || last === "excites" ? 1 : last === VETO ? 0 : -1));
    const sums = [...await tensor(patterns).matmul(tensor(weights)).data()];
    return { n, last, patterns, sums, threshold: 2, now: 0, shown: 0 };
  },
  step(state) {
    state.now = state.shown % state.patterns.length;
    state.shown++;
    return state;
  },
  done: ({ shown, patterns }) => shown >= patterns.length,
  act(state, action) {
    if (action.type === "press") {
      const [kind, i] = action.id.split(":");
      state.now = kind === "input" ? state.now ^ (1 << (state.n - 1 - Number(i))) : Number(i);
    }
    if (action.type === "drag") {
      state.threshold = clamp(Math.round(layout(action.width, state).axis.invert(action.x) + 0.5), bounds(state));
      state.shown = 0;
    }
    return state;
  },
  snapshot: (state): State => ({ ...state }),

  view(shot, { width }: Frame): Scene {
    const { unit, line, axis, base, height } = layout(width, shot), marks = drawUnit(shot, unit);
    const cut = axis(shot.threshold - 0.5), [low, high] = bounds(shot), end = line.x + line.w;
    marks.push({ kind: "box", x: cut, y: line.y + 34, w: Math.max(0, end - cut), h: base - line.y - 34, fill: "ink-3",
      stroke: "none", hatch: true, opacity: 0.25 });
    marks.push({ kind: "text", x: line.x, y: line.y + 22, size: 13, fill: "ink-2",
      text: "inputs by their sum; right of the line: 1" });
    marks.push({ kind: "line", points: [[line.x, base], [end, base]], stroke: "ink-3", width: 1.5 });
    for (let sum = low; sum < high; sum++) {
      marks.push({ kind: "text", x: axis(sum), y: base + 18, text: fixed(sum, 0), role: "number", size: 13,
        anchor: "middle", fill: "ink-2" });
    }
    const stacks = new Map<number, number>(), w = shot.n === 3 ? 44 : 36;
    shot.patterns.forEach((pattern, i) => {
      const sum = shot.sums[i], place = stacks.get(sum) ?? 0, says = answer(shot, i, shot.threshold);
      stacks.set(sum, place + 1);
      const x = axis(sum) - w / 2, y = base - 34 - 33 * place;
      if (i === shot.now) marks.push({ kind: "box", x: x - 4, y: y - 4, w: w + 8, h: 34, fill: "mark",
        stroke: "ink", width: 1.5 });
      marks.push({ kind: "box", x, y, w, h: 26, fill: says === 1 ? "ink" : "plate", stroke: "ink", width: 1.5,
        handle: { id: `pattern:${i}`, label: `inputs ${pattern.join("")}: sum ${fixed(sum, 0)}, answer ${says}`,
          press: true } });
      marks.push({ kind: "text", x: x + w / 2, y: y + 18, text: pattern.join(""), role: "code", size: 15,
        anchor: "middle", fill: says === 1 ? "paper" : "ink" });
      if (silenced(shot, i)) marks.push({ kind: "line", points: [[x + 4, y + 13], [x + w - 4, y + 13]], stroke: "bad",
        width: 2.5, title: "silenced: the inhibitory input is on" });
    });
    marks.push({ kind: "line", points: [[cut, line.y + 34], [cut, base + 26]], stroke: "ink", width: 2.5 },
      { kind: "box", x: cut - 9, y: base + 22, w: 18, h: 18, fill: "ink", stroke: "plate", width: 2,
        handle: { id: "threshold", label: `threshold ${fixed(shot.threshold, 0)}`, drag: "x",
          step: axis(1) - axis(0) } });
    const text = `threshold ${fixed(shot.threshold, 0)}`, right = cut > line.x + line.w * 0.6;
    marks.push({ kind: "text", x: cut + (right ? -15 : 15), y: base + 37, text, size: 13,
      anchor: right ? "end" : "start" });
    marks.push({ kind: "text", x: 20, y: base + 72, text: gate(shot), size: 17, bold: true });
    marks.push(...paragraph(equation(shot), 20, base + 96, width - 36, { size: 13, fill: "ink" }));
    return { width, height, marks };
  },
  describe(shot) {
    const yes = answers(shot).reduce<number>((sum, v) => sum + v, 0);
    return `Threshold ${fixed(shot.threshold, 0)}: ${gate(shot)}. ${count(yes, "pattern")} of ` +
      `${shot.patterns.length} answered by 1. ${equation(shot)}`;
  },
  table: (shot) => ({ head: [...NAMES.slice(0, shot.n), "sum", "answer"], rows: shot.patterns.map((pattern, i) =>
    [...pattern.map(String), silenced(shot, i) ? "silenced" : fixed(shot.sums[i], 0),
      String(answer(shot, i, shot.threshold))]) }),
  invariants: [
    { name: "a higher threshold never turns a 0 into a 1", holds(shot) {
      const higher = answers(shot, shot.threshold + 1);
      return answers(shot).every((value, i) => higher[i] <= value);
    } },
    { name: "an excitatory input that is switched on never turns a 1 into a 0", holds: (shot) =>
      shot.patterns.every((pattern, i) => pattern.every((value, k) => value === 1
        || (k === shot.n - 1 && shot.last !== "excites")
        || answer(shot, i | (1 << (shot.n - 1 - k)), shot.threshold) >= answer(shot, i, shot.threshold))) },
    { name: "the sums are those of the patterns", holds: ({ n, last, patterns, sums }) => patterns.every((pattern, i) =>
      sums[i] === pattern.reduce((sum, v, k) => sum + (k < n - 1 || last === "excites" ? v : last === MINUS ? -v : 0),
        0)) },
  ],
  cell: ({ inputs }) => `const n = ${inputs}, threshold = 2;\n` +
    "const patterns = Array.from({ length: 2 ** n }, (_, row) =>\n" +
    "  Array.from({ length: n }, (_, i) => (row >> (n - 1 - i)) & 1));\n\n" +
    "patterns.map((p) => `${p.join(\"\")}: ${p.reduce((a, b) => a + b) >= threshold ? 1 : 0}`);",
});

function equation(shot: State): string {
  const pattern = shot.patterns[shot.now], says = answer(shot, shot.now, shot.threshold);
  if (silenced(shot, shot.now)) return `${NAMES[shot.n - 1]} is on and silences the unit: 0, whatever the others say.`;
  const terms = shot.last === VETO ? pattern.slice(0, -1) : pattern;
  const sum = terms.map((v, i) => `${i === 0 ? "" : shot.last === MINUS && i === shot.n - 1 ? " − " : " + "}${v}`);
  return `${sum.join("")} = ${fixed(shot.sums[shot.now], 0)}, ${says === 1 ? "at least" : "below"} ` +
    `${fixed(shot.threshold, 0)}: the answer is ${says}.`;
}
