import { compile, F, Generator, manualSeed, nn, noGrad, optim, randint, randn, stack, state as variable, type Tensor }
  from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";

const T = 8, LETTERS = "abcdef", V = LETTERS.length, D = 24, BATCH = 48, TESTED = 100, UPDATES = 1, MOST = 80;
/** How far back each of the two questions looks; places before the third have no answer to both. */
const BACK = [1, 3], FIRST = 3;
type Two = readonly [number, number];

interface Point { readonly step: number; readonly right: Two }
interface State {
  readonly heads: number;
  readonly positions: boolean;
  readonly letters: Tensor; readonly places: Tensor | null;
  readonly attention: nn.MultiheadAttention;
  readonly answers: readonly nn.Linear[];
  /** One update on words [B, T]. */
  learn: (words: Tensor) => Tensor;
  readonly generator: Generator;
  readonly test: Tensor;
  readonly shown: Tensor;
  readonly word: readonly number[];
  off: boolean[];
  steps: number;
  curve: Point[];
  /** Weights of the shown word, head by head, rows of T. */
  weights: number[][];
  /** What the questions are answered with, and what is right, for the shown word’s last place. */
  told: { readonly said: Two; readonly right: Two };
}
/** Words [B, T] to scores for both questions, [B, T, V] each, and the weights [B, h, T, T]. */
function run(state: State, words: Tensor, off: readonly boolean[] = []): { scores: Tensor[]; weights: Tensor } {
  const { letters, places, attention, answers } = state, x = letters.take(words);
  const input = places === null ? x : x.add(places);
  const [output, weights] = attention.forward(input, input, input,
    { causal: true, needWeights: true, averageAttnWeights: false });
  // A head is switched off by taking away what its part of the output matrix adds.
  let y = output;
  off.forEach((gone, h) => { if (gone) y = y.sub(part(state, input, weights!, h)); });
  return { scores: answers.map((answer) => answer.forward(y)), weights: weights! };
}
/** What one head adds to the output: [B, T, D]. */
function part({ attention, heads }: State, x: Tensor, weights: Tensor, head: number): Tensor {
  const wide = D / heads, [, , matrix] = attention.in_proj_weight!.chunk(3, 0), [, , bias] =
    attention.in_proj_bias!.chunk(3, 0);
  const values = F.linear(x, matrix.narrow(0, head * wide, wide), bias.narrow(0, head * wide, wide));
  return F.linear(weights.select(1, head).matmul(values), attention.out_proj.weight.narrow(1, head * wide, wide));
}
/** The letters that the questions ask for, at places from FIRST on. */
const wanted = (words: Tensor, back: number): Tensor => words.narrow(1, FIRST - back, T - FIRST);
const asked = (scores: Tensor): Tensor => scores.narrow(1, FIRST, T - FIRST);

async function look(state: State): Promise<State> {
  const [shares, shown, weights] = noGrad(() => {
    const { scores } = run(state, state.test, state.off), one = run(state, state.shown, state.off);
    return [stack(scores.map((score, i) => asked(score).argmax(2).eq(wanted(state.test, BACK[i])).to("f32").mean()), 0),
      stack(one.scores.map((score) => score.select(1, T - 1).argmax(1)), 0), one.weights];
  });
  const [a, b] = await shares.data(), said = await shown.data(), flat = Array.from(await weights.data());
  const point: Point = { step: state.steps, right: [a, b] };
  state.curve = [...state.curve.filter(({ step }) => step < state.steps), point];
  state.weights = Array.from({ length: state.heads }, (_, h) => flat.slice(h * T * T, (h + 1) * T * T));
  state.told = { said: [said[0], said[1]], right: [state.word[T - 1 - BACK[0]], state.word[T - 1 - BACK[1]]] };
  return state;
}

interface Layout { readonly maps: readonly { readonly x: number; readonly y: number }[]; readonly side: number;
  readonly curve: Plot; readonly height: number }
function layout(width: number, heads: number): Layout {
  const across = width < 560 ? Math.min(heads, 2) : heads === 4 && width < 900 ? 2 : heads;
  const wide = width >= 620, room = wide ? width * 0.56 : width - 20, gap = 22;
  const side = Math.min(heads === 1 ? 260 : 216, (room - 34 - gap * (across - 1)) / across);
  const maps = Array.from({ length: heads }, (_, h) => ({ x: 34 + (h % across) * (side + gap),
    y: 50 + Math.floor(h / across) * (side + 58) }));
  const below = 50 + Math.ceil(heads / across) * (side + 58);
  const left = wide ? 34 + across * side + (across - 1) * gap + 58 : 44;
  const curve = plot({ left, top: wide ? 70 : below + 56, width: width - left - 14, height: wide ? 190 : 160,
    x: [0, MOST * UPDATES], y: [0, 1], xLabel: "updates" });
  return { maps, side, curve, height: Math.max(below, curve.bottom + 92) };
}

