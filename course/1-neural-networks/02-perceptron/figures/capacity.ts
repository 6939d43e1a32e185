import { Generator, rand, randn } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { path, plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";

const MOST = 60, POINTS = 17, RATIO: Pair = [0, 4];

/**
 * Whether some w has w·z > 0 for every row z: whether the point of the rows' hull nearest to zero is not zero itself.
 * Each
 * turn moves weight from the most aligned row in use to the least aligned one. A w that answers all rows ends it at
 * once.
 * Source: Mitchell, Demyanov, Malozemov, "Finding the point of a polyhedron closest to the origin", SIAM J. Control
 * 1974.
 */
function separable(rows: readonly Float64Array[]): boolean {
  const n = rows[0].length, share = new Float64Array(rows.length), w = Float64Array.from(rows[0]);
  share[0] = 1;
  const dot = (z: Float64Array): number => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += w[k] * z[k];
    return sum;
  };
  for (let turn = 0; turn < 4000; turn++) {
    let low = 0, high = -1, least = Infinity, most = -Infinity;
    rows.forEach((z, i) => {
      const s = dot(z);
      if (s < least) [least, low] = [s, i];
      if (share[i] > 0 && s > most) [most, high] = [s, i];
    });
    if (least > 0) return true;
    let length = 0, size = 0;
    for (let k = 0; k < n; k++) {
      length += (rows[low][k] - rows[high][k]) ** 2;
      size += w[k] * w[k];
    }
    if (size < 1e-7 || length === 0) return false;
    const move = Math.min(share[high], (most - least) / length);
    share[high] -= move;
    share[low] += move;
    for (let k = 0; k < n; k++) w[k] += move * (rows[low][k] - rows[high][k]);
  }
  return false;
}

/** Share of the 2^p labellings of p points in general position that n weights can produce. Cover 1965. */
function cover(p: number, n: number): number {
  // Half the row p - 1 of Pascal's triangle, in shares of 2^(p-1): it stays small where the counts would not.
  let term = 2 ** -(p - 1), sum = 0;
  for (let k = 0; k < Math.min(n, p); k++) {
    sum += term;
    term *= (p - 1 - k) / (k + 1);
  }
  return Math.min(1, sum);
}

interface State {
  readonly n: number;
  readonly generator: Generator;
  rounds: number;
  /** For each number of patterns: how many labellings could be learned. */
  counts: { readonly patterns: number; readonly learned: number }[];
}

