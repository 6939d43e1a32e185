import { grad, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { between, edge } from "@gradus/lessons/draw/edge";
import { glyph } from "@gradus/lessons/draw/glyph";
import { colourOf, fixed } from "@gradus/lessons/draw/number";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

/** What an operation gives, how it answers to each of its inputs, and the same by the engine. */
interface Operation {
  readonly sign: string;
  value(x: readonly number[]): number;
  locals(x: readonly number[], out: number): readonly number[];
  tensor(x: readonly Tensor[]): Tensor;
  /** The formula in words of its inputs. */
  formula(names: readonly string[]): string;
  /** The local derivatives as formulas. */
  slopes(names: readonly string[], out: string): readonly string[];
}
const OPERATIONS = {
  times: { sign: "×", value: ([x, y]) => x * y, locals: ([x, y]) => [y, x], tensor: ([x, y]) => x.mul(y),
    formula: ([x, y]) => `${x} · ${y}`, slopes: ([x, y]) => [y, x] },
  plus: { sign: "+", value: ([x, y]) => x + y, locals: () => [1, 1], tensor: ([x, y]) => x.add(y),
    formula: ([x, y]) => `${x} + ${y}`, slopes: () => ["1", "1"] },
  square: { sign: "( )²", value: ([x]) => x * x, locals: ([x]) => [2 * x], tensor: ([x]) => x.square(),
    formula: ([x]) => `${x}²`, slopes: ([x]) => [`2${x}`] },
  sine: { sign: "sin", value: ([x]) => Math.sin(x), locals: ([x]) => [Math.cos(x)], tensor: ([x]) => x.sin(),
    formula: ([x]) => `sin ${x}`, slopes: ([x]) => [`cos ${x}`] },
  tanh: { sign: "tanh", value: ([x]) => Math.tanh(x), locals: (_, out) => [1 - out * out], tensor: ([x]) => x.tanh(),
    formula: ([x]) => `tanh ${x}`, slopes: (_, out) => [`1 − ${out}²`] },
  // On a tie the slope is shared, as the engine does.
  larger: { sign: "max", value: ([x, y]) => Math.max(x, y), locals: ([x, y]) => (x === y ? [0.5, 0.5] : x > y ? [1, 0]
    : [0, 1]),
    tensor: ([x, y]) => x.maximum(y), formula: ([x, y]) => `max(${x}, ${y})`, slopes: ([x, y]) =>
      [`1 if ${x} is larger`, `1 if ${y} is larger`] },
} as const satisfies Record<string, Operation>;

interface Node {
  readonly id: string;
  /** Across and down, from 0 to 1. */
  readonly at: Pair;
  readonly operation?: keyof typeof OPERATIONS;
  readonly from?: readonly string[];
}
/** In the order in which they are computed; the last is L. */
const EXPRESSIONS: Record<string, readonly Node[]> = {
  "L = (a·b + c)²": [
    { id: "a", at: [0, 0.1] }, { id: "b", at: [0, 0.9] }, { id: "c", at: [0.36, 1] },
    { id: "u", at: [0.33, 0.4], operation: "times", from: ["a", "b"] },
    { id: "v", at: [0.66, 0.5], operation: "plus", from: ["u", "c"] },
    { id: "L", at: [1, 0.5], operation: "square", from: ["v"] }],
  "L = a·b + sin a": [
    { id: "a", at: [0, 0.2] }, { id: "b", at: [0, 0.95] },
    { id: "u", at: [0.45, 0.8], operation: "times", from: ["a", "b"] },
    { id: "s", at: [0.45, 0.05], operation: "sine", from: ["a"] },
    { id: "L", at: [1, 0.45], operation: "plus", from: ["u", "s"] }],
  "L = tanh(a·b + c)": [
    { id: "a", at: [0, 0.1] }, { id: "b", at: [0, 0.9] }, { id: "c", at: [0.36, 1] },
    { id: "u", at: [0.33, 0.4], operation: "times", from: ["a", "b"] },
    { id: "v", at: [0.66, 0.5], operation: "plus", from: ["u", "c"] },
    { id: "L", at: [1, 0.5], operation: "tanh", from: ["v"] }],
  "L = max(a·b, c)": [
    { id: "a", at: [0, 0.1] }, { id: "b", at: [0, 0.9] }, { id: "c", at: [0.45, 1] },
    { id: "u", at: [0.42, 0.4], operation: "times", from: ["a", "b"] },
    { id: "L", at: [1, 0.5], operation: "larger", from: ["u", "c"] }],
};
const START: Record<string, number> = { a: 1.5, b: -0.8, c: 0.5 };
const RANGE: Pair = [-3, 3], TRACK = 84;

interface State {
  readonly expression: string;
  step: number;
  readonly inputs: Record<string, number>;
  /** ∂L by each node, from the engine. */
  engine: Record<string, number>;
}
const nodesOf = (expression: string): readonly Node[] => EXPRESSIONS[expression];
const operations = (expression: string): readonly (Node & Required<Pick<Node, "operation" | "from">>)[] =>
  nodesOf(expression).filter((node) => node.operation !== undefined) as never;
/** Forward steps, then ∂L/∂L = 1, then one step back for each operation. */
const lastStep = (expression: string): number => 2 * operations(expression).length + 1;

/** Values forward, and what has arrived backward after `step` steps: sums of products of local derivatives. */
function walk({ expression, step, inputs }: Pick<State, "expression" | "step" | "inputs">) {
  const list = operations(expression), value: Record<string, number> = { ...inputs };
  const locals: Record<string, readonly number[]> = {}, blame: Record<string, number> = {};
  for (const { id, operation, from } of list) {
    const x = from.map((name) => value[name]);
    value[id] = OPERATIONS[operation].value(x);
    locals[id] = OPERATIONS[operation].locals(x, value[id]);
  }
  const known = new Set([...Object.keys(inputs), ...list.slice(0, step).map(({ id }) => id)]);
  const back = [...list].reverse().slice(0, Math.max(0, step - list.length - 1));
  if (step > list.length) blame.L = 1;
  for (const { id, from } of back) {
    from.forEach((name, i) => { blame[name] = (blame[name] ?? 0) + blame[id] * locals[id][i]; });
  }
  const now = step === 0 ? undefined : step <= list.length ? list[step - 1] : back.at(-1);
  return { list, value, locals, blame, known, now, backward: step > list.length };
}

/** Every ∂L by one call of the engine. */
async function differentiate(state: State): Promise<State> {
  const found: Record<string, Tensor> = {};
  for (const [id, value] of Object.entries(state.inputs)) found[id] = tensor(value, { requiresGrad: true });
  for (const { id, operation, from } of operations(state.expression)) {
    found[id] = OPERATIONS[operation].tensor(from.map((name) => found[name]));
  }
  const names = Object.keys(state.inputs), slopes = grad(found.L, names.map((name) => found[name]));
  state.engine = {};
  for (const [i, name] of names.entries()) state.engine[name] = (await slopes[i]?.item()) ?? 0;
  return state;
}

function layout(width: number, expression: string) {
  const narrow = width < 620, height = narrow ? 560 : 360;
  const place = ([x, y]: Pair): Pair => (narrow ? [52 + y * (width - 104), 84 + x * (height - 160)]
    : [112 + x * (width - 190), 74 + y * (height - 148)]);
  return { narrow, height, at: Object.fromEntries(nodesOf(expression).map(({ id, at }) =>
    [id, place(at)])) as Record<string, Pair> };
}
/** Where the bead of an input slides. */
function trackOf({ narrow, height, at }: ReturnType<typeof layout>, id: string): { readonly x: number;
readonly y: number } {
  const [x, y] = at[id];
  return { x: narrow ? x : Math.max(x, TRACK / 2 + 12), y: narrow ? y - 46 : y < height / 2 ? y - 38 : y + 40 };
}

export default defineFigure({
  id: "chain-rule",
  title: "Forward for values, backward for slopes",
  question: "Nudge a. By how much does L move, without trying?",
  params: {
    expression: { kind: "choice", label: "expression", value: "L = (a·b + c)²", choices: Object.keys(EXPRESSIONS) },
  },
  init({ expression }): Promise<State> {
    const inputs = Object.fromEntries(nodesOf(expression).filter(({ operation }) => operation === undefined)
      .map(({ id }) => [id, START[id]]));
    return differentiate({ expression, step: 0, inputs, engine: {} });
  },
  step(state) {
    state.step = Math.min(lastStep(state.expression), state.step + 1);
    return state;
  },
  done: (state) => state.step >= lastStep(state.expression),
  async act(state, action) {
    if (action.type !== "drag") return state;
    const { x } = trackOf(layout(action.width, state.expression), action.id);
    state.inputs[action.id] = Math.round(clamp((action.x - x) / TRACK * 6, RANGE) * 10) / 10;
    return differentiate(state);
  },
  snapshot: ({ expression, step, inputs, engine }) => ({ expression, step, inputs: { ...inputs },
    engine: { ...engine } }),

  view(shot, { width }: Frame): Scene {
    const at = layout(width, shot.expression), { list, value, locals, blame, known, now, backward } = walk(shot);
    const marks: Mark[] = [];
    for (const { id, from } of list) {
      from.forEach((name, i) => {
        const running = now?.id === id, radius = { from: 22, to: 22 };
        marks.push(...(running && backward ? edge(at.at[id], at.at[name], { ...radius, now: true })
          : edge(at.at[name], at.at[id], { ...radius, now: running })));
        if (!running || !backward) return;
        const [mx, my] = between(at.at[name], at.at[id], 0.5), up = at.narrow || at.at[name][1] < at.at[id][1] + 1;
        marks.push({ kind: "text", x: at.narrow ? mx + (i === 0 ? -10 : 10) : mx, y: up && !at.narrow ? my - 14 : my
          + (at.narrow ? 4 : 30),
          text: `× ${fixed(locals[id][i], 3)}`, role: "number", size: 14, bold: true,
          anchor: at.narrow ? (i === 0 ? "end" : "start") : "middle" });
      });
    }
    for (const node of nodesOf(shot.expression)) {
      const [x, y] = at.at[node.id], input = node.operation === undefined, on = now?.id === node.id
        || (blame.L === 1 && !now && node.id === "L" && backward);
      marks.push({ kind: "disc", x, y, r: 21, fill: on ? "mark" : "plate", stroke: "ink", width: on ? 3 : 2 });
      const sign = node.operation === undefined ? node.id : OPERATIONS[node.operation].sign;
      marks.push({ kind: "text", x, y: y + 6, text: sign, anchor: "middle", role: input ? "symbol" : "label",
        size: input ? 19 : sign.length > 1 ? 14 : 20,
        fill: on ? "on-mark" : "ink" });
      const v = value[node.id], g = blame[node.id], digits = input ? 2 : 3;
      const text = known.has(node.id) ? fixed(v, digits) : "·";
      // Inputs carry their numbers at the side away from the edges, operations above and below.
      const right = at.narrow && (input ? x < width / 2 : x < 118), side = right ? 1 : -1, beside = input || at.narrow;
      const tx = beside ? x + side * 29 : x, anchor = !beside ? "middle" : side > 0 ? "start" : "end";
      marks.push({ kind: "text", x: tx, y: beside ? y - (at.narrow && input ? 4 : 3) : y - 33, anchor, role: "number",
        size: 15, bold: true,
        text: input ? text : `${node.id} = ${text}`, fill: known.has(node.id) ? colourOf(v, digits) : "ink-3" });
      if (g === undefined) continue;
      const said = fixed(g, 3), wide = said.length * 7.4, gy = beside ? y + 17 : y + 42;
      const left = anchor === "middle" ? tx - wide / 2 - 2 : anchor === "start" ? tx + 14 : tx - wide;
      marks.push(glyph("gradient", g, left - 7, gy - 5, 10));
      marks.push({ kind: "text", x: left + 2, y: gy, text: said, role: "number", size: 14, fill: colourOf(g, 3),
        title: `∂L/∂${node.id} = ${said}` });
    }
    for (const [id, v] of Object.entries(shot.inputs)) {
      const track = trackOf(at, id), bead = track.x + v / 6 * TRACK;
      marks.push({ kind: "line", points: [[track.x - TRACK / 2, track.y], [track.x + TRACK / 2, track.y]],
        stroke: "ink-3", width: 1.5 });
      marks.push({ kind: "line", points: [[track.x, track.y - 4], [track.x, track.y + 4]], stroke: "ink-3",
        width: 1.5 });
      marks.push({ kind: "disc", x: bead, y: track.y, r: 7, fill: "ink", stroke: "plate", width: 2,
        handle: { id, label: `${id}, ${fixed(v, 1)}`, drag: "x", step: 1.4 } });
    }
    marks.push({ kind: "text", x: width - 14, y: at.height - 14, anchor: "end", size: 13, fill: "ink-2",
      text: shot.step === 0 ? "drag the beads" : backward ? "← backward" : "forward →" });
    return { width, height: at.height, marks };
  },
  describe(shot) {
    const { list, value, locals, blame, now } = walk(shot);
    if (shot.step === 0) return `${shot.expression} with ` +
      `${Object.entries(shot.inputs).map(([k, v]) => `${k} = ${fixed(v, 1)}`).join(", ")}. Nothing else has been ` +
        `computed. Press step.`;
    if (shot.step <= list.length) {
      const { id, operation, from } = list[shot.step - 1], rule = OPERATIONS[operation];
      return `Forward ${shot.step} of ${list.length}: ${id} = ${rule.formula(from)} = ` +
        `${rule.formula(from.map((name) => fixed(value[name], 2)))} = ${fixed(value[id], 3)}.`;
    }
    const back = shot.step - list.length;
    if (now === undefined) return `Backward 1 of ${list.length + 1}: ∂L/∂L = 1. L answers to itself one for one.`;
    const { id, operation, from } = now, slopes = OPERATIONS[operation].slopes(from, id);
    const parts = from.map((name, i) => {
      const share = blame[id] * locals[id][i], rest = blame[name] - share;
      const sum = Math.abs(rest) > 1e-12 ? `, added to ${fixed(rest, 3)} from the other path: ${fixed(blame[name], 3)}`
        : "";
      const upstream = id === "L" ? "1" : fixed(blame[id], 3);
      return `∂L/∂${name} = ${upstream} · (${slopes[i]}) = ${upstream} · ${fixed(locals[id][i], 3)} = ` +
        `${fixed(share, 3)}${sum}`;
    });
    return `Backward ${back} of ${list.length + 1}: ${parts.join("; ")}.`;
  },
  table(shot) {
    const { value, blame, known } = walk(shot);
    return { head: ["node", "value", "∂L by it so far"], rows: nodesOf(shot.expression).map(({ id }) =>
      [id, known.has(id) ? fixed(value[id], 4) : "·", blame[id] === undefined ? "·" : fixed(blame[id], 4)]) };
  },
  invariants: [
    { name: "the products along all paths add up to the engine's gradient", holds(shot) {
      const { blame } = walk({ ...shot, step: lastStep(shot.expression) });
      return Object.entries(shot.engine).every(([name, g]) => Math.abs(g - blame[name]) <= 1e-4 * Math.max(1,
        Math.abs(g)));
    } },
    { name: "a small nudge moves L by about its gradient", holds(shot) {
      const L = (inputs: Record<string, number>): number => walk({ ...shot, inputs }).value.L;
      if (shot.expression.includes("max")) return true;
      return Object.entries(shot.inputs).every(([name, v]) => {
        const h = 1e-5, slope = (L({ ...shot.inputs, [name]: v + h }) - L({ ...shot.inputs, [name]: v - h })) / (2 * h);
        return Math.abs(slope - shot.engine[name]) <= 1e-3 * Math.max(1, Math.abs(slope));
      });
    } },
  ],
  cell: ({ expression }) => `import { tensor, grad } from "gradus";\n\nconst [a, b, c] = [1.5, -0.8, 0.5].map((v) ` +
    `=> tensor(v, { requiresGrad: true }));\nconst L = ${
    { "L = (a·b + c)²": "a.mul(b).add(c).square()", "L = a·b + sin a": "a.mul(b).add(a.sin())",
      "L = tanh(a·b + c)": "a.mul(b).add(c).tanh()", "L = max(a·b, c)": "a.mul(b).maximum(c)" }[expression] ?? "a"
  };\n\ngrad(L, [a, b]);`,
});
