import { compile, F, manualSeed, noGrad, optim, RandomStream, tensor, type Tensor } from "gradus";
import { GPT } from "gradus/models";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const WINDOW = 24, BATCH = 16, WRITTEN = 48, UPDATES = 2, MOST = 90, SENTENCES = 200, START = "the ";
const LOSSES: Pair = [0, 3.2];
const NAMES = ["cat", "dog", "fox", "owl", "girl", "boy"], VERBS = ["sees", "hears", "finds", "calls"];
/** Sentences such as "the fox hears the old owl. ", one after the other. */
function write(sentences: number, random: RandomStream): string {
  const one = (of: readonly string[]): string => of[random.integer(of.length)];
  const who = (): string => `the ${random.uniform() < 0.3 ? "old " : ""}${one(NAMES)}`;
  return Array.from({ length: sentences }, () => `${who()} ${one(VERBS)} ${who()}. `).join("");
}
const LETTERS = [...new Set(`${NAMES.join("")}${VERBS.join("")}the old. `)].sort();

interface Place { readonly letter: string; readonly chance: number; readonly best: string }
interface State {
  readonly temperature: number;
  readonly learn: (tokens: Tensor, next: Tensor) => Tensor;
  readonly score: (tokens: Tensor) => Tensor;
  readonly ids: readonly number[]; readonly test: readonly number[];
  readonly random: RandomStream; readonly seed: number;
  readonly parameters: number;
  chosen: number;
  steps: number;
  curve: Pair[];
  /** A sentence it has not read: what it gave to each next letter. */
  places: Place[];
  /** Chances of all letters, place by place. */
  chances: number[][];
  written: string;
}
const idsOf = (text: string): number[] => [...text].map((letter) => LETTERS.indexOf(letter));
const rows = (tokens: readonly number[], shape: number[]): Tensor => tensor(Int32Array.from(tokens), { shape });
/** Chances of the next letter at every place of a window, [WINDOW][letters]. */
async function expect(state: State, tokens: readonly number[], temperature = 1): Promise<number[][]> {
  const padded = Array.from({ length: WINDOW }, (_, i) => tokens[i] ?? 0);
  const scores = await noGrad(() => state.score(rows(padded, [1, WINDOW]))).data();
  return padded.map((_, t) => {
    const own = Array.from(scores.slice(t * LETTERS.length, (t + 1) * LETTERS.length), (s) => s / temperature);
    const top = Math.max(...own), powers = own.map((s) => Math.exp(s - top)), sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((p) => p / sum);
  });
}
async function look(state: State): Promise<State> {
  const { test } = state, chances = await expect(state, test.slice(0, WINDOW));
  state.places = chances.map((own, t) => ({ letter: LETTERS[test[t + 1]], chance: own[test[t + 1]],
    best: LETTERS[own.indexOf(Math.max(...own))] }));
  state.chances = chances;
  const random = new RandomStream(state.seed), said = idsOf(START);
  while (said.length < WRITTEN) {
    const window = said.slice(-WINDOW), own = (await expect(state, window, Math.max(0.01, state.temperature)))[
      window.length - 1];
    let left = random.uniform();
    const drawn = own.findIndex((p) => (left -= p) < 0);
    said.push(drawn < 0 ? own.indexOf(Math.max(...own)) : drawn);
  }
  state.written = said.map((id) => LETTERS[id]).join("");
  const loss = state.places.reduce((sum, { chance }) => sum - Math.log(Math.max(chance, 1e-9)), 0) / WINDOW;
  state.curve = [...state.curve.filter(([step]) => step < state.steps), [state.steps, loss]];
  return state;
}

interface Layout { readonly cell: number; readonly per: number; readonly top: number;
  readonly bars: { readonly x: number; readonly y: number; readonly w: number };
  readonly curve: Plot; readonly height: number; readonly text: number }
