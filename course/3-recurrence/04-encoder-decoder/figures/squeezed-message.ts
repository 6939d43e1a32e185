import { compile, F, manualSeed, noGrad, optim, RandomStream, stack, tensor, type Compiled, type Tensor } from "gradus";
import { Seq2Seq } from "gradus/models";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { plot } from "@gradus/lessons/draw/plot";

/** Tokens: one that fills up, one that begins, one that ends, ten digits. */
const PAD = 0, START = 1, END = 2, DIGIT = 3, V = 13;
const LONGEST = 8, BATCH = 64, UPDATES = 4, MOST = 100, RATE = 0.01, PER_LENGTH = 24;
const TASKS = ["backwards", "as it stands"] as const, SIZES = ["4", "8", "16"] as const;

interface Pairs { readonly source: Tensor; readonly input: Tensor; readonly wanted: Tensor }
interface State {
  readonly model: Seq2Seq; readonly random: RandomStream; readonly size: number; readonly task: string;
  readonly train: Compiled<[Tensor, Tensor, Tensor], Tensor>;
  /** Source to message, and message to what is written, with its probabilities. */
  readonly read: Compiled<[Tensor], Tensor>; readonly write: Compiled<[Tensor], [Tensor, Tensor]>;
  readonly judge: Compiled<[Tensor, Tensor, Tensor], Tensor>; readonly tests: Pairs;
  readonly digits: readonly number[];
  message: number[]; tokens: number[]; chances: number[];
  /** Share of sequences written without a slip, by length. */
  right: number[];
  readonly erased: Set<number>; steps: number; loss: number | null;
}
const answer = (digits: readonly number[], task: string): readonly number[] =>
  (task === "backwards" ? digits.toReversed() : digits);

/** Sequences of these lengths: sources filled up, targets behind the start, and the same targets with their end. */
function pairs(lengths: readonly number[], random: RandomStream, task: string): Pairs {
  const B = lengths.length, T = LONGEST + 1, source = new Int32Array(B * LONGEST).fill(PAD);
  const input = new Int32Array(B * T).fill(PAD), wanted = new Int32Array(B * T).fill(PAD);
  lengths.forEach((length, b) => {
    const tokens = Array.from({ length }, () => DIGIT + random.integer(10)), written = answer(tokens, task);
    source.set(tokens, b * LONGEST);
    input.set([START, ...written], b * T);
    wanted.set([...written, END], b * T);
  });
  return { source: tensor(source, { shape: [B, LONGEST] }), input: tensor(input, { shape: [B, T] }),
    wanted: tensor(wanted, { shape: [B, T] }) };
}
/** Lets the decoder write: the message with its erased numbers at zero, then token by token the likeliest. */
async function look(state: State): Promise<State> {
  const filled = Int32Array.from({ length: LONGEST }, (_, i) => (i < state.digits.length ? DIGIT + state.digits[i]
    : PAD));
  const message = await state.read(tensor(filled, { shape: [1, LONGEST] })).data();
  state.message = Array.from(message, (value, i) => (state.erased.has(i) ? 0 : value));
  const [tokens, chances] = state.write(tensor(state.message, { shape: [1, state.size] }));
  const [written, sure] = await Promise.all([tokens.data(), chances.data()]);
  const end = Array.from(written).indexOf(END), length = end < 0 ? LONGEST + 1 : end + 1;
  state.tokens = Array.from(written).slice(0, length);
  state.chances = Array.from(sure).slice(0, length);
  return state;
}
/** A sequence is written without a slip exactly when every token is the likeliest after the right ones. */
async function measure(state: State): Promise<void> {
  const { source, input, wanted } = state.tests, right = await state.judge(source, input, wanted).data();
  state.right = Array.from({ length: LONGEST }, (_, n) => Array.from(right).slice(n * PER_LENGTH, (n + 1) * PER_LENGTH)
    .reduce((a, b) => a + b, 0) / PER_LENGTH);
}
const textOf = (token: number): string => (token === END ? "stop" : token < DIGIT ? "·" : String(token - DIGIT));

