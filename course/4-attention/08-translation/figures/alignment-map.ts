import { compile, F, manualSeed, noGrad, optim, RandomStream, tensor, type Tensor } from "gradus";
import { Seq2Seq, TranslationTransformer, type EncoderDecoder } from "gradus/models";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";
import {
  batchOf, HELD, KNOWN, SOURCE_WORDS, sourceOf, START, STOP, TARGET, TARGET_WORDS, targetOf, type Batch,
} from "../numbers.ts";

const BATCH = 32, UPDATES = 4, MOST = 60, S = 5, WARM_UP = 40;
const MODELS = ["recurrent, additive", "recurrent, dot", "Transformer"] as const;
type Name = (typeof MODELS)[number];
function modelOf(name: Name): EncoderDecoder {
  const sizes = { vocabulary: TARGET_WORDS.length, sourceVocabulary: SOURCE_WORDS.length };
  if (name === "Transformer") {
    return new TranslationTransformer({ ...sizes, block: TARGET + 1, width: 32, heads: 4, layers: 1, inner: 64,
      dropout: 0, normFirst: true });
  }
  return new Seq2Seq({ ...sizes, embedding: 16, hidden: 32,
    attention: name === "recurrent, dot" ? "luong-dot" : "bahdanau" });
}
interface Row { readonly word: number; readonly weights: readonly number[] }
interface Shot {
  digits: readonly number[];
  rows: readonly Row[];
  curve: readonly Pair[];
  updates: number;
  /** The first number held back whose translation is wrong: what it says, and what it should. */
  slip: { readonly number: number; readonly said: string } | null;
  readonly name: Name;
  readonly parameters: number;
}
interface State extends Shot {
  readonly model: EncoderDecoder; readonly random: RandomStream; readonly held: Batch;
  readonly learn: (source: Tensor, input: Tensor, wanted: Tensor) => Tensor;
  readonly likeliest: (source: Tensor, input: Tensor) => Tensor;
  readonly schedule: optim.LambdaLR;
}
const numberOf = (digits: readonly number[]): number => digits.reduce((n, digit) => 10 * n + digit, 0);
const spoken = (words: readonly number[]): string => words.filter((word) => word !== STOP).map((word) =>
  TARGET_WORDS[word]).join(" ");

/** Writes greedily, and keeps where each word was looked up. */
async function translate(model: EncoderDecoder, n: number): Promise<Row[]> {
  const source = tensor(Int32Array.from(sourceOf(n)), { shape: [1, sourceOf(n).length] }), rows: Row[] = [];
  let state = noGrad(() => model.start(model.encode(source))), token = START;
  while (token !== STOP && rows.length < TARGET) {
    const before = state, read = token, made = noGrad(() => model.step(tensor(Int32Array.of(read)), before));
    const scores = Array.from(await made.logits.data()), weights = await made.weights!.data();
    token = scores.reduce((best, score, i) => (score > scores[best] ? i : best), 0);
    rows.push({ word: token, weights: Array.from(weights) });
    state = made.state;
  }
  return rows;
}
async function look(state: State): Promise<State> {
  state.rows = await translate(state.model, numberOf(state.digits));
  return state;
}
async function measure(state: State): Promise<State> {
  const { source, input } = state.held, said = await noGrad(() => state.likeliest(source, input)).data();
  // With the right words before it, each word has to be right: enough to know that greedy writing is.
  const wrong = HELD.filter((n, i) => targetOf(n).some((word, t) => said[i * TARGET + t] !== word));
  state.curve = [...state.curve, [state.updates, 1 - wrong.length / HELD.length]];
  state.slip = wrong.length === 0 ? null
    : { number: wrong[0], said: spoken((await translate(state.model, wrong[0])).map(({ word }) => word)) };
  return look(state);
}

interface Layout { readonly x: number; readonly y: number; readonly w: number; readonly h: number; readonly on: Plot;
  readonly height: number }
const ROW = 34, NAME = 86;
function layout(width: number): Layout {
  const wide = width >= 640, x = 14 + NAME, y = 126, w = ((wide ? width * 0.62 : width) - 28 - NAME) / S;
  const below = y + TARGET * ROW, left = wide ? width * 0.62 + 46 : 50;
  const on = plot({ left, top: wide ? 74 : below + 72, width: width - left - 14, height: 150, x: [0, MOST * UPDATES],
    y: [0, 1], xLabel: "updates", yLabel: "held back, right", xTicks: 3, yTicks: 4 });
  return { x, y, w, h: ROW, on, height: Math.max(below + 16, on.bottom + 104) };
}

