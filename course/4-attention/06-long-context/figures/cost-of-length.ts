import { compile, concat, F, manualSeed, noGrad, ones, randn, scan, zeros, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { power } from "@gradus/lessons/draw/powers";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

/** Chunks of 64; lengths are powers of two, timed up to 1,024. */
const C = 64, FIRST = 6, LAST = 17, TIMED = 10;
const WAYS = ["full", "chunked", "linear", "recurrence"] as const;
type Way = (typeof WAYS)[number];
const LOOKS = { full: { stroke: "series-2", dash: [] }, chunked: { stroke: "series-1", dash: [8, 4] },
  linear: { stroke: "series-3", dash: [2, 4] }, recurrence: { stroke: "series-4", dash: [10, 3, 2, 3] } } as const;
const COUNTED = ["multiplications", "numbers held"] as const;
type Counted = (typeof COUNTED)[number];

interface Cost { readonly multiplications: number; readonly held: number }
/** What one causal head of d features costs at a length T; `held` is what stands between input and output at once. */
function costOf(way: Way, T: number, d: number): Cost {
  const chunks = T / C;
  let multiplications = 0;
  switch (way) {
    case "full": return { multiplications: 2 * T * T * d, held: T * T };          // scores, then the mix of values
    case "chunked":                                                               // a chunk sees up to its own end
      for (let i = 1; i <= chunks; i++) multiplications += 2 * C * (C * i) * d;
      return { multiplications, held: C * T };
    // Values have a column of ones beside them, for the sum of the weights.
    case "linear": return { multiplications: chunks * C * C * (2 * d + 1) + (chunks > 1 ? 2 * T * d * (d + 1) : 0),
      held: chunks * (C * C + d * (d + 1)) };
    case "recurrence": return { multiplications: 2 * T * d * (d + 1), held: d * (d + 1) };
  }
}

interface Time { readonly T: number; readonly milliseconds: readonly number[];
  /** Largest differences: chunked from full, recurrence from linear. */
  readonly off: readonly [number, number] }
interface State { readonly d: number; readonly counted: Counted; readonly seed: number; at: number; clock: boolean;
  times: Time[] }

const feature = (x: Tensor): Tensor => F.elu(x).add(1);
const mean = (sums: Tensor, d: number): Tensor => sums.narrow(-1, 0, d).div(sums.narrow(-1, d, 1));
/** The four ways as compiled programs of q, k, v (T, d). */
function programs(T: number, d: number): Record<Way, (q: Tensor, k: Tensor, v: Tensor) => Tensor> {
  const headed = (x: Tensor): Tensor => x.reshape([1, T, 1, x.shape[1]]);
  const extended = (v: Tensor): Tensor => concat([v, ones([T, 1])], 1);
  return {
    // Not scaledDotProductAttention, which works in chunks itself where texts are long.
    full: compile((q: Tensor, k: Tensor, v: Tensor) => F.attentionWeights(q, k, { causal: true }).matmul(v)),
    chunked: compile((q: Tensor, k: Tensor, v: Tensor) => F.chunkedAttention(q, k, v, { causal: true, chunk: C })),
    linear: compile((q: Tensor, k: Tensor, v: Tensor) => mean(F.linearAttention(headed(feature(q)), headed(feature(k)),
      headed(extended(v)), { chunk: C }).reshape([T, d + 1]), d)),
    recurrence: compile((q: Tensor, k: Tensor, v: Tensor) => {
      const { results: [y] } = scan([zeros([d, d + 1])], [feature(q), feature(k), extended(v)], [],
        ([state], [qt, kt, vt]) => {
          const next = state.add(kt.unsqueeze(1).mul(vt.unsqueeze(0)));
          return { carries: [next], results: [qt.unsqueeze(0).matmul(next).squeeze(0)] };
        });
      return mean(y, d);
    }),
  };
}
async function measure(state: State): Promise<State> {
  const { at, clock, d, seed, times } = state, T = 2 ** at;
  if (!clock || at > TIMED || times.some((time) => time.T === T)) return state;
  manualSeed(seed);
  const q = randn([T, d]), k = randn([T, d]), v = randn([T, d]), made = programs(T, d);
  const results: ArrayLike<number>[] = [], milliseconds: number[] = [];
  for (const way of WAYS) {
    const run = (): Promise<ArrayLike<number>> => noGrad(() => made[way](q, k, v)).data();
    results.push(await run());                                                    // the first run compiles
    let best = Infinity;
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      await run();
      best = Math.min(best, performance.now() - start);
    }
    milliseconds.push(best);
  }
  const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
    Array.from(a, (x, i) => Math.abs(x - b[i])).reduce((x, y) => Math.max(x, y), 0);
  state.times = [...times, { T, milliseconds, off: [apart(results[0], results[1]), apart(results[2], results[3])] as
    const }].sort((a, b) => a.T - b.T);
  return state;
}

const SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const tenTo = (k: number): string => `10${[...String(k)].map((digit) => SUPER[Number(digit)]).join("")}`;
const UNITS = ["", " thousand", " million", " billion", " trillion"];
function large(value: number): string {
  const group = clamp(Math.floor(Math.log10(Math.max(value, 1)) / 3), [0, UNITS.length - 1]);
  const share = value / 1000 ** group;
  return `${fixed(share, group === 0 || share >= 100 ? 0 : 1)}${UNITS[group]}`;
}
/** 32-bit numbers as room. */
function room(numbers: number): string {
  const bytes = 4 * numbers, [size, unit] = bytes >= 1e9 ? [1e9, "GB"] : bytes >= 1e6 ? [1e6, "MB"] : [1e3, "kB"];
  return `${fixed(bytes / size, 1)} ${unit}`;
}
const timeOf = (milliseconds: number): string => `${fixed(milliseconds, milliseconds < 10 ? 2 : 1)} ms`;

interface Layout { readonly counts: Plot; readonly clock: Plot; readonly button: { readonly x: number;
  readonly y: number }; readonly legend: number; readonly height: number }
const RANGES: Readonly<Record<Counted, Pair>> = { "multiplications": [4, 13], "numbers held": [2, 11] };
const DURATIONS: Pair = [-2, 3];
function layout(width: number, counted: Counted): Layout {
  const { at: [a, b], height } = panels(width, { shares: [1.25, 1], height: 388, heights: [360, 380],
    narrow: 640 });
  const inner = (p: typeof a, down: number): { left: number; top: number; width: number; height: number } =>
    ({ left: p.x + 40, top: p.y + down, width: p.w - 48, height: p.h - down - 58 });
  const counts = plot({ ...inner(a, 78), x: [FIRST - 0.5, LAST + 0.2], y: RANGES[counted], xTicks: 0, yTicks: 0 });
  const clock = plot({ ...inner(b, 78), x: [FIRST - 0.3, TIMED + 0.3], y: DURATIONS, xTicks: 0, yTicks: 0 });
  return { counts, clock, button: { x: clock.left, y: b.y + 8 }, legend: a.y + 20, height };
}
/** Lines at powers of ten, and lengths below. */
function axes(on: Plot, lengths: readonly number[], name: (k: number) => string): Mark[] {
  const marks: Mark[] = [], [from, to] = on.y.domain;
  for (let k = from; k <= to; k++) {
    marks.push({ kind: "line", points: [[on.left - 4, on.y(k)], [on.right, on.y(k)]], stroke: "hair", width: 1 });
    marks.push({ kind: "text", x: on.left - 7, y: on.y(k) + 4, anchor: "end", size: 12, role: "number", fill: "ink-2",
      text: name(k) });
  }
  for (const n of lengths) {
    marks.push({ kind: "line", points: [[on.x(n), on.bottom], [on.x(n), on.bottom + 4]], stroke: "ink-3", width: 1 },
      { kind: "text", x: on.x(n), y: on.bottom + 18, anchor: "middle", size: 12, role: "number", fill: "ink-2",
        text: n < 10 ? String(2 ** n) : `${2 ** (n - 10)}k` });
  }
  marks.push({ kind: "text", x: on.right, y: on.bottom + 36, anchor: "end", size: 13, fill: "ink-2",
    text: "length T" });
  return marks;
}

