import { compile, F, Generator, noGrad, optim, RandomStream, randn, state as variable, tensor, type Tensor }
  from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";

const NAMES = ["cat", "dog", "fox", "owl", "bee", "ant", "cow", "hen"], DIGITS = 6;
const WIDTH = 8, BATCH = 64, TESTED = 200, UPDATES = 4, MOST = 50, RATE = 0.04;

/** Lists of (name, digit) pairs, one name asked for, and its digit: [B, n], [B, n], [B], [B]. */
interface Lists { readonly names: Tensor; readonly digits: Tensor; readonly asked: Tensor; readonly answers: Tensor }
interface Models {
  /** Attention: what a name asks for, what it answers to, what a digit gives. */
  readonly query: Tensor; readonly key: Tensor; readonly value: Tensor; readonly read: Tensor;
  /** Fixed context: a pair is encoded, the list is the mean of its pairs, the question is joined to it. */
  readonly name: Tensor; readonly digit: Tensor; readonly down: Tensor; readonly question: Tensor;
  readonly up: Tensor; readonly out: Tensor;
}
interface Point { readonly step: number; readonly attention: number; readonly context: number }
interface State {
  readonly pairs: number;
  readonly models: Models;
  /** One update of both models, on lists given as names, digits, asked and answers. */
  readonly learn: (names: Tensor, digits: Tensor, asked: Tensor, answers: Tensor) => Tensor;
  readonly random: RandomStream;
  readonly test: Lists;
  /** The list that is shown. */
  readonly list: { readonly names: readonly number[]; readonly digits: readonly number[] };
  asked: number;
  steps: number;
  curve: Point[];
  weights: number[]; attention: number[]; context: number[];
}

function write(pairs: number, lists: number, random: RandomStream): Lists {
  const names: number[] = [], digits: number[] = [], asked: number[] = [], answers: number[] = [];
  for (let b = 0; b < lists; b++) {
    const bag = NAMES.map((_, i) => i), place = random.integer(pairs);
    for (let i = 0; i < pairs; i++) {
      const [name] = bag.splice(random.integer(bag.length), 1), digit = random.integer(DIGITS);
      names.push(name);
      digits.push(digit);
      if (i === place) {
        asked.push(name);
        answers.push(digit);
      }
    }
  }
  const ids = (list: readonly number[], ...shape: number[]): Tensor => tensor(Int32Array.from(list), { shape });
  return { names: ids(names, lists, pairs), digits: ids(digits, lists, pairs), asked: ids(asked, lists),
    answers: ids(answers, lists) };
}
/** Weights over the pairs of each list, [B, 1, n]. */
const weigh = ({ query, key }: Models, { names, asked }: Lists): Tensor =>
  F.attentionWeights(query.take(asked).unsqueeze(1), key.take(names));
const attend = (models: Models, lists: Lists): Tensor =>
  weigh(models, lists).matmul(models.value.take(lists.digits)).squeeze(1).matmul(models.read);
/** The list as one vector of fixed size, whatever is asked later. */
function summarise({ name, digit, down, question, up, out }: Models, { names, digits, asked }: Lists): Tensor {
  const context = name.take(names).add(digit.take(digits)).tanh().mean(1).matmul(down);   // [B, size]
  return context.matmul(up).add(question.take(asked)).tanh().matmul(out);
}
async function look(state: State): Promise<State> {
  const { models, test, list } = state;
  const ids = (of: readonly number[]): Tensor => tensor(Int32Array.from(of), { shape: [1, of.length] });
  const shown: Lists = { names: ids(list.names), digits: ids(list.digits),
    asked: ids([list.names[state.asked]]).squeeze(0), answers: ids([list.digits[state.asked]]).squeeze(0) };
  const [right, wrong, weights, a, c] = noGrad(() => {
    const score = (scores: Tensor): Tensor => scores.argmax(1).eq(test.answers).to("f32").mean();
    return [score(attend(models, test)), score(summarise(models, test)), weigh(models, shown),
      F.softmax(attend(models, shown), 1), F.softmax(summarise(models, shown), 1)];
  });
  const point = { step: state.steps, attention: await right.item(), context: await wrong.item() };
  state.curve = [...state.curve.filter(({ step }) => step < state.steps), point];
  [state.weights, state.attention, state.context] = await Promise.all([weights, a, c].map(async (x) =>
    Array.from(await x.data())));
  return state;
}

interface Layout { readonly curve: Plot; readonly height: number; readonly stacked: boolean;
  readonly cards: { readonly left: number; readonly top: number; readonly width: number } }
