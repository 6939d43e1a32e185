import { manualSeed, noGrad, tensor, type Tensor } from "gradus";
import { GPT, Mamba } from "gradus/models";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";

const WIDTH = 8, INNER = 2 * WIDTH, STATE = 4, PAST = 3, LONGEST = 24, ALPHABET = "abcdefghijklmnopqrstuvwxyz ";

interface Shot {
  readonly text: string;
  read: number;
  /** Mamba: the last inputs of the convolution (16 by 3) and the states (16 by 4). */
  past: number[]; states: number[];
  /** GPT: keys above values, 16 rows, a column for each token. */
  cache: number[];
  /** Numbers kept after each token. */
  kept: { readonly mamba: number; readonly gpt: number }[];
  /** Largest difference between the scores of a step and those of reading everything at once. */
  off: readonly [number, number];
}
interface State extends Shot {
  readonly mamba: Mamba; readonly gpt: GPT;
  mambaState: readonly Tensor[]; gptState: readonly Tensor[];
}
const list = async (x: Tensor): Promise<number[]> => Array.from(await x.data());
const idOf = (letter: string): number => ALPHABET.indexOf(letter);

interface Layout { readonly height: number; readonly strip: number; readonly slate: { readonly x: number;
  readonly y: number };
readonly shelf: { readonly x: number; readonly y: number; readonly w: number }; readonly on: Plot }
const CELL = 9;
function layout(width: number): Layout {
  const wide = width >= 640, strip = 34, slate = { x: 14, y: strip + 76 }, high = INNER * CELL;
  const shelf = { x: wide ? 220 : 14, y: wide ? slate.y : slate.y + high + 60, w: wide ? width - 234 : width - 28 };
  const on = plot({ left: 54, top: shelf.y + high + 44, width: width - 68, height: 150, x: [0, LONGEST],
    y: [0, 2 * WIDTH * LONGEST], xLabel: "tokens read", yLabel: "numbers kept", xTicks: wide ? 8 : 4, yTicks: 4 });
  return { height: on.bottom + 46, strip, slate, shelf, on };
}