export default defineFigure({
  id: "cost-of-length",
  title: "What a longer text costs, here",
  question: "When the text doubles, what doubles, and what is four times as much?",
  params: {
    counted: { kind: "choice", label: "counted", value: "multiplications", choices: COUNTED },
    d: { kind: "number", label: "features of the head, d", value: 32, min: 16, max: 64, step: 16 },
  },
  init: ({ counted, d }, seed): State => ({ d, counted, seed, at: FIRST, clock: false, times: [] }),
  step(state) {
    state.at++;
    return measure(state);
  },
  done: ({ at }) => at >= LAST,
  act(state, action) {
    if (action.type === "press") state.clock = !state.clock;
    else if (action.type === "drag") {
      state.at = clamp(Math.round(layout(action.width, state.counted).counts.x.invert(action.x)), [FIRST, LAST]);
    }
    return measure(state);
  },
  snapshot: ({ d, counted, at, clock, times }) => ({ d, counted, clock, at, times: [...times],
    costs: Array.from({ length: LAST - FIRST + 1 }, (_, i) => WAYS.map((way) => costOf(way, 2 ** (FIRST + i), d))) }),

  view({ counted, clock, at, times, costs }, { width }: Frame): Scene {
    const { counts, clock: on, button, legend, height } = layout(width, counted);
    const marks: Mark[] = [...counts.marks, ...axes(counts, [6, 9, 11, 13, 15, 17], tenTo), ...on.marks,
      ...axes(on, [6, 7, 8, 9, 10], (k) => fixed(10 ** k, Math.max(0, -k)))];
    const value = ({ multiplications, held }: Cost): number => (counted === "multiplications" ? multiplications : held);
    const x = counts.x(at), third = (counts.right - counts.left) / 2;
    marks.push({ kind: "line", points: [[x, counts.top], [x, counts.bottom]], stroke: "mark", width: 8 });
    WAYS.forEach((way, i) => {
      const style = { ...LOOKS[way], width: 2.5 };
      const left = counts.left + (i % 2) * third, y = legend + 18 * Math.floor(i / 2);
      marks.push(...path(counts, costs.map((cost, n): Pair => [FIRST + n, power(value(cost[i]), RANGES[counted])]),
        style), { kind: "disc", x, y: counts.y(power(value(costs[at - FIRST][i]), RANGES[counted])), r: 4.5,
        fill: LOOKS[way].stroke, stroke: "plate", width: 1.5 });
      marks.push({ kind: "line", points: [[left, y - 4], [left + 28, y - 4]], ...style },
        { kind: "text", x: left + 34, y, text: way, size: 13 });
    });
    marks.push({ kind: "text", x: counts.left, y: counts.top - 16, size: 13, fill: "ink-2", text: counted });
    marks.push({ kind: "disc", x, y: counts.top, r: 8, fill: "mark", stroke: "ink", width: 2, handle: { id: "at",
      label: `length ${fixed(2 ** at, 0)}`, drag: "x", step: counts.x(FIRST + 1) - counts.x(FIRST) } });
    // What the clock of this machine says.
    marks.push({ kind: "box", x: button.x, y: button.y, w: 150, h: 30, round: 5, fill: clock ? "mark" : "plate",
      stroke: "ink", width: 1.5, handle: { id: "clock", label: clock ? "stop timing" : "time it here", press: true } },
    { kind: "text", x: button.x + 75, y: button.y + 20, anchor: "middle", size: 14, fill: clock ? "on-mark" : "ink",
      text: clock ? "timing is on" : "time it here" },
    { kind: "text", x: on.left, y: on.top - 16, size: 13, fill: "ink-2", text: "milliseconds on this machine" });
    if (times.length === 0) {
      marks.push({ kind: "text", x: (on.left + on.right) / 2, y: (on.top + on.bottom) / 2 - 8, anchor: "middle",
        size: 13, fill: "ink-2", text: "nothing measured yet:" }, { kind: "text", x: (on.left + on.right) / 2,
        y: (on.top + on.bottom) / 2 + 12, anchor: "middle", size: 13, fill: "ink-2", text: "press, then step" });
    }
    WAYS.forEach((way, i) => {
      const points = times.map(({ T, milliseconds }): Pair => [Math.log2(T), power(milliseconds[i], DURATIONS)]);
      marks.push(...path(on, points, { ...LOOKS[way], width: 1.5 }));
      for (const point of points) {
        const [px, py] = on.point(...point);
        marks.push(i % 2 === 0 ? { kind: "disc", x: px, y: py, r: 5, fill: i === 0 ? LOOKS[way].stroke : "plate",
          stroke: LOOKS[way].stroke, width: 2 } : { kind: "box", x: px - 4.5, y: py - 4.5, w: 9, h: 9,
          fill: i === 1 ? LOOKS[way].stroke : "plate", stroke: LOOKS[way].stroke, width: 2 });
      }
    });
    return { width, height, marks };
  },
  describe({ at, times, clock, costs, d }) {
    const now = costs[at - FIRST], T = 2 ** at, timed = times.find((time) => time.T === T);
    const said = WAYS.map((way, i) => `${way} ${large(now[i].multiplications)} and ${room(now[i].held)}`).join(", ");
    const grown = at === FIRST ? "" : ` Since half of that length, multiplications of full attention grew ` +
      `${fixed(now[0].multiplications / costs[at - FIRST - 1][0].multiplications, 1)} times, of the recurrence ` +
      `${fixed(now[3].multiplications / costs[at - FIRST - 1][3].multiplications, 1)} times.`;
    return `${fixed(T, 0)} tokens, one head of ${d}: multiplications, and room for what is held: ${said}.${grown} ${
      timed === undefined ? clock ? `Nothing longer than ${fixed(2 ** TIMED, 0)} is timed.` : "The clock is off."
        : `Measured: ${WAYS.map((way, i) => `${way} ${timeOf(timed.milliseconds[i])}`).join(", ")}.`}`;
  },
  table: ({ at, times, costs }) => ({ head: ["way", "multiplications", "numbers held", "room", "best of three runs"],
    rows: WAYS.map((way, i) => {
      const { multiplications, held } = costs[at - FIRST][i], timed = times.find((time) => time.T === 2 ** at);
      return [way, fixed(multiplications, 0), fixed(held, 0), room(held), timed === undefined ? "–"
        : timeOf(timed.milliseconds[i])];
    }) }),
  invariants: [
    { name: "twice the length: four times the pairs of full attention, twice the work of a recurrence",
      holds: ({ costs }) => costs.every((now, i) => i === 0
        || (now[0].multiplications === 4 * costs[i - 1][0].multiplications
        && now[0].held === 4 * costs[i - 1][0].held && now[3].multiplications === 2 * costs[i - 1][3].multiplications
        && now[3].held === costs[i - 1][3].held)) },
    { name: "chunks skip what no query may see: T (T + C) d multiplications, and C T numbers", holds: ({ costs, d }) =>
      costs.every((now, i) => {
        const T = 2 ** (FIRST + i);
        return now[1].multiplications === T * (T + C) * d && now[1].held === C * T;
      }) },
    { name: "beyond the first chunk, linear attention costs the same for every token", holds: ({ costs }) =>
      costs.slice(1).every((now, i) => now[2].multiplications / 2 ** (FIRST + 1 + i)
        === costs[1][2].multiplications / 2 ** (FIRST + 1)) },
    { name: "where they were run: chunks give full attention, the recurrence gives linear attention",
      holds: ({ times }) => times.every(({ off }) => off.every((apart) => apart < 1e-3)) },
  ],
  cell: ({ d }) => [
    'import { F, manualSeed, randn } from "gradus";',
    "",
    "manualSeed(1);",
    "const full = (q, k, v, options) => F.attentionWeights(q, k, options).matmul(v);",
    "for (const T of [128, 256, 512]) {",
    `  const [q, k, v] = [0, 1, 2].map(() => randn([T, ${d}]));`,
    "  for (const attend of [full, F.chunkedAttention]) {",
    "    await attend(q, k, v, { causal: true }).data();",
    "    const start = performance.now();",
    "    await attend(q, k, v, { causal: true }).data();",
    "    console.log(T, attend.name, (performance.now() - start).toFixed(2), \"ms\");",
    "  }",
    "}",
  ].join("\n"),
});
