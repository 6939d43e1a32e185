import { classical } from "gradus";
import { loadDigits } from "gradus/data";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";

const INK = 16, PIXELS = 64, EACH = 300, STEPS = [1, 2, 3, 5, 8, 12, 20, 32, 48, 64];
const GROUPS = { "0, 1 and 2": [0, 1, 2], "3 and 8": [3, 8], "4, 7 and 9": [4, 7, 9],
  "all ten": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] } as const;
const SERIES: readonly Colour[] = ["series-1", "series-2", "series-3", "series-4", "series-5", "series-6"];

interface State {
  readonly rows: readonly (readonly number[])[]; readonly labels: readonly number[];
  readonly mean: readonly number[];
  /** 64 directions of length 1, the one with the largest variance first, and the variance of each. */
  readonly directions: readonly (readonly number[])[]; readonly variances: readonly number[];
  /** Two coordinates of each row, for the picture. */
  readonly places: readonly Pair[];
  /** Where the reader looks, and the row nearest to it. */
  look: Pair; near: number;
  /** Directions in use, a place of STEPS. */
  at: number;
}
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i], 0);
const nearest = (places: readonly Pair[], [x, y]: Pair): number => {
  const far = places.map(([u, v]) => (u - x) ** 2 + (v - y) ** 2);
  return far.indexOf(Math.min(...far));
};
/** The mean plus so much of each direction. */
const blend = (mean: readonly number[], directions: State["directions"], shares: readonly number[]): number[] =>
  mean.map((m, i) => shares.reduce((sum, share, k) => sum + share * directions[k][i], m));

function spread(places: readonly Pair[], axis: 0 | 1): Pair {
  const values = places.map((place) => place[axis]);
  const [low, high] = [Math.min(...values), Math.max(...values)], room = 0.06 * (high - low);
  return [low - room, high + room];
}
interface Layout { readonly plane: Plot; readonly side: number; readonly pictures: readonly Pair[];
readonly chart: Plot; readonly height: number; readonly narrow: boolean }
function layout(width: number, places: readonly Pair[]): Layout {
  const narrow = width < 600, wide = narrow ? width - 46 : Math.min(520, width * 0.56 - 20), left = 34;
  const plane = plot({ left, top: 34, width: wide, height: narrow ? wide : Math.min(460, wide * 1.12),
    x: spread(places, 0), y: spread(places, 1), xLabel: "direction 1", yLabel: "direction 2", xTicks: 5, yTicks: 5 });
  const x0 = narrow ? 14 : plane.right + 34, room = narrow ? width - 28 : Math.min(340, width - x0 - 14), gap = 18;
  const side = (room - gap) / 2 > 150 ? 150 : (room - gap) / 2, top = narrow ? plane.bottom + 78 : 34;
  const pictures = [0, 1, 2, 3].map((i): Pair => [x0 + (i % 2) * (side + gap), top + Math.floor(i / 2) * (side + 44)]);
  const chart = plot({ left: x0 + 34, top: top + 2 * (side + 44) + 12, width: 2 * side + gap - 36, height: 110,
    x: [0, 64], y: [0, 1], xLabel: "directions kept", xTicks: 4, yTicks: 2 });
  return { narrow, plane, side, pictures, chart, height: Math.max(plane.bottom + 50, chart.bottom + 74) };
}

