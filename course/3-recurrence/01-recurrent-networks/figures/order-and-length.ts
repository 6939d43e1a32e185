import { compile, concat, F, manualSeed, nn, noGrad, optim, RandomStream, tensor, type Compiled, type Tensor }
  from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";

/** Symbols: 0 is silence, 1 is a, 2 is b. */
const SYMBOLS = 3, NAMES = ["·", "a", "b"], HIDDEN = 12, BATCH = 64, UPDATES = 5, MOST = 40, OWN = 24;
const LENGTHS: readonly number[] = [2, 4, 6, 8, 12, 16, 24, 32, 40], TESTED = 50;
const LONGEST = LENGTHS[LENGTHS.length - 1];
/** How often somebody speaks before the last time. */
const BUSY = 0.5;
/** Three ways to read; each is given whole sequences (B, T, symbols) and returns one score for "b came last". */
const READERS = ["counts", "window", "recurrent"] as const;
const LOOKS = { counts: { stroke: "series-3", dash: [2, 4] }, window: { stroke: "series-2", dash: [7, 4] },
  recurrent: { stroke: "series-1", dash: [] } } as const;

class Models extends nn.Module {
  readonly window: number;
  readonly countsIn = new nn.Linear(SYMBOLS, HIDDEN);
  readonly countsOut = new nn.Linear(HIDDEN, 1);
  readonly windowIn: nn.Linear;
  readonly windowOut = new nn.Linear(HIDDEN, 1);
  readonly rnn = new nn.RNN(SYMBOLS, HIDDEN, { batchFirst: true });
  readonly rnnOut = new nn.Linear(HIDDEN, 1);

  constructor(window: number) {
    super();
    this.window = window;
    this.windowIn = new nn.Linear(window * SYMBOLS, HIDDEN);
  }
  /** Scores (3, B) of the three, for sequences that end together and are silent zeros before they begin. */
  scores(x: Tensor): Tensor {
    const [batch, steps] = x.shape, { window } = this;
    const last = window <= steps ? x.narrow(1, steps - window, window)
      : concat([nn.init.zeros([batch, window - steps, SYMBOLS]), x], 1);
    const bag = this.countsOut.forward(this.countsIn.forward(x.sum([1])).tanh());
    const fixedSize = this.windowOut.forward(this.windowIn.forward(last.flatten(1)).tanh());
    const [states] = this.rnn.forward(x), own = this.rnnOut.forward(states.select(1, -1));
    return concat([bag, fixedSize, own], 1).T;
  }
}
interface State {
  readonly models: Models; readonly longest: number; readonly random: RandomStream;
  readonly train: Compiled<[Tensor, Tensor], Tensor>;
  /** Probabilities (3, B) that b came last, for the test's sequences and three of the reader's. */
  readonly ask: Compiled<[Tensor], Tensor>;
  readonly test: readonly { readonly sequence: readonly number[]; readonly last: number }[];
  /** Share of right answers by reader and by length. */
  right: number[][];
  own: number[];
  /** What each says about the reader's own sequence: the probability that b came last. */
  says: number[];
  /** The same for its symbols in another order, and for its last places alone. */
  sorted: number[]; lastOnly: number[];
  steps: number;
}
/** One-hot rows at the end of `steps` places. */
function encode(sequences: readonly (readonly number[])[], steps: number): Tensor {
  const flat = new Float32Array(sequences.length * steps * SYMBOLS);
  sequences.forEach((sequence, i) => sequence.forEach((symbol, t) => {
    flat[(i * steps + steps - sequence.length + t) * SYMBOLS + symbol] = 1;
  }));
  return tensor(flat, { shape: [sequences.length, steps, SYMBOLS] });
}
/** Silence after some a and b, the last of them anywhere; 1 if it is a b. */
function draw(length: number, random: RandomStream): { readonly sequence: readonly number[]; readonly last: number } {
  const end = random.integer(length), last = random.integer(2);
  const sequence = Array.from({ length }, (_, t) => (t > end || random.uniform() > BUSY ? 0 : 1 + random.integer(2)));
  sequence[end] = 1 + last;
  return { sequence, last };
}
/** All answers: about the test, and about the reader's own sequence. */
async function look(state: State): Promise<State> {
  const { models, ask, test, own } = state, asked = test.length + 3;
  const lastOnly = own.map((symbol, i) => (i < OWN - models.window ? 0 : symbol));
  const sequences = [...test.map(({ sequence }) => sequence), own, [...own].sort((a, b) => a - b), lastOnly];
  const said = await ask(encode(sequences, LONGEST)).data();
  const isRight = (i: number, at: number): number => Number((said[i * asked + at] >= 0.5) === (test[at].last === 1));
  state.right = READERS.map((_, i) => LENGTHS.map((_length, k) => Array.from({ length: TESTED }, (__, j) =>
    isRight(i, k * TESTED + j)).reduce((a, b) => a + b, 0) / TESTED));
  [state.says, state.sorted, state.lastOnly] = [0, 1, 2].map((k) => READERS.map((_, i) =>
    said[i * asked + test.length + k]));
  return state;
}

