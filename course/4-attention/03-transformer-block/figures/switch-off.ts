import { compile, F, Generator, manualSeed, nn, noGrad, optim, randint, randn, stack, state as variable, tensor,
  type Tensor }
  from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";

const T = 6, DIGITS = 5, D = 24, HEADS = 2, BATCH = 48, TESTED = 120, UPDATES = 1, MOST = 160, RATE = 0.008, BLOCKS = 2;
const PARTS = ["attention", "feed-forward", "stream", "norms", "positions"] as const;
type Part = (typeof PARTS)[number];

interface Model { readonly run: (digits: Tensor) => Tensor; readonly parameters: readonly Tensor[] }
interface Point { readonly step: number; readonly whole: number; readonly less: number }
interface State {
  readonly part: Part;
  readonly whole: Model; readonly less: Model;
  readonly learn: (digits: Tensor) => Tensor;
  /** Answers of both models, [2, rows, T]. */
  readonly answer: (digits: Tensor) => Tensor;
  readonly generator: Generator;
  /** Rows to be tested on, one after the other. */
  readonly test: readonly number[];
  digits: number[];
  steps: number;
  curve: Point[];
  said: { readonly whole: readonly number[]; readonly less: readonly number[] };
}
/** What is wanted at each place: the digit there plus the one in the mirrored place, modulo DIGITS. */
const mirrored = (digits: readonly number[]): number[] => digits.map((digit, i) =>
  (digit + digits[digits.length - 1 - i]) % DIGITS);
const targets = (digits: Tensor): Tensor => digits.add(digits.flip([1])).remainder(DIGITS);

/** Two blocks with the norm before, one part of them missing. */
function build(missing: Part | null, generator: Generator): Model {
  const has = (part: Part): boolean => part !== missing;
  const letters = variable(randn([DIGITS, D], { generator }), true);
  const places = variable(randn([T, D], { generator }), true);
  const blocks = Array.from({ length: BLOCKS }, () => ({ attention: new nn.MultiheadAttention(D, HEADS, {
    batchFirst: true }), wide: new nn.Linear(D, 4 * D), narrow: new nn.Linear(4 * D, D),
    norms: [new nn.LayerNorm(D), new nn.LayerNorm(D)] }));
  const last = new nn.LayerNorm(D), answer = new nn.Linear(D, DIGITS);
  const norm = (layer: nn.LayerNorm, x: Tensor): Tensor => (has("norms") ? layer.forward(x) : x);
  const join = (x: Tensor, branch: Tensor): Tensor => (has("stream") ? x.add(branch) : branch);
  const run = (digits: Tensor): Tensor => {
    let x = letters.take(digits);
    if (has("positions")) x = x.add(places);
    for (const { attention, wide, narrow, norms } of blocks) {
      if (has("attention")) {
        const y = norm(norms[0], x);
        x = join(x, attention.forward(y, y, y)[0]);
      }
      if (has("feed-forward")) x = join(x, narrow.forward(F.relu(wide.forward(norm(norms[1], x)))));
    }
    return answer.forward(norm(last, x));
  };
  const layers = [...blocks.flatMap((block) => [...(has("attention") ? [block.attention] : []),
    ...(has("feed-forward") ? [block.wide, block.narrow] : []),
    ...(has("norms") ? block.norms.filter((_, i) => has(PARTS[i])) : [])]), ...(has("norms") ? [last] : []), answer];
  return { run, parameters: [letters, ...(has("positions") ? [places] : []),
    ...layers.flatMap((layer) => [...layer.parameters()])] };
}
const lossOf = (model: Model, digits: Tensor): Tensor =>
  F.crossEntropy(model.run(digits).flatten(0, 1), targets(digits).flatten());

