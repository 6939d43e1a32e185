import { F, grad, tensor, zeros, type Tensor } from "gradus";
import { loadDigits } from "gradus/data";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { panels, type Panel } from "@gradus/lessons/draw/panels";

const SIDE = 8, PIXELS = SIDE * SIDE, CLASSES = 10, INK = 16, SEEN = 1500, RATE = 3, ROUNDS = 4, MOST = 20;
const FIRST = 7;

interface State {
  /** Ink from 0 to 16, in rows. */
  pixels: readonly number[];
  /** Whether each pixel's number is printed. */
  numbers: boolean;
  /** How many examples of new digits were put on the page. */
  turned: number;
  /** [64, 10]: a column for each digit. */
  weights: Tensor;
  steps: number;
  readonly rows: Tensor; readonly labels: Tensor;
  readonly newRows: Tensor; readonly newLabels: Tensor;
}
/** Rows [n, 64] times weights [64, 10]: ten scores for each. */
const right = (rows: Tensor, labels: Tensor, weights: Tensor): number =>
  rows.matmul(weights).argmax(1).eq(labels).cast("f32").mean().itemSync();
/** Another example of this digit, out of those that are not trained on. */
function example(digit: number, turn: number, held: Pick<State, "newRows" | "newLabels">): number[] {
  const { newRows, newLabels } = held;
  const labels = newLabels.dataSync(), own = [...labels.keys()].filter((i) => labels[i] === digit);
  const row = newRows.narrow(0, own[turn % own.length], 1).mul(INK).dataSync();
  return Array.from(row, Math.round);
}
const largest = (values: readonly number[]): number => values.indexOf(Math.max(...values));

interface Layout { readonly page: Panel; readonly side: number; readonly list: Panel; readonly row: number;
readonly height: number }
function layout(width: number): Layout {
  const { at: [page, list], stacked } = panels(width, { shares: [0.9, 1], height: 420,
    heights: [Math.min(width - 28, 340) + 118, 400],
    narrow: 560, gap: 34 });
  const side = Math.min(page.w, 340), row = 35;
  return { page, side, list: { ...list, w: Math.min(list.w, 460) }, row,
    height: stacked ? list.y + 30 + CLASSES * row + 48 : Math.max(side + 122, 30 + CLASSES * row + 48) };
}

