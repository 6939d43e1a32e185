import { Generator, rand } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { glyph } from "@gradus/lessons/draw/glyph";
import { count, fixed } from "@gradus/lessons/draw/number";
import { paragraph } from "@gradus/lessons/draw/text";
import { answer, bits, contradiction, covers, merged, single, sumOf, unitOf } from "../boolean.ts";
import type { Cube, Unit } from "../boolean.ts";

const NAMES = ["a", "b", "c", "d"];
const FORMS = ["true rows", "the fewer rows", "true rows, merged"] as const;
const STARTS = ["parity", "majority", "AND", "random"] as const;

interface State {
  readonly n: number;
  readonly form: (typeof FORMS)[number];
  table: number[];
  /** The row at the inputs, and how many were shown by steps. */
  now: number; shown: number;
}
interface Network { readonly cubes: readonly Cube[]; readonly hidden: readonly Unit[]; readonly output: Unit;
/** The row beside which each hidden unit is drawn. */
readonly at: readonly number[] }
/** One hidden unit for each chosen row or cube; the output says whether any is on, or whether none is. */
function networkOf({ n, form, table }: Pick<State, "n" | "form" | "table">): Network {
  const rowsWith = (value: number): number[] => table.flatMap((v, row) => (v === value ? [row] : []));
  const negated = form === "the fewer rows" && rowsWith(0).length < rowsWith(1).length;
  const rows = rowsWith(negated ? 0 : 1);
  const cubes = form === "true rows, merged" ? merged(rows, n) : rows.map((row) => single(row, n));
  const own = (cube: Cube): number => rows.find((row) => cubes.every((other) =>
    (other === cube) === covers(other, row)))!;
  return { cubes, hidden: cubes.map((cube) => unitOf(cube, n)), at: cubes.map(own),
    output: { weights: cubes.map(() => (negated ? -1 : 1)), threshold: negated ? 0 : 1 } };
}
const run = ({ hidden, output }: Network, x: readonly number[]): 0 | 1 =>
  answer(output, hidden.map((unit) => answer(unit, x)));
const text = (row: number, n: number): string => bits(row, n).join("");

