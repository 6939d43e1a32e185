import { manualSeed, RandomStream } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";
import {
  CLASSES, examples, fold, learner, LENGTH, protein, readerOf, RESIDUES, RIVALS, saidOf, saidOfOne, sizeOf,
  type Examples, type Reader,
} from "../folds.ts";

const UPDATES = 4, MOST = 60, BATCH = 16, TESTED = 50;

interface Shot {
  readonly names: readonly [Reader, Reader];
  readonly sizes: readonly number[];
  /** What always saying the commonest class would get. */
  readonly baseline: number;
  chain: string;
  updates: number;
  curve: readonly { readonly updates: number; readonly right: readonly number[] }[];
  said: readonly (readonly number[])[];
}
interface State extends Shot {
  readonly models: readonly ReturnType<typeof readerOf>[]; readonly learn: readonly ((examples: Examples) => void)[];
  readonly random: RandomStream; readonly test: Examples;
}
async function look(state: State): Promise<State> {
  state.said = await Promise.all(state.models.map((model) => saidOfOne(model, state.chain)));
  return state;
}
async function measure(state: State): Promise<State> {
  const { tokens, classes } = state.test;
  const right = await Promise.all(state.models.map(async (model) => {
    const said = await saidOf(model, tokens);
    return said.filter((kind, i) => kind === classes[i]).length / classes.length;
  }));
  state.curve = [...state.curve, { updates: state.updates, right }];
  return look(state);
}
interface Layout { readonly perRow: number; readonly column: number; readonly height: number; readonly on: Plot;
  top(row: number): number }
const TOP = 56, ROW = 118, BAND = 20;
function layout(width: number): Layout {
  const perRow = width < 640 ? 10 : 20, rows = LENGTH / perRow, bottom = TOP + rows * ROW;
  const on = plot({ left: 50, top: bottom + 34, width: width - 64, height: 140, x: [0, MOST * UPDATES], y: [0.2, 1],
    xLabel: "updates", yLabel: "share of residues right (Q3)", xTicks: 4, yTicks: 4 });
  return { perRow, column: (width - 78) / perRow, height: on.bottom + 44, on, top: (row) => TOP + row * ROW };
}
const SIGNS = ["H", "E", "–"], FILLS: readonly Colour[] = ["series-2", "series-1", "none"];

