import { F, tensor, type Tensor } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed, percent } from "@gradus/lessons/draw/number";
import { plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { edge } from "@gradus/lessons/draw/edge";

const REACH = 3, SIDE: Pair = [-REACH, REACH], D = 2;
const NAMES = ["A", "B", "C", "D"] as const;
const COLOURS: readonly Colour[] = ["series-1", "series-2", "series-3", "series-4"];
const KEYS: readonly Pair[] = [[2, 1], [-1, 2], [-2, -1], [1, -2]];
const VALUES: readonly Pair[] = [[2.2, 2], [-2.4, 1.6], [-1.4, -2.2], [2, -1.6]];
const QUERY: Pair = [1.2, 1.4];

/** What stands in the arithmetic beside an item: two products, their scaled sum, its exponential, its weight. */
interface Row { readonly products: Pair; readonly score: number; readonly power: number; readonly weight: number }
interface State {
  readonly sharpness: number;
  query: Pair; keys: Pair[]; values: Pair[];
  rows: Row[]; total: number; result: Pair;
  /** Largest difference between the engine’s result and the sums written here. */
  apart: number;
  /** Operations walked so far; 0 shows all of them. */
  at: number;
}
const COLUMNS = 5, STEPS = NAMES.length * COLUMNS + NAMES.length;
const matrix = (rows: readonly Pair[]): Tensor => tensor(rows.map((row) => [...row]));

async function look(state: State): Promise<State> {
  const { query, keys, values, sharpness } = state, scale = sharpness / Math.sqrt(D);
  const q = matrix([query]), k = matrix(keys), v = matrix(values);
  const weights = await F.attentionWeights(q, k, { scale }).data();
  const [x, y] = await F.scaledDotProductAttention(q, k, v, { scale }).data();
  const scores = keys.map(([a, b]): Pair => [query[0] * a, query[1] * b]);
  const powers = scores.map(([a, b]) => Math.exp((a + b) * scale));
  state.total = powers.reduce((a, b) => a + b, 0);
  state.rows = scores.map((products, i) => ({ products, score: (products[0] + products[1]) * scale, power: powers[i],
    weight: weights[i] }));
  state.result = [x, y];
  const mixed = [0, 1].map((axis) => values.reduce((sum, value, i) => sum + powers[i] / state.total * value[axis], 0));
  state.apart = Math.max(Math.abs(mixed[0] - x), Math.abs(mixed[1] - y));
  return state;
}

interface Layout { readonly asking: Plot; readonly giving: Plot; readonly height: number;
  readonly sums: { readonly left: number; readonly top: number; readonly width: number } }
function layout(width: number): Layout {
  const wide = width >= 940, stacked = width < 560;
  const size = wide ? 290 : stacked ? Math.min(width - 44, 280) : Math.min(300, (width - 96) / 2);
  const make = (left: number, top: number): Plot =>
    plot({ left, top, width: size, height: size, x: SIDE, y: SIDE, xTicks: 6, yTicks: 6, zero: true });
  const left = stacked ? 30 : wide ? 30 : (width - 2 * size - 52) / 2 + 14;
  const asking = make(left, 30);
  const giving = stacked ? make(left, asking.bottom + 58) : make(asking.right + 46, 30);
  const sums = wide ? { left: giving.right + 34, top: 56, width: width - giving.right - 48 }
    : { left: stacked ? 10 : left - 20, top: giving.bottom + 60,
      width: stacked ? width - 20 : giving.right - left + 20 };
  return { asking, giving, sums, height: wide ? giving.bottom + 36 : sums.top + 220 };
}
const round = (value: number): number => Math.round(20 * value) / 20 + 0;
/** Whether an operation of the walk is done: row by row the first four columns, then all weights, then the mixing. */
function place(step: number): { readonly row: number; readonly column: number } {
  const n = NAMES.length;
  if (step <= 4 * n) return { row: Math.floor((step - 1) / 4), column: (step - 1) % 4 };
  if (step <= 5 * n) return { row: step - 4 * n - 1, column: 4 };
  return { row: step - 5 * n - 1, column: 5 };
}
function doneAt(at: number, row: number, column: number): boolean {
  if (at === 0) return true;
  for (let step = 1; step <= at; step++) {
    const here = place(step);
    if (here.row === row && here.column === column) return true;
  }
  return false;
}

export default defineFigure({
  id: "soft-lookup",
  title: "A lookup that mixes",
  question: "A dictionary gives the value whose key is the one you asked for. What if no key fits exactly?",
  params: {
    sharpness: { kind: "number", label: "all scores times", value: 1, min: 0.1, max: 10, step: 0.1, scale: "log" },
  },
  init: ({ sharpness }): Promise<State> => look({ sharpness, query: QUERY, keys: [...KEYS], values: [...VALUES],
    rows: [], total: 1, result: [0, 0], apart: 0, at: 0 }),
  step(state) {
    state.at++;
    return state;
  },
  done: ({ at }) => at >= STEPS,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { asking, giving } = layout(action.width), [kind, which] = action.id.split(":");
    const on = kind === "value" ? giving : asking;
    const moved: Pair = [round(on.x.invert(action.x)), round(on.y.invert(action.y))];
    if (kind === "query") state.query = moved;
    else (kind === "key" ? state.keys : state.values)[Number(which)] = moved;
    state.at = 0;
    return look(state);
  },
  snapshot: ({ sharpness, query, keys, values, rows, total, result, apart, at }) =>
    ({ sharpness, query, keys: [...keys], values: [...values], rows: [...rows], total, result, apart, at }),

  view({ query, keys, values, rows, result, at }, { width }: Frame): Scene {
    const { asking, giving, sums, height } = layout(width), now = at === 0 ? null : place(at);
    const marks: Mark[] = [...asking.marks, ...giving.marks];
    const caption = (on: Plot, text: string): Mark =>
      ({ kind: "text", x: on.left, y: on.top - 11, text, size: 13, fill: "ink-2" });
    marks.push(caption(asking, "query and keys"), caption(giving, "values, and what comes out"));
    keys.forEach((key, i) => {
      const tip = asking.point(...key);
      marks.push(...edge(asking.point(0, 0), tip, { to: 11, stroke: COLOURS[i], width: 2, dash: [5, 3] }));
      marks.push({ kind: "disc", x: tip[0], y: tip[1], r: 11, fill: "plate", stroke: COLOURS[i], width: 2,
        title: `key ${NAMES[i]}: score ${fixed(rows[i].score)}`,
        handle: { id: `key:${i}`, label: `key ${NAMES[i]}, ${fixed(key[0])} and ${fixed(key[1])}`, drag: "xy" } },
      { kind: "text", x: tip[0], y: tip[1] + 4.5, anchor: "middle", size: 13, bold: true, text: NAMES[i] });
    });
    const tip = asking.point(...query);
    marks.push(...edge(asking.point(0, 0), tip, { to: 11, width: 2.5, stroke: "ink" }),
      { kind: "disc", x: tip[0], y: tip[1], r: 11, fill: "mark", stroke: "ink", width: 2,
        handle: { id: "query", label: `query, ${fixed(query[0])} and ${fixed(query[1])}`, drag: "xy" } },
      { kind: "text", x: tip[0], y: tip[1] + 4.5, anchor: "middle", size: 13, role: "symbol", fill: "on-mark",
        text: "q" });
    const [x, y] = giving.point(...result);
    values.forEach((value, i) => {
      const { weight } = rows[i], [u, v] = giving.point(...value);
      const lit = now !== null && now.column === 5 && now.row === i;
      marks.push({ kind: "line", points: [[u, v], [x, y]], stroke: COLOURS[i], width: 1 + 9 * weight,
        opacity: lit || now === null ? 0.8 : 0.35 });
    });
    values.forEach((value, i) => {
      const [u, v] = giving.point(...value);
      marks.push({ kind: "disc", x: u, y: v, r: 11, fill: "plate", stroke: COLOURS[i], width: 2,
        title: `value ${NAMES[i]}, weight ${percent(rows[i].weight)}`,
        handle: { id: `value:${i}`, label: `value ${NAMES[i]}, ${fixed(value[0])} and ${fixed(value[1])}`,
          drag: "xy" } },
      { kind: "text", x: u, y: v + 4.5, anchor: "middle", size: 13, bold: true, text: NAMES[i] });
    });
    marks.push({ kind: "disc", x, y, r: 7, fill: "mark", stroke: "ink", width: 2, title: "what comes out" });
    marks.push(...arithmetic(rows, sums, at));
    const shown = at === 0 || at > 20;
    marks.push({ kind: "text", x: sums.left + 2, y: sums.top + 188, size: 13, role: "number",
      text: shown ? `out = (${fixed(result[0])}, ${fixed(result[1])})` : "" });
    return { width, height, marks };
  },
  describe({ query, keys, values, rows, total, result, at, sharpness }) {
    const best = rows.reduce((a, row, i) => (row.weight > rows[a].weight ? i : a), 0);
    if (at === 0) {
      return `The query (${fixed(query[0])}, ${fixed(query[1])}) fits key ${NAMES[best]} best, with weight ` +
        `${percent(rows[best].weight)}. What comes out, (${fixed(result[0])}, ${fixed(result[1])}), is a mix of all ` +
        "four values. Drag anything, or step through the sums.";
    }
    const { row, column } = place(at), name = NAMES[row], { products, score, power, weight } = rows[row];
    const [a, b] = keys[row], signed = (value: number): string => (value < 0 ? `(${fixed(value)})` : fixed(value));
    switch (column) {
      case 0: return `Key ${name}, first number: ${signed(query[0])} · ${signed(a)} = ${fixed(products[0])}.`;
      case 1: return `Key ${name}, second number: ${signed(query[1])} · ${signed(b)} = ${fixed(products[1])}.`;
      case 2: return `Score of ${name}: (${fixed(products[0])} + ${signed(products[1])}) / √2` +
        `${sharpness === 1 ? "" : ` · ${fixed(sharpness, 1)}`} = ${fixed(score)}.`;
      case 3: return `Exponential of ${fixed(score)}: ${fixed(power)}. It is above 0, whatever the score.`;
      case 4: return `Weight of ${name}: ${fixed(power)} / ${fixed(total)} = ${fixed(weight, 3)}.`;
      default: return `Value ${name} enters with ${fixed(weight, 3)} · (${fixed(values[row][0])}, ` +
        `${fixed(values[row][1])}) = (${fixed(weight * values[row][0])}, ${fixed(weight * values[row][1])})` +
        `${row === NAMES.length - 1 ? `; all four add up to (${fixed(result[0])}, ${fixed(result[1])})` : ""}.`;
    }
  },
  table: ({ rows, keys, values }) => ({ head: ["item", "key", "score", "weight", "value"],
    rows: rows.map(({ score, weight }, i) => [NAMES[i], keys[i].map((v) => fixed(v)).join(", "), fixed(score),
      percent(weight), values[i].map((v) => fixed(v)).join(", ")]) }),
  invariants: [
    { name: "weights are above zero and add up to 1", holds: ({ rows }) => rows.every(({ weight }) => weight >= 0)
      && Math.abs(rows.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-5 },
    { name: "the engine’s result is the sum of weights times values", holds: ({ apart }) => apart < 1e-4 },
    { name: "what comes out lies among the values, never beyond them", holds: ({ values, result }) =>
      [0, 1].every((axis) => result[axis] <= Math.max(...values.map((v) => v[axis])) + 1e-5
        && result[axis] >= Math.min(...values.map((v) => v[axis])) - 1e-5) },
    { name: "a difference of scores is the logarithm of a ratio of weights", holds: ({ rows: [a, b] }) =>
      a.weight < 1e-5 || b.weight < 1e-5
        || Math.abs(Math.log(a.weight / b.weight) - (a.score - b.score)) < 2e-3 },
  ],
  cell: ({ sharpness }) => [
    'import { F, tensor } from "gradus";',
    "",
    `const query = tensor([[${QUERY.join(", ")}]]);`,
    `const keys = tensor([${KEYS.map((key) => `[${key.join(", ")}]`).join(", ")}]);`,
    `const values = tensor([${VALUES.map((value) => `[${value.join(", ")}]`).join(", ")}]);`,
    `const scores = query.matmul(keys.T).mul(${sharpness} / Math.sqrt(2));`,
    "const weights = F.softmax(scores, 1);",
    "console.log(await weights.array());",
    "weights.matmul(values);",
  ].join("\n"),
});

/** The sums, a row for each item; the operation that is walked now stands on the mark. */
function arithmetic(rows: readonly Row[], { left, top, width }: Layout["sums"], at: number): Mark[] {
  const now = at === 0 ? null : place(at), first = 26, bar = width >= 420 ? 90 : 0;
  const step = (width - first - bar) / COLUMNS, x = (column: number): number => left + first + step * (column + 1) - 8;
  const heads = ["q₁k₁", "q₂k₂", "score", "exp", "weight"], marks: Mark[] = [];
  heads.forEach((text, column) => {
    marks.push({ kind: "text", x: x(column), y: top, text, anchor: "end", size: 13, fill: "ink-2",
      role: column < 2 ? "symbol" : "label" });
  });
  rows.forEach(({ products, score, power, weight }, row) => {
    const y = top + 34 + 34 * row;
    marks.push({ kind: "disc", x: left + 11, y: y - 5, r: 10, fill: "plate", stroke: COLOURS[row], width: 2 },
      { kind: "text", x: left + 11, y: y - 0.5, anchor: "middle", size: 13, bold: true, text: NAMES[row] });
    const numbers = [fixed(products[0]), fixed(products[1]), fixed(score),
      power < 1000 ? fixed(power) : fixed(power, 0), fixed(weight, 3)];
    numbers.forEach((text, column) => {
      if (!doneAt(at, row, column)) return;
      const lit = now?.row === row && now.column === column, size = text.length > 7 ? 12 : 13;
      if (lit) {
        marks.push({ kind: "box", x: x(column) - step + 12, y: y - 19, w: step - 6, h: 28, fill: "mark", stroke: "ink",
          width: 1.5, round: 3 });
      }
      marks.push({ kind: "text", x: x(column), y, text, anchor: "end", size, role: "number",
        fill: lit ? "on-mark" : "ink" });
    });
    if (bar > 0 && doneAt(at, row, 4)) {
      marks.push({ kind: "box", x: left + width - bar + 8, y: y - 13, w: clamp(weight, [0, 1]) * (bar - 10), h: 15,
        fill: COLOURS[row], title: percent(weight) });
    }
  });
  return marks;
}
