import { assign, F, manualSeed, noGrad, tensor, type Tensor } from "gradus";
import { Mamba } from "gradus/models";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { edge } from "@gradus/lessons/draw/edge";
import { count, fixed } from "@gradus/lessons/draw/number";
import { paragraph } from "@gradus/lessons/draw/text";

const WIDTH = 4, INNER = 8, STATE = 2, TAPS = 4, LONGEST = 8, ALPHABET = "abcdefghijklmnopqrstuvwxyz ";

/** The stages in the order of computing: column 0 is the branch of the state space, column 1 that of the gate. */
const STAGES = [
  { id: "x", name: "the tokens, normalised", column: 0, row: 0, rows: WIDTH, from: [] },
  { id: "u", name: "expanded", column: 0, row: 1, rows: INNER, from: ["x"] },
  { id: "z", name: "expanded: the gate", column: 1, row: 1, rows: INNER, from: ["x"] },
  { id: "conv", name: "convolution, 4 taps", column: 0, row: 2, rows: INNER, from: ["u"] },
  { id: "h", name: "SiLU", column: 0, row: 3, rows: INNER, from: ["conv"] },
  { id: "dt", name: "step Δ", column: 1, row: 3, rows: INNER, from: ["h"] },
  { id: "B", name: "B above, C below", column: 1, row: 4, rows: 2 * STATE, from: ["h"] },
  { id: "y", name: "selective scan", column: 0, row: 4, rows: INNER, from: ["h", "dt", "B"] },
  { id: "gate", name: "SiLU of the gate", column: 1, row: 2, rows: INNER, from: ["z"] },
  { id: "gated", name: "scan times gate", column: 0, row: 5, rows: INNER, from: ["y", "gate"] },
  { id: "out", name: "projected back", column: 1, row: 5, rows: WIDTH, from: ["gated"] },
] as const;
type Id = (typeof STAGES)[number]["id"];

interface Shot {
  readonly text: string;
  /** Numbers of every stage, rows by tokens, and those of the text before the last change. */
  values: Readonly<Record<Id, readonly number[]>>;
  before: Readonly<Record<Id, readonly number[]>> | null;
  /** The library's own result. */
  library: readonly number[];
  /** The token that was changed. */
  changed: number | null;
  tokens: string; shown: number;
}
interface State extends Shot { readonly model: Mamba }

/** Every stage by the library’s own layers, rows by tokens. */
async function run(model: Mamba, text: string): Promise<Pick<Shot, "values" | "library">> {
  const [{ norm, mixer }] = model.backbone.layers, T = text.length;
  const ids = tensor(Int32Array.from(text, (c) => Math.max(0, ALPHABET.indexOf(c))), { shape: [1, T] });
  const made = noGrad((): Record<Id | "library", Tensor> => {
    const x = norm.forward(model.backbone.embeddings.forward(ids));
    const [u, z] = mixer.in_proj.forward(x).chunk(2, 2);
    const conv = mixer.conv1d.forward(u.transpose(1, 2)).narrow(2, 0, T).transpose(1, 2), h = F.silu(conv);
    const rank = mixer.dt_proj.weight.shape[1];
    const [low, B, C] = mixer.x_proj.forward(h).split([rank, STATE, STATE], 2);
    const dt = F.softplus(mixer.dt_proj.forward(low));
    const y = F.selectiveScan(h, dt, mixer.A_log.exp().neg(), B, C, mixer.D), gate = F.silu(z), gated = y.mul(gate);
    return { x, u, z, conv, h, dt, B: mixer.x_proj.forward(h).narrow(2, rank, 2 * STATE), y, gate, gated,
      out: mixer.out_proj.forward(gated), library: mixer.forward(x) };
  });
  const list = async (v: Tensor): Promise<number[]> => Array.from(await v.squeeze(0).transpose(0,
    1).data());
  const entries = await Promise.all(STAGES.map(async ({ id }) => [id, await list(made[id])] as const));
  return { values: Object.fromEntries(entries) as Record<Id, number[]>, library: await list(made.library) };
}
/** Tokens whose column of a stage is another one than before. */
function moved({ values, before, tokens }: Shot, id: Id): number[] {
  if (before === null) return [];
  const T = tokens.length, now = values[id], then = before[id];
  return [...tokens].flatMap((_, t) => (now.some((v, i) => i % T === t && v !== then[i]) ? [t] : []));
}

interface Layout { readonly height: number; readonly panel: number;
readonly gap: number; readonly tokens: number;
place(stage: (typeof STAGES)[number]): { readonly x: number; readonly y: number; readonly w: number;
  readonly h: number } }
