import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { clamp } from "@gradus/lessons/draw/scale";

const SKY = ["clear", "cloud", "rain"] as const, TRAIN = ["early", "on time", "late"] as const;
const STARTS = {
  "weather and train": [0.06, 0.32, 0.07, 0.04, 0.2, 0.06, 0.01, 0.09, 0.15],
  "independent": [0.08, 0.3, 0.12, 0.048, 0.18, 0.072, 0.032, 0.12, 0.048],
  "one decides the other": [0.3, 0, 0, 0, 0.4, 0, 0, 0, 0.3],
} as const;
type Start = keyof typeof STARTS;
/** What is known: nothing, the sky (a row), or the train (a column). */
type Known = { readonly kind: "nothing" } | { readonly kind: "row" | "column"; readonly index: number };

interface State {
  joint: number[];
  known: Known;
  /** 0 the joint table, 1 with margins, 2 a row is known, 3 it is stretched to 1. */
  stage: number;
  readonly compare: boolean;
}
const LAST = 3;
const rowSum = (p: readonly number[], r: number): number => p[3 * r] + p[3 * r + 1] + p[3 * r + 2];
const columnSum = (p: readonly number[], c: number): number => p[c] + p[c + 3] + p[c + 6];
const kept = ({ known }: State, cell: number): boolean =>
  known.kind === "nothing" || (known.kind === "row" ? Math.floor(cell / 3) : cell % 3) === known.index;
/** The probability of what is known. */
const evidence = (state: State): number =>
  state.joint.reduce((sum, value, i) => sum + (kept(state, i) ? value : 0), 0);
/** What the cell shows: the joint probability, or the conditional one. */
const shown = (state: State, cell: number): number =>
  (!kept(state, cell) && state.stage >= LAST ? 0
    : state.stage >= LAST && state.known.kind !== "nothing" ? state.joint[cell] / (evidence(state) || 1)
      : state.joint[cell]);
/** Farthest that the table is from the product of its margins. */
const dependence = ({ joint }: State): number =>
  Math.max(...joint.map((value, i) => Math.abs(value - rowSum(joint, Math.floor(i / 3)) * columnSum(joint, i % 3))));

/** One cell set, the others scaled so that all add up to 1. */
function withCell(joint: readonly number[], cell: number, value: number): number[] {
  const others = joint.reduce((sum, p, i) => (i === cell ? sum : sum + p), 0);
  return joint.map((p, i) => (i === cell ? value : others < 1e-9 ? (1 - value) / 8 : p * (1 - value) / others));
}

interface Layout { readonly left: number; readonly top: number; readonly w: number; readonly h: number;
readonly margin: number }
function layout(width: number): Layout {
  const left = 74, margin = width < 560 ? 54 : 110;
  return { left, top: 66, w: (Math.min(width, 1000) - left - margin - 20) / 3, h: width < 560 ? 84 : 92, margin };
}
/** The height of a full bar in a cell. */
const FULL = 0.7;

