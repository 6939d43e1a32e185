import { linalg, tensor, Generator, rand } from "gradus";
import { loadDigits } from "gradus/data";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp } from "@gradus/lessons/draw/scale";

const SIDE = 24;
const PICTURES = ["a digit", "cross", "disc", "ripples", "noise"] as const;
type Name = (typeof PICTURES)[number];

interface State {
  readonly side: number;
  readonly picture: readonly number[];
  readonly singular: readonly number[];
  rank: number;
  approximation: readonly number[];
}

/** Brightness from 0 to 1, in rows. */
async function draw(name: Name, seed: number): Promise<number[]> {
  if (name === "a digit") {
    const { features, labels } = await loadDigits();
    const row = [...labels.keys()].filter((i) => labels[i] === 3)[seed % 20];
    return Array.from(features.subarray(64 * row, 64 * row + 64), (ink) => ink / 16);
  }
  if (name === "noise") return Array.from(await rand([SIDE * SIDE], { generator: new Generator(seed) }).data());
  return Array.from({ length: SIDE * SIDE }, (_, i) => {
    const x = (i % SIDE - 11.5) / 12, y = (Math.floor(i / SIDE) - 11.5) / 12;
    if (name === "cross") return Math.abs(x) < 0.25 || Math.abs(y) < 0.25 ? 1 : 0;
    const far = Math.hypot(x, y);
    return name === "disc" ? (far < 0.8 ? 1 : 0) : 0.5 + 0.5 * Math.cos(9 * far);
  });
}
/** The best picture of this rank: the first terms of the decomposition. */
async function atRank(state: State, rank: number): Promise<State> {
  const { side, picture } = state;
  if (rank === 0) return { ...state, rank, approximation: picture.map(() => 0) };
  const whole = tensor([...picture], { shape: [side, side] });
  return { ...state, rank, approximation: Array.from(await linalg.lowRank(whole, rank).data()) };
}
const squares = (values: readonly number[]): number => values.reduce((sum, v) => sum + v * v, 0);
/** The share of the picture's length that each rank leaves out. */
const errors = (singular: readonly number[]): number[] =>
  Array.from({ length: singular.length + 1 }, (_, k) => Math.sqrt(squares(singular.slice(k)) / squares(singular)));
const missing = ({ picture, approximation }: State): number[] => picture.map((v, i) => v - approximation[i]);

interface Layout { readonly narrow: boolean; readonly side: number; readonly left: number; readonly gap: number;
readonly chart: Plot; readonly height: number }
function layout(width: number, size: number): Layout {
  const narrow = width < 560, left = 14, gap = narrow ? 12 : 26;
  const side = narrow ? (width - 2 * left - gap) / 2 : Math.min(236, (width - 2 * left - 2 * gap) / 3);
  const top = narrow ? 2 * (side + 34) + 70 : side + 124;
  const chart = plot({ left: left + 26, top, width: Math.min(width, 3 * side + 2 * gap + 2 * left) - 2 * left - 30,
    height: 168, x: [-0.5, size + 0.5], y: [0, 1], xLabel: "rank", xTicks: Math.min(12, size), yTicks: 4 });
  return { narrow, side, left, gap, chart, height: chart.bottom + 44 };
}

