import { tensor, type Tensor } from "gradus";
import { loadDigits } from "gradus/data";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { placeOf, sizeOf, written, type Shape } from "../shapes.ts";

const SHAPE: Shape = [12, 8, 8], INK = 16;
const AXES = { "0, the pictures": 0, "1, the rows": 1, "2, the columns": 2 } as const;
const WHAT = ["picture", "row", "column"] as const;
const REDUCTIONS = {
  mean: (x: Tensor, axis: number, keepdim: boolean): Tensor => x.mean([axis], { keepdim }),
  sum: (x: Tensor, axis: number, keepdim: boolean): Tensor => x.sum([axis], { keepdim }),
  max: (x: Tensor, axis: number, keepdim: boolean): Tensor => x.amax([axis], { keepdim }),
};
type Name = keyof typeof REDUCTIONS;

interface State {
  /** [12, 8, 8]: twelve pictures of one digit, ink from 0 to 16, in reading order. */
  readonly ink: readonly number[];
  readonly axis: number; readonly name: Name; readonly keepdim: boolean;
  /** How many slices along the axis are in. */
  slices: number;
  /** The place of the result that is looked at. */
  chosen: number;
}
const resultShape = (axis: number): Shape => SHAPE.filter((_, i) => i !== axis);
/** The numbers that one place of the result is made of. */
function operands({ ink, axis, slices, chosen }: Pick<State, "ink" | "axis" | "slices" | "chosen">): number[] {
  const place = placeOf(chosen, resultShape(axis));
  return Array.from({ length: slices }, (_, k) => {
    const [p, r, c] = [...place.slice(0, axis), k, ...place.slice(axis)];
    return ink[(p * SHAPE[1] + r) * SHAPE[2] + c];
  });
}
const plainly: { readonly [K in Name]: (values: readonly number[]) => number } = {
  mean: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  sum: (values) => values.reduce((a, b) => a + b, 0),
  max: (values) => Math.max(...values),
};

interface Layout { readonly across: number; readonly side: number; readonly gap: number; readonly x: number;
readonly y: number; readonly result: number; readonly height: number; readonly narrow: boolean }
function layout(width: number, axis: number): Layout {
  const narrow = width < 600, across = narrow ? 4 : 3, gap = 8, room = narrow ? width - 28 : Math.min(480, width * 0.5);
  const side = Math.floor((room - (across - 1) * gap) / across), rows = 12 / across;
  const bottom = 44 + rows * (side + gap);
  const result = narrow ? Math.min(width - 28, 240) : Math.min(width - 28 - room - 40, 300);
  const x = narrow ? 14 : 14 + room + 40, y = narrow ? bottom + 42 : 44;
  const tall = axis === 0 ? result : result * 12 / 8;
  return { narrow, across, side, gap, x, y, result, height: Math.max(bottom, y + tall + 74) };
}

