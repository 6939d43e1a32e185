import { Generator, nn, noGrad, randn, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { linear, clamp, ticks, type Pair } from "@gradus/lessons/draw/scale";

/** What one feature is like in the whole data set. */
const TRUE_MEAN = 2, TRUE_SPREAD = 1.5;
const RANGE: Pair = [-4, 8], RESULT: Pair = [-4, 4], MOMENTUM = 0.1, MOST = 60;

interface Statistics { readonly mean: number; readonly variance: number }
interface State {
  readonly layer: nn.BatchNorm1d;
  readonly generator: Generator;
  readonly size: number;
  values: readonly number[];
  steps: number;
}
const draw = (generator: Generator, size: number): number[] =>
  [...randn([size], { generator }).mul(TRUE_SPREAD).add(TRUE_MEAN).dataSync()]
    .map((v) => Math.round(clamp(v, RANGE) * 20) / 20);
const column = (values: readonly number[]): Tensor => tensor(values.map((v) => [v]));
const running = ({ running_mean: mean, running_var: variance }: nn.BatchNorm1d): Statistics =>
  ({ mean: mean!.itemSync(), variance: variance!.itemSync() });
function batchOf(values: readonly number[]): Statistics {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length };
}
/** What the layer gives in one of its two modes; a batch that is only looked at leaves the running statistics alone. */
function results(layer: nn.BatchNorm1d, values: readonly number[], training: boolean): number[] {
  if (!training) return [...layer.eval().forward(column(values)).dataSync()];
  const twin = new nn.BatchNorm1d(1, { trackRunningStats: false });
  return [...twin.forward(column(values)).dataSync()];
}

interface Layout { readonly left: number; readonly right: number; readonly rows: readonly number[];
readonly height: number }
function layout(width: number): Layout {
  const left = width < 560 ? 18 : 150, right = width - 22;
  return { left, right, rows: [72, 178, 250], height: 290 };
}

