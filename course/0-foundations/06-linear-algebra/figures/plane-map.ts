import { linalg, tensor } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { clip } from "@gradus/lessons/draw/clip";
import { colourOf, fixed, signOf } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";

const PLANE: Pair = [-3, 3], MOST = 16;
/** Where the two unit arrows go. */
const MAPS = {
  "stretch and lean": [[1.6, 0.4], [0.8, 1.2]],
  "quarter turn": [[0, 1], [-1, 0]],
  "shear": [[1, 0], [1, 1]],
  "mirror": [[1, 0], [0, -1]],
  "flatten": [[1.2, 0.6], [0.8, 0.4]],
} as const;

interface Eigen { readonly value: number; readonly vector: Pair }
interface State {
  columns: readonly [Pair, Pair];
  det: number; trace: number;
  /** Real eigenvalues with their directions, the largest magnitude first; a complex pair leaves none. */
  eigen: readonly Eigen[];
  /** Real and imaginary part of the first eigenvalue. */
  first: Pair;
  /** The arrow of power iteration, where the map sends it, and where it has been. */
  v: Pair; image: Pair; trail: Pair[];
  readonly lines: boolean;
}

/** What follows from the matrix, by the library. */
function mapped(columns: State["columns"], v: Pair, trail: readonly Pair[], lines: boolean): State {
  const [[a, c], [b, d]] = columns, matrix = tensor([[a, b], [c, d]]);
  const [values, vectors] = linalg.eig(matrix).map((t) => t.dataSync());
  const real = Math.abs(values[1]) < 1e-6;
  const eigen = !real ? [] : [0, 1].map((i): Eigen => ({ value: values[2 * i],
    vector: [vectors[2 * i], vectors[4 + 2 * i]] }));
  eigen.sort((p, q) => Math.abs(q.value) - Math.abs(p.value));
  const image = matrix.matmul(tensor([...v])).dataSync();
  return { columns, det: linalg.det(matrix).itemSync(), trace: a + d, eigen, first: [values[0], values[1]], v,
    image: [image[0], image[1]], trail: [...trail], lines };
}
const START: Pair = [Math.cos(1.9), Math.sin(1.9)];
const begin = (columns: State["columns"], lines: boolean): State => mapped(columns, START, [START], lines);

interface Layout { readonly plane: Plot; readonly x: number; readonly y: number; readonly w: number;
readonly height: number; readonly stacked: boolean }
function layout(width: number): Layout {
  const { at: [left, right], height, stacked } = panels(width, { shares: [1.15, 0.85],
    height: Math.min(470, width * 0.53), heights: [width - 8, 306], narrow: 620 });
  const side = Math.min(left.w - 26, left.h - 40);
  return { plane: plot({ left: left.x + 24, top: left.y + 14, width: side, height: side, x: PLANE, y: PLANE,
    zero: true, xTicks: 6, yTicks: 6 }), x: right.x, y: right.y + (stacked ? 26 : 40), w: Math.min(right.w, 350),
  height: height + 14, stacked };
}
const round = (v: number): number => Math.round(v * 10) / 10;

