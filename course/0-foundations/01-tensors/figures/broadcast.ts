import { ShapeError, tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { paragraph } from "@gradus/lessons/draw/text";
import { fromRight, indexOf, placeOf, sizeOf, together, written, type Shape } from "../shapes.ts";

/** Most planes, rows and columns that the canvas has room for, counted from the right. */
const MOST = [4, 4, 2];
const EXAMPLES = {
  "column and row": [[3, 1], [4]],
  "matrix and row": [[3, 4], [4]],
  "matrix and list of 3": [[3, 4], [3]],
  "matrix and number": [[3, 4], []],
  "two pictures and a column": [[2, 3, 4], [3, 1]],
} as const;

interface State {
  a: Shape; b: Shape;
  /** Axes compared, from the right; then places filled. */
  steps: number;
}
/** Tens in a, ones in b, so that a sum shows where both came from. */
const numbers = (shape: Shape, unit: number): number[] =>
  Array.from({ length: sizeOf(shape) }, (_, i) => unit * (i + 1));

interface Shot extends State {
  readonly rank: number;
  /** Of the sum, by the library; null with its message where the shapes do not fit. */
  readonly result: Shape | null; readonly sums: readonly number[]; readonly message: string;
}
function shown(state: State): Shot {
  const { a, b } = state, rank = Math.max(a.length, b.length, 1);
  try {
    const sum = tensor(numbers(a, 10), { shape: [...a] }).add(tensor(numbers(b, 1), { shape: [...b] }));
    return { ...state, rank, result: [...sum.shape], sums: Array.from(sum.dataSync()), message: "" };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    return { ...state, rank, result: null, sums: [], message: error.message };
  }
}
/** How many axes can be compared before two sizes disagree. */
function lastAxis({ a, b, rank }: Pick<Shot, "a" | "b" | "rank">): number {
  for (let axis = 1; axis <= rank; axis++) {
    const [p, q] = [fromRight(a, axis), fromRight(b, axis)];
    if (p !== q && p !== 1 && q !== 1) return axis;
  }
  return rank;
}
const last = (shot: Shot): number => (shot.result === null ? lastAxis(shot) : shot.rank + sizeOf(shot.result));

/** What comparing an axis says. */
function verdict({ a, b }: State, axis: number): string {
  const [p, q] = [fromRight(a, axis), fromRight(b, axis)];
  const missing = axis > a.length ? "a" : axis > b.length ? "b" : "";
  if (missing !== "") return `${missing} has no such axis: it counts as 1, and is stretched to ${Math.max(p, q)}`;
  if (p === q) return `${p} and ${q} are equal`;
  if (p === 1 || q === 1) return `the 1 of ${p === 1 ? "a" : "b"} is stretched to ${Math.max(p, q)}`;
  return `${p} and ${q}: neither is 1, so they do not fit`;
}

interface Block { readonly x: number; readonly y: number; readonly cell: number }
interface Layout { readonly narrow: boolean; readonly table: Pair; readonly blocks: readonly Block[];
readonly height: number }
const PLANE_GAP = 10;
const heightOf = (shape: Shape, cell: number): number =>
  fromRight(shape, 3) * (fromRight(shape, 2) * cell + PLANE_GAP) - PLANE_GAP;
function layout(width: number, { a, b, result }: Pick<Shot, "a" | "b" | "result">): Layout {
  const narrow = width < 600, cell = narrow ? 31 : Math.min(46, (width - 28 - 2 * 54) / 12);
  const top = narrow ? 250 : 206, wide = 4 * cell;
  const gap = narrow ? width - 28 - 2 * wide : Math.min(86, (width - 28 - 3 * wide) / 2);
  const tall = Math.max(...[a, b, result ?? []].map((shape) => heightOf(stretched(shape, result), cell)));
  const below = top + tall + 122;
  return { narrow, table: [14, 40], height: (narrow ? below + heightOf(result ?? [1], cell) : top + tall + 76) + 16,
    blocks: [0, 1, 2].map((i) => ({ x: 14 + (narrow ? i % 2 : i) * (wide + gap), y: narrow && i === 2 ? below : top,
      cell })) };
}
const stretched = (shape: Shape, result: Shape | null): Shape => result ?? shape;
const resize = (shape: Shape, { x, y, cell }: Block, to: Pair): Shape => shape.map((size, i) => {
  const axis = shape.length - i;
  if (axis > 2) return size;
  return clamp(Math.round((axis === 1 ? to[0] - x : to[1] - y) / cell), [1, MOST[axis - 1]]);
});

export default defineFigure({
  id: "broadcast",
  title: "Two shapes meet",
  question: "Which shapes may be added, and what comes out?",
  params: { example: { kind: "choice", label: "shapes", value: "column and row",
    choices: Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[] } },
  init: ({ example }): State => ({ a: EXAMPLES[example][0], b: EXAMPLES[example][1], steps: 0 }),
  step: (state) => ({ ...state, steps: state.steps + 1 }),
  done: (state) => state.steps >= last(shown(state)),
  act(state, action) {
    if (action.type === "drop") return state;
    const name = action.id.split(":")[0] as "a" | "b", shape = state[name];
    if (action.type === "press") {
      const drop = shape.at(-1) === 1 && shape.length > 1;
      return { ...state, [name]: drop ? shape.slice(0, -1) : shape.length < 2 ? [...shape, 1] : shape, steps: 0 };
    }
    const block = layout(action.width, shown(state)).blocks[name === "a" ? 0 : 1];
    const next = resize(shape, block, [action.x, action.y]);
    return written(next) === written(shape) ? state : { ...state, [name]: next, steps: 0 };
  },
  snapshot: shown,

  view(shot, { width }: Frame): Scene {
    const { a, b, result, sums, steps, rank } = shot, { narrow, table, blocks, height } = layout(width, shot);
    const marks: Mark[] = [], [left, top] = table, failed = result === null && steps >= lastAxis(shot);
    const size = 34, first = left + 60, compared = Math.min(steps, rank), filling = steps - rank;
    marks.push({ kind: "text", x: left, y: top - 18, text: "shapes, aligned from the right", size: 14, bold: true });
    [["a", a], ["b", b], ["a + b", result]].forEach(([label, shape], row) => {
      const y = top + row * (size + 6) - (row === 2 ? -6 : 0);
      marks.push({ kind: "text", x: left, y: y + 23, text: label as string, role: "code", size: 14, bold: true });
      for (let axis = 1; axis <= rank; axis++) {
        const x = first + (rank - axis) * (size + 8), own = shape as Shape | null, known = row < 2 || axis <= compared;
        const there = row === 2 ? known : axis <= own!.length, now = axis === steps && steps <= rank;
        const clash = failed && axis === steps;
        marks.push(...(now && !clash ? framed(x, y, size) : [{ kind: "box", x, y, w: size, h: size, fill: "plate",
          stroke: clash ? "bad" : there ? "ink" : "ink-3", width: clash ? 2.2 : 1.2,
          ...(there ? {} : { dash: [3, 3] }) } as const]));
        const text = row < 2 ? (there ? String(fromRight(own!, axis)) : "(1)") : !known ? "·" : clash ? "✗"
          : String(Math.max(fromRight(a, axis), fromRight(b, axis)));
        marks.push({ kind: "text", x: x + size / 2, y: y + 23, text, role: "number", size: 16, anchor: "middle",
          fill: clash ? "bad" : there ? "ink" : "ink-3", bold: row === 2 && known });
      }
    });
    const rule = first + rank * (size + 8) - 8;
    marks.push({ kind: "line", points: [[left, top + 2 * (size + 6)], [rule, top + 2 * (size + 6)]], stroke: "ink",
      width: 1.2 });
    marks.push(...paragraph(narrow && failed ? verdict(shot, lastAxis(shot)) : sentence(shot),
      narrow ? left : rule + 30, narrow ? top + 3 * size + 42 : top + 23, narrow ? width - 28 : width - rule - 50,
      { size: 14, fill: failed ? "bad" : "ink" }));

    const at = filling > 0 && result !== null ? filling - 1 : null;
    [a, b].forEach((shape, i) => {
      const full = filling >= 0 && result !== null ? result : shape, block = blocks[i], name = i === 0 ? "a" : "b";
      const values = numbers(shape, i === 0 ? 10 : 1), from = at === null ? -1 : indexOf(placeOf(at, result!), shape);
      marks.push(...heading(block, `${name} ${written(shape)}`));
      marks.push(...cells(full, block, (index) => {
        const place = placeOf(index, full), source = indexOf(place, shape);
        // The first copy is the tensor itself; the others are not stored anywhere.
        const real = place.every((p, k) => p === 0 || fromRight(shape, full.length - k) !== 1);
        return { text: fixed(values[source], 0), ghost: !real, now: real && source === from };
      }));
      const wide = fromRight(shape, 1) * block.cell, tall = fromRight(shape, 2) * block.cell;
      if (shape.length > 0) {
        marks.push({ kind: "disc", x: block.x + wide, y: block.y + tall, r: 8, fill: "plate", stroke: "ink", width: 2,
          handle: { id: name, label: `corner of ${name}, shape ${written(shape)}`, drag: shape.length > 1 ? "xy" : "x",
            step: block.cell } });
      }
      if (shape.length > 2) return;
      const drop = shape.at(-1) === 1 && shape.length > 1, y = block.y + heightOf(result ?? shape, block.cell) + 18;
      if (!drop && shape.length > 1) return;
      marks.push({ kind: "box", x: block.x, y, w: 4 * block.cell, h: 40, fill: "plate", stroke: "ink", width: 1.4,
        handle: { id: `${name}:axis`, press: true, label: drop ? `drop the last axis of ${name}` :
          `give ${name} a last axis of size 1` } },
      { kind: "text", x: block.x + 2 * block.cell, y: y + 25, anchor: "middle", role: "code", size: 12.5,
        text: `${narrow ? "" : `${name}.`}${drop ? "squeeze" : "unsqueeze"}(−1)` });
    });
    const out = blocks[2];
    marks.push(...heading(out, result === null ? (failed ? "no a + b" : "a + b [?]")
      : `a + b ${filling >= 0 ? written(result) : "[?]"}`));
    if (result !== null && filling >= 0) {
      marks.push(...cells(result, out, (index) => ({ text: index < filling ? fixed(sums[index], 0) : "·",
        ghost: index >= filling, now: index === at })));
    }
    for (const [i, sign] of narrow ? [] : [[1, "+"], [2, "="]] as const) {
      marks.push({ kind: "text", x: (blocks[i - 1].x + 4 * out.cell + blocks[i].x) / 2, y: out.y + out.cell * 1.2,
        text: sign, size: 24, anchor: "middle" });
    }
    return { width, height, marks };
  },
  describe: (shot) => `${written(shot.a)} and ${written(shot.b)}. ${sentence(shot)}`,
  table: ({ a, b, result, rank }) => ({ head: ["axis from the right", "a", "b", "a + b"],
    rows: Array.from({ length: rank }, (_, i) => [`${i + 1}`, ...[a, b].map((shape) => (i < shape.length
      ? String(fromRight(shape, i + 1)) : "none")), result === null
      ? "does not fit" : String(fromRight(result, i + 1))]) }),
  invariants: [
    { name: "the library's shape is the one that the rule gives, and it refuses where the rule does", holds: (shot) =>
      String(shot.result) === String(together(shot.a, shot.b)) },
    { name: "each number of the sum is one number of a plus one of b", holds: ({ a, b, result, sums }) =>
      result === null || sums.every((sum, i) => sum === 10 * (indexOf(placeOf(i, result), a) + 1)
        + indexOf(placeOf(i, result), b) + 1) },
  ],
  cell: ({ example }) => `import { tensor, arange } from "gradus";

const a = arange(1, ${sizeOf(EXAMPLES[example][0]) + 1}).mul(10).reshape(${written(EXAMPLES[example][0])});
const b = arange(1, ${sizeOf(EXAMPLES[example][1]) + 1}).reshape(${written(EXAMPLES[example][1])});
a.add(b);
`,
});

/** What this step says, with its operands. */
function sentence(shot: Shot): string {
  const { a, b, steps, rank, result, sums, message } = shot;
  if (steps === 0) return `Will they fit? Press step: ${count(rank, "axis", "axes")} to compare, from the right.`;
  if (result === null && steps >= lastAxis(shot))
    return `${verdict(shot, lastAxis(shot))}. The library says: ${message}.`;
  if (steps <= rank) return `Axis −${steps}: ${verdict(shot, steps)}.`;
  const index = Math.min(steps - rank, sums.length) - 1, place = placeOf(index, result!);
  const [i, j] = [indexOf(place, a), indexOf(place, b)];
  return `Place ${written(place)}: a${written(placeOf(i, a))} + b${b.length === 0 ? "" : written(placeOf(j, b))} = ` +
    `${fixed(10 * (i + 1), 0)} + ${fixed(j + 1, 0)} = ${fixed(sums[index], 0)}.`;
}
const heading = ({ x, y }: Block, text: string): Mark[] =>
  [{ kind: "text", x, y: y - 12, text, role: "code", size: 14, bold: true }];

/** What is *now*: the plate stays under the number, so that ink can be read on it in the dark too. */
const framed = (x: number, y: number, side: number): Mark[] => [
  { kind: "box", x, y, w: side, h: side, fill: "mark", stroke: "ink", width: 2.2 },
  { kind: "box", x: x + 5, y: y + 5, w: side - 10, h: side - 10, fill: "plate", stroke: "none" },
];
interface Cell { readonly text: string; readonly ghost: boolean; readonly now: boolean }
function cells(shape: Shape, { x, y, cell }: Block, of: (index: number) => Cell): Mark[] {
  const [columns, rows] = [fromRight(shape, 1), fromRight(shape, 2)], marks: Mark[] = [], above: Mark[] = [];
  for (let index = 0; index < sizeOf(shape); index++) {
    const { text, ghost, now } = of(index), plane = Math.floor(index / (rows * columns));
    const left = x + index % columns * cell;
    const top = y + Math.floor(index / columns) % rows * cell + plane * (rows * cell + PLANE_GAP);
    if (now) above.push(...framed(left, top, cell));
    else marks.push({ kind: "box", x: left, y: top, w: cell, h: cell, fill: "plate", stroke: ghost ? "ink-3" : "ink-2",
      width: ghost ? 0.8 : 1.3, ...(ghost ? { dash: [2, 3] } : {}) });
    above.push({ kind: "text", x: left + cell / 2, y: top + cell / 2 + 5, text, role: "number", anchor: "middle",
      size: cell > 36 ? 14 : 12.5, fill: ghost && !now ? "ink-3" : "ink" });
  }
  return [...marks, ...above];
}
