import { Generator, randn } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { clip, rectangle } from "@gradus/lessons/draw/clip";
import { glyph } from "@gradus/lessons/draw/glyph";
import { colourOf, count, fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { paragraph, subscript } from "@gradus/lessons/draw/text";

const GATES = { AND: [0, 0, 0, 1], OR: [0, 1, 1, 1], NAND: [1, 1, 1, 0], XOR: [0, 1, 1, 0] } as const;
const CORNERS: readonly Pair[] = [[0, 0], [0, 1], [1, 0], [1, 1]];
const INPUTS: Pair = [-0.75, 1.75], WEIGHTS: Pair = [-2.5, 2.5], MOST = 200;

interface Point { readonly at: Pair; readonly target: 0 | 1 }
interface State {
  readonly rate: number;
  points: Point[];
  /** Bias first. */
  w: readonly [number, number, number];
  /** Points shown so far, mistakes among them, and right answers in a row. */
  shown: number; mistakes: number; streak: number;
  /** The weights along the way, without the bias. */
  trail: Pair[];
  last: { readonly point: number; readonly sum: number; readonly answer: 0 | 1;
  readonly before: readonly [number, number, number] } | null;
}
const sumOf = ([w0, w1, w2]: State["w"], [x, y]: Pair): number => w0 + w1 * x + w2 * y;
const answerOf = (w: State["w"], x: Pair): 0 | 1 => (sumOf(w, x) > 0 ? 1 : 0);
const right = ({ w, points }: State): number => points.filter(({ at, target }) => answerOf(w, at) === target).length;

/** Where w1 and w2 answer all points rightly, with this bias: a slice through the cone of solutions. */
const slice = ({ points, w }: Pick<State, "points" | "w">): Pair[] => points.reduce<Pair[]>(
  (polygon, { at: [x, y], target }) => {
  const sign = target === 1 ? 1 : -1;
  return clip(polygon, sign * x, sign * y, sign * w[0]);
}, rectangle(WEIGHTS, WEIGHTS));

interface Layout { readonly height: number; readonly input: Plot; readonly weight: Plot;
readonly bias: { readonly x: number; readonly top: number; readonly h: number } }
function layout(width: number): Layout {
  const { at: [a, b], stacked } = panels(width, { shares: [1, 1], height: 400, heights: [360, 380], narrow: 640,
    gap: 26 });
  const size = Math.min(a.w - 40, 380), second = Math.min(b.w - 84, 380);
  const make = (p: typeof a, domain: Pair, side: number, xLabel: string, yLabel: string): Plot =>
    plot({ left: p.x + 30, top: p.y + 34,
    width: side, height: side, x: domain, y: domain, xLabel, yLabel, zero: true });
  const weight = make(b, WEIGHTS, second, "w₁", "w₂");
  return { input: make(a, INPUTS, size, "x₁", "x₂"), weight, height: (stacked ? weight.bottom + 20 : 34 + size) + 112,
    bias: { x: weight.right + 30, top: weight.top, h: second } };
}

export default defineFigure({
  id: "rule",
  title: "Learning only from mistakes",
  question: "How can a line find its place by being pushed once for each mistake?",
  params: {
    points: { kind: "choice", label: "points", value: "AND", choices: ["AND", "OR", "NAND", "XOR", "two clouds"] },
    rate: { kind: "number", label: "learning rate", value: 0.5, min: 0.05, max: 1, step: 0.05 },
    start: { kind: "choice", label: "start", value: "zeros", choices: ["zeros", "random"] },
  },
  async init({ points: name, rate, start }, seed): Promise<State> {
    const draws = await randn([64], { generator: new Generator(seed) }).data();
    const points: Point[] = name === "two clouds"
      ? Array.from({ length: 14 }, (_, i) => {
        const target = i % 2 === 0 ? 1 : 0, middle: Pair = target === 1 ? [1.05, 0.95] : [0, 0.1];
        const at = middle.map((v, k) => Math.round(clamp(v + 0.26 * draws[2 * i + k], [-0.7, 1.7]) * 50) / 50);
        return { at: [at[0], at[1]], target };
      })
      : CORNERS.map((at, i) => ({ at, target: GATES[name][i] }));
    const w = start === "zeros" ? [0, 0, 0] as const : [draws[40], draws[41], draws[42]].map(
      (v) => Math.round(v * 10) / 10) as never;
    return { rate, points, w, shown: 0, mistakes: 0, streak: 0, trail: [[w[1], w[2]]], last: null };
  },
  step(state) {
    const point = state.shown % state.points.length, { at, target } = state.points[point], before = state.w;
    const sum = sumOf(before, at), answer = answerOf(before, at), error = target - answer;
    state.w = [before[0] + state.rate * error, before[1] + state.rate * error * at[0],
      before[2] + state.rate * error * at[1]];
    state.shown++;
    state.mistakes += Math.abs(error);
    state.streak = error === 0 ? state.streak + 1 : 0;
    if (error !== 0) state.trail = [...state.trail, [state.w[1], state.w[2]]];
    state.last = { point, sum, answer, before };
    return state;
  },
  done: (state) => state.streak >= state.points.length || state.shown >= MOST,
  act(state, action) {
    if (action.type !== "drag") return state;
    const at = layout(action.width), [kind, index] = action.id.split(":");
    const round = (v: number, by: number): number => Math.round(v * by) / by;
    if (kind === "point") {
      const i = Number(index);
      state.points = state.points.map((point, k) => (k === i
        ? { ...point, at: [round(at.input.x.invert(action.x), 20), round(at.input.y.invert(action.y), 20)] } : point));
    } else if (kind === "weights") {
      state.w = [state.w[0], round(at.weight.x.invert(action.x), 10), round(at.weight.y.invert(action.y), 10)];
    } else {
      state.w = [round(clamp(WEIGHTS[1] - (action.y - at.bias.top) / at.bias.h * 5, WEIGHTS), 10), state.w[1],
        state.w[2]];
    }
    if (kind !== "point") state.trail = [[state.w[1], state.w[2]]];
    state.streak = 0;
    state.last = null;
    return state;
  },
  snapshot: (state): State => ({ ...state, points: [...state.points], trail: [...state.trail] }),

  view(shot, { width }: Frame): Scene {
    const at = layout(width), { input, weight, bias } = at, { w, points, last } = shot;
    const marks: Mark[] = [...input.marks, ...weight.marks];
    marks.push({ kind: "text", x: input.left + 26, y: input.top - 10, text: "inputs; hatched: the unit answers 1",
      size: 13, fill: "ink-2" });
    const yes = clip(rectangle(INPUTS, INPUTS), w[1], w[2], w[0]);
    if (yes.length > 2 && w.some((v) => v !== 0)) {
      marks.push({ kind: "line", closed: true, points: yes.map(([x, y]) => input.point(x, y)), fill: "ink-3",
        stroke: "none", hatch: true, opacity: 0.3 });
    }
    const [a, b] = border(w);
    if (a !== undefined) {
      marks.push({ kind: "line", points: [input.point(...a), input.point(...b)], stroke: "ink", width: 2.5 });
      const foot: Pair = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], length = Math.hypot(w[1], w[2]);
      const [fx, fy] = input.point(...foot);
      marks.push({ kind: "line", points: [[fx, fy], [fx + 34 * w[1] / length, fy - 34 * w[2] / length]], stroke: "ink",
        width: 2, arrow: true,
        title: `the weights (${fixed(w[1], 2)}, ${fixed(w[2], 2)}) point to the side of 1` });
    }
    points.forEach(({ at: [x, y], target }, i) => {
      const [px, py] = input.point(x, y), now = last?.point === i;
      if (now) marks.push({ kind: "disc", x: px, y: py, r: 15, fill: "mark", stroke: "ink", width: 2 });
      marks.push({ kind: "disc", x: px, y: py, r: 8, fill: target === 1 ? "ink" : "plate", stroke: "ink", width: 2.5,
        handle: { id: `point:${i}`, label: `point ${i + 1}, target ${target}, at ${fixed(x, 2)}, ${fixed(y, 2)}`,
          drag: "xy" } });
      if (answerOf(w, [x, y]) !== target) {
        const [cx, cy] = [px + 15, py - 15];
        marks.push({ kind: "line", points: [[cx - 5, cy - 5], [cx + 5, cy + 5]], stroke: "bad", width: 2.5 },
          { kind: "line", points: [[cx - 5, cy + 5], [cx + 5, cy - 5]], stroke: "bad", width: 2.5 });
      }
    });
    // The weights' own plane: every point draws a line through it, and wants the weights on one side.
    const solved = slice(shot);
    marks.push({ kind: "text", x: weight.left + 26, y: weight.top - 10, size: 13, fill: "ink-2",
      text: solved.length > 2 ? `framed: all right, at w₀ = ${fixed(w[0], 1)}`
        : `no weights are right at w₀ = ${fixed(w[0], 1)}` });
    if (solved.length > 2) {
      const polygon = solved.map(([x, y]) => weight.point(x, y));
      marks.push({ kind: "line", closed: true, points: polygon, fill: "good", stroke: "none", opacity: 0.16 },
        { kind: "line", closed: true, points: polygon, stroke: "good", width: 2 });
    }
    points.forEach(({ at: [x, y] }, i) => {
      const ends = chord(WEIGHTS, x, y, w[0]);
      if (ends === null) return;
      const now = last?.point === i;
      if (now) marks.push({ kind: "line", points: ends.map((p) => weight.point(...p)), stroke: "mark", width: 7 });
      marks.push({ kind: "line", points: ends.map((p) => weight.point(...p)), stroke: now ? "ink" : "ink-3", width: now
        ? 2 : 1, opacity: now ? 1 : 0.7 });
    });
    marks.push(...path(weight, shot.trail, { stroke: "ink", width: 2, dash: [2, 3] }));
    const dot = weight.point(clamp(w[1], WEIGHTS), clamp(w[2], WEIGHTS));
    if (last !== null && last.answer !== points[last.point].target) {
      const from = weight.point(clamp(last.before[1], WEIGHTS), clamp(last.before[2], WEIGHTS));
      if (Math.hypot(from[0] - dot[0], from[1] - dot[1]) > 4) {
        marks.push({ kind: "line", points: [from, dot], stroke: "mark", width: 9 },
          { kind: "line", points: [from, dot], stroke: "ink", width: 2.5, arrow: true });
      }
    }
    marks.push({ kind: "box", x: dot[0] - 8, y: dot[1] - 8, w: 16, h: 16, fill: "ink", stroke: "plate", width: 2,
      handle: { id: "weights", label: `weights ${fixed(w[1], 1)} and ${fixed(w[2], 1)}`, drag: "xy" } });
    const beadY = bias.top + (WEIGHTS[1] - clamp(w[0], WEIGHTS)) / 5 * bias.h;
    marks.push({ kind: "line", points: [[bias.x, bias.top], [bias.x, bias.top + bias.h]], stroke: "ink-3",
      width: 1.5 });
    marks.push({ kind: "line", points: [[bias.x - 5, bias.top + bias.h / 2], [bias.x + 5, bias.top + bias.h / 2]],
      stroke: "ink-3", width: 1.5 });
    marks.push({ kind: "box", x: bias.x - 8, y: beadY - 8, w: 16, h: 16, fill: "ink", stroke: "plate", width: 2,
      handle: { id: "bias", label: `bias ${fixed(w[0], 1)}`, drag: "y" } });
    marks.push({ kind: "text", x: bias.x, y: bias.top - 10, text: "w₀", anchor: "middle", size: 13, fill: "ink-2" });
    w.forEach((value, i) => {
      const x = 32 + i * 104, y = at.input.bottom < at.weight.top ? at.height - 72 : at.height - 52;
      marks.push(glyph("weight", value, x, y - 5, 15));
      marks.push({ kind: "text", x: x + 15, y, text: `w${subscript(i)} = ${fixed(value, 2)}`, role: "number", size: 14,
        fill: colourOf(value) });
    });
    marks.push(...paragraph(equation(shot), 24, at.input.bottom < at.weight.top ? at.height - 46 : at.height - 26,
      width - 40, { size: 13, fill: "ink" }));
    return { width, height: at.height, marks };
  },
  describe(shot) {
    const { last, points, w } = shot, all = points.length,
      line = `${fixed(w[0], 2)} + ${fixed(w[1], 2)} x₁ + ${fixed(w[2], 2)} x₂`;
    const solved = right(shot);
    if (last === null) return `${solved} of ${all} points are on their side of ${line} = 0. Press step to show the ` +
      `unit one point.`;
    const { target } = points[last.point], error = target - last.answer;
    const what = error === 0 ? "Right, so nothing changes."
      : `Wrong: add ${fixed(shot.rate * error, 2)} times (1, ` +
        `${points[last.point].at.map((v) => fixed(v, 2)).join(", ")}) to the weights.`;
    const end = shot.streak >= all ? ` A whole pass without a mistake: done after ${count(shot.mistakes, "mistake")}.`
      : ` ${count(shot.mistakes, "mistake")} so far; ${solved} of ${all} right now.`;
    return `Point ${last.point + 1} of ${all}: the sum is ${fixed(last.sum, 2)}, the answer ${last.answer}, the ` +
      `target ${target}. ${what}${end}`;
  },
  table: (shot) => ({ head: ["point", "x₁", "x₂", "target", "sum", "answer"],
    rows: shot.points.map(({ at, target }, i) =>
    [String(i + 1), fixed(at[0]), fixed(at[1]), String(target), fixed(sumOf(shot.w, at), 3),
      String(answerOf(shot.w, at))]) }),
  numbers({ last, points, rate, w }) {
    const shown = last === null ? null : points[last.point];
    return {
      next: { kind: "weight", value: last === null ? null : w[1] },
      before: { kind: "weight", value: last === null ? w[1] : last.before[1] },
      rate: { kind: "plain", value: rate },
      error: { kind: "value", value: shown === null || last === null ? null : shown.target - last.answer },
      input: { kind: "value", value: shown === null ? null : shown.at[0] },
    };
  },
  invariants: [
    { name: "weights inside the framed region answer every point rightly", holds(shot) {
      const polygon = slice(shot);
      if (polygon.length < 3) return true;
      const middle = [0, 1].map((k) => polygon.reduce((sum, p) => sum + p[k], 0) / polygon.length);
      return shot.points.every(({ at, target }) => {
        const sum = sumOf([shot.w[0], middle[0], middle[1]], at);
        return Math.abs(sum) < 1e-9 || (sum > 0 ? 1 : 0) === target;
      });
    } },
    { name: "a mistake moves the sum of its point towards the target, by rate times its squared length",
      holds({ last, points, w, rate }) {
      if (last === null) return true;
      const { at, target } = points[last.point], moved = sumOf(w, at) - last.sum;
      return Math.abs(moved - rate * (target - last.answer) * (1 + at[0] ** 2 + at[1] ** 2)) < 1e-9;
    } },
  ],
  cell: ({ points, rate }) => [
    `const x = [[0, 0], [0, 1], [1, 0], [1, 1]], target = ${targetsOf(points)};`,
    "const w = [0, 0, 0]; // the bias first",
    "for (let pass = 0; pass < 20; pass++) {",
    "  for (const [i, [a, b]] of x.entries()) {",
    "    const error = target[i] - (w[0] + w[1] * a + w[2] * b > 0 ? 1 : 0);",
    `    [1, a, b].forEach((input, k) => { w[k] += ${rate} * error * input; });`,
    "  }\n}\n\nw;",
  ].join("\n"),
});

