import { tune } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { contour, grid } from "@gradus/lessons/draw/contour";
import { count, fixed } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

/** Powers of ten of the learning rate, and dropout. */
const RATES: Pair = [-4, 0], DROPOUTS: Pair = [0, 0.8];
const SPACE = { rate: tune.log(10 ** RATES[0], 10 ** RATES[1]), dropout: tune.float(...DROPOUTS) };
/** The lowest loss, the loss of a guess among ten, and the half-width of the valley as a share of an axis. */
const LOWEST = 0.2, GUESS = Math.log(10), VALLEY = 0.09;
const LEVELS = [0.4, 0.7, 1, 1.3, 1.6, 1.9, 2.1];
const HEIGHTS: Pair = [0, 2.4];

const OTHERS = {
  "random": () => new tune.RandomSearch(),
  "Gaussian process": () => new tune.Bayesian({ candidates: 200 }),
  "Parzen densities": () => new tune.TreeParzen({ startup: 5 }),
} as const;
type Other = keyof typeof OTHERS;
const LOOKS: readonly { readonly stroke: Colour; readonly dash?: readonly number[] }[] =
  [{ stroke: "series-1" }, { stroke: "series-2", dash: [7, 4] }];

/** A trial that has ended: the power of ten of its rate, its dropout, its loss. */
interface Point { readonly power: number; readonly dropout: number; readonly loss: number }
interface Shot {
  readonly other: Other;
  /** Trials that each search may make, and values that the grid has on each axis. */
  readonly most: number; readonly side: number;
  /** How much dropout matters, compared with the rate. */
  readonly matters: number;
  readonly optimum: Pair;
  readonly searches: readonly (readonly Point[])[];
}
interface State extends Omit<Shot, "searches"> {
  readonly seed: number;
  steps: number; optimum: Pair; searches: Point[][];
  /** What each search has done so far; the library goes on from it. */
  journals: tune.JournalLine[][];
}
type Surface = Pick<Shot, "optimum" | "matters">;

/** An invented validation loss: a valley across the rates, from the lowest loss up to that of a guess. */
function lossAt({ optimum, matters }: Surface, power: number, dropout: number): number {
  const across = (power - optimum[0]) / (RATES[1] - RATES[0]) / VALLEY;
  const along = matters * (dropout - optimum[1]) / (DROPOUTS[1] - DROPOUTS[0]) / VALLEY;
  const far = across ** 2 + along ** 2;
  return LOWEST + (GUESS - LOWEST) * far / (1 + far);
}
/** Lets both searches make their trials up to the state's step. */
async function run(state: State): Promise<State> {
  const strategies = [new tune.GridSearch(state.side), OTHERS[state.other]()];
  for (const [i, strategy] of strategies.entries()) {
    const lines = state.journals[i];
    const journal: tune.Journal = {
      read: () => Promise.resolve(lines),
      append: (line) => {
        lines.push(line);
        return Promise.resolve();
      },
    };
    const { trials } = await tune.search(({ rate, dropout }) => lossAt(state, Math.log10(Number(rate)),
      Number(dropout)), { space: SPACE, strategy, trials: state.steps, seed: state.seed, journal });
    state.searches[i] = trials.map(({ values, value }) => ({ power: Math.log10(Number(values.rate)),
      dropout: Number(values.dropout), loss: value! }));
  }
  return state;
}
/** The lowest loss after each trial. */
const bestSoFar = (points: readonly Point[]): number[] =>
  points.map((_, i) => Math.min(...points.slice(0, i + 1).map(({ loss }) => loss)));
/** How many learning rates have been tried. */
const ratesOf = (points: readonly Point[]): number => new Set(points.map(({ power }) => power.toFixed(6))).size;
const rateOf = (power: number): string => fixed(10 ** power, power < -2 ? 5 : 3);

interface Panel { readonly profile: Plot; readonly plane: Plot }
interface Layout { readonly both: readonly Panel[]; readonly best: Plot; readonly height: number }
function layout(width: number, most: number): Layout {
  const wide = width >= 600, w = wide ? (width - 136) / 2 : width - 62, deep = wide ? 250 : 220;
  const panel = (left: number, top: number): Panel => {
    const profile = plot({ left, top: top + 46, width: w, height: 70, x: RATES, y: HEIGHTS, xTicks: 0, yTicks: 2 });
    return { profile, plane: plot({ left, top: profile.bottom + 26, width: w, height: deep, x: RATES, y: DROPOUTS,
      xLabel: "learning rate, power of ten", xTicks: 4, yTicks: 4 }) };
  };
  const first = panel(46, 0);
  const second = wide ? panel(first.plane.right + 74, 0) : panel(46, first.plane.bottom + 58);
  const best = plot({ left: 46, top: second.plane.bottom + (wide ? 78 : 108), width: width - (wide ? 190 : 62),
    height: 150, x: [0, most], y: HEIGHTS, xLabel: "trials", yTicks: 4, xTicks: 5 });
  return { both: [first, second], best, height: best.bottom + 44 };
}

