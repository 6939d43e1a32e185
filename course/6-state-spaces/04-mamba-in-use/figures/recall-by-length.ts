import { manualSeed, RandomStream } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";
import {
  AFTER, ASKED, DIGITS, entries, examplesOf, KEYS, learner, QUESTIONS, Recaller, tapeOf, type Examples, type Memory,
  type Tape,
} from "../pairs.ts";

const UPDATES = 5, MOST = 120, BATCH = 32, TESTED = 128;
const NAMES = ["attention", "Mamba"] as const satisfies readonly Memory[];

interface Shot {
  /** States of a channel of Mamba. */
  readonly states: number;
  /** Weights of each model, and the numbers that it keeps after the whole tape. */
  readonly sizes: readonly number[]; readonly kept: readonly number[];
  updates: number;
  /** For each model, the share of right values after so many pairs as `AFTER` says, on tapes it never learned from. */
  right: readonly (readonly number[])[];
  /** The reader's tape, and for each model what it answers. */
  tape: Tape;
  answers: readonly (readonly number[])[];
}
interface State extends Shot {
  readonly learners: readonly ReturnType<typeof learner>[];
  readonly random: RandomStream;
  readonly test: Examples;
}
async function look(state: State): Promise<State> {
  const shown = examplesOf([state.tape]);
  state.answers = await Promise.all(state.learners.map(({ answers }) => answers(shown)));
  return state;
}
async function measure(state: State): Promise<State> {
  const { test, learners } = state;
  state.right = await Promise.all(learners.map(async ({ answers }) => {
    const said = await answers(test), right = AFTER.map(() => 0);
    said.forEach((digit, i) => {
      if (digit === test.answers[i]) right[Math.floor(i % QUESTIONS.length / ASKED)]++;
    });
    return right.map((hits) => hits / (TESTED * ASKED));
  }));
  return look(state);
}
const digitOf = ({ digits, asked }: Tape, question: number): number => digits[asked[question]];

interface Layout { readonly height: number; readonly perRow: number; readonly column: number; readonly side: number;
  top(place: number): number; left(place: number): number; readonly notes: number; readonly on: Plot }
const PLACES = KEYS.length + QUESTIONS.length, FIRST = 34, ROW = 78;
function layout(width: number): Layout {
  const perRow = width < 640 ? PLACES / 2 : PLACES, column = (width - 28) / perRow, notes = FIRST + ROW * PLACES /
    perRow + 8;
  const on = plot({ left: 50, top: notes + 76, width: width - 64, height: 200, x: [0, KEYS.length + 1], y: [0, 1],
    yLabel: "share recalled, new tapes", xTicks: 0, yTicks: 4 });
  return { height: on.bottom + 48, perRow, column, side: Math.min(column - 2, 30), notes, on,
    top: (place) => FIRST + Math.floor(place / perRow) * ROW, left: (place) => 14 + (place % perRow + 0.5) * column };
}

