import { classical, Generator, oneHot, rand, randn, randperm, tensor, type Tensor } from "gradus";
import { blobs, moons, type LabelledRows } from "gradus/data";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { clip, rectangle } from "@gradus/lessons/draw/clip";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const PLANE: Pair = [-3, 3], SIZE = 90, MOST = 30;
const SERIES: readonly Colour[] = ["series-1", "series-2", "series-3", "series-4", "series-5"];
const CENTRES: readonly Pair[] = [[-1.6, -0.9], [1.5, -1.1], [0.1, 1.6]];
const PICTURES = ["three clouds", "two moons", "two long clouds", "no clouds at all"] as const;

interface State {
  readonly points: readonly Pair[];
  centres: readonly Pair[];
  /** The centre of each point; none before the first step, or after a centre was dragged. */
  labels: readonly number[];
  /** Whether the next step assigns points (or moves centres). */
  next: "assign" | "move" | "nothing";
  /** Sums of squared distances after each step. */
  errors: readonly number[];
  /** What ten other starts reach at best, by `classical.KMeans`. */
  readonly best: number;
}
async function draw(name: (typeof PICTURES)[number], seed: number): Promise<Pair[]> {
  const generator = new Generator(seed);
  if (name === "no clouds at all") return pairs(await rand([SIZE, 2], { generator }).mul(5).sub(2.5).data());
  if (name === "two long clouds") {
    const shift = tensor(Array.from({ length: SIZE }, (_, i) => [0, i % 2 === 0 ? 0.9 : -0.9]));
    return pairs(await randn([SIZE, 2], { generator }).mul(tensor([1.1, 0.2])).add(shift).data());
  }
  const rows: LabelledRows = name === "two moons" ? moons({ size: SIZE, seed, noise: 0.1 })
    : blobs({ size: SIZE, seed, centers: CENTRES, noise: 0.5 });
  const at = pairs(rows.features);
  return name === "two moons" ? at.map(([x, y]): Pair => [1.6 * (x - 0.5), 1.6 * (y - 0.25)]) : at;
}
/** Neighbours in a list become points, kept inside the picture. */
const pairs = (values: ArrayLike<number>): Pair[] => Array.from({ length: values.length / 2 }, (_, i): Pair =>
  [clamp(values[2 * i], [-2.9, 2.9]), clamp(values[2 * i + 1], [-2.9, 2.9])]);
const rowsOf = (points: readonly Pair[]): Tensor => tensor(points.map(([x, y]) => [x, y]));
/** [points, centres] */
const squared = (points: readonly Pair[], centres: readonly Pair[]): Tensor =>
  rowsOf(points).unsqueeze(1).sub(rowsOf(centres)).square().sum([2]);

function assign(state: State): State {
  const far = squared(state.points, state.centres), labels = Array.from(far.argmin(1).dataSync());
  const same = labels.every((label, i) => label === state.labels[i]) && state.labels.length > 0;
  return { ...state, labels, next: same ? "nothing" : "move",
    errors: [...state.errors, far.amin([1]).sum().itemSync()] };
}
function move(state: State): State {
  const { points, labels, centres } = state, member = oneHot(tensor([...labels], { dtype: "i32" }), centres.length)
    .cast("f32");
  const sizes = member.sum([0]).dataSync(), sums = member.T.matmul(rowsOf(points)).dataSync();
  // A centre that nobody chose stays where it is.
  const moved = centres.map((at, k): Pair => (sizes[k] === 0 ? at
    : [sums[2 * k] / sizes[k], sums[2 * k + 1] / sizes[k]]));
  return { ...state, centres: moved, next: "assign", errors: [...state.errors, error({ ...state, centres: moved })] };
}
/** The sum of squared distances of points to the centre that they belong to. */
const error = ({ points, centres, labels }: Pick<State, "points" | "centres" | "labels">): number =>
  points.reduce((sum, [x, y], i) => sum + (x - centres[labels[i]][0]) ** 2 + (y - centres[labels[i]][1]) ** 2, 0);

interface Layout { readonly plane: Plot; readonly chart: Plot; readonly height: number }
function layout(width: number, { errors, best }: Pick<State, "errors" | "best">): Layout {
  const side = width < 600 ? width - 30 : Math.min(440, width * 0.58);
  const { at: [a, b], stacked } = panels(width, { shares: [side, Math.max(180, width - side - 60)], height: side + 60,
    heights: [side + 40, 260], narrow: 600, gap: 26 });
  const plane = plot({ left: a.x + 1, top: a.y + 14, width: side, height: side, x: PLANE, y: PLANE, xTicks: 0,
    yTicks: 0 });
  const high = Math.max(1, best, ...errors) * 1.08, wide = Math.min(300, width - (stacked ? 0 : side + 42) - 80);
  const chart = plot({ left: (stacked ? 14 : plane.right + 30) + 40, top: b.y + 42, width: wide, height: 170,
    x: [0, Math.max(8, errors.length)], y: [0, high], xTicks: 4, yTicks: 4, xLabel: "half step" });
  return { plane, chart, height: stacked ? chart.bottom + 70 : Math.max(plane.bottom + 50, chart.bottom + 120) };
}