export default defineFigure({
  id: "table-network",
  title: "From a table to a network",
  question: "How many hidden units does a truth table need?",
  params: {
    inputs: { kind: "choice", label: "inputs", value: "3", choices: ["2", "3", "4"] },
    start: { kind: "choice", label: "table", value: "majority", choices: STARTS },
    form: { kind: "choice", label: "a hidden unit for", value: "true rows", choices: FORMS },
  },
  async init({ inputs, start, form }, seed): Promise<State> {
    const n = Number(inputs), draws = await rand([2 ** n], { generator: new Generator(seed) }).data();
    const ones = (row: number): number => bits(row, n).reduce((a, b) => a + b, 0);
    const rule = { parity: (row: number) => ones(row) % 2, majority: (row: number) => (ones(row) > n / 2 ? 1 : 0),
      AND: (row: number) => (ones(row) === n ? 1 : 0), random: (row: number) => (draws[row] < 0.5 ? 1 : 0) }[start];
    return { n, form, table: Array.from({ length: 2 ** n }, (_, row) => rule(row)), now: 2 ** n - 1, shown: 0 };
  },
  step(state) {
    state.now = state.shown % state.table.length;
    state.shown++;
    return state;
  },
  done: ({ shown, table }) => shown >= table.length,
  act(state, action) {
    if (action.type !== "press") return state;
    const [kind, at] = action.id.split(":"), row = Number(at);
    if (kind === "cell") state.table = state.table.map((v, i) => (i === row ? 1 - v : v));
    state.now = row;
    return state;
  },
  snapshot: (state): State => ({ ...state }),

  view(shot, { width }: Frame): Scene {
    const { n, table, now } = shot, network = networkOf(shot), marks: Mark[] = [];
    const step = n === 4 ? 26 : 34, top = 62, y = (row: number): number => top + step * (row + 0.5);
    const bottom = top + step * table.length, middle = (top + bottom) / 2;
    // Columns: the inputs, what the table says, the weights of the hidden unit, its threshold, the unit, the output.
    const wide = width >= 560, pitch = wide ? 26 : 18, left = wide ? Math.max(24, (width - 640) / 2) : 10;
    const cell = left + pitch * n + (wide ? 22 : 16), weights = cell + (wide ? 70 : 32);
    const limit = weights + pitch * n + (wide ? 20 : 14), unit = limit + (wide ? 46 : 32);
    const out = Math.min(width - (wide ? 60 : 24), unit + 200), side = wide ? 22 : 17;
    const head = (x: number, line: string, anchor: "start" | "middle" | "end" = "middle"): void => {
      marks.push({ kind: "text", x, y: top - 30, text: line, size: 13, fill: "ink-2", anchor });
    };
    if (wide) head(left, "input", "start");
    head(cell, wide ? "target" : "f");
    head(weights + pitch * (n - 1) / 2, "weights");
    head(limit + 4, wide ? "at least" : "≥");
    head(unit + (wide ? 10 : 6), "hidden");
    marks.push({ kind: "box", x: left - 6, y: y(now) - step / 2 + 1, w: cell + side / 2 + 6 - left + 4, h: step - 2,
      fill: "mark", stroke: "ink", width: 1.5 });
    for (let i = 0; i < n; i++) {
      marks.push({ kind: "text", x: left + pitch * (i + 0.5), y: top - 8, text: NAMES[i], role: "symbol", size: 14,
        anchor: "middle" },
        { kind: "text", x: weights + pitch * i, y: top - 8, text: NAMES[i], role: "symbol", size: 14,
          anchor: "middle" });
    }
    table.forEach((value, row) => {
      const x = bits(row, n);
      marks.push({ kind: "box", x: left - 4, y: y(row) - step / 2 + 2, w: pitch * n + 4, h: step - 4, fill: "none",
        stroke: "none", handle: { id: `row:${row}`, label: `row ${x.join("")}: give it to the network`,
          press: true } });
      x.forEach((bit, i) => marks.push({ kind: "text", x: left + pitch * (i + 0.5), y: y(row) + 5, text: String(bit),
        role: "number", size: 14, anchor: "middle", fill: row === now ? "on-mark" : "ink-2" }));
      marks.push({ kind: "box", x: cell - side / 2, y: y(row) - side / 2, w: side, h: side,
        fill: value === 1 ? "ink" : "plate", stroke: "ink", width: 1.5,
        handle: { id: `cell:${row}`, label: `target of ${x.join("")} is ${value}: change it`, press: true } },
        { kind: "text", x: cell, y: y(row) + 5, text: String(value), role: "number", size: 13, anchor: "middle",
          fill: value === 1 ? "paper" : "ink" });
    });
    const x = bits(now, n), on = network.hidden.map((hidden) => answer(hidden, x)), says = run(network, x);
    network.hidden.forEach((hidden, i) => {
      const at = y(network.at[i]), lit = on[i] === 1, minus = network.output.weights[i] < 0;
      marks.push({ kind: "line", points: [[cell + side / 2 + 4, at], [weights - pitch / 2, at]], stroke: "hair",
        width: 1.5 });
      const line: readonly (readonly [number, number])[] = [[unit + 9, at], [out - 15, middle]];
      if (lit) marks.push({ kind: "line", points: line, stroke: "mark", width: 8 });
      marks.push({ kind: "line", points: line, stroke: lit ? "ink" : minus ? "negative" : "ink-3",
        width: lit ? 2 : 1.2, ...(minus ? { dash: [5, 3] } : {}) });
      hidden.weights.forEach((w, k) => marks.push({ ...glyph("weight", w, weights + pitch * k, at, 15),
        title: `weight ${fixed(w, 0)} for ${NAMES[k]}` }));
      marks.push({ kind: "text", x: limit + 4, y: at + 5, text: fixed(hidden.threshold, 0), role: "number", size: 14,
        anchor: "middle" },
        { kind: "disc", x: unit, y: at, r: 9, fill: lit ? "ink" : "plate", stroke: "ink", width: 2,
          title: `hidden unit of ${text(network.at[i], n)}: sum ${fixed(sumOf(hidden, x), 0)}` });
    });
    const right = says === table[now];
    marks.push({ kind: "disc", x: out, y: middle, r: 15, fill: says === 1 ? "ink" : "plate", stroke: "ink",
      width: 2.5 },
      { kind: "text", x: out, y: middle + 5, text: String(says), role: "number", size: 15, anchor: "middle",
        fill: says === 1 ? "paper" : "ink" },
      { kind: "text", x: out, y: middle + 34, text: network.output.threshold === 0 ? "none" : "any", size: 13,
        anchor: "middle", fill: right ? "ink-2" : "bad" });
    let line = bottom + 26;
    for (const [words, size] of [[units(shot, network), 15], [alone(shot), 13], [equation(shot, network), 13]] as
      const) {
      const lines = paragraph(words, left - 4, line, width - left - 14, { size, fill: size === 15 ? "ink" : "ink-2",
        bold: size === 15 });
      marks.push(...lines);
      line += lines.length * Math.round(size * 1.4) + 6;
    }
    return { width, height: line + 2, marks };
  },
  describe(shot) {
    const network = networkOf(shot);
    return `${units(shot, network)} ${alone(shot)} ${equation(shot, network)}`;
  },
  table: (shot) => ({ head: ["input", "target", "hidden unit", "at least"], rows: shot.table.map((value, row) => {
    const { at, hidden } = networkOf(shot), i = at.indexOf(row);
    return [text(row, shot.n), String(value), i < 0 ? "·" : hidden[i].weights.map((w) => fixed(w, 0)).join(", "),
      i < 0 ? "·" : fixed(hidden[i].threshold, 0)];
  }) }),
  invariants: [
    { name: "the network answers every row as the table does", holds(shot) {
      const network = networkOf(shot);
      return shot.table.every((value, row) => run(network, bits(row, shot.n)) === value);
    } },
    { name: "with the fewer rows there are at most half as many hidden units as rows", holds: (shot) =>
      networkOf({ ...shot, form: "the fewer rows" }).hidden.length <= shot.table.length / 2 },
    { name: "merging never adds a unit", holds: (shot) =>
      networkOf({ ...shot, form: "true rows, merged" }).hidden.length <= shot.table.reduce((a, b) => a + b, 0) },
    { name: "one unit computes a table exactly if it computes the opposite one", holds: ({ table }) =>
      (contradiction(table) === null) === (contradiction(table.map((v) => 1 - v)) === null) },
  ],
});

const units = ({ table }: State, { hidden }: Network): string =>
  `${count(hidden.length, "hidden unit")} for ${count(table.length, "row")}.`;
function alone({ table, n }: State): string {
  const found = contradiction(table);
  if (found === null) return "One unit alone could do it.";
  const [a, b, c, d] = found.map((row) => text(row, n));
  return `No unit alone: ${a} and ${b} should be 1, ${c} and ${d} 0, and their sums are equal.`;
}
function equation({ now, n }: State, network: Network): string {
  const x = bits(now, n), on = network.hidden.filter((unit) => answer(unit, x) === 1).length;
  return `Input ${text(now, n)}: ${count(on, "hidden unit")} on, so the output is ${run(network, x)}.`;
}