function layout(width: number, pairs: number): Layout {
  const list = 52 + 30 * pairs + 150, { at: [a, b], stacked, height } = panels(width, { shares: [1, 1],
    height: Math.max(360, list), heights: [list, 270], narrow: 600 });
  const curve = plot({ left: b.x + 38, top: b.y + 62, width: b.w - 46, height: (stacked ? 270 : 330) - 112,
    x: [0, MOST * UPDATES], y: [0, 1], xLabel: "updates" });
  return { curve, height, stacked, cards: { left: a.x, top: a.y, width: a.w } };
}

export default defineFigure({
  id: "recall",
  title: "One vector for everything, or a look at each thing",
  question: "A list must be remembered before the question is known. How much fits into one vector?",
  params: {
    pairs: { kind: "choice", label: "pairs in a list", value: "6", choices: ["2", "4", "6", "8"] },
    size: { kind: "choice", label: "numbers in the fixed context", value: "8", choices: ["2", "8", "32"] },
  },
  init({ pairs, size }, seed): Promise<State> {
    const n = Number(pairs), m = Number(size), generator = new Generator(seed), random = new RandomStream(seed);
    const make = (rows: number, columns: number, spread = 1 / Math.sqrt(columns)): Tensor =>
      variable(randn([rows, columns], { generator }).mul(spread), true);
    const models: Models = { query: make(NAMES.length, WIDTH), key: make(NAMES.length, WIDTH),
      value: make(DIGITS, WIDTH), read: make(WIDTH, DIGITS), name: make(NAMES.length, 32, 0.7),
      digit: make(DIGITS, 32, 0.7), down: make(32, m), question: make(NAMES.length, 32, 0.7), up: make(m, 32),
      out: make(32, DIGITS) };
    const bag = NAMES.map((_, i) => i);
    const names = Array.from({ length: n }, () => bag.splice(random.integer(bag.length), 1)[0]);
    const optimizer = new optim.Adam(Object.values(models), { lr: RATE });
    const learn = compile((...[about, told, asked, answers]: Tensor[]): Tensor => {
      const lists = { names: about, digits: told, asked, answers };
      optimizer.zeroGrad();
      const loss = F.crossEntropy(attend(models, lists), answers)
        .add(F.crossEntropy(summarise(models, lists), answers));
      loss.backward();
      optimizer.step();
      return loss;
    });
    return look({ pairs: n, models, learn, random,
      test: write(n, TESTED, random), list: { names, digits: names.map(() => random.integer(DIGITS)) }, asked: 1,
      steps: 0, curve: [], weights: [], attention: [], context: [] });
  },
  step(state) {
    for (let i = 0; i < UPDATES; i++) {
      const { names, digits, asked, answers } = write(state.pairs, BATCH, state.random);
      state.learn(names, digits, asked, answers);
    }
    state.steps++;
    return look(state);
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type === "press") state.asked = Number(action.id.split(":")[1]);
    return look(state);
  },
  snapshot: ({ pairs, list, asked, steps, curve, weights, attention, context }) => ({ pairs, list, asked, steps,
    curve: [...curve], weights: [...weights], attention: [...attention], context: [...context] }),

  view({ pairs, list, asked, curve, weights, attention, context }, { width }: Frame): Scene {
    const { curve: graph, cards, height } = layout(width, pairs), marks: Mark[] = [];
    const { left, top, width: room } = cards, answer = list.digits[asked];
    marks.push({ kind: "text", x: left, y: top + 22, size: 13, fill: "ink-2",
      text: "press a name to ask for its digit; bars: attention" });
    list.names.forEach((name, i) => {
      const y = top + 38 + 30 * i, now = i === asked, from = left + 104, full = room - 104 - 50;
      marks.push({ kind: "box", x: left, y, w: 92, h: 25, round: 4, fill: now ? "mark" : "plate",
        stroke: now ? "ink" : "ink-3", width: now ? 2 : 1.2,
        handle: { id: `ask:${i}`, label: `${NAMES[name]} has ${list.digits[i]}, weight ${percent(weights[i])}`,
          press: true } },
      { kind: "text", x: left + 12, y: y + 17, size: 14, text: NAMES[name], fill: now ? "on-mark" : "ink" },
      { kind: "text", x: left + 80, y: y + 17, size: 14, anchor: "end", role: "number", text: String(list.digits[i]),
        fill: now ? "on-mark" : "ink" },
      { kind: "box", x: from, y: y + 5, w: Math.max(0.5, full * weights[i]), h: 15, fill: "series-1",
        title: `weight ${percent(weights[i])}` },
      { kind: "text", x: left + room, y: y + 17, size: 13, anchor: "end", role: "number", fill: "ink-2",
        text: fixed(weights[i], 2) });
    });
    // What each model answers.
    const below = top + 38 + 30 * pairs + 22, label = 78, slot = (room - label) / DIGITS;
    marks.push({ kind: "text", x: left, y: below, size: 13, fill: "ink-2",
      text: `what each believes about “${NAMES[list.names[asked]]}”` });
    [{ text: "attention", chances: attention, hatch: false, y: below + 48 },
      { text: "one vector", chances: context, hatch: true, y: below + 98 }].forEach(({ text, chances, hatch, y }) => {
      const colour = hatch ? "series-2" : "series-1";
      marks.push({ kind: "text", x: left, y, size: 13, text });
      marks.push({ kind: "line", points: [[left + label, y], [left + room, y]], stroke: "ink-3", width: 1 });
      chances.forEach((chance, digit) => {
        marks.push({ kind: "box", x: left + label + slot * digit + 4, y: y - 34 * chance, w: slot - 8, h: 34 * chance,
          fill: colour, stroke: colour, width: 1.2, hatch, title: `${digit}: ${percent(chance)}` });
      });
    });
    Array.from({ length: DIGITS }, (_, digit) => {
      const x = left + label + slot * (digit + 0.5), y = below + 112, now = digit === answer;
      if (now) marks.push({ kind: "box", x: x - 10, y: y - 5, w: 20, h: 18, fill: "mark", stroke: "ink", width: 1.5,
        round: 3 });
      marks.push({ kind: "text", x, y: y + 8.5, anchor: "middle", size: 13, role: "number", text: String(digit),
        fill: now ? "on-mark" : "ink-2" });
    });
    const last = curve[curve.length - 1], { left: gl, top: gt } = graph;
    marks.push(...graph.marks, { kind: "text", x: gl - 28, y: gt - 42, size: 13, fill: "ink-2",
      text: "share of right answers on new lists" });
    const guess = graph.y(1 / DIGITS);
    marks.push({ kind: "line", points: [[gl, guess], [graph.right, guess]], stroke: "ink-3", width: 1.2, dash: [2, 3] },
      { kind: "text", x: graph.right - 5, y: guess + 15, anchor: "end", size: 12, fill: "ink-2", text: "a guess" });
    const key = (x: number, text: string, colour: "series-1" | "series-2"): void => {
      const dash = colour === "series-2" ? { dash: [7, 4] } : {};
      marks.push({ kind: "line", points: [[x, gt - 20], [x + 22, gt - 20]], stroke: colour, width: 2.5, ...dash },
        { kind: "text", x: x + 28, y: gt - 16, text, size: 13 });
    };
    key(gl - 28, `attention ${fixed(last.attention)}`, "series-1");
    key(gl + 104, `one vector ${fixed(last.context)}`, "series-2");
    const line = (pick: "attention" | "context"): Pair[] => curve.map((p): Pair => [p.step * UPDATES, p[pick]]);
    marks.push(...path(graph, line("context"), { stroke: "series-2", width: 2.5, dash: [7, 4] }),
      ...path(graph, line("attention"), { stroke: "series-1", width: 2.5 }));
    for (const pick of ["attention", "context"] as const) {
      const [x, y] = graph.point(last.step * UPDATES, last[pick]);
      marks.push({ kind: "disc", x, y, r: 5, fill: "mark", stroke: "ink", width: 1.5 });
    }
    return { width, height, marks };
  },
  describe({ pairs, list, asked, steps, curve, weights, attention, context }) {
    const last = curve[curve.length - 1], digit = list.digits[asked];
    return `After ${count(steps * UPDATES, "update")}, with ${pairs} pairs in a list, attention answers ` +
      `${percent(last.attention, 0)} of new lists rightly, the fixed vector ${percent(last.context, 0)}. Asked for ` +
      `“${NAMES[list.names[asked]]}”, attention gives ${percent(weights[asked], 0)} of its weight to ` +
      `that pair; the right digit, ${digit}, gets ${percent(attention[digit], 0)} from it and ` +
      `${percent(context[digit], 0)} from the vector.`;
  },
  table: ({ curve }) => ({ head: ["updates", "attention", "one vector"],
    rows: curve.filter((_, i) => i % 5 === 0 || i === curve.length - 1).map(({ step, attention, context }) =>
      [String(step * UPDATES), percent(attention), percent(context)]) }),
  invariants: [
    { name: "the weights over the list add up to 1", holds: ({ weights }) =>
      Math.abs(weights.reduce((a, b) => a + b, 0) - 1) < 1e-4 },
    { name: "both answers are probabilities", holds: ({ attention, context }) => [attention, context].every((chances) =>
      Math.abs(chances.reduce((a, b) => a + b, 0) - 1) < 1e-4) },
    { name: "no share leaves the interval from 0 to 1", holds: ({ curve }) => curve.every((point) =>
      point.attention >= 0 && point.attention <= 1 && point.context >= 0 && point.context <= 1) },
  ],
});
