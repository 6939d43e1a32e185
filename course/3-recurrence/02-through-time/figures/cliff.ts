import { assign, compile, concat, F, optim, scan, state as slot, stack, tensor, zeros, type Compiled, type Tensor }
  from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { contour, grid, type Grid } from "@gradus/lessons/draw/contour";
import { between } from "@gradus/lessons/draw/edge";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels, type Panel } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { relief } from "@gradus/lessons/draw/relief";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

/** One unit, h = sigmoid(w (h - FIRST) + b), starts at FIRST, hears nothing, and should end at TARGET. */
const FIRST = 0.5, TARGET = 0.7, W: Pair = [3.6, 6.4], B: Pair = [-0.5, 1], START: Pair = [5.6, 0.6], MOST = 60;
const NAMES = ["not clipped", "clipped"] as const;
const LOOKS: readonly { readonly stroke: Colour; readonly dash: readonly number[] }[] =
  [{ stroke: "series-2", dash: [6, 4] }, { stroke: "series-1", dash: [] }];

interface Place { readonly w: number; readonly b: number; readonly loss: number; readonly norm: number }
interface State {
  readonly rate: number; readonly limit: number; readonly length: number;
  readonly weights: readonly Tensor[];
  /** One update of both; gives the losses and the norms of the gradients before clipping. */
  readonly update: Compiled<[], Tensor>;
  trails: Place[][];
  /** Length of each last step. */
  moved: number[];
  start: Pair; turn: number; steps: number;
}
/** The loss after so many steps, by a loop of the library. */
function lossOf(weight: Tensor, length: number): Tensor {
  const w = weight.narrow(0, 0, 1), b = weight.narrow(0, 1, 1);
  const { carries: [h] } = scan([tensor([FIRST])], [zeros([length])], [w, b], ([before], _, [u, c]) =>
    ({ carries: [F.sigmoid(before.sub(FIRST).mul(u).add(c))], results: [] }));
  return h.sub(TARGET).square().sum();
}
/** The same with plain numbers: it draws the ground. */
function plain(w: number, b: number, length: number): number {
  let h = FIRST;
  for (let t = 0; t < length; t++) h = 1 / (1 + Math.exp(-w * (h - FIRST) - b));
  return (h - TARGET) ** 2;
}
async function look(state: State): Promise<State> {
  const found = await state.update().data(), points = await Promise.all(state.weights.map((p) => p.data()));
  state.weights.forEach((_, i) => {
    const trail = state.trails[i], last = trail[trail.length - 1];
    trail[trail.length - 1] = { ...last, loss: found[i], norm: found[2 + i] };
    trail.push({ w: points[i][0], b: points[i][1], loss: plain(points[i][0], points[i][1], state.length), norm: NaN });
    state.moved[i] = Math.hypot(points[i][0] - last.w, points[i][1] - last.b);
  });
  state.steps++;
  return state;
}
function restart(state: State, start: Pair): State {
  for (const weight of state.weights) assign(weight, tensor([...start]));
  const first: Place = { w: start[0], b: start[1], loss: plain(...start, state.length), norm: NaN };
  return Object.assign(state, { start, steps: 0, moved: [0, 0], trails: [[first], [first]] });
}
const grounds = new Map<number, Grid>();
function groundOf(length: number): Grid {
  const found = grounds.get(length) ?? grid((w, b) => plain(w, b, length), W, B, 57);
  grounds.set(length, found);
  return found;
}

function layout(width: number): { readonly map: Plot; readonly side: Panel; readonly key: Pair;
readonly height: number } {
  const { at: [a, b], stacked, height } = panels(width, { shares: [1, 1.1], height: 430, heights: [410, 300],
    narrow: 640, gap: 10 });
  const map = plot({ left: a.x + 34, top: a.y + 78, width: a.w - 42, height: a.h - 122, x: W, y: B,
    xLabel: "recurrent weight w", yLabel: "bias b" });
  const side = { ...b, y: b.y + (stacked ? 0 : 40), h: stacked ? 260 : 360 };
  return { map, side, key: [a.x + 34, 20], height };
}
const inside = ({ w, b }: Place): boolean => w >= W[0] && w <= W[1] && b >= B[0] && b <= B[1];