const ROW = 8, GAP = 54;
function layout(width: number): Layout {
  const gap = width < 640 ? 26 : 90, panel = Math.min(330, (width - 28 - gap) / 2), left = (width - 2 *
    panel - gap) / 2;
  const tokens = 34, heights = [0, 1, 2, 3, 4, 5].map((row) => Math.max(...STAGES.filter((stage) => stage.row === row)
    .map(({ rows }) => rows * ROW)));
  const tops = heights.map((_, row) => tokens + 60 + heights.slice(0, row).reduce((sum, h) => sum + h + GAP, 0));
  return { panel, gap, tokens, height: tops[5] + heights[5] + 84 + (width < 640 ? 36 : 0), place: ({ column, row,
    rows }) =>
    ({ x: left + column * (panel + gap), y: tops[row], w: panel, h: rows * ROW }) };
}

export default defineFigure({
  id: "mamba-block",
  title: "Inside a Mamba block",
  question: "Change one token: which parts of the block hear of it, and when?",
  params: {
    text: { kind: "text", label: "tokens", value: "remember", longest: LONGEST },
  },
  async init({ text }, seed): Promise<State> {
    manualSeed(seed);
    const model = new Mamba({ vocabulary: ALPHABET.length, width: WIDTH, layers: 1, state: STATE, expand: 2,
      taps: TAPS });
    // Steps as after some training, so that what the state carries can be seen.
    const [{ mixer }] = model.backbone.layers;
    assign(mixer.dt_proj.bias!, tensor(Array.from({ length: INNER }, (_, i) => Math.log(Math.expm1(0.1 * (i + 1))))));
    assign(model.backbone.embeddings.weight, model.backbone.embeddings.weight.detach().mul(50));
    const tokens = text.toLowerCase().replace(/[^a-z ]/g, " ").slice(0, LONGEST) || "a";
    return { model, text, tokens, changed: null, before: null, shown: 1, ...await run(model, tokens) };
  },
  step(state) {
    state.shown++;
    return state;
  },
  done: ({ shown }) => shown >= STAGES.length,
  async act(state, action) {
    if (action.type !== "press") return state;
    const at = Number(action.id.split(":")[1]), next = ALPHABET[(ALPHABET.indexOf(state.tokens[at]) + 1) % 26];
    state.tokens = state.tokens.slice(0, at) + next + state.tokens.slice(at + 1);
    state.before = state.values;
    state.changed = at;
    Object.assign(state, await run(state.model, state.tokens));
    return state;
  },
  snapshot: ({ text, values, before, library, changed, tokens, shown }): Shot =>
    ({ text, values, before, library, changed, tokens, shown }),

  view(shot, { width }: Frame): Scene {
    const at = layout(width), { tokens, shown, values, changed } = shot, T = tokens.length, marks: Mark[] = [];
    const first = at.place(STAGES[0]), column = first.w / T, side = Math.min(column - 3, 34);
    marks.push({ kind: "text", x: first.x, y: 20, size: 13, fill: "ink-2", text: "press a token to change it" });
    [...tokens].forEach((token, t) => {
      const x = first.x + (t + 0.5) * column;
      marks.push({ kind: "box", x: x - side / 2, y: at.tokens, w: side, h: 26, round: 4,
        fill: t === changed ? "mark" : "paper", stroke: "ink", width: 1.5,
        handle: { id: `token:${t}`, press: true, label: `token ${t + 1}, ${token === " " ? "space" : token}` } },
      { kind: "text", x, y: at.tokens + 18, anchor: "middle", role: "code", size: 14, text: token === " " ? "␣" : token,
        fill: t === changed ? "on-mark" : "ink" });
    });
    for (const [i, stage] of STAGES.entries()) {
      const box = at.place(stage), ready = i < shown, now = i === shown - 1 && shown > 1;
      for (const id of stage.from) {
        const source = at.place(STAGES.find((other) => other.id === id)!);
        const look = { stroke: ready ? "ink-2" : "hair", now, width: 1.5 } as const;
        if (source.x === box.x) {
          marks.push(...edge([source.x + source.w / 2, source.y + source.h], [box.x + box.w / 2, box.y - 22], look));
          continue;
        }
        // Across, each in a lane of its own between the two columns.
        const right = box.x > source.x, [out, into] = right ? [source.x + source.w, box.x] : [source.x, box.x + box.w];
        const same = source.y === box.y, lane = (right ? out : into) + at.gap *
          (id === "gate" ? 0.3 : right ? 0.72 : 0.5);
        const from = source.y + (same ? Math.min(source.h, box.h) * 0.5 : source.h * (right ? 0.8 : 0.9));
        const to = same ? from : box.y + box.h * (id === "gate" ? 0.4 : id === "x" ? 0.4 : right ? 0.75 : 0.12);
        const corner: readonly (readonly [number, number])[] = same ? [[out, from], [into, to]]
          : [[out, from], [lane, from], [lane, to], [into, to]];
        if (now) marks.push({ kind: "line", points: corner, stroke: "mark", width: 8 });
        marks.push({ kind: "line", points: corner, arrow: true, width: now ? 2.5 : 1.5,
          stroke: now ? "ink" : look.stroke });
      }
      marks.push({ kind: "text", x: box.x, y: box.y - 7, size: 13, fill: ready ? "ink" : "ink-3", text: stage.name });
      if (width >= 640) marks.push({ kind: "text", x: box.x + box.w, y: box.y - 7, size: 12, anchor: "end",
        role: "code",
        fill: "ink-3", text: `${T} × ${stage.rows}` });
      if (!ready) {
        marks.push({ kind: "box", x: box.x, y: box.y, w: box.w, h: box.h, fill: "none", stroke: "hair", width: 1 });
        continue;
      }
      marks.push({ kind: "cells", ...box, rows: stage.rows, columns: T, values: values[stage.id],
        title: `${stage.name}, largest ${fixed(Math.max(...values[stage.id].map(Math.abs)), 3)}` });
      for (const t of moved(shot, stage.id)) marks.push({ kind: "line", points: [[box.x + (t + 0.12) * column,
        box.y + box.h + 5], [box.x + (t + 0.88) * column, box.y + box.h + 5]], stroke: "mark", width: 6 },
      { kind: "line", points: [[box.x + (t + 0.12) * column, box.y + box.h + 5], [box.x + (t + 0.88) * column,
        box.y + box.h + 5]], stroke: "ink", width: 1.5 });
    }
    marks.push(...paragraph(sentence(shot), 14, at.height - (width < 640 ? 74 : 40), width - 28, { fill: "ink" }));
    return { width, height: at.height, marks };
  },
  describe: (shot) => {
    const { values, library, shown, tokens } = shot, stage = STAGES[shown - 1];
    const off = Math.max(...values.out.map((v, i) => Math.abs(v - library[i])));
    return `Stage ${shown} of ${STAGES.length}, ${stage.name}: ${stage.rows} numbers for each of ` +
      `${count(tokens.length, "token")}. ${sentence(shot)} The stages together differ from the library’s block by ` +
      `${fixed(off, 7)}.`;
  },
  table: (shot) => ({ head: ["stage", "numbers per token", "largest", "columns changed"], rows: STAGES.map((stage) =>
    [stage.name, String(stage.rows), fixed(Math.max(...shot.values[stage.id].map(Math.abs)), 4),
      shot.changed === null ? "none" : moved(shot, stage.id).map((t) => t + 1).join(" ") || "none"]) }),
  invariants: [
    { name: "the stages together are the library’s block", holds: ({ values, library }) =>
      values.out.every((v, i) => Math.abs(v - library[i]) < 1e-5) },
    { name: "no token hears of a later one", holds: (shot) => shot.changed === null ||
      STAGES.every(({ id }) => moved(shot, id).every((t) => t >= shot.changed!)) },
    { name: "the convolution carries a change at most three tokens on", holds: (shot) => shot.changed === null ||
      moved(shot, "conv").every((t) => t < shot.changed! + TAPS) },
    { name: "steps are above zero", holds: ({ values }) => values.dt.every((v) => v > 0) },
  ],
});

