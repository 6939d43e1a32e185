import { Generator, grad, linalg, nn, randn, stack, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const UNITS = 24, EXAMPLES = 4, STEPS = 30, FULL = 4;
/** Spectral radii, the largest first: rows of the picture. */
const RADII: readonly number[] = Array.from({ length: 21 }, (_, i) => Math.round(150 - 5 * i) / 100);
const MATRICES = ["orthogonal", "random"] as const;
type Matrix = (typeof MATRICES)[number];

interface State {
  readonly tanh: boolean; readonly matrix: Matrix;
  /** log10 of the gradient's size k steps before the end, relative to the end: [radius][k]. */
  readonly sizes: readonly (readonly number[])[];
  row: number; back: number;
}
/** Matrices (R, H, H) that differ only by a factor: the spectral radius. */
async function matrices(kind: Matrix, generator: Generator): Promise<Tensor> {
  const shape = [UNITS, UNITS];
  const base = kind === "orthogonal" ? nn.init.orthogonal(shape, 1, { generator }) : randn(shape, { generator });
  const parts = await linalg.eig(base)[0].data();
  const radius = Math.max(...Array.from({ length: UNITS }, (_, i) => Math.hypot(parts[2 * i], parts[2 * i + 1])));
  return stack(RADII.map((wanted) => base.mul(wanted / radius)));
}
/** Runs all networks at once over their inputs, and walks back from a random reading of the last state. */
async function measure(tanh: boolean, kind: Matrix, loudness: number, seed: number): Promise<number[][]> {
  const generator = new Generator(seed), weights = await matrices(kind, generator), count = RADII.length;
  const read = randn([1, EXAMPLES, UNITS], { generator });
  const start = await randn([1, EXAMPLES, UNITS], { generator }).expand([count, EXAMPLES, UNITS]).data();
  const states = [tensor(Float32Array.from(start, (v) => 0.1 * v), { shape: [count, EXAMPLES, UNITS],
    requiresGrad: true })];
  for (let t = 0; t < STEPS; t++) {
    const sum = states[t].matmul(weights).add(randn([1, EXAMPLES, UNITS], { generator }).mul(loudness));
    states.push(tanh ? sum.tanh() : sum);
  }
  const slopes = grad(states[STEPS].mul(read).sum(), states);
  const squares = await stack(slopes.map((slope) => slope!.square().mean([1, 2]))).data();
  return RADII.map((_, r) => Array.from({ length: STEPS + 1 }, (__, k) =>
    0.5 * Math.log10(squares[(STEPS - k) * count + r] / squares[STEPS * count + r])));
}

interface Layout { readonly heat: Plot; readonly curve: Plot; readonly height: number }
const DECADES: Pair = [-10, 6];
function layout(width: number): Layout {
  const { at: [a, b], height } = panels(width, { shares: [1.25, 1], height: 400, heights: [390, 290], narrow: 620 });
  const heat = plot({ left: a.x + 34, top: a.y + 50, width: a.w - 44, height: 290, x: [-0.5, STEPS + 0.5],
    y: [0.475, 1.525], xLabel: "steps back in time", yLabel: "spectral radius of the recurrent weights", yTicks: 5 });
  const curve = plot({ left: b.x + 40, top: b.y + 50, width: b.w - 50, height: b.h - 100 - (height > 400 ? 0 : 10),
    x: [0, STEPS], y: DECADES, xLabel: "steps back in time", yLabel: "size, as a power of ten", zero: true,
    yTicks: 8 });
  return { heat, curve, height };
}
const times = (size: number): string => (Math.abs(size) < 2 ? fixed(10 ** size, 3) : `10 to the ${fixed(size, 1)}`);

export default defineFigure({
  id: "time-heat",
  title: "What comes back from the end",
  question: "How much of a gradient is left after it has walked back through the steps?",
  params: {
    activation: { kind: "choice", label: "activation", value: "tanh", choices: ["tanh", "none"] },
    matrix: { kind: "choice", label: "recurrent weights", value: "orthogonal", choices: MATRICES },
    loudness: { kind: "number", label: "size of the inputs", value: 0.1, min: 0, max: 2, step: 0.1 },
  },
  async init({ activation, matrix, loudness }, seed): Promise<State> {
    const tanh = activation === "tanh";
    return { tanh, matrix, sizes: await measure(tanh, matrix, loudness, seed), row: 12, back: 0 };
  },
  step(state) {
    state.back++;
    return state;
  },
  done: ({ back }) => back >= STEPS,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { heat } = layout(action.width);
    state.back = Math.round(heat.x.invert(action.x));
    state.row = clamp(Math.round((1.5 - heat.y.invert(action.y)) / 0.05), [0, RADII.length - 1]);
    state.back = clamp(state.back, [0, STEPS]);
    return state;
  },
  snapshot: ({ tanh, matrix, sizes, row, back }) => ({ tanh, matrix, row, back, sizes: sizes.map((own) => [...own]) }),

  view({ sizes, row, back }, { width }: Frame): Scene {
    const { heat, curve, height } = layout(width), marks: Mark[] = [...heat.marks, ...curve.marks];
    marks.push({ kind: "cells", x: heat.left, y: heat.top, w: heat.right - heat.left, h: heat.bottom - heat.top,
      rows: RADII.length, columns: STEPS + 1, values: sizes.flat(), scale: FULL });
    const radius = RADII[row], own = sizes[row], cell = (heat.right - heat.left) / (STEPS + 1), y = heat.y(radius);
    const tall = (heat.bottom - heat.top) / RADII.length;
    marks.push({ kind: "box", x: heat.left, y: y - tall / 2, w: heat.right - heat.left, h: tall, fill: "none",
      stroke: "ink", width: 2 });
    marks.push({ kind: "disc", x: heat.x(back), y, r: Math.max(8, cell / 2), fill: "mark", stroke: "ink", width: 2,
      handle: { id: "spot", label: `radius ${fixed(radius, 2)}, ${back} steps back`, drag: "xy",
        step: Math.round(cell) } });
    marks.push({ kind: "text", x: heat.left, y: heat.top - 26, size: 13, fill: "ink-2",
      text: width < 420 ? "solid: grown, hatched: shrunk" : "solid: larger than at the end, hatched: smaller" });
    const drawn = (list: readonly number[]): Pair[] => list.map((size, k) => [k, clamp(size, DECADES)]);
    marks.push(...path(curve, drawn(own.map((_, k) => k * Math.log10(radius))), { stroke: "ink-3", width: 1.5,
      dash: [4, 4] }), ...path(curve, drawn(own), { stroke: "series-1", width: 2.5 }));
    const at = curve.point(back, clamp(own[back], DECADES));
    marks.push({ kind: "disc", x: at[0], y: at[1], r: 6, fill: "mark", stroke: "ink", width: 2 });
    marks.push({ kind: "text", x: curve.left, y: curve.top - 26, size: 13, fill: "ink-2",
      text: `radius ${fixed(radius, 2)}; dashed: its powers` });
    return { width, height, marks };
  },
  describe({ sizes, row, back }) {
    const own = sizes[row], last = `${STEPS} steps back it is ${times(own[STEPS])} of what it was at the end`;
    if (back === 0) return `Spectral radius ${fixed(RADII[row], 2)}: ${last}. Step to walk back with it.`;
    return `Spectral radius ${fixed(RADII[row], 2)}: the step from ${back - 1} to ${back} steps back multiplies the ` +
      `gradient by ${fixed(10 ** (own[back] - own[back - 1]), 3)}; ${times(own[back])} of it is left. ${last}.`;
  },
  table: ({ sizes }) => ({ head: ["radius", "10 steps back", "20 steps back", "30 steps back"],
    rows: sizes.map((own, r) => [fixed(RADII[r], 2), ...[10, 20, 30].map((k) => times(own[k]))]) }),
  invariants: [
    { name: "orthogonal weights without an activation multiply by the radius", holds: ({ tanh, matrix, sizes }) =>
      tanh || matrix !== "orthogonal" || sizes.every((own, r) => own.every((size, k) =>
        Math.abs(size - k * Math.log10(RADII[r])) < 1e-3)) },
    { name: "tanh behind orthogonal weights lets no more through than the radius", holds: ({ tanh, matrix, sizes }) =>
      !tanh || matrix !== "orthogonal" || sizes.every((own, r) => own.every((size, k) => k === 0
        || size - own[k - 1] <= Math.log10(RADII[r]) + 1e-3)) },
    { name: "at the end the gradient is itself", holds: ({ sizes }) => sizes.every(([end]) => Math.abs(end) < 1e-6) },
  ],
  cell: () => [
    'import { grad, nn, randn, tensor } from "gradus";',
    "",
    "const weight = nn.init.orthogonal([24, 24], 0.9);      // spectral radius 0.9",
    "const first = tensor(randn([1, 24]).dataSync(), { shape: [1, 24], requiresGrad: true });",
    "let h = first;",
    "for (let t = 0; t < 30; t++) h = h.matmul(weight).tanh();",
    "const read = randn([1, 24]), [slope] = grad(h.mul(read).sum(), [first]);",
    "slope.square().sum().div(read.square().sum()).sqrt();   // what is left of the gradient",
  ].join("\n"),
});