export default defineFigure({
  id: "squeezed-message",
  title: "Everything through one vector",
  question: "How long a number gets through, and which part of the message carries which digit?",
  params: {
    digits: { kind: "text", label: "number to be read", value: "31415", longest: LONGEST },
    size: { kind: "choice", label: "numbers in the message", value: "16", choices: SIZES },
    task: { kind: "choice", label: "to be written", value: "backwards", choices: TASKS },
  },
  async init({ digits: text, size: chosen, task }, seed): Promise<State> {
    manualSeed(seed);
    const size = Number(chosen), random = new RandomStream(seed), typed = [...text].filter((sign) => /\d/.test(sign));
    const model = new Seq2Seq({ vocabulary: V, embedding: 16, hidden: size, attention: "none", bidirectional: false,
      padding: PAD });
    const parameters = [...model.parameters()], optimizer = new optim.Adam(parameters, { lr: RATE });
    const train = compile((source: Tensor, input: Tensor, wanted: Tensor) => {
      optimizer.zeroGrad();
      const loss = F.crossEntropy(model.forward(source, input).reshape([-1, V]), wanted.reshape([-1]),
        { ignoreIndex: PAD });
      loss.backward();
      optim.clipGradNorm(parameters, 1);
      optimizer.step();
      return loss;
    });
    const read = compile((source: Tensor) => noGrad(() => model.encode(source)[2]));
    const write = compile((message: Tensor): [Tensor, Tensor] => noGrad(() => {
      let state = model.start([message, message, message]), token: Tensor = tensor([START], { dtype: "i32" });
      const tokens: Tensor[] = [], chances: Tensor[] = [];
      for (let t = 0; t <= LONGEST; t++) {
        const made = model.step(token, state), chance = F.softmax(made.logits, 1);
        state = made.state;
        token = chance.argmax(1).cast("i32");
        tokens.push(token);
        chances.push(chance.max(1));
      }
      return [stack(tokens, 1).reshape([-1]), stack(chances, 1).reshape([-1])];
    }));
    const judge = compile((source: Tensor, input: Tensor, wanted: Tensor) => noGrad(() => {
      const wrong = model.forward(source, input).argmax(2).cast("i32").ne(wanted).cast("f32");
      return wrong.mul(wanted.ne(PAD).cast("f32")).sum(1).eq(0).cast("f32");
    }));
    const lengths = Array.from({ length: LONGEST * PER_LENGTH }, (_, i) => 1 + Math.floor(i / PER_LENGTH));
    const state: State = { model, random, size, task, train, read, write, judge,
      tests: pairs(lengths, new RandomStream(seed + 1), task), digits: typed.length === 0 ? [7] : typed.map(Number),
      message: [], tokens: [], chances: [], right: [], erased: new Set(), steps: 0, loss: null };
    await measure(state);
    return look(state);
  },
  async step(state) {
    let loss: Tensor | null = null;
    for (let i = 0; i < UPDATES; i++) {
      const lengths = Array.from({ length: BATCH }, () => 1 + state.random.integer(LONGEST));
      const { source, input, wanted } = pairs(lengths, state.random, state.task);
      loss = state.train(source, input, wanted);
    }
    state.loss = await loss!.item();
    state.steps++;
    await measure(state);
    return look(state);
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type !== "press") return state;
    const index = Number(action.id.split(":")[1]);
    if (!Number.isInteger(index) || index < 0 || index >= state.size) return state;
    if (!state.erased.delete(index)) state.erased.add(index);
    return look(state);
  },
  snapshot: ({ size, task, digits, message, tokens, chances, right, erased, steps, loss }) => ({ size, task,
    digits: [...digits], message: [...message], tokens: [...tokens], chances: [...chances], right: [...right],
    erased: [...erased].sort((a, b) => a - b), steps, loss, wanted: [...answer(digits, task), -1] }),

  view({ size, digits, message, tokens, chances, right, erased, wanted }, { width }: Frame): Scene {
    const { at: [a, b], height, stacked } = panels(width, { shares: [1.35, 1], height: 318, heights: [300, 260],
      gap: 20,
      narrow: 640 });
    const marks: Mark[] = [], label = (x: number, y: number, text: string): void => {
      marks.push({ kind: "text", x, y, text, size: 13, fill: "ink-2" });
    };
    const middle = a.x + a.w / 2, pitch = Math.min(58, a.w / (LONGEST + 1)), cell = Math.min(38, pitch - 2);
    // What is read, on top; the message, narrow, in the middle; what is written, below.
    const columns = 4, rows = size / columns, side = 22, tall = 18;
    const mw = columns * side, mh = rows * tall, readWide = digits.length * pitch - (pitch - cell);
    const top = a.y + 32, waist = a.y + 142 - mh / 2, low = a.y + 216;
    const funnel = (from: number, fy: number, to: number, ty: number): Mark => ({ kind: "line", closed: true,
      fill: "hair",
      opacity: 0.5, stroke: "none", points: [[middle - from / 2, fy], [middle + from / 2, fy], [middle + to / 2, ty],
        [middle - to / 2, ty]] });
    const wide = tokens.length * pitch - (pitch - cell);
    marks.push(funnel(readWide, top + cell, mw, waist), funnel(mw, waist + mh, wide, low));
    label(a.x, a.y + 20, "read, from left to right");
    digits.forEach((digit, i) => {
      const x = middle - readWide / 2 + i * pitch;
      marks.push({ kind: "box", x, y: top, w: cell, h: cell, fill: "plate", stroke: "ink-3", width: 1.5 },
        { kind: "text", x: x + cell / 2, y: top + cell / 2 + 5, text: String(digit), anchor: "middle", role: "number",
          size: 15 });
    });
    label(a.x, waist + mh / 2 + 4, "message");
    marks.push({ kind: "cells", x: middle - mw / 2, y: waist, w: mw, h: mh, rows, columns, values: message, scale: 1,
      pressCells: true, handle: { id: "erase", label: "number of the message, press to erase", press: true } },
    { kind: "box", x: middle - mw / 2, y: waist, w: mw, h: mh, fill: "none", stroke: "ink", width: 1.5 });
    for (const index of erased) {
      const x = middle - mw / 2 + (index % columns) * side, y = waist + Math.floor(index / columns) * tall;
      marks.push({ kind: "line", points: [[x + 4, y + 3], [x + side - 4, y + tall - 3]], stroke: "ink", width: 1.5 },
        { kind: "line", points: [[x + 4, y + tall - 3], [x + side - 4, y + 3]], stroke: "ink", width: 1.5 });
    }
    label(a.x, low - 8, stacked ? "written" : "written from it");
    tokens.forEach((token, i) => {
      const x = middle - wide / 2 + i * pitch, good = tokenIs(token, wanted[i]), colour: Colour = good ? "good" : "bad";
      marks.push({ kind: "box", x, y: low, w: cell, h: cell, fill: "plate", stroke: colour, width: good ? 1.5 : 2.5,
        title: `probability ${fixed(chances[i], 2)}` },
      ...(good ? [] : [{ kind: "box", x, y: low, w: cell, h: cell, fill: colour, hatch: true,
        opacity: 0.35 } as const]),
      { kind: "text", x: x + cell / 2, y: low + cell / 2 + 5, text: textOf(token), anchor: "middle", role: "number",
        size: token === END ? 12 : 15 },
      { kind: "box", x, y: low + cell + 24 - 18 * chances[i], w: cell, h: 18 * chances[i], fill: "ink-3" });
    });
    label(a.x, low + cell + 40, stacked ? "bars: its probability" : "bars: the probability it gave what it wrote");
    const accuracy = plot({ left: b.x + 36, top: b.y + 34, width: b.w - 44, height: b.h - 84, x: [0.5, LONGEST + 0.5],
      y: [0, 1], xLabel: "length", yLabel: "written without a slip", xTicks: LONGEST, yTicks: 4 });
    marks.push(...accuracy.marks);
    right.forEach((share, i) => {
      const w = (accuracy.right - accuracy.left) / LONGEST * 0.7, x = accuracy.x(i + 1) - w / 2, y = accuracy.y(share);
      const own = i + 1 === digits.length;
      marks.push({ kind: "box", x, y, w, h: accuracy.bottom - y, fill: own ? "ink" : "ink-3", opacity: own ? 1 : 0.7,
        title: percent(share, 0) });
    });
    return { width, height, marks };
  },
  describe({ size, task, digits, tokens, right, erased, steps, loss, wanted }) {
    const good = tokens.filter((token, i) => tokenIs(token, wanted[i])).length;
    const trained = loss === null ? "Nothing is trained yet"
      : `After ${count(steps * UPDATES, "update")}, loss ${fixed(loss, 3)}`;
    const clean = [1, 4, 8].map((n) => `${percent(right[n - 1], 0)} of length ${n}`).join(", ");
    const gone = erased.length === 0 ? "" : ` without ${count(erased.length, "number")} of it`;
    const wish = task === "backwards" ? "to be written backwards" : "to be copied";
    return `${trained}. ${digits.join("")} went in, ${wish}; out of ${size} numbers${gone} came ` +
      `${tokens.map(textOf).join(" ")}: ${good} of ${wanted.length} right. New numbers ` +
      `without a slip: ${clean}.`;
  },
  table: ({ right }) => ({ head: ["length", "written without a slip"],
    rows: right.map((share, i) => [String(i + 1), percent(share, 0)]) }),
  invariants: [
    { name: "the message has its size, whatever the length", holds: ({ message, size }) => message.length === size },
    { name: "states of a GRU lie between −1 and 1", holds: ({ message }) => message.every((v) => Math.abs(v) <= 1) },
    { name: "erased numbers are zero", holds: ({ message, erased }) => erased.every((i) => message[i] === 0) },
    { name: "probabilities lie between 1/13 and 1", holds: ({ chances }) =>
      chances.every((p) => p >= 1 / V - 1e-6 && p <= 1 + 1e-6) },
    { name: "nothing is written behind the end", holds: ({ tokens }) => tokens.every((token, i) =>
      token !== END || i === tokens.length - 1) },
  ],
});

/** Whether a token is the wanted digit, or the end where −1 stands. */
function tokenIs(token: number, wanted: number | undefined): boolean {
  return wanted !== undefined && token === (wanted < 0 ? END : DIGIT + wanted);
}
