import { Generator, randperm } from "gradus";
import { loadDigits } from "gradus/data";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { colourOf, count, fixed, percent } from "@gradus/lessons/draw/number";

const PAIRS = ["0 and 1", "3 and 8", "4 and 9", "1 and 7", "5 and 6"] as const;
const SIDE = 8, PIXELS = SIDE * SIDE, MOST = 400;

interface Example { readonly pixels: readonly number[]; readonly target: 0 | 1 }
interface State {
  readonly digits: readonly [number, number];
  readonly train: readonly Example[];
  readonly test: readonly Example[];
  w: number[];
  bias: number;
  shown: number; mistakes: number; streak: number;
  /** The last mistake, and the weights that made it. */
  last: { readonly example: Example; readonly w: readonly number[]; readonly bias: number } | null;
}
const sumOf = (w: readonly number[], bias: number, x: readonly number[]): number => x.reduce((sum, v, i) => sum
  + w[i] * v, bias);
const share = (w: readonly number[], bias: number, rows: readonly Example[]): number =>
  rows.filter(({ pixels, target }) => (sumOf(w, bias, pixels) > 0 ? 1 : 0) === target).length / rows.length;

/** A digit with its article. */
const a = (digit: number): string => `${digit === 8 ? "an" : "a"} ${digit}`;