export default defineFigure({
  id: "reduce-digits",
  title: "An axis disappears",
  question: "Twelve pictures, one axis to give up. What is left?",
  params: {
    digit: { kind: "choice", label: "digit", value: "3", choices: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] },
    axis: { kind: "choice", label: "axis", value: "0, the pictures",
      choices: Object.keys(AXES) as (keyof typeof AXES)[] },
    name: { kind: "choice", label: "reduction", value: "mean", choices: Object.keys(REDUCTIONS) as Name[] },
    keepdim: { kind: "flag", label: "keepdim", value: false },
  },
  async init({ digit, axis, name, keepdim }, seed): Promise<State> {
    const { features, labels } = await loadDigits();
    const own = [...labels.keys()].filter((i) => labels[i] === Number(digit));
    const ink = Array.from({ length: SHAPE[0] }, (_, k) => {
      const row = own[(seed * 12 + k) % own.length];
      return Array.from(features.subarray(64 * row, 64 * row + 64));
    }).flat();
    return { ink, axis: AXES[axis], name, keepdim, slices: 1, chosen: AXES[axis] === 0 ? 27 : 3 };
  },
  step: (state) => ({ ...state, slices: state.slices + 1 }),
  done: ({ slices, axis }) => slices >= SHAPE[axis],
  act: (state, action) => (action.type !== "press" || !action.id.includes(":") ? state
    : { ...state, chosen: Number(action.id.split(":")[1]) }),
  snapshot(state) {
    const { ink, axis, name, keepdim, slices } = state;
    const made = REDUCTIONS[name](tensor([...ink], { shape: [...SHAPE] }).narrow(axis, 0, slices), axis, keepdim);
    return { ...state, shape: [...made.shape], result: Array.from(made.dataSync()), operands: operands(state) };
  },

  view(shot, { width }: Frame): Scene {
    const { ink, axis, name, slices, chosen, result, shape } = shot;
    const { narrow, across, side, gap, x, y, result: size, height } = layout(width, axis), marks: Mark[] = [];
    const pixel = side / 8, done = slices >= SHAPE[axis], above: Mark[] = [];
    marks.push({ kind: "text", x: 14, y: 26, text: `x, of shape ${written(SHAPE)}`, role: "code", size: 14,
      bold: true });
    const place = placeOf(chosen, resultShape(axis));
    for (let p = 0; p < SHAPE[0]; p++) {
      const px = 14 + p % across * (side + gap), py = 44 + Math.floor(p / across) * (side + gap);
      const inside = axis !== 0 || p < slices, now = axis === 0 && p === slices - 1;
      marks.push({ kind: "cells", x: px, y: py, w: side, h: side, rows: 8, columns: 8, picture: true, scale: INK,
        values: ink.slice(64 * p, 64 * p + 64), opacity: inside ? 1 : 0.3, title: `picture ${p}` });
      const frame = (fx: number, fy: number, w: number, h: number, strong: boolean): Mark => ({ kind: "box",
        x: fx, y: fy, w, h, fill: "none", stroke: strong ? "ink" : "ink-3", width: strong ? 2.6 : 1 });
      if (axis === 0) above.push(frame(px, py, side, side, now));
      else {
        above.push(frame(px, py, side, side, false));
        // What is in so far, and the slice that came last.
        const from = (slices - 1) * pixel, rest = side - slices * pixel;
        if (rest > 0.5) {
          marks.push({ kind: "box", x: axis === 1 ? px : px + slices * pixel, y: axis === 1 ? py + slices * pixel : py,
            w: axis === 1 ? side : rest, h: axis === 1 ? rest : side, fill: "plate", opacity: 0.7 });
        }
        above.push(axis === 1 ? frame(px, py + from, side, pixel, true) : frame(px + from, py, pixel, side, true));
      }
      // The numbers behind the chosen place.
      const [r0, c0] = axis === 0 ? place : axis === 1 ? [-1, place[1]] : [place[1], -1];
      if (axis === 0 ? inside : p === place[0]) {
        above.push({ kind: "box", x: px + Math.max(0, c0) * pixel, y: py + Math.max(0, r0) * pixel,
          w: c0 < 0 ? slices * pixel : pixel, h: r0 < 0 ? slices * pixel : pixel, fill: "mark", opacity: 0.55 },
        { kind: "box", x: px + Math.max(0, c0) * pixel, y: py + Math.max(0, r0) * pixel,
          w: c0 < 0 ? slices * pixel : pixel, h: r0 < 0 ? slices * pixel : pixel, fill: "none", stroke: "ink",
          width: 1.6 });
      }
    }
    marks.push(...above);
    const [rows, columns] = resultShape(axis), cell = size / 8;
    marks.push({ kind: "text", x, y: y - 18, role: "code", size: 14, bold: true,
      text: `x.${name === "max" ? "amax" : name}([${axis}]): ${written(shape)}` });
    marks.push({ kind: "cells", x, y, w: size, h: rows * cell, rows, columns, values: result, picture: true,
      scale: name === "sum" ? INK * SHAPE[axis] : INK, pressCells: true,
      handle: { id: "place", label: "number of the result", press: true } });
    const [r, c] = [Math.floor(chosen / columns), chosen % columns];
    marks.push({ kind: "box", x: x + c * cell, y: y + r * cell, w: cell, h: cell, fill: "none", stroke: "plate",
      width: 5 }, { kind: "box", x: x + c * cell, y: y + r * cell, w: cell, h: cell, fill: "none", stroke: "mark",
      width: 3 }, { kind: "box", x: x + c * cell - 2, y: y + r * cell - 2, w: cell + 4, h: cell + 4, fill: "none",
      stroke: "ink", width: 1.5 });
    marks.push({ kind: "text", x, y: y + rows * cell + 26, size: 14, role: "number",
      text: `place ${written(place)}: ${fixed(result[chosen], name === "mean" ? 2 : 0)}` },
    { kind: "text", x, y: y + rows * cell + 48, size: 13, fill: "ink-2",
      text: `${slices} of ${SHAPE[axis]} ${WHAT[axis]}s in${done || narrow ? "" : "; press step"}` });
    return { width, height, marks };
  },
  describe({ axis, name, slices, chosen, result, operands: parts, shape, ink }) {
    const place = placeOf(chosen, resultShape(axis)), list = parts.map((v) => fixed(v, 0));
    const [value, total] = [fixed(result[chosen], name === "mean" ? 2 : 0), fixed(ink.reduce((a, b) => a + b, 0), 0)];
    const how = name === "max" ? `the largest of ${list.join(", ")} is ${value}`
      : `${list.join(" + ")}${name === "mean" && slices > 1 ? `, divided by ${slices},` : ""} = ${value}`;
    return `${slices} of ${SHAPE[axis]} ${WHAT[axis]}s are in; the result has shape ${written(shape)}, ` +
      `${sizeOf(shape)} numbers out of ${sizeOf(SHAPE)} (their sum is ${total}). At place ${written(place)}: ${how}.`;
  },
  table: ({ result, axis }) => {
    const [rows, columns] = resultShape(axis);
    return { head: ["", ...Array.from({ length: columns }, (_, i) => `${i}`)], rows: Array.from({ length: rows },
      (_, i) => [`${i}`, ...result.slice(i * columns, (i + 1) * columns).map((v) => fixed(v, 2))]) };
  },
  invariants: [
    { name: "the axis is gone from the shape, or kept with size 1", holds: ({ shape, axis, keepdim }) => String(shape)
      === String(keepdim ? SHAPE.map((size, i) => (i === axis ? 1 : size)) : resultShape(axis)) },
    { name: "the chosen number is what a loop over its operands gives", holds: ({ name, operands: parts, result,
      chosen }) => Math.abs(plainly[name](parts) - result[chosen]) < 1e-3 },
    { name: "sums keep all ink: they add up to the ink of the slices", holds: ({ name, ink, axis, slices, result }) =>
      name !== "sum" || slices < SHAPE[axis] || Math.abs(plainly.sum(result) - plainly.sum(ink)) < 0.01 },
  ],
  cell: ({ digit, axis, name, keepdim }) => `import { tensor } from "gradus";
import { loadDigits } from "gradus/data";

const { features, labels } = await loadDigits();
const own = [...labels.keys()].filter((i) => labels[i] === ${digit}).slice(0, 12);
const x = tensor(features, { shape: [1797, 8, 8] }).indexSelect(0, tensor(own, { dtype: "i32" }));
x.${name === "max" ? "amax" : name}([${AXES[axis]}]${keepdim ? ", { keepdim: true }" : ""});
`,
});
