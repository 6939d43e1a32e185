import { Generator, manualSeed, RandomStream, type Tensor } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed as number, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import {
  answer, answers, BATCH, Copier, learner, LENGTH, LETTERS, ORDER_UNKNOWN, PLACES, sequences, TIME_INVARIANT, write,
} from "../copying.ts";

const UPDATES = 5, MOST = 60, TESTED = 128;
const MODELS = [{ name: "selective", selective: true }, { name: "same for all", selective: false }] as const;
const WHERE = ["anywhere", "two fixed places"] as const;

interface Letter { readonly place: number; readonly letter: number }
interface Runner { readonly model: Copier; readonly learn: (tokens: Tensor, letters: Int32Array) => void }
interface Shot {
  readonly where: (typeof WHERE)[number];
  readonly layers: number;
  /** The reader's sequence. */
  letters: readonly Letter[];
  updates: number;
  /** Share of right letters on new sequences, selective and not. */
  curve: { readonly updates: number; readonly right: readonly number[] }[];
  /** Per model: answers to the reader's sequence, and what each token gets of step, B and C. */
  answers: readonly (readonly number[])[];
  dt: readonly (readonly number[])[]; B: readonly number[]; C: readonly number[];
}
interface State extends Shot {
  readonly runners: readonly Runner[];
  readonly random: RandomStream;
  readonly test: { readonly tokens: Tensor; readonly letters: Int32Array };
}
const inOrder = (letters: readonly Letter[]): Letter[] => [...letters].sort((a, b) => a.place - b.place);

/** What both models make of the reader's sequence. */
async function read(state: State): Promise<State> {
  const tokens = write(state.letters);
  const [own, other] = await Promise.all(state.runners.map(({ model }) => model.selection(tokens)));
  state.dt = [own.dt, other.dt];
  state.B = own.B;
  state.C = own.C;
  state.answers = await Promise.all(state.runners.map(async ({ model }) => Array.from(await answer(model, tokens))));
  return state;
}
async function measure(state: State): Promise<State> {
  const { tokens, letters } = state.test;
  const right = await Promise.all(state.runners.map(async ({ model }) => {
    const said = await answers(model, tokens);
    return said.filter((v, i) => v === letters[i]).length / letters.length;
  }));
  state.curve = [...state.curve, { updates: state.updates, right }];
  return read(state);
}

interface Layout { readonly height: number; readonly left: number; readonly column: number; readonly cells: number;
readonly rows: readonly number[]; readonly answers: readonly number[]; readonly on: Plot }
const BAR = 44;
function layout(width: number): Layout {
  const left = 14, column = (width - 28) / LENGTH, cells = 34, side = Math.min(column - 3, 40);
  const rows = [0, 1, 2].map((i) => cells + side + 74 + i * (BAR + 34));
  const answer = rows[2] + 34, bottom = answer + 56;
  const on = plot({ left: 50, top: bottom + 34, width: width - 64, height: 130, x: [0, MOST * UPDATES], y: [0, 1],
    xLabel: "updates", yLabel: "share of right letters", xTicks: 4, yTicks: 4 });
  return { height: on.bottom + 42, left, column, cells, rows, answers: [answer, answer + 27], on };
}