export default defineFigure({
  id: "grid-or-random",
  title: "Where to spend sixteen trainings",
  question: "A grid leaves no gaps. So why does a search at random find the valley sooner?",
  params: {
    other: { kind: "choice", label: "against the grid", value: "random",
      choices: ["random", "Gaussian process", "Parzen densities"] },
    matters: { kind: "number", label: "how much dropout matters", value: 0.1, min: 0, max: 1, step: 0.05 },
    side: { kind: "number", label: "grid values on each axis", value: 4, min: 2, max: 5, step: 1 },
  },
  init: ({ other, matters, side }, seed): State => ({ other, matters, side, seed, most: side * side, steps: 0,
    optimum: [-2.1, 0.5], searches: [[], []], journals: [[], []] }),
  step(state) {
    state.steps++;
    return run(state);
  },
  done: ({ steps, most }) => steps >= most,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { plane } = layout(action.width, state.most).both[action.id === "optimum:0" ? 0 : 1];
    const inside = ([from, to]: Pair, margin: number): Pair => [from + margin, to - margin];
    state.optimum = [Math.round(clamp(plane.x.invert(action.x), inside(RATES, 0.1)) * 20) / 20,
      Math.round(clamp(plane.y.invert(action.y), inside(DROPOUTS, 0.02)) * 50) / 50];
    state.journals = [[], []];
    return run(state);
  },
  snapshot: ({ other, most, side, matters, optimum, searches }): Shot =>
    ({ other, most, side, matters, optimum, searches: searches.map((points) => [...points]) }),

  view(shot, { width }: Frame): Scene {
    const { both, best, height } = layout(width, shot.most), { optimum, searches } = shot;
    const heights = grid((power, dropout) => lossAt(shot, power, dropout), RATES, DROPOUTS, 64);
    const lines = LEVELS.flatMap((level) => contour(heights, level));
    const marks: Mark[] = [];
    const text = (x: number, y: number, content: string, style: Partial<Mark> = {}): Mark =>
      ({ kind: "text", x, y, text: content, size: 13, fill: "ink-2", ...style }) as Mark;
    both.forEach(({ profile, plane }, i) => {
      const points = searches[i], colour = LOOKS[i].stroke, lowest = Math.min(...points.map(({ loss }) => loss));
      const newest = points.length - 1, found = points.findIndex(({ loss }) => loss === lowest);
      marks.push(...profile.marks, ...plane.marks);
      marks.push(text(profile.left, profile.top - 28, i === 0 ? `grid, ${shot.side} × ${shot.side}` : shot.other,
        { size: 14, bold: true, fill: "ink" }));
      marks.push(text(profile.right, profile.top - 28, count(ratesOf(points), "learning rate"), { anchor: "end" }));
      marks.push(text(profile.left, profile.top - 9, "loss along the rate"),
        text(plane.left, plane.top - 9, "dropout"));
      for (const line of lines) {
        marks.push({ kind: "line", points: line.map(([a, b]) => plane.point(a, b)), stroke: "ink-3", width: 1,
          opacity: 0.6 });
      }
      // Shadows of the trials on the axis that matters.
      for (const { power, dropout, loss } of points) {
        const shadow = { kind: "line", stroke: colour, width: 1, opacity: 0.4 } as const;
        marks.push({ ...shadow, points: [plane.point(power, dropout), [plane.x(power), plane.top]] },
          { ...shadow, points: [[profile.x(power), profile.bottom], profile.point(power, loss)] });
      }
      const along = Array.from({ length: 161 }, (_, k) => RATES[0] + (RATES[1] - RATES[0]) * k / 160);
      marks.push(...path(profile, along.map((power): Pair => [power, lossAt(shot, power, optimum[1])]),
        { stroke: "ink", width: 2 }));
      points.forEach(({ power, loss }, k) => {
        const [x, y] = profile.point(power, loss);
        marks.push({ kind: "disc", x, y, r: k === found ? 5 : 3.5, fill: colour, stroke: "plate", width: 1 });
      });
      points.forEach(({ power, dropout, loss }, k) => {
        const [x, y] = plane.point(power, dropout);
        if (k === newest) marks.push({ kind: "disc", x, y, r: 11, fill: "mark", stroke: "ink", width: 1.5 });
        if (k === found) marks.push({ kind: "disc", x, y, r: 9, fill: "none", stroke: "good", width: 2.5 });
        marks.push({ kind: "disc", x, y, r: 5, fill: colour, stroke: "plate", width: 1.5,
          title: `trial ${k + 1}: rate ${rateOf(power)}, dropout ${fixed(dropout)}, loss ${fixed(loss, 3)}` });
      });
      const [x, y] = plane.point(...optimum);
      marks.push({ kind: "line", points: [[x - 5, y - 5], [x + 5, y + 5]], stroke: "ink", width: 2.5 },
        { kind: "line", points: [[x - 5, y + 5], [x + 5, y - 5]], stroke: "ink", width: 2.5 },
        { kind: "box", x: x - 9, y: y - 9, w: 18, h: 18, round: 3, fill: "paper", opacity: 0.35, stroke: "ink",
          width: 1.5, handle: { id: `optimum:${i}`, drag: "xy",
            label: `the optimum, rate ${rateOf(optimum[0])}, dropout ${fixed(optimum[1])}` } });
    });
    marks.push(...best.marks, text(best.left, best.top - 10, "lowest loss so far"));
    const ends = searches.map((points) => bestSoFar(points));
    ends.forEach((values, i) => {
      const steps = values.flatMap((value, k): Pair[] => (k === 0 ? [[1, value]] : [[k + 1, values[k - 1]],
        [k + 1, value]]));
      marks.push(...path(best, steps, { ...LOOKS[i], width: 2.5 }));
      const wide = width >= 600, label = i === 0 ? "grid" : shot.other;
      const value = values.length === 0 ? "–" : fixed(values[values.length - 1], 3);
      const x = wide ? best.right + 18 : best.left + (i === 0 ? 0 : 104);
      const y = wide ? best.top + 24 + 50 * i : best.top - 50;
      marks.push({ kind: "line", points: [[x, y - 4], [x + 26, y - 4]], ...LOOKS[i], width: 2.5 });
      marks.push(text(x + 34, y, value, { role: "number", fill: "ink" }), text(x, y + 18, label));
    });
    return { width, height, marks };
  },
  describe({ searches, other, most, optimum }) {
    const place = `The lowest loss, ${fixed(LOWEST)}, is at rate ${rateOf(optimum[0])}`;
    if (searches[0].length === 0) return `${place} and dropout ${fixed(optimum[1])}; each search has ${most} trials.`;
    const [a, b] = searches.map((points, i) => `${i === 0 ? "the grid" : `“${other}”`} has tried ` +
      `${count(ratesOf(points), "learning rate")} and its best loss is ${fixed(bestSoFar(points).at(-1)!, 3)}`);
    return `${place}. After ${count(searches[0].length, "trial")} ${a}; ${b}.`;
  },
  table: ({ searches, other }) => ({
    head: ["trial", "grid: rate", "dropout", "loss", `${other}: rate`, "dropout", "loss"],
    rows: searches[0].map((_, k) => [String(k + 1), ...searches.flatMap((points) => [rateOf(points[k].power),
      fixed(points[k].dropout), fixed(points[k].loss, 3)])]),
  }),
  invariants: [
    { name: "after n trials the grid has tried n / side learning rates, rounded up", holds: ({ searches, side }) =>
      ratesOf(searches[0]) === Math.ceil(searches[0].length / side) },
    { name: "a search at random never tries a learning rate twice", holds: ({ searches, other }) =>
      other !== "random" || ratesOf(searches[1]) === searches[1].length },
    { name: "trials stay inside the space, and nobody is below the lowest loss", holds: ({ searches }) =>
      searches.flat().every(({ power, dropout, loss }) => power > RATES[0] - 1e-9 && power < RATES[1] + 1e-9
        && dropout >= DROPOUTS[0] && dropout <= DROPOUTS[1] && loss >= LOWEST && loss <= GUESS) },
    { name: "the lowest loss so far never rises", holds: ({ searches }) => searches.every((points) =>
      bestSoFar(points).every((value, k, all) => k === 0 || value <= all[k - 1])) },
    { name: "where dropout does not matter, the trials of a column of the grid have one loss", holds: (shot) =>
      shot.matters > 0 || shot.searches[0].every(({ loss }, k, all) =>
        Math.abs(loss - all[k - k % shot.side].loss) < 1e-9) },
  ],
});
