import { eye, RandomStream, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { panels, type Panel } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { between, edge, trimmed } from "@gradus/lessons/draw/edge";
import { withShare } from "@gradus/lessons/draw/shares";

const NAMES = ["sun", "cloud", "rain"] as const;
const CHAINS = {
  "weather": [0.7, 0.2, 0.1, 0.3, 0.4, 0.3, 0.2, 0.4, 0.4],
  "round and round": [0, 1, 0, 0, 0, 1, 1, 0, 0],
  "rain is a trap": [0.7, 0.2, 0.1, 0.3, 0.5, 0.2, 0, 0, 1],
  "sun is an island": [1, 0, 0, 0, 0.5, 0.5, 0, 0.3, 0.7],
} as const;
type ChainName = keyof typeof CHAINS;
const STEPS = 21, DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 4]];

interface Snapshot {
  /** Nine probabilities, in rows: from, then to. */
  readonly moves: readonly number[];
  /** Where the token has been, as numbers of states. */
  readonly walk: readonly number[];
  /** The number drawn for the last move; null before the first. */
  readonly u: number | null;
  /** p₀, p₁, …: the distribution of very many tokens that began with this one. */
  readonly spread: readonly (readonly number[])[];
  /** Where power iteration from p₀ settles. */
  readonly limit: readonly number[];
}
interface State { readonly random: RandomStream; now: Snapshot }

const matrix = (moves: readonly number[]): Tensor => tensor([...moves], { shape: [3, 3] });
const next = async (p: readonly number[], moves: readonly number[]): Promise<number[]> => {
  const moved = Array.from(await tensor([...p]).reshape([1, 3]).matmul(matrix(moves)).data());
  const sum = moved.reduce((a, b) => a + b, 0);
  return moved.map((share) => share / sum);
};
/**
 * p₀ times a very high power of (I + P) / 2, a chain that rests half of the time: it has the same stationary
 * distributions as P, and no rhythm that would keep it from settling. Squared twelve times: the 4,096th power.
 */
async function settle(p: readonly number[], moves: readonly number[]): Promise<number[]> {
  let power = matrix(moves).add(eye(3)).div(2);
  for (let i = 0; i < 12; i++) {
    power = power.matmul(power);
    power = power.div(power.sum([1], { keepdim: true }));
  }
  return Array.from(await tensor([...p]).reshape([1, 3]).matmul(power).data());
}
async function begin(moves: readonly number[], start: number): Promise<Snapshot> {
  const first = NAMES.map((_, i) => (i === start ? 1 : 0));
  return { moves, walk: [start], u: null, spread: [first], limit: await settle(first, moves) };
}
/** The state whose share of the line from 0 to 1 holds u. */
function pick(row: readonly number[], u: number): number {
  let left = u;
  const found = row.findIndex((share) => (left -= share) < 0);
  return found < 0 ? row.findLastIndex((share) => share > 0) : found;
}
const rowOf = (moves: readonly number[], from: number): readonly number[] => moves.slice(3 * from, 3 * from + 3);
const visits = ({ walk }: Pick<Snapshot, "walk">): number[] =>
  NAMES.map((_, i) => walk.filter((state) => state === i).length / walk.length);
/** Half the sum of the differences: 0 for equal distributions, 1 for ones that share nothing. */
const distance = (p: readonly number[], q: readonly number[]): number =>
  p.reduce((sum, share, i) => sum + Math.abs(share - q[i]), 0) / 2;

const RADIUS = 30, OFFSET = 10;
interface Layout { readonly height: number; readonly graph: Panel; readonly plot: Plot;
readonly nodes: readonly Pair[] }
function layout(width: number): Layout {
  const { at: [graph, side], height } = panels(width, { shares: [1, 1.05], height: 376, heights: [376, 300],
    narrow: 660, gap: 24 });
  const reach = Math.min(graph.w / 2 - 62, 150), middle = graph.x + graph.w / 2;
  const nodes: Pair[] = [[middle, graph.y + 104], [middle + reach, graph.y + 300], [middle - reach, graph.y + 300]];
  return { height, graph, nodes, plot: plot({ left: side.x + 32, top: side.y + 34, width: side.w - 92,
    height: side.h - 84, x: [0, STEPS], y: [0, 1], xLabel: "steps", yLabel: "share" }) };
}
/** The line from one state to another, beside the one that comes back. */
function track(nodes: readonly Pair[], from: number, to: number): readonly [Pair, Pair] {
  const [a, b] = trimmed(nodes[from], nodes[to], RADIUS + 4, RADIUS + 5);
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]), nx = -(b[1] - a[1]) / length, ny = (b[0] - a[0]) / length;
  const shifted = ([x, y]: Pair): Pair => [x + nx * OFFSET, y + ny * OFFSET];
  return [shifted(a), shifted(b)];
}

