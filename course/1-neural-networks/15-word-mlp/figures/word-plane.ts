import { assign, F, manualSeed, noGrad, optim, scope, tensor, type Tensor } from "gradus";
import { WordMLP } from "gradus/models";
import { NgramModel } from "gradus/text";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { textWidth } from "@gradus/lessons/draw/text";
import { KINDS, kindOf, perplexityOf, WORDS, write, type Kind } from "../text.ts";

const FEATURES = 2, HIDDEN = 24, RATE = 0.03, UPDATES = 3, MOST = 50, TESTED = 150, ROWS = 10;
const PERPLEXITIES: Pair = [3, 20];
/** Half the side of the plane: the smallest of these that holds every word. */
const REACHES = [2, 3, 5, 8, 12];
const reachOf = (places: readonly Pair[]): number => {
  const most = Math.max(...places.flat().map(Math.abs));
  return REACHES.find((reach) => most < reach) ?? REACHES[REACHES.length - 1];
};
/** How a kind is drawn: nouns filled, verbs hollow, in the colour of what they take. */
const LOOKS: Readonly<Record<Kind, { readonly colour: Colour; readonly hollow: boolean }>> = {
  animals: { colour: "series-1", hollow: false }, people: { colour: "series-2", hollow: false },
  food: { colour: "series-3", hollow: false }, papers: { colour: "series-4", hollow: false },
  eating: { colour: "series-3", hollow: true }, meeting: { colour: "series-1", hollow: true },
  writing: { colour: "series-4", hollow: true }, resting: { colour: "series-5", hollow: true },
  describing: { colour: "ink-3", hollow: true }, pointing: { colour: "ink-3", hollow: false },
  stop: { colour: "ink", hollow: false },
};
/** The word in a place where it may stand, the newest word last. */
function historyOf(word: string): readonly string[] {
  switch (kindOf(word)) {
    case "animals": case "people": case "describing": return ["waits", ".", "the", word];
    case "food": return ["fox", "eats", "the", word];
    case "papers": return ["girl", "reads", "the", word];
    case "pointing": return [".", "the", "cat", "sees", word];
    case "stop": return ["the", "cat", "sleeps", word];
    default: return [".", "the", "girl", word, "the"];
  }
}

interface Row { readonly word: string; readonly network: number; readonly counting: number }
interface Point { readonly step: number; readonly learned: number; readonly tested: number }
interface State {
  readonly model: WordMLP;
  readonly optimizer: optim.AdamW;
  readonly ngram: NgramModel;
  readonly order: number;
  /** Words to learn from, inputs and targets, and words to be tested on. */
  readonly learn: readonly [Tensor, Tensor];
  readonly test: readonly [Tensor, Tensor];
  readonly truth: number;
  readonly counting: number;
  readonly read: number;
  steps: number;
  chosen: string;
  curve: Point[];
  places: Pair[];
  rows: Row[];
  sum: number;
}

const idOf = (word: string): number => WORDS.indexOf(word);
/** All words but the last, [1, T], and all but the first, [T]. */
function pair(words: readonly string[]): readonly [Tensor, Tensor] {
  const ids = Int32Array.from(words, idOf), length = ids.length - 1;
  return [tensor(ids.slice(0, length), { shape: [1, length] }), tensor(ids.slice(1))];
}
const lossOf = (model: WordMLP, [words, next]: readonly [Tensor, Tensor]): Tensor =>
  F.crossEntropy(model.forward(words).flatten(0, 1), next);

/** Reads out what is shown: places of words, perplexities, and what is expected after the chosen word. */
async function look(state: State): Promise<State> {
  const { model, ngram, order, learn, test, chosen } = state;
  const history = historyOf(chosen).slice(1 - order);
  const window = tensor(Int32Array.from(history, idOf), { shape: [1, history.length] });
  const [learned, tested, chances] = noGrad(() => [lossOf(model, learn), lossOf(model, test),
    F.softmax(model.forward(window).select(1, -1), 1)]);
  const point = { step: state.steps, learned: Math.exp(await learned.item()), tested: Math.exp(await tested.item()) };
  state.curve = [...state.curve.filter(({ step }) => step < state.steps), point];
  const flat = await model.embedding.weight.data(), network = await chances.data();
  state.places = WORDS.map((_, i): Pair => [flat[2 * i], flat[2 * i + 1]]);
  state.rows = WORDS.map((word, i) => ({ word, network: network[i], counting: ngram.probability(word, history) }))
    .sort((a, b) => b.network + b.counting - a.network - a.counting);
  state.sum = Array.from(network).reduce((a, b) => a + b, 0);
  return state;
}