export default defineFigure({
  id: "running",
  title: "Two ways to normalise one feature",
  question: "Drag one example: which of the other results change, while training and when predicting?",
  params: { size: { kind: "number", label: "examples in a batch", value: 6, min: 2, max: 16, step: 1 } },
  init({ size }, seed): State {
    const generator = new Generator(seed), layer = new nn.BatchNorm1d(1, { momentum: MOMENTUM });
    return { layer, generator, size, values: draw(generator, size), steps: 0 };
  },
  step(state) {
    noGrad(() => state.layer.train().forward(column(state.values)));
    state.values = draw(state.generator, state.size);
    state.steps++;
    return state;
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { left, right } = layout(action.width), place = Number(action.id.split(":")[1]);
    const value = Math.round(clamp(linear(RANGE, [left, right]).invert(action.x), RANGE) * 20) / 20;
    return { ...state, values: state.values.map((v, i) => (i === place ? value : v)) };
  },
  snapshot: ({ layer, values, steps }) => noGrad(() => ({ values: [...values], steps, batch: batchOf(values),
    running: running(layer), training: results(layer, values, true), predicting: results(layer, values, false) })),

  view({ values, batch, running: kept, training, predicting }, { width }: Frame): Scene {
    const { left, right, rows, height } = layout(width), narrow = width < 560, marks: Mark[] = [];
    const x = linear(RANGE, [left, right]), y = linear(RESULT, [left, right]);
    const names = ["the batch", "training", "predicting"];
    rows.forEach((row, i) => {
      const scale = i === 0 ? x : y, domain = i === 0 ? RANGE : RESULT;
      marks.push({ kind: "line", points: [[left, row], [right, row]], stroke: "ink-3", width: 1 });
      for (const value of ticks(domain, 6)) {
        marks.push({ kind: "line", points: [[scale(value), row], [scale(value), row + 4]], stroke: "ink-3", width: 1 },
          { kind: "text", x: scale(value), y: row + 18, text: fixed(value, 0), role: "number", anchor: "middle",
            size: 12, fill: "ink-2" });
      }
      marks.push(narrow ? { kind: "text", x: left, y: row - (i === 0 ? 52 : 24), text: names[i], size: 13, bold: true }
        : { kind: "text", x: 16, y: row + 4, text: names[i], size: 13.5, bold: true });
    });
    // Mean and one deviation on either side: the batch's solid above the line, the running one's dashed below.
    const band = ({ mean, variance }: Statistics, at: number, dash: boolean, name: string): void => {
      const spread = Math.sqrt(variance), ends = [mean - spread, mean + spread].map((v) => x(clamp(v, RANGE)));
      const style = { stroke: dash ? "series-2" : "series-1", width: 3, ...(dash ? { dash: [6, 4] } : {}) } as const;
      marks.push({ kind: "line", points: [[ends[0], at], [ends[1], at]], ...style },
        { kind: "line", points: [[x(clamp(mean, RANGE)), at - 6], [x(clamp(mean, RANGE)), at + 6]], ...style, dash: [],
          title: `${name}: mean ${fixed(mean)}, deviation ${fixed(spread)}` });
    };
    band(batch, rows[0] - 30, false, "this batch");
    band(kept, rows[0] + 34, true, "running");
    const words = (statistics: Statistics, at: number, name: string): void => {
      marks.push({ kind: "text", x: right, y: at, anchor: "end", size: 12.5, fill: "ink-2",
        text: `${name}: mean ${fixed(statistics.mean)}, deviation ${fixed(Math.sqrt(statistics.variance))}` });
    };
    words(batch, rows[0] - 50, "this batch");
    words(kept, rows[0] + 56, "running");
    // The first, filled, lies on top.
    [...values.entries()].reverse().forEach(([i, value]) => {
      const from = x(value);
      for (const [row, list] of [[rows[1], training], [rows[2], predicting]] as const) {
        marks.push({ kind: "disc", x: y(clamp(list[i], RESULT)), y: row, r: i === 0 ? 7 : 5,
          fill: i === 0 ? "ink" : "plate", stroke: "ink", width: 1.75,
          title: `example ${i + 1}: ${fixed(list[i])}` });
      }
      marks.push({ kind: "disc", x: from, y: rows[0], r: i === 0 ? 8 : 7, fill: i === 0 ? "ink" : "plate",
        stroke: "ink", width: 2, handle: { id: `value:${i}`, label: `example ${i + 1}, ${fixed(value)}`, drag: "x",
          step: (right - left) / 60 } });
    });
    return { width, height, marks };
  },
  describe({ values, batch, running: kept, training, predicting, steps }) {
    const taken = batch.mean < 0 ? `(${fixed(batch.mean)})` : fixed(batch.mean);
    return `After ${count(steps, "batch", "batches")}: example 1 is ${fixed(values[0])}. In training it becomes ` +
      `(${fixed(values[0])} − ${taken}) / ${fixed(Math.sqrt(batch.variance))} = ` +
      `${fixed(training[0])}; when predicting, with mean ${fixed(kept.mean)} and deviation ` +
      `${fixed(Math.sqrt(kept.variance))}, ${fixed(predicting[0])}.`;
  },
  table: ({ values, training, predicting }) => ({ head: ["example", "value", "training", "predicting"],
    rows: values.map((v, i) => [String(i + 1), fixed(v), fixed(training[i], 3), fixed(predicting[i], 3)]) }),
  invariants: [
    { name: "in training the results of a batch have mean 0", holds: ({ training }) =>
      Math.abs(batchOf(training).mean) < 1e-3 },
    { name: "in training they have deviation 1, unless all values are equal", holds: ({ training, batch }) =>
      batch.variance < 0.01 || Math.abs(Math.sqrt(batchOf(training).variance) - 1) < 2e-3 },
    { name: "when predicting each result is the same affine function of its value", holds: ({ values, predicting,
      running: { mean, variance } }) => values.every((v, i) =>
      Math.abs((v - mean) / Math.sqrt(variance + 1e-5) - predicting[i]) < 1e-3) },
  ],
});