export default defineFigure({
  id: "selective-copying",
  title: "Two letters among blanks",
  question: "Which token deserves a place in the memory, if nobody says where the important ones will stand?",
  params: {
    where: { kind: "choice", label: "letters stand", value: "anywhere", choices: WHERE },
    layers: { kind: "choice", label: "layers", value: "1", choices: ["1", "2"] },
  },
  async init({ where, layers }, seed): Promise<State> {
    const runners = MODELS.map(({ selective }) => {
      manualSeed(seed);
      const model = new Copier(selective, Number(layers), new Generator(seed));
      return { model, learn: learner(model) };
    });
    const fixed = where === WHERE[1];
    return measure({ where, layers: Number(layers), runners, random: new RandomStream(seed),
      test: sequences(new RandomStream(seed + 1), TESTED, fixed),
      letters: fixed ? [{ place: 2, letter: 0 }, { place: 7, letter: 2 }]
        : [{ place: 3, letter: 0 }, { place: 5, letter: 2 }],
      updates: 0, curve: [], answers: [], dt: [], B: [], C: [] });
  },
  async step(state) {
    for (let i = 0; i < UPDATES; i++) {
      const { tokens, letters } = sequences(state.random, BATCH, state.where === WHERE[1]);
      for (const { learn } of state.runners) learn(tokens, letters);
    }
    state.updates += UPDATES;
    return measure(state);
  },
  done: ({ updates }) => updates >= MOST * UPDATES,
  async act(state, action) {
    const index = Number(action.type === "drop" ? NaN : action.id.split(":")[1]);
    if (Number.isNaN(index)) return state;
    const other = state.letters[1 - index];
    state.letters = state.letters.map((letter, i) => {
      if (i !== index) return letter;
      if (action.type === "press") return { ...letter, letter: (letter.letter + 1) % LETTERS.length };
      if (action.type !== "drag") return letter;
      const { left, column } = layout(action.width);
      const place = clamp(Math.floor((action.x - left) / column), [0, PLACES - 1]);
      return place === other.place ? letter : { ...letter, place };
    });
    return read(state);
  },
  snapshot: ({ where, layers, letters, updates, curve, answers, dt, B, C }): Shot =>
    ({ where, layers, letters, updates, curve, answers, dt, B, C }),

  view(shot, { width }: Frame): Scene {
    const at = layout(width), { left, column, cells, on } = at, marks: Mark[] = [];
    const side = Math.min(column - 3, 40), x = (i: number): number => left + (i + 0.5) * column;
    const say = (text: string, y: number, fill: Colour = "ink-2"): void => {
      marks.push({ kind: "text", x: left, y, text, size: 13, fill });
    };
    say(width < 640 ? "drag a letter along the tape" : "drag a letter along the tape; press it for another letter", 16);
    for (let i = 0; i < LENGTH; i++) {
      const asks = i >= PLACES;
      marks.push({ kind: "box", x: x(i) - side / 2, y: cells, w: side, h: side, round: 3,
        fill: asks ? "paper" : "plate",
        stroke: "hair", width: 1.5 });
      if (asks) marks.push({ kind: "text", x: x(i), y: cells + side / 2 + 5, text: "?", anchor: "middle", size: 14,
        fill: "ink-2" });
      else marks.push({ kind: "disc", x: x(i), y: cells + side / 2, r: 1.5, fill: "ink-3" });
    }
    shot.letters.forEach(({ place, letter }, i) => {
      marks.push({ kind: "box", x: x(place) - side / 2, y: cells, w: side, h: side, round: 3, fill: "ink",
        stroke: "ink",
        width: 1.5, handle: { id: `letter:${i}`, drag: "x", press: true, step: Math.ceil(column),
          label: `letter ${LETTERS[letter]} in place ${place + 1}` } },
      { kind: "text", x: x(place), y: cells + side / 2 + 5, text: LETTERS[letter], anchor: "middle", role: "code",
        size: 15, fill: "plate" });
    });
    // Bars: how long a step each token gets, and how much of it enters and is read.
    const names = ["Δ: how far time moves on", "Δ times the size of B: what enters", "size of C: what is read"];
    [shot.dt[0], shot.B.map((v, i) => v * shot.dt[0][i]), shot.C].forEach((values, row) => {
      const base = at.rows[row], most = Math.max(...values, ...(row === 0 ? shot.dt[1] : []), 1e-6);
      say(`${names[row]}; tallest ${number(most)}`, base - BAR - 8);
      marks.push({ kind: "line", points: [[left, base], [width - left, base]], stroke: "hair", width: 1 });
      values.forEach((value, i) => {
        const h = value / most * BAR;
        marks.push({ kind: "box", x: x(i) - side * 0.36, y: base - h, w: side * 0.72, h: Math.max(h, 0.5),
          fill: "series-1", title: number(value, 3) });
      });
      if (row === 0) marks.push({ kind: "line", points: shot.dt[1].map((value, i): Pair =>
        [x(i), base - value / most * BAR]), stroke: "series-2", width: 2, dash: [5, 4] });
    });
    const truth = inOrder(shot.letters);
    MODELS.forEach(({ name }, k) => {
      const y = at.answers[k];
      say(`${name} answers`, y, `series-${k + 1}` as Colour);
      shot.answers[k].forEach((said, i) => {
        const good = said === truth[i].letter, cx = x(PLACES + i);
        marks.push({ kind: "text", x: cx, y: y + 1, text: `${LETTERS[said]}`, anchor: "middle", role: "code", size: 16,
          fill: good ? "good" : "bad", bold: true });
        if (!good) marks.push({ kind: "line", points: [[cx - 7, y - 4], [cx + 7, y - 4]], stroke: "bad", width: 2 });
      });
    });
    marks.push(...on.marks);
    const levels: (readonly [share: number, text: string])[] = [[ORDER_UNKNOWN, "both letters known, order guessed"]];
    if (shot.where === WHERE[0] && shot.layers === 1) levels.push([TIME_INVARIANT, "most that distances alone give"]);
    levels.forEach(([share, text], i) => {
      const y = on.y(share), which = levels.length === 1 ? "" : ["lower line: ", "upper line: "][i];
      marks.push({ kind: "line", points: [[on.left, y], [on.right, y]], stroke: "ink-3", width: 1, dash: [2, 3] },
        { kind: "text", x: on.right - 6, y: on.y(ORDER_UNKNOWN) + 17 + 16 * i, anchor: "end", size: 12, fill: "ink-2",
          text: which + text });
    });
    MODELS.forEach((_, k) => {
      const points = shot.curve.map(({ updates, right }): Pair => [updates, right[k]]);
      const style = { stroke: `series-${k + 1}` as Colour, width: 2.5, ...(k === 1 ? { dash: [5, 4] } : {}) };
      marks.push(...path(on, points, style));
      const [u, v] = points[points.length - 1];
      marks.push({ kind: "disc", x: on.x(u), y: on.y(v), r: 4, fill: `series-${k + 1}` as Colour });
    });
    return { width, height: at.height, marks };
  },
  describe(shot) {
    const [own, other] = shot.curve[shot.curve.length - 1].right, truth = inOrder(shot.letters);
    const mean = (values: readonly number[], of: (i: number) => boolean): number => {
      const some = values.filter((_, i) => of(i));
      return some.reduce((sum, v) => sum + v, 0) / some.length;
    };
    const letter = (i: number): boolean => shot.letters.some(({ place }) => place === i);
    const said = shot.answers.map((list) => list.map((v) => LETTERS[v]).join(""));
    return `After ${shot.updates} updates the selective model gets ${percent(own, 0)} of new letters right, the ` +
      `one with ` +
      `the same step for all ${percent(other, 0)}. The tape says ` +
        `${truth.map(({ letter: v }) => LETTERS[v]).join("")}; ` +
      `they answer ${said.join(" and ")}. The step is ${number(mean(shot.dt[0], letter))} at letters and ` +
      `${number(mean(shot.dt[0], (i) => i < PLACES && !letter(i)))} at blanks.`;
  },
  table: ({ letters, dt, B, C }) => ({ head: ["place", "token", "Δ", "size of B", "size of C", "Δ, same for all"],
    rows: dt[0].map((value, i) => [String(i + 1), i >= PLACES ? "?" : LETTERS[letters.find(({ place }) =>
      place === i)?.letter ?? -1] ?? "blank", number(value, 3), number(B[i], 3), number(C[i], 3),
    number(dt[1][i], 3)]) }),
  invariants: [
    { name: "steps are above zero, and equal tokens get equal ones in the first layer", holds: ({ dt, letters }) => {
      const blanks = dt[0].filter((_, i) => i < PLACES && !letters.some(({ place }) => place === i));
      return dt.flat().every((v) => v > 0) && blanks.every((v) => Math.abs(v - blanks[0]) < 1e-5);
    } },
    { name: "without selection every token gets the same step", holds: ({ dt }) =>
      dt[1].every((v) => Math.abs(v - dt[1][0]) < 1e-6) },
  ],
});