export default defineFigure({
  id: "k-means",
  title: "Centres look for their points",
  question: "Nobody says which point belongs to what. Can centres find out, and do they always?",
  params: {
    picture: { kind: "choice", label: "points", value: "three clouds", choices: PICTURES },
    k: { kind: "number", label: "centres", value: 3, min: 1, max: 5, step: 1 },
  },
  async init({ picture, k }, seed): Promise<State> {
    const points = await draw(picture, seed);
    const order = await randperm(SIZE, { generator: new Generator(seed) }).data();
    const best = new classical.KMeans({ clusters: k, runs: 10, seed }).fit(points).inertia;
    return { points, centres: Array.from({ length: k }, (_, i) => points[order[i]]), labels: [], next: "assign",
      errors: [], best };
  },
  step: (state) => (state.next === "assign" ? assign(state) : state.next === "move" ? move(state) : state),
  done: ({ next, errors }) => next === "nothing" || errors.length >= MOST,
  act(state, action): State {
    if (action.type !== "drag") return state;
    const { plane } = layout(action.width, state), k = Number(action.id.split(":")[1]);
    const centres = state.centres.map((at, i): Pair => (i !== k ? at
      : [plane.x.invert(action.x), plane.y.invert(action.y)]));
    return { ...state, centres, labels: [], next: "assign", errors: [] };
  },
  snapshot: (state): State => ({ ...state }),

  view(shot, { width }: Frame): Scene {
    const { points, centres, labels, errors, best, next } = shot, { plane, chart, height } = layout(width, shot);
    const marks: Mark[] = [...plane.marks];
    // The land of each centre: the half planes that are nearer to it than to any other.
    centres.forEach(([x, y], k) => {
      const land = centres.reduce((polygon, [u, v], i) => (i === k ? polygon : clip(polygon, 2 * (x - u), 2 * (y - v),
        u * u + v * v - x * x - y * y)), rectangle(PLANE, PLANE));
      if (land.length > 2 && labels.length > 0) marks.push({ kind: "line", closed: true, points: land.map((p) =>
        plane.point(...p)), fill: "none", stroke: "ink-2", width: 1.4 });
    });
    points.forEach((point, i) => {
      const [x, y] = plane.point(...point), label = labels[i];
      if (label === undefined) {
        marks.push({ kind: "disc", x, y, r: 4, fill: "plate", stroke: "ink-2", width: 1.5 });
        return;
      }
      marks.push({ kind: "line", points: [[x, y], plane.point(...centres[label])], stroke: SERIES[label], width: 0.7,
        opacity: 0.5 });
      marks.push(shape(label, x, y, 4.6));
    });
    centres.forEach((at, k) => {
      const [x, y] = plane.point(...at);
      marks.push({ kind: "disc", x, y, r: 13, fill: "mark", stroke: "ink", width: 2, handle: { id: `centre:${k}`,
        label: `centre ${k + 1} at ${fixed(at[0])}, ${fixed(at[1])}`, drag: "xy", step: 12 } }, { kind: "disc", x, y,
        r: 8.5, fill: "plate", stroke: "none" }, shape(k, x, y, 5.5));
    });
    marks.push({ kind: "text", x: plane.left, y: plane.bottom + 24, size: 13, fill: "ink-2", text: next === "nothing"
      ? "Nothing changes any more. Drag a centre to start again." : "Drag the centres. Bad places are worth a try." });
    marks.push({ kind: "text", x: chart.left - 40, y: chart.top - 22, size: 13.5, bold: true,
      text: "sum of squared distances" }, ...chart.marks);
    const level = chart.y(best);
    marks.push({ kind: "line", points: [[chart.left, level], [chart.right, level]], stroke: "ink-2", width: 1.2,
      dash: [5, 4] });
    if (errors.length > 1) marks.push({ kind: "line", points: errors.map((value, i) => chart.point(i + 1, value)),
      stroke: "ink", width: 2 });
    errors.forEach((value, i) => {
      const [x, y] = chart.point(i + 1, value), last = i === errors.length - 1;
      marks.push({ kind: "disc", x, y, r: last ? 5.5 : 3.2, fill: last ? "mark" : "ink", stroke: "ink", width: 1.5,
        title: fixed(value) });
    });
    marks.push({ kind: "text", x: chart.left - 40, y: chart.bottom + 54, size: 14, role: "number",
      text: errors.length === 0 ? "not assigned yet"
        : `now ${fixed(errors.at(-1)!)}; best of ten starts ${fixed(best)}` });
    return { width, height, marks };
  },
  describe({ errors, next, labels, centres, best, points }) {
    const sizes = centres.map((_, k) => labels.filter((label) => label === k).length);
    if (errors.length === 0) return `${count(centres.length, "centre")} among ${points.length} points, and no point ` +
      "belongs to any yet. Step: each point goes to its nearest centre.";
    const value = fixed(errors.at(-1)!), gap = errors.at(-1)! - best;
    if (next === "move") return `Each point chose its nearest centre (${sizes.join(", ")} points): the sum of ` +
      `squared distances is ${value}. Next, each centre moves to the mean of its points.`;
    if (next === "assign") return `Each centre moved to the mean of its points: the sum fell to ${value}. Next, ` +
      "points choose again.";
    return `No point changes sides: settled at ${value} after ${count(errors.length, "half step")}. The best of ` +
      `ten starts reaches ${fixed(best)}, ${gap > 0.01 ? `${fixed(gap)} less: this is a good place only for its ` +
        "neighbourhood" : "no better than this"}.`;
  },
  table: ({ centres, labels }) => ({ head: ["centre", "x", "y", "points"], rows: centres.map(([x, y], k) => [`${k + 1}`,
    fixed(x), fixed(y), labels.length === 0 ? "·" : `${labels.filter((label) => label === k).length}`]) }),
  invariants: [
    { name: "no half step raises the sum of squared distances", holds: ({ errors }) =>
      errors.every((value, i) => i === 0 || value <= errors[i - 1] + 1e-3) },
    { name: "after assigning, no other centre is nearer", holds: ({ points, centres, labels,
      next }) => next === "assign" || points.every(([x, y], i) => centres.every(([u, v]) => (x - u) ** 2 + (y - v) ** 2
        > (x - centres[labels[i]][0]) ** 2 + (y - centres[labels[i]][1]) ** 2 - 1e-4)) },
    { name: "after moving, each centre is the mean of its points: their differences cancel", holds: ({ points, centres,
      labels, next, errors }) => next !== "assign" || errors.length === 0 || centres.every((at, k) => {
      const own = points.filter((_, i) => labels[i] === k);
      return [0, 1].every((j) => Math.abs(own.reduce((sum, p) => sum + p[j] - at[j], 0)) < 1e-3);
    }) },
  ],
  cell: ({ picture, k }, seed) => `import { classical, Generator, rand, randn, tensor } from "gradus";
import { blobs, moons } from "gradus/data";

${codeOf(picture, seed)}
const rows = Array.from({ length: ${SIZE} }, (_, i) => [numbers[2 * i], numbers[2 * i + 1]]);
const model = new classical.KMeans({ clusters: ${k} }).fit(rows);
console.log("sum of squared distances", model.inertia);
console.log("centres", model.centres);
`,
});