export default defineFigure({
  id: "alignment-map",
  title: "Where each word was looked up",
  question: "German says seven and forty. Where does a translator look when it writes which word?",
  params: {
    model: { kind: "choice", label: "translator", value: "recurrent, additive", choices: MODELS },
    rate: { kind: "choice", label: "rate", value: "constant", choices: ["constant", "up, then down"] },
  },
  async init({ model: name, rate }, seed): Promise<State> {
    manualSeed(seed);
    const model = modelOf(name), optimizer = new optim.Adam([...model.parameters()], { lr: 0.01 });
    // Relative to 0.01: up in 40 updates, then down with the root, as in 2017.
    const schedule = new optim.LambdaLR(optimizer, (n) => (rate === "constant" ? 1
      : Math.min((n + 1) / WARM_UP, Math.sqrt(WARM_UP / (n + 1)))));
    const learn = compile((source: Tensor, input: Tensor, wanted: Tensor): Tensor => {
      optimizer.zeroGrad();
      const loss = F.crossEntropy(model.forward(source, input).flatten(0, 1), wanted.flatten(), { ignoreIndex: 0 });
      loss.backward();
      optimizer.step();
      return loss;
    });
    return measure({ model, learn, schedule, likeliest: compile((source: Tensor, input: Tensor): Tensor =>
      model.forward(source, input).argmax(2)), random: new RandomStream(seed), held: batchOf(HELD), digits: [2, 4, 7],
    rows: [], curve: [], updates: 0, slip: null, name,
    parameters: [...model.parameters()].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0) });
  },
  async step(state) {
    for (let i = 0; i < UPDATES; i++) {
      const { source, input, wanted } = batchOf(Array.from({ length: BATCH }, () => KNOWN[state.random.integer(
        KNOWN.length)]));
      state.learn(source, input, wanted);
      state.schedule.step();
    }
    state.updates += UPDATES;
    return measure(state);
  },
  done: ({ updates }) => updates >= MOST * UPDATES,
  act(state, action) {
    if (action.type !== "press") return state;
    const place = Number(action.id.split(":")[1]);
    state.digits = state.digits.map((digit, i) => (i === place ? (digit + 1) % 10 : digit));
    return look(state);
  },
  snapshot: ({ digits, rows, curve, updates, slip, name, parameters }): Shot =>
    ({ digits, rows, curve, updates, slip, name, parameters }),

  view({ digits, rows, curve, slip }, { width }: Frame): Scene {
    const { x, y, w, h, on, height } = layout(width), n = numberOf(digits), marks: Mark[] = [];
    const source = sourceOf(n), right = targetOf(n);
    marks.push({ kind: "text", x: 14, y: 22, size: 13, fill: "ink-2", text: width < 560 ? "press digits"
      : "press the digits to translate another number; rows are written, columns were read" });
    digits.forEach((digit, i) => marks.push({ kind: "box", x: x + 40 * i, y: 36, w: 34, h: 32, round: 4, fill: "plate",
      stroke: "ink-3", width: 1, handle: { id: `digit:${i}`, press: true, label: `digit ${i + 1}, ${digit}` } },
    { kind: "text", x: x + 40 * i + 17, y: 58, anchor: "middle", size: 18, role: "code", text: String(digit) }));
    source.forEach((word, s) => marks.push({ kind: "text", x: x + (s + 0.5) * w, y: y - (s % 2 === 0 ? 10 : 28),
      anchor: "middle", size: 13, text: SOURCE_WORDS[word] }));
    rows.forEach(({ word, weights }, t) => {
      const ok = word === right[t], top = y + t * h;
      marks.push({ kind: "text", x: x - 8, y: top + h * 0.62, anchor: "end", size: 13, bold: ok,
        fill: ok ? "ink" : "bad", text: `${ok ? "" : "✗ "}${word === STOP ? "stop" : TARGET_WORDS[word]}` },
      { kind: "cells", x, y: top + 1, w: w * weights.length, h: h - 2, rows: 1, columns: weights.length,
        values: weights, scale: 1, ...(w > 44 ? { digits: 2 } : {}) });
    });
    marks.push(...on.marks, ...path(on, curve, { stroke: "series-1", width: 2.5 }));
    curve.slice(-1).forEach(([u, v]) => marks.push({ kind: "disc", x: on.x(u), y: on.y(v), r: 4, fill: "mark",
      stroke: "ink", width: 1.2 }));
    const lines = slip === null ? ["no number held back is wrong"]
      : [`wrong, for one: ${slip.number}`, `“${slip.said.slice(0, 34)}”`];
    lines.forEach((text, i) => marks.push({ kind: "text", x: on.left, y: on.bottom + 64 + 20 * i, size: 13,
      fill: slip === null ? "good" : "ink", text: text.slice(0, Math.floor((width - on.left - 14) / 6)) }));
    return { width, height, marks };
  },
  describe({ name, parameters, updates, curve, digits, rows, slip }) {
    const said = spoken(rows.map(({ word }) => word)), [, share] = curve[curve.length - 1];
    const seven = rows.map(({ word, weights }) => `${word === STOP ? "stop" : TARGET_WORDS[word]} at ` +
      `${SOURCE_WORDS[sourceOf(numberOf(digits))[weights.indexOf(Math.max(...weights))]]}`).join(", ");
    return `After ${count(updates, "update")} the ${name} translator, ${count(parameters, "parameter")}, gets ` +
      `${percent(share, 0)} of the numbers held back. It writes ${numberOf(digits)} as “${said}”, looking most: ` +
      `${seven}. ` +
      (slip === null ? "" : `A wrong one is ${slip.number}: “${slip.said}”.`);
  },
  table: ({ digits, rows }) => ({ head: ["written", ...sourceOf(numberOf(digits)).map((word) => SOURCE_WORDS[word])],
    rows: rows.map(({ word, weights }) => [word === STOP ? "stop" : TARGET_WORDS[word],
      ...weights.map((weight) => percent(weight, 0))]) }),
  invariants: [
    { name: "weights of every word add up to 1", holds: ({ rows }) => rows.every(({ weights }) =>
      Math.abs(weights.reduce((a, b) => a + b, 0) - 1) < 1e-4) },
    { name: "shares lie between 0 and 1", holds: ({ curve }) => curve.every(([, v]) => v >= 0 && v <= 1) },
  ],
});