interface Layout { readonly curves: Plot; readonly height: number; readonly cell: number; readonly columns: number;
  readonly left: number; readonly top: number; readonly width: number }
function layout(width: number): Layout {
  const { at: [a, b], height } = panels(width, { shares: [1.1, 1], height: 350, heights: [320, 250], narrow: 640 });
  const curves = plot({ left: a.x + 40, top: a.y + 48, width: a.w - 50, height: a.h - 96, x: [0, LONGEST],
    y: [0.3, 1], xLabel: "length of the sequence", yTicks: 3 });
  return { curves, height, columns: 12, cell: Math.min(30, Math.floor(b.w / 12)), left: b.x, top: b.y + 40,
    width: b.w };
}

export default defineFigure({
  id: "order-and-length",
  title: "Which came last, a or b?",
  question: "What can be told from counts, what from a window, and what from a memory?",
  params: {
    window: { kind: "number", label: "places in the window", value: 8, min: 2, max: 12, step: 1 },
    longest: { kind: "number", label: "longest sequence learned from", value: 8, min: 4, max: 12, step: 1 },
  },
  init({ window, longest }, seed): Promise<State> {
    manualSeed(seed);
    const models = new Models(window), random = new RandomStream(seed);
    const optimizer = new optim.Adam(models.parameters(), { lr: 0.01 });
    const train = compile((x: Tensor, y: Tensor) => {
      optimizer.zeroGrad();
      const loss = F.binaryCrossEntropyWithLogits(models.scores(x), y.unsqueeze(0).expand([READERS.length, BATCH]));
      loss.backward();
      optimizer.step();
      return loss;
    });
    const fresh = new RandomStream(seed + 1);
    const test = LENGTHS.flatMap((length) => Array.from({ length: TESTED }, () => draw(length, fresh)));
    const ask = compile((x: Tensor) => noGrad(() => F.sigmoid(models.scores(x))));
    const own = new Array<number>(OWN).fill(0);
    own[3] = 1;
    own[9] = 2;
    return look({ models, longest, random, train, ask, test, own, right: [], says: [], sorted: [], lastOnly: [],
      steps: 0 });
  },
  step(state) {
    const { longest, random, train } = state;
    for (let i = 0; i < UPDATES; i++) {
      const drawn = Array.from({ length: BATCH }, () => draw(2 + random.integer(longest - 1), random));
      train(encode(drawn.map(({ sequence }) => sequence), longest),
        tensor(Float32Array.from(drawn, ({ last }) => last)));
    }
    state.steps++;
    return look(state);
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type !== "press") return state;
    const at = Number(action.id.slice(1));
    state.own[at] = (state.own[at] + 1) % SYMBOLS;
    return look(state);
  },
  snapshot: ({ models, longest, right, own, says, sorted, lastOnly, steps }) => ({ window: models.window,
    longest, steps, own: [...own], says: [...says], sorted: [...sorted], lastOnly: [...lastOnly],
    right: right.map((row) => [...row]) }),

  view({ window, longest, right, own, says }, { width }: Frame): Scene {
    const { curves, height, cell, columns, left, top, width: room } = layout(width), marks: Mark[] = [...curves.marks];
    const share = (r: number): number => Math.max(0.3, r);
    const to = curves.x(longest);
    marks.push({ kind: "box", x: curves.left, y: curves.top, w: to - curves.left, h: curves.bottom - curves.top,
      fill: "hair", opacity: 0.35 },
    { kind: "text", x: curves.left + 5, y: curves.bottom - 8, text: "learned", size: 12, fill: "ink-2" });
    marks.push({ kind: "text", x: curves.left, y: curves.top - 32, text: "share of right answers", size: 13,
      fill: "ink-2" });
    READERS.forEach((reader, i) => {
      const style = { ...LOOKS[reader], width: 2.5 }, x = curves.left + i * (curves.right - curves.left) / 3;
      marks.push(...path(curves, LENGTHS.map((length, k) => [length, share(right[i][k])]), style));
      LENGTHS.forEach((length, k) => marks.push({ kind: "disc", x: curves.x(length), y: curves.y(share(right[i][k])),
        r: 3, fill: style.stroke, title: `${reader}, length ${length}: ${percent(right[i][k], 0)}` }));
      marks.push({ kind: "line", points: [[x, curves.top - 15], [x + 22, curves.top - 15]], ...style },
        { kind: "text", x: x + 27, y: curves.top - 11, text: reader, size: 13 });
    });
    // The reader's own sequence, with what the window can see.
    marks.push({ kind: "text", x: left, y: top - 14, text: "your sequence (press a place)", size: 13, fill: "ink-2" });
    const rowHeight = cell + 12;
    own.forEach((symbol, i) => {
      const x = left + (i % columns) * cell, y = top + Math.floor(i / columns) * rowHeight, seen = i >= OWN - window;
      marks.push({ kind: "box", x: x + 1, y, w: cell - 2, h: cell, round: 3, fill: symbol === 0 ? "plate"
        : symbol === 1 ? "negative" : "positive", hatch: symbol === 1, opacity: symbol === 0 ? 1 : 0.35 },
      { kind: "box", x: x + 1, y, w: cell - 2, h: cell, round: 3, fill: "none", stroke: "ink-3", width: 1,
        handle: { id: `s${i}`, label: `place ${i + 1}: ${symbol === 0 ? "silence" : NAMES[symbol]}`, press: true } },
      { kind: "text", x: x + cell / 2, y: y + cell / 2 + 5, text: NAMES[symbol], anchor: "middle", size: 14,
        bold: symbol > 0, fill: symbol === 0 ? "ink-3" : "ink" });
      if (seen) marks.push({ kind: "line", points: [[x + 1, y + cell + 5], [x + cell - 1, y + cell + 5]],
        stroke: "series-2", width: 3 });
    });
    const bars = top + Math.ceil(OWN / columns) * rowHeight + 34, from = left + 84, wide = room - 84 - 52;
    marks.push({ kind: "text", x: left, y: bars - 14, text: "says that b came last", size: 13, fill: "ink-2" });
    READERS.forEach((reader, i) => {
      const y = bars + i * 30;
      marks.push({ kind: "text", x: left, y: y + 15, text: reader, size: 13 },
        { kind: "box", x: from, y, w: wide, h: 20, fill: "plate", stroke: "hair", width: 1 },
        { kind: "box", x: from, y, w: wide * says[i], h: 20, fill: LOOKS[reader].stroke },
        { kind: "line", points: [[from + wide / 2, y - 3], [from + wide / 2, y + 23]], stroke: "ink-2", width: 1 },
        { kind: "text", x: from + wide + 46, y: y + 15, text: percent(says[i], 0), role: "number", anchor: "end",
          size: 13 });
    });
    return { width, height, marks };
  },
  describe({ window, longest, right, says, steps }) {
    const near = LENGTHS.findLastIndex((length) => length <= longest), far = LENGTHS.length - 1;
    const shares = (k: number): string => READERS.map((reader, i) => `${reader} ${percent(right[i][k], 0)}`).join(", ");
    return `After ${count(steps * UPDATES, "update")}, right at length ${LENGTHS[near]}: ${shares(near)}; at length ` +
      `${LENGTHS[far]}: ${shares(far)}. The window holds ${window} places. For your sequence they say b with ` +
      `${says.map((p) => fixed(p, 2)).join(", ")}.`;
  },
  table: ({ right }) => ({ head: ["length", ...READERS],
    rows: LENGTHS.map((length, k) => [String(length), ...READERS.map((_, i) => percent(right[i][k], 0))]) }),
  invariants: [
    { name: "counts give the same answer in every order", holds: ({ says, sorted }) =>
      Math.abs(says[0] - sorted[0]) < 1e-4 },
    { name: "what lies before the window changes nothing in it", holds: ({ says, lastOnly }) =>
      Math.abs(says[1] - lastOnly[1]) < 1e-4 },
    { name: "shares and probabilities lie between 0 and 1", holds: ({ right, says }) =>
      [...right.flat(), ...says].every((share) => share >= 0 && share <= 1) },
    { name: "each reader is tested at every length", holds: ({ right }) =>
      right.every((row) => row.length === LENGTHS.length) },
  ],
});
