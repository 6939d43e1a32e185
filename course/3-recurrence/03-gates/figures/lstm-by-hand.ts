import { compile, concat, grad, nn, stack, state as slot, tensor, type Compiled, type Tensor } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { edge } from "@gradus/lessons/draw/edge";
import { glyph } from "@gradus/lessons/draw/glyph";
import { fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

/** Twelve steps; each gate of each step is the reader's. What could be written comes with the step. */
const CANDIDATES: readonly number[] = [0.9, -0.4, 0.6, -0.8, 0.3, -0.9, 0.5, 0.7, -0.6, 0.2, -0.3, 0.8];
const STEPS = CANDIDATES.length;
const GATES = ["forget", "input", "output"] as const;
type Gate = (typeof GATES)[number];
type Settings = Readonly<Record<Gate, readonly number[]>>;
const row = (at: number, there: number, elsewhere: number): number[] => Array.from({ length: STEPS }, (_, t) =>
  (t === at ? there : elsewhere));
const PLANS: Readonly<Record<string, Settings>> = {
  "write once, keep": { forget: row(0, 0, 0.98), input: row(0, 1, 0), output: row(STEPS - 1, 1, 0.05) },
  "half open": { forget: row(-1, 0, 0.5), input: row(-1, 0, 0.5), output: row(-1, 0, 0.5) },
  "add everything (1997)": { forget: row(-1, 0, 1), input: row(-1, 0, 0.7), output: row(-1, 0, 1) },
};
const NAMES = Object.keys(PLANS) as readonly string[] as readonly ["write once, keep", "half open",
  "add everything (1997)"];

interface State {
  readonly run: Compiled<[Tensor], Tensor>;
  readonly gates: Record<Gate, number[]>;
  cells: number[]; hidden: number[];
  /** The slope of the last cell by each cell before it, by the engine. */
  slopes: number[];
  at: number;
}
/**
 * The library's cell, made so that its four inputs are the sums of its gates, i, f, g, o; run over all steps. It gives
 * the cells, the hidden states, and the slope of the last cell by each, (3, STEPS + 1).
 */
function makeRun(): Compiled<[Tensor], Tensor> {
  const unit = new nn.LSTMCell(4, 1), { init } = nn, empty = slot(tensor([0]), true);
  unit.weight_ih.assign(init.eye([4, 4]));
  unit.weight_hh.assign(init.zeros([4, 1]));
  for (const bias of [unit.bias_ih!, unit.bias_hh!]) bias.assign(init.zeros([4]));
  return compile((sums: Tensor) => {
    const cells: Tensor[] = [empty], hidden: Tensor[] = [empty];
    for (let t = 0; t < STEPS; t++) {
      const [h, c] = unit.forward(sums.select(0, t), [hidden[t], cells[t]]);
      hidden.push(h);
      cells.push(c);
    }
    const slopes = grad(cells[STEPS].sum(), cells);
    return stack([concat(cells), concat(hidden), concat(slopes.map((slope) => slope!))]);
  });
}
async function run(state: State): Promise<State> {
  const inside = (open: number): number => clamp(open, [1e-6, 1 - 1e-6]);
  const logit = (open: number): number => Math.log(inside(open) / (1 - inside(open)));
  const { input, forget, output } = state.gates;
  const sums = CANDIDATES.map((g, t) => [logit(input[t]), logit(forget[t]), Math.atanh(g), logit(output[t])]);
  const found = Array.from(await state.run(tensor(sums)).data()), length = STEPS + 1;
  [state.cells, state.hidden, state.slopes] = [0, 1, 2].map((k) => found.slice(k * length, (k + 1) * length));
  return state;
}

interface Layout { readonly cell: { readonly x: number; readonly y: number; readonly w: number };
  readonly strips: readonly Plot[]; readonly track: Plot; readonly height: number }
function layout(width: number): Layout {
  const { at: [a, b], stacked, height } = panels(width, { shares: [1, 1.25], height: 452, heights: [262, 452],
    narrow: 640, gap: 16 });
  const left = b.x + 54, wide = b.w - 62, x: Pair = [0.5, STEPS + 0.5];
  const strips = GATES.map((gate, g) => plot({ left, top: b.y + 26 + g * 78, width: wide, height: 48, x, y: [0, 1.2],
    xTicks: 0, yTicks: 1, yLabel: `${gate} gate (drag)` }));
  const track = plot({ left, top: b.y + 280, width: wide, height: 122, x: [0.5, STEPS + 0.5], y: [-2, 2], xTicks: 6,
    yTicks: 4, xLabel: "step", zero: true });
  return { cell: { x: a.x, y: stacked ? 0 : 70, w: a.w }, strips, track, height };
}
const LOOKS: Readonly<Record<Gate, Colour>> = { forget: "series-1", input: "series-2", output: "series-3" };

export default defineFigure({
  id: "lstm-by-hand",
  title: "A cell whose gates are yours",
  question: "What has to be open, and when, for a number to be kept, and for its gradient to come back?",
  params: { plan: { kind: "choice", label: "begin with", value: "write once, keep", choices: NAMES } },
  init: ({ plan }): Promise<State> => {
    const { forget, input, output } = PLANS[plan];
    const gates = { forget: [...forget], input: [...input], output: [...output] };
    return run({ run: makeRun(), gates, cells: [], hidden: [], slopes: [], at: 1 });
  },
  step(state) {
    state.at++;
    return state;
  },
  done: ({ at }) => at >= STEPS,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { strips, track } = layout(action.width), [name, step] = action.id.split(":");
    if (name === "at") {
      state.at = clamp(Math.round(track.x.invert(action.x)), [1, STEPS]);
      return state;
    }
    const gate = name as Gate, t = Number(step) - 1, open = strips[GATES.indexOf(gate)].y.invert(action.y);
    state.gates[gate][t] = Math.round(clamp(open, [0, 1]) * 50) / 50;
    state.at = t + 1;
    return run(state);
  },
  snapshot: ({ gates, cells, hidden, slopes, at }) => ({ gates: { forget: [...gates.forget], input: [...gates.input],
    output: [...gates.output] }, at, cells: [...cells], hidden: [...hidden], slopes: [...slopes] }),

  view({ gates, cells, hidden, slopes, at }, { width }: Frame): Scene {
    const { cell, strips, track, height } = layout(width), marks: Mark[] = [];
    // The cell as a drawing: the old cell runs along the top, what is written comes from below.
    const t = at - 1, u = (share: number): number => cell.x + 26 + share * (cell.w - 52), top = cell.y + 84,
      low = cell.y + 204;
    const write = (x: number, y: number, text: string, fill: Colour = "ink-2"): void => {
      marks.push({ kind: "text", x, y, text, anchor: "middle", size: 13, fill });
    };
    const value = (x: number, y: number, v: number, said: string, away = 34): void => {
      marks.push({ kind: "disc", x, y, r: 16, fill: "plate" }, glyph("value", v, x, y, 32, 1.5));
      write(x, y + away, `${said} ${fixed(v, 2)}`, "ink");
    };
    const valve = (x: number, y: number, gate: Gate, beside = false): void => {
      const open = gates[gate][t];
      marks.push({ kind: "box", x: x - 13, y: y - 20, w: 26, h: 40, round: 4, fill: "plate", stroke: "ink",
        width: 1.5 }, { kind: "box", x: x - 13, y: y + 20 - 40 * open, w: 26, h: 40 * open, fill: LOOKS[gate],
          opacity: 0.75,
          round: 2 });
      const said = `${gate} ${fixed(open, 2)}`;
      if (!beside) return write(x, y - 27, said);
      marks.push({ kind: "text", x: x - 20, y: y + 5, text: said, anchor: "end", size: 13, fill: "ink-2" });
    };
    const pipe = (from: Pair, to: Pair, share: number): void => {
      marks.push(...edge(from, to, { width: 1.5 + 7 * share, stroke: "ink-3", arrow: false }));
    };
    const [xOld, xForget, xSum, xNew] = [u(0), u(0.3), u(0.6), u(1)], xOut = u(1);
    pipe([xOld + 18, top], [xForget - 14, top], 1);
    pipe([xForget + 14, top], [xSum - 12, top], gates.forget[t]);
    pipe([xSum + 12, top], [xNew - 18, top], 1);
    pipe([u(0.06) + 18, low], [u(0.36) - 14, low], 1);
    pipe([u(0.36) + 14, low], [xSum, low], gates.input[t]);
    pipe([xSum, low], [xSum, top + 12], gates.input[t]);
    const between = (top + low) / 2;
    pipe([xOut, top + 18], [xOut, between - 20], 1);
    pipe([xOut, between + 20], [xOut, low - 18], gates.output[t]);
    marks.push({ kind: "disc", x: xSum, y: top, r: 12, fill: "plate", stroke: "ink", width: 1.5 },
      { kind: "text", x: xSum, y: top + 5, text: "+", anchor: "middle", size: 16, bold: true });
    value(xOld, top, cells[t], "old", -24);
    value(xNew, top, cells[at], "new", -24);
    value(u(0.06), low, CANDIDATES[t], "cand.");
    valve(xForget, top, "forget");
    valve(u(0.36), low, "input");
    valve(xOut, between, "output", true);
    value(xOut, low, hidden[at], "h");
    marks.push({ kind: "text", x: cell.x + 8, y: cell.y + 20, text: `step ${at}: what the gates let through`, size: 13,
      fill: "ink-2" });
    // Gates over time.
    strips.forEach((strip, g) => {
      const gate = GATES[g], half = Math.min(12, (strip.right - strip.left) / STEPS / 2 - 1);
      marks.push(...strip.marks);
      gates[gate].forEach((open, k) => {
        const [x, y] = strip.point(k + 1, open);
        marks.push({ kind: "box", x: x - half, y, w: 2 * half, h: strip.bottom - y, fill: LOOKS[gate],
          opacity: k === t ? 1 : 0.6 }, { kind: "disc", x, y, r: 6, fill: k === t ? "mark" : "plate", stroke: "ink",
          width: 1.5, handle: { id: `${gate}:${k + 1}`, label: `${gate} gate of step ${k + 1}, ${fixed(open, 2)}`,
            drag: "y", step: 2 } });
      });
    });
    marks.push(...track.marks);
    const x = track.x(at);
    marks.push({ kind: "line", points: [[x, track.top], [x, track.bottom]], stroke: "mark", width: 12, opacity: 0.6 });
    for (let k = 1; k <= STEPS; k++) {
      const c = clamp(cells[k], [-2, 2]), [cx, cy] = track.point(k, c);
      if (k > 1) marks.push(...edge(track.point(k - 1, clamp(cells[k - 1], [-2, 2])), [cx, cy], { from: 7, to: 7,
        arrow: false }));
      marks.push({ kind: "disc", x: cx, y: cy, r: 7, fill: "plate" }, glyph("value", cells[k], cx, cy, 14));
      const [hx, hy] = track.point(k, clamp(hidden[k], [-2, 2]));
      marks.push({ kind: "line", points: [[hx - 6, hy], [hx + 6, hy]], stroke: LOOKS.output, width: 3 });
    }
    marks.push({ kind: "disc", x, y: track.top, r: 8, fill: "mark", stroke: "ink", width: 2, handle: { id: "at:0",
      label: `step ${at} of ${STEPS}`, drag: "x", step: 12 } });
    marks.push({ kind: "text", x: track.left, y: track.top - 18, size: 13,
      text: "cell (discs), and what is shown (bars)", fill: "ink-2" });
    marks.push({ kind: "text", x: track.left, y: height - 6, size: 13, role: "number",
      text: `gradient that comes back to it: ${fixed(slopes[at], 3)}` });
    return { width, height, marks };
  },
  describe({ gates, cells, hidden, slopes, at }) {
    const t = at - 1;
    return `Step ${at}: ${fixed(gates.forget[t], 2)} × ${fixed(cells[t], 3)} + ${fixed(gates.input[t], 2)} × ` +
      `${fixed(CANDIDATES[t], 1)} = ${fixed(cells[at], 3)} in the cell, ${fixed(hidden[at], 3)} shown. Of the ` +
      `gradient at the last cell ${fixed(slopes[at], 3)} comes back to this one: the product of the forget gates ` +
      "after it.";
  },
  table: ({ gates, cells, hidden, slopes }) => ({ head: ["step", "candidate", ...GATES, "cell", "shown",
    "gradient from the end"], rows: CANDIDATES.map((g, k) => [String(k + 1), fixed(g, 1),
    ...GATES.map((gate) => fixed(gates[gate][k], 2)), fixed(cells[k + 1], 3), fixed(hidden[k + 1], 3),
    fixed(slopes[k + 1], 4)]) }),
  invariants: [
    { name: "the cell is forget gate times old cell plus input gate times candidate", holds: ({ gates, cells }) =>
      CANDIDATES.every((g, k) => Math.abs(cells[k + 1] - gates.forget[k] * cells[k] - gates.input[k] * g) < 1e-3) },
    { name: "what comes back is the product of the forget gates", holds: ({ gates, slopes }) =>
      slopes.every((slope, k) => Math.abs(slope - gates.forget.slice(k).reduce((all, f) => all * f, 1)) < 1e-3) },
    { name: "what is shown is smaller than 1", holds: ({ hidden }) => hidden.every((h) => Math.abs(h) <= 1) },
  ],
});