/** The points of a picture, as one draws them in a cell: pairs in one list. */
const codeOf = (picture: (typeof PICTURES)[number], seed: number): string => ({
  "three clouds": `const { features: numbers } = blobs({ size: ${SIZE}, seed: ${seed}, ` +
    `centers: ${JSON.stringify(CENTRES)}, noise: 0.5 });`,
  "two moons": `const { features } = moons({ size: ${SIZE}, seed: ${seed}, noise: 0.1 });
const numbers = features.map((v, i) => 1.6 * (v - (i % 2 === 0 ? 0.5 : 0.25)));`,
  "two long clouds": `const side = tensor(Array.from({ length: ${SIZE} }, (_, i) => [0, i % 2 === 0 ? 0.9 : -0.9]));
const drawn = randn([${SIZE}, 2], { generator: new Generator(${seed}) });
const numbers = await drawn.mul(tensor([1.1, 0.2])).add(side).data();`,
  "no clouds at all": `const drawn = rand([${SIZE}, 2], { generator: new Generator(${seed}) });
const numbers = await drawn.mul(5).sub(2.5).data();`,
})[picture];
/** A cluster's own shape: disc, square, triangle, diamond, ring. */
function shape(k: number, x: number, y: number, r: number): Mark {
  const colour = SERIES[k], style = { fill: colour, stroke: "plate", width: 0.8 } as const;
  if (k === 0) return { kind: "disc", x, y, r, ...style };
  if (k === 1) return { kind: "box", x: x - 0.88 * r, y: y - 0.88 * r, w: 1.76 * r, h: 1.76 * r, ...style };
  if (k === 4) return { kind: "disc", x, y, r: 0.85 * r, fill: "none", stroke: colour, width: 2.2 };
  return { kind: "line", closed: true, ...style, points: k === 2 ? [[x - r, y + 0.8 * r], [x + r, y + 0.8 * r],
    [x, y - r]] : [[x, y - 1.2 * r], [x + 1.2 * r, y], [x, y + 1.2 * r], [x - 1.2 * r, y]] };
}
