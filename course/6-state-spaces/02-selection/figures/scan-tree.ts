import { recurrence, RandomStream, tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { edge } from "@gradus/lessons/draw/edge";
import { glyph } from "@gradus/lessons/draw/glyph";
import { count, fixed } from "@gradus/lessons/draw/number";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { paragraph } from "@gradus/lessons/draw/text";
import { after, combine, ORDERS, rounds, type Combination, type Order, type Step } from "../scans.ts";

const MOST = 1, STRIP = 26;

interface State {
  readonly order: Order; readonly n: number;
  readonly rounds: readonly (readonly Combination[])[];
  leaves: Step[];
  done: number;
  /** What stands at every place after each round so far, and which leaves it holds, first to last. */
  levels: Step[][]; spans: number[][];
  /** h by the library's recurrence. */
  truth: number[];
  /** A place of a level that was pressed. */
  chosen: readonly [number, number] | null;
}
function replay(state: State): State {
  state.levels = [state.leaves];
  state.spans = [state.leaves.map((_, i) => i)];
  for (const round of state.rounds.slice(0, state.done)) {
    const last = state.spans[state.spans.length - 1], spans = [...last];
    for (const { from, to } of round) spans[to] = last[from];
    state.levels.push(after(state.levels[state.levels.length - 1], round));
    state.spans.push(spans);
  }
  return state;
}
async function compute(state: State): Promise<State> {
  const list = (key: keyof Step) => tensor(state.leaves.map((leaf) => leaf[key]));
  state.truth = Array.from(await recurrence(list("a"), list("b")).data());
  return replay(state);
}

interface Layout { readonly left: number; readonly top: number; readonly row: number;
readonly height: number }
function layout(levels: number): Layout {
  const row = levels > 9 ? 34 : 58, top = 132;
  return { left: 14, top, row, height: top + (levels - 1) * row + 96 };
}

export default defineFigure({
  id: "scan-tree",
  title: "A chain that need not be walked",
  question: "If every step waits for the one before, how can eight steps take three rounds?",
  params: {
    order: { kind: "choice", label: "order", value: "tree", choices: ORDERS },
    length: { kind: "choice", label: "steps", value: "8", choices: ["4", "8", "16"] },
  },
  async init({ order, length }, seed): Promise<State> {
    const n = Number(length), random = new RandomStream(seed), tenth = (v: number): number => Math.round(10 *
      v) / 10 + 0;
    const leaves = Array.from({ length: n }, () => ({ a: tenth(0.4 + 0.6 * random.uniform()),
      b: tenth(2 * random.uniform() - 1) }));
    return compute({ order, n, rounds: rounds(order, n), leaves, done: 0, levels: [], spans: [], truth: [],
      chosen: null });
  },
  step(state) {
    state.done++;
    state.chosen = null;
    return replay(state);
  },
  done: (state) => state.done >= state.rounds.length,
  act(state, action) {
    if (action.type === "press") {
      const [level, place] = action.id.split(":").slice(1).map(Number);
      state.chosen = state.chosen?.[0] === level && state.chosen[1] === place ? null : [level, place];
      return state;
    }
    if (action.type !== "drag") return state;
    const value = Math.round(10 * clamp((STRIP_MIDDLE - action.y) / STRIP, [-1, 1])) / 10 + 0;
    state.leaves = state.leaves.map((leaf, i) => (`leaf:${i}` === action.id ? { ...leaf, b: value } : leaf));
    return compute(state);
  },
  snapshot: ({ order, n, rounds: all, leaves, done, levels, spans, truth, chosen }): State =>
    ({ order, n, rounds: all, leaves, done, levels, spans, truth, chosen }),

  view(shot, { width }: Frame): Scene {
    const { n, levels, spans, done, rounds: all, leaves, truth, chosen } = shot, total = all.length + 1;
    const at = layout(total), column = (width - 28) / n, x = (i: number): number => at.left + (i + 0.5) * column;
    const y = (level: number): number => at.top + level * at.row;
    const roomy = column >= 37 && at.row > 40, size = at.row > 40 ? Math.min(22, column * 0.5) : Math.min(15, column *
      0.6);
    const marks: Mark[] = [];
    marks.push({ kind: "text", x: 14, y: 16, size: 13, fill: "ink-2", text: width < 640 ? "inputs bₜ (drag), " +
      "factors aₜ below"
      : "inputs bₜ: drag them; below each its factor aₜ; hₜ = aₜ hₜ₋₁ + bₜ" });
    marks.push({ kind: "line", points: [[14, STRIP_MIDDLE], [width - 14, STRIP_MIDDLE]], stroke: "hair", width: 1 });
    leaves.forEach(({ a, b }, i) => {
      const high = STRIP_MIDDLE - b * STRIP;
      marks.push({ kind: "line", points: [[x(i), STRIP_MIDDLE], [x(i), high]], stroke: "ink-3", width: 2 },
        { kind: "disc", x: x(i), y: high, r: Math.min(7, column * 0.35), fill: "paper", stroke: "ink", width: 2,
          handle: { id: `leaf:${i}`, drag: "y", step: 3, label: `input ${i}, ${fixed(b, 1)}` } });
      if (column >= 22 || i % 2 === 0) marks.push({ kind: "text", x: x(i), y: STRIP_MIDDLE + STRIP + 22, size: 12,
        role: "number", anchor: "middle", fill: "ink-2", text: fixed(a, 1) });
    });
    // Lines first: what each place of a level is made of.
    for (let level = 1; level < total; level++) {
      const ready = level <= done, now = level === done, round = all[level - 1];
      for (let i = 0; i < n; i++) {
        const made = round.find(({ to }) => to === i);
        const radius = size / 2 + 2, label = roomy && level - 1 === done ? 16 : 0;
        const up: Pair = [x(i), y(level - 1) + label];
        marks.push(...edge(up, [x(i), y(level)], { from: radius, to: radius, stroke: ready ? "ink-3" : "hair", width: 1,
          arrow: false, ...(made === undefined ? { dash: [2, 4] } : {}) }));
        if (made !== undefined) marks.push(...edge([x(made.from), y(level - 1)], [x(i), y(level)], { from: radius,
          to: radius + 1, stroke: ready ? "ink" : "hair", width: 1.5, now, arrow: true }));
      }
    }
    for (let level = 0; level < total; level++) {
      for (let i = 0; i < n; i++) {
        if (level > done) {
          marks.push({ kind: "disc", x: x(i), y: y(level), r: 3, fill: "plate", stroke: "ink-3", width: 1 });
          continue;
        }
        const { b } = levels[level][i], [from, whole] = [spans[level][i], spans[level][i] === 0];
        const now = level === done && level > 0 && all[level - 1].some(({ to }) => to === i);
        const held = chosen !== null && chosen[0] === level && chosen[1] === i;
        if (now || held) marks.push({ kind: "disc", x: x(i), y: y(level), r: size / 2 + 5, fill: "mark", stroke: "ink",
          width: held ? 2.5 : 1 });
        else if (whole) marks.push({ kind: "disc", x: x(i), y: y(level), r: size / 2 + 3, fill: "plate", stroke: "ink",
          width: 1.5 });
        else marks.push({ kind: "disc", x: x(i), y: y(level), r: size / 2 + 1, fill: "plate" });
        marks.push({ ...glyph("value", b, x(i), y(level), size, MOST), handle: { id: `node:${level}:${i}`, press: true,
          label: `inputs ${from} to ${i}, ${fixed(b)}` } });
        if (roomy && level === done) marks.push({ kind: "text", x: x(i), y: y(level) + size / 2 + 15,
          anchor: "middle", size: 12,
          role: "number", fill: "ink", text: fixed(b) });
      }
    }
    if (chosen !== null && chosen[0] <= done) {
      const [level, i] = chosen, from = spans[level][i];
      marks.push({ kind: "line", points: [[x(from) - column * 0.4, STRIP_MIDDLE + STRIP + 28],
        [x(i) + column * 0.4, STRIP_MIDDLE + STRIP + 28]], stroke: "mark", width: 6 },
      { kind: "line", points: [[x(from) - column * 0.4, STRIP_MIDDLE + STRIP + 28],
        [x(i) + column * 0.4, STRIP_MIDDLE + STRIP + 28]], stroke: "ink", width: 1.5 });
    }
    const wrong = Math.max(...levels[done].map(({ b }, i) => (spans[done][i] === 0 ? Math.abs(b - truth[i]) : 0)));
    marks.push(...paragraph(equation(shot, wrong), 14, at.height - 46, width - 28, { fill: "ink" }));
    return { width, height: at.height + (width < 640 ? 40 : 0), marks };
  },
  describe(shot) {
    const { n, order, rounds: all, done, spans, levels } = shot, work = all.flat().length;
    const ready = spans[done].filter((from) => from === 0).length;
    return `${ready} of ${n} states are known after ${count(done, "round")} of ${all.length}. In this order, ` +
      `“${order}”, there are ${count(work, "combination")} in all. The last place holds inputs ` +
        `${spans[done][n - 1]} to ` +
      `${n - 1}: ${fixed(levels[done][n - 1].b, 4)}.`;
  },
  table: ({ levels, spans, truth }) => ({ head: ["place", "inputs held", "a", "b", "state by the recurrence"],
    rows: levels[levels.length - 1].map(({ a, b }, i) => [String(i), `${spans[spans.length - 1][i]} to ${i}`, fixed(a,
      4),
      fixed(b, 4), fixed(truth[i], 4)]) }),
  invariants: [
    { name: "a place that holds everything from input 0 on is the state of the recurrence", holds: ({ levels, spans,
      truth }) => levels.every((level, k) => level.every(({ b }, i) => spans[k][i] > 0 ||
        Math.abs(b - truth[i]) < 1e-5)) },
    { name: "combining is associative", holds: ({ leaves: [p, q, r] }) => {
      const left = combine(combine(p, q), r), right = combine(p, combine(q, r));
      return Math.abs(left.a - right.a) < 1e-12 && Math.abs(left.b - right.b) < 1e-12;
    } },
    { name: "rounds and combinations are those of the theory", holds({ order, n, rounds: all }) {
      const k = Math.log2(n), work = all.flat().length;
      if (order === "one by one") return all.length === n - 1 && work === n - 1;
      if (order === "doubling") return all.length === k && work === n * k - n + 1;
      return all.length === 2 * k - 1 && work === 2 * n - 2 - k;
    } },
  ],
});

const STRIP_MIDDLE = 54;
/** What the newest round did at its last place, or what was pressed. */
function equation({ levels, spans, done, rounds: all, chosen, n }: State, wrong: number): string {
  if (chosen !== null && chosen[0] <= done) {
    const [level, i] = chosen, { a, b } = levels[level][i];
    return `Inputs ${spans[level][i]} to ${i} as one step: h → ${fixed(a, 3)} · h ${b < 0 ? "−" : "+"} ` +
      `${fixed(Math.abs(b), 3)}.`;
  }
  if (done === 0) return `Every disc is one step, h → a h + b. ${n} of them; press step for a round, press a disc ` +
    `to see ` +
    `what it holds.`;
  const { from, to } = all[done - 1][all[done - 1].length - 1], before = levels[done - 1], p = before[from],
    q = before[to];
  const join = `${fixed(q.a, 3)} · ${p.b < 0 ? `(${fixed(p.b, 3)})` : fixed(p.b, 3)} ${q.b < 0 ? "−" : "+"} ` +
    `${fixed(Math.abs(q.b), 3)} = ${fixed(levels[done][to].b, 3)}`;
  return `Round ${done}: ${count(all[done - 1].length, "combination")}, the last ${join}. Rimmed discs are finished; ` +
    `they differ from the recurrence by ${fixed(wrong, 6)}.`;
}
