import { F, grad, manualSeed, noGrad, randn, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, percent } from "@gradus/lessons/draw/number";
import { panels, type Panel } from "@gradus/lessons/draw/panels";
import { clamp } from "@gradus/lessons/draw/scale";

const T = 24, BLOCK = 2, WIDTH = 4, MOST = 12;
const PATTERNS = ["full", "window", "strided", "BigBird"] as const;
type Pattern = (typeof PATTERNS)[number];

interface State {
  readonly pattern: Pattern; readonly causal: boolean;
  /** Who sees whom in one layer, T rows of T, and through all layers so far. */
  readonly seen: readonly boolean[];
  reach: boolean[]; layers: number; at: number;
  /** Features of the tokens, and which of them the chosen place’s output changes with, by its gradient. */
  readonly x: Tensor; readonly mask: Tensor; heard: boolean[];
  /** Cells of `reach` after each number of layers. */
  readonly history: number[];
}
const cells = async (mask: Tensor): Promise<boolean[]> => Array.from(await mask.to("f32").data(), (v) => v > 0);
function maskOf(pattern: Pattern, size: number, causal: boolean, seed: number): Tensor {
  switch (pattern) {
    case "full": return F.localMask(T, { window: T, causal });
    case "window": return F.localMask(T, { window: size, causal });
    case "strided": return F.stridedMask(T, { stride: size, causal });
    case "BigBird": {
      // Blocks of two positions: a window, the first block for all, and one more by chance.
      const layout = F.bigBirdLayout(T / BLOCK, { window: Math.ceil(size / BLOCK / 2), seed, causal });
      return F.blockMask(T, layout, { block: BLOCK, causal });
    }
  }
}
/** Who hears of whom after one layer more: the matrix product of both patterns, above zero. */
async function further(reach: readonly boolean[], mask: Tensor): Promise<boolean[]> {
  const product = mask.to("f32").matmul(tensor(Float32Array.from(reach, Number), { shape: [T, T] }));
  return Array.from(await product.data(), (v) => v > 0);
}
/** Which inputs the chosen output depends on, through as many layers of attention: where its gradient is not zero. */
async function listen(state: State): Promise<State> {
  const { x, mask, layers, at } = state;
  const input = tensor(await x.data(), { shape: [T, WIDTH], requiresGrad: true });
  let y: Tensor = input;
  for (let i = 0; i < layers; i++) y = F.scaledDotProductAttention(y, y, y, { mask });
  const [slope] = grad(y.select(0, at).mul(noGrad(() => randn([WIDTH]))).sum(), [input]);
  state.heard = Array.from(await slope!.abs().sum(1).data(), (v) => v > 0);
  return state;
}
const filled = (of: readonly boolean[]): number => of.filter(Boolean).length;

interface Layout { readonly one: Panel; readonly all: Panel; readonly side: number; readonly row: Panel;
  readonly height: number }
function layout(width: number): Layout {
  const narrow = width < 560, side = narrow ? width - 56 : Math.min(400, (width - 90) / 2);
  const { at: [one, all], height } = panels(width, { shares: [1, 1], height: side + 66, narrow: 560,
    heights: [side + 56, side + 66] });
  return { one, all, side, row: { x: one.x + 22, y: height + 32, w: narrow ? side : width - 50, h: 30 },
    height: height + 104 };
}
const origin = ({ x, y }: Panel): readonly [number, number] => [x + 22, y + 50];

