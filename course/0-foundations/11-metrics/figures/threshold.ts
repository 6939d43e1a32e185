import { metrics, RandomStream } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed, percent } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const SIZE = 400, GROUPS = 10;
const UNIT: Pair = [0, 1];
/** Log-odds that are drawn, those beyond in the last bar; the threshold stands between bars. */
const ODDS: Pair = [-8, 8], BAR = 0.5;

interface State {
  readonly truth: readonly number[];
  /** What the model announces: log-odds, and the same as probabilities. */
  readonly odds: readonly number[]; readonly scores: readonly number[];
  readonly curve: "ROC" | "precision and recall";
  /** In log-odds. */
  threshold: number;
}
const probability = (odds: number): number => 1 / (1 + Math.exp(-odds));
/** How many examples a range of scores holds, how many are positive, and their mean score. */
interface Bin { readonly size: number; readonly positives: number; readonly mean: number }
interface Shot extends State {
  /** Rows are the truth, columns the answer: [[TN, FP], [FN, TP]]. */
  readonly counts: readonly (readonly number[])[];
  readonly accuracy: number; readonly precision: number; readonly recall: number; readonly f1: number;
  readonly roc: readonly Pair[]; readonly area: number; readonly averagePrecision: number;
  readonly tradeoff: readonly Pair[];
  readonly bars: readonly Bin[]; readonly groups: readonly Bin[];
}
function binned({ truth, scores }: State, bins: number, binOf: (example: number) => number): Bin[] {
  return Array.from({ length: bins }, (_, b) => {
    const inside = [...truth.keys()].filter((i) => clamp(Math.floor(binOf(i)), [0, bins - 1]) === b);
    const total = (list: readonly number[]): number => inside.reduce((sum, i) => sum + list[i], 0);
    const size = inside.length;
    return { size, positives: total(truth), mean: size === 0 ? 0 : total(scores) / size };
  });
}
/** Mean distance of what was announced from what happened, over the groups. */
const calibrationError = (groups: readonly Bin[]): number =>
  groups.reduce((sum, { size, positives, mean }) => sum + Math.abs(size * mean - positives), 0) / SIZE;
/** The place on the ROC curve of the threshold. */
const rates = ({ counts: [[tn, fp], [fn, tp]] }: Shot): Pair => [fp / (fp + tn), tp / (tp + fn)];

interface Layout { readonly bars: Plot; readonly curve: Plot; readonly trust: Plot; readonly height: number;
  readonly matrix: { readonly x: number; readonly y: number; readonly w: number; readonly h: number } }
function layout(width: number, most: number): Layout {
  const rows = 330, first = panels(width, { shares: [1, 1], height: rows, heights: [rows, rows], narrow: 600,
    gap: 20 });
  const top = first.height + 16, [a, b] = first.at;
  const frame = (panel: typeof a, x: Pair, y: Pair, xLabel: string): Plot => plot({ left: panel.x + 32,
    top: panel.y + 34, width: panel.w - 44, height: panel.h - 82, x, y, xLabel, xTicks: 5, yTicks: 5 });
  const under = (panel: typeof a, y: number): typeof a => ({ ...panel, y });
  const second = first.stacked ? [under(a, top), under(a, top + rows - 20)] : [under(a, top), under(b, top)];
  return { bars: frame(a, ODDS, [-most, most], "log-odds"), curve: frame(b, UNIT, UNIT, ""),
    matrix: { x: second[0].x + 32, y: second[0].y + 34, w: a.w - 44, h: 250 },
    trust: frame(second[1], UNIT, UNIT, "announced probability"),
    height: second[1].y + rows };
}