/** The targets of a gate as code; AND stands in for points that are no gate. */
const targetsOf = (name: string): string => JSON.stringify(name in GATES ? GATES[name as keyof typeof GATES]
  : GATES.AND);
/** Where w0 + w1 x + w2 y = 0 meets the border of the inputs' picture. */
const border = (w: State["w"]): readonly Pair[] => chord(INPUTS, w[1], w[2], w[0]) ?? [];
/** The ends of a x + b y + c = 0 in a square. */
function chord(domain: Pair, a: number, b: number, c: number): readonly [Pair, Pair] | null {
  if (a === 0 && b === 0) return null;
  const ends = clip(rectangle(domain, domain), a, b, c).filter(([x, y]) => Math.abs(a * x + b * y + c) < 1e-9);
  return ends.length < 2 ? null : [ends[0], ends[ends.length - 1]];
}
function equation({ last, points, w }: State): string {
  if (last === null) return "Drag points, the square of the weights, or the bias. Press step to learn.";
  const [x, y] = points[last.point].at, [b0, b1, b2] = last.before, { target } = points[last.point];
  const term = (v: number): string => `${v < 0 ? "−" : "+"} ${fixed(Math.abs(v), 2)}`;
  const moved = target === last.answer ? "kept" : `pushed to ${w.map((v) => fixed(v, 2)).join(", ")}`;
  return `sum = ${fixed(b0, 2)} ${term(b1)} · ${fixed(x, 2)} ${term(b2)} · ${fixed(y, 2)} = ${fixed(last.sum, 2)}, ` +
    `answer ${last.answer}, target ${target}: ${moved}`;
}