export default defineFigure({
  id: "recall-by-length",
  title: "Recall, pair by pair",
  question: "How many pairs does a memory give back, if it grows with them, and if it does not?",
  params: {
    states: { kind: "choice", label: "states of a channel", value: "4", choices: ["1", "2", "4", "8", "16"] },
  },
  init({ states }, seed): Promise<State> {
    const models = NAMES.map((name) => {
      manualSeed(seed);
      return new Recaller(name, Number(states));
    });
    const test = new RandomStream(seed + 1);
    return measure({ states: Number(states), sizes: models.map(({ size }) => size),
      kept: models.map(({ kept }) => kept), updates: 0, right: [], answers: [],
      learners: models.map((model) => learner(model, MOST * UPDATES)),
      random: new RandomStream(seed), tape: tapeOf(new RandomStream(seed + 2)),
      test: examplesOf(Array.from({ length: TESTED }, () => tapeOf(test))) });
  },
  step(state) {
    for (let i = 0; i < UPDATES; i++) {
      const batch = examplesOf(Array.from({ length: BATCH }, () => tapeOf(state.random)));
      for (const { learn } of state.learners) learn(batch);
    }
    state.updates += UPDATES;
    return measure(state);
  },
  done: ({ updates }) => updates >= MOST * UPDATES,
  act(state, action) {
    if (action.type !== "press") return state;
    const question = Number(action.id.split(":")[1]), { asked } = state.tape;
    const next = (asked[question] + 1) % QUESTIONS[question];
    state.tape = { ...state.tape, asked: asked.map((pair, i) => (i === question ? next : pair)) };
    return look(state);
  },
  snapshot: ({ states, sizes, kept, updates, right, tape, answers }): Shot =>
    ({ states, sizes, kept, updates, right, tape, answers }),

  view({ sizes, kept, right, tape, answers }, { width }: Frame): Scene {
    const { height, side, top, left, notes, on } = layout(width), narrow = width < 640, marks: Mark[] = [];
    const say = (text: string, y: number, fill: Colour = "ink-2"): void => {
      marks.push({ kind: "text", x: 14, y, text, size: 13, fill });
    };
    say(narrow ? "press a question to ask for another pair" : "a key and its value; later a key alone: which value? " +
      "Press a question to ask for another pair", 18);
    entries(tape).forEach(({ key, digit, question }, place) => {
      const x = left(place), y = top(place), asks = question !== null;
      marks.push({ kind: "box", x: x - side / 2, y, w: side, h: 26, round: 3, fill: asks ? "paper" : "plate",
        stroke: asks ? "ink" : "hair", width: asks ? 1.5 : 1,
        ...(asks ? { handle: { id: `question:${question}`, press: true,
          label: `question ${question + 1}: ${KEYS[key]}, which came with ${digit}` } } : {}) },
      { kind: "text", x, y: y + 18, anchor: "middle", role: "code", size: 13, text: KEYS[key] + (asks ? "?" : digit) });
      if (!asks) return;
      answers.forEach((said, k) => {
        const good = said[question] === digit, base = y + 42 + k * 18;
        marks.push({ kind: "text", x, y: base, anchor: "middle", role: "code", size: 14, bold: true,
          fill: good ? "good" : "bad", text: String(said[question]) });
        if (!good) marks.push({ kind: "line", points: [[x - 6, base - 5], [x + 6, base - 5]], stroke: "bad",
          width: 2 });
      });
    });
    NAMES.forEach((name, k) => say(`${k === 0 ? "upper" : "lower"} answers: ${name}, ${fixed(sizes[k], 0)} weights` +
      `${narrow ? ", " : "; after the whole tape it keeps "}${fixed(kept[k], 0)}${narrow ? " kept" : " numbers"}`,
    notes + 8 + k * 20, `series-${k + 1}` as Colour));
    const chance = on.y(1 / DIGITS);
    marks.push(...on.marks, { kind: "line", points: [[on.left, chance], [on.right, chance]], stroke: "ink-3", width: 1,
      dash: [2, 3] }, { kind: "text", x: on.left + 6, y: chance + 15, size: 12, fill: "ink-2", text: "guessing" },
    { kind: "text", x: on.right, y: on.bottom + 36, anchor: "end", size: 13, fill: "ink-2",
      text: "pairs read before the question" });
    for (const pairs of AFTER) marks.push({ kind: "text", x: on.x(pairs), y: on.bottom + 17, anchor: "middle", size: 12,
      role: "number", fill: "ink-2", text: String(pairs) });
    right.forEach((shares, k) => {
      const stroke = `series-${k + 1}` as Colour, points = AFTER.map((pairs, i): Pair => [pairs, shares[i]]);
      marks.push(...path(on, points, { stroke, width: 2.5, ...(k === 1 ? { dash: [5, 4] } : {}) }));
      for (const [u, v] of points) marks.push({ kind: "disc", x: on.x(u), y: on.y(v), r: 4, fill: stroke,
        title: `${NAMES[k]}, ${u} pairs: ${percent(v)}` });
    });
    return { width, height, marks };
  },
  describe({ states, updates, right, tape, answers }) {
    const last = AFTER.length - 1, hits = answers.map((said) =>
      said.filter((digit, question) => digit === digitOf(tape, question)).length);
    const models = ["attention", `Mamba with ${count(states, "state")} a channel`];
    const told = right.map((shares, k) => `${models[k]} recalls ` +
      `${percent(shares[0])} after ${AFTER[0]} pairs and ${percent(shares[last])} after ${AFTER[last]}`);
    return `After ${updates} updates ${told.join("; ")}; guessing gives ${percent(1 / DIGITS)}. On this tape they ` +
      `answer ${hits[0]} and ${hits[1]} of ${QUESTIONS.length} questions.`;
  },
  table: ({ right }) => ({ head: ["pairs read", ...NAMES],
    rows: AFTER.map((pairs, i) => [String(pairs), ...right.map((shares) => percent(shares[i]))]) }),
  invariants: [
    { name: "keys of a tape differ, and each question is for a pair that was read", holds: ({ tape }) =>
      new Set(tape.keys).size === KEYS.length && tape.asked.every((pair, i) => pair >= 0 && pair < QUESTIONS[i]) },
    { name: "shares lie between 0 and 1", holds: ({ right }) => right.flat().every((v) => v >= 0 && v <= 1) },
    { name: "attention has no more weights than Mamba, however small its state", holds: ({ sizes }) =>
      sizes[0] <= sizes[1] },
  ],
});
