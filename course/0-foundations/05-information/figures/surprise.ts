import { F, grad, tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { panels, type Panel } from "@gradus/lessons/draw/panels";
import { clamp } from "@gradus/lessons/draw/scale";
import { withShare } from "@gradus/lessons/draw/shares";
import { textWidth } from "@gradus/lessons/draw/text";
import { crossEntropy, divergence, entropy, surprise, UNITS, type Unit } from "../information.ts";

const NAMES = ["sun", "cloud", "rain", "snow"] as const;
const STARTS = {
  "weather and forecast": [[0.5, 0.25, 0.125, 0.125], [0.125, 0.5, 0.25, 0.125]],
  "a label and a guess": [[0, 0, 1, 0], [0.1, 0.25, 0.6, 0.05]],
  "mostly the wrong half": [[0.4, 0.4, 0.1, 0.1], [0.1, 0.1, 0.4, 0.4]],
  "certain and wrong": [[0.5, 0.25, 0.25, 0], [0.5, 0.5, 0, 0]],
} as const satisfies Readonly<Record<string, readonly (readonly number[])[]>>;
type Start = keyof typeof STARTS;

interface Snapshot {
  readonly unit: Unit;
  readonly rate: number;
  /** What is true, and what is expected. */
  readonly p: readonly number[]; readonly q: readonly number[];
  /** Steps by which q has learned. */
  readonly learned: number;
  /** Slopes of H(p, q) against the logits of q, by the engine, before the last step; null before the first. */
  readonly slopes: readonly number[] | null;
  /** H(p, q) by the engine's own loss, in nats. */
  readonly engine: number;
}
/** Logits of q; what is ruled out entirely stays so. */
const logits = (q: readonly number[]): number[] => q.map((share) => Math.log(Math.max(share, 1e-30)));
async function measured(state: Omit<Snapshot, "engine">): Promise<Snapshot> {
  const loss = F.crossEntropy(tensor(logits(state.q)).reshape([1, 4]), tensor([...state.p]).reshape([1, 4]));
  return { ...state, engine: await loss.item() };
}
async function learn(state: Snapshot): Promise<Snapshot> {
  const z = tensor(logits(state.q), { requiresGrad: true });
  const [slope] = grad(F.crossEntropy(z.reshape([1, 4]), tensor([...state.p]).reshape([1, 4])), [z]);
  const slopes = Array.from(await slope!.data());
  const next = F.softmax(z.sub(slope!.mul(state.rate)), 0);
  return await measured({ ...state, q: Array.from(await next.data()), slopes, learned: state.learned + 1 });
}

const BARS = { top: 46, height: 170 } as const, ROW = 26;
function layout(width: number): { readonly at: readonly Panel[]; readonly height: number } {
  return panels(width, { shares: [1, 1.1], height: 330, heights: [250, 330], narrow: 660, gap: 26 });
}

export default defineFigure({
  id: "surprise",
  title: "Expected one thing, found another",
  question: "What does it cost to expect q where p is true?",
  params: {
    start: { kind: "choice", label: "begin with", value: "weather and forecast",
      choices: Object.keys(STARTS) as Start[] },
    unit: { kind: "choice", label: "unit", value: "bits", choices: [...UNITS] },
    rate: { kind: "number", label: "learning rate of q", value: 1, min: 0.1, max: 4, step: 0.1 },
  },
  init: ({ start, unit, rate }): Promise<Snapshot> => {
    const [p, q] = STARTS[start];
    return measured({ unit, rate, p: [...p], q: [...q], learned: 0, slopes: null });
  },
  step: learn,
  done: ({ p, q, learned }) => learned >= 60 || divergence(p, q, "bits") < 1e-4,
  act(state, action): Snapshot | Promise<Snapshot> {
    if (action.type !== "drag") return state;
    const [which, index] = action.id.split(":"), { at: [panel] } = layout(action.width);
    const value = clamp(Math.round((panel.y + BARS.top + BARS.height - action.y) / BARS.height * 100) / 100, [0, 1]);
    const changed = withShare(which === "p" ? state.p : state.q, Number(index), value);
    return measured({ ...state, [which]: changed, learned: 0, slopes: null });
  },
  snapshot: (state) => state,

  view(state, { width }: Frame): Scene {
    const { at: [left, right], height } = layout(width);
    return { width, height, marks: [...drawShares(state, left), ...drawSums(state, right)] };
  },
  describe({ p, q, unit, learned, slopes }) {
    const h = entropy(p, unit), cross = crossEntropy(p, q, unit), kl = divergence(p, q, unit);
    const sum = `H(p) = ${fixed(h, 3)} ${unit}, and expecting q costs ${fixed(kl, 3)} more: ` +
      `H(p, q) = ${fixed(cross, 3)}.`;
    if (slopes === null) return `${sum} The other way round KL(q‖p) is ${fixed(divergence(q, p, unit), 3)}.`;
    return `Step ${learned}: the slopes of H(p, q) against the logits were q − p = ` +
      `${slopes.map((slope) => fixed(slope, 2)).join(", ")}; q moved against them. ${sum}`;
  },
  table: ({ p, q, unit }) => ({
    head: ["outcome", "p", "q", `surprise under p (${unit})`, `surprise under q (${unit})`, "p × surprise under q"],
    rows: NAMES.map((name, i) => [name, fixed(p[i], 3), fixed(q[i], 3), fixed(surprise(p[i], unit), 3),
      fixed(surprise(q[i], unit), 3), fixed(p[i] === 0 ? 0 : p[i] * surprise(q[i], unit), 3)]),
  }),
  numbers({ p, q, unit }) {
    const plain = (value: number) => ({ kind: "plain", value }) as const;
    return { cross: plain(crossEntropy(p, q, unit)), entropy: plain(entropy(p, unit)),
      divergence: plain(divergence(p, q, unit)) };
  },
  invariants: [
    { name: "both distributions add up to 1", holds: ({ p, q }) => [p, q].every((shares) =>
      Math.abs(shares.reduce((a, b) => a + b, 0) - 1) < 1e-5) },
    { name: "entropy lies between 0 and the logarithm of the number of outcomes", holds: ({ p, unit }) =>
      entropy(p, unit) >= 0 && entropy(p, unit) <= surprise(1 / NAMES.length, unit) + 1e-9 },
    { name: "KL is never below zero", holds: ({ p, q }) => divergence(p, q, "nats") >= -1e-6 },
    { name: "cross-entropy is entropy plus KL", holds: ({ p, q, unit }) => {
      const cross = crossEntropy(p, q, unit), sum = entropy(p, unit) + divergence(p, q, unit);
      return cross === sum || Math.abs(cross - sum) < 1e-9;
    } },
    { name: "the engine's loss is the cross-entropy", holds: ({ p, q, engine }) =>
      !Number.isFinite(crossEntropy(p, q, "nats")) || q.some((share) => share < 1e-6)
      || Math.abs(engine - crossEntropy(p, q, "nats")) < 1e-4 },
  ],
  cell: ({ start }) => `import { F, tensor } from "gradus";\n\nconst p = tensor(${JSON.stringify(STARTS[start][0])}), `
    + `q = tensor(${JSON.stringify(STARTS[start][1])});\n\n`
    + "// Cross-entropy takes logits; the logarithms of q are some.\n"
    + "F.crossEntropy(q.log().reshape([1, 4]), p.reshape([1, 4])); // in nats",
});

/** Two bars an outcome: p filled, q outlined; each with a handle on top. */
function drawShares({ p, q }: Snapshot, { x, y, w }: Panel): Mark[] {
  const floor = y + BARS.top + BARS.height, pitch = w / NAMES.length, bar = Math.min(30, pitch * 0.34);
  const marks: Mark[] = [
    { kind: "box", x, y: y + 8, w: 13, h: 13, fill: "ink" },
    { kind: "text", x: x + 19, y: y + 19, text: "p, true", size: 13 },
    { kind: "box", x: x + 84, y: y + 8, w: 13, h: 13, fill: "none", stroke: "ink", width: 1.5 },
    { kind: "text", x: x + 103, y: y + 19, text: "q, expected; drag either", size: 13 },
    { kind: "line", points: [[x, floor], [x + w, floor]], stroke: "ink", width: 1.5 },
  ];
  NAMES.forEach((name, i) => {
    const middle = x + (i + 0.5) * pitch;
    marks.push({ kind: "text", x: middle, y: floor + 19, text: name, anchor: "middle", size: 14 });
    for (const [which, share, dx] of [["p", p[i], -bar - 2], ["q", q[i], 2]] as const) {
      const high = share * BARS.height, solid = which === "p";
      marks.push({ kind: "box", x: middle + dx, y: floor - high, w: bar, h: Math.max(1, high),
        fill: solid ? "ink" : "none", stroke: "ink", width: 1.5 });
      marks.push({ kind: "disc", x: middle + dx + bar / 2, y: floor - high, r: 7, fill: solid ? "ink" : "plate",
        stroke: solid ? "plate" : "ink", width: 2,
        handle: { id: `${which}:${i}`, label: `${which} of ${name}, ${fixed(share, 2)}`, drag: "y", step: 3 } });
    }
  });
  return marks;
}

/** The sum behind H(p, q), an outcome a line; below it entropy, divergence and their sum on one scale. */
function drawSums({ p, q, unit }: Snapshot, { x, y, w }: Panel): Mark[] {
  const h = entropy(p, unit), kl = divergence(p, q, unit), cross = crossEntropy(p, q, unit);
  const columns = [x, x + w * 0.36, x + w * 0.54, x + w * 0.77, x + w];
  const marks: Mark[] = [];
  const put = (column: number, line: number, text: string, quiet = false, bold = false): void => {
    marks.push({ kind: "text", x: columns[column], y: y + 19 + line * ROW, text, size: column === 0 ? 14 : 13.5, bold,
      anchor: column === 0 ? "start" : "end", fill: quiet ? "ink-2" : "ink",
      ...(column === 0 ? {} : { role: "number" }) });
  };
  ["outcome", "p", "q", "−log q", "p × that"].forEach((name, i) => put(i, 0, name, true));
  NAMES.forEach((name, i) => {
    put(0, i + 1, name);
    put(1, i + 1, fixed(p[i], 3));
    put(2, i + 1, fixed(q[i], 3));
    put(3, i + 1, fixed(surprise(q[i], unit), 3));
    put(4, i + 1, fixed(p[i] === 0 ? 0 : p[i] * surprise(q[i], unit), 3));
  });
  const line = y + 19 + 4 * ROW + 11;
  marks.push({ kind: "line", points: [[x, line], [x + w, line]], stroke: "ink", width: 1.2 });
  put(0, 5, "sum, H(p, q)", false, true);
  put(4, 5, fixed(cross, 3), false, true);
  // The widest that the bars are drawn; beyond it they are cut and say so by their number.
  const full = unit === "bits" ? 4 : 4 * Math.LN2, room = w - 4, long = (value: number): number =>
    clamp(value / full, [0, 1]) * room;
  const top = y + 19 + 5 * ROW + 26, gap = 54;
  const from = long(h), to = long(h + kl);
  marks.push({ kind: "line", points: [[x + from, top + 8], [x + from, top + 2 * gap + 26]], stroke: "ink-3", width: 1,
    dash: [3, 3] });
  const name = (row: number, text: string, value: number): void => {
    // The dashed line stops behind a name.
    marks.push({ kind: "box", x, y: top + row * gap - 12, w: textWidth(text, 12), h: 16, fill: "plate" });
    marks.push({ kind: "text", x, y: top + row * gap, text, size: 13, fill: "ink-2" });
    marks.push({ kind: "text", x: x + w, y: top + row * gap, text: `${fixed(value, 3)} ${unit}`, role: "number",
      anchor: "end", size: 13.5, bold: true });
  };
  name(0, "entropy H(p)", h);
  marks.push({ kind: "box", x, y: top + 8, w: Math.max(1, long(h)), h: 18, fill: "ink" });
  name(1, "plus KL(p‖q)", kl);
  marks.push({ kind: "box", x: x + from, y: top + gap + 8, w: Math.max(1, to - from), h: 18, fill: "ink", hatch: true,
    stroke: "ink", width: 1 });
  name(2, "is cross-entropy H(p, q)", cross);
  marks.push({ kind: "box", x, y: top + 2 * gap + 8, w: Math.max(1, from), h: 18, fill: "ink" });
  marks.push({ kind: "box", x: x + from, y: top + 2 * gap + 8, w: Math.max(1, to - from), h: 18, fill: "ink",
    hatch: true, stroke: "ink", width: 1 });
  // Torn where they are cut.
  for (const bar of h + kl > full ? [top + gap + 8, top + 2 * gap + 8] : []) {
    for (const at of [0.9, 0.93]) {
      marks.push({ kind: "line", points: [[x + room * at - 5, bar + 22], [x + room * at + 5, bar - 4]], stroke: "plate",
        width: 4 });
    }
  }
  return marks;
}
