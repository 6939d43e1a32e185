import { manualSeed, RandomStream } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";
import {
  BASES, chances, chancesOf, examples, learner, LENGTH, readerOf, regions, RIVALS, sizeOf, strand, type Examples,
  type Reader,
} from "../regions.ts";

const UPDATES = 4, MOST = 45, BATCH = 12, TESTED = 48;

interface Shot {
  readonly names: readonly [Reader, Reader];
  readonly sizes: readonly number[];
  /** The share of bases that lie outside: what saying "outside" always would get. */
  readonly baseline: number;
  bases: string;
  updates: number;
  curve: { readonly updates: number; readonly right: readonly number[] }[];
  /** For each reader and each base of the reader's strand, the chance that it lies inside. */
  inside: readonly (readonly number[])[];
}
interface State extends Shot {
  readonly models: readonly ReturnType<typeof readerOf>[];
  readonly learn: readonly ((examples: Examples) => void)[];
  readonly random: RandomStream; readonly test: Examples;
}
async function look(state: State): Promise<State> {
  state.inside = await Promise.all(state.models.map((model) => chancesOf(model, state.bases)));
  return state;
}
async function measure(state: State): Promise<State> {
  const { tokens, inside } = state.test;
  const right = await Promise.all(state.models.map(async (model) => {
    const said = await chances(model, tokens);
    return said.filter((p, i) => Number(p > 0.5) === inside[i]).length / inside.length;
  }));
  state.curve = [...state.curve, { updates: state.updates, right }];
  return look(state);
}

interface Layout { readonly perRow: number; readonly column: number; readonly rows: number; readonly height: number;
top(row: number): number; readonly on: Plot }
const LANE = 20, TOP = 54, ROW = 104;
function layout(width: number): Layout {
  const perRow = width < 640 ? 16 : 24, rows = LENGTH / perRow, bottom = TOP + rows * ROW;
  const on = plot({ left: 50, top: bottom + 30, width: width - 64, height: 140, x: [0, MOST * UPDATES], y: [0.4, 1],
    xLabel: "updates", yLabel: "share of bases right, new strands", xTicks: 4, yTicks: 4 });
  return { perRow, rows, column: (width - 28) / perRow, height: on.bottom + 44, top: (row) => TOP + row * ROW, on };
}

