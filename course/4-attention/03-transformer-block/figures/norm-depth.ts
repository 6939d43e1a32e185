import { Generator, grad, manualSeed, nn, randn, type Tensor } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { power, powersUp } from "@gradus/lessons/draw/powers";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const D = 32, HEADS = 2, T = 8, BATCH = 4;
const WAYS = ["norm before", "norm after", "no norm", "no stream"] as const;
type Way = (typeof WAYS)[number];
const STYLE: Readonly<Record<Way, { readonly stroke: Colour; readonly dash?: readonly number[] }>> = {
  "norm before": { stroke: "series-1" }, "norm after": { stroke: "series-2", dash: [7, 4] },
  "no norm": { stroke: "series-4", dash: [2, 3] }, "no stream": { stroke: "series-5", dash: [9, 3, 2, 3] },
};

/**
 * Size of the stream before the first and after each block (root mean square), and length of the gradient of each
 * block’s last matrix, the one that writes what the feed-forward part found.
 */
interface Track { readonly signal: readonly number[]; readonly slope: readonly number[] }
interface State { readonly depth: number; readonly tracks: Readonly<Record<Way, Track>>; at: number; back: boolean;
  over: boolean }

/** One block in four ways, from the same first weights. */
function blockOf(way: Way): { run(x: Tensor): Tensor; readonly matrix: Tensor } {
  const layer = new nn.TransformerEncoderLayer(D, HEADS, { dimFeedforward: 4 * D, dropout: 0, batchFirst: true,
    normFirst: way === "norm before" });
  // Xavier’s weights everywhere, as in the paper of 2017.
  for (const { weight } of [layer.linear1, layer.linear2, layer.self_attn.out_proj]) {
    weight.assign(nn.init.xavierNormal(weight.shape));
  }
  const attend = (x: Tensor): Tensor => layer.self_attn.forward(x, x, x)[0];
  const feed = (x: Tensor): Tensor => layer.linear2.forward(layer.linear1.forward(x).maximum(0));
  const plain = (x: Tensor): Tensor => {
    const y = x.add(attend(x));
    return y.add(feed(y));
  };
  const run = way === "no norm" ? plain
    : way === "no stream" ? (x: Tensor): Tensor => layer.norm2.forward(feed(layer.norm1.forward(attend(x))))
      : (x: Tensor): Tensor => layer.forward(x);
  return { run, matrix: layer.linear2.weight };
}
async function track(way: Way, depth: number, seed: number): Promise<Track> {
  manualSeed(seed);
  const generator = new Generator(seed), stream = [randn([BATCH, T, D], { generator })];
  const read = randn([BATCH, T, D], { generator }), blocks = Array.from({ length: depth }, () => blockOf(way));
  blocks.forEach(({ run }, i) => stream.push(run(stream[i])));
  // Stacks with the norm before end with a norm of their own, as they do in use.
  const last = way === "norm before" ? new nn.LayerNorm(D).forward(stream[depth]) : stream[depth];
  const slopes = grad(last.mul(read).sum(), blocks.map(({ matrix }) => matrix));
  const signal = await Promise.all(stream.map(async (x) => Math.sqrt(await x.square().mean().item())));
  const slope = await Promise.all(slopes.map(async (x) => Math.sqrt(await x!.square().sum().item())));
  return { signal, slope };
}

interface Layout { readonly forward: Plot; readonly back: Plot; readonly height: number; readonly stacked: boolean }
const FORWARD: Pair = [-1, 3], BACK: Pair = [1, 5];
function layout(width: number, depth: number): Layout {
  const stacked = width < 600, w = stacked ? width - 68 : (width - 134) / 2, top = stacked ? 96 : 76, h = 210;
  const make = (left: number, y: number, first: number, domain: Pair, xLabel: string): Plot =>
    plot({ left, top: y, width: w, height: h, x: [first, depth], y: domain, yTicks: 0, xLabel, xTicks: 6 });
  const forward = make(54, top, 0, FORWARD, "after block");
  const back = make(stacked ? 54 : forward.right + 62, stacked ? forward.bottom + 80 : top, 1, BACK, "block");
  return { forward, back, height: back.bottom + 48, stacked };
}

