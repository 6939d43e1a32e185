import { manualSeed, noGrad, tensor } from "gradus";
import { blobs, circles, moons, spirals } from "gradus/data";
import { defineFigure, type Cells, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { contour, type Grid } from "@gradus/lessons/draw/contour";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { ACTIVATIONS, Network, OPTIMIZERS, type ActivationName, type OptimizerName, type Penalty,
  type Setup } from "../network.ts";

const DATA = ["moons", "circles", "spiral", "XOR", "blobs", "your own points"] as const;
type DataName = (typeof DATA)[number];
const PENALTIES: readonly Penalty[] = [{ name: "none", l1: 0, l2: 0 }, { name: "L2 0.001", l1: 0, l2: 0.001 },
  { name: "L2 0.01", l1: 0, l2: 0.01 }, { name: "L1 0.001", l1: 0.001, l2: 0 }, { name: "L1 0.01", l1: 0.01, l2: 0 }];
const PLANE: Pair = [-1.6, 1.6], SIDE = 29, SIZE = 160, EACH = 4, MOST = 400, WIDEST = 8, DEEPEST = 3;
/** Weights of the slider reach so far; the brush leaves a point each time it has moved this far. */
const REACH = 4, STRIDE = 0.16, CORNER: Pair = [1.45, -1.45];

interface Example { readonly at: Pair; readonly label: 0 | 1; readonly test: boolean }
interface State {
  readonly setup: Setup;
  readonly seed: number;
  points: readonly Example[];
  hidden: readonly number[];
  network: Network;
  updates: number;
  losses: readonly { readonly updates: number; readonly train: number; readonly test: number }[];
  penalty: number;
  /** Class and place of the brush. */
  brush: 0 | 1;
  tip: Pair;
  /** The weight the slider holds: layer, row, column. */
  held: readonly [number, number, number];
}
const along = (i: number): number => PLANE[0] + (PLANE[1] - PLANE[0]) * i / (SIDE - 1);
const GRID = Array.from({ length: SIDE * SIDE }, (_, i): Pair => [along(i % SIDE), along(Math.floor(i / SIDE))]);
/** Whether a point is kept for the test: three of ten, both classes alike. */
const isTest = (i: number): boolean => Math.floor(i / 2) % 10 < 3;

function examples(name: DataName, seed: number): Example[] {
  const made = {
    "moons": () => moons({ size: SIZE, seed, noise: 0.14 }),
    "circles": () => circles({ size: SIZE, seed, noise: 0.09, inner: 0.45 }),
    "spiral": () => spirals({ size: SIZE, seed, noise: 0.03, turns: 1.2 }),
    "XOR": () => blobs({ size: SIZE, seed, noise: 0.24, centers: [[-0.75, -0.75], [-0.75, 0.75], [0.75, 0.75],
      [0.75, -0.75]] }),
    "blobs": () => blobs({ size: SIZE, seed, noise: 0.35, centers: [[-0.6, -0.5], [0.6, 0.5]] }),
    "your own points": null,
  }[name]?.();
  if (made === undefined) return [];
  const [dx, dy, scale] = name === "moons" ? [-0.5, -0.25, 0.85] : name === "spiral" ? [0, 0, 1.35] : [0, 0, 1];
  return Array.from({ length: made.size }, (_, i) => ({ label: made.labels[i] % 2 === 0 ? 0 : 1, test: isTest(i),
    at: [scale * (made.features[2 * i] + dx), scale * (made.features[2 * i + 1] + dy)] }));
}
function rebuilt(state: Omit<State, "network" | "updates" | "losses">): State {
  manualSeed(state.seed);
  const fresh = { ...state, network: new Network([2, ...state.hidden, 1], state.setup), updates: 0, losses: [] };
  return { ...fresh, losses: [measure(fresh)] };
}
const columns = (points: readonly Example[]) => ({ x: tensor(points.map(({ at: [x, y] }) => [x, y])),
  labels: tensor(points.map(({ label }) => label)) });
function measure({ points, network, updates }: State): State["losses"][number] {
  const of = (test: boolean): number => {
    const some = points.filter((point) => point.test === test);
    if (some.length === 0) return 0;
    const { x, labels } = columns(some);
    return noGrad(() => network.loss(x, labels).itemSync());
  };
  return { updates, train: of(false), test: of(true) };
}

interface Layout {
  readonly narrow: boolean; readonly plane: Plot; readonly loss: Plot; readonly height: number;
  /** Corner and width of the network; the side of a unit's picture. */
  readonly net: readonly [x: number, y: number, w: number]; readonly thumb: number;
  readonly slider: readonly [from: number, to: number, y: number];
  readonly buttons: readonly [x: number, y: number];
}
const LOSS: Pair = [0, 1];
function layout(width: number, rows = WIDEST, updates = 0): Layout {
  const narrow = width < 640, wide = width >= 900;
  const side = narrow ? width - 64 : Math.min(430, width * 0.43);
  const thumb = wide ? clamp(Math.floor(216 / rows) - 8, [28, 44]) : 26;
  const plane = plot({ left: 40, top: 36, width: side, height: side, x: PLANE, y: PLANE, xTicks: 4, yTicks: 4 });
  const x = narrow ? 16 : plane.right + 34, top = narrow ? plane.bottom + 76 : 36, w = width - x - 16;
  const slider = top + Math.max(4, rows) * (thumb + 8) + 52, buttons = slider + 28;
  const lossTop = narrow || wide ? buttons + 108 : Math.max(plane.bottom, buttons) + 76;
  const loss = plot({ left: wide ? x + 26 : 40, top: lossTop, width: wide ? w - 26 : narrow ? width - 64 : side,
    height: 92, x: [0, Math.max(200, updates)], y: LOSS, xLabel: "updates", yLabel: "loss: solid train, dashed test",
    xTicks: 4, yTicks: 2 });
  return { narrow, plane, net: [x, top, w], thumb, slider: [x + (narrow ? 118 : 128), x + w - 12, slider],
    buttons: [x, buttons], loss, height: Math.max(plane.bottom, loss.bottom) + 44 };
}

export default defineFigure({
  id: "playground",
  title: "A network on the plane",
  question: "How many units does a shape need, and what does each of them see?",
  params: {
    data: { kind: "choice", label: "data", value: "moons", choices: DATA },
    activation: { kind: "choice", label: "activation", value: "tanh",
      choices: Object.keys(ACTIVATIONS) as ActivationName[] },
    optimizer: { kind: "choice", label: "optimizer", value: "Adam",
      choices: Object.keys(OPTIMIZERS) as OptimizerName[] },
    rate: { kind: "number", label: "learning rate", value: 0.03, min: 0.001, max: 1, step: 0.001, scale: "log" },
  },
  init: ({ data, activation, optimizer, rate }, seed): State => rebuilt({ seed, setup: { activation, optimizer, rate },
    points: examples(data, seed), hidden: [4, 3], penalty: 0, brush: 1, tip: CORNER,
    held: [0, 0, 0] }),
  step(state) {
    const train = state.points.filter(({ test }) => !test);
    if (train.length > 0) {
      const { x, labels } = columns(train);
      for (let k = 0; k < EACH; k++) state.network.update(x, labels, PENALTIES[state.penalty]);
    }
    state.updates += EACH;
    state.losses = [...state.losses, measure(state)];
    return state;
  },
  done: ({ updates }) => updates >= EACH * MOST,
  act(state, action): State {
    if (action.type === "drop") {
      const { plane } = layout(action.width), inside = action.x >= plane.left && action.x <= plane.right
        && action.y >= plane.top && action.y <= plane.bottom;
      return inside ? painted(state, [plane.x.invert(action.x), plane.y.invert(action.y)]) : state;
    }
    if (action.type === "drag" && action.id === "brush-tip") {
      const { plane } = layout(action.width);
      const to: Pair = [clamp(plane.x.invert(action.x), PLANE), clamp(plane.y.invert(action.y), PLANE)];
      return Math.hypot(to[0] - state.tip[0], to[1] - state.tip[1]) < STRIDE ? state : painted(state, to);
    }
    if (action.type === "drag") {
      const { slider: [from, to] } = layout(action.width);
      const share = clamp((action.x - from) / (to - from), [0, 1]), [layer, row, column] = state.held;
      state.network.set(layer, row, column, Math.round((2 * share - 1) * REACH * 10) / 10);
      return measured(state);
    }
    const [what, a, b, c] = action.id.split(":");
    switch (what) {
      case "w": return { ...state, held: [Number(a), Math.floor(Number(b) / columnsOf(state, Number(a))),
        Number(b) % columnsOf(state, Number(a))] };
      case "brush": return { ...state, brush: state.brush === 1 ? 0 : 1 };
      case "penalty": return { ...state, penalty: (state.penalty + 1) % PENALTIES.length };
      case "clear": return rebuilt({ ...state, points: [] });
      case "deeper": return resized(state, [...state.hidden, 3].slice(0, DEEPEST));
      case "shallower": return resized(state, state.hidden.slice(0, -1));
      default: return c === undefined ? resized(state, state.hidden.map((n, i) => (i === Number(a)
        ? clamp(n + Number(b), [1, WIDEST]) : n))) : state;
    }
  },
  snapshot: (state) => noGrad(() => {
    const sums = state.network.sums(tensor(GRID.map(([x, y]) => [x, y])));
    const weights = state.network.layers.map(({ weight }) => weight.arraySync() as number[][]);
    const all = state.points.length === 0 ? [] : [...state.network.scores(columns(state.points).x).dataSync()];
    const last = sums.map((layer) => [...layer.dataSync()]), units = [...state.hidden, 1];
    return { points: state.points, hidden: state.hidden, updates: state.updates, losses: state.losses,
      penalty: PENALTIES[state.penalty].name, brush: state.brush, tip: state.tip,
      held: state.held, weights, scores: all,
      /** For each layer and unit, its sums on the grid. */
      seen: last.map((values, l) => Array.from({ length: units[l] }, (_, u) =>
        Array.from({ length: SIDE * SIDE }, (_, i) => values[i * units[l] + u]))) };
  }),

  view(shot, { width }: Frame): Scene {
    const at = layout(width, Math.max(0, ...shot.hidden), shot.updates), { plane, thumb, narrow } = at;
    const marks: Mark[] = [...plane.marks];
    const { seen, hidden, weights, held } = shot, output = seen[seen.length - 1][0];
    const surface = (heights: readonly number[]): Grid => ({ columns: SIDE, rows: SIDE, x: PLANE, y: PLANE, heights });
    marks.push({ kind: "text", x: plane.left, y: 22, text: narrow ? "thick: the border; thin: borders of hidden units"
      : "thick: the border; thin: where a hidden unit’s sum is 0", size: 12.5, fill: "ink-2" });
    const side = plane.right - plane.left;
    marks.push({ kind: "cells", x: plane.left, y: plane.top, w: side, h: side, rows: SIDE, columns: SIDE, scale: 4,
      values: flipped(output).map((v) => Math.max(0, clamp(v, [-4, 4]))) });
    seen.slice(0, -1).flat().forEach((heights) => {
      for (const line of contour(surface(heights), 0)) marks.push(...path(plane, line, { stroke: "ink-3", width: 1 }));
    });
    for (const line of contour(surface(output), 0)) marks.push(...path(plane, line, { stroke: "ink", width: 2.5 }));
    shot.points.forEach(({ at: [x, y], label, test }, i) => {
      const [px, py] = plane.point(clamp(x, PLANE), clamp(y, PLANE)), wrong = (shot.scores[i] > 0 ? 1 : 0) !== label;
      const style = { fill: label === 1 ? "ink" : "plate", stroke: wrong ? "bad" : "ink", width: wrong ? 2.5 : 1.5,
        title: `${test ? "test" : "train"}, class ${label}, score ${fixed(shot.scores[i], 2)}` } as const;
      marks.push(test ? { kind: "box", x: px - 3.5, y: py - 3.5, w: 7, h: 7, ...style }
        : { kind: "disc", x: px, y: py, r: 4, ...style });
    });
    const [tipX, tipY] = plane.point(...shot.tip);
    marks.push({ kind: "disc", x: tipX, y: tipY, r: 10, fill: "mark", stroke: "ink", width: 1.5, title: "brush",
      handle: { id: "brush-tip", drag: "xy", step: side * STRIDE / (PLANE[1] - PLANE[0]) + 1,
        label: `brush for class ${shot.brush}, at ${shot.tip.map((v) => fixed(v)).join(", ")}` } },
    { kind: "disc", x: tipX, y: tipY, r: 4, fill: shot.brush === 1 ? "ink" : "plate", stroke: "ink", width: 1.5 });
    marks.push({ kind: "text", x: plane.left, y: plane.bottom + 34, size: 12.5, fill: "ink-2",
      text: narrow ? "discs train, squares test, red: wrong"
        : "discs train, squares test, red rim: wrong; tap or drag the brush" });
    // The network: a column of what each unit makes of the plane, and each layer's weights as a matrix.
    const [left, top, w] = at.net, stages = hidden.length + 1, gap = w / stages;
    hidden.forEach((n, l) => {
      const x = left + l * gap + gap - thumb - 6;
      button(marks, `width:${l}:-1`, `layer ${l + 1} narrower, now ${n}`, "−", x - 18, top - 24, 22);
      button(marks, `width:${l}:1`, `layer ${l + 1} wider, now ${n}`, "+", x + 12, top - 24, 22);
      for (let u = 0; u < n; u++) {
        const y = top + 8 + u * (thumb + 8);
        marks.push({ kind: "cells", x, y, w: thumb, h: thumb, ...small(seen[l][u], thumb), scale: 2 },
          { kind: "box", x, y, w: thumb, h: thumb, stroke: "ink", width: 1.5, title: `layer ${l + 1}, unit ${u + 1}` });
      }
    });
    const outX = left + w - thumb - 6;
    marks.push({ kind: "text", x: outX + thumb, y: top - 8, text: "output", anchor: "end", size: 12.5, fill: "ink-2" },
      { kind: "cells", x: outX, y: top + 8, w: thumb, h: thumb, ...small(output, thumb), scale: 2 },
      { kind: "box", x: outX, y: top + 8, w: thumb, h: thumb, stroke: "ink", width: 2.5 });
    weights.forEach((rows, l) => {
      const n = rows[0].length, free = gap - thumb - 26, across = n > 4 ? Math.ceil(n / 2) : n;
      const lines = Math.ceil(n / across), cell = Math.min(free / across, 22, thumb / lines);
      const x = left + l * gap + Math.max(0, (free - cell * across) / 2);
      const scale = Math.max(1, ...rows.flat().map(Math.abs));
      rows.forEach((row, r) => {
        const y = top + 8 + r * (thumb + 8) + (thumb - lines * cell) / 2;
        row.forEach((value, k) => {
          const cx = x + k % across * cell, cy = y + Math.floor(k / across) * cell;
          const now = held[0] === l && held[1] === r && held[2] === k;
          marks.push({ kind: "cells", x: cx, y: cy, w: cell - 1, h: cell - 1, rows: 1, columns: 1,
            values: [value], scale });
          marks.push({ kind: "box", x: cx, y: cy, w: cell - 1, h: cell - 1, fill: "none", stroke: now ? "ink"
            : "ink-3", width: now ? 3 : 0.75, handle: { id: `w:${l}:${r * n + k}`, press: true,
            label: `weight ${k + 1} of unit ${r + 1} in layer ${l + 1}, ${fixed(value, 2)}` } });
        });
      });
    });
    marks.push({ kind: "text", x: left, y: at.slider[2] - 24, size: 12.5, fill: "ink-2",
      text: "the plane as each unit sees it, and its weights" });
    const [from, to, sliderY] = at.slider, value = weights[held[0]][held[1]][held[2]];
    const bead = from + (clamp(value, [-REACH, REACH]) / REACH + 1) / 2 * (to - from);
    marks.push({ kind: "text", x: left, y: sliderY + 5, size: 13, text: `W${held[0] + 1}[${held[1] + 1}, ${held[2]
      + 1}] ${fixed(value, 2)}` },
    { kind: "line", points: [[from, sliderY], [to, sliderY]], stroke: "ink-3", width: 1.5 },
    { kind: "box", x: bead - 8, y: sliderY - 8, w: 16, h: 16, fill: "ink", stroke: "plate", width: 2,
      handle: { id: "held", label: `the weight, ${fixed(value, 2)}`, drag: "x", step: (to - from) / 80 } });
    const [bx, by] = at.buttons;
    button(marks, "deeper", `one layer more, now ${hidden.length} hidden`, "layer +", bx, by, 70);
    button(marks, "shallower", `one layer fewer, now ${hidden.length} hidden`, "layer −", bx + 78, by, 70);
    button(marks, "penalty", `regularisation: ${shot.penalty}`, `penalty: ${shot.penalty}`, bx + 156, by, 138);
    button(marks, "brush", `class of new points: ${shot.brush}`, `new points: class ${shot.brush}`, bx, by + 36, 148);
    button(marks, "clear", "take all points away", "clear points", bx + 156, by + 36, 138);
    const { loss } = at;
    marks.push(...loss.marks);
    for (const [key, dash] of [["train", undefined], ["test", [5, 4]]] as const) {
      marks.push(...path(loss, shot.losses.map((l) => [l.updates, Math.min(LOSS[1], l[key])]),
        { stroke: key === "train" ? "series-1" : "series-2", width: 2, ...(dash === undefined ? {} : { dash }) }));
    }
    return { width, height: at.height, marks, press: true };
  },
  describe: (shot) => told(shot),
  table: ({ weights }) => ({ head: ["layer", "unit", "weights"], rows: weights.flatMap((rows, l) =>
    rows.map((row, r) => [String(l + 1), String(r + 1), row.map((v) => fixed(v, 2)).join(", ")])) }),
  invariants: [
    { name: "every layer has a row for each unit and a column for each input", holds: ({ weights, hidden }) =>
      weights.every((rows, l) => rows.length === [...hidden, 1][l]
        && rows.every((row) => row.length === [2, ...hidden][l])) },
    { name: "without a hidden layer the border is straight", holds: ({ hidden, seen, weights: [[[a, b]]] }) => {
      if (hidden.length > 0) return true;
      const [first] = seen[0], step = (PLANE[1] - PLANE[0]) / (SIDE - 1);
      return Math.abs(first[1] - first[0] - a * step) < 1e-3 && Math.abs(first[SIDE] - first[0] - b * step) < 1e-3;
    } },
  ],
});
/** The brush at a new place, and a point there. */
const painted = (state: State, at: Pair): State => measured({ ...state, tip: at,
  points: [...state.points, { at, label: state.brush, test: state.points.length % 10 >= 7 }] });
/** The last losses once more, after the reader changed points or weights. */
const measured = (state: State): State => ({ ...state, losses: [...state.losses.slice(0, -1), measure(state)] });
const columnsOf = ({ hidden }: State, layer: number): number => [2, ...hidden][layer];
const resized = (state: State, hidden: readonly number[]): State => rebuilt({ ...state, hidden, held: [0, 0, 0] });
/** Rows from the top, as cells are drawn; grids begin below. */
const flipped = (values: readonly number[]): number[] => Array.from({ length: SIDE * SIDE }, (_, i) =>
  values[(SIDE - 1 - Math.floor(i / SIDE)) * SIDE + i % SIDE]);
/** Every fourth of the grid's values in each direction, or every second where a picture is large enough. */
function small(values: readonly number[], side: number): Pick<Cells, "rows" | "columns" | "values"> {
  const by = side < 36 ? 4 : 2, n = (SIDE - 1) / by + 1;
  return { rows: n, columns: n, values: Array.from({ length: n * n }, (_, i) =>
    values[(SIDE - 1 - by * Math.floor(i / n)) * SIDE + by * (i % n)]) };
}
function button(marks: Mark[], id: string, label: string, text: string, x: number, y: number, w: number): void {
  marks.push({ kind: "box", x, y, w, h: w < 30 ? 22 : 28, fill: "plate", stroke: "ink-2", width: 1.5,
    handle: { id, label, press: true } },
  { kind: "text", x: x + w / 2, y: y + (w < 30 ? 16 : 19), text, anchor: "middle", size: 13 });
}
interface Told {
  readonly points: readonly Example[]; readonly scores: readonly number[]; readonly updates: number;
  readonly losses: State["losses"]; readonly hidden: readonly number[];
}
function told({ points, scores, updates, losses, hidden }: Told): string {
  const share = (test: boolean): string => {
    const some = points.flatMap((point, i) => (point.test === test ? [(scores[i] > 0 ? 1 : 0) === point.label] : []));
    if (some.length === 0) return "none yet";
    return `${percent(some.filter(Boolean).length / some.length, 0)} of ${some.length}`;
  };
  const sizes = [2, ...hidden, 1], weights = sizes.slice(1).reduce((sum, n, i) => sum + n * (sizes[i] + 1), 0);
  const { train, test } = losses[losses.length - 1];
  return `${sizes.join("–")} network, ${weights} parameters, ${count(updates, "update")}. Right: ${share(false)} for ` +
    `training, ${share(true)} for the test; losses ${fixed(train, 3)} and ${fixed(test, 3)}.`;
}