export default defineFigure({
  id: "gene-regions",
  title: "Inside or outside?",
  question: "A signal opens a region, another closes it: who still knows, many bases later, which was last?",
  params: {
    rival: { kind: "choice", label: "beside Mamba", value: "convolutions", choices: RIVALS },
  },
  async init({ rival }, seed): Promise<State> {
    const names = ["Mamba", rival] as const, test = examples(new RandomStream(seed + 1), TESTED);
    manualSeed(seed);
    const models = names.map(readerOf), inside = test.inside.reduce((sum, v) => sum + v, 0) / test.inside.length;
    return measure({ names, models, learn: models.map(learner), sizes: models.map(sizeOf),
      random: new RandomStream(seed),
      test, baseline: 1 - inside, bases: strand(new RandomStream(seed + 3)), updates: 0, curve: [], inside: [] });
  },
  async step(state) {
    for (let i = 0; i < UPDATES; i++) {
      const batch = examples(state.random, BATCH);
      for (const learn of state.learn) learn(batch);
    }
    state.updates += UPDATES;
    return measure(state);
  },
  done: ({ updates }) => updates >= MOST * UPDATES,
  async act(state, action) {
    if (action.type !== "press") return state;
    const at = Number(action.id.split(":")[1]), next = BASES[(BASES.indexOf(state.bases[at]) + 1) % BASES.length];
    state.bases = state.bases.slice(0, at) + next + state.bases.slice(at + 1);
    return look(state);
  },
  snapshot: ({ names, sizes, baseline, bases, updates, curve, inside }): Shot =>
    ({ names, sizes, baseline, bases, updates, curve, inside }),

  view(shot, { width }: Frame): Scene {
    const at = layout(width), { on, column, perRow } = at, { bases, names, sizes } = shot, truth = regions(bases);
    const marks: Mark[] = [{ kind: "text", x: 14, y: 18, size: 13, fill: "ink-2",
      text: width < 640 ? "press a base to change it; shaded: inside"
        : "press a base to change it; shaded: inside a region, after ATG until TAA" }];
    names.forEach((name, k) => marks.push({ kind: "text", x: 14 + k * (width < 640 ? 150 : 220), y: 38, size: 13,
      fill: `series-${k + 1}` as Colour,
      text: `${k === 0 ? "upper" : "lower"} bars: ${name}${width < 640 ? "" : `, ${fixed(sizes[k], 0)} weights`}` }));
    [...bases].forEach((base, i) => {
      const row = Math.floor(i / perRow), x = 14 + (i % perRow + 0.5) * column, y = at.top(row);
      if (truth[i]) marks.push({ kind: "box", x: x - column / 2, y, w: column, h: 26 + 2 * LANE + 14, fill: "ink-3",
        opacity: 0.22 });
      marks.push({ kind: "box", x: x - Math.min(10, column / 2 - 1), y: y + 3, w: Math.min(20, column - 2), h: 20,
        round: 3,
        fill: "paper", stroke: "hair", width: 1, handle: { id: `base:${i}`, press: true,
          label: `base ${i + 1}, ${base}` } },
      { kind: "text", x, y: y + 18, anchor: "middle", role: "code", size: 13, text: base });
      names.forEach((_, k) => {
        const foot = y + 26 + (k + 1) * (LANE + 5), high = shot.inside[k][i] * LANE;
        marks.push({ kind: "box", x: x - column * 0.36, y: foot - high, w: column * 0.72, h: Math.max(high, 0.8),
          fill: `series-${k + 1}` as Colour, title: percent(shot.inside[k][i], 0) });
      });
    });
    marks.push(...on.marks);
    const floor = on.y(shot.baseline);
    marks.push({ kind: "line", points: [[on.left, floor], [on.right, floor]], stroke: "ink-3", width: 1, dash: [2, 3] },
      { kind: "text", x: on.right - 6, y: floor + 15, anchor: "end", size: 12, fill: "ink-2",
        text: "always “outside”" });
    names.forEach((_, k) => {
      const colour = `series-${k + 1}` as Colour, points = shot.curve.map(({ updates, right }): Pair => [updates,
        right[k]]);
      marks.push(...path(on, points, { stroke: colour, width: 2.5, ...(k === 1 ? { dash: [5, 4] } : {}) }));
      const [u, v] = points[points.length - 1];
      if (v >= 0.4) marks.push({ kind: "disc", x: on.x(u), y: on.y(v), r: 4, fill: colour });
    });
    return { width, height: at.height, marks };
  },
  describe({ names, updates, curve, bases, inside, baseline }) {
    const truth = regions(bases), { right } = curve[curve.length - 1];
    const own = inside.map((list) => list.filter((p, i) => (p > 0.5) === truth[i]).length);
    return `After ${updates} updates ${names[0]} is right about ${percent(right[0])} of new bases, ${names[1]} about ` +
      `${percent(right[1])}; always saying outside would give ${percent(baseline)}. On this strand they get ` +
        `${own[0]} and ` +
      `${own[1]} of ${LENGTH} bases.`;
  },
  table: ({ names, bases, inside }) => ({ head: ["place", "base", "inside", `chance by ${names[0]}`,
    `chance by ${names[1]}`],
    rows: [...bases].map((base, i) => [String(i + 1), base, regions(bases)[i] ? "yes" : "no", fixed(inside[0][i]),
      fixed(inside[1][i])]) }),
  invariants: [
    { name: "a region begins with the last base of ATG and ends with that of TAA", holds: ({ bases }) => {
      const truth = regions(bases);
      return truth.every((now, t) => now === (truth[t - 1] ?? false) || bases.slice(t - 2, t +
        1) === (now ? "ATG" : "TAA"));
    } },
    { name: "chances lie between 0 and 1", holds: ({ inside }) => inside.flat().every((p) => p >= 0 && p <= 1) },
  ],
});