interface Layout { readonly plane: Plot; readonly curve: Plot; readonly legend: Pair; readonly columns: number;
  readonly bars: { readonly left: number; readonly top: number; readonly width: number }; readonly height: number }
function layout(width: number, places: readonly Pair[]): Layout {
  const wide = width >= 640, columns = wide ? 4 : 2;
  const reach = reachOf(places), side: Pair = [-reach, reach];
  const across = wide ? Math.round(width * 0.56) - 48 : width - 48, high = wide ? Math.min(across, 440) : across;
  const plane = plot({ left: 34, top: 26, width: across, height: high, x: side, y: side, yLabel: "feature 2",
    xLabel: "feature 1" });
  const legend: Pair = [34, plane.bottom + 54], rows = Math.ceil(8 / columns), below = legend[1] + 20 * rows;
  const left = wide ? plane.right + 54 : 40;
  const curve = plot({ left, top: wide ? 26 : below + 34, width: width - left - 12, height: 150, x: [0, MOST * UPDATES],
    y: PERPLEXITIES, yLabel: "perplexity", xLabel: "updates" });
  const bars = { left: wide ? left - 28 : 12, top: curve.bottom + 66, width: width - (wide ? left - 28 : 12) - 12 };
  const end = bars.top + 22 * ROWS + 26;
  return { plane, curve, legend, columns, bars, height: wide ? Math.max(below, end) : end };
}

