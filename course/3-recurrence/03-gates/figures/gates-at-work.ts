import { assign, compile, F, manualSeed, nn, noGrad, optim, RandomStream, tensor, type Compiled, type Tensor }
  from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { colourOf, count, fixed, percent } from "@gradus/lessons/draw/number";
import { clamp } from "@gradus/lessons/draw/scale";

/** The network tells five things apart: four brackets, and any other sign. */
const SIGNS = ["other", "(", ")", "[", "]"] as const, S = SIGNS.length;
const UNITS = 8, BATCH = 32, LENGTH = 24, UPDATES = 5, MOST = 60, RATE = 0.05, LONGEST = 30;
const GATES = ["forget", "input", "output"] as const;
const symbolOf = (sign: string): number => Math.max(0, SIGNS.indexOf(sign as (typeof SIGNS)[number]));

/** What one step of the reader's text does in every unit. */
interface Moment {
  readonly forget: readonly number[]; readonly input: readonly number[]; readonly output: readonly number[];
  readonly candidate: readonly number[]; readonly cell: readonly number[]; readonly hidden: readonly number[];
  /** Probabilities of what comes next. */
  readonly next: readonly number[];
}
interface State {
  readonly lstm: nn.LSTM; readonly head: nn.Linear; readonly random: RandomStream; readonly text: string;
  readonly train: Compiled<[Tensor, Tensor], Tensor>;
  moments: Moment[];
  /** Hidden states of the library's layer, for comparison. */
  layer: number[];
  unit: number; picked: boolean; at: number; steps: number; loss: number;
}
/** Signs to learn from: words of any letters, brackets of both kinds with one to four signs in them. */
function exercise(length: number, random: RandomStream): number[] {
  const made: number[] = [];
  while (made.length < length) {
    const kind = 1 + 2 * random.integer(2), between = (most: number): number[] => new Array<number>(most).fill(0);
    made.push(...between(random.integer(4)), kind, ...between(1 + random.integer(4)), kind + 1);
  }
  return made.slice(0, length);
}
function oneHot(texts: readonly (readonly number[])[]): Tensor {
  const flat = new Float32Array(texts.length * texts[0].length * S);
  texts.forEach((text, i) => text.forEach((symbol, t) => { flat[(i * text.length + t) * S + symbol] = 1; }));
  return tensor(flat, { shape: [texts.length, texts[0].length, S] });
}

/** Reads the text sign by sign with the layer's own weights, and keeps what its gates did. */
async function look(state: State): Promise<State> {
  const { lstm, head, text } = state, symbols = [...text].map(symbolOf);
  const [states, next] = noGrad(() => {
    const [all] = lstm.forward(oneHot([symbols]));
    return [all, F.softmax(head.forward(all), -1)];
  });
  const weight = (name: string): Promise<ArrayLike<number>> => (Reflect.get(lstm, name) as Tensor).data();
  const [layer, chances, wx, wh, bx, bh] = await Promise.all([states.data(), next.data(), weight("weight_ih_l0"),
    weight("weight_hh_l0"), weight("bias_ih_l0"), weight("bias_hh_l0")]);
  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
  let h = new Array<number>(UNITS).fill(0), c = h;
  state.moments = symbols.map((symbol, t) => {
    const sum = (row: number): number => wx[row * S + symbol] + bx[row] + bh[row]
      + h.reduce((total, v, j) => total + wh[row * UNITS + j] * v, 0);
    // PyTorch's order of the rows: input, forget, candidate, output.
    const rows = (k: number): number[] => Array.from({ length: UNITS }, (_, j) => sum(k * UNITS + j));
    const input = rows(0).map(sigmoid), forget = rows(1).map(sigmoid), candidate = rows(2).map(Math.tanh);
    const output = rows(3).map(sigmoid), cell = c.map((v, j) => forget[j] * v + input[j] * candidate[j]);
    c = cell;
    h = cell.map((v, j) => output[j] * Math.tanh(v));
    return { input, forget, candidate, output, cell, hidden: h, next: Array.from({ length: S }, (_, k) =>
      chances[t * S + k]) };
  });
  state.layer = Array.from(layer);
  if (!state.picked) state.unit = mostTelling(state);
  return state;
}
/** The unit whose cell differs most between the two kinds of open brackets. */
function mostTelling({ text, moments }: State): number {
  let open = 0;
  const inside = [...text].map((sign) => {
    const symbol = symbolOf(sign);
    return (open = symbol === 1 ? 1 : symbol === 3 ? -1 : symbol === 0 ? open : 0);
  });
  const mean = (j: number, kind: number, size: (v: number) => number): number => {
    const found = moments.filter((_, t) => inside[t] === kind).map(({ cell }) => size(cell[j]));
    return found.reduce((a, b) => a + b, 0) / Math.max(1, found.length);
  };
  const score = Array.from({ length: UNITS }, (_, j) => Math.abs(mean(j, 1, (v) => v) - mean(j, -1, (v) => v))
    / (mean(j, 1, Math.abs) + mean(j, -1, Math.abs) + 0.1));
  return score.reduce((best, v, j) => (v > score[best] ? j : best), 0);
}