export default defineFigure({
  id: "norm-depth",
  title: "Where the norm stands",
  question: "Before training begins: in which stack are gradients even, and in which do they stay large as it deepens?",
  params: {
    depth: { kind: "choice", label: "blocks", value: "12", choices: ["4", "8", "12", "16"] },
  },
  async init({ depth }, seed): Promise<State> {
    const n = Number(depth), found = await Promise.all(WAYS.map(async (way): Promise<[Way, Track]> =>
      [way, await track(way, n, seed)]));
    return { depth: n, tracks: Object.fromEntries(found) as Record<Way, Track>, at: 0, back: false, over: false };
  },
  step(state) {
    if (!state.back && state.at === state.depth) state.back = true;
    else state.at += state.back ? -1 : 1;
    state.over = state.back && state.at === 1;
    return state;
  },
  done: ({ over }) => over,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { forward, back } = layout(action.width, state.depth);
    state.back = action.id === "back";
    state.at = Math.round((state.back ? back : forward).x.invert(action.x));
    state.over = state.back && state.at === 1;
    return state;
  },
  snapshot: ({ depth, tracks, at, back }) => ({ depth, tracks, at, back }),

  view({ depth, tracks, at, back }, { width }: Frame): Scene {
    const { forward, back: backward, height, stacked } = layout(width, depth), marks: Mark[] = [];
    WAYS.forEach((way, i) => {
      const x = 14 + (stacked ? (i % 2) * (width - 20) / 2 : i * (width - 20) / 4), y = 20 + (stacked
        ? Math.floor(i / 2) * 20 : 0);
      marks.push({ kind: "line", points: [[x, y - 4], [x + 26, y - 4]], width: 2.5, ...STYLE[way] },
        { kind: "text", x: x + 33, y, text: way, size: 13 });
    });
    const draw = (on: Plot, pick: "signal" | "slope", title: string, here: boolean): void => {
      const first = pick === "slope" ? 1 : 0, now = Math.max(at, first);
      marks.push(...on.marks, ...powersUp(on));
      marks.push({ kind: "text", x: on.left - 40, y: on.top - 20, size: 13, fill: "ink-2", text: title });
      const x = on.x(now);
      if (here) {
        marks.push({ kind: "line", points: [[x, on.top], [x, on.bottom]], stroke: "mark", width: 8 },
          { kind: "line", points: [[x, on.top], [x, on.bottom]], stroke: "ink", width: 1 });
      }
      for (const way of WAYS) {
        const points = tracks[way][pick].map((v, i): Pair => [i + first, power(v, on.y.domain)]);
        marks.push(...path(on, points, { width: 2.5, ...STYLE[way] }));
        marks.push({ kind: "disc", x, y: on.y(power(tracks[way][pick][now - first], on.y.domain)), r: here ? 5 : 3,
          fill: "plate", stroke: STYLE[way].stroke, width: 2,
          title: `${way}: ${fixed(tracks[way][pick][now - first], 3)}` });
      }
      marks.push({ kind: "disc", x, y: on.top, r: 8, fill: here ? "mark" : "plate", stroke: "ink", width: 2, handle: {
        id: pick === "slope" ? "back" : "forward", drag: "x", step: Math.max(6, Math.round(on.x(1) - on.x(0))),
        label: pick === "slope" ? `gradient of block ${now}` : `stream after block ${now}` } });
    };
    draw(forward, "signal", "forward: size of the stream", !back);
    draw(backward, "slope", "back: gradient of each block’s last matrix", back);
    return { width, height, marks };
  },
  describe({ depth, tracks, at, back }) {
    const said = WAYS.map((way) => `${way} ${write(back ? tracks[way].slope[at - 1] : tracks[way].signal[at])}`);
    const ends = (way: Way): string => `${write(tracks[way].slope[0])} in the first block and ` +
      `${write(tracks[way].slope[depth - 1])} in the last with the ${way}`;
    return `${back ? `Gradients in block ${at} of ${depth}` : `The stream after block ${at} of ${depth}`}: ` +
      `${said.join(", ")}. The gradient is ${ends("norm before")}, ${ends("norm after")}.`;
  },
  table: ({ depth, tracks }) => ({ head: ["block", ...WAYS.map((way) => `${way}: stream after it`),
    ...WAYS.map((way) => `${way}: its gradient`)], rows: Array.from({ length: depth }, (_, i) => [String(i + 1),
    ...WAYS.map((way) => write(tracks[way].signal[i + 1])), ...WAYS.map((way) => write(tracks[way].slope[i]))]) }),
  invariants: [
    { name: "with the norm after, the stream has size 1 after every block", holds: ({ tracks }) =>
      tracks["norm after"].signal.slice(1).every((size) => Math.abs(size - 1) < 1e-2) },
    { name: "every number is finite and none is negative", holds: ({ tracks }) => WAYS.every((way) =>
      [...tracks[way].signal, ...tracks[way].slope].every((v) => Number.isFinite(v) && v >= 0)) },
    { name: "with the norm before, the stream never shrinks by half in a block", holds: ({ tracks }) =>
      tracks["norm before"].signal.every((v, i, all) => i === 0 || v > all[i - 1] / 2) },
  ],
});

/** A size with the digits that matter. */
const write = (value: number): string => (value >= 10 ? fixed(value, 0) : fixed(value, clamp(Math.ceil(-Math.log10(
  Math.max(value, 1e-9))) + 1, [2, 7])));