export default defineFigure({
  id: "word-plane",
  title: "Words find their places",
  question: "Nobody tells the network which words are alike. How does it find out, and what is it good for?",
  params: {
    sentences: { kind: "choice", label: "sentences to learn from", value: "120", choices: ["60", "120", "240"] },
    order: { kind: "number", label: "order n", value: 4, min: 2, max: 5, step: 1 },
    decay: { kind: "choice", label: "weight decay", value: "1", choices: ["0", "0.1", "1"] },
  },
  init({ sentences, order, decay }, seed): Promise<State> {
    const learn = write(Number(sentences), seed), test = write(TESTED, seed + 1);
    const wordsOf = (text: readonly { readonly word: string }[]): string[] => text.map(({ word }) => word);
    // Every word is shown once alone: both models know the same words, and no pair is counted for it.
    const ngram = new NgramModel([wordsOf(learn), ...WORDS.map((word) => [word])],
      { order: 3, smoothing: { kind: "kneserNey" }, pad: false });
    manualSeed(seed);
    const model = new WordMLP({ vocabulary: WORDS.length, order, features: FEATURES, hidden: HIDDEN });
    return look({ model, optimizer: new optim.AdamW(model.parameters(), { lr: RATE, weightDecay: Number(decay) }),
      ngram, order, learn: pair(wordsOf(learn)), test: pair(wordsOf(test)), read: learn.length,
      truth: perplexityOf(test.slice(1).map(({ chance }) => chance)), counting: ngram.perplexity([wordsOf(test)]),
      steps: 0, chosen: "fox", curve: [], places: [], rows: [], sum: 1 });
  },
  step(state) {
    const { model, optimizer, learn } = state;
    for (let i = 0; i < UPDATES; i++) {
      optimizer.zeroGrad();
      scope(() => { lossOf(model, learn).backward(); });
      optimizer.step();
    }
    state.steps++;
    return look(state);
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type === "drop") return state;
    state.chosen = action.id.split(":")[1];
    if (action.type === "drag") {
      const { plane } = layout(action.width, state.places), at = idOf(state.chosen);
      const places = state.places.map((place, i) => (i === at
        ? [plane.x.invert(action.x), plane.y.invert(action.y)] : [...place]));
      assign(state.model.embedding.weight, tensor(places));
    }
    return look(state);
  },
  snapshot: ({ model, order, read, truth, counting, steps, chosen, curve, places, rows, sum }) => ({
    order, read, truth, counting, steps, chosen, sum, curve: [...curve], places: places.map(([x, y]): Pair => [x, y]),
    rows: [...rows], parameters: model.parameterCount() }),

  view({ truth, counting, chosen, curve, places, rows, order }, { width }: Frame): Scene {
    const at = layout(width, places), { plane, curve: graph, bars } = at, marks: Mark[] = [...plane.marks];
    const spots = places.map(([x, y]): Pair => plane.point(clamp(x, plane.x.domain), clamp(y, plane.y.domain)));
    marks.push(...labels(spots, chosen, plane));
    WORDS.forEach((word, i) => {
      const [x, y] = spots[i], { colour, hollow } = LOOKS[kindOf(word)], now = word === chosen;
      if (now) marks.push({ kind: "disc", x, y, r: 9, fill: "mark", stroke: "ink", width: 1.5 });
      marks.push({ kind: "disc", x, y, r: 4.5, fill: hollow ? "plate" : colour, stroke: colour, width: 2, title: word,
        handle: { id: `word:${word}`, label: `${word}, ${fixed(places[i][0])} and ${fixed(places[i][1])}`, drag: "xy",
          press: true, step: 8 } });
    });
    marks.push(...legend(at, width));
    marks.push(...graph.marks, ...level(graph, counting, "counting three words", [6, 3], -5),
      ...level(graph, truth, "the author", [2, 3], 14));
    marks.push(...path(graph, curve.map((p): Pair => [p.step * UPDATES, p.learned]), { stroke: "ink-3", width: 1.5 }));
    marks.push(...path(graph, curve.map((p): Pair => [p.step * UPDATES, p.tested]), { stroke: "ink", width: 2.5 }));
    const last = curve[curve.length - 1], shown = clamp(last.tested, PERPLEXITIES);
    const [x, y] = graph.point(last.step * UPDATES, shown);
    marks.push({ kind: "disc", x, y, r: 5, fill: "mark", stroke: "ink", width: 1.5 });
    marks.push({ kind: "text", x: graph.right, y: graph.top - 8, anchor: "end", role: "number", size: 13,
      text: `new text ${fixed(last.tested, 1)}` });
    const history = historyOf(chosen).slice(1 - order).join(" ");
    marks.push({ kind: "text", x: bars.left, y: bars.top - 8, text: `expected after “${history}”`, size: 13,
      fill: "ink-2" });
    marks.push({ kind: "text", x: graph.left, y: graph.bottom + 33, text: "thin: the text it learned from", size: 12,
      fill: "ink-2" });
    marks.push(...barsOf(rows.slice(0, ROWS), bars));
    marks.push({ kind: "text", x: bars.left, y: bars.top + 22 * ROWS + 16, size: 12, fill: "ink-2",
      text: "solid: the network; hollow: counting three words" });
    return { width, height: at.height, marks };
  },
  describe({ steps, chosen, curve, counting, truth, places, rows }) {
    const { tested } = curve[curve.length - 1], near = nearest(places, chosen).slice(0, 3);
    return `After ${count(steps * UPDATES, "update")} the network’s perplexity on new text is ${fixed(tested, 1)}; ` +
      `counting three words has ${fixed(counting, 1)}, the author ${fixed(truth, 1)}. Nearest to “${chosen}” are ` +
      `${near.join(", ")}; after it the network expects “${likeliest(rows)}” most.`;
  },
  table: ({ rows }) => ({ head: ["next word", "network", "counting"],
    rows: rows.map(({ word, network, counting }) => [word, percent(network), percent(counting)]) }),
  invariants: [
    { name: "the network’s chances add up to 1, the counted ones to no more", holds: ({ sum, rows }) =>
      Math.abs(sum - 1) < 1e-4 && rows.reduce((total, { counting }) => total + counting, 0) < 1 + 1e-9 },
    { name: "there are V(1 + m + h) + h(1 + (n − 1)m) parameters", holds: ({ parameters, order }) => parameters ===
      WORDS.length * (1 + FEATURES + HIDDEN) + HIDDEN * (1 + (order - 1) * FEATURES) },
    { name: "nobody hesitates among less than one word", holds: ({ curve, counting, truth }) =>
      [counting, truth, ...curve.flatMap(({ learned, tested }) => [learned, tested])].every((value) => value >= 1) },
  ],
});

