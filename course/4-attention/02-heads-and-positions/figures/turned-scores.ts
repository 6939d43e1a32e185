import { arange, F, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { edge } from "@gradus/lessons/draw/edge";
import { fixed, percent } from "@gradus/lessons/draw/number";
import { plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const T = 12, REACH = 3, HEADS = 8;
const METHODS = ["rotary", "ALiBi", "sines added", "none"] as const;
type Method = (typeof METHODS)[number];

interface State {
  readonly method: Method; readonly rate: number;
  query: Pair; key: Pair;
  /** The places compared: row and column. */
  at: number; to: number;
  scores: number[]; weights: number[];
  /** Query and key as they are compared in the chosen places. */
  shown: readonly [Pair, Pair];
}
/** ALiBi’s head whose slope, 2^-h, is nearest to the rate. */
const headOf = (rate: number): number => clamp(Math.round(-Math.log2(rate)), [1, HEADS]);

async function look(state: State): Promise<State> {
  const { method, rate, query, key, at, to } = state, positions = arange(T).to("f32").mul(rate);
  const rows = (of: Pair): Tensor => tensor(Array.from({ length: T }, () => [...of]));
  const place = (x: Tensor): Tensor => {
    switch (method) {
      case "rotary": return F.rotary(x, { positions });
      case "sines added": return x.add(F.sinusoidalPositions(positions, 2));
      default: return x;
    }
  };
  const q = place(rows(query)), k = place(rows(key)), plain = q.matmul(k.T).div(Math.sqrt(2));
  const scores = method === "ALiBi" ? plain.add(F.alibi(HEADS, T).select(0, headOf(rate) - 1)) : plain;
  const bias = method === "ALiBi" ? { mask: F.alibi(HEADS, T).select(0, headOf(rate) - 1) } : {};
  state.scores = Array.from(await scores.data());
  state.weights = Array.from(await F.attentionWeights(q, k, { ...bias, causal: true }).data());
  const turned = await q.data(), other = await k.data();
  state.shown = [[turned[2 * at], turned[2 * at + 1]], [other[2 * to], other[2 * to + 1]]];
  return state;
}

interface Layout { readonly plane: Plot; readonly grid: { readonly x: number; readonly y: number;
  readonly side: number }; readonly bars: { readonly x: number; readonly y: number; readonly w: number };
  readonly height: number }
function layout(width: number): Layout {
  const wide = width >= 620, size = wide ? Math.min(400, (width - 130) / 2) : Math.min(width - 50, 270);
  const plane = plot({ left: 34, top: 34, width: size, height: size, x: [-REACH, REACH], y: [-REACH, REACH], zero: true,
    xTicks: 6, yTicks: 6 });
  const x = wide ? plane.right + 60 : 46, y = wide ? 52 : plane.bottom + 84, side = wide ? size - 18 : width - 62;
  const bars = { x, y: y + side + 54, w: side };
  return { plane, grid: { x, y, side }, bars, height: bars.y + 88 };
}
const round = (value: number): number => Math.round(20 * value) / 20 + 0;

export default defineFigure({
  id: "turned-scores",
  title: "Turn it, bend it, or add to it",
  question: "The same two words stand at different places. How does their score learn about the distance?",
  params: {
    method: { kind: "choice", label: "positions by", value: "rotary", choices: METHODS },
    rate: { kind: "number", label: "radians (or slope) per place", value: 0.25, min: 0.05, max: 1, step: 0.05 },
  },
  init: ({ method, rate }): Promise<State> => look({ method, rate, query: [2, 0.5], key: [1.6, 1.2], at: 7, to: 4,
    scores: [], weights: [], shown: [[0, 0], [0, 0]] }),
  step(state) {
    state.at++;
    state.to++;
    return look(state);
  },
  done: ({ at, to }) => Math.max(at, to) >= T - 1,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { plane, grid } = layout(action.width), cell = grid.side / T;
    if (action.id === "cell") {
      state.to = clamp(Math.floor((action.x - grid.x) / cell), [0, T - 1]);
      state.at = clamp(Math.floor((action.y - grid.y) / cell), [state.to, T - 1]);
    } else {
      state[action.id === "query" ? "query" : "key"] =
        [round(plane.x.invert(action.x)), round(plane.y.invert(action.y))];
    }
    return look(state);
  },
  snapshot: ({ method, rate, query, key, at, to, scores, weights, shown }) => ({ method, rate, query, key, at, to,
    scores: [...scores], weights: [...weights], shown }),

  view({ query, key, at, to, scores, weights, shown }, { width }: Frame): Scene {
    const { plane, grid, bars, height } = layout(width), marks: Mark[] = [...plane.marks], cell = grid.side / T;
    marks.push({ kind: "text", x: plane.left, y: 22, size: 13, fill: "ink-2",
      text: "dashed: as dragged; solid: in their places" });
    const zero = plane.point(0, 0);
    const inside = ([a, b]: Pair): readonly [number, number] =>
      plane.point(clamp(a, [-REACH, REACH]), clamp(b, [-REACH, REACH]));
    const arrow = (name: "q" | "k", raw: Pair, now: Pair, colour: "series-1" | "series-2", place: number): void => {
      const from = plane.point(...raw), tip = inside(now), off = Math.hypot(tip[0] - from[0], tip[1] - from[1]) < 14
        ? 14 : 7;
      marks.push({ kind: "line", points: [zero, from], stroke: colour, width: 1.5, dash: [5, 3] },
        ...edge(zero, tip, { stroke: colour, width: 3 }),
        { kind: "text", x: tip[0] + (tip[0] > zero[0] ? 1 : -1) * off, y: tip[1] + (tip[1] > zero[1] ? 16 : -6),
          size: 13,
          role: "symbol", anchor: tip[0] > plane.right - 34 ? "end" : tip[0] > zero[0] ? "start" : "end",
          text: `${name} at ${place}` },
        { kind: "disc", x: from[0], y: from[1], r: 10, fill: "plate", stroke: colour, width: 2,
          handle: { id: name === "q" ? "query" : "key", drag: "xy",
            label: `${name === "q" ? "query" : "key"}, ${fixed(raw[0])} and ${fixed(raw[1])}` } },
        { kind: "text", x: from[0], y: from[1] + 4.5, anchor: "middle", size: 13, role: "symbol", text: name });
    };
    arrow("k", key, shown[1], "series-2", to);
    arrow("q", query, shown[0], "series-1", at);
    const { x, y, side } = grid;
    marks.push({ kind: "text", x, y: y - 26, size: 13, fill: "ink-2",
      text: "score of place (row) with place (column)" });
    const past = scores.map((score, i) => (i % T <= Math.floor(i / T) ? score : 0));
    marks.push({ kind: "cells", x, y, w: side, h: side, rows: T, columns: T, values: past,
      scale: Math.max(2, ...past.map(Math.abs)) });
    for (let i = 0; i < T; i += 2) {
      marks.push({ kind: "text", x: x + (i + 0.5) * cell, y: y - 6, anchor: "middle", size: 12, role: "number",
        fill: "ink-2", text: String(i) }, { kind: "text", x: x - 7, y: y + (i + 0.5) * cell + 4, anchor: "end",
        size: 12, role: "number", fill: "ink-2", text: String(i) });
    }
    // Equal distance: one diagonal.
    const first = at - to;
    marks.push({ kind: "line", points: [[x + cell / 2, y + (first + 0.5) * cell],
      [x + (T - 1 - first + 0.5) * cell, y + side - cell / 2]], stroke: "ink", width: 1.2, dash: [3, 3] });
    marks.push({ kind: "box", x: x + to * cell - 1, y: y + at * cell - 1, w: cell + 2, h: cell + 2, stroke: "ink",
      width: 5 }, { kind: "box", x: x + to * cell - 1, y: y + at * cell - 1, w: cell + 2, h: cell + 2, fill: "none",
      stroke: "mark", width: 2.5, handle: { id: "cell", drag: "xy", step: Math.max(6, Math.round(cell)),
        label: `place ${at} looks at place ${to}, score ${fixed(scores[at * T + to])}` } });
    marks.push({ kind: "text", x, y: y + side + 20, size: 13, role: "number",
      text: `${at} looks at ${to}: score ${fixed(scores[at * T + to])}` });
    const row = weights.slice(at * T, (at + 1) * T), full = Math.max(...row);
    marks.push({ kind: "text", x: bars.x, y: bars.y - 10, size: 13, fill: "ink-2", text: `weights of place ${at}` },
      { kind: "line", points: [[bars.x, bars.y + 62], [bars.x + bars.w, bars.y + 62]], stroke: "ink-3", width: 1 });
    row.forEach((w, i) => {
      const high = 56 * w / full;
      marks.push({ kind: "box", x: bars.x + i * cell + 2, y: bars.y + 62 - high, w: cell - 4, h: high,
        fill: i === to ? "mark" : "series-1", stroke: i === to ? "ink" : "series-1", width: 1,
        title: `place ${i}: ${percent(w)}` });
    });
    return { width, height, marks };
  },
  describe({ method, rate, query, key, at, to, scores, weights }) {
    const plain = (query[0] * key[0] + query[1] * key[1]) / Math.sqrt(2), way: Readonly<Record<Method, string>> = {
      "rotary": `turned by ${fixed(rate * at)} and ${fixed(rate * to)} radians`,
      "ALiBi": `less ${fixed(2 ** -headOf(rate), 3)} for each of ${at - to} places between`,
      "sines added": "each with its place’s sine and cosine added", "none": "whatever their places" };
    return `Query at place ${at}, key at place ${to}, ${way[method]}: score ${fixed(scores[at * T + to])}, where the ` +
      `plain one is ${fixed(plain)}. The key gets ${percent(weights[at * T + to])} of the weight. Step moves both on ` +
      "by one place.";
  },
  table: ({ at, scores, weights }) => ({ head: ["place", "distance", "score", "weight"],
    rows: Array.from({ length: at + 1 }, (_, i) => [String(i), String(at - i), fixed(scores[at * T + i], 3),
      percent(weights[at * T + i])]) }),
  invariants: [
    { name: "rotary, ALiBi and none: the score depends on the distance alone", holds: ({ method, scores }) =>
      method === "sines added" || scores.every((score, i) => {
        const t = Math.floor(i / T), s = i % T;
        return t === 0 || s === 0 || Math.abs(score - scores[(t - 1) * T + s - 1]) < 1e-3;
      }) },
    { name: "turning keeps lengths", holds: ({ method, query, key, shown }) => method !== "rotary"
      || [query, key].every((raw, i) => Math.abs(Math.hypot(...raw) - Math.hypot(...shown[i])) < 1e-4) },
    { name: "at distance 0 rotary and ALiBi change nothing", holds: ({ method, query, key, scores }) =>
      (method !== "rotary" && method !== "ALiBi")
        || Math.abs(scores[0] - (query[0] * key[0] + query[1] * key[1]) / Math.sqrt(2)) < 1e-3 },
    { name: "weights of a place and of what came before it add up to 1", holds: ({ at, weights }) =>
      Math.abs(weights.slice(at * T, at * T + at + 1).reduce((a, b) => a + b, 0) - 1) < 1e-4 },
  ],
  cell: ({ rate }) => [
    'import { arange, F, tensor } from "gradus";',
    "",
    `const positions = arange(12).to("f32").mul(${rate});`,
    "const rows = (x) => tensor(Array.from({ length: 12 }, () => x));",
    "const q = F.rotary(rows([2, 0.5]), { positions }), k = F.rotary(rows([1.6, 1.2]), { positions });",
    "q.matmul(k.T);                                     // constant along each diagonal",
  ].join("\n"),
});
