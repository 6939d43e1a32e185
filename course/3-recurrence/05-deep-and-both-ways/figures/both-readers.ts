import { compile, concat, F, manualSeed, nn, noGrad, optim, RandomStream, tensor, type Compiled, type Tensor }
  from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { colourOf, count, fixed, percent } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { clamp } from "@gradus/lessons/draw/scale";

/** Old is an adjective or a noun, man a noun or a verb: the rest of the sentence tells. */
const EITHER = ["old", "young", "rich", "poor", "brave"], ACTORS = ["man", "train", "guard", "ship", "watch"];
const VERBS = ["sleeps", "waits", "falls", "sings", "smiles"], THINGS = ["boats", "dogs", "plants", "gates", "trees"];
const PRONOUNS = ["they", "we"], ADVERBS = ["today", "again"];
const TAGS = ["det", "adj", "noun", "verb", "pron", "adv"] as const, K = TAGS.length;
const NAMES = ["determiner", "adjective", "noun", "verb", "pronoun", "adverb"];
type Tagged = readonly [word: string, tag: (typeof TAGS)[number]];
/** Number 0 fills up, number 1 stands for every other word. */
const WORDS = ["", "?", "the", ...EITHER, ...ACTORS, ...VERBS, ...THINGS, ...PRONOUNS, ...ADVERBS];
const idOf = (word: string): number => Math.max(1, WORDS.indexOf(word));
const E = 8, H = 8, BATCH = 32, LENGTH = 9, UPDATES = 2, MOST = 60, RATE = 0.02, FORGOTTEN = 0.1, IGNORED = -100;
const LONGEST = 56, TESTED = 120, HELD_OUT_STREAM = 1;

function sentence(random: RandomStream): Tagged[] {
  const one = (words: readonly string[]): string => words[random.integer(words.length)];
  const maybe = (share: number, made: () => Tagged): Tagged[] => (random.uniform() < share ? [made()] : []);
  const what = (): Tagged[] => [["the", "det"], ...maybe(0.4, () => [one(EITHER), "adj"]), [one(THINGS), "noun"]];
  const kinds: readonly (() => Tagged[])[] = [
    () => [["the", "det"], [one(EITHER), "adj"], [one(ACTORS), "noun"], [one(VERBS), "verb"]],
    () => [["the", "det"], [one(EITHER), "noun"], [one(ACTORS), "verb"], ...what()],
    () => [[one(PRONOUNS), "pron"], [one(ACTORS), "verb"], ...what()],
    () => [["the", "det"], [one(ACTORS), "noun"], [one(VERBS), "verb"]],
  ];
  return [...maybe(0.2, () => [one(ADVERBS), "adv"]), ...kinds[random.integer(4)](),
    ...maybe(0.3, () => [one(ADVERBS), "adv"])];
}
function batchOf(sentences: readonly (readonly Tagged[])[], known: (word: string) => number): [Tensor, Tensor] {
  const words = new Int32Array(sentences.length * LENGTH), tags = words.slice().fill(IGNORED);
  sentences.forEach((line, b) => line.forEach(([word, tag], t) => {
    words[b * LENGTH + t] = known(word);
    tags[b * LENGTH + t] = TAGS.indexOf(tag);
  }));
  const shape = [sentences.length, LENGTH];
  return [tensor(words, { shape }), tensor(tags, { shape })];
}

/** A tagger that reads from the left only, or both ways with the same number of units for each way. */
class Tagger extends nn.Module {
  readonly words = new nn.Embedding(WORDS.length, E, { paddingIndex: 0 });
  readonly lstm: nn.LSTM;
  readonly head: nn.Linear;
  constructor(bidirectional: boolean) {
    super();
    this.lstm = new nn.LSTM(E, H, { bidirectional, batchFirst: true });
    this.head = new nn.Linear(bidirectional ? 2 * H : H, K, { bias: false });
  }
  /** States (B, T, directions * H) of words (B, T). */
  read(words: Tensor): Tensor {
    return this.lstm.forward(new nn.MaskedSequence(this.words.forward(words), words.ne(0)))[0].unpadded();
  }
  forward(words: Tensor): Tensor {
    return this.head.forward(this.read(words));
  }
}
interface Place {
  /** The two halves of the state, and what each adds to the score of every tag. */
  readonly states: readonly [readonly number[], readonly number[]];
  readonly parts: readonly [readonly number[], readonly number[]];
  readonly scores: readonly number[]; readonly both: readonly number[]; readonly leftOnly: readonly number[];
}
interface State {
  readonly words: readonly string[]; readonly both: Tagger; readonly left: Tagger;
  readonly random: RandomStream; readonly test: readonly [Tensor, Tensor];
  readonly train: Compiled<[Tensor, Tensor], Tensor>; readonly score: Compiled<[Tensor, Tensor], Tensor>;
  places: Place[];
  /** How far the states at the chosen word lie from those of a reader that was given its side of the text only. */
  apart: number;
  right: readonly [left: number, both: number]; at: number; steps: number;
}
const rows = (flat: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: flat.length / width }, (_, i) => Array.from({ length: width }, (_, j) => flat[i * width + j]));