const likeliest = (rows: readonly Row[]): string => rows.reduce((a, b) => (b.network > a.network ? b : a)).word;
function nearest(places: readonly Pair[], word: string): string[] {
  const [x, y] = places[idOf(word)];
  const distance = (other: string): number => Math.hypot(places[idOf(other)][0] - x, places[idOf(other)][1] - y);
  return WORDS.filter((other) => other !== word).sort((a, b) => distance(a) - distance(b));
}
/** Names beside their discs, as many as have room; the chosen word first. */
function labels(spots: readonly Pair[], chosen: string, plane: Plot): Mark[] {
  const boxes: [number, number, number, number][] = [], marks: Mark[] = [];
  for (const word of [chosen, ...WORDS.filter((other) => other !== chosen)]) {
    const [x, y] = spots[idOf(word)], w = textWidth(word, 12), off = word === chosen ? 13 : 9;
    for (const [left, base] of [[x + off, y + 4], [x - off - w, y + 4], [x - w / 2, y - off - 1],
      [x - w / 2, y + off + 10]]) {
      const box: [number, number, number, number] = [left, base - 11, left + w, base + 3];
      const free = boxes.every(([a, b, c, d]) => box[2] < a || box[0] > c || box[3] < b || box[1] > d)
        && spots.every(([u, v]) => u + 5 < box[0] || u - 5 > box[2] || v + 5 < box[1] || v - 5 > box[3]);
      if ((!free && word !== chosen) || box[0] < plane.left || box[2] > plane.right || box[1] < plane.top
        || box[3] > plane.bottom) continue;
      boxes.push(box);
      marks.push({ kind: "text", x: left, y: base, text: word, size: 12, fill: word === chosen ? "ink" : "ink-2",
        bold: word === chosen });
      break;
    }
  }
  return marks;
}
function legend({ legend: [left, top], columns, plane }: Layout, width: number): Mark[] {
  const kinds = (Object.keys(KINDS) as Kind[]).slice(0, 8);
  const step = (Math.min(plane.right, width) - left) / columns;
  return kinds.flatMap((kind, i): Mark[] => {
    const { colour, hollow } = LOOKS[kind], x = left + step * (i % columns), y = top + 20 * Math.floor(i / columns);
    return [{ kind: "disc", x: x + 5, y: y - 4, r: 4.5, fill: hollow ? "plate" : colour, stroke: colour, width: 2 },
      { kind: "text", x: x + 16, y, text: kind, size: 12, fill: "ink-2" }];
  });
}
function level(on: Plot, value: number, name: string, dash: readonly number[], below: number): Mark[] {
  if (value > PERPLEXITIES[1]) return [];
  const y = on.y(value);
  return [{ kind: "line", points: [[on.left, y], [on.right, y]], stroke: "series-2", width: 1.5, dash },
    { kind: "text", x: on.right - 6, y: y + below, anchor: "end", size: 12, fill: "ink-2",
      text: `${name} ${fixed(value, 1)}` }];
}
/** One row a word: the network's chance as a bar, the count's as a hollow one. */
function barsOf(rows: readonly Row[], { left, top, width }: Layout["bars"]): Mark[] {
  const name = 58, room = width - name - 48, full = Math.max(...rows.flatMap((row) => [row.network, row.counting]));
  return rows.flatMap(({ word, network, counting }, i): Mark[] => {
    const y = top + 22 * i, x = left + name;
    return [
      { kind: "text", x: x - 6, y: y + 14, anchor: "end", size: 12, text: word },
      { kind: "box", x, y: y + 3, w: room * network / full, h: 9, fill: "ink", title: `network ${percent(network)}` },
      { kind: "box", x, y: y + 13, w: room * counting / full, h: 5, fill: "none", stroke: "series-2", width: 1.5,
        title: `counting ${percent(counting)}` },
      { kind: "text", x: left + width, y: y + 14, anchor: "end", role: "number", size: 12, text: percent(network) },
    ];
  });
}