async function look(state: State): Promise<State> {
  const { test, digits } = state, all = [...test, ...digits], rows = TESTED + 1;
  const given = tensor(Int32Array.from(all), { shape: [rows, T] });
  const said = Array.from(await noGrad(() => state.answer(given)).data());
  const wanted = Array.from({ length: TESTED }, (_, i) => mirrored(test.slice(i * T, (i + 1) * T))).flat();
  const [a, b] = [0, 1].map((model) =>
    wanted.filter((digit, i) => said[model * rows * T + i] === digit).length / wanted.length);
  state.curve = [...state.curve.filter(({ step }) => step < state.steps), { step: state.steps, whole: a, less: b }];
  state.said = { whole: said.slice((rows - 1) * T, rows * T), less: said.slice((2 * rows - 1) * T) };
  return state;
}

interface Layout { readonly curve: Plot; readonly left: number; readonly top: number; readonly step: number;
  readonly height: number }
function layout(width: number): Layout {
  const wide = width >= 640, left = 92, step = Math.min(46, ((wide ? width * 0.5 : width) - left - 12) / T), top = 52;
  const below = top + 5 * 40 + 20, x = wide ? left + T * step + 70 : 44;
  const curve = plot({ left: x, top: wide ? 76 : below + 76, width: width - x - 14, height: 190, x: [0, MOST * UPDATES],
    y: [0, 1], xLabel: "updates" });
  return { curve, left, top, step, height: Math.max(below, curve.bottom + 44) };
}