export default defineFigure({
  id: "low-rank",
  title: "A picture out of few products",
  question: "How many rows times columns does this picture need?",
  params: { picture: { kind: "choice", label: "picture", value: "a digit", choices: PICTURES } },
  async init({ picture: name }, seed): Promise<State> {
    const picture = await draw(name, seed), side = Math.sqrt(picture.length);
    const singular = Array.from(await linalg.svdvals(tensor(picture, { shape: [side, side] })).data());
    return atRank({ side, picture, singular, rank: 0, approximation: [] }, 1);
  },
  step: (state) => atRank(state, Math.min(state.side, state.rank + 1)),
  done: ({ rank, side }) => rank === side,
  act(state, action) {
    if (action.type !== "drag") return state;
    return atRank(state, Math.round(clamp(layout(action.width, state.side).chart.x.invert(action.x), [0, state.side])));
  },
  snapshot: (state): State => ({ ...state }),

  view(shot, { width }: Frame): Scene {
    const { side: size, picture, approximation, rank, singular } = shot;
    const { narrow, side, left, gap, chart, height } = layout(width, size), marks: Mark[] = [];
    const error = errors(singular), rest = missing(shot);
    const panels = [["the picture", picture, true], [`rank ${rank}`, approximation, true],
      ["what is missing", rest, false]] as const;
    panels.forEach(([title, values, bright], i) => {
      const x = left + (narrow ? i % 2 : i) * (side + gap), y = 30 + (narrow ? Math.floor(i / 2) * (side + 34) : 0);
      marks.push({ kind: "text", x, y: y - 10, text: title, size: 13.5, bold: i === 1 });
      // The decomposition may leave the range of brightness a little; the picture is cut there, the numbers are not.
      marks.push({ kind: "cells", x, y, w: side, h: side, rows: size, columns: size, picture: bright, scale: 1,
        values: bright ? values.map((v) => clamp(v, [0, 1])) : values });
    });
    const numbers = [["numbers kept", `${fixed(rank * (2 * size + 1), 0)} of ${fixed(size * size, 0)}`],
      ["length missing", percent(error[rank])]];
    numbers.forEach(([name, value], i) => {
      const x = narrow ? left + side + gap : left + i * (side + gap), y = narrow ? side + 100 + 54 * i : side + 58;
      marks.push({ kind: "text", x, y, text: name, size: 13, fill: "ink-2" },
        { kind: "text", x: narrow ? x : x + 106, y: narrow ? y + 21 : y, text: value, role: "number", size: 15,
          bold: true });
    });
    marks.push(...chart.marks);
    const wide = Math.max(3, (chart.x(1) - chart.x(0)) * 0.5);
    singular.forEach((value, k) => {
      const y = chart.y(value / singular[0]), kept = k < rank;
      marks.push({ kind: "box", x: chart.x(k + 1) - wide / 2, y, w: wide, h: chart.bottom - y, fill: kept ? "ink"
        : "none", stroke: kept ? "ink" : "ink-3", width: 1, opacity: kept ? 0.8 : 1,
      title: `singular value ${k + 1}: ${fixed(value, 3)}` });
    });
    marks.push({ kind: "line", points: error.map((value, k) => chart.point(k, value)), stroke: "series-2", width: 2.2,
      dash: [7, 3] });
    const at = chart.point(rank, error[rank]);
    marks.push({ kind: "line", points: [[at[0], chart.top], [at[0], chart.bottom]], stroke: "ink", width: 1,
      dash: [2, 3] });
    marks.push({ kind: "disc", x: at[0], y: at[1], r: 8, fill: "mark", stroke: "ink", width: 2, handle: { id: "rank",
      label: `rank ${rank} of ${size}`, drag: "x", step: (chart.x(1) - chart.x(0)) } });
    marks.push({ kind: "text", x: chart.left, y: chart.top - 28, size: 13, fill: "ink-2",
      text: narrow ? "bars: singular values ÷ the largest" : "bars: singular values as shares of the largest" },
    { kind: "text", x: chart.left, y: chart.top - 9, size: 13, fill: "ink-2", text: "dashed: share of the length " +
      "missing" });
    return { width, height, marks };
  },
  describe({ rank, side, singular, picture, approximation }) {
    const left = percent(errors(singular)[rank]);
    if (rank === 0) return `Rank 0 is an empty picture: ${left} of the length is missing.`;
    const worst = Math.max(...picture.map((v, i) => Math.abs(v - approximation[i])));
    return `${count(rank, "term")} of ${side}: ${fixed(rank * (2 * side + 1), 0)} numbers instead of ` +
      `${fixed(side * side, 0)}. ${left} of the picture’s length is missing, the largest singular value left out is ` +
      `${fixed(singular[rank] ?? 0, 3)}, and no pixel is off by more than ${fixed(worst, 3)}.`;
  },
  table: ({ singular }) => ({ head: ["rank", "singular value", "length missing"],
    rows: singular.map((value, k) => [`${k + 1}`, fixed(value, 4), percent(errors(singular)[k + 1])]) }),
  invariants: [
    { name: "the length of what is missing is the root of the sum of squares of the singular values left out (Eckart " +
      "and Young)", holds: (shot) => Math.abs(Math.sqrt(squares(missing(shot)))
      - Math.sqrt(squares(shot.singular.slice(shot.rank)))) < 1e-3 },
    { name: "singular values fall and are not negative", holds: ({ singular }) =>
      singular.every((value, k) => value >= 0 && (k === 0 || value <= singular[k - 1] + 1e-5)) },
    { name: "the squares of the singular values add up to those of the pixels", holds: ({ singular, picture }) =>
      Math.abs(squares(singular) - squares(picture)) < 1e-3 * squares(picture) },
  ],
});