interface Layout { readonly left: number; readonly column: number; readonly row: number; readonly heat: number;
  readonly strips: number; readonly strip: number; readonly closing: number; readonly height: number }
function layout(width: number, length: number): Layout {
  const left = width < 420 ? 64 : 90, column = Math.min(26, (width - left - 12) / length), row = 17;
  const heat = 62, strips = heat + row * UNITS + 36, strip = 42, closing = strips + 3 * strip + 28;
  return { left, column, row, heat, strips, strip, closing, height: closing + 78 };
}

export default defineFigure({
  id: "gates-at-work",
  title: "Gates at work on your text",
  question: "The network has to know which bracket is open. Which gates keep that for it?",
  params: {
    text: { kind: "text", label: "your text", value: "we (may all) sing [a song] too", longest: LONGEST },
    bias: { kind: "number", label: "first bias of the forget gate", value: 1, min: -2, max: 3, step: 1 },
  },
  async init({ text, bias }, seed): Promise<State> {
    manualSeed(seed);
    const lstm = new nn.LSTM(S, UNITS, { batchFirst: true }), head = new nn.Linear(UNITS, S);
    const first = Reflect.get(lstm, "bias_ih_l0") as Tensor, values = await first.data();
    assign(first, tensor(Float32Array.from(values, (v, i) => (i >= UNITS && i < 2 * UNITS ? bias : v))));
    const optimizer = new optim.Adam([...lstm.parameters(), ...head.parameters()], { lr: RATE });
    const train = compile((x: Tensor, y: Tensor) => {
      optimizer.zeroGrad();
      const loss = F.crossEntropy(head.forward(lstm.forward(x)[0]).flatten(0, 1), y);
      loss.backward();
      optimizer.step();
      return loss;
    });
    return look({ lstm, head, random: new RandomStream(seed), text: text === "" ? "(" : text, train, moments: [],
      layer: [], unit: 0, picked: false, at: Math.min(6, Math.max(0, [...text].length - 1)), steps: 0, loss: NaN });
  },
  async step(state) {
    for (let i = 0; i < UPDATES; i++) {
      const texts = Array.from({ length: BATCH }, () => exercise(LENGTH + 1, state.random));
      const loss = state.train(oneHot(texts.map((text) => text.slice(0, LENGTH))),
        tensor(Int32Array.from(texts.flatMap((text) => text.slice(1)))));
      if (i === UPDATES - 1) state.loss = await loss.item();
    }
    state.steps++;
    return look(state);
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type === "press") {
      state.unit = Number(action.id.slice(1));
      state.picked = true;
    } else if (action.type === "drag") {
      const length = state.moments.length, { left, column } = layout(action.width, length);
      state.at = clamp(Math.floor((action.x - left) / column), [0, length - 1]);
    }
    return state;
  },
  snapshot: ({ text, moments, layer, unit, at, steps, loss }) => ({ text, unit, at, steps, loss: Number.isNaN(loss)
    ? null : loss, moments: [...moments], layer: [...layer] }),

  view({ text, moments, unit, at }, { width }: Frame): Scene {
    const { left, column, row, heat, strips, strip, closing, height } = layout(width, moments.length);
    const signs = [...text], wide = column * moments.length, marks: Mark[] = [], middle = (t: number): number =>
      left + (t + 0.5) * column;
    const label = (y: number, said: string): void => {
      marks.push({ kind: "text", x: left - 8, y, text: said, anchor: "end", size: 13, fill: "ink-2" });
    };
    marks.push({ kind: "box", x: left + at * column, y: 26, w: column, h: closing + 50 - 26, fill: "mark",
      opacity: 0.55 });
    signs.forEach((sign, t) => marks.push({ kind: "text", x: middle(t), y: 46, text: sign, role: "code",
      anchor: "middle", size: column < 9 ? 12 : 14, bold: symbolOf(sign) > 0 }));
    label(46, "text");
    marks.push({ kind: "disc", x: middle(at), y: 18, r: 8, fill: "mark", stroke: "ink", width: 2, handle: { id: "at",
      label: `sign ${at + 1}, ${signs[at] ?? ""}`, drag: "x", step: Math.max(4, Math.round(column)) } });
    // The cells of all units, one row each.
    marks.push({ kind: "cells", x: left, y: heat, w: wide, h: row * UNITS, rows: UNITS, columns: moments.length,
      values: Array.from({ length: UNITS }, (_, j) => moments.map(({ cell }) => cell[j])).flat(), scale: 3 });
    for (let j = 0; j < UNITS; j++) {
      const y = heat + j * row, chosen = j === unit;
      marks.push({ kind: "box", x: left - 34, y: y + 1, w: 28, h: row - 2, round: 3, fill: chosen ? "mark" : "plate",
        stroke: chosen ? "ink" : "ink-3", width: 1, handle: { id: `u${j}`, label: `unit ${j + 1}`, press: true } },
      { kind: "text", x: left - 20, y: y + 13, text: String(j + 1), role: "number", anchor: "middle", size: 12,
        fill: chosen ? "on-mark" : "ink" });
    }
    marks.push({ kind: "text", x: 4, y: heat + 12, text: "cell", size: 13, fill: "ink-2" });
    marks.push({ kind: "box", x: left, y: heat + unit * row, w: wide, h: row, fill: "none", stroke: "ink", width: 2 });
    marks.push({ kind: "text", x: left, y: strips - 10, text: `gates of unit ${unit + 1}, from shut to open`, size: 13,
      fill: "ink-2" });
    GATES.forEach((gate, g) => {
      const top = strips + g * strip, tall = strip - 10;
      label(top + tall / 2 + 5, gate);
      marks.push({ kind: "box", x: left, y: top, w: wide, h: tall, fill: "none", stroke: "hair", width: 1 });
      moments.forEach((moment, t) => {
        const open = moment[gate][unit];
        marks.push({ kind: "box", x: left + t * column + 0.5, y: top + tall * (1 - open), w: Math.max(1, column - 1),
          h: tall * open, fill: `series-${(g + 1) as 1 | 2 | 3}`, opacity: t === at ? 1 : 0.75,
          title: `${gate} ${fixed(open, 3)}` });
      });
    });
    // Which bracket it would close with.
    label(closing + 14, "closes )");
    label(closing + 40, "closes ]");
    [2, 4].forEach((symbol, k) => moments.forEach(({ next }, t) => {
      const size = next[symbol];
      marks.push({ kind: "box", x: left + t * column + 0.5, y: closing + 26 * k + 20 * (1 - size),
        w: Math.max(1, column - 1), h: 20 * size, fill: k === 0 ? "ink-2" : "ink-3" });
    }));
    const now = moments[at], said = `cell ${fixed(now.cell[unit], 2)}`;
    marks.push({ kind: "text", x: left, y: height - 8, role: "number", size: 13, bold: true,
      fill: colourOf(now.cell[unit]), text: said });
    marks.push({ kind: "text", x: left + 82, y: height - 8, role: "number", size: 13,
      text: `forget ${fixed(now.forget[unit], 2)}, input ${fixed(now.input[unit], 2)}` });
    return { width, height, marks };
  },
  describe({ text, moments, unit, at, steps, loss }) {
    const { forget, input, output, candidate, cell, next } = moments[at];
    const before = at === 0 ? 0 : moments[at - 1].cell[unit];
    const trained = loss === null ? "Nothing is trained yet"
      : `After ${count(steps * UPDATES, "update")}, loss ${fixed(loss, 3)}`;
    return `${trained}. Unit ${unit + 1} at “${[...text][at]}”: cell ${fixed(forget[unit], 2)} × ${fixed(before, 2)} ` +
      `+ ${fixed(input[unit], 2)} × ${fixed(candidate[unit], 2)} = ${fixed(cell[unit], 2)}; output gate ` +
      `${fixed(output[unit], 2)}. Next comes ) with ${percent(next[2])} and ] with ${percent(next[4])}.`;
  },
  table: ({ text, moments, unit }) => ({ head: ["sign", ...GATES, "cell", "next )", "next ]"],
    rows: moments.map((moment, t) => [[...text][t], ...GATES.map((gate) => fixed(moment[gate][unit], 3)),
      fixed(moment.cell[unit], 3), fixed(moment.next[2], 3), fixed(moment.next[4], 3)]) }),
  invariants: [
    { name: "gates by hand give the hidden states of nn.LSTM", holds: ({ moments, layer }) =>
      moments.every(({ hidden }, t) => hidden.every((v, j) => Math.abs(v - layer[t * UNITS + j]) < 1e-4)) },
    { name: "gates lie between 0 and 1", holds: ({ moments }) => moments.every((moment) =>
      GATES.every((gate) => moment[gate].every((open) => open >= 0 && open <= 1))) },
    { name: "the cell changes by what is let in and what is let go", holds: ({ moments }) =>
      moments.every(({ cell, forget, input, candidate }, t) => cell.every((v, j) => Math.abs(v - (forget[j]
        * (t === 0 ? 0 : moments[t - 1].cell[j]) + input[j] * candidate[j])) < 1e-9)) },
    { name: "what comes next has probabilities that sum to 1", holds: ({ moments }) => moments.every(({ next }) =>
      Math.abs(next.reduce((a, b) => a + b, 0) - 1) < 1e-4) },
  ],
});