export default defineFigure({
  id: "digits-plane",
  title: "64 numbers on a sheet of paper",
  question: "Each digit is a point with 64 coordinates. From which side should you look?",
  params: { group: { kind: "choice", label: "digits", value: "0, 1 and 2",
    choices: Object.keys(GROUPS) as (keyof typeof GROUPS)[] } },
  async init({ group }, seed): Promise<State> {
    const { features, labels } = await loadDigits(), wanted: readonly number[] = GROUPS[group];
    const own = [...labels.keys()].filter((i) => wanted.includes(labels[i]));
    const kept = own.filter((_, i) => (i + seed) % Math.ceil(own.length / EACH) === 0);
    const rows = kept.map((i) => Array.from(features.subarray(PIXELS * i, PIXELS * (i + 1))));
    const pca = new classical.PCA().fit(rows);
    const places = pca.transform(rows).map(([x, y]): Pair => [x, y]);
    const start = nearest(places, [spread(places, 0)[1], 0]);
    return { rows, labels: kept.map((i) => labels[i]), mean: Array.from(pca.mean), places,
      directions: pca.directions.map((one) => Array.from(one)), variances: Array.from(pca.explainedVariance),
      look: places[start], near: start, at: 1 };
  },
  step: (state) => ({ ...state, at: Math.min(state.at + 1, STEPS.length - 1) }),
  done: ({ at }) => at === STEPS.length - 1,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { plane } = layout(action.width, state.places);
    const look: Pair = [plane.x.invert(action.x), plane.y.invert(action.y)];
    return { ...state, look, near: nearest(state.places, look) };
  },
  snapshot({ rows, labels, mean, directions, variances, places, look, near, at }) {
    const kept = STEPS[at], row = rows[near], centred = row.map((v, i) => v - mean[i]);
    const shares = directions.slice(0, kept).map((direction) => dot(centred, direction));
    const rebuilt = blend(mean, directions, shares), all = variances.reduce((a, b) => a + b, 0);
    let sum = 0;
    return { labels, places, look, near, kept, row, rebuilt, variances, first: directions.slice(0, 2),
      made: blend(mean, directions, look), explained: [0, ...variances.map((v) => (sum += v) / all)],
      missing: Math.hypot(...row.map((v, i) => v - rebuilt[i])), length: Math.hypot(...centred),
      shared: Math.hypot(...shares) };
  },

  view(shot, { width }: Frame): Scene {
    const { labels, places, look, near, kept, row, rebuilt, made, explained, first } = shot;
    const { plane, side, pictures, chart, narrow, height } = layout(width, places), marks: Mark[] = [...plane.marks];
    const classes = [...new Set(labels)].sort((a, b) => a - b), few = classes.length <= 3;
    places.forEach((place, i) => {
      const [x, y] = plane.point(...place);
      marks.push({ kind: "text", x, y: y + 4.5, text: String(labels[i]), role: "number", size: 12.5, anchor: "middle",
        fill: few ? SERIES[classes.indexOf(labels[i])] : "ink-2" });
    });
    const at = plane.point(...places[near]), [lx, ly] = plane.point(...look);
    marks.push({ kind: "line", points: [[lx, ly], at], stroke: "ink", width: 1.2, dash: [3, 3] },
      { kind: "box", x: at[0] - 9, y: at[1] - 10, w: 18, h: 20, fill: "none", stroke: "ink", width: 1.8 },
      { kind: "disc", x: lx, y: ly, r: 9, fill: "mark", stroke: "ink", width: 2, handle: { id: "look", drag: "xy",
        step: 10, label: `look at ${fixed(look[0], 1)}, ${fixed(look[1], 1)}` } });
    if (narrow) marks.push({ kind: "text", x: 14, y: plane.bottom + 50, text: "Drag the disc.", size: 13,
      fill: "ink-2" });
    const clipped = (values: readonly number[]): number[] => values.map((v) => Math.min(INK, Math.max(0, v)));
    const panels = [["made at the disc", clipped(made), true], [`the nearest ${labels[near]}`, row, true],
      [`from ${count(kept, "direction")}`, clipped(rebuilt), true], ["direction 1", first[0], false]] as const;
    panels.forEach(([title, values, picture], i) => {
      const [x, y] = pictures[i];
      marks.push({ kind: "text", x, y: y - 9, text: title, size: 13, bold: true }, { kind: "cells", x, y, w: side,
        h: side, rows: 8, columns: 8, values, picture, ...(picture ? { scale: INK } : {}) });
    });
    marks.push(...chart.marks);
    marks.push({ kind: "line", points: explained.map((value, k) => chart.point(k, value)), stroke: "ink", width: 2 });
    const [cx, cy] = chart.point(kept, explained[kept]);
    marks.push({ kind: "line", points: [[cx, chart.bottom], [cx, cy]], stroke: "ink", width: 1, dash: [2, 3] },
      { kind: "disc", x: cx, y: cy, r: 5.5, fill: "mark", stroke: "ink", width: 1.8 });
    marks.push({ kind: "text", x: pictures[0][0], y: chart.bottom + 58, size: 13.5, role: "number",
      text: `${percent(explained[kept])} of the variance kept` });
    return { width, height, marks };
  },
  describe({ labels, places, look, near, kept, explained, missing, length }) {
    const place = `(${fixed(look[0], 1)}, ${fixed(look[1], 1)})`;
    return `${places.length} digits, seen along the two directions in which they vary most; these two hold ` +
      `${percent(explained[2])} of the variance. Nearest to the disc at ${place} is a digit ${labels[near]}. Rebuilt ` +
      `from ${count(kept, "direction")} (${percent(explained[kept])} of the variance), it lacks ` +
      `${percent(length === 0 ? 0 : missing / length)} of its distance from the mean.`;
  },
  table: ({ explained, variances }) => ({ head: ["directions", "variance of the last", "share of all so far"],
    rows: variances.slice(0, 20).map((value, k) => [`${k + 1}`, fixed(value), percent(explained[k + 1])]) }),
  invariants: [
    { name: "Pythagoras: what is kept and what is missing are at a right angle", holds: ({ missing, shared, length }) =>
      Math.abs(missing ** 2 + shared ** 2 - length ** 2) < 1e-4 * (1 + length ** 2) },
    { name: "the first two directions have length 1 and stand at a right angle", holds: ({ first: [a, b] }) =>
      Math.abs(dot(a, a) - 1) < 1e-5 && Math.abs(dot(b, b) - 1) < 1e-5 && Math.abs(dot(a, b)) < 1e-5 },
    { name: "variances fall, and the variance of direction 1 is that of the first coordinates", holds: ({ variances,
      places }) => variances.every((v, k) => k === 0 || v <= variances[k - 1] + 1e-6)
      && Math.abs(places.reduce((sum, [x]) => sum + x * x, 0) / (places.length - 1) - variances[0])
        < 1e-3 * variances[0] },
  ],
  cell: ({ group }) => `import { classical } from "gradus";
import { loadDigits } from "gradus/data";

const { features, labels } = await loadDigits();
const own = [...labels.keys()].filter((i) => [${GROUPS[group].join(", ")}].includes(labels[i])).slice(0, ${EACH});
const rows = own.map((i) => features.subarray(64 * i, 64 * i + 64));
const pca = new classical.PCA({ components: 2 }).fit(rows);
console.log("shares of the variance", Array.from(pca.explainedVarianceRatio));
own.slice(0, 8).forEach((i, n) => console.log("digit", labels[i], Array.from(pca.transform([rows[n]])[0])));
`,
});
