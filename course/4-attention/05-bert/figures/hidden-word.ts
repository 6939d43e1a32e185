import { compile, F, Generator, manualSeed, Module, nn, noGrad, optim, RandomStream, randn, state as variable, tensor,
  type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";

const ADJECTIVES = ["old", "grey", "shy"], ANIMALS = ["dog", "cat", "cow", "owl"], VERBS = ["barks", "purrs", "moos",
  "hoots"], TIMES = ["today", "again"];
const START = "[START]", MASK = "[MASK]";
const WORDS = ["the", ...ADJECTIVES, ...ANIMALS, ...VERBS, ...TIMES, START, MASK], V = WORDS.length;
/** Places: the, adjective, animal, verb, time. The animal is told by the verb behind it, the verb by the animal. */
const T = 5, ANIMAL = 2, VERB = 3;
const D = 24, BATCH = 32, TESTED = 80, MOST = 80, UPDATES = 1;
const TRACKED = [ANIMAL, VERB] as const;
type Two = readonly [number, number];

/** One layer of a Transformer that sees both sides, or its past only; the rest is the same. */
class Reader extends Module {
  readonly words: Tensor;
  readonly places: Tensor;
  readonly layer: nn.TransformerEncoderLayer;
  readonly answer: nn.Linear;
  readonly causal: boolean;
  constructor(causal: boolean, seed: number) {
    super();
    const generator = new Generator(seed);
    this.words = variable(randn([V, D], { generator }).mul(0.3), true);
    this.places = variable(randn([T, D], { generator }).mul(0.3), true);
    this.layer = new nn.TransformerEncoderLayer(D, 2, { dimFeedforward: 2 * D, dropout: 0, batchFirst: true });
    this.answer = new nn.Linear(D, V);
    this.causal = causal;
  }
  /** Words [B, T] to scores [B, T, V]. */
  forward(words: Tensor): Tensor {
    return this.answer.forward(this.layer.forward(this.words.take(words).add(this.places), { causal: this.causal }));
  }
}
/** What each model is asked at the hidden place of one sentence: chances of all words. */
interface Guess { readonly both: readonly number[]; readonly past: readonly number[] }
interface Point { readonly step: number; readonly both: Two; readonly past: Two }
interface State {
  readonly readers: readonly [both: Reader, past: Reader];
  readonly score: readonly ((words: Tensor) => Tensor)[];
  readonly learn: (hidden: Tensor, at: Tensor, sentences: Tensor) => Tensor;
  readonly random: RandomStream;
  readonly test: readonly (readonly number[])[];
  sentence: number;
  place: number;
  steps: number;
  curve: Point[];
  guess: Guess;
}
function write(random: RandomStream): number[] {
  const animal = random.integer(4), id = (word: string): number => WORDS.indexOf(word);
  return [id("the"), id(ADJECTIVES[random.integer(3)]), id(ANIMALS[animal]), id(VERBS[animal]),
    id(TIMES[random.integer(2)])];
}
const rows = (sentences: readonly (readonly number[])[]): Tensor => tensor(Int32Array.from(sentences.flat()),
  { shape: [sentences.length, T] });
const hide = (sentence: readonly number[], place: number): number[] =>
  sentence.map((word, t) => (t === place ? WORDS.indexOf(MASK) : word));
/** What the left-to-right model reads: the sentence moved on by one. */
const moved = (sentence: readonly number[]): number[] => [WORDS.indexOf(START), ...sentence.slice(0, T - 1)];

async function look(state: State): Promise<State> {
  const { score, test, sentence, place } = state, shown = test[sentence];
  // All questions at once: animals hidden, verbs hidden, and the sentence on show.
  const asked = [...TRACKED.flatMap((t) => test.map((s) => hide(s, t))), hide(shown, place)];
  const told = [...test, shown].map(moved);
  const [both, past] = await Promise.all([score[0](rows(asked)), score[1](rows(told))].map((scores) => scores.data()));
  const own = (scores: ArrayLike<number>, row: number, t: number): number[] =>
    Array.from({ length: V }, (_, word) => scores[(row * T + t) * V + word]);
  const best = (scores: readonly number[]): number => scores.indexOf(Math.max(...scores));
  const share = (right: (i: number) => boolean): number => test.filter((_, i) => right(i)).length / TESTED;
  const [animal, verb] = TRACKED.map((t, k) => [
    share((i) => best(own(both, k * TESTED + i, t)) === test[i][t]), share((i) => best(own(past, i, t)) === test[i][t]),
  ]);
  const point: Point = { step: state.steps, both: [animal[0], verb[0]], past: [animal[1], verb[1]] };
  state.curve = [...state.curve.filter(({ step }) => step < state.steps), point];
  state.guess = { both: chances(own(both, TRACKED.length * TESTED, place)), past: chances(own(past, TESTED, place)) };
  return state;
}

function chances(scores: readonly number[]): number[] {
  const top = Math.max(...scores), powers = scores.map((s) => Math.exp(s - top)), sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

interface Layout { readonly words: readonly { readonly x: number; readonly y: number; readonly w: number }[];
  readonly bars: readonly { readonly x: number; readonly y: number; readonly w: number }[];
  readonly curves: readonly Plot[]; readonly height: number }
const SHOWN = 6, BAR = 25;
function layout(width: number): Layout {
  const wide = width >= 620, edge = 12, gap = 6, each = Math.min(112, (width - 2 * edge - (T - 1) * gap) / T);
  const words = Array.from({ length: T }, (_, t) => ({ x: edge + t * (each + gap), y: 34, w: each }));
  const half = (width - 2 * edge - 28) / 2, top = 122, barsHigh = 30 + SHOWN * BAR;
  const bars = [0, 1].map((k) => (wide ? { x: edge + k * (half + 28), y: top, w: half }
    : { x: edge, y: top + k * (barsHigh + 22), w: width - 2 * edge }));
  const below = (wide ? top + barsHigh : top + 2 * barsHigh + 22) + 74;
  const curves = [0, 1].map((k) => {
    const left = wide ? edge + 34 + k * (half + 28) : edge + 34;
    return plot({ left, top: wide ? below : below + k * 250, width: (wide ? half : width - 2 * edge) - 42, height: 150,
      x: [0, MOST * UPDATES], y: [0, 1], xLabel: "updates" });
  });
  return { words, bars, curves, height: curves[1].bottom + 46 };
}

export default defineFigure({
  id: "hidden-word",
  title: "Which side knows the word",
  question: "One model sees both sides of a hidden word, the other only its past. At which words does that matter?",
  params: {},
  init(_, seed): Promise<State> {
    manualSeed(seed);
    const random = new RandomStream(seed), readers = [new Reader(false, seed), new Reader(true, seed)] as const;
    const optimizer = new optim.Adam(readers.flatMap((reader) => [...reader.parameters()]), { lr: 0.004 });
    const target = (reader: Reader, words: Tensor): Tensor => reader.forward(words).flatten(0, 1);
    const learn = compile((hidden: Tensor, labels: Tensor, sentences: Tensor): Tensor => {
      optimizer.zeroGrad();
      const [both, past] = readers, start = sentences.narrow(1, 0, 1).mul(0).add(WORDS.indexOf(START));
      const shifted = start.pad([0, 0], [0, T - 1]).add(sentences.narrow(1, 0, T - 1).pad([0, 1], [0, 0]));
      const loss = F.crossEntropy(target(both, hidden), labels.flatten(), { ignoreIndex: -100 })
        .add(F.crossEntropy(target(past, shifted), sentences.flatten()));
      loss.backward();
      optimizer.step();
      return loss;
    });
    const score = readers.map((reader) => compile((words: Tensor): Tensor => noGrad(() => reader.forward(words))));
    return look({ readers, score, learn, random, test: Array.from({ length: TESTED }, () => write(random)), sentence: 0,
      place: ANIMAL, steps: 0, curve: [], guess: { both: [], past: [] } });
  },
  step(state) {
    for (let i = 0; i < UPDATES; i++) {
      const sentences = Array.from({ length: BATCH }, () => write(state.random));
      const places = sentences.map(() => state.random.integer(T));
      const labels = sentences.map((s, b) => s.map((word, t) => (t === places[b] ? word : -100)));
      state.learn(rows(sentences.map((s, b) => hide(s, places[b]))), rows(labels), rows(sentences));
    }
    state.steps++;
    return look(state);
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type !== "press") return state;
    if (action.id === "next") state.sentence = (state.sentence + 1) % TESTED;
    else state.place = Number(action.id.split(":")[1]);
    return look(state);
  },
  snapshot: ({ test, sentence, place, steps, curve, guess, readers }) => ({ words: test[sentence].map((w) => WORDS[w]),
    place, steps, curve: [...curve], both: [...guess.both], past: [...guess.past],
    sizes: readers.map((reader) => reader.parameterCount()) }),

  view({ words, place, curve, both, past }, { width }: Frame): Scene {
    const { words: boxes, bars, curves, height } = layout(width), marks: Mark[] = [];
    marks.push({ kind: "text", x: 12, y: 20, size: 13, fill: "ink-2", text: "press the word to hide" });
    boxes.forEach(({ x, y, w }, t) => {
      const now = t === place;
      marks.push({ kind: "box", x, y, w, h: 30, round: 4, fill: now ? "mark" : "plate", stroke: now ? "ink" : "ink-3",
        width: now ? 2 : 1.2, handle: { id: `hide:${t}`, label: `hide “${words[t]}”, place ${t + 1}`, press: true } },
      { kind: "text", x: x + w / 2, y: y + 20, anchor: "middle", size: 13, fill: now ? "on-mark" : "ink",
        text: words[t] });
    });
    marks.push({ kind: "box", x: 12, y: 72, w: 136, h: 26, round: 4, fill: "plate", stroke: "ink-3", width: 1.2,
      handle: { id: "next", label: "another sentence", press: true } },
    { kind: "text", x: 80, y: 89.5, anchor: "middle", size: 13, text: "another sentence" });
    const said = [{ title: "sees both sides", chances: both, hatch: false, colour: "series-1" as const,
      reads: words.map((w, t) => (t === place ? "▢" : w)).join(" ") },
    { title: "sees the past", chances: past, hatch: true, colour: "series-2" as const,
      reads: [...words.slice(0, place), "▢"].join(" ") }];
    said.forEach(({ title, chances, hatch, colour, reads }, k) => {
      const { x, y, w } = bars[k], name = 66, room = w - name - 50;
      marks.push({ kind: "text", x, y, size: 13, text: `${title}: ${reads}` });
      const best = chances.map((chance, id) => ({ chance, id })).sort((a, b) => b.chance - a.chance).slice(0, SHOWN);
      best.forEach(({ chance, id }, i) => {
        const line = y + 14 + BAR * i, right = WORDS[id] === words[place];
        marks.push({ kind: "text", x, y: line + 15, size: 13, bold: right,
          text: right ? `${WORDS[id]} ✓` : WORDS[id] },
        { kind: "box", x: x + name, y: line + 3, w: Math.max(0.8, room * chance), h: 15, fill: colour, stroke: colour,
          width: 1.2, hatch, title: percent(chance) },
        { kind: "text", x: x + w, y: line + 16, anchor: "end", size: 13, role: "number", text: fixed(chance) });
      });
    });
    const last = curve[curve.length - 1], names = ["animal (told by what follows)", "verb (told by what came before)"];
    curves.forEach((on, k) => {
      const i = k as 0 | 1, left = on.left - 34;
      marks.push(...on.marks, { kind: "text", x: left, y: on.top - 40, size: 13, fill: "ink-2",
        text: `hidden ${names[k]}: right` });
      marks.push({ kind: "line", points: [[left, on.top - 18], [left + 22, on.top - 18]], stroke: "series-1",
        width: 2.5 },
      { kind: "text", x: left + 28, y: on.top - 14, size: 13, text: `both sides ${fixed(last.both[i])}` },
      { kind: "line", points: [[left + 146, on.top - 18], [left + 168, on.top - 18]], stroke: "series-2", width: 2.5,
        dash: [7, 4] }, { kind: "text", x: left + 174, y: on.top - 14, size: 13, text: `past ${fixed(last.past[i])}` });
      const quarter = on.y(1 / ANIMALS.length);
      marks.push({ kind: "line", points: [[on.left, quarter], [on.right, quarter]], stroke: "ink-3", width: 1.2,
        dash: [2, 3] }, { kind: "text", x: on.right - 5, y: quarter + 15, anchor: "end", size: 12, fill: "ink-2",
        text: "one in four" });
      const line = (who: "both" | "past"): Pair[] => curve.map((p): Pair => [p.step * UPDATES, p[who][i]]);
      marks.push(...path(on, line("past"), { stroke: "series-2", width: 2.5, dash: [7, 4] }),
        ...path(on, line("both"), { stroke: "series-1", width: 2.5 }));
      for (const who of ["past", "both"] as const) {
        const [px, py] = on.point(last.step * UPDATES, last[who][i]);
        marks.push({ kind: "disc", x: px, y: py, r: 5, fill: "mark", stroke: "ink", width: 1.5 });
      }
    });
    return { width, height, marks };
  },
  describe({ words, place, steps, curve, both, past, sizes }) {
    const last = curve[curve.length - 1], right = WORDS.indexOf(words[place]);
    return `After ${count(steps * UPDATES, "update")} the model of both sides finds ${percent(last.both[0], 0)} of ` +
      `the hidden animals and ${percent(last.both[1], 0)} of the verbs; the model of the past, with as many ` +
      `parameters (${fixed(sizes[1], 0)}), ${percent(last.past[0], 0)} and ` +
      `${percent(last.past[1], 0)}. Here “${words[place]}” gets ${percent(both[right], 0)} from both sides and ` +
      `${percent(past[right], 0)} from the past. Of each sentence of training the first is asked for 1 word, the ` +
      `second for ${T}.`;
  },
  table: ({ curve }) => ({ head: ["updates", "animal, both sides", "animal, past", "verb, both sides", "verb, past"],
    rows: curve.filter((_, i) => i % 5 === 0 || i === curve.length - 1).map(({ step, both, past }) =>
      [String(step * UPDATES), ...[both[0], past[0], both[1], past[1]].map((share) => percent(share, 0))]) }),
  invariants: [
    { name: "both answers are probabilities", holds: ({ both, past }) => [both, past].every((chances) =>
      Math.abs(chances.reduce((a, b) => a + b, 0) - 1) < 1e-4) },
    { name: "both models have the same number of parameters", holds: ({ sizes }) => sizes[0] === sizes[1] },
    { name: "the past tells nothing of the animal: it stays within six deviations of a guess", holds: ({ curve }) =>
      curve.every(({ past: [animal] }) => animal <= 0.25 + 6 * Math.sqrt(0.25 * 0.75 / TESTED)) },
  ],
});