export default defineFigure({
  id: "chain",
  title: "One token, and very many",
  question: "If only today counts for tomorrow, what is left of the first day after three weeks?",
  params: {
    chain: { kind: "choice", label: "chain", value: "weather", choices: Object.keys(CHAINS) as ChainName[] },
    start: { kind: "choice", label: "first day", value: "sun", choices: [...NAMES] },
  },
  init: async ({ chain, start }, seed): Promise<State> =>
    ({ random: new RandomStream(seed), now: await begin(CHAINS[chain], NAMES.indexOf(start)) }),
  async step(state) {
    const { now } = state, u = state.random.uniform(), here = now.walk[now.walk.length - 1];
    state.now = { ...now, u, walk: [...now.walk, pick(rowOf(now.moves, here), u)],
      spread: [...now.spread, await next(now.spread[now.spread.length - 1], now.moves)] };
    return state;
  },
  done: ({ now }) => now.walk.length > STEPS,
  async act(state, action) {
    const { now } = state;
    if (action.type === "press") state.now = await begin(now.moves, Number(action.id.split(":")[1]));
    if (action.type === "drag") {
      const [, from, to] = action.id.split(":").map(Number), [[x0, y0], [x1, y1]] = track(layout(action.width).nodes,
        from, to);
      const share = ((action.x - x0) * (x1 - x0) + (action.y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2);
      const row = withShare(rowOf(now.moves, from), to, Math.round(clamp(share, [0, 1]) * 50) / 50);
      const moves = now.moves.map((move, i) => (Math.floor(i / 3) === from ? row[i % 3] : move));
      state.now = await begin(moves, now.walk[0]);
    }
    return state;
  },
  snapshot: ({ now }) => now,

  view(now, { width }: Frame): Scene {
    const at = layout(width);
    return { width, height: at.height, marks: [...drawChain(now, at), ...drawPlot(now, at.plot)] };
  },
  describe(now) {
    const { walk, u, spread, limit, moves } = now, steps = walk.length - 1, p = spread[steps];
    const list = (shares: readonly number[]): string =>
      NAMES.map((name, i) => `${name} ${fixed(shares[i], 3)}`).join(", ");
    if (u === null) return `The token begins in ${NAMES[walk[0]]}. Power iteration settles on ${list(limit)}.`;
    const from = walk[steps - 1], to = walk[steps];
    return `Step ${steps}: ${fixed(u, 3)} was drawn, so ${NAMES[from]} is followed by ${NAMES[to]} (probability ` +
      `${fixed(moves[3 * from + to], 2)}). Of very many tokens there are now ${list(p)}; they are ` +
      `${fixed(distance(p, limit), 3)} away from where they settle.`;
  },
  table: (now) => ({
    head: ["state", ...NAMES.map((name) => `to ${name}`), "token’s visits", "of very many", "settles at"],
    rows: NAMES.map((name, i) => [name, ...rowOf(now.moves, i).map((move) => fixed(move, 2)), fixed(visits(now)[i], 3),
      fixed(now.spread[now.spread.length - 1][i], 3), fixed(now.limit[i], 3)]),
  }),
  invariants: [
    { name: "from every state the probabilities add up to 1", holds: ({ moves }) => [0, 1, 2].every((from) =>
      Math.abs(rowOf(moves, from).reduce((a, b) => a + b, 0) - 1) < 1e-9) },
    { name: "where it settles, a step changes nothing", holds: ({ moves, limit }) => NAMES.every((_, to) =>
      Math.abs(limit.reduce((sum, share, from) => sum + share * moves[3 * from + to], 0) - limit[to]) < 1e-4) },
    { name: "no step takes the many farther away from it", holds: ({ spread, limit }) => spread.every((p, t) =>
      t === 0 || distance(p, limit) <= distance(spread[t - 1], limit) + 1e-4) },
    { name: "the token never makes an impossible move", holds: ({ moves, walk }) => walk.every((to, t) =>
      t === 0 || moves[3 * walk[t - 1] + to] > 0) },
  ],
  cell: ({ chain, start }) => `import { tensor } from "gradus";

const P = tensor(${JSON.stringify([0, 3, 6].map((i) => CHAINS[chain].slice(i, i + 3)))});
let p = tensor([${JSON.stringify(NAMES.map((name) => (name === start ? 1 : 0)))}]);
for (let t = 0; t < 21; t++) p = p.matmul(P);
p;`,
});

/** States as discs, moves as lines whose beads stand at their probability. */
function drawChain({ moves, walk, u }: Snapshot, { nodes, graph }: Layout): Mark[] {
  const marks: Mark[] = [{ kind: "text", x: graph.x, y: graph.y + 18, size: 13, fill: "ink-2",
    text: graph.w < 420 ? "drag a bead; press a state to begin there"
      : "drag a bead along its line; press a state to begin there" }];
  const here = walk[walk.length - 1], from = u === null ? -1 : walk[walk.length - 2];
  const centre: Pair = [(nodes[0][0] + nodes[1][0] + nodes[2][0]) / 3, (nodes[0][1] + nodes[1][1] + nodes[2][1]) / 3];
  const late: Mark[] = [];
  NAMES.forEach((name, i) => {
    const [x, y] = nodes[i], away = Math.atan2(y - centre[1], x - centre[0]), stay = moves[3 * i + i];
    const loop = [Math.cos(away) * (RADIUS + 12), Math.sin(away) * (RADIUS + 12)];
    const moving = from === i && here === i;
    if (moving) marks.push({ kind: "disc", x: x + loop[0], y: y + loop[1], r: 16, fill: "none", stroke: "mark",
      width: 9 });
    marks.push({ kind: "disc", x: x + loop[0], y: y + loop[1], r: 16, fill: "none", stroke: stay > 0 ? "ink" : "ink-3",
      width: moving ? 2.5 : 0.8 + 3 * stay, ...(stay > 0 ? {} : { dash: [3, 4] }) });
    late.push({ kind: "text", x: x + loop[0] + (i === 0 ? 34 : 0), y: y + loop[1] + (i === 0 ? 2 : 32),
      text: fixed(stay, 2), role: "number", size: 13, anchor: "middle" });
    late.push({ kind: "disc", x, y, r: RADIUS, fill: i === here ? "mark" : "plate", stroke: "ink",
      width: i === here ? 2.5 : 1.5, handle: { id: `state:${i}`, press: true,
        label: `begin in ${name}${i === here ? ", where the token is" : ""}` } });
    late.push({ kind: "text", x, y: y + 1, text: name, anchor: "middle", size: 14, bold: i === here,
      fill: i === here ? "on-mark" : "ink" });
    late.push({ kind: "text", x, y: y + 16, anchor: "middle", size: 12, role: "number",
      fill: i === here ? "on-mark" : "ink",
      text: `${walk.filter((state) => state === i).length} of ${walk.length}`, title: "days the token was here" });
    NAMES.forEach((_, j) => {
      if (i === j) return;
      const [a, b] = track(nodes, i, j), share = moves[3 * i + j];
      marks.push(...edge(a, b, { width: 0.8 + 3 * share, stroke: share > 0 ? "ink" : "ink-3",
        now: from === i && here === j, ...(share > 0 ? {} : { dash: [3, 4] }) }));
      const [bx, by] = between(a, b, share), length = Math.hypot(b[0] - a[0], b[1] - a[1]);
      late.push({ kind: "disc", x: bx, y: by, r: 6.5, fill: "plate", stroke: "ink", width: 2, handle: {
        id: `move:${i}:${j}`, drag: "xy", step: Math.ceil(length / 25),
        label: `from ${name} to ${NAMES[j]}, ${fixed(share, 2)}` } });
      const [lx, ly] = between(a, b, clamp(share, [0.16, 0.84]));
      late.push({ kind: "text", x: lx - (b[1] - a[1]) / length * 22, y: ly + (b[0] - a[0]) / length * 17 + 4.5,
        text: fixed(share, 2), role: "number", anchor: "middle", size: 13 });
    });
  });
  return [...marks, ...late];
}

/** Shares of very many tokens over time, and where they settle. */
function drawPlot({ spread, limit }: Snapshot, on: Plot): Mark[] {
  const marks: Mark[] = [...on.marks], last = spread.length - 1;
  const order = NAMES.map((_, i) => i).sort((a, b) => limit[b] - limit[a] || a - b);
  // Names stand at their level, at least a line apart; the lowest first, so that they are pushed up and not down.
  const heights = new Map<number, number>();
  let free = on.bottom + 4;
  for (const i of [...order].reverse()) {
    heights.set(i, Math.min(on.y(limit[i]) + 4, free));
    free = heights.get(i)! - 16;
  }
  for (const i of order) {
    const dash = DASHES[i].length === 0 ? {} : { dash: DASHES[i] };
    marks.push({ kind: "line", points: [on.point(0, limit[i]), on.point(STEPS, limit[i])], stroke: "ink-3", width: 1 });
    if (last > 0) marks.push(...path(on, spread.map((p, t) => [t, p[i]]), { stroke: "ink", width: 2.2, ...dash }));
    marks.push({ kind: "disc", x: on.x(last), y: on.y(spread[last][i]), r: 3.5, fill: "ink" });
    marks.push({ kind: "text", x: on.right + 6, y: heights.get(i)!, size: 13,
      text: `${NAMES[i]} ${fixed(limit[i], 2)}` });
  }
  marks.push({ kind: "text", x: on.right, y: on.top - 8, anchor: "end", size: 13, fill: "ink-2",
    text: "very many tokens; grey: settled" });
  return marks;
}
