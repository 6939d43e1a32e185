import { grad, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { between, edge, trimmed } from "@gradus/lessons/draw/edge";
import { glyph } from "@gradus/lessons/draw/glyph";
import { colourOf, fixed } from "@gradus/lessons/draw/number";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { evaluate, GRAPHS, slopes, UNITS, type Graph, type GraphName, type UnitName } from "../graphs.ts";

const RANGE: Pair = [-3, 3], HIGH = 40;

interface State {
  readonly name: GraphName;
  readonly unit: UnitName;
  /** Of the leaves, in the graph's order. */
  leaves: number[];
  /** Operations done on the way forward, then 1 for the start at the loss, then operations done on the way back. */
  at: number;
}
interface Shot extends State {
  /** Numbers of all nodes, by the engine: what they are and how the loss depends on them. */
  readonly values: readonly number[];
  readonly gradients: readonly number[];
}
const leafCount = ({ nodes }: Graph): number => nodes.filter(({ op }) => op === "leaf").length;
const opCount = (graph: Graph): number => graph.nodes.length - leafCount(graph);
const ending = (graph: Graph): number => 2 * opCount(graph) + 1;

/** The whole graph by the engine: a tensor for each node, and the slopes of the last with respect to all of them. */
function engine({ name, unit, leaves }: State): Pick<Shot, "values" | "gradients"> {
  const made: Tensor[] = [];
  for (const node of GRAPHS[name].nodes) {
    made.push(node.op === "leaf" ? tensor(leaves[made.length], { requiresGrad: true })
      : evaluate(node.op, node.from.map((i) => made[i]), unit));
  }
  const gradients = grad(made[made.length - 1], made);
  return { values: made.map((node) => node.itemSync()), gradients: gradients.map((slope) => slope!.itemSync()) };
}

interface Walk {
  /** What has reached each node on the way back so far; null where nothing has. */
  readonly reached: readonly (number | null)[];
  /** The node that works now, and what it sends along each of its edges. */
  readonly now: number | null;
  readonly sent: readonly { readonly to: number; readonly slope: number; readonly amount: number }[];
}
/** The way back, edge by edge: what a node has times the slope of the edge is added to what it came from. */
function walk({ name, unit, at, values }: Shot): Walk {
  const graph = GRAPHS[name], n = graph.nodes.length, ops = opCount(graph);
  const reached: (number | null)[] = graph.nodes.map(() => null);
  if (at <= ops) return { reached, now: at === 0 ? null : leafCount(graph) + at - 1, sent: [] };
  reached[n - 1] = 1;
  let sent: Walk["sent"] = [], now = n - 1;
  for (let k = 0; k < at - ops - 1; k++) {
    now = n - 1 - k;
    const { op, from } = graph.nodes[now], own = reached[now] ?? 0;
    const local = slopes(op, from.map((i) => values[i]), values[now], unit);
    sent = from.map((to, i) => ({ to, slope: local[i], amount: own * local[i] }));
    for (const { to, amount } of sent) reached[to] = (reached[to] ?? 0) + amount;
  }
  return { reached, now, sent };
}

interface Layout { readonly down: boolean; readonly height: number; place(node: number): Pair;
/** Half the width of a node's box. */
half(node: number): number;
track(node: number): readonly [Pair, Pair] }
function layout(graph: Graph, width: number): Layout {
  const down = width < 600, columns = Math.max(...graph.nodes.map(({ column }) => column));
  const half = (i: number): number => (down ? 22 : graph.nodes[i].op === "leaf" ? 24 : width < 800 ? 34 : 44);
  const first = width < 800 ? 112 : 150, gap = down ? (width - 54) / (graph.rows - 1)
    : (width - 14 - half(graph.nodes.length - 1) - first - 12) / columns;
  const step = down ? 96 : 68, extra = 12;
  const place = (i: number): Pair => {
    const { column, row } = graph.nodes[i], beyond = column > 0 ? extra : 0;
    return down ? [27 + row * gap, 140 + column * step + beyond] : [first + column * gap + beyond, 40 + row * step];
  };
  return { down, half, height: down ? 140 + columns * step + 90 : 40 + (graph.rows - 1) * step + 92, place,
    track(i) {
      const [x, y] = place(i);
      return down ? [[x, y - 30], [x, y - 98]] : [[18, y], [first - 38, y]];
    } };
}
const along = ([a, b]: readonly [Pair, Pair], value: number): Pair =>
  between(a, b, (clamp(value, RANGE) - RANGE[0]) / (RANGE[1] - RANGE[0]));

/** One step downhill for the weights alone: what an optimizer does with the gradients. */
const RATE = 0.1;
function moved(state: State): number[] {
  const { gradients } = engine(state);
  return state.leaves.map((value, i) => (GRAPHS[state.name].nodes[i].weight === true
    ? clamp(value - RATE * gradients[i], RANGE) : value));
}

export default defineFigure({
  id: "graph-walk",
  title: "Forward with values, back with slopes",
  question: "The loss is one number at the far end. How does every input learn how much it mattered?",
  params: {
    graph: { kind: "choice", label: "graph", value: "one unit", choices: ["one unit", "one value, two uses"] },
    unit: { kind: "choice", label: "activation", value: "tanh", choices: UNITS },
  },
  init: ({ graph, unit }): State => ({ name: graph, unit, leaves: [...GRAPHS[graph].start], at: 0 }),
  step(state) {
    state.at++;
    return state;
  },
  done: ({ name, at }) => at >= ending(GRAPHS[name]),
  act(state, action) {
    if (action.type === "press") {
      state.leaves = moved(state);
      return state;
    }
    if (action.type !== "drag") return state;
    const i = Number(action.id.split(":")[1]), { track, down } = layout(GRAPHS[state.name], action.width);
    const [a, b] = track(i), share = down ? (action.y - a[1]) / (b[1] - a[1]) : (action.x - a[0]) / (b[0] - a[0]);
    state.leaves = state.leaves.map((value, k) => (k === i
      ? Math.round(clamp(RANGE[0] + share * (RANGE[1] - RANGE[0]), RANGE) * 10) / 10 : value));
    return state;
  },
  snapshot: (state): Shot => ({ ...state, leaves: [...state.leaves], ...engine(state) }),

  view(shot, { width }: Frame): Scene {
    const graph = GRAPHS[shot.name], { place, track, half, down, height } = layout(graph, width);
    const { reached, now, sent } = walk(shot), leaves = leafCount(graph), ops = opCount(graph), marks: Mark[] = [];
    const back = shot.at > ops;
    /** From the middle of a box to its border, towards another one. */
    const rim = (i: number, other: number): number => {
      const [x, y] = place(i), [toX, toY] = place(other), far = Math.hypot(toX - x, toY - y);
      return 3 + far * Math.min(half(i) / Math.abs(toX - x), HIGH / 2 / Math.abs(toY - y));
    };
    graph.nodes.forEach(({ from }, i) => from.forEach((source) => {
      const running = i === now && (!back || sent.length > 0), ends = [place(source), place(i)] as const;
      // On the way back the running edges point back.
      const [a, b] = running && back ? [ends[1], ends[0]] : ends;
      const [out, into] = running && back ? [i, source] : [source, i];
      marks.push(...edge(a, b, { from: rim(out, into),
        // The slope that arrives is written below its box; where the graph runs down, the arrow ends before it.
        to: rim(into, out) + (down && running && back ? 18 : 0), now: running }));
    }));
    graph.nodes.forEach((node, i) => {
      const [x, y] = place(i), known = i < leaves || shot.at >= i - leaves + 1, value = shot.values[i];
      if (node.op === "leaf") {
        const [a, b] = track(i), [bx, by] = along([a, b], value);
        marks.push({ kind: "line", points: [a, b], stroke: "ink-3", width: 1.5 });
        const handle = { id: `leaf:${i}`, label: `${node.name}, ${fixed(value, 2)}`,
          drag: down ? "y" : "x", step: 2 } as const;
        marks.push(node.weight === true
          ? { kind: "box", x: bx - 7, y: by - 7, w: 14, h: 14, fill: "ink", stroke: "plate", width: 2, handle }
          : { kind: "disc", x: bx, y: by, r: 7.5, fill: "ink", stroke: "plate", width: 2, handle });
      }
      if (i === now) {
        marks.push({ kind: "box", x: x - half(i) - 5, y: y - HIGH / 2 - 5, w: 2 * half(i) + 10, h: HIGH + 10,
          fill: "mark" });
      }
      marks.push({ kind: "box", x: x - half(i), y: y - HIGH / 2, w: 2 * half(i), h: HIGH,
        fill: "plate", stroke: i === now ? "ink" : "ink-3", width: i === now ? 2 : 1.5 });
      marks.push({ kind: "text", x, y: y - 4, text: down ? node.name : node.formula, anchor: "middle", size: 13,
        bold: true, title: node.formula });
      marks.push({ kind: "text", x, y: y + 14, text: known ? fixed(value, 2) : "·", role: "number", anchor: "middle",
        size: 13 });
      const slope = reached[i];
      if (slope === null) return;
      const text = fixed(slope, 2), reach = text.length * 3.6;
      marks.push({ kind: "box", x: x - reach - 7, y: y + HIGH / 2 + 2, w: 2 * reach + 14, h: 16, fill: "plate" },
        glyph("gradient", slope, x - reach - 1, y + HIGH / 2 + 10, 10));
      marks.push({ kind: "text", x: x + 7, y: y + HIGH / 2 + 14, text, role: "number", anchor: "middle", size: 12,
        fill: colourOf(slope) });
    });
    sent.forEach(({ to, slope }, i) => {
      const [a, b] = trimmed(place(now ?? 0), place(to), rim(now ?? 0, to), rim(to, now ?? 0));
      const [x, y] = between(a, b, down ? [0.26, 0.5, 0.38][i] : 0.5), text = `×${fixed(slope, 2)}`;
      marks.push({ kind: "box", x: x - 21, y: y - 10, w: 42, h: 19, fill: "paper", stroke: "hair", width: 1 },
        { kind: "text", x, y: y + 4, text, role: "number", anchor: "middle", size: 12 });
    });
    const foot = height - 20;
    if (shot.at >= ending(graph)) {
      const label = `move the weights: each minus ${RATE} × its slope`;
      marks.push({ kind: "box", x: 14, y: foot - 20, w: 300, h: 28, fill: "plate", stroke: "ink", width: 1.5,
        handle: { id: "move", label, press: true } },
      { kind: "text", x: 164, y: foot - 1, text: label, anchor: "middle", size: 13 });
    } else {
      marks.push({ kind: "text", x: 14, y: foot - 1, size: 13, fill: "ink-2",
        text: down ? "drag beads; squares are weights" : "drag the beads: squares are weights, discs are values" });
    }
    return { width, height, marks };
  },
  describe: told,
  table(shot) {
    const graph = GRAPHS[shot.name], { reached } = walk(shot), leaves = leafCount(graph);
    return { head: ["node", "value", "slope of L so far"], rows: graph.nodes.map(({ formula }, i) =>
      [formula, i < leaves || shot.at >= i - leaves + 1 ? fixed(shot.values[i], 3) : "·",
        reached[i] === null ? "·" : fixed(reached[i], 3)]) };
  },
  numbers: factors,
  invariants: [
    { name: "the walk back ends with the engine's gradients", holds(shot) {
      if (shot.at < ending(GRAPHS[shot.name])) return true;
      return walk(shot).reached.every((slope, i) =>
        Math.abs((slope ?? 0) - shot.gradients[i]) <= 1e-4 * Math.max(1, Math.abs(shot.gradients[i])));
    } },
    { name: "the loss is not negative, and its slope with respect to itself is 1", holds: ({ values, gradients }) =>
      values[values.length - 1] >= 0 && gradients[gradients.length - 1] === 1 },
  ],
  cell: ({ unit }) => [
    'import { tensor } from "gradus";', "",
    "const leaf = (value: number) => tensor(value, { requiresGrad: true });",
    "const x1 = leaf(1.5), w1 = leaf(0.8), x2 = leaf(-1), w2 = leaf(0.6), b = leaf(0.2);",
    `const y = w1.mul(x1).add(w2.mul(x2)).add(b)${unit === "step" ? ".gt(0).cast(\"f32\")"
      : unit === "none" ? "" : `.${unit}()`};`,
    "const loss = y.sub(-1).square();", "loss.backward();", "",
    "[w1, w2, b].map((leaf) => leaf.grad?.itemSync());",
  ].join("\n"),
});

/** The factors of the slope of w₁ in the first graph, each from when the way back has passed its edge. */
function factors(shot: Shot) {
  const { nodes } = GRAPHS[shot.name], { reached } = walk(shot);
  const at = (name: string): number => nodes.findIndex((node) => node.name === name);
  const local = (of: string, by: string): number | null => {
    const i = at(of), k = at(by);
    if (i < 0 || k < 0 || reached[k] === null) return null;
    const { op, from } = nodes[i];
    return slopes(op, from.map((j) => shot.values[j]), shot.values[i], shot.unit)[from.indexOf(k)];
  };
  const slope = (value: number | null) => ({ kind: "gradient", value }) as const;
  return {
    whole: slope(reached[at("w₁")] ?? null), error: slope(local("L", "e")), unit: slope(local("e", "y")),
    activation: slope(local("y", "z")), sum: slope(local("z", "p")),
    input: { kind: "value", value: local("p", "w₁") } as const,
  };
}
/** The step in a sentence, with its operands and its result. */
function told(shot: Shot): string {
  const graph = GRAPHS[shot.name], { nodes } = graph, leaves = leafCount(graph), ops = opCount(graph);
  const { now, sent, reached } = walk(shot), loss = shot.values[nodes.length - 1];
  if (now === null) {
    return `${leaves} numbers wait at the start, ${ops} operations to go. Press step to compute forward.`;
  }
  const { op, name, formula, from } = nodes[now];
  if (shot.at <= ops) {
    const given = from.map((i) => `${nodes[i].name} = ${fixed(shot.values[i], 2)}`).join(", ");
    return `Forward: ${formula}, with ${given}, is ${fixed(shot.values[now], 2)}.`;
  }
  if (sent.length === 0) return `Backward: the loss is ${fixed(loss, 2)}; its slope with respect to itself is 1.`;
  const parts = sent.map(({ to, slope, amount }) => {
    const all = reached[to], more = all !== null && Math.abs(all - amount) > 1e-9 ? `, in all ${fixed(all, 2)}` : "";
    return `${nodes[to].name}: ${fixed(reachedBy(shot, now), 2)} × ${fixed(slope, 2)} = ${fixed(amount, 2)}${more}`;
  });
  const dead = op === "unit" && shot.unit === "step" ? " A step has slope 0: nothing gets past it." : "";
  return `Backward through ${name}, slope arriving × slope of the edge. ${parts.join("; ")}.${dead}`;
}
const reachedBy = (shot: Shot, node: number): number => walk(shot).reached[node] ?? 0;