export default defineFigure({
  id: "two-heads",
  title: "Two questions, two heads",
  question: "At every place two letters are asked for, one and three places back. How many heads does that take?",
  params: {
    heads: { kind: "choice", label: "heads", value: "2", choices: ["1", "2", "4"] },
    positions: { kind: "flag", label: "positions are told", value: true },
  },
  init({ heads: chosen, positions }, seed): Promise<State> {
    manualSeed(seed);
    const heads = Number(chosen), generator = new Generator(seed);
    const letters = variable(randn([V, D], { generator }), true);
    const places = positions ? variable(randn([T, D], { generator }), true) : null;
    const attention = new nn.MultiheadAttention(D, heads, { batchFirst: true });
    const answers = BACK.map(() => new nn.Linear(D, V));
    const parameters = [letters, ...(places === null ? [] : [places]), ...attention.parameters(),
      ...answers.flatMap((answer) => [...answer.parameters()])];
    const shown = randint(0, V, [1, T], { generator }), word = Array.from(shown.dataSync());
    const optimizer = new optim.Adam(parameters, { lr: 0.015 });
    const state: State = { heads, positions, letters, places, attention, answers, generator, learn: (words) => words,
      test: randint(0, V, [TESTED, T], { generator }), shown, word,
      off: Array.from({ length: heads }, () => false), steps: 0, curve: [], weights: [],
      told: { said: [0, 0], right: [0, 0] } };
    state.learn = compile((words: Tensor): Tensor => {
      optimizer.zeroGrad();
      const [near, far] = run(state, words).scores.map((score, k) =>
        F.crossEntropy(asked(score).flatten(0, 1), wanted(words, BACK[k]).flatten()));
      const loss = near.add(far);
      loss.backward();
      optimizer.step();
      return loss;
    });
    return look(state);
  },
  step(state) {
    for (let i = 0; i < UPDATES; i++) state.learn(randint(0, V, [BATCH, T], { generator: state.generator }));
    state.steps++;
    return look(state);
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type === "press") {
      const head = Number(action.id.split(":")[1]);
      state.off = state.off.map((gone, h) => (h === head ? !gone : gone));
    }
    return look(state);
  },
  snapshot: ({ heads, positions, word, off, steps, curve, weights, told }) => ({ heads, positions, word: [...word],
    off: [...off], steps, curve: [...curve], weights: weights.map((rows) => [...rows]), told }),

  view({ heads, word, off, curve, weights, told }, { width }: Frame): Scene {
    const { maps, side, curve: graph, height } = layout(width, heads), marks: Mark[] = [], cell = side / T;
    marks.push({ kind: "text", x: 12, y: 20, size: 13, fill: "ink-2", text: "weights, head by head" });
    maps.forEach(({ x, y }, h) => {
      const gone = off[h];
      marks.push({ kind: "cells", x, y, w: side, h: side, rows: T, columns: T, values: weights[h], scale: 1,
        opacity: gone ? 0.25 : 1 });
      word.forEach((letter, i) => {
        marks.push({ kind: "text", x: x + (i + 0.5) * cell, y: y - 6, anchor: "middle", size: 12, role: "code",
          fill: "ink-2", text: LETTERS[letter] });
        if (x === 34) {
          marks.push({ kind: "text", x: x - 9, y: y + (i + 0.5) * cell + 4, anchor: "end", size: 12, role: "code",
            fill: "ink-2", text: LETTERS[letter] });
        }
      });
      // Dots where the two questions would have it look.
      for (let t = FIRST; t < T; t++) {
        for (const [i, back] of BACK.entries()) {
          const cx = x + (t - back + 0.5) * cell, cy = y + (t + 0.5) * cell, r = Math.min(4, cell / 6);
          marks.push(i === 0 ? { kind: "disc", x: cx, y: cy, r, fill: "none", stroke: "ink", width: 1.5 }
            : { kind: "box", x: cx - r, y: cy - r, w: 2 * r, h: 2 * r, fill: "none", stroke: "ink", width: 1.5 });
        }
      }
      const label = side < 120 ? (gone ? `head ${h + 1}: off` : `head ${h + 1}: on`)
        : gone ? `head ${h + 1} is off` : `head ${h + 1}: switch off`;
      marks.push({ kind: "box", x, y: y + side + 8, w: Math.min(side, 132), h: 26, round: 4,
        fill: gone ? "mark" : "plate", stroke: gone ? "ink" : "ink-3", width: gone ? 2 : 1.2,
        handle: { id: `head:${h}`, label: `head ${h + 1} is ${gone ? "off" : "on"}`, press: true } },
      { kind: "text", x: x + 10, y: y + side + 25, size: 13, text: label, fill: gone ? "on-mark" : "ink" });
    });
    const last = curve[curve.length - 1], { left, top } = graph;
    marks.push(...graph.marks, { kind: "text", x: left - 24, y: top - 42, size: 13, fill: "ink-2",
      text: "share of right answers, new words" });
    const line = (i: 0 | 1): Pair[] => curve.map(({ step, right }): Pair => [step * UPDATES, right[i]]);
    const half = (graph.right - left + 24) / 2;
    BACK.forEach((back, i) => {
      const x = left - 24 + i * half, colour = i === 0 ? "series-1" : "series-2";
      marks.push(i === 0 ? { kind: "disc", x: x + 5, y: top - 20, r: 4.5, fill: "plate", stroke: colour, width: 2 }
        : { kind: "box", x: x + 1, y: top - 24.5, w: 9, h: 9, fill: "plate", stroke: colour, width: 2 },
      { kind: "text", x: x + 16, y: top - 15.5, size: 13, text: `${back} back: ${fixed(last.right[i])}` });
      marks.push(...path(graph, line(i as 0 | 1),
        { stroke: colour, width: 2.5, ...(i === 0 ? {} : { dash: [7, 4] }) }));
      const [px, py] = graph.point(last.step * UPDATES, last.right[i]);
      marks.push(i === 0 ? { kind: "disc", x: px, y: py, r: 5, fill: "mark", stroke: "ink", width: 1.5 }
        : { kind: "box", x: px - 4.5, y: py - 4.5, w: 9, h: 9, fill: "mark", stroke: "ink", width: 1.5 });
    });
    const guess = graph.y(1 / V);
    marks.push({ kind: "line", points: [[left, guess], [graph.right, guess]], stroke: "ink-3", width: 1.2,
      dash: [2, 3] },
      { kind: "text", x: graph.right - 5, y: guess + 15, anchor: "end", size: 12, fill: "ink-2", text: "a guess" });
    const y = graph.bottom + 58;
    marks.push({ kind: "text", x: left - 24, y, size: 13, fill: "ink-2", text: `after “${word.map((l) => LETTERS[l])
      .join("")}” it says` });
    BACK.forEach((back, i) => {
      const right = told.said[i] === told.right[i];
      marks.push({ kind: "text", x: left - 24 + i * half, y: y + 22, size: 13, fill: right ? "good" : "bad",
        text: `${back} back: ${LETTERS[told.said[i]]} ${right ? "✓" : `✗ (${LETTERS[told.right[i]]})`}` });
    });
    return { width, height, marks };
  },
  describe({ heads, positions, off, steps, curve, weights }) {
    const last = curve[curve.length - 1].right, gone = off.filter(Boolean).length;
    const looks = weights.map((rows, h) => {
      const back = BACK.map((by) => rows.reduce((sum, w, i) => (Math.floor(i / T) >= FIRST
        && Math.floor(i / T) - i % T === by ? sum + w : sum), 0) / (T - FIRST));
      return `head ${h + 1} ${percent(back[0], 0)} one back and ${percent(back[1], 0)} three back`;
    });
    return `After ${count(steps * UPDATES, "update")} with ${count(heads, "head")}` +
      `${positions ? "" : ", positions untold"}${gone === 0 ? "" : `, ${gone} of them off`}: the letter one ` +
      `place back is right in ${percent(last[0], 0)}, the letter three places back in ${percent(last[1], 0)}. ` +
      `Of its weight ${looks.join("; ")}.`;
  },
  table: ({ curve }) => ({ head: ["updates", "one back", "three back"],
    rows: curve.filter((_, i) => i % 5 === 0 || i === curve.length - 1).map(({ step, right }) =>
      [String(step * UPDATES), percent(right[0]), percent(right[1])]) }),
  invariants: [
    { name: "in every head each row of weights adds up to 1", holds: ({ weights }) => weights.every((rows) =>
      Array.from({ length: T }, (_, t) => rows.slice(t * T, (t + 1) * T).reduce((a, b) => a + b, 0))
        .every((sum) => Math.abs(sum - 1) < 1e-4)) },
    { name: "nobody looks ahead", holds: ({ weights }) => weights.every((rows) =>
      rows.every((w, i) => i % T <= Math.floor(i / T) || w === 0)) },
    { name: "the first place can look at itself only", holds: ({ weights }) =>
      weights.every((rows) => Math.abs(rows[0] - 1) < 1e-5) },
  ],
});