export default defineFigure({
  id: "cliff",
  title: "Downhill, with a cliff",
  question: "The slope is gentle, then there is a wall. What does one step do there?",
  params: {
    rate: { kind: "number", label: "learning rate", value: 1, min: 0.1, max: 2, step: 0.1 },
    limit: { kind: "number", label: "clip to norm", value: 0.1, min: 0.02, max: 1, step: 0.02 },
    length: { kind: "number", label: "steps in time", value: 40, min: 5, max: 50, step: 5 },
  },
  init({ rate, limit, length }): State {
    const weights = NAMES.map(() => slot(tensor([...START]), true));
    const optimizers = weights.map((weight) => new optim.SGD([weight], { lr: rate }));
    const update = compile(() => {
      const losses = weights.map((weight) => lossOf(weight, length));
      for (const optimizer of optimizers) optimizer.zeroGrad();
      losses[0].add(losses[1]).backward();
      const norms = [optim.gradientNorm([weights[0]]), optim.clipGradNorm([weights[1]], limit)];
      for (const optimizer of optimizers) optimizer.step();
      return concat([stack(losses), stack(norms)]);
    });
    return restart({ rate, limit, length, weights, update, trails: [], moved: [], start: START, turn: 2.2, steps: 0 },
      START);
  },
  step: look,
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type === "press") return state;
    const { map, side } = layout(action.width);
    if (action.type === "drag" && action.id === "turn") {
      state.turn = clamp((action.x - side.x) / side.w, [0, 1]) * Math.PI;
      return state;
    }
    return restart(state, [Math.round(map.x.invert(action.x) * 50) / 50, Math.round(map.y.invert(action.y) * 50) / 50]);
  },
  snapshot: ({ rate, limit, length, trails, moved, start, turn, steps }) => ({ rate, limit, length, start, turn, steps,
    moved: [...moved], trails: trails.map((trail) => [...trail]) }),

  view({ length, trails, start, turn }, { width }: Frame): Scene {
    const { map, side, key, height } = layout(width), ground = groundOf(length), marks: Mark[] = [...map.marks];
    const most = Math.max(...ground.heights);
    for (let i = 0; i < 12; i++) {
      for (const line of contour(ground, most * ((i + 0.5) / 12) ** 2)) {
        marks.push({ kind: "line", points: line.map(([w, b]) => map.point(w, b)), stroke: "ink-3", width: 0.9 });
      }
    }
    trails.forEach((trail, i) => {
      const last = trail[trail.length - 1], out = !inside(last), at = map.point(clamp(last.w, W), clamp(last.b, B));
      marks.push(...path(map, trail.map(({ w, b }): Pair => [w, b]), { ...LOOKS[i], width: 2 }));
      marks.push({ kind: "disc", x: at[0], y: at[1], r: 6, fill: i === 1 ? "mark" : "plate", stroke: LOOKS[i].stroke,
        width: 2.5, title: `${NAMES[i]}: loss ${fixed(last.loss, 4)}` });
      const y = key[1] + 20 * i;
      marks.push({ kind: "line", points: [[key[0], y - 4], [key[0] + 26, y - 4]], ...LOOKS[i], width: 2.5 },
        { kind: "text", x: key[0] + 33, y, size: 13, text: `${NAMES[i]}: loss ${fixed(last.loss, 4)}` +
          (out ? ", off the map" : "") });
    });
    const [sx, sy] = map.point(...start);
    marks.push({ kind: "disc", x: sx, y: sy, r: 9, fill: "none", stroke: "ink", width: 2, dash: [3, 2],
      handle: { id: "start", label: `start at w = ${fixed(start[0], 2)}, b = ${fixed(start[1], 2)}`, drag: "xy" } });
    // The same as a landscape, with the same trails.
    const { mesh, place } = relief(grid((w, b) => plain(w, b, length), W, B, 31), side, turn);
    marks.push(...mesh);
    trails.forEach((trail, i) => {
      const fine = trail.flatMap((to, k): Pair[] => (k === 0 ? [[to.w, to.b]]
        : [1, 2, 3, 4, 5].map((j) => between([trail[k - 1].w, trail[k - 1].b], [to.w, to.b], j / 5))));
      const points = fine.filter(([w, b]) => w >= W[0] && w <= W[1] && b >= B[0] && b <= B[1])
        .map(([w, b]) => place(w, b, plain(w, b, length)));
      if (points.length > 1) marks.push({ kind: "line", points, ...LOOKS[i], width: 2.5 });
      const end = points.at(-1);
      if (end !== undefined) marks.push({ kind: "disc", x: end[0], y: end[1], r: 5, fill: i === 1 ? "mark" : "plate",
        stroke: LOOKS[i].stroke, width: 2 });
    });
    const y = height - 26;
    marks.push({ kind: "line", points: [[side.x + 8, y], [side.x + side.w - 8, y]], stroke: "ink-3", width: 1.5 },
      { kind: "disc", x: clamp(side.x + side.w * turn / Math.PI, [side.x + 8, side.x + side.w - 8]), y, r: 7,
        fill: "ink", stroke: "plate", width: 2, handle: { id: "turn", label: `turn the relief, ${fixed(turn * 180
        / Math.PI, 0)} degrees`, drag: "x", step: 12 } });
    return { width, height, marks, press: true };
  },
  describe({ rate, limit, steps, trails, moved }) {
    if (steps === 0) {
      return `Both start at w = ${fixed(trails[0][0].w, 2)}, b = ${fixed(trails[0][0].b, 2)} with loss ` +
        `${fixed(trails[0][0].loss, 4)}. Step: each goes downhill with rate ${fixed(rate, 1)}.`;
    }
    const parts = trails.map((trail, i) => {
      const before = trail[trail.length - 2], last = trail[trail.length - 1];
      const cut = i === 1 && before.norm > limit ? `, cut to ${fixed(limit, 2)}` : "";
      return `${NAMES[i]}: gradient ${fixed(before.norm, 3)}${cut}, a step of ${fixed(moved[i], 3)} to w = ` +
        `${fixed(last.w, 2)}, b = ${fixed(last.b, 2)}, loss ${fixed(last.loss, 4)}`;
    });
    const longest = trails.map((trail) => Math.max(...trail.slice(1).map(({ w, b }, k) =>
      Math.hypot(w - trail[k].w, b - trail[k].b))));
    return `After ${count(steps, "update")}. ${parts.join("; ")}. Longest steps so far: ` +
      `${longest.map((step) => fixed(step, 3)).join(" and ")}.`;
  },
  table: ({ trails }) => ({ head: ["update", ...NAMES.flatMap((name) => [`${name}: w`, "b", "loss", "gradient"])],
    rows: trails[0].map((_, k) => [String(k), ...trails.flatMap((trail) => [fixed(trail[k].w, 3), fixed(trail[k].b, 3),
      fixed(trail[k].loss, 5), Number.isNaN(trail[k].norm) ? "–" : fixed(trail[k].norm, 4)])]) }),
  invariants: [
    { name: "a clipped step is never longer than rate times limit", holds: ({ rate, limit, moved }) =>
      moved[1] <= rate * limit * (1 + 1e-3) },
    { name: "a step that is not clipped is as long as rate times gradient", holds: ({ rate, trails, moved, steps }) => {
      const norm = trails[0].at(-2)?.norm ?? 0;
      return steps === 0 || Math.abs(moved[0] - rate * norm) <= 1e-4 + 1e-3 * rate * norm;
    } },
    { name: "the loss of the library is the loss of plain numbers", holds: ({ trails, length }) =>
      trails.every((trail) => trail.slice(0, -1).every(({ w, b, loss }) =>
        Math.abs(loss - plain(w, b, length)) <= 0.02)) },
    { name: "the loss can be no more than 0.49", holds: ({ trails }) => trails.every((trail) =>
      trail.every(({ loss }) => loss >= 0 && loss <= 0.4901)) },
  ],
  cell: ({ rate, limit, length }) => [
    'import { F, optim, tensor } from "gradus";',
    "",
    `const w = tensor(${START[0]}, { requiresGrad: true }), b = tensor(${START[1]}, { requiresGrad: true });`,
    `const optimizer = new optim.SGD([w, b], { lr: ${rate} });`,
    "for (let update = 0; update < 20; update++) {",
    `  let h = tensor(${FIRST});`,
    `  for (let t = 0; t < ${length}; t++) h = F.sigmoid(h.sub(${FIRST}).mul(w).add(b));`,
    `  const loss = h.sub(${TARGET}).square();`,
    "  optimizer.zeroGrad();",
    "  loss.backward();",
    `  const norm = optim.clipGradNorm([w, b], ${limit});`,
    "  optimizer.step();",
    "  console.log(loss.itemSync().toFixed(4), norm.itemSync().toFixed(3));",
    "}",
  ].join("\n"),
});