export default defineFigure({
  id: "sparse-patterns",
  title: "Few pairs, many layers",
  question: "If a layer compares only some pairs, how soon does every token hear of every other?",
  params: {
    pattern: { kind: "choice", label: "pairs", value: "window", choices: PATTERNS },
    size: { kind: "number", label: "window, or stride", value: 2, min: 1, max: 6, step: 1 },
    causal: { kind: "flag", label: "causal", value: true },
  },
  async init({ pattern, size, causal }, seed): Promise<State> {
    manualSeed(seed);
    const mask = maskOf(pattern, size, causal, seed), seen = await cells(mask);
    return listen({ pattern, causal, seen, mask, reach: [...seen], layers: 1, at: T - 4, heard: [],
      x: randn([T, WIDTH]), history: [filled(seen)] });
  },
  async step(state) {
    state.reach = await further(state.reach, state.mask);
    state.layers++;
    state.history.push(filled(state.reach));
    return listen(state);
  },
  done: ({ layers, history }) => layers >= MOST || (history.length > 1 && history.at(-1) === history.at(-2)),
  act(state, action) {
    if (action.type !== "drag") return state;
    const { one, side } = layout(action.width);
    state.at = clamp(Math.floor((action.y - origin(one)[1]) / (side / T)), [0, T - 1]);
    return listen(state);
  },
  snapshot: ({ pattern, causal, seen, reach, layers, at, heard, history }) => ({ pattern, causal, layers, at,
    seen: [...seen], reach: [...reach], heard: [...heard], history: [...history] }),

  view({ causal, seen, reach, layers, at, heard }, { width }: Frame): Scene {
    const { one, all, side, row, height } = layout(width), cell = side / T, marks: Mark[] = [];
    const draw = (panel: Panel, title: string, of: readonly boolean[], by: "series-1" | "series-3"): void => {
      const [x, y] = origin(panel);
      marks.push({ kind: "text", x, y: y - 30, size: 13, fill: "ink-2", text: title }, { kind: "text", x, y: y - 12,
        size: 13, role: "number", text: `${filled(of)} of ${T * T} pairs, ${percent(filled(of) / (T * T))}` });
      marks.push({ kind: "box", x, y, w: side, h: side, fill: "plate", stroke: "ink-3", width: 1 });
      // Pairs next to each other in a row are one box.
      for (let i = 0; i < T; i++) {
        for (let j = 0; j < T; j++) {
          if (!of[i * T + j]) continue;
          let end = j;
          while (end + 1 < T && of[i * T + end + 1]) end++;
          marks.push({ kind: "box", x: x + j * cell, y: y + i * cell, w: (end - j + 1) * cell, h: cell, fill: by,
            opacity: i === at ? 1 : 0.6 });
          j = end;
        }
      }
      for (let i = 1; i < T; i++) {
        marks.push({ kind: "line", points: [[x, y + i * cell], [x + side, y + i * cell]], stroke: "plate", width: 1 },
          { kind: "line", points: [[x + i * cell, y], [x + i * cell, y + side]], stroke: "plate", width: 1 });
      }
      if (causal) marks.push({ kind: "line", points: [[x, y], [x + side, y + side]], stroke: "ink-3", width: 1,
        dash: [3, 3] });
      marks.push({ kind: "box", x: x - 1, y: y + at * cell - 1, w: side + 2, h: cell + 2, fill: "none", stroke: "ink",
        width: 2 });
    };
    draw(one, "computed in one layer", seen, "series-1");
    draw(all, `heard of after ${count(layers, "layer")}`, reach, "series-3");
    const [x, y] = origin(one);
    marks.push({ kind: "disc", x: x - 10, y: y + (at + 0.5) * cell, r: 8, fill: "mark", stroke: "ink", width: 2,
      handle: { id: "row", drag: "y", step: cell, label: `token ${at + 1} of ${T}` } });
    // The chosen output, and the inputs that its gradient reaches.
    const place = (j: number): number => row.x + (j + 0.5) * row.w / T, r = Math.min(7, row.w / T / 2 - 1.5);
    marks.push({ kind: "text", x: row.x, y: row.y - 14, size: 13, fill: "ink-2",
      text: `output ${at + 1} has a gradient by these inputs` });
    heard.forEach((hears, j) => marks.push({ kind: "disc", x: place(j), y: row.y + 8, r,
      fill: hears ? "series-3" : "plate", stroke: j === at ? "ink" : "ink-3", width: j === at ? 2.5 : 1 }));
    for (const j of [0, T / 2 - 1, T - 1]) {
      marks.push({ kind: "text", x: place(j), y: row.y + 36, anchor: "middle", size: 12, role: "number", fill: "ink-2",
        text: String(j + 1) });
    }
    return { width, height, marks };
  },
  describe({ pattern, causal, seen, reach, layers, at, heard }) {
    const possible = causal ? T * (T + 1) / 2 : T * T;
    return `${pattern}${causal ? ", causal" : ""}: a layer computes ${filled(seen)} of ${T * T} pairs, ` +
      `${percent(filled(seen) / (T * T))}. After ${count(layers, "layer")} ${percent(filled(reach) / possible)} of ` +
      `the ${possible} possible pairs are joined; token ${at + 1} hears of ` +
      `${count(filled(heard), "token")}.`;
  },
  table: ({ causal, history }) => ({ head: ["layers", "pairs joined", "share of those possible"],
    rows: history.map((joined, i) => [String(i + 1), String(joined),
      percent(joined / (causal ? T * (T + 1) / 2 : T * T))]) }),
  invariants: [
    { name: "reach after L layers is the pattern taken L times", holds: ({ seen, reach, layers }) => {
      let way = seen.map(Boolean);
      for (let n = 1; n < layers; n++) {
        way = way.map((_, i) => Array.from({ length: T }, (__, k) => seen[Math.floor(i / T) * T + k]
          && way[k * T + i % T]).some(Boolean));
      }
      return way.every((joined, i) => joined === reach[i]);
    } },
    { name: "the gradient of an output reaches exactly the inputs it hears of", holds: ({ reach, heard, at }) =>
      heard.every((hears, j) => hears === reach[at * T + j]) },
    { name: "another layer never takes a pair away, and nobody hears the future", holds: ({ causal, reach, history }) =>
      history.every((joined, i) => i === 0 || joined >= history[i - 1])
        && (!causal || reach.every((joined, i) => !joined || i % T <= Math.floor(i / T))) },
    { name: "BigBird without a mask joins everything within two layers",
      holds: ({ pattern, causal, layers, history }) =>
        pattern !== "BigBird" || causal || layers < 2 || history[1] === T * T },
  ],
  cell: ({ size, causal }) => [
    'import { F } from "gradus";',
    "",
    `const seen = F.localMask(24, { window: ${size}, causal: ${causal} }).to("f32");`,
    "let reach = seen;",
    "for (let layers = 1; layers <= 6; layers++) {",
    "  console.log(layers, \"layers:\", await reach.gt(0).to(\"f32\").sum().item(), \"of 576 pairs\");",
    "  reach = seen.matmul(reach).gt(0).to(\"f32\");",
    "}",
  ].join("\n"),
});