export default defineFigure({
  id: "switch-off",
  title: "A block with a part missing",
  question: "Add every digit to the one in its mirror place, modulo 5. Which parts of a block does that need?",
  params: {
    part: { kind: "choice", label: "left out", value: "feed-forward", choices: PARTS },
  },
  init({ part }, seed): Promise<State> {
    manualSeed(seed);
    const generator = new Generator(seed), whole = build(null, generator), less = build(part, new Generator(seed));
    const optimizer = new optim.Adam([...whole.parameters, ...less.parameters], { lr: RATE });
    const test = Array.from(randint(0, DIGITS, [TESTED, T], { generator }).dataSync());
    const answer = compile((digits: Tensor): Tensor =>
      stack([whole, less].map((model) => model.run(digits).argmax(2)), 0));
    const learn = compile((digits: Tensor): Tensor => {
      optimizer.zeroGrad();
      const loss = lossOf(whole, digits).add(lossOf(less, digits));
      loss.backward();
      optimizer.step();
      return loss;
    });
    return look({ part, whole, less, learn, answer, generator, test, digits: [3, 1, 4, 1, 0, 2], steps: 0, curve: [],
      said: { whole: [], less: [] } });
  },
  step(state) {
    for (let i = 0; i < UPDATES; i++) state.learn(randint(0, DIGITS, [BATCH, T], { generator: state.generator }));
    state.steps++;
    return look(state);
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type !== "press") return state;
    const place = Number(action.id.split(":")[1]);
    state.digits = state.digits.map((digit, i) => (i === place ? (digit + 1) % DIGITS : digit));
    return look(state);
  },
  snapshot: ({ part, whole, less, digits, steps, curve, said }) => ({ part, digits: [...digits], steps,
    curve: [...curve], said, sizes: [whole, less].map(({ parameters }) => parameters.reduce((sum, { shape }) =>
      sum + shape.reduce((a, b) => a * b, 1), 0)) }),

  view({ part, digits, curve, said }, { width }: Frame): Scene {
    const { curve: graph, left, top, step, height } = layout(width), marks: Mark[] = [], wanted = mirrored(digits);
    marks.push({ kind: "text", x: 12, y: 22, size: 13, fill: "ink-2", text: "press a digit to change it" });
    const rows: readonly (readonly [string, readonly number[], number])[] = [["digits", digits, 0],
      ["mirrored", [...digits].reverse(), 1], ["wanted", wanted, 2], ["all parts", said.whole, 3],
      ["one left out", said.less, 4]];
    for (const [name, numbers, row] of rows) {
      const y = top + 40 * row;
      marks.push({ kind: "text", x: 12, y: y + 19, size: 13, text: name, fill: row > 2 ? "ink" : "ink-2" });
      numbers.forEach((digit, i) => {
        const x = left + i * step, right = digit === wanted[i];
        const colour = row < 3 ? "ink" : right ? "good" : "bad";
        if (row === 0) {
          marks.push({ kind: "box", x: x + 2, y, w: step - 5, h: 28, round: 4, fill: "plate", stroke: "ink", width: 1.5,
            handle: { id: `digit:${i}`, label: `digit ${i + 1} is ${digit}`, press: true } });
        } else if (row > 2) {
          marks.push({ kind: "box", x: x + 2, y, w: step - 5, h: 28, round: 4, fill: right ? "plate" : "bad",
            hatch: !right, opacity: right ? 1 : 0.25, stroke: colour, width: 1.2 });
        }
        marks.push({ kind: "text", x: x + step / 2, y: y + 19, anchor: "middle", size: 15, role: "number",
          fill: colour, text: String(digit), bold: row === 2 });
      });
    }
    marks.push({ kind: "line", points: [[left, top + 116], [left + T * step, top + 116]], stroke: "ink-3", width: 1 });
    const last = curve[curve.length - 1], x = graph.left - 28, y = graph.top;
    marks.push(...graph.marks, { kind: "text", x, y: y - 54, size: 13, fill: "ink-2",
      text: "share of right digits, new rows" });
    const key = (at: number, text: string, less: boolean): void => {
      marks.push({ kind: "line", points: [[at, y - 30], [at + 22, y - 30]], width: 2.5, stroke: less ? "series-2"
        : "series-1", ...(less ? { dash: [7, 4] } : {}) }, { kind: "text", x: at + 28, y: y - 26, text, size: 13 });
    };
    key(x, `all parts ${fixed(last.whole)}`, false);
    key(x + 124, `no ${part} ${fixed(last.less)}`, true);
    const guess = graph.y(1 / DIGITS);
    marks.push({ kind: "line", points: [[graph.left, guess], [graph.right, guess]], stroke: "ink-3", width: 1.2,
      dash: [2, 3] });
    marks.push({ kind: "text", x: graph.right - 5, y: guess + 15, anchor: "end", size: 12, fill: "ink-2",
      text: "a guess" });
    for (const pick of ["less", "whole"] as const) {
      marks.push(...path(graph, curve.map((p): Pair => [p.step * UPDATES, p[pick]]), { width: 2.5,
        stroke: pick === "less" ? "series-2" : "series-1", ...(pick === "less" ? { dash: [7, 4] } : {}) }));
      const [px, py] = graph.point(last.step * UPDATES, last[pick]);
      marks.push({ kind: "disc", x: px, y: py, r: 5, fill: "mark", stroke: "ink", width: 1.5 });
    }
    return { width, height, marks };
  },
  describe({ part, digits, steps, curve, said, sizes }) {
    const last = curve[curve.length - 1], wanted = mirrored(digits);
    const right = (of: readonly number[]): number => of.filter((digit, i) => digit === wanted[i]).length;
    return `After ${count(steps * UPDATES, "update")} the whole model (${count(sizes[0], "weight")}) gets ` +
      `${percent(last.whole, 0)} of new digits right, the one without ${part} (${count(sizes[1], "weight")}) ` +
      `${percent(last.less, 0)}; a guess has 20 %. Of the row ${digits.join(" ")} they get ${right(said.whole)} and ` +
      `${right(said.less)} of ${T}.`;
  },
  table: ({ curve, part }) => ({ head: ["updates", "all parts", `no ${part}`],
    rows: curve.filter((_, i) => i % 5 === 0 || i === curve.length - 1).map(({ step, whole, less }) =>
      [String(step * UPDATES), percent(whole), percent(less)]) }),
  invariants: [
    { name: "what is wanted reads the same from both ends", holds: ({ digits }) => {
      const wanted = mirrored(digits);
      return wanted.every((digit, i) => digit === wanted[T - 1 - i]);
    } },
    { name: "without positions equal digits get equal answers", holds: ({ part, digits, said }) => part !== "positions"
      || digits.every((digit, i) => said.less[i] === said.less[digits.indexOf(digit)]) },
    { name: "shares lie between 0 and 1", holds: ({ curve }) => curve.every(({ whole, less }) =>
      whole >= 0 && whole <= 1 && less >= 0 && less <= 1) },
  ],
});