async function look(state: State): Promise<State> {
  const { both, left, words, at } = state, ids = words.map(idOf);
  const line = (numbers: readonly number[]): Tensor => tensor(Int32Array.from(numbers), { shape: [1, numbers.length] });
  const [read, scores, shares, alone, before, behind, right] = noGrad(() => {
    const given = line(ids), made = both.forward(given);
    return [both.read(given), made, F.softmax(made, -1), F.softmax(left.forward(given), -1),
      both.read(line(ids.slice(0, at + 1))), both.read(line(ids.slice(at))), state.score(...state.test)];
  });
  const [h, s, p, q, b, e, r, w] = await Promise.all([read, scores, shares, alone, before, behind, right,
    both.head.weight].map((made) => made.data()));
  const states = rows(h, 2 * H), weights = rows(w, 2 * H);
  const leftOnly = rows(q, K), [all, each] = [rows(p, K), rows(s, K)];
  state.places = states.map((hidden, t): Place => {
    const part = (from: number): number[] => weights.map((row) =>
      row.slice(from, from + H).reduce((sum, v, j) => sum + v * hidden[from + j], 0));
    return { states: [hidden.slice(0, H), hidden.slice(H)], parts: [part(0), part(H)], scores: each[t], both: all[t],
      leftOnly: leftOnly[t] };
  });
  const [upTo] = rows(b, 2 * H).slice(-1), [from] = rows(e, 2 * H);
  state.apart = Math.max(...states[at].map((v, j) => Math.abs(v - (j < H ? upTo[j] : from[j]))));
  state.right = [r[0], r[1]];
  return state;
}
const best = (shares: readonly number[]): number => shares.reduce((top, v, k) => (v > shares[top] ? k : top), 0);

interface Layout { readonly x: readonly number[]; readonly cell: number; readonly button: number; readonly top: number;
  readonly row: number; readonly panel: { readonly x: number; readonly y: number; readonly w: number };
  readonly height: number }
function layout(width: number, length: number): Layout {
  const row = 32, top = 58, lines = top + row * length + 14, detail = 30 * K + 124;
  const { at: [a, b], stacked } = panels(width, { shares: [1.05, 1], height: 10, heights: [lines, detail],
    narrow: 640, gap: 36 });
  const button = stacked ? 66 : 78, tag = clamp((a.w - 200) / 4, [42, 60]);
  const cell = clamp((a.w - button - 26 - 2 * tag) / (2 * H), [6, 18]), wide = H * cell;
  const tags = a.x + button + 2 * wide + 24 + tag / 2;
  const x = [a.x, a.x + button + 8, a.x + button + wide + 18, tags, tags + tag];
  return { x, cell, button, top, row, panel: { x: b.x, y: stacked ? lines + 28 : 0, w: b.w },
    height: stacked ? lines + 28 + detail : Math.max(lines, detail) };
}

