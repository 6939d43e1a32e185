import { classical, eye, linalg, tensor } from "gradus";
import { loadDigits } from "gradus/data";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";

const NAMES = ["as they stand in the file", "shuffled"] as const, COLOURS = ["series-2", "series-1"] as const;
const MODELS = ["nearest digit", "straight lines"] as const;
const COLUMNS = 60, ACCURACY: Pair = [0.8, 1];

type Fold = ReturnType<typeof classical.kFold>[number];
interface Digits { readonly rows: readonly number[][]; readonly labels: ArrayLike<number>;
  /** Squared distances of all pairs. */
  readonly distances: Float32Array }
let known: Promise<Digits> | undefined;
/** The digits and their distances, measured once. */
const digits = (): Promise<Digits> => (known ??= (async () => {
  const { features, labels } = await loadDigits(), size = labels.length;
  const rows = Array.from({ length: size }, (_, i) => Array.from(features.slice(64 * i, 64 * i + 64), (v) => v / 16));
  const x = tensor(rows), squares = x.square().sum([1]);
  const all = x.matmul(x.T).mul(-2).add(squares.unsqueeze(0)).add(squares.unsqueeze(1));
  return { rows, labels, distances: Float32Array.from(await all.data()) };
})());

/** Test rows that are given the label of the training row most like them, and it is wrong. */
function wrongByNeighbour({ labels, distances }: Digits, { train, test }: Fold): number[] {
  return test.filter((i) => {
    let nearest = train[0];
    for (const j of train) if (distances[i * labels.length + j] < distances[i * labels.length + nearest]) nearest = j;
    return labels[nearest] !== labels[i];
  });
}
/** The same for ten lines, one for each class, fitted to 1 and 0 by least squares with a small penalty. */
function wrongByLines({ rows, labels }: Digits, { train, test }: Fold): number[] {
  const inputs = (at: readonly number[]): number[][] => at.map((i) => [...rows[i], 1]);
  const x = tensor(inputs(train)), y = tensor(train.map((i) => Array.from({ length: 10 }, (_, k) =>
    (labels[i] === k ? 1 : 0))));
  const weights = linalg.solve(x.T.matmul(x).add(eye(65)), x.T.matmul(y));
  const answers = tensor(inputs(test)).matmul(weights).argmax(1).dataSync();
  return test.filter((row, i) => answers[i] !== labels[row]);
}

interface Course { readonly tested: readonly number[]; readonly wrong: readonly number[];
  readonly accuracies: readonly number[] }
interface State { readonly folds: readonly [readonly Fold[], readonly Fold[]]; readonly model: number;
  readonly size: number; readonly data: Digits; courses: readonly [Course, Course] }
type Shot = Pick<State, "size" | "courses" | "model"> & { readonly total: number };
const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
/** Standard deviation of a mean of such results. */
const doubt = (numbers: readonly number[]): number => Math.sqrt(numbers.reduce((sum, v) => sum +
  (v - mean(numbers)) ** 2, 0) / Math.max(1, numbers.length - 1) / numbers.length);

interface Layout { readonly grids: readonly Pair[]; readonly cell: number; readonly results: Plot;
  readonly height: number; readonly y: number; readonly wide: boolean }
function layout(width: number, total: number): Layout {
  const wide = width >= 600, cell = Math.min(6, (wide ? width * 0.5 - 20 : width - 28) / COLUMNS), h = cell * 30;
  const grids: Pair[] = [[14, 32], [14, 32 + h + 44]], left = wide ? 14 + cell * COLUMNS + 66 : 52;
  const results = plot({ left, top: wide ? 32 : grids[1][1] + h + 44, width: width - left - 16,
    height: wide ? 2 * h + 44 : 200, x: [0.4, total + 0.6], y: ACCURACY, xLabel: "fold",
    yLabel: "share right", xTicks: Math.min(total, 10), yTicks: 5 });
  const y = (wide ? Math.max(results.bottom, grids[1][1] + h) : results.bottom) + 62;
  return { grids, cell, results, y, height: y + (wide ? 30 : 58), wide };
}

