import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { colourOf, count, fixed } from "@gradus/lessons/draw/number";
import { glyph } from "@gradus/lessons/draw/glyph";
import { panels, type Panel } from "@gradus/lessons/draw/panels";
import { clamp } from "@gradus/lessons/draw/scale";
import { withShare } from "@gradus/lessons/draw/shares";
import { entropy, UNITS, type Unit } from "../information.ts";

const SKY = ["clear", "cloud", "rain"] as const, TRAIN = ["early", "on time", "late"] as const;
const STARTS = {
  "weather and train": [0.06, 0.32, 0.07, 0.04, 0.2, 0.06, 0.01, 0.09, 0.15],
  "one decides the other": [0.25, 0, 0, 0, 0.5, 0, 0, 0, 0.25],
  "independent": [0.08, 0.3, 0.12, 0.048, 0.18, 0.072, 0.032, 0.12, 0.048],
} as const;
type Start = keyof typeof STARTS;
/** The share of days whose train is noted anew at random in one step. */
const NOISE = 0.25;

interface Snapshot { readonly joint: readonly number[]; readonly unit: Unit; readonly steps: number }
const row = (p: readonly number[], r: number): number => p[3 * r] + p[3 * r + 1] + p[3 * r + 2];
const column = (p: readonly number[], c: number): number => p[c] + p[c + 3] + p[c + 6];
const rows = (p: readonly number[]): number[] => [0, 1, 2].map((r) => row(p, r));
const columns = (p: readonly number[]): number[] => [0, 1, 2].map((c) => column(p, c));
const product = (p: readonly number[], i: number): number => row(p, Math.floor(i / 3)) * column(p, i % 3);
/** What one cell adds to the mutual information: p log(p / (row × column)). */
function part(p: readonly number[], i: number, unit: Unit): number {
  return p[i] === 0 ? 0 : p[i] * Math.log(p[i] / product(p, i)) / (unit === "bits" ? Math.LN2 : 1);
}
const mutual = (p: readonly number[], unit: Unit): number => p.reduce((sum, _, i) => sum + part(p, i, unit), 0);
/** Table of a step: some trains are drawn anew from all trains, whatever the sky. */
const noisy = (p: readonly number[]): number[] => p.map((value, i) => (1 - NOISE) * value + NOISE * product(p, i));

const LEFT = 62, TOP = 54, CELL = 78, FULL = 52;
const layout = (width: number): { readonly at: readonly Panel[]; readonly height: number } =>
  panels(width, { shares: [1.15, 1], height: 348, heights: [318, 270], narrow: 680, gap: 30 });

export default defineFigure({
  id: "shared-information",
  title: "What one tells about the other",
  question: "How many bits about the train do you get from the sky?",
  params: {
    start: { kind: "choice", label: "table", value: "weather and train", choices: Object.keys(STARTS) as Start[] },
    unit: { kind: "choice", label: "unit", value: "bits", choices: [...UNITS] },
  },
  init: ({ start, unit }): Snapshot => ({ joint: [...STARTS[start]], unit, steps: 0 }),
  step: (state): Snapshot => ({ ...state, joint: noisy(state.joint), steps: state.steps + 1 }),
  done: ({ joint, steps }) => steps >= 30 || mutual(joint, "bits") < 1e-4,
  act(state, action): Snapshot {
    if (action.type !== "drag") return state;
    const cell = Number(action.id.split(":")[1]), { at: [panel] } = layout(action.width);
    const floor = panel.y + TOP + (Math.floor(cell / 3) + 1) * CELL - 10;
    const value = clamp(Math.round((floor - action.y) / FULL * scaleOf(state.joint) * 100) / 100, [0, 0.9]);
    return { ...state, joint: withShare(state.joint, cell, value), steps: 0 };
  },
  snapshot: (state) => state,

  view(state, { width }: Frame): Scene {
    const { at: [left, right], height } = layout(width);
    return { width, height, marks: [...drawTable(state, left), ...drawBars(state, right)] };
  },
  describe({ joint, unit, steps }) {
    const i = mutual(joint, unit), h = entropy(columns(joint), unit);
    const said = `The train has ${fixed(h, 3)} ${unit} of entropy; knowing the sky leaves ${fixed(h - i, 3)}. ` +
      `Mutual information is ${fixed(i, 3)} ${unit}.`;
    return steps === 0 ? said : `After ${count(steps, "step")}, each noting a quarter of the trains anew at random: ` +
      said;
  },
  table: ({ joint, unit }) => ({
    head: ["sky", "train", "probability", "row × column", `adds (${unit})`],
    rows: joint.map((value, i) => [SKY[Math.floor(i / 3)], TRAIN[i % 3], fixed(value, 4), fixed(product(joint, i), 4),
      fixed(part(joint, i, unit), 4)]),
  }),
  invariants: [
    { name: "the table adds up to 1", holds: ({ joint }) => Math.abs(joint.reduce((a, b) => a + b, 0) - 1) < 1e-9 },
    { name: "mutual information is not below 0 nor above either entropy", holds: ({ joint }) => {
      const i = mutual(joint, "bits");
      return i >= -1e-9 && i <= Math.min(entropy(rows(joint), "bits"), entropy(columns(joint), "bits")) + 1e-9;
    } },
    { name: "H(X) + H(Y) − I(X; Y) = H(X, Y)", holds: ({ joint }) =>
      Math.abs(entropy(rows(joint), "bits") + entropy(columns(joint), "bits") - mutual(joint, "bits")
        - entropy(joint, "bits")) < 1e-9 },
    { name: "noise never adds information", holds: ({ joint }) =>
      mutual(noisy(joint), "bits") <= mutual(joint, "bits") + 1e-12 },
  ],
  cell: ({ start }) => `import { tensor } from "gradus";\n\nconst joint = tensor(${
    JSON.stringify([0, 3, 6].map((i) => STARTS[start].slice(i, i + 3)))});
const apart = joint.sum([1], { keepdim: true }).mul(joint.sum([0], { keepdim: true }));

// clamp keeps the logarithm of an empty cell finite; times its probability it is 0.
joint.mul(joint.clamp(1e-12, 1).div(apart.clamp(1e-12, 1)).log2()).sum(); // bits`,
});

