import { F, grad, tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { edge } from "@gradus/lessons/draw/edge";
import { glyph } from "@gradus/lessons/draw/glyph";
import { colourOf, fixed } from "@gradus/lessons/draw/number";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { subscript } from "@gradus/lessons/draw/text";

const UNITS = ["tanh", "sigmoid", "relu"] as const;
type Unit = (typeof UNITS)[number];
const ACTIVATIONS = { tanh: F.tanh, sigmoid: F.sigmoid, relu: F.relu };
/** Of an activation, from z and what it made of it. */
const SLOPES: Readonly<Record<Unit, (z: number, h: number) => number>> = {
  tanh: (_, h) => 1 - h * h, sigmoid: (_, h) => h * (1 - h), relu: (z) => (z > 0 ? 1 : 0),
};
const HIDDEN = 3, ROW = 29, RANGE: Pair = [-3, 3], LAST = 8;
const W1 = [[0.9, -0.6], [-0.7, 1.2], [0.4, 0.8]], B1 = [0.1, -0.2, 0.3];
const W2 = [[1.1, -0.8, 0.5], [-0.4, 0.9, -1.3]], B2 = [0.2, -0.1];

interface State {
  readonly unit: Unit;
  x: readonly [number, number];
  target: readonly [0 | 1, 0 | 1];
  /** Into the hidden layer, rows by hidden unit. */
  w1: number[][];
  w2: number[][];
  /** The weight that the slider holds: layer, row, column. */
  held: readonly [1 | 2, number, number];
  at: number;
}
interface Shot extends State {
  readonly z1: readonly number[]; readonly h: readonly number[]; readonly y: readonly number[];
  readonly loss: number;
  /** Slopes of the loss with respect to z2, z1, and both weights, by the engine. */
  readonly delta2: readonly number[]; readonly delta1: readonly number[];
  readonly g2: readonly number[]; readonly g1: readonly number[];
}
/** Forward and all gradients by the engine. */
function engine({ unit, x, target, w1, w2 }: State): Omit<Shot, keyof State> {
  const first = tensor(w1, { requiresGrad: true }), second = tensor(w2, { requiresGrad: true });
  const z1 = first.matmul(tensor([...x])).add(tensor(B1)), h = ACTIVATIONS[unit](z1);
  const z2 = second.matmul(h).add(tensor(B2));
  const loss = F.binaryCrossEntropyWithLogits(z2, tensor([...target]), { reduction: "sum" });
  const [delta2, delta1, g2, g1] = grad(loss, [z2, z1, second, first]).map((g) => [...g!.dataSync()]);
  return { z1: [...z1.dataSync()], h: [...h.dataSync()], y: [...F.sigmoid(z2).dataSync()], loss: loss.itemSync(),
    delta2, delta1, g2, g1 };
}
/** What arrives at hidden unit j: each output's delta times the weight it was reached by. */
const arriving = ({ w2, delta2 }: Shot, j: number): number => w2.reduce((sum, row, k) => sum + row[j] * delta2[k], 0);

interface Layout { readonly width: number; readonly height: number; readonly r: number; readonly foot: number;
input(i: number): Pair; hidden(j: number): Pair; output(k: number): Pair; slider: readonly [number, number, number] }
function layout(width: number): Layout {
  const narrow = width < 600, left = narrow ? 40 : 90, right = width - (narrow ? 62 : 150);
  const gap = narrow ? 118 : 104;
  const net = 56 + 2 * gap;
  return { width, r: narrow ? 19 : 20, height: net + (narrow ? 232 : 172), foot: net + 76,
    input: (i) => [left, 56 + (0.5 + i) * gap],
    hidden: (j) => [(left + right) / 2, 56 + j * gap],
    output: (k) => [right, 56 + (0.5 + k) * gap],
    slider: [narrow ? 108 : 140, narrow ? width - 24 : 340, net + 76] };
}

export default defineFigure({
  id: "delta-flow",
  title: "Blame, handed back layer by layer",
  question: "The outputs know how wrong they are. How does a hidden unit get its share?",
  params: { unit: { kind: "choice", label: "hidden activation", value: "tanh", choices: UNITS } },
  init: ({ unit }): State => ({ unit, x: [1, -0.5], target: [0, 1], w1: W1, w2: W2, held: [2, 0, 0], at: 0 }),
  step(state) {
    state.at++;
    return state;
  },
  done: ({ at }) => at >= LAST,
  act(state, action) {
    if (action.type === "press") {
      const [kind, a, b, c] = action.id.split(":");
      if (kind === "w") state.held = [Number(a) === 1 ? 1 : 2, Number(b), Number(c)];
      else {
        const k = Number(a);
        state.target = [0, 1].map((i) => (i === k ? 1 - state.target[i] : state.target[i])) as never;
      }
    } else if (action.type === "drag") {
      const at = layout(action.width), [kind, index] = action.id.split(":");
      if (kind === "x") {
        const value = round(1.5 * clamp((at.input(Number(index))[1] - action.y) / 40, [-1, 1]));
        state.x = [0, 1].map((i) => (i === Number(index) ? value : state.x[i])) as never;
      } else {
        const [from, to] = at.slider, [layer, r, c] = state.held;
        const value = round(RANGE[0] + clamp((action.x - from) / (to - from), [0, 1]) * 6);
        const changed = (w: number[][]): number[][] => w.map((row, i) => row.map((v, j) =>
          (i === r && j === c ? value : v)));
        if (layer === 1) state.w1 = changed(state.w1);
        else state.w2 = changed(state.w2);
      }
    }
    return state;
  },
  snapshot: (state): Shot => ({ ...state, ...engine(state) }),

  view(shot, { width }: Frame): Scene {
    const at = layout(width), { r } = at, now = shot.at, edges: Mark[] = [], squares: Mark[] = [];
    const narrow = width < 600;
    const current = now >= 4 && now <= 6 ? now - 4 : -1;
    const weight = (layer: 1 | 2, row: number, column: number, a: Pair, b: Pair, value: number): void => {
      const running = (layer === 1 && (now === 1 || now === 8)) || (layer === 2 && (now === 2 || now === 7))
        || (layer === 2 && column === current);
      const back = now >= 4 && now <= 6 && running;
      edges.push(...edge(back ? b : a, back ? a : b, { from: r + 2, to: r + 3, now: running,
        width: 0.75 + Math.abs(value) }));
      const share = layer === 1 ? row === 1 ? 0.6 : 0.2 : 0.34 + 0.2 * row;
      const x = a[0] + (b[0] - a[0]) * share, y = a[1] + (b[1] - a[1]) * share;
      const [l, i, j] = shot.held, held = l === layer && i === row && j === column;
      if (held) {
        squares.push({ kind: "box", x: x - 11, y: y - 11, w: 22, h: 22, fill: "mark", stroke: "ink", width: 2 });
      }
      const square = glyph("weight", value, x, y, 14);
      squares.push({ kind: "box", x: x - 7, y: y - 7, w: 14, h: 14, fill: "plate" },
        { ...square, title: `${fixed(value, 1)}`, handle: { id: `w:${layer}:${row}:${column}`, press: true,
          label: `weight from ${layer === 1 ? "input" : "hidden unit"} ${column + 1} to ${layer === 1 ? "hidden unit"
            : "output"} ${row + 1}, ${fixed(value, 1)}` } });
    };
    shot.w1.forEach((row, j) => row.forEach((v, i) => { weight(1, j, i, at.input(i), at.hidden(j), v); }));
    shot.w2.forEach((row, k) => row.forEach((v, j) => { weight(2, k, j, at.hidden(j), at.output(k), v); }));
    const marks: Mark[] = [...edges, ...squares];
    const unit = ([x, y]: Pair, value: number | null, running: boolean): void => {
      if (running) marks.push({ kind: "disc", x, y, r: r + 7, fill: "mark" });
      marks.push({ kind: "disc", x, y, r, fill: "plate", stroke: "ink", width: 2 });
      marks.push({ kind: "text", x, y: y + 4, text: value === null ? "·" : fixed(value, 2), anchor: "middle",
        size: narrow ? 12 : 13, role: "number" });
    };
    const delta = ([x, y]: Pair, value: number): void => {
      const top = y + r + 4;
      marks.push({ kind: "box", x: x - 34, y: top, w: 68, h: 19, fill: "plate" },
        glyph("gradient", value, x - 24, top + 10, 12),
        { kind: "text", x: x - 14, y: top + 14, text: fixed(value, 3), role: "number", size: 13,
          fill: colourOf(value, 3) });
    };
    shot.x.forEach((value, i) => {
      const [x, y] = at.input(i);
      unit([x, y], value, false);
      marks.push({ kind: "line", points: [[x - r - 9, y - 40], [x - r - 9, y + 40]], stroke: "ink-3", width: 1.5 },
        { kind: "disc", x: x - r - 9, y: y - 40 * value / 1.5, r: 7, fill: "ink", stroke: "plate", width: 2,
          handle: { id: `x:${i}`, label: `input ${i + 1}, ${fixed(value, 1)}`, drag: "y", step: 3 } });
    });
    for (let j = 0; j < HIDDEN; j++) {
      unit(at.hidden(j), now >= 1 ? shot.h[j] : null, now === 1 || j === current);
      if (now >= 4 + j) delta(at.hidden(j), shot.delta1[j]);
    }
    shot.target.forEach((target, k) => {
      const [x, y] = at.output(k);
      unit([x, y], now >= 2 ? shot.y[k] : null, now === 2 || now === 3);
      marks.push({ kind: "box", x: x + r + 5, y: y - 13, w: narrow ? 34 : 84, h: 26, fill: "plate",
        stroke: "ink-2", width: 1.5, handle: { id: `t:${k}`, press: true, label: `target ${k + 1}, ${target}` } },
      { kind: "text", x: x + r + (narrow ? 22 : 47), y: y + 4, text: narrow ? `t ${target}` : `target ${target}`,
        anchor: "middle", size: 13 });
      if (now >= 3) delta([x, y], shot.delta2[k]);
    });
    [["input", at.input(0)], ["hidden", at.hidden(0)], ["output", at.output(0)]].forEach(([name, [x]]) => {
      marks.push({ kind: "text", x: x as number, y: 16, text: name as string, anchor: "middle", size: 13,
        fill: "ink-2" });
    });
    const [from, to, y] = at.slider, [layer, row, column] = shot.held;
    const value = (layer === 1 ? shot.w1 : shot.w2)[row][column], place = from + (clamp(value, RANGE) + 3) / 6
      * (to - from);
    marks.push({ kind: "text", x: 14, y: y + 5, size: 13, text: `${layer === 1 ? "W₁" : "W₂"}[${row + 1}, ${column
      + 1}] ${fixed(value, 1)}` },
    { kind: "line", points: [[from, y], [to, y]], stroke: "ink-3", width: 1.5 },
    { kind: "box", x: place - 8, y: y - 8, w: 16, h: 16, fill: "ink", stroke: "plate", width: 2,
      handle: { id: "held", label: `the weight, ${fixed(value, 1)}`, drag: "x", step: (to - from) / 60 } });
    const table = (name: string, x: number, top: number, w: readonly number[], rows: number, shown: boolean): void => {
      const cell = 48, columns = w.length / rows;
      marks.push({ kind: "text", x, y: top - 7, text: name, size: 13 });
      if (shown) marks.push({ kind: "cells", x, y: top, w: cell * columns, h: ROW * rows, rows, columns, values: [...w],
        digits: 2 });
      else marks.push({ kind: "box", x, y: top, w: cell * columns, h: ROW * rows, stroke: "hair", width: 1 });
    };
    const tables = narrow ? y + 46 : y + 14, x2 = narrow ? 14 : width - 290, x1 = narrow ? 182 : width - 118;
    table("∂L/∂W₂ = δ₂h", x2, narrow ? tables : y - 12, shot.g2, 2, now >= 7);
    table("∂L/∂W₁ = δ₁x", x1, narrow ? tables : y - 12, shot.g1, HIDDEN, now >= 8);
    return { width, height: at.height, marks };
  },
  describe: told,
  table: (shot) => ({ head: ["unit", "value", "delta"], rows: [
    ...shot.h.map((v, j) => [`hidden ${j + 1}`, shot.at >= 1 ? fixed(v, 3) : "·",
      shot.at >= 4 + j ? fixed(shot.delta1[j], 4) : "·"]),
    ...shot.y.map((v, k) => [`output ${k + 1}`, shot.at >= 2 ? fixed(v, 3) : "·",
      shot.at >= 3 ? fixed(shot.delta2[k], 4) : "·"]),
  ] }),
  invariants: [
    { name: "an output's delta is its answer minus its target", holds: ({ delta2, y, target }) =>
      delta2.every((d, k) => Math.abs(d - (y[k] - target[k])) < 1e-5) },
    { name: "a hidden delta is what arrives times the slope of its activation", holds: (shot) =>
      shot.delta1.every((d, j) => Math.abs(d - arriving(shot, j) * SLOPES[shot.unit](shot.z1[j], shot.h[j])) < 1e-5) },
    { name: "a weight's gradient is the delta above it times the value below it", holds: ({ g2, g1, delta2, delta1, h,
      x }) => g2.every((g, i) => Math.abs(g - delta2[Math.floor(i / HIDDEN)] * h[i % HIDDEN]) < 1e-5)
        && g1.every((g, i) => Math.abs(g - delta1[Math.floor(i / 2)] * x[i % 2]) < 1e-5) },
  ],
});

const round = (v: number): number => Math.round(v * 10) / 10;
/** The step in a sentence, with its operands and its result. */
function told(shot: Shot): string {
  const { at, y, target, delta2, w2, unit, z1, h, g2, g1, x } = shot;
  if (at === 0) {
    return "2 inputs, 3 hidden units, 2 outputs. Press a square to hold that weight, then drag the slider; press " +
      "step to compute.";
  }
  if (at === 1) return `Forward: the hidden units give ${h.map((v) => fixed(v, 2)).join(", ")}.`;
  if (at === 2) {
    const given = y.map((v) => fixed(v, 2)).join(" and ");
    return `Forward: the outputs give ${given}; the loss is ${fixed(shot.loss, 3)}.`;
  }
  if (at === 3) return `Each output’s delta is its answer minus its target: ${y.map((v, k) =>
    `${fixed(v, 2)} − ${target[k]} = ${fixed(delta2[k], 2)}`).join("; ")}.`;
  if (at <= 6) {
    const j = at - 4, slope = SLOPES[unit](z1[j], h[j]);
    const terms = w2.map((row, k) => `${fixed(row[j], 1)} · ${fixed(delta2[k], 2)}`).join(" + ");
    return `δ of hidden unit ${j + 1}: (${terms}) = ${fixed(arriving(shot, j), 3)} arrives, times the slope ` +
      `${fixed(slope, 3)} is ${fixed(shot.delta1[j], 3)}.`;
  }
  return at === 7 ? `A weight’s gradient is the delta above times the value below: ∂L/∂w${subscript(11)} = ` +
    `${fixed(delta2[0], 2)} · ${fixed(h[0], 2)} = ${fixed(g2[0], 3)} in W₂. Nothing has been updated.`
    : `The same in W₁: ${fixed(shot.delta1[0], 2)} · ${fixed(x[0], 2)} = ${fixed(g1[0], 3)}. All 12 gradients are ` +
      "known; the weights are as they were.";
}