export default defineFigure({
  id: "folds",
  title: "Every digit is tested once",
  question: "The same digits, the same model, the same test. Does it matter who wrote what is tested?",
  params: {
    folds: { kind: "choice", label: "folds", value: "5", choices: ["5", "10", "20"] },
    model: { kind: "choice", label: "model", value: "nearest digit", choices: MODELS },
  },
  async init({ folds, model }, seed): Promise<State> {
    const data = await digits(), size = data.labels.length, k = Number(folds);
    const none: Course = { tested: [], wrong: [], accuracies: [] };
    return { data, size, model: MODELS.indexOf(model), courses: [none, none],
      folds: [classical.kFold(size, k), classical.kFold(size, k, { seed })] };
  },
  step(state) {
    const next = (i: 0 | 1): Course => {
      const { accuracies, wrong } = state.courses[i], fold = state.folds[i][accuracies.length];
      const missed = (state.model === 0 ? wrongByNeighbour : wrongByLines)(state.data, fold);
      return { tested: fold.test, wrong: [...wrong, ...missed],
        accuracies: [...accuracies, 1 - missed.length / fold.test.length] };
    };
    state.courses = [next(0), next(1)];
    return state;
  },
  done: ({ courses, folds }) => courses[0].accuracies.length === folds[0].length,
  snapshot: ({ size, model, courses, folds }): Shot => ({ size, model, courses: [...courses],
    total: folds[0].length }),

  view({ size, courses, total }, { width }: Frame): Scene {
    const { grids, cell, results, height, y, wide } = layout(width, total), marks: Mark[] = [...results.marks];
    courses.forEach(({ tested, wrong, accuracies }, i) => {
      const [left, top] = grids[i], rows = Math.ceil(size / COLUMNS);
      marks.push({ kind: "text", x: left, y: top - 9, size: 13, fill: COLOURS[i], bold: true, text: NAMES[i] });
      marks.push({ kind: "box", x: left, y: top, w: cell * COLUMNS, h: cell * rows, fill: "plate", stroke: "ink-3",
        width: 1 });
      // Runs of rows in one line are one box; shuffled ones come singly.
      const held = new Set(tested);
      for (let from = 0; from < size; from++) {
        if (!held.has(from)) continue;
        const line = Math.floor(from / COLUMNS);
        let to = from;
        while (held.has(to + 1) && Math.floor((to + 1) / COLUMNS) === line) to++;
        marks.push({ kind: "box", x: left + cell * (from % COLUMNS), y: top + cell * line, w: cell * (to - from + 1),
          h: cell, fill: "ink-3", opacity: 0.45, stroke: "none" });
        from = to;
      }
      for (const row of wrong) {
        marks.push({ kind: "box", x: left + cell * (row % COLUMNS), y: top + cell * Math.floor(row / COLUMNS), w: cell,
          h: cell, fill: "bad", stroke: "none", title: `digit ${row + 1} was answered wrongly` });
      }
      if (accuracies.length === 0) return;
      const level = results.y(mean(accuracies));
      marks.push({ kind: "line", points: [[results.left, level], [results.right, level]], stroke: COLOURS[i],
        width: 1.5, ...(i === 0 ? { dash: [8, 4] } : {}) });
      accuracies.forEach((value, k) => {
        const px = results.x(k + 1), py = results.y(Math.max(value, ACCURACY[0]));
        const look = { fill: COLOURS[i], stroke: "plate" as const, width: 1.5,
          title: `fold ${k + 1}: ${percent(value)}` };
        marks.push(i === 0 ? { kind: "box", x: px - 5, y: py - 5, w: 10, h: 10, ...look }
          : { kind: "disc", x: px, y: py, r: 5.5, ...look });
      });
    });
    marks.push({ kind: "text", x: 14, y: height - 12, size: 13, fill: "ink-2", text: wide
      ? "a cell is a digit: grey is tested now, red was answered wrongly" : "grey: tested now; red: wrong" });
    courses.forEach(({ accuracies, wrong }, i) => {
      const text = accuracies.length === 0 ? "not tested yet" : `${percent(mean(accuracies))}` +
        `${accuracies.length > 1 ? ` ± ${percent(doubt(accuracies))}` : ""}, ${fixed(wrong.length, 0)} wrong`;
      const x = wide && i === 1 ? width / 2 : 14, level = y + (wide ? -20 : 22 * i - 6);
      marks.push(i === 0 ? { kind: "box", x, y: level - 10, w: 10, h: 10, fill: COLOURS[0], stroke: "none" }
        : { kind: "disc", x: x + 5, y: level - 5, r: 5.5, fill: COLOURS[1] });
      marks.push({ kind: "text", x: x + 18, y: level, size: 14, text: `${i === 0 ? "in file order" : "shuffled"}: ` +
        text });
    });
    return { width, height, marks };
  },
  describe({ courses, total, size }) {
    const done = courses[0].accuracies.length;
    if (done === 0) return `${fixed(size, 0)} digits in ${total} folds, none tested yet.`;
    const [file, shuffled] = courses.map(({ accuracies }) => percent(mean(accuracies)));
    return `After ${count(done, "fold")} of ${total}: ${file} right with folds in the order of the file, ` +
      `${shuffled} with shuffled folds; ${courses[0].wrong.length} and ${courses[1].wrong.length} digits wrong.`;
  },
  table: ({ courses }) => ({ head: ["fold", "in file order", "shuffled"],
    rows: courses[0].accuracies.map((value, i) =>
      [String(i + 1), percent(value), percent(courses[1].accuracies[i])]) }),
  invariants: [
    { name: "no digit is answered wrongly twice, since each is tested once", holds: ({ courses }) =>
      courses.every(({ wrong }) => new Set(wrong).size === wrong.length) },
    { name: "folds differ in size by one digit at most", holds: ({ courses, size, total }) =>
      courses.every(({ tested }) => tested.length === 0 || tested.length === Math.floor(size / total)
        || tested.length === Math.ceil(size / total)) },
    { name: "every share lies between 0 and 1", holds: ({ courses }) =>
      courses.every(({ accuracies }) => accuracies.every((v) => v >= 0 && v <= 1)) },
  ],
  cell: ({ folds }, seed) => "import { classical } from \"gradus\";\nimport { loadDigits } from \"gradus/data\";\n\n" +
    "const { features, labels } = await loadDigits();\n" +
    "const x = Array.from(labels, (_, i) => [...features.slice(64 * i, 64 * i + 64)]);\n" +
    `for (const options of [{}, { seed: ${seed} }]) {\n` +
    "  const make = () => new classical.KNeighborsClassifier({ k: 1 });\n" +
    `  const folds = classical.kFold(labels.length, ${folds}, options);\n` +
    "  console.log(classical.crossValidate(make, x, [...labels], folds));\n}",
});