export default defineFigure({
  id: "plane-map",
  title: "A matrix moves the plane",
  question: "Two arrows decide where every point goes. Which points stay on their own line?",
  params: {
    map: { kind: "choice", label: "map", value: "stretch and lean",
      choices: Object.keys(MAPS) as (keyof typeof MAPS)[] },
    lines: { kind: "flag", label: "show eigenvectors", value: false },
  },
  init: ({ map, lines }): State => begin(MAPS[map], lines),
  step(state) {
    const long = Math.hypot(...state.image);
    if (long < 1e-6) return { ...state, trail: [...state.trail, state.v] };
    const next: Pair = [state.image[0] / long, state.image[1] / long];
    return mapped(state.columns, next, [...state.trail, next], state.lines);
  },
  done: ({ trail }) => trail.length > MOST,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { plane } = layout(action.width);
    const to: Pair = [round(plane.x.invert(action.x)), round(plane.y.invert(action.y))];
    if (action.id === "v") {
      const long = Math.hypot(...to);
      if (long < 0.2) return state;
      const unit: Pair = [to[0] / long, to[1] / long];
      return mapped(state.columns, unit, [unit], state.lines);
    }
    return begin(action.id === "e1" ? [to, state.columns[1]] : [state.columns[0], to], state.lines);
  },
  snapshot: (state): State => ({ ...state, trail: [...state.trail] }),

  view(shot, { width }: Frame): Scene {
    const { plane, x, y, w, height } = layout(width), { columns, det, eigen, first, v, image, trail } = shot;
    const [e1, e2] = columns, origin = plane.point(0, 0), sign = signOf(det), marks: Mark[] = [...plane.marks];
    const send = ([p, q]: Pair): Pair => [p * e1[0] + q * e2[0], p * e1[1] + q * e2[1]];
    for (let k = -4; k <= 4; k++) {
      if (k === 0) continue;
      for (const ends of [[[k, -4], [k, 4]], [[-4, k], [4, k]]] as const) {
        marks.push(...path(plane, samples(send(ends[0]), send(ends[1])), { stroke: "ink-3", width: 0.7,
          opacity: 0.45 }));
      }
    }
    const square = [[0, 0], e1, send([1, 1]), e2] as const;
    const seen = inside(square);
    if (seen.length > 2 && sign !== 0) {
      marks.push({ kind: "line", closed: true, points: seen.map((p) => plane.point(...p)), fill: colourOf(det),
        stroke: colourOf(det), width: 1.5, opacity: 0.28, hatch: sign < 0, title: `area ${fixed(Math.abs(det))}` });
    }
    const ring = Array.from({ length: 97 }, (_, i): Pair => [Math.cos(i * Math.PI / 48), Math.sin(i * Math.PI / 48)]);
    marks.push(...path(plane, ring, { stroke: "ink-3", width: 1, dash: [2, 3] }),
      ...path(plane, ring.map(send), { stroke: "ink-2", width: 1.6 }));
    if (shot.lines) {
      for (const { vector: [p, q] } of eigen) {
        const far = 3 / Math.max(Math.abs(p), Math.abs(q));
        marks.push({ kind: "line", points: [plane.point(-p * far, -q * far), plane.point(p * far, q * far)],
          stroke: "series-2", width: 2, dash: [9, 5] });
      }
    }
    for (const past of trail.slice(0, -1)) {
      const [px, py] = plane.point(...past);
      marks.push({ kind: "disc", x: px, y: py, r: 2.5, fill: "ink-2", opacity: 0.6 });
    }
    const arrow = (to: Pair, style: Partial<Mark>): void => {
      const [end] = path(plane, [[0, 0], to], {});
      const points = end?.kind === "line" ? end.points : [origin, plane.point(...to)];
      marks.push({ kind: "line", points, ...style, arrow: true } as Mark);
    };
    arrow(image, { stroke: "ink-2", width: 2, dash: [5, 4] });
    arrow(v, { stroke: "mark", width: 8 });
    arrow(v, { stroke: "ink", width: 1.6 });
    arrow(e1, { stroke: "ink", width: 3 });
    arrow(e2, { stroke: "ink", width: 3 });
    const handles = [["v", v, "x, one long"], ["e1", e1, "where (1, 0) goes"], ["e2", e2,
      "where (0, 1) goes"]] as const;
    handles.forEach(([id, at, label]) => {
      const [px, py] = plane.point(...at);
      marks.push({ kind: "disc", x: px, y: py, r: 8, fill: id === "v" ? "mark" : "plate", stroke: "ink", width: 2,
        handle: { id, label: `${label}: ${fixed(at[0])} across and ${fixed(at[1])} up`, drag: "xy", step: 8 } });
      const long = Math.hypot(...at) || 1, out = id === "v" ? 20 : 22;
      const tx = Math.min(plane.right - 16, Math.max(plane.left + 16, px + out * at[0] / long));
      const ty = Math.min(plane.bottom - 6, Math.max(plane.top + 16, py - out * at[1] / long + 5));
      marks.push({ kind: "text", x: tx, y: ty, text: id === "v" ? "x" : id === "e1" ? "a₁" : "a₂", role: "symbol",
        anchor: "middle", size: 16, bold: true });
    });

    marks.push({ kind: "text", x, y, text: "the matrix: its columns are the two arrows", size: 13, fill: "ink-2" });
    const top = y + 12, cell = 58;
    for (const [side, inward] of [[x + 2, 7], [x + 2 * cell + 14, -7]] as const) {
      marks.push({ kind: "line", stroke: "ink", width: 1.8, points: [[side + inward, top], [side, top],
        [side, top + 54], [side + inward, top + 54]] });
    }
    columns.forEach((column, j) => column.forEach((value, i) => {
      marks.push({ kind: "text", x: x + 8 + (j + 0.78) * cell, y: top + 21 + 25 * i, text: fixed(value, 1),
        role: "number", anchor: "end", size: 15.5, fill: colourOf(value, 1) });
    }));
    const row = (at: number, name: string, value: string, fill: Colour = "ink"): void => {
      marks.push({ kind: "text", x, y: y + at, text: name, size: 13.5, fill: "ink-2" },
        { kind: "text", x: x + w, y: y + at, text: value, role: "number", anchor: "end", size: 14.5, fill });
    };
    row(98, "determinant (area, with its side)", fixed(det), colourOf(det));
    row(124, "trace", fixed(shot.trace), colourOf(shot.trace));
    if (eigen.length > 0) {
      row(150, "eigenvalues", eigen.map(({ value }) => fixed(value)).join(" and "));
    } else row(150, "eigenvalues", `${fixed(first[0])} ± ${fixed(Math.abs(first[1]))} i`);
    marks.push({ kind: "line", points: [[x, y + 166], [x + w, y + 166]], stroke: "hair", width: 1 });
    row(190, "x", `(${fixed(v[0])}, ${fixed(v[1])})`);
    row(214, "Ax, dashed", `(${fixed(image[0])}, ${fixed(image[1])})`);
    row(238, "x · Ax", fixed(rayleigh(shot), 3), colourOf(rayleigh(shot), 3));
    marks.push({ kind: "text", x, y: y + 264, size: 13, fill: "ink-2",
      text: `step ${trail.length - 1}: x becomes Ax, made one long` });
    return { width, height, marks };
  },
  describe(shot) {
    const { det, eigen, first, trail, v } = shot;
    const what = eigen.length === 0
      ? `Its eigenvalues are ${fixed(first[0])} plus and minus ${fixed(Math.abs(first[1]))} i: no direction stays.`
      : `Its eigenvalues are ${eigen.map(({ value }) => fixed(value)).join(" and ")}.`;
    const turned = trail.length === 1 ? "" : ` After ${trail.length - 1} steps x points along (${fixed(v[0])}, ` +
      `${fixed(v[1])}), and x · Ax is ${fixed(rayleigh(shot), 3)}.`;
    return `The unit square becomes a parallelogram of area ${fixed(Math.abs(det))}` +
      `${det < -0.005 ? ", turned over" : ""}. ${what}${turned}`;
  },
  table: ({ columns: [[a, c], [b, d]], det, trail }) => ({ head: ["", "first", "second"], rows: [
    ["row 1", fixed(a, 1), fixed(b, 1)], ["row 2", fixed(c, 1), fixed(d, 1)],
    ["determinant", fixed(det, 3), ""], ...trail.map((p, i) => [`x ${i}`, fixed(p[0], 3), fixed(p[1], 3)])] }),
  invariants: [
    { name: "the area of the parallelogram, by the shoelace formula, is the magnitude of the determinant",
      holds: ({ columns: [e1, e2], det }) => Math.abs(e1[0] * e2[1] - e1[1] * e2[0] - det) < 1e-4 * scaleOf(e1, e2) },
    { name: "the map only stretches its eigenvectors", holds: ({ columns: [e1, e2], eigen }) =>
      eigen.every(({ value, vector: [p, q] }) => Math.hypot(p * e1[0] + q * e2[0] - value * p,
        p * e1[1] + q * e2[1] - value * q) < 2e-3 * scaleOf(e1, e2)) },
    { name: "the eigenvalues add up to the trace and multiply to the determinant", holds:
      ({ columns, eigen, det, trace }) => eigen.length === 0
      || (Math.abs(eigen[0].value + eigen[1].value - trace) < 1e-3 * scaleOf(...columns)
        && Math.abs(eigen[0].value * eigen[1].value - det) < 1e-3 * scaleOf(...columns)) },
    { name: "x stays one long", holds: ({ v }) => Math.abs(Math.hypot(...v) - 1) < 1e-5 },
  ],
  cell: ({ map }) => `import { tensor, linalg } from "gradus";\n\nconst a = tensor(${
    JSON.stringify([0, 1].map((i) => MAPS[map].map((column) => column[i])))});\nconst [values] = linalg.eig(a); ` +
    "// real and imaginary parts\nconsole.log(\"determinant\", linalg.det(a).itemSync());\nvalues;",
});

/** The Rayleigh quotient of the arrow, which is one long. */
const rayleigh = ({ v, image }: Pick<State, "v" | "image">): number => v[0] * image[0] + v[1] * image[1];
const scaleOf = (a: Pair, b: Pair): number => 1 + a[0] ** 2 + a[1] ** 2 + b[0] ** 2 + b[1] ** 2;
/** Points along a segment, close enough that what leaves the plot is cut well. */
const samples = ([x0, y0]: Pair, [x1, y1]: Pair): Pair[] =>
  Array.from({ length: 41 }, (_, i) => [x0 + (x1 - x0) * i / 40, y0 + (y1 - y0) * i / 40]);
/** The part of a convex polygon that lies in the plot. */
const inside = (polygon: readonly Pair[]): Pair[] => ([[1, 0], [-1, 0], [0, 1], [0, -1]] as const)
  .reduce<Pair[]>((left, [a, b]) => clip(left, a, b, PLANE[1]), [...polygon]);
