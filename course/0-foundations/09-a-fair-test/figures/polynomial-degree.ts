import { Generator, linalg, rand, tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { curve, path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { power, powersUp } from "@gradus/lessons/draw/powers";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { chebyshev, irregularPlaces, meanSquare, measured, PLACES, truth, valueAt, VALUES } from "../noisy-curve.ts";

const NEW = 200, SHOWN = 60, MOST = 12;
/** Powers of ten of the mean squared error. */
const ERRORS: Pair = [-3, 2];

interface State { readonly noise: number; readonly points: Pair[]; readonly fresh: readonly Pair[]; degree: number }
interface Fit { readonly coefficients: readonly number[]; readonly train: number; readonly fresh: number }
interface Shot extends State { readonly fits: readonly Fit[] }

function look(state: State): Shot {
  const { points, fresh } = state, y = tensor(points.map((p) => p[1]));
  const highest = Math.min(MOST, points.length - 1);
  const fits = Array.from({ length: highest + 1 }, (_, degree): Fit => {
    const columns = tensor(points.map(([x]) => chebyshev(x, degree + 1)));
    const coefficients = Array.from(linalg.lstsq(columns, y.unsqueeze(1)).dataSync());
    return { coefficients, train: meanSquare(coefficients, points), fresh: meanSquare(coefficients, fresh) };
  });
  return { ...state, points: [...points], fits };
}
const bestOf = (fits: readonly Fit[]): number =>
  fits.reduce((best, { fresh }, i) => (fresh < fits[best].fresh ? i : best), 0);

interface Layout { readonly data: Plot; readonly errors: Plot; readonly height: number; readonly y: number;
  readonly wide: boolean }
function layout(width: number): Layout {
  const { at: [a, b], stacked } = panels(width, { shares: [1, 1], height: 380, heights: [280, 300], narrow: 600,
    gap: 24 });
  const data = plot({ left: a.x + 26, top: a.y + 30, width: a.w - 30, height: stacked ? 210 : 290, x: PLACES,
    y: VALUES, xLabel: "x", xTicks: 4, yTicks: 4 });
  const errors = plot({ left: b.x + 34, top: b.y + 30 + (stacked ? 10 : 0), width: b.w - 40,
    height: stacked ? 200 : 290, x: [-0.4, MOST + 0.4], y: ERRORS, xLabel: "degree", yLabel: "mean squared error",
    xTicks: 7, yTicks: 0 });
  const y = errors.bottom + 60;
  return { data, errors, y, height: y + (stacked ? 62 : 38), wide: !stacked };
}

export default defineFigure({
  id: "polynomial-degree",
  title: "Bending until it fits",
  question: "A higher degree always fits the points better. What does it do between them?",
  params: {
    size: { kind: "number", label: "points to learn from", value: 12, min: 8, max: 40, step: 1 },
    noise: { kind: "number", label: "noise", value: 0.4, min: 0, max: 1, step: 0.1 },
  },
  init({ size, noise }, seed): State {
    const generator = new Generator(seed), points = measured(irregularPlaces(size, generator), noise, generator);
    const places = Array.from(rand([NEW], { generator }).dataSync(), (v) => 1.9 * v - 0.95);
    return { noise, points, degree: 1, fresh: measured(places, noise, generator) };
  },
  step(state) {
    state.degree++;
    return state;
  },
  done: ({ degree, points }) => degree >= Math.min(MOST, points.length - 1),
  act(state, action) {
    if (action.type !== "drag") return state;
    const { data, errors } = layout(action.width);
    if (action.id === "degree") {
      state.degree = clamp(Math.round(errors.x.invert(action.x)), [0, Math.min(MOST, state.points.length - 1)]);
    } else {
      const index = Number(action.id.split(":")[1]), y = Math.round(data.y.invert(action.y) * 50) / 50;
      state.points[index] = [state.points[index][0], y];
    }
    return state;
  },
  snapshot: look,

  view(shot, { width }: Frame): Scene {
    const { data, errors, y, height, wide } = layout(width), { points, fresh, degree, fits, noise } = shot;
    const marks: Mark[] = [...data.marks, ...errors.marks], now = fits[degree], best = bestOf(fits);
    for (const [x, value] of fresh.slice(0, SHOWN)) {
      const [px, py] = data.point(x, clamp(value, VALUES));
      marks.push({ kind: "line", points: [[px - 3, py], [px + 3, py]], stroke: "series-2", width: 1.5 },
        { kind: "line", points: [[px, py - 3], [px, py + 3]], stroke: "series-2", width: 1.5 });
    }
    marks.push(...curve(data, truth, { stroke: "ink-3", width: 1.5, dash: [3, 4] }),
      ...curve(data, (x) => valueAt(now.coefficients, x), { stroke: "ink", width: 2.5 }, 400));
    points.forEach(([x, value], i) => {
      const [px, py] = data.point(x, clamp(value, VALUES));
      marks.push({ kind: "disc", x: px, y: py, r: wide ? 6 : 5, fill: "series-1", stroke: "plate", width: 1.5,
        handle: { id: `point:${i}`, label: `point ${i + 1} at ${fixed(x)}, value ${fixed(value)}`, drag: "y",
          step: 6 } });
    });
    marks.push({ kind: "text", x: data.left, y: data.top - 10, size: 13, fill: "ink-2",
      text: wide ? "discs: to learn from (drag); +: new; dashed: the rule"
        : "discs: learn, drag; +: new; dashed: rule" });
    marks.push(...powersUp(errors));
    if (noise > 0) {
      const level = errors.y(power(noise * noise, ERRORS));
      marks.push({ kind: "line", points: [[errors.left, level], [errors.right, level]], stroke: "ink-3", width: 1.5,
        dash: [3, 4] }, { kind: "text", x: errors.right - 6, y: level + 15, anchor: "end", size: 12, fill: "ink-2",
        text: "the noise itself" });
    }
    const x = errors.x(degree);
    marks.push({ kind: "line", points: [[x, errors.top], [x, errors.bottom]], stroke: "mark", width: 8 },
      { kind: "line", points: [[x, errors.top], [x, errors.bottom]], stroke: "ink", width: 1 });
    const trained = fits.map((fit, i): Pair => [i, power(fit.train, ERRORS)]);
    const tested = fits.map((fit, i): Pair => [i, power(fit.fresh, ERRORS)]);
    marks.push(...path(errors, trained, { stroke: "series-1", width: 2.5 }),
      ...path(errors, tested, { stroke: "series-2", width: 2.5, dash: [8, 4] }));
    fits.forEach(({ train, fresh: error }, i) => {
      const [px, py] = errors.point(...trained[i]), [qx, qy] = errors.point(...tested[i]), lowest = i === best;
      marks.push({ kind: "disc", x: px, y: py, r: 3.5, fill: "series-1",
        title: `degree ${i}: ${fixed(train, 4)} on its own points` });
      marks.push({ kind: "disc", x: qx, y: qy, r: lowest ? 6 : 3.5, fill: lowest ? "plate" : "series-2",
        stroke: "series-2", width: lowest ? 2.5 : 1, title: `degree ${i}: ${fixed(error, 4)} on new points` });
    });
    marks.push({ kind: "disc", x, y: errors.bottom, r: 9, fill: "mark", stroke: "ink", width: 2,
      handle: { id: "degree", label: `degree ${degree}`, drag: "x", step: 12 } });
    const legend = (at: Pair, colour: "series-1" | "series-2", text: string): void => {
      marks.push({ kind: "line", points: [[at[0], at[1] - 5], [at[0] + 30, at[1] - 5]], stroke: colour, width: 2.5,
        ...(colour === "series-2" ? { dash: [8, 4] } : {}) }, { kind: "text", x: at[0] + 38, y: at[1],
        text, size: 14 });
    };
    legend([14, y], "series-1", `degree ${degree}, on its own points ${written(now.train)}`);
    legend([wide ? width / 2 : 14, wide ? y : y + 24], "series-2", `on ${NEW} new points ${written(now.fresh)}`);
    marks.push({ kind: "text", x: 14, y: y + (wide ? 24 : 48), size: 14, fill: "ink-2",
      text: `best on new points: degree ${best}, with ${written(fits[best].fresh)}` });
    return { width, height, marks };
  },
  describe({ degree, fits, points, noise }) {
    const { train, fresh } = fits[degree], best = bestOf(fits);
    return `Degree ${degree} has ${degree + 1} open numbers for ${points.length} points: mean squared error ` +
      `${written(train)} on them, ${written(fresh)} on new points. New points are answered best by degree ${best}, ` +
      `with ${written(fits[best].fresh)}; the noise alone is ${written(noise * noise)}.`;
  },
  table: ({ fits }) => ({ head: ["degree", "error on its own points", "error on new points"],
    rows: fits.map(({ train, fresh }, i) => [String(i), written(train), written(fresh)]) }),
  invariants: [
    { name: "a higher degree never fits its own points worse", holds: ({ fits }) =>
      fits.every(({ train }, i) => i === 0 || train <= fits[i - 1].train + 1e-5) },
    { name: "with as many open numbers as points it goes through all of them", holds: ({ fits, points }) =>
      fits.length < points.length || fits[fits.length - 1].train < 1e-5 },
    { name: "the residuals of every fit add up to 0", holds: ({ fits, points }) => fits.every(({ coefficients }) =>
      Math.abs(points.reduce((sum, [x, y]) => sum + y - valueAt(coefficients, x), 0)) < 1e-3) },
  ],
  cell: ({ size, noise }, seed) => "import { Generator, linalg, randn, tensor } from \"gradus\";\n\n" +
    `const generator = new Generator(${seed}), n = ${size}, noise = ${noise};\n` +
    "const x = Array.from({ length: n }, (_, i) => -0.95 + 1.9 * i / (n - 1));\n" +
    "const errors = randn([n], { generator }).dataSync();\n" +
    "const y = tensor(x.map((v, i) => 1.2 * Math.sin(3.2 * v) + noise * errors[i])).unsqueeze(1);\n" +
    "for (let degree = 0; degree < 8; degree++) {\n" +
    "  const columns = tensor(x.map((v) => Array.from({ length: degree + 1 }, (_, k) => v ** k)));\n" +
    "  const fit = columns.matmul(linalg.lstsq(columns, y));\n" +
    "  console.log(degree, fit.sub(y).square().mean().itemSync());\n}",
});

/** An error that may be tiny or huge. */
const written = (error: number): string => (error >= 1e4 ? error.toExponential(1).replace("+", "")
  : fixed(error, error < 10 ? 3 : 1));