/** The value of a full bar. */
const scaleOf = (joint: readonly number[]): number => Math.max(0.4, ...joint);

function drawTable({ joint, unit }: Snapshot, { x, y, w }: Panel): Mark[] {
  const left = x + LEFT, wide = (w - LEFT) / 3, top = y + TOP, full = scaleOf(joint), marks: Mark[] = [
    { kind: "text", x, y: y + 18, size: 13, fill: "ink-2", text: w < 400 ? "drag a bar; dashed: if independent"
      : "drag a bar; dashed: what it would be if independent" },
  ];
  SKY.forEach((name, r) => marks.push({ kind: "text", x, y: top + (r + 0.5) * CELL + 5, text: name, size: 14 }));
  TRAIN.forEach((name, c) => marks.push({ kind: "text", x: left + (c + 0.5) * wide, y: top - 9, text: name,
    anchor: "middle", size: 14 }));
  joint.forEach((value, i) => {
    const cx = left + (i % 3) * wide, cy = top + Math.floor(i / 3) * CELL, floor = cy + CELL - 10;
    const bar = Math.min(34, wide * 0.32), bx = cx + wide * 0.1, adds = part(joint, i, unit);
    marks.push({ kind: "box", x: cx, y: cy, w: wide, h: CELL, fill: "none", stroke: "hair", width: 1 });
    marks.push({ kind: "box", x: bx, y: floor - value / full * FULL, w: bar, h: Math.max(1, value / full * FULL),
      fill: "ink" });
    const apart = product(joint, i) / full * FULL;
    marks.push({ kind: "box", x: bx - 3, y: floor - apart, w: bar + 6, h: Math.max(1, apart), fill: "none",
      stroke: "ink-2", width: 1.3, dash: [4, 3], title: `if independent: ${fixed(product(joint, i), 3)}` });
    marks.push({ kind: "disc", x: bx + bar / 2, y: floor - value / full * FULL, r: 7, fill: "plate", stroke: "ink",
      width: 2, handle: { id: `cell:${i}`, drag: "y", step: 3,
        label: `${SKY[Math.floor(i / 3)]} and ${TRAIN[i % 3]}, ${fixed(value, 3)}` } });
    marks.push({ kind: "text", x: cx + wide - 6, y: cy + 22, text: fixed(value, 3), role: "number", anchor: "end",
      size: 12.5 });
    marks.push({ kind: "text", x: cx + wide - 6, y: floor - 3, text: fixed(adds, 3), role: "number", anchor: "end",
      size: 12.5, fill: colourOf(adds, 3), title: "its part of the mutual information" });
    marks.push(glyph("value", adds, cx + wide - 14, floor - 26, 15, 0.2));
  });
  marks.push({ kind: "text", x: left, y: top + 3 * CELL + 24, size: 13, fill: "ink-2",
    text: `discs: p log(p ∕ (row × column)), in ${unit}` });
  return marks;
}

/** Two entropies pushed together until they cover the entropy of both: what overlaps is shared. */
function drawBars({ joint, unit }: Snapshot, { x, y, w }: Panel): Mark[] {
  const a = entropy(rows(joint), unit), b = entropy(columns(joint), unit), i = mutual(joint, unit);
  const full = 2 * Math.log(3) / (unit === "bits" ? Math.LN2 : 1), scale = (w - 2) / full, marks: Mark[] = [];
  const bar = (line: number, text: string, from: number, value: number, style: "fill" | "hatch" | "mark"): void => {
    const top = y + 12 + line * 64;
    marks.push({ kind: "text", x, y: top + 12, text, size: 13, fill: "ink-2" });
    marks.push({ kind: "text", x: x + w, y: top + 12, text: `${fixed(value, 3)} ${unit}`, role: "number", anchor: "end",
      size: 13.5, bold: true });
    marks.push({ kind: "box", x: x + from * scale, y: top + 20, w: Math.max(1, value * scale), h: 20,
      fill: style === "mark" ? "mark" : "ink", stroke: "ink", width: style === "mark" ? 2 : 1,
      ...(style === "hatch" ? { hatch: true } : {}) });
  };
  bar(0, "H(sky)", 0, a, "fill");
  bar(1, "H(train)", a - i, b, "hatch");
  bar(2, "shared: I(sky; train)", a - i, Math.max(0, i), "mark");
  bar(3, "both together: H(sky, train)", 0, a + b - i, "fill");
  for (const edge of [a - i, a]) {
    marks.push({ kind: "line", points: [[x + edge * scale, y + 32], [x + edge * scale, y + 180]], stroke: "ink-3",
      width: 1, dash: [3, 3] });
  }
  return marks;
}