export default defineFigure({
  id: "joint-table",
  title: "One table holds it all",
  question: "What does knowing the sky tell you about the train?",
  params: {
    start: { kind: "choice", label: "table", value: "weather and train", choices: Object.keys(STARTS) as Start[] },
    compare: { kind: "flag", label: "outline sky × train", value: false },
  },
  init: ({ start, compare }): State => ({ joint: [...STARTS[start]], known: { kind: "nothing" }, stage: 0, compare }),
  step(state) {
    state.stage = Math.min(LAST, state.stage + 1);
    if (state.stage === 2 && state.known.kind === "nothing") state.known = { kind: "row", index: 2 };
    return state;
  },
  done: (state) => state.stage === LAST,
  act(state, action) {
    if (action.type === "press") {
      const [kind, index] = action.id.split(":");
      const next = { kind: kind as "row" | "column", index: Number(index) };
      const same = state.known.kind === next.kind && state.known.index === next.index;
      state.known = same ? { kind: "nothing" } : next;
      state.stage = same ? 1 : LAST;
    } else if (action.type === "drag") {
      const cell = Number(action.id.split(":")[1]), { top, h } = layout(action.width);
      const bottom = top + (Math.floor(cell / 3) + 1) * h - 8;
      const factor = state.stage >= LAST && kept(state, cell) ? evidence(state) : 1;
      const value = clamp((bottom - action.y) / (h * FULL) * scaleOf(state) * factor, [0, 0.9]);
      state.joint = withCell(state.joint, cell, Math.round(value * 200) / 200);
    }
    return state;
  },
  snapshot: (state): State => ({ ...state, joint: [...state.joint] }),

  view(state, { width }: Frame): Scene {
    const at = layout(width), { left, top, w, h } = at, { joint, known, stage } = state;
    const marks: Mark[] = [];
    const right = left + 3 * w, bottom = top + 3 * h, full = scaleOf(state);
    marks.push({ kind: "text", x: left, y: 20, size: 13, fill: "ink-2",
      text: width < 560 ? "drag a bar; press a name to know it" : "drag a bar to change it; press a name to say " +
        "that you know it" });
    const name = (kind: "row" | "column", index: number, x: number, y: number, text: string,
      anchor: "start" | "middle"): void => {
      const on = known.kind === kind && known.index === index;
      const wide = kind === "row" ? left - 14 : w - 10, height = 28;
      const bx = anchor === "start" ? x - 4 : x - wide / 2;
      marks.push({ kind: "box", x: bx, y: y - 19, w: wide, h: height, fill: on ? "mark" : "plate", stroke: on ? "ink"
        : "hair",
        width: on ? 2 : 1, handle: { id: `${kind}:${index}`, press: true,
          label: `${on ? "forget" : "know"} that the ${kind === "row" ? "sky" : "train"} is ${text}` } });
      marks.push({ kind: "text", x, y, text, anchor, size: 13.5, bold: on, fill: on ? "on-mark" : "ink" });
    };
    SKY.forEach((text, r) => name("row", r, 8, top + (r + 0.5) * h + 5, text, "start"));
    TRAIN.forEach((text, c) => name("column", c, left + (c + 0.5) * w, top - 16, text, "middle"));
    for (let i = 0; i < 9; i++) {
      const r = Math.floor(i / 3), c = i % 3, x = left + c * w, y = top + r * h, value = shown(state, i);
      const faded = !kept(state, i) && stage >= 2;
      const floor = y + h - 8, high = Math.min(1, value / full) * h * FULL;
      const middle = x + w * 0.36, thick = Math.min(46, w * 0.36);
      marks.push({ kind: "box", x, y, w, h, fill: "none", stroke: "hair", width: 1 });
      marks.push({ kind: "box", x: middle - thick / 2, y: floor - high, w: thick, h: Math.max(1, high), fill: "ink",
        opacity: faded ? 0.18 : 0.85 });
      if (state.compare && stage < LAST) {
        const product = Math.min(1, rowSum(joint, r) * columnSum(joint, c) / full) * h * FULL;
        marks.push({ kind: "box", x: middle - thick / 2 - 4, y: floor - product, w: thick + 8, h: Math.max(1, product),
          fill: "none",
          stroke: "ink", width: 1.5, dash: [4, 3],
            title: `if independent: ${fixed(rowSum(joint, r) * columnSum(joint, c), 3)}` });
      }
      marks.push({ kind: "disc", x: middle, y: floor - high, r: 7, fill: "plate", stroke: faded ? "ink-3" : "ink",
        width: 2,
        handle: { id: `cell:${i}`, label: `${SKY[r]} and ${TRAIN[c]}, ${fixed(value, 3)}`, drag: "y", step: 4 } });
      marks.push({ kind: "text", x: x + w - 8, y: y + 20, text: fixed(value, 3), role: "number", anchor: "end",
        size: 13,
        fill: faded ? "ink-3" : "ink" });
    }
    const sum = (x: number, y: number, value: number, strong: boolean): void => {
      marks.push({ kind: "text", x, y, text: stage >= 1 ? fixed(value, 3) : "·", role: "number", anchor: "middle",
        size: 14,
        bold: strong, fill: stage === 1 ? "on-mark" : stage > 1 ? "ink" : "ink-3" });
    };
    if (stage === 1) {
      marks.push({ kind: "box", x: right + 4, y: top, w: at.margin - 2, h: 3 * h, fill: "mark", stroke: "ink",
        width: 1.5 });
      marks.push({ kind: "box", x: left, y: bottom + 4, w: 3 * w, h: 30, fill: "mark", stroke: "ink", width: 1.5 });
    }
    const across = right + 3 + at.margin / 2;
    for (let k = 0; k < 3; k++) {
      const row = shown(state, 3 * k) + shown(state, 3 * k + 1) + shown(state, 3 * k + 2);
      const column = shown(state, k) + shown(state, k + 3) + shown(state, k + 6);
      sum(across, top + (k + 0.5) * h + 5, row, known.kind === "row" && known.index === k);
      sum(left + (k + 0.5) * w, bottom + 24, column, known.kind === "column" && known.index === k);
    }
    sum(across, bottom + 24, 1, true);
    marks.push({ kind: "text", x: across, y: top - 16, text: "sum", anchor: "middle", size: 13, fill: "ink-2" });
    marks.push({ kind: "text", x: 8, y: bottom + 24, text: "sum", size: 13, fill: "ink-2" });
    marks.push({ kind: "text", x: left, y: bottom + 58, size: 14, text: sentence(state, width < 560) });
    return { width, height: bottom + 76, marks };
  },
  describe(state) {
    const { joint, known, stage } = state, gap = fixed(dependence(state), 3);
    if (stage === 0) return `Nine probabilities that add up to ${fixed(1, 0)}. The largest is ` +
      `${fixed(Math.max(...joint), 3)}. Step to see the margins.`;
    if (known.kind === "nothing") {
      return `Margins: the sky is ${SKY.map((s, r) => `${s} with ${fixed(rowSum(joint, r), 3)}`).join(", ")}. No ` +
        `cell is farther than ${gap} from the product of its margins.`;
    }
    const what = known.kind === "row" ? `the sky is ${SKY[known.index]}` : `the train is ${TRAIN[known.index]}`;
    if (stage < LAST) return `You know that ${what}: only ${fixed(evidence(state), 3)} of the table is left.`;
    if (evidence(state) === 0) return `That ${what} has probability ${fixed(0, 3)}: there is nothing left to divide.`;
    const rest = (known.kind === "row" ? TRAIN : SKY).map((name, k) =>
      `${name} ${fixed(shown(state, known.kind === "row" ? 3 * known.index + k : 3 * k + known.index), 3)}`);
    return `Given that ${what}, divided by ${fixed(evidence(state), 3)}: ${rest.join(", ")}; they add up to 1.`;
  },
  table: (state) => ({
    head: ["sky", ...TRAIN, "sum"],
    rows: [...SKY.map((name, r) => [name, ...[0, 1, 2].map((c) => fixed(state.joint[3 * r + c], 4)),
      fixed(rowSum(state.joint, r), 4)]),
      ["sum", ...[0, 1, 2].map((c) => fixed(columnSum(state.joint, c), 4)), fixed(1, 4)]],
  }),
  invariants: [
    { name: "the nine probabilities add up to 1 and none is negative", holds: ({ joint }) =>
      Math.abs(joint.reduce((a, b) => a + b, 0) - 1) < 1e-9 && joint.every((p) => p >= 0) },
    { name: "what is left after conditioning adds up to 1", holds: (state) => state.stage < LAST
      || evidence(state) === 0
      || Math.abs(state.joint.reduce((sum, _, i) => sum + shown(state, i), 0) - 1) < 1e-9 },
  ],
  cell: ({ start }) => `import { tensor } from "gradus";\n\nconst joint = tensor(${
    JSON.stringify([0, 3, 6].map((i) => STARTS[start].slice(i, i + 3)))});\nconst sky = joint.sum([1],
      { keepdim: true });\n\n`
    + "joint.div(sky); // each row: the train, given the sky",
});

/** The value of a full bar: the table's own in the joint picture, 1 among conditionals. */
const scaleOf = (state: State): number => (state.stage >= LAST && state.known.kind !== "nothing" ? 1 : 0.4);

function sentence(state: State, short: boolean): string {
  const { known, stage, joint } = state;
  if (known.kind !== "nothing" && stage >= LAST) {
    const given = known.kind === "row" ? SKY[known.index] : TRAIN[known.index];
    const left = fixed(evidence(state), 3);
    if (evidence(state) === 0) return `“${given}” has probability ${left}`;
    return short ? `given ${given}: each is divided by ${left}` : `given “${given}”: each of the three is divided ` +
      `by their sum, ${left}`;
  }
  if (known.kind !== "nothing" && stage === 2) return short ? "the rest can no longer happen"
    : "the other six cells can no longer happen";
  const gap = Math.max(...joint.map((value, i) => Math.abs(value - rowSum(joint, Math.floor(i / 3)) * columnSum(joint,
    i % 3))));
  return `${short ? "farthest" : "farthest any cell is"} from row × column: ${fixed(gap, 3)}`;
}