function layout(width: number): Layout {
  const per = width < 560 ? 12 : 24, cell = Math.min(40, (width - 24) / per), top = 48;
  const text = top + Math.ceil(WINDOW / per) * 92 + 22, wide = width >= 620, below = text + 76;
  const curve = plot({ left: 40, top: below + 30, width: (wide ? width * 0.45 : width - 14) - 40, height: 150,
    x: [0, MOST * UPDATES], y: LOSSES, xLabel: "updates", yLabel: "loss on this sentence (nats a letter)" });
  const bars = wide ? { x: curve.right + 40, y: below + 30, w: width - curve.right - 54 } : { x: 12,
    y: curve.bottom + 84, w: width - 24 };
  return { cell, per, top, text, bars, curve, height: Math.max(curve.bottom + 44, bars.y + 166) };
}

export default defineFigure({
  id: "next-letter",
  title: "A very small GPT",
  question: "It is only ever asked for the next letter. What does it have to find out for that?",
  params: {
    temperature: { kind: "number", label: "temperature of its writing", value: 0.7, min: 0, max: 1.5, step: 0.1 },
    layers: { kind: "choice", label: "blocks", value: "1", choices: ["1", "2"] },
  },
  init({ temperature, layers }, seed): Promise<State> {
    manualSeed(seed);
    const random = new RandomStream(seed), model = new GPT({ vocabulary: LETTERS.length, block: WINDOW, width: 32,
      heads: 2, layers: Number(layers) });
    const optimizer = new optim.AdamW(model.parameters(), { lr: 0.01, weightDecay: 0.01 });
    const learn = compile((tokens: Tensor, next: Tensor): Tensor => {
      optimizer.zeroGrad();
      const loss = F.crossEntropy(model.forward(tokens).flatten(0, 1), next.flatten());
      loss.backward();
      optimizer.step();
      return loss;
    });
    return look({ temperature, learn, score: compile((tokens: Tensor): Tensor => model.forward(tokens)), random, seed,
      ids: idsOf(write(SENTENCES, random)), test: idsOf(write(3, random)), parameters: model.parameterCount(),
        chosen: 3,
      steps: 0, curve: [], places: [], chances: [], written: "" });
  },
  step(state) {
    const { ids, random } = state;
    for (let i = 0; i < UPDATES; i++) {
      const starts = Array.from({ length: BATCH }, () => random.integer(ids.length - WINDOW - 1));
      const cut = (by: number): Tensor => rows(starts.flatMap((at) => ids.slice(at + by, at + by + WINDOW)),
        [BATCH, WINDOW]);
      state.learn(cut(0), cut(1));
    }
    state.steps++;
    return look(state);
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type === "press") state.chosen = Number(action.id.split(":")[1]);
    return state;
  },
  snapshot: ({ test, parameters, chosen, steps, curve, places, chances, written }) => ({ first: LETTERS[test[0]],
    parameters, chosen, steps, curve: [...curve], places: [...places], chances: [...chances[chosen]],
    written }),

  view({ first, chosen, curve, places, chances, written }, { width }: Frame): Scene {
    const { cell, per, top, text, bars, curve: graph, height } = layout(width), marks: Mark[] = [];
    const shown = (letter: string): string => (letter === " " ? "·" : letter);
    marks.push({ kind: "text", x: 12, y: 22, size: 13, fill: "ink-2",
      text: width < 560 ? "chance of each next letter; press one" : "a sentence it has not read, and the chance it " +
        "gave " +
        "to each next letter; press a place" });
    places.forEach(({ letter, chance }, i) => {
      const x = 12 + (i % per) * cell, y = top + Math.floor(i / per) * 92, now = i === chosen;
      marks.push({ kind: "box", x: x + 2, y: y + 50 - 46 * chance, w: cell - 4, h: Math.max(0.5, 46 * chance),
        fill: "series-1", title: percent(chance) },
      { kind: "line", points: [[x + 1, y + 50], [x + cell - 1, y + 50]], stroke: "ink-3", width: 1 },
      { kind: "box", x: x + 1, y: y + 54, w: cell - 2, h: 26, round: 3, fill: now ? "mark" : "plate",
        stroke: now ? "ink" : "hair", width: now ? 2 : 1, handle: { id: `place:${i}`, press: true,
          label: `place ${i + 2}, ${letter === " " ? "space" : letter}, ${percent(chance)}` } },
      { kind: "text", x: x + cell / 2, y: y + 72, anchor: "middle", size: 14, role: "code", text: shown(letter),
        fill: now ? "on-mark" : "ink" });
    });
    marks.push({ kind: "text", x: 12, y: text, size: 13, fill: "ink-2", text: `what it writes after ` +
      `“${START.trim()}”` });
    const half = width < 560 ? 32 : WRITTEN;
    [written.slice(0, half), written.slice(half)].forEach((line, i) => {
      marks.push({ kind: "text", x: 12, y: text + 24 + 22 * i, size: width < 560 ? 14 : 16, role: "code", text: line });
    });
    const last = curve[curve.length - 1];
    marks.push(...graph.marks, ...path(graph, curve.map(([step, loss]): Pair => [step * UPDATES, clamp(loss, LOSSES)]),
      { stroke: "ink", width: 2.5 }));
    const [px, py] = graph.point(last[0] * UPDATES, clamp(last[1], LOSSES));
    marks.push({ kind: "disc", x: px, y: py, r: 5, fill: "mark", stroke: "ink", width: 1.5 });
    const before = [first, ...places.map(({ letter }) => letter)].slice(0, chosen + 1).join("").slice(-14);
    marks.push({ kind: "text", x: bars.x, y: bars.y - 12, size: 13, fill: "ink-2", text: `after “${before}” it ` +
      `expects` });
    const order = chances.map((p, i): readonly [string, number] => [LETTERS[i], p]).sort((a, b) => b[1] - a[1]);
    order.slice(0, 6).forEach(([letter, p], i) => {
      const y = bars.y + 26 * i, right = letter === places[chosen].letter;
      marks.push({ kind: "text", x: bars.x + 8, y: y + 15, size: 14, role: "code", text: shown(letter), bold: right },
        { kind: "box", x: bars.x + 30, y: y + 3, w: (bars.w - 88) * p, h: 15, fill: right ? "mark" : "series-1",
          stroke: right ? "ink" : "series-1", width: 1, title: percent(p) },
        { kind: "text", x: bars.x + bars.w, y: y + 15, anchor: "end", size: 13, role: "number", text: percent(p, 0) });
    });
    return { width, height, marks };
  },
  describe({ parameters, chosen, steps, curve, places, written }) {
    const [, loss] = curve[curve.length - 1], { letter, chance, best } = places[chosen];
    const name = (of: string): string => (of === " " ? "a space" : of === "." ? "a full stop" : `“${of}”`);
    return `After ${count(steps * UPDATES, "update")} of ${count(parameters, "parameter")} the loss is ` +
      `${fixed(loss)} ` +
      `nats a letter. In the chosen place it expects ${name(best)} most; what comes is ${name(letter)}, to which it ` +
      `gave ` +
      `${percent(chance)}. It writes: ${written.trim()}`;
  },
  table: ({ places }) => ({ head: ["next letter", "chance", "expected most"],
    rows: places.map(({ letter, chance, best }) => [letter === " " ? "space" : letter, percent(chance),
      best === " " ? "space" : best]) }),
  invariants: [
    { name: "chances of all letters add up to 1", holds: ({ chances }) =>
      Math.abs(chances.reduce((a, b) => a + b, 0) - 1) < 1e-4 },
    { name: "a fresh model is no surer than a guess among all letters, give or take a tenth", holds: ({ curve }) =>
      curve[0][0] !== 0 || Math.abs(curve[0][1] - Math.log(LETTERS.length)) < 0.1 * Math.log(LETTERS.length) },
    { name: "what is written begins with its start", holds: ({ written }) => written.startsWith(START) },
  ],
});