export default defineFigure({
  id: "threshold",
  title: "Where to draw the line",
  question: "One model, one list of scores. Is it good, and which of its numbers depend on where you draw the line?",
  params: {
    share: { kind: "number", label: "share of positives", value: 0.3, min: 0.02, max: 0.5, step: 0.02 },
    apart: { kind: "number", label: "how far the classes are apart", value: 2, min: 0, max: 4, step: 0.25 },
    sure: { kind: "number", label: "confidence: log-odds times", value: 1, min: 0.25, max: 4, step: 0.25,
      scale: "log" },
    curve: { kind: "choice", label: "curve", value: "ROC", choices: ["ROC", "precision and recall"] },
  },
  init({ share, apart, sure, curve }, seed): State {
    const stream = new RandomStream(seed), positives = Math.round(SIZE * share);
    const truth = Array.from({ length: SIZE }, (_, i) => (i < positives ? 1 : 0));
    // Two normal classes of variance 1: the log-odds of a place are a line in it (Bayes' rule).
    const odds = truth.map((label) => sure * (apart * ((label - 0.5) * apart + stream.normal())
      + Math.log(positives / (SIZE - positives))));
    return { truth, odds, scores: odds.map(probability), curve, threshold: 0 };
  },
  act(state, action) {
    if (action.type !== "drag") return state;
    const { bars } = layout(action.width, 1);
    state.threshold = Math.round(bars.x.invert(action.x) / BAR) * BAR;
    return state;
  },
  snapshot(state): Shot {
    const { truth, odds, scores, threshold } = state, answers = odds.map((value) => (value >= threshold ? 1 : 0));
    const roc = metrics.rocCurve(truth, scores), pr = metrics.precisionRecallCurve(truth, scores);
    return { ...state, counts: metrics.confusionMatrix(truth, answers, { classes: [0, 1] }),
      accuracy: metrics.accuracy(truth, answers), precision: metrics.precision(truth, answers),
      recall: metrics.recall(truth, answers), f1: metrics.f1(truth, answers),
      roc: roc.falsePositiveRate.map((x, i): Pair => [x, roc.truePositiveRate[i]]),
      area: metrics.rocAuc(truth, scores), averagePrecision: metrics.averagePrecision(truth, scores),
      tradeoff: pr.recall.map((x, i): Pair => [x, pr.precision[i]]),
      bars: binned(state, (ODDS[1] - ODDS[0]) / BAR, (i) => (odds[i] - ODDS[0]) / BAR),
      groups: binned(state, GROUPS, (i) => scores[i] * GROUPS) };
  },

  view(shot, { width }: Frame): Scene {
    const most = Math.max(...shot.bars.map(({ size, positives }) => Math.max(positives, size - positives)));
    const { bars, curve, trust, matrix, height } = layout(width, most), { threshold, counts } = shot;
    const marks: Mark[] = [...bars.marks.filter((mark) => !(mark.kind === "text" && mark.x < bars.left)),
      ...curve.marks, ...trust.marks];
    const text = (x: number, y: number, content: string, style: Partial<Mark> = {}): Mark =>
      ({ kind: "text", x, y, text: content, size: 13, fill: "ink-2", ...style }) as Mark;
    marks.push(text(bars.left, bars.top - 10, "positive examples, upwards"),
      text(bars.left, bars.bottom + 33, "negative, downwards"));
    shot.bars.forEach(({ size, positives }, b) => {
      const from = ODDS[0] + b * BAR, said = from >= threshold, x = bars.x(from), w = bars.x(from + BAR) - x - 1;
      const bar = (amount: number, right: boolean, up: boolean): Mark => ({ kind: "box", x, w,
        y: up ? bars.y(amount) : bars.y(0), h: Math.abs(bars.y(amount) - bars.y(0)), fill: right ? "good" : "bad",
        hatch: !right, opacity: 0.85 });
      if (positives > 0) marks.push(bar(positives, said, true));
      if (size > positives) marks.push(bar(size - positives, !said, false));
    });
    marks.push({ kind: "line", points: [[bars.left, bars.y(0)], [bars.right, bars.y(0)]], stroke: "ink", width: 1 });
    const at = bars.x(threshold);
    marks.push({ kind: "line", points: [[at, bars.top], [at, bars.bottom]], stroke: "mark", width: 7 },
      { kind: "line", points: [[at, bars.top], [at, bars.bottom]], stroke: "ink", width: 1.5 },
      { kind: "disc", x: at, y: bars.top + 12, r: 8, fill: "mark", stroke: "ink", width: 2, handle: { id: "threshold",
        label: `threshold ${fixed(probability(threshold), 3)}`, drag: "x", step: bars.x(BAR) - bars.x(0) } });
    const left = threshold > 0;
    marks.push(text(at + (left ? -14 : 14), bars.top + 17, `threshold ${fixed(probability(threshold), 3)}`,
      { anchor: left ? "end" : "start", fill: "ink", bold: true }));

    const isRoc = shot.curve === "ROC", line = isRoc ? shot.roc : shot.tradeoff;
    marks.push(text(curve.left, curve.top - 10, isRoc ? "true positive rate (recall)" : "precision"),
      text(curve.right, curve.bottom + 33, isRoc ? "false positive rate" : "recall", { anchor: "end" }));
    if (isRoc) {
      marks.push({ kind: "line", closed: true, fill: "series-1", opacity: 0.14,
        points: [...line.map(([x, y]) => curve.point(x, y)), curve.point(1, 0)] });
    }
    marks.push(...path(curve, isRoc ? [[0, 0], [1, 1]] : [[0, share(shot)], [1, share(shot)]],
      { stroke: "ink-3", width: 1.5, dash: [5, 4] }), ...path(curve, line, { stroke: "series-1", width: 2.5 }));
    const here = isRoc ? rates(shot) : [shot.recall, shot.precision] as const, [x, y] = curve.point(...here);
    if (isRoc || anySaid(shot)) marks.push({ kind: "disc", x, y, r: 7, fill: "mark", stroke: "ink", width: 1.5 });
    marks.push(text(curve.right - 8, isRoc ? curve.bottom - 12 : curve.top + 20, isRoc
      ? `area ${fixed(shot.area, 3)}` : `average precision ${fixed(shot.averagePrecision, 3)}`,
    { anchor: "end", fill: "ink", bold: true }));

    const w = matrix.w / 2 - 2, h = 68;
    marks.push(text(matrix.x, matrix.y - 10, "examples, by truth and answer"));
    const NAMES = [["true negatives", "false positives"], ["false negatives", "true positives"]];
    counts.forEach((row, i) => row.forEach((n, j) => {
      const left = matrix.x + j * (w + 4), y0 = matrix.y + i * (h + 4), right = i === j;
      marks.push({ kind: "box", x: left, y: y0, w, h, fill: "plate", stroke: right ? "good" : "bad", width: 2,
        round: 4 });
      marks.push(text(left + w / 2, y0 + 34, fixed(n, 0), { anchor: "middle", size: 22, role: "number", fill: "ink" }),
        text(left + w / 2, y0 + 56, NAMES[i][j], { anchor: "middle", fill: right ? "good" : "bad" }));
    }));
    const rowsOf: readonly (readonly [string, number | null])[] = [["accuracy", shot.accuracy],
      ["precision", anySaid(shot) ? shot.precision : null], ["recall", shot.recall], ["F1", shot.f1]];
    rowsOf.forEach(([name, value], i) => {
      const y0 = matrix.y + 2 * h + 34 + 25 * i;
      marks.push(text(matrix.x, y0, name, { size: 14, fill: "ink" }),
        { kind: "box", x: matrix.x + 80, y: y0 - 10, w: matrix.w - 140, h: 10, fill: "hair" },
        { kind: "box", x: matrix.x + 80, y: y0 - 10, w: (matrix.w - 140) * (value ?? 0), h: 10, fill: "series-1" },
        text(matrix.x + matrix.w, y0, value === null ? "–" : fixed(value, 3), { anchor: "end", role: "number",
          fill: "ink" }));
    });

    marks.push(text(trust.left, trust.top - 10, "share that is positive"),
      ...path(trust, [[0, 0], [1, 1]], { stroke: "ink-3", width: 1.5, dash: [5, 4] }));
    const filled = shot.groups.filter(({ size }) => size > 0), largest = Math.max(...filled.map(({ size }) => size));
    marks.push(...path(trust, filled.map(({ size, positives, mean }): Pair => [mean, positives / size]),
      { stroke: "series-2", width: 2 }));
    for (const { size, positives, mean } of filled) {
      const [gx, gy] = trust.point(mean, positives / size);
      marks.push({ kind: "disc", x: gx, y: gy, r: 3 + 6 * Math.sqrt(size / largest), fill: "series-2", stroke: "plate",
        width: 1.5, title: `${size} examples: announced ${percent(mean)}, happened ${percent(positives / size)}` });
    }
    marks.push(text(trust.right, trust.top - 10, `error ${fixed(calibrationError(shot.groups), 3)}`,
      { anchor: "end", fill: "ink", bold: true }));
    return { width, height, marks };
  },
  describe(shot) {
    const { counts: [[tn, fp], [fn, tp]], threshold } = shot;
    const precision = anySaid(shot) ? fixed(shot.precision, 3) : "has no value";
    return `At threshold ${fixed(probability(threshold), 3)} the model finds ${tp} of ${tp + fn} positives with ` +
      `${fp} false alarms among ${tn + fp} negatives: precision ${precision}, recall ` +
      `${fixed(shot.recall, 3)}, accuracy ${fixed(shot.accuracy, 3)}. Without a threshold: area under the ROC curve ` +
      `${fixed(shot.area, 3)}, calibration error ${fixed(calibrationError(shot.groups), 3)}.`;
  },
  table: ({ groups }) => ({ head: ["announced", "examples", "share that is positive"],
    rows: groups.flatMap(({ size, positives, mean }) =>
      (size === 0 ? [] : [[fixed(mean, 3), String(size), fixed(positives / size, 3)]])) }),
  invariants: [
    { name: "the area under the ROC curve is the share of pairs in which the positive scores higher",
      holds({ truth, scores, area }) {
        const of = (label: number): number[] => scores.filter((_, i) => truth[i] === label);
        const negatives = of(0), pairs = of(1).flatMap((p) => negatives.map((n) => (p > n ? 1 : p === n ? 0.5 : 0)));
        return Math.abs(pairs.reduce((sum: number, v) => sum + v, 0) / pairs.length - area) < 1e-9;
      } },
    { name: "the point of the threshold lies on the ROC curve", holds(shot) {
      const [x, y] = rates(shot);
      return shot.roc.some(([a, b]) => Math.abs(a - x) + Math.abs(b - y) < 1e-9);
    } },
    { name: "everybody is in one field of the confusion matrix", holds: ({ counts }) =>
      counts.flat().reduce((sum, n) => sum + n, 0) === SIZE },
    { name: "F1 lies between precision and recall", holds: ({ precision, recall, f1 }) =>
      f1 <= Math.max(precision, recall) + 1e-9 && f1 >= Math.min(precision, recall) - 1e-9 },
    { name: "accuracy is the mean of both kinds of recall, weighted by the classes", holds(shot) {
      const [fpr, tpr] = rates(shot), p = share(shot);
      return Math.abs(p * tpr + (1 - p) * (1 - fpr) - shot.accuracy) < 1e-9;
    } },
  ],
});
/** The share of positives, which is the precision of a model that knows nothing. */
const share = ({ truth }: Shot): number => truth.reduce((sum, v) => sum + v, 0) / truth.length;
/** Whether anything was called positive; without it precision has no value. */
const anySaid = ({ counts }: Shot): boolean => counts[0][1] + counts[1][1] > 0;