export default defineFigure({
  id: "both-readers",
  title: "Two readers at one word",
  question: "Is “old” an adjective or a noun here? What does each reader know when it stands at the word?",
  params: {
    text: { kind: "text", label: "your sentence", value: "the old man the boats", longest: LONGEST },
  },
  async init({ text }, seed): Promise<State> {
    manualSeed(seed);
    const both = new Tagger(true), left = new Tagger(false);
    const optimizer = new optim.Adam([...both.parameters(), ...left.parameters()], { lr: RATE });
    const loss = (model: Tagger, x: Tensor, y: Tensor): Tensor =>
      F.crossEntropy(model.forward(x).flatten(0, 1), y.flatten(), { ignoreIndex: IGNORED });
    const train = compile((x: Tensor, y: Tensor) => {
      optimizer.zeroGrad();
      const sum = loss(left, x, y).add(loss(both, x, y));
      sum.backward();
      optimizer.step();
      return sum;
    });
    const share = (model: Tagger, x: Tensor, y: Tensor): Tensor =>
      model.forward(x).argmax(2).eq(y).cast("f32").sum().div(y.ne(IGNORED).cast("f32").sum()).reshape([1]);
    const score = compile((x: Tensor, y: Tensor) => concat([share(left, x, y), share(both, x, y)], 0));
    const asked = text.toLowerCase().split(/[^\p{L}\p{N}?’'-]+/u).filter((word) => word !== "").slice(0, LENGTH);
    const words = asked.length === 0 ? ["the"] : asked, fresh = new RandomStream(seed, HELD_OUT_STREAM);
    return look({ words, both, left, random: new RandomStream(seed), train, score, places: [], apart: 0, right: [0, 0],
      test: batchOf(Array.from({ length: TESTED }, () => sentence(fresh)), idOf), at: Math.min(1, words.length - 1),
      steps: 0 });
  },
  step(state) {
    const { random } = state;
    for (let i = 0; i < UPDATES; i++) {
      state.train(...batchOf(Array.from({ length: BATCH }, () => sentence(random)), (word) =>
        (random.uniform() < FORGOTTEN ? 1 : idOf(word))));
    }
    state.steps++;
    return look(state);
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type !== "press") return state;
    state.at = Number(action.id.slice(1));
    return look(state);
  },
  snapshot: ({ words, places, apart, right, at, steps }) => ({ words: [...words], places: [...places], apart,
    right: [...right] as readonly number[], at, steps }),

  view({ words, places, right, at }, { width }: Frame): Scene {
    const { x: [word, first, second, alone, together], cell, button, top, row, panel, height } =
      layout(width, words.length);
    const marks: Mark[] = [], wide = H * cell, low = top + row * words.length;
    const head = (x: number, y: number, text: string, anchor: "start" | "middle" = "middle"): void => {
      marks.push({ kind: "text", x, y, text, size: 13, fill: "ink-2", anchor });
    };
    head(first + wide / 2, 18, "from left");
    head(second + wide / 2, 18, "from right");
    marks.push({ kind: "line", points: [[first + wide / 2, 26], [first + wide / 2, 46]], stroke: "ink-2", width: 2,
      arrow: true }, { kind: "line", points: [[second + wide / 2, 46], [second + wide / 2, 26]], stroke: "ink-2",
      width: 2, arrow: true });
    head(alone, 18, "left");
    head(alone, 36, "only");
    head(together, 18, "both");
    head(together, 36, "ways");
    words.forEach((text, t) => {
      const y = top + t * row, chosen = t === at, { states, both, leftOnly } = places[t];
      marks.push({ kind: "box", x: word, y: y + 2, w: button, h: row - 4, round: 4, fill: chosen ? "mark" : "plate",
        stroke: chosen ? "ink" : "ink-3", width: chosen ? 2 : 1, handle: { id: `w${t}`, press: true,
          label: `word ${t + 1}, ${text}` } },
      { kind: "text", x: word + button / 2, y: y + row / 2 + 5, anchor: "middle", size: text.length > 8 ? 12 : 14,
        text: text.length > 9 ? `${text.slice(0, 8)}…` : text, fill: chosen ? "on-mark" : "ink" });
      [first, second].forEach((x, side) => marks.push({ kind: "cells", x, y: y + 5, w: wide, h: row - 10, rows: 1,
        columns: H, values: [...states[side]], scale: 1 }));
      [[leftOnly, alone], [both, together]].forEach(([shares, x], side) => {
        const found = best(shares as readonly number[]);
        marks.push({ kind: "text", x: x as number, y: y + row / 2 + 5, anchor: "middle", size: 14, bold: side === 1,
          text: TAGS[found] });
      });
    });
    // What the chosen word's two states have been made of.
    marks.push({ kind: "box", x: first - 3, y: top + 1, w: wide + 6, h: row * (at + 1) - 2, fill: "none",
      stroke: "ink", width: 2 }, { kind: "box", x: second - 3, y: top + at * row + 1, w: wide + 6,
      h: low - top - at * row - 2, fill: "none", stroke: "ink", width: 2 });
    marks.push(...detail(words[at], places[at], right, panel));
    return { width, height, marks };
  },
  describe({ words, places, right, at, steps }) {
    const { parts: [l, r], scores, both, leftOnly } = places[at], k = best(both), other = best(leftOnly);
    const trained = steps === 0 ? "Nothing is trained yet" : `After ${count(steps * UPDATES, "update")}`;
    return `${trained}. At “${words[at]}” the score of ${NAMES[k]} is ${fixed(l[k])} from the left + ${fixed(r[k])} ` +
      `from the right = ${fixed(scores[k])}: ${percent(both[k])}. A reader from the left only says ${NAMES[other]}, ` +
      `${percent(leftOnly[other])}. On ${TESTED} new sentences: left only ${percent(right[0])} of the words right, ` +
      `both ways ${percent(right[1])}.`;
  },
  table: ({ words, places, at }) => ({ head: ["word", "tag, left only", "tag, both ways", `of ${NAMES[1]}: left`,
    "right", "sum", "chosen word"], rows: words.map((word, t) => {
    const { parts, scores, both, leftOnly } = places[t];
    return [word, NAMES[best(leftOnly)], NAMES[best(both)], fixed(parts[0][1]), fixed(parts[1][1]), fixed(scores[1]),
      t === at ? "yes" : "no"];
  }) }),
  invariants: [
    { name: "the network’s scores are what the left adds plus what the right adds", holds: ({ places }) =>
      places.every(({ parts: [l, r], scores }) => scores.every((score, k) => Math.abs(l[k] + r[k] - score) < 1e-4)) },
    { name: "neither reader’s state depends on the other side of the sentence", holds: ({ apart }) => apart < 1e-5 },
    { name: "tags of a word have probabilities that sum to 1", holds: ({ places }) => places.every((place) =>
      [place.both, place.leftOnly].every((shares) => Math.abs(shares.reduce((a, b) => a + b, 0) - 1) < 1e-4)) },
  ],
});

/** Of the chosen word: what each side adds to the score of every tag, the sum, and the share. */
function detail(word: string, { parts, scores, both, leftOnly }: Place, right: readonly number[],
  { x, y, w }: Layout["panel"]): Mark[] {
  const marks: Mark[] = [], name = 46, numbers = 56, bar = (w - name - 2 * numbers - 12) / 2;
  const most = Math.max(4, ...parts.flat().map(Math.abs)), chosen = best(both);
  const middles = [x + name + bar / 2, x + name + 12 + 1.5 * bar];
  const said = (at: number, line: number, text: string, anchor: "start" | "middle" | "end"): void => {
    marks.push({ kind: "text", x: at, y: line, text, size: 13, fill: "ink-2", anchor });
  };
  marks.push({ kind: "text", x, y: y + 18, size: 14, bold: true, text: `scores at “${word.slice(0, 16)}”` });
  said(middles[0], y + 48, "left adds", "middle");
  said(middles[1], y + 48, "right adds", "middle");
  said(x + w - numbers, y + 48, "sum", "end");
  said(x + w, y + 48, "share", "end");
  TAGS.forEach((tag, k) => {
    const line = y + 60 + 30 * k;
    if (k === chosen) {
      marks.push({ kind: "box", x: x - 4, y: line, w: w + 8, h: 28, fill: "none", stroke: "ink", width: 1.5,
        round: 4 });
    }
    marks.push({ kind: "text", x, y: line + 19, text: tag, size: 14, bold: k === chosen });
    parts.forEach((part, side) => {
      const middle = middles[side], length = part[k] / most * (bar / 2 - 2), shade = colourOf(part[k]);
      marks.push({ kind: "box", x: Math.min(middle, middle + length), y: line + 6, w: Math.max(1, Math.abs(length)),
        h: 16, fill: shade, hatch: part[k] < 0, stroke: shade, width: 1, title: fixed(part[k], 3) },
      { kind: "line", points: [[middle, line + 2], [middle, line + 26]], stroke: "ink-3", width: 1 });
    });
    marks.push({ kind: "text", x: x + w - numbers, y: line + 19, text: fixed(scores[k]), role: "number", anchor: "end",
      size: 13, fill: colourOf(scores[k]) }, { kind: "text", x: x + w, y: line + 19, text: percent(both[k]),
      role: "number", anchor: "end", size: 13 });
  });
  const low = y + 60 + 30 * K + 26, top = best(leftOnly);
  said(x, low, `left only: ${NAMES[top]}, ${percent(leftOnly[top])}`, "start");
  said(x, low + 24, `new texts: ${percent(right[0])} left only, ${percent(right[1])} both`, "start");
  return marks;
}