function sentence(shot: Shot): string {
  const { shown, changed, tokens } = shot, stage = STAGES[shown - 1];
  if (changed === null) return SAID[stage.id];
  const heard = moved(shot, stage.id);
  return `Token ${changed + 1} is now “${tokens[changed]}”. In “${stage.name}” ` +
    `${count(heard.length, "column")} of ${tokens.length} changed` +
    (heard.length === 0 ? "." : `: ${heard.map((t) => t + 1).join(", ")}.`);
}
/** What each stage does. */
const SAID: Readonly<Record<Id, string>> = {
  x: "Each token is a column of 4 numbers, scaled to the same size.",
  u: "One matrix makes 8 numbers of the 4: the branch that goes through the state space.",
  z: "A second half of the same matrix makes 8 more: the branch that will be the gate.",
  conv: "Each row is convolved with 4 taps of its own: every token hears of itself and the 3 before it.",
  h: "SiLU bends each number: the first thing here that is not linear.",
  dt: "From the bent columns each token gets its own steps, 8 of them and all above zero,",
  B: "and its own B and C, 2 numbers each, shared by all rows.",
  y: "The selective scan: 8 rows with 2 states each. Here alone may a token hear of a distant one.",
  gate: "The other branch sees no other token at all: SiLU, and nothing else.",
  gated: "Scan times gate, number by number: a token may mute what the scan brought.",
  out: "One matrix back to 4 numbers, to be added to what came in. No attention anywhere.",
};