export default defineFigure({
  id: "read-a-digit",
  title: "Draw a digit",
  question: "Can a table of 640 numbers learn to read your handwriting?",
  params: {},
  async init(_, seed): Promise<State> {
    const { features, labels } = await loadDigits(), n = labels.length;
    const all = tensor(features, { shape: [n, PIXELS] }).div(INK), known = tensor(labels);
    const held = { newRows: all.narrow(0, SEEN, n - SEEN), newLabels: known.narrow(0, SEEN, n - SEEN) };
    return { ...held, rows: all.narrow(0, 0, SEEN), labels: known.narrow(0, 0, SEEN), numbers: false, turned: seed,
      pixels: example(FIRST, seed, held), weights: zeros([PIXELS, CLASSES]), steps: 0 };
  },
  step(state) {
    let { weights } = state;
    for (let round = 0; round < ROUNDS; round++) {
      const leaf = weights.detach().requiresGrad_();
      const [slope] = grad(F.crossEntropy(state.rows.matmul(leaf), state.labels), [leaf]);
      weights = leaf.detach().sub(slope!.mul(RATE));
    }
    return { ...state, weights, steps: state.steps + 1 };
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type !== "press") return state;
    if (action.id === "clear") return { ...state, pixels: state.pixels.map(() => 0) };
    if (action.id === "numbers") return { ...state, numbers: !state.numbers };
    const [what, place] = action.id.split(":"), at = Number(place);
    if (what === "digit") return { ...state, pixels: example(at, state.turned + 1, state), turned: state.turned + 1 };
    return { ...state, pixels: state.pixels.map((ink, i) => (i !== at ? ink : ink < INK / 2 ? INK : 0)) };
  },
  snapshot({ pixels, numbers, weights, steps, newRows, newLabels }) {
    const scores = tensor([...pixels]).div(INK).matmul(weights);
    return { pixels: [...pixels], numbers, weights: Array.from(weights.dataSync()), steps,
      scores: Array.from(scores.dataSync()),
      shares: Array.from(F.softmax(scores, 0).dataSync()), right: right(newRows, newLabels, weights),
      unseen: newLabels.shape[0] };
  },

  view(shot, { width }: Frame): Scene {
    const { page, side, list, row, height } = layout(width), { pixels, numbers, weights, shares, steps } = shot;
    const [x, y] = [page.x + 2, page.y + 30], cell = side / SIDE, marks: Mark[] = [];
    marks.push({ kind: "text", x, y: y - 11, text: "the page, a tensor of shape [8, 8]", size: 14, bold: true });
    marks.push({ kind: "cells", x, y, w: side, h: side, rows: SIDE, columns: SIDE, values: pixels, scale: INK,
      picture: true, pressCells: true, handle: { id: "pixels", label: "ink", press: true } });
    for (let i = 1; i < SIDE; i++) {
      marks.push({ kind: "line", points: [[x + i * cell, y], [x + i * cell, y + side]], stroke: "hair", width: 0.7 },
        { kind: "line", points: [[x, y + i * cell], [x + side, y + i * cell]], stroke: "hair", width: 0.7 });
    }
    pixels.forEach((ink, i) => {
      if (!numbers) return;
      marks.push({ kind: "text", x: x + (i % SIDE + 0.5) * cell, y: y + (Math.floor(i / SIDE) + 0.5) * cell + 4.5,
        text: fixed(ink, 0), role: "number", size: 13, anchor: "middle", fill: ink > INK / 2 ? "plate" : "ink" });
    });
    for (const [i, id, text, label] of [[0, "clear", "Clear", "clear the page"],
      [1, "numbers", numbers ? "Hide numbers" : "Show numbers", "print the numbers"]] as const) {
      marks.push({ kind: "box", x: x + 98 * i, y: y + side + 12, w: i === 0 ? 86 : 124, h: 44, fill: "plate",
        stroke: "ink", width: 1.5, handle: { id, label, press: true } });
      marks.push({ kind: "text", x: x + 98 * i + (i === 0 ? 43 : 62), y: y + side + 39, text, anchor: "middle",
        size: 14 });
    }
    marks.push({ kind: "text", x, y: y + side + 78, text: "Press squares to draw; press a digit for an example.",
      size: 13, fill: "ink-2" });

    const top = list.y + 30, thumb = row - 5, bar = list.x + 78, room = list.w - 78 - 62;
    const scale = Math.max(0.05, ...weights.map((w) => Math.abs(w) / 2)), best = largest(shares);
    marks.push({ kind: "text", x: list.x, y: top - 11, text: "digit, its 64 weights, its share", size: 14,
      bold: true });
    shares.forEach((share, digit) => {
      const y0 = top + digit * row, first = steps > 0 && digit === best;
      marks.push({ kind: "box", x: list.x - 6, y: y0, w: 34, h: thumb, fill: first ? "mark" : "plate",
        stroke: first ? "ink" : "hair", width: first ? 2 : 1.2, handle: { id: `digit:${digit}`, press: true,
          label: `put a ${digit} on the page; its share now is ${percent(share)}` } });
      if (first) marks.push({ kind: "box", x: list.x - 1, y: y0 + 5, w: 24, h: thumb - 10, fill: "plate",
        stroke: "none" });
      marks.push({ kind: "text", x: list.x + 11, y: y0 + 21, text: String(digit), role: "number", size: 17, bold: first,
        anchor: "middle" });
      marks.push({ kind: "cells", x: list.x + 36, y: y0, w: thumb, h: thumb, rows: SIDE, columns: SIDE, scale,
        values: weights.filter((_, i) => i % CLASSES === digit) });
      marks.push({ kind: "box", x: bar, y: y0 + 7, w: Math.max(1, room * share), h: thumb - 14,
        fill: first ? "ink" : "ink-3", title: `score ${fixed(shot.scores[digit], 3)}` });
      marks.push({ kind: "text", x: list.x + list.w, y: y0 + 21, text: percent(share), role: "number", size: 14,
        anchor: "end", bold: first });
    });
    marks.push({ kind: "text", x: list.x, y: top + CLASSES * row + 22, size: 14, role: "number",
      text: `${count(steps, "step")}: ${percent(shot.right)} of ${shot.unseen} new digits right` });
    return { width, height, marks };
  },
  describe({ steps, shares, right: part, unseen }) {
    const order = [...shares.keys()].sort((a, b) => shares[b] - shares[a]), [best, second] = order;
    if (steps === 0) return `All 640 weights are 0, so each of the ten digits gets a share of ${percent(shares[0])}. ` +
      "Press play, and watch it learn.";
    return `After ${count(steps, "step")}, ${count(steps * ROUNDS, "round")} over ${fixed(SEEN, 0)} digits, the page ` +
      `is read as ${best}, with ${percent(shares[best])}; next comes ${second}, with ${percent(shares[second])}. Of ` +
      `${unseen} digits that it never saw, ${percent(part)} are read rightly.`;
  },
  table: ({ scores, shares }) => ({ head: ["digit", "score", "share"],
    rows: scores.map((score, digit) => [`${digit}`, fixed(score, 3), percent(shares[digit])]) }),
  invariants: [
    { name: "the ten shares add up to 1", holds: ({ shares }) => Math.abs(shares.reduce((a, b) => a + b, 0) - 1)
      < 1e-5 },
    { name: "a score is the sum of 64 products, pixel times weight", holds: ({ pixels, weights, scores }) =>
      scores.every((score, digit) => Math.abs(score
        - pixels.reduce((sum, ink, i) => sum + ink / INK * weights[CLASSES * i + digit], 0)) < 1e-4) },
    { name: "before the first step nothing is known: every share is one tenth", holds: ({ steps, shares }) => steps > 0
      || shares.every((share) => Math.abs(share - 0.1) < 1e-6) },
    { name: "trained to the end, it reads at least 88 of 100 new digits", holds: ({ steps, right: part }) =>
      steps < MOST       || part > 0.88 },
  ],
  cell: () => `import { F, grad, tensor, zeros } from "gradus";
import { loadDigits } from "gradus/data";

const { features, labels } = await loadDigits();
const x = tensor(features, { shape: [1797, 64] }).div(16), y = tensor(labels);
let weights = zeros([64, 10]);
for (let step = 1; step <= ${MOST * ROUNDS}; step++) {
  const w = weights.detach().requiresGrad_();
  const [slope] = grad(F.crossEntropy(x.narrow(0, 0, ${SEEN}).matmul(w), y.narrow(0, 0, ${SEEN})), [w]);
  weights = weights.sub(slope.mul(${RATE}));
}
const answers = x.narrow(0, ${SEEN}, 297).matmul(weights).argmax(1);
console.log("right of 297 new digits:", answers.eq(y.narrow(0, ${SEEN}, 297)).cast("f32").mean().itemSync());
`,
});