export default defineFigure({
  id: "capacity",
  title: "How much one unit can hold",
  question: "Give random patterns random labels. How many until no weights can tell them apart?",
  params: {
    n: { kind: "number", label: "weights", value: 10, min: 2, max: 24, step: 1, weight: true },
    batch: { kind: "choice", label: "labellings a step", value: "4", choices: ["1", "4", "10"] },
  },
  init({ n }, seed): State {
    const patterns = [...new Set(Array.from({ length: POINTS }, (_, i) =>
      Math.max(1, Math.round(n * (0.25 + 3.75 * i / (POINTS - 1))))))];
    return { n, generator: new Generator(seed), rounds: 0, counts: patterns.map((p) => ({ patterns: p, learned: 0 })) };
  },
  async step(state, { batch }) {
    for (let again = Number(batch); again > 0 && state.rounds < MOST; again--) {
      for (const [i, { patterns, learned }] of state.counts.entries()) {
        const x = await randn([patterns, state.n], { generator: state.generator }).data();
        const sides = await rand([patterns], { generator: state.generator }).data();
        // A labelling is right when every pattern, turned over if its label is −1, has a positive sum.
        const rows = Array.from(sides, (side, r) => Float64Array.from({ length: state.n }, (_, k) =>
          x[r * state.n + k] * (side < 0.5 ? -1 : 1)));
        state.counts[i] = { patterns, learned: learned + (separable(rows) ? 1 : 0) };
      }
      state.rounds++;
    }
    return state;
  },
  done: ({ rounds }) => rounds >= MOST,
  snapshot: ({ n, rounds, counts }) => ({ n, rounds, counts: [...counts] }),

  view({ n, rounds, counts }, { width }: Frame): Scene {
    const height = width < 560 ? 330 : 390, right = 24;
    const on = plot({ left: 52, top: 34, width: width - 52 - right, height: height - 84, x: RATIO, y: [0, 1.04],
      xLabel: "patterns for each weight", yLabel: "share of labellings that can be learned", xTicks: 8, yTicks: 5 });
    const marks: Mark[] = [...on.marks];
    marks.push({ kind: "line", points: [on.point(2, 0), on.point(2, 1.04)], stroke: "ink-3", width: 1, dash: [3, 4] });
    marks.push({ kind: "text", x: on.x(2) + 8, y: on.y(0.97), text: width < 560 ? "2: half"
      : "2 for each weight: half of them", size: 13, fill: "ink-2" });
    // Many weights, for comparison: the fall becomes a cliff.
    marks.push(...path(on, Array.from({ length: 799 }, (_, i) => [(i + 1) / 200, cover(i + 1, 200)] as const),
      { stroke: "ink-3", width: 1.5, dash: [2, 3] }));
    const formula = Array.from({ length: 4 * n }, (_, i) => [(i + 1) / n, cover(i + 1, n)] as const);
    marks.push(...path(on, formula, { stroke: "ink", width: 2 }));
    for (const { patterns, learned } of counts) {
      if (rounds === 0) break;
      const share = learned / rounds, spread = Math.sqrt(Math.max(share * (1 - share), 0.25 / (rounds + 4)) / rounds),
        [x, y] = on.point(patterns / n, share);
      marks.push({ kind: "line", points: [on.point(patterns / n, Math.max(0, share - spread)),
        on.point(patterns / n, Math.min(1, share + spread))],
        stroke: "ink", width: 1.5 });
      marks.push({ kind: "disc", x, y, r: 5.5, fill: "mark", stroke: "ink", width: 2,
        title: `${patterns} patterns: ${learned} of ${rounds} labellings; Cover's formula ` +
          `${fixed(cover(patterns, n), 3)}` });
    }
    const lx = on.x(2) + 10, ly = on.y(0.97) + 26;
    marks.push({ kind: "line", points: [[lx, ly - 4], [lx + 26, ly - 4]], stroke: "ink", width: 2 },
      { kind: "text", x: lx + 34, y: ly, text: `Cover, ${n} weights`, size: 13 },
      { kind: "line", points: [[lx, ly + 16], [lx + 26, ly + 16]], stroke: "ink-3", width: 1.5, dash: [2, 3] },
      { kind: "text", x: lx + 34, y: ly + 20, text: "Cover, 200 weights", size: 13 },
      { kind: "disc", x: lx + 13, y: ly + 36, r: 5, fill: "mark", stroke: "ink", width: 2 },
      { kind: "text", x: lx + 34, y: ly + 40, text: rounds === 0 ? "measured: none" : width < 560
        ? `measured: ${rounds}` : `measured, ${count(rounds, "labelling")}`, size: 13 });
    return { width, height, marks };
  },
  describe({ n, rounds, counts }) {
    if (rounds === 0) return `A unit with ${n} weights and no labelling tried yet. Cover's formula says ` +
      `${fixed(cover(2 * n, n), 3)} at ${2 * n} patterns. Press step.`;
    const near = counts.reduce((a, b) => (Math.abs(b.patterns - 2 * n) < Math.abs(a.patterns - 2 * n) ? b : a));
    return `After ${count(rounds, "labelling")} of each size: with ${near.patterns} patterns for ${n} weights ` +
      `${fixed(near.learned / rounds, 3)} could be learned (formula ${fixed(cover(near.patterns, n), 3)}).`;
  },
  table: ({ n, rounds, counts }) => ({ head: ["patterns", "for each weight", "measured", "Cover"],
    rows: counts.map(({ patterns, learned }) =>
    [String(patterns), fixed(patterns / n, 2), rounds === 0 ? "·" : fixed(learned / rounds, 3),
      fixed(cover(patterns, n), 3)]) }),
  invariants: [
    { name: "up to as many patterns as weights every labelling is learned", holds: ({ n, rounds, counts }) =>
      counts.every(({ patterns, learned }) => patterns > n || learned === rounds) },
    { name: "at twice as many patterns as weights the formula says one half", holds: ({ n }) =>
      Math.abs(cover(2 * n, n) - 0.5) < 1e-9 },
    { name: "the measurement stays within five standard errors of the formula", holds: ({ n, rounds, counts }) =>
      rounds === 0
      || counts.every(({ patterns, learned }) => {
        const p = cover(patterns, n);
        return Math.abs(learned / rounds - p) <= 5 * Math.sqrt(Math.max(p * (1 - p), 0.25 / rounds) / rounds) + 1e-9;
      }) },
  ],
  cell: ({ n }) => `const weights = ${n};\nconst share = (patterns: number): number => {\n  let term = 2 ** ` +
    `-(patterns - 1), sum = 0;\n`
    + "  for (let k = 0; k < Math.min(weights, patterns); k++) {\n    sum += term;\n    term *= (patterns - 1 - k) " +
      "/ (k + 1);\n  }\n  return sum;\n};\n\n"
    + "[0.5, 1, 1.5, 2, 3, 4].map((ratio) => share(ratio * weights));",
});