export default defineFigure({
  id: "weights-image",
  title: "What the weights look for",
  question: "A unit has learned to tell two digits apart. What does it look at?",
  params: { digits: { kind: "choice", label: "digits", value: "3 and 8", choices: PAIRS } },
  async init({ digits: name }, seed): Promise<State> {
    const [zero, one] = name.split(" and ").map(Number), { features, labels } = await loadDigits();
    const rows: Example[] = [];
    labels.forEach((label, row) => {
      if (label !== zero && label !== one) return;
      rows.push({ target: label === one ? 1 : 0, pixels: Array.from(features.subarray(row * PIXELS,
        (row + 1) * PIXELS), (v) => v / 16) });
    });
    const order = await randperm(rows.length, { generator: new Generator(seed) }).data();
    const mixed = Array.from(order, (i) => rows[i]), cut = Math.floor(rows.length * 2 / 3);
    return { digits: [zero, one], train: mixed.slice(0, cut), test: mixed.slice(cut),
      w: new Array<number>(PIXELS).fill(0), bias: 0,
      shown: 0, mistakes: 0, streak: 0, last: null };
  },
  step(state) {
    // On to the next mistake: right answers teach nothing.
    while (state.streak < state.train.length) {
      const example = state.train[state.shown % state.train.length], { pixels, target } = example;
      const error = target - (sumOf(state.w, state.bias, pixels) > 0 ? 1 : 0);
      state.shown++;
      if (error === 0) {
        state.streak++;
        continue;
      }
      state.last = { example, w: state.w, bias: state.bias };
      state.w = state.w.map((v, i) => v + error * pixels[i]);
      state.bias += error;
      state.mistakes++;
      state.streak = 0;
      break;
    }
    return state;
  },
  done: (state) => state.streak >= state.train.length || state.mistakes >= MOST,
  snapshot: ({ digits, train, test, w, bias, shown, mistakes, streak, last }) =>
    ({ digits, w: [...w], bias, shown, mistakes, last,
    finished: streak >= train.length, size: train.length, held: test.length, train: share(w, bias, train),
      test: share(w, bias, test),
    averages: [0, 1].map((t) => Array.from({ length: PIXELS }, (_, i) => {
      const own = train.filter(({ target }) => target === t);
      return own.reduce((sum, { pixels }) => sum + pixels[i], 0) / own.length;
    })) }),

  view(shot, { width }: Frame): Scene {
    const narrow = width < 600, gap = narrow ? 34 : 46;
    const side = narrow ? Math.min(140, (width - 28 - gap) / 2) : Math.min(230, (width - 28 - 2 * gap) / 3);
    const left = narrow ? 14 : Math.max(14, (width - 3 * side - 2 * gap) / 2);
    const place = (i: number): readonly [number, number] => (narrow ? [left + (i % 2) * (side + gap),
      40 + Math.floor(i / 2) * (side + 56)] : [left + i * (side + gap), 40]);
    const { last, digits, w, bias } = shot, scale = Math.max(1, ...w.map(Math.abs));
    const marks: Mark[] = [];
    const panel = (i: number, title: string, values: readonly number[], picture: boolean, top: number): void => {
      const [x, y] = place(i);
      marks.push({ kind: "text", x, y: y - 12, text: title, size: 13, bold: true });
      marks.push({ kind: "cells", x, y, w: side, h: side, rows: SIDE, columns: SIDE, values, picture, scale: top });
    };
    const [sx, sy] = place(2);
    panel(0, "64 weights", last === null ? w : last.w, false, scale);
    if (last === null) {
      panel(1, `an average ${digits[0]}`, shot.averages[0], true, 1);
      panel(2, `an average ${digits[1]}`, shot.averages[1], true, 1);
    } else {
      const { pixels, target } = last.example, products = pixels.map((v, i) => v * last.w[i]),
        sum = sumOf(last.w, last.bias, pixels);
      panel(1, `${a(digits[target])} it got wrong`, pixels, true, 1);
      panel(2, "weight × pixel", products, false, scale);
      const answer = digits[sum > 0 ? 1 : 0], [x, y] = narrow ? [sx + side + gap, sy + 34] : [sx, sy + side + 26];
      const words = narrow ? [["sum", fixed(sum, 2)], ["answer", String(answer)], ["target", String(digits[target])]]
        : [["sum with bias", fixed(sum, 2)], ["answer, target", `${answer}, ${digits[target]}`]];
      words.forEach(([name, value], i) => {
        marks.push({ kind: "text", x, y: y + (narrow ? 26 : 22) * i, text: name, size: 13.5, fill: "ink-2" });
        marks.push({ kind: "text", x: x + (narrow ? 60 : 108), y: y + (narrow ? 26 : 22) * i, text: value,
          role: "number", size: 14, bold: true,
          fill: i === 0 ? colourOf(sum) : "ink" });
      });
      for (const [i, sign] of [[0, "×"], [1, "="]] as const) {
        if (narrow && i === 1) continue;
        const [px, py] = place(i);
        marks.push({ kind: "text", x: px + side + gap / 2, y: py + side / 2 + 8, text: sign, anchor: "middle",
          size: 24 });
      }
    }
    const foot = narrow ? 40 + 2 * side + 56 + 36 : 40 + side + 76;
    const [left1, left2] = [left, left + (narrow ? 0 : side + gap)];
    marks.push({ kind: "text", x: left1, y: foot, size: 14,
      text: `${count(shot.mistakes, "mistake")} in ${fixed(shot.shown, 0)} looks` });
    marks.push({ kind: "text", x: left2, y: foot + (narrow ? 22 : 0), size: 14, role: "number",
      text: `right: ${percent(shot.train)} of ${shot.size} seen, ${percent(shot.test)} of ${shot.held} new` });
    marks.push({ kind: "text", x: left1, y: foot + (narrow ? 44 : 24), size: 13, fill: "ink-2",
      text: narrow ? `solid: for ${digits[1]}; hatched: for ${digits[0]}`
        : `solid weights speak for ${digits[1]}, hatched ones for ${digits[0]}; bias ${fixed(bias, 0)}` });
    return { width, height: foot + (narrow ? 62 : 42), marks };
  },
  describe(shot) {
    const [zero, one] = shot.digits;
    if (shot.last === null) return `All 64 weights are 0; answering ${zero} for everything is right for ` +
      `${percent(shot.train)}. Press step to go to the first mistake.`;
    const end = shot.finished ? ` A whole pass of ${shot.size} digits without a mistake: it has finished.` : "";
    const was = shot.digits[shot.last.example.target];
    return `Mistake ${shot.mistakes}, at look ${fixed(shot.shown, 0)}: ${a(was)} taken for ` +
      `${a(was === one ? zero : one)}; its picture was ${was === one ? "added to" : "taken from"} the weights. Now ` +
        `right: ${percent(shot.train)} of those seen, ${percent(shot.test)} of ${shot.held} new ones.${end}`;
  },
  table: ({ w }) => ({ head: ["row", ...Array.from({ length: SIDE }, (_, i) => `${i + 1}`)],
    rows: Array.from({ length: SIDE }, (_, r) =>
    [`${r + 1}`, ...w.slice(r * SIDE, (r + 1) * SIDE).map((v) => fixed(v, 2))]) }),
  invariants: [
    { name: "the last example really was a mistake", holds: ({ last }) => last === null
      || (sumOf(last.w, last.bias, last.example.pixels) > 0 ? 1 : 0) !== last.example.target },
    { name: "the weights changed by one whole picture", holds: ({ last, w }) => last === null
      || w.every((v, i) => Math.abs(v - last.w[i] - (last.example.target === 1 ? 1 : -1) * last.example.pixels[
        i]) < 1e-9) || w.length === 0 },
    { name: "after a pass without a mistake all seen digits are right", holds: ({ finished, train }) => !finished
      || train === 1 },
  ],
});