export default defineFigure({
  id: "token-by-token",
  title: "Two readers, two memories",
  question: "What does each reader carry with it to the next letter?",
  params: {
    text: { kind: "text", label: "text", value: "the longer the text goes", longest: LONGEST },
  },
  init({ text }, seed): State {
    manualSeed(seed);
    const mamba = new Mamba({ vocabulary: ALPHABET.length, width: WIDTH, layers: 1, state: STATE });
    const gpt = new GPT({ vocabulary: ALPHABET.length, block: LONGEST, width: WIDTH, heads: 2, layers: 1 });
    return { mamba, gpt, text: text.toLowerCase().replace(/[^a-z ]/g, " ").slice(0, LONGEST) || "a", read: 0, past: [],
      states: [], cache: [], kept: [], off: [0, 0], mambaState: mamba.start(1), gptState: gpt.start(1) };
  },
  async step(state) {
    const { mamba, gpt, text } = state, t = state.read + 1, token = tensor(Int32Array.of(idOf(text[t - 1])));
    const whole = tensor(Int32Array.from(text.slice(0, t), idOf), { shape: [1, t] });
    const [a, b, wholeA, wholeB] = noGrad(() => [mamba.step(token, state.mambaState), gpt.step(token, state.gptState),
      mamba.forward(whole).select(1, t - 1), gpt.forward(whole).select(1, t - 1)] as const);
    state.mambaState = a.state;
    state.gptState = b.state;
    state.read = t;
    state.past = await list(a.state[0]);
    state.states = await list(a.state[1]);
    // (1, heads, places, D / heads) of the places that are filled, as a row for each number.
    const rows = async (x: Tensor): Promise<number[]> => list(x.narrow(2, 0, t).transpose(2, 3).reshape([WIDTH, t]));
    state.cache = [...await rows(b.state[1]), ...await rows(b.state[2])];
    state.kept = [...state.kept, { mamba: state.past.length + state.states.length, gpt: state.cache.length }];
    const largest = async (x: Tensor, y: Tensor): Promise<number> => await x.sub(y).abs().max().item();
    state.off = [await largest(a.logits, wholeA), await largest(b.logits, wholeB)];
    return state;
  },
  done: ({ read, text }) => read >= text.length,
  snapshot: ({ text, read, past, states, cache, kept, off }): Shot => ({ text, read, past, states, cache, kept, off }),

  view(shot, { width }: Frame): Scene {
    const at = layout(width), { strip, slate, shelf, on } = at, { text, read, kept } = shot, marks: Mark[] = [];
    const say = (words: string, x: number, y: number, fill: Colour = "ink-2"): void => {
      marks.push({ kind: "text", x, y, text: words, size: 13, fill });
    };
    const now = kept[kept.length - 1], high = INNER * CELL, column = (width - 28) / LONGEST;
    say(width < 640 ? "the text; ringed: read last" : "the text, letter by letter; ringed: read last", 14, 18);
    [...text].forEach((letter, i) => {
      const x = 14 + (i + 0.5) * column, last = i === read - 1;
      if (last) marks.push({ kind: "disc", x, y: strip + 14, r: Math.min(12, column / 2 + 1), fill: "mark",
        stroke: "ink",
        width: 1.5 });
      marks.push({ kind: "text", x, y: strip + 19, text: letter === " " ? "␣" : letter, anchor: "middle", role: "code",
        size: Math.min(16, Math.max(12, column)), fill: last ? "on-mark" : i < read ? "ink" : "ink-3" });
    });
    say("Mamba", slate.x, slate.y - 26, "series-1");
    say(`${now === undefined ? 0 : now.mamba} numbers`, slate.x, slate.y - 9);
    if (read > 0) {
      marks.push({ kind: "cells", x: slate.x, y: slate.y, w: STATE * 2 * CELL, h: high, rows: INNER, columns: STATE,
        values: shot.states, title: "states: a row for each of 16 channels, 4 numbers each" },
      { kind: "cells", x: slate.x + STATE * 2 * CELL + 14, y: slate.y, w: PAST * 2 * CELL, h: high, rows: INNER,
        columns: PAST, values: shot.past, title: "the last three inputs of the convolution" });
    } else marks.push({ kind: "box", x: slate.x, y: slate.y, w: STATE * 2 * CELL, h: high, fill: "none", stroke: "hair",
      width: 1 }, { kind: "box", x: slate.x + STATE * 2 * CELL + 14, y: slate.y, w: PAST * 2 * CELL, h: high,
        fill: "none",
      stroke: "hair", width: 1 });
    say("Transformer", shelf.x, shelf.y - 26, "series-2");
    say(`${now === undefined ? 0 : now.gpt} numbers: keys above, values below`, shelf.x, shelf.y - 9);
    const place = shelf.w / LONGEST;
    marks.push({ kind: "box", x: shelf.x, y: shelf.y, w: shelf.w, h: high, fill: "none", stroke: "hair", width: 1 });
    if (read > 0) {
      marks.push({ kind: "cells", x: shelf.x, y: shelf.y, w: place * read, h: high, rows: INNER, columns: read,
        values: shot.cache, title: "a column for each token" },
      { kind: "line", points: [[shelf.x, shelf.y + high / 2], [shelf.x + place * read, shelf.y + high / 2]],
        stroke: "ink-2",
        width: 1 });
    }
    marks.push(...on.marks);
    (["mamba", "gpt"] as const).forEach((name, k) => {
      const colour = `series-${k + 1}` as Colour, points = kept.map((row, i): Pair => [i + 1, row[name]]);
      marks.push(...path(on, points, { stroke: colour, width: 2.5, ...(k === 1 ? { dash: [5, 4] } : {}) }));
      const last = points[points.length - 1];
      if (last !== undefined) marks.push({ kind: "disc", x: on.x(last[0]), y: on.y(last[1]), r: 4, fill: colour });
    });
    return { width, height: at.height, marks };
  },
  describe({ text, read, kept, off }) {
    if (read === 0) return `Nothing of ${count(text.length, "letter")} is read yet. Press step for the first.`;
    const { mamba, gpt } = kept[read - 1];
    return `After ${count(read, "letter")} Mamba keeps ${count(mamba, "number")} and the Transformer ` +
      `${fixed(gpt, 0)}. ` +
      `Reading everything at once gives the same scores, to ${fixed(Math.max(...off), 6)}.`;
  },
  table: ({ kept, text }) => ({ head: ["token", "letter", "numbers Mamba keeps", "numbers the Transformer keeps"],
    rows: kept.map(({ mamba, gpt }, i) => [String(i + 1), text[i] === " " ? "space" : text[i], String(mamba),
      String(gpt)]) }),
  invariants: [
    { name: "Mamba keeps the same number of numbers after every token", holds: ({ kept }) =>
      kept.every(({ mamba }) => mamba === INNER * (STATE + PAST)) },
    { name: "the cache grows by a key and a value with every token", holds: ({ kept }) =>
      kept.every(({ gpt }, i) => gpt === 2 * WIDTH * (i + 1)) },
    { name: "step by step and all at once, both models give the same scores", holds: ({ off }) =>
      Math.max(...off) < 1e-4 },
  ],
});