export default defineFigure({
  id: "toy-fold",
  title: "Helix, strand, or neither?",
  question: "Whether a residue belongs to a helix may be decided at the far end of its segment. Who finds out?",
  params: { rival: { kind: "choice", label: "beside Mamba, both ways", value: "Mamba, one way", choices: RIVALS } },
  async init({ rival }, seed): Promise<State> {
    const names = ["Mamba, both ways", rival] as const, test = examples(new RandomStream(seed + 1), TESTED);
    manualSeed(seed);
    const models = names.map(readerOf), counts = CLASSES.map((_,
      k) => test.classes.filter((kind) => kind === k).length);
    return measure({ names, models, learn: models.map(learner), sizes: models.map(sizeOf), test,
      random: new RandomStream(seed), baseline: Math.max(...counts) / test.classes.length,
      chain: protein(new RandomStream(seed + 3)), updates: 0, curve: [], said: [] });
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
    const at = Number(action.id.split(":")[1]), now = RESIDUES.indexOf(state.chain[at]);
    state.chain = state.chain.slice(0, at) + RESIDUES[(now + 1) % RESIDUES.length] + state.chain.slice(at + 1);
    return look(state);
  },
  snapshot: ({ names, sizes, baseline, chain, updates, curve, said }): Shot =>
    ({ names, sizes, baseline, chain, updates, curve, said }),

  view({ names, sizes, baseline, chain, curve, said }, { width }: Frame): Scene {
    const { perRow, column, height, on, top } = layout(width), truth = fold(chain), marks: Mark[] = [];
    const narrow = width < 640;
    marks.push({ kind: "text", x: 14, y: 20, size: 13, fill: "ink-2", text: narrow
      ? "press a residue; H helix, E strand, – coil" : "press a residue to exchange it; H helix, E strand, – coil; G " +
        "and P break a segment" });
    if (!narrow) {
      marks.push({ kind: "text", x: 14, y: 42, size: 13, fill: "ink-2", text: names.map((name, k) =>
        `${["A", "B"][k]}: ${name}, ${fixed(sizes[k], 0)} weights`).join("; ") });
    } else {
      marks.push({ kind: "text", x: 14, y: 42, size: 13, fill: "ink-2", text: `A: both ways, B: ${names[1]}` });
    }
    [...chain].forEach((residue, i) => {
      const x = 64 + (i % perRow) * column, y = top(Math.floor(i / perRow));
      if (i % perRow === 0) {
        ["true", "A", "B"].forEach((text, k) => marks.push({ kind: "text", x: 56, y: y + 26 + BAND * (k + 0.75) + 2 * k,
          anchor: "end", size: 12, fill: "ink-2", text }));
      }
      marks.push({ kind: "box", x: x + 1, y, w: column - 2, h: 22, round: 3, fill: "GP".includes(residue) ? "plate"
        : "paper", stroke: "hair", width: 1, handle: { id: `residue:${i}`, press: true,
        label: `residue ${i + 1}, ${residue}` } },
      { kind: "text", x: x + column / 2, y: y + 16, anchor: "middle", role: "code", size: 13, text: residue });
      [truth, ...said].forEach((kinds, k) => {
        const kind = kinds[i], line = y + 26 + k * (BAND + 2), wrong = k > 0 && kind !== truth[i];
        marks.push({ kind: "box", x: x + 0.5, y: line, w: column - 1, h: BAND, fill: FILLS[kind],
          opacity: 0.35, stroke: "none", hatch: kind === 0 },
        { kind: "text", x: x + column / 2, y: line + 15, anchor: "middle", size: 12, role: "code", bold: wrong,
          fill: wrong ? "bad" : "ink", text: SIGNS[kind] });
        if (wrong) {
          marks.push({ kind: "line", points: [[x + 2, line + BAND], [x + column - 2, line + BAND]], stroke: "bad",
            width: 2 });
        }
      });
    });
    const floor = on.y(baseline);
    marks.push(...on.marks, { kind: "line", points: [[on.left, floor], [on.right, floor]], stroke: "ink-3", width: 1,
      dash: [2, 3] }, { kind: "text", x: on.right - 6, y: floor + 15, anchor: "end", size: 12, fill: "ink-2",
      text: "always “coil”" });
    names.forEach((name, k) => {
      const colour: Colour = k === 0 ? "series-1" : "series-2";
      const points = curve.map(({ updates, right }): Pair => [updates, Math.max(0.2, right[k])]);
      marks.push(...path(on, points, { stroke: colour, width: 2.5, ...(k === 1 ? { dash: [5, 4] } : {}) }));
      const [u, v] = points[points.length - 1];
      marks.push({ kind: "disc", x: on.x(u), y: on.y(v), r: 4, fill: colour, title: name });
    });
    return { width, height, marks };
  },
  describe({ names, sizes, updates, curve, chain, said, baseline }) {
    const truth = fold(chain), { right } = curve[curve.length - 1];
    const own = said.map((kinds) => kinds.filter((kind, i) => kind === truth[i]).length);
    return `After ${updates} updates ${names[0]} (${fixed(sizes[0], 0)} weights) is right about ` +
      `${percent(right[0])} of ` +
      `new residues, ${names[1]} (${fixed(sizes[1], 0)}) about ${percent(right[1])}; always saying coil would give ` +
      `${percent(baseline)}. On this chain they get ${own[0]} and ${own[1]} of ${LENGTH}.`;
  },
  table: ({ names, chain, said }) => ({ head: ["place", "residue", "true", ...names], rows:
    [...chain].map((residue, i) =>
    [String(i + 1), residue, CLASSES[fold(chain)[i]], ...said.map((kinds) => CLASSES[kinds[i]])]) }),
  invariants: [
    { name: "a segment between breakers has one class", holds: ({ chain }) => {
      const truth = fold(chain);
      return truth.length === LENGTH && [...chain].every((residue, i) => "GP".includes(residue) ? truth[i] === 2
        : i === 0 || "GP".includes(chain[i - 1]) || truth[i] === truth[i - 1]);
    } },
    { name: "shares lie between 0 and 1", holds: ({ curve }) =>
      curve.every(({ right }) => right.every((share) => share >= 0 && share <= 1)) },
  ],
});
