import { grad, nn, noGrad, tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { between, edge } from "@gradus/lessons/draw/edge";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { clamp, linear, type Pair, type Scale } from "@gradus/lessons/draw/scale";

const TAGS = ["O", "B", "I"] as const, K = TAGS.length;
const WORDS = ["near", "New", "York", "today"] as const, T = WORDS.length;
const O = 0, I = 2, NEVER = -1e4, SIDE: Pair = [-4, 4], SHOWN = 4;
const EMISSIONS = [[2, -1, -1.5], [0.9, 0.6, 1.1], [0.3, 0.4, 1.6], [1.5, -1, -0.5]];
/** Every sequence of tags, in counting order. */
const PATHS = Array.from({ length: K ** T }, (_, n) =>
  Array.from({ length: T }, (_, t) => Math.floor(n / K ** (T - 1 - t)) % K));
const STEPS = T * K + T;

interface State {
  readonly crf: nn.CRF; readonly rule: boolean;
  /** Scores of each tag of each word, and of tag j (column) behind tag i (row). */
  emissions: number[][]; transitions: number[][];
  /** Best score of a path that ends here, and the tag before it (−1 at the first word). */
  scores: number[][]; from: number[][];
  /** By the library: the best path, its score, ln Z, and the share of each tag of each word. */
  path: number[]; score: number; logZ: number; shares: number[][];
  /** By trying every path. */
  all: { readonly tags: readonly number[]; readonly score: number }[];
  /** Operations walked so far; 0 shows all of them. */
  at: number;
}
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const best = (values: readonly number[]): number => values.reduce((top, v, k) => (v > values[top] ? k : top), 0);
const startOf = (rule: boolean): number[] => TAGS.map((_, k) => (rule && k === I ? NEVER : 0));
const rulesOf = ({ transitions, rule }: Pick<State, "transitions" | "rule">): number[][] => transitions.map((row, i) =>
  row.map((v, j) => (rule && i === O && j === I ? NEVER : v)));

async function look(state: State): Promise<State> {
  const { crf, emissions, rule } = state, A = rulesOf(state), start = startOf(rule);
  crf.transitions.assign(tensor(A));
  crf.start_transitions.assign(tensor(start));
  crf.end_transitions.assign(tensor([0, 0, 0]));
  const x = tensor([emissions], { requiresGrad: true }), logZ = crf.logPartition(x);
  // The slope of ln Z by a score is the share of paths, by their probability, that use it.
  const [slope] = grad(logZ.sum(), [x]);
  const [path, score] = noGrad(() => {
    const tags = crf.decode(x);
    return [tags, crf.score(x, tags)];
  });
  const [tags, s, z, p] = await Promise.all([path.data(), score.data(), logZ.data(), slope!.data()]);
  Object.assign(state, { path: Array.from(tags), score: s[0], logZ: z[0],
    shares: emissions.map((row, t) => row.map((_, k) => p[t * K + k])) });
  state.scores = [emissions[0].map((v, k) => v + start[k])];
  state.from = [TAGS.map(() => -1)];
  for (let t = 1; t < T; t++) {
    const reached = TAGS.map((_, j) => state.scores[t - 1].map((v, i) => v + A[i][j]));
    state.from.push(reached.map(best));
    state.scores.push(reached.map((options, j) => Math.max(...options) + emissions[t][j]));
  }
  state.all = PATHS.map((tags) => ({ tags, score: start[tags[0]] + sum(tags.map((k, t) =>
    emissions[t][k] + (t === 0 ? 0 : A[tags[t - 1]][k]))) })).sort((a, b) => b.score - a.score);
  return state;
}
const nameOf = (tags: readonly number[]): string => tags.map((k) => TAGS[k]).join(" ");
const scoreText = (v: number): string => (v < NEVER / 2 ? "−∞" : fixed(v));
/** What is already known at step `at` of the walk: which scores, and from which word on the way back has gone. */
const reached = (at: number, t: number, k: number): boolean => at === 0 || t * K + k < at;
const traced = (at: number): number => (at === 0 ? 0 : Math.max(0, STEPS - at));

interface Layout { readonly x: readonly number[]; readonly y: readonly number[]; readonly w: number; readonly h: number;
  readonly grid: { readonly x: number; readonly y: number; readonly w: number };
  readonly list: { readonly x: number; readonly y: number; readonly w: number }; readonly height: number }
function layout(width: number): Layout {
  const wide = width >= 900, broad = width >= 600, room = wide ? width * 0.56 : width - 8;
  const left = 26, column = (room - left) / T, w = Math.min(84, column - 22), h = 48, row = 92;
  const x = WORDS.map((_, t) => left + (t + 0.5) * column), y = TAGS.map((_, k) => 70 + k * row);
  const low = y[K - 1] + h / 2 + 56, side = room + 40;
  const grid = wide ? { x: side, y: 18, w: Math.min(330, width - side - 8) }
    : { x: 12, y: low + 16, w: broad ? Math.min(290, width / 2 - 30) : width - 24 };
  const list = wide ? { x: side, y: 224, w: grid.w } : broad ? { x: width / 2 + 16, y: low + 16, w: width / 2 - 28 }
    : { x: 12, y: grid.y + 210, w: width - 24 };
  return { x, y, w, h, grid, list, height: wide ? Math.max(low, list.y + 170) : list.y + (broad ? 196 : 166) };
}
/** The track of a score: where its knob stands. */
const trackOf = (x: number, w: number): Scale => linear(SIDE, [x - w / 2 + 9, x + w / 2 - 9]);
const cellOf = ({ grid }: Layout, i: number, j: number): { readonly x: number; readonly y: number;
  readonly w: number } => {
  const w = (grid.w - 34) / K;
  return { x: grid.x + 34 + w * (j + 0.5), y: grid.y + 64 + 46 * i, w: w - 8 };
};

export default defineFigure({
  id: "tag-lattice",
  title: "The best path through the tags",
  question: "Each word scores its tags. Which sequence of tags is best as a whole, and how sure is that?",
  params: {
    rule: { kind: "flag", label: "I only behind B or I", value: false },
  },
  init: ({ rule }): Promise<State> => look({ crf: new nn.CRF(K), rule, emissions: EMISSIONS.map((row) => [...row]),
    transitions: TAGS.map(() => TAGS.map(() => 0)), scores: [], from: [], path: [], score: 0, logZ: 0, shares: [],
    all: [], at: 0 }),
  step(state) {
    state.at++;
    return state;
  },
  done: ({ at }) => at >= STEPS,
  act(state, action) {
    if (action.type !== "drag") return state;
    const [kind, first, second] = action.id.split(":"), [a, b] = [Number(first), Number(second)];
    const map = layout(action.width), cell = cellOf(map, a, b);
    const track = kind === "e" ? trackOf(map.x[a], map.w) : trackOf(cell.x, cell.w);
    const value = clamp(Math.round(10 * track.invert(action.x)) / 10 + 0, SIDE);
    if (kind === "e") state.emissions[a][b] = value;
    else state.transitions[a][b] = value;
    state.at = 0;
    return look(state);
  },
  snapshot: ({ rule, emissions, transitions, scores, from, path, score, logZ, shares, all, at }) => ({ rule, emissions,
    transitions, scores, from, path, score, logZ, shares, all, at }),

  view({ rule, emissions, transitions, scores, from, path, logZ, shares, all, at }, { width }: Frame): Scene {
    const map = layout(width), { x, y, w, h, height } = map, marks: Mark[] = [], knobs: Mark[] = [];
    const greedy = emissions.map(best), since = traced(at);
    WORDS.forEach((word, t) => marks.push({ kind: "text", x: x[t], y: 22, text: word, anchor: "middle", size: 15 }));
    TAGS.forEach((tag, k) => marks.push({ kind: "text", x: 12, y: y[k] + 6, text: tag, anchor: "middle", size: 16,
      bold: true }));
    // Ways that were tried, the best into each place, and the whole path.
    for (let t = 1; t < T; t++) {
      TAGS.forEach((_, j) => TAGS.forEach((_, i) => {
        if (!reached(at, t, j) || (rule && i === O && j === I)) return;
        const kept = from[t][j] === i && scores[t][j] > NEVER / 2;
        const now = path[t - 1] === i && path[t] === j && t - 1 >= since;
        marks.push(...edge([x[t - 1] + w / 2, y[i]], [x[t] - w / 2, y[j]], { now, to: 3,
          stroke: kept ? "ink-2" : "hair", width: kept ? 2 : 1, arrow: kept }));
      }));
    }
    WORDS.forEach((_, t) => TAGS.forEach((_, k) => {
      const left = x[t] - w / 2, top = y[k] - h / 2, on = path[t] === k && t >= since;
      const now = at > 0 && t * K + k === at - 1;
      const track = trackOf(x[t], w), value = emissions[t][k], tall = clamp(shares[t][k], [0, 1]) * h;
      marks.push({ kind: "box", x: left, y: top, w, h, round: 4, fill: "plate", stroke: "none" },
        { kind: "box", x: left, y: top + h - tall, w, h: tall, round: 4, fill: "series-1", opacity: 0.28 },
        { kind: "box", x: left, y: top, w, h, round: 4, fill: "none", stroke: on || now ? "ink" : "ink-3",
          width: on || now ? 2.5 : 1, title: `share ${percent(shares[t][k])}` },
        { kind: "text", x: x[t], y: top + 19, text: fixed(value, 1), role: "number", anchor: "middle", size: 14 },
        { kind: "line", points: [[left + 9, top + 34], [left + w - 9, top + 34]], stroke: "ink-3", width: 1.5 });
      if (now) marks.push({ kind: "box", x: left - 4, y: top - 4, w: w + 8, h: h + 8, round: 6, fill: "none",
        stroke: "mark", width: 4 });
      // Where a word alone would go.
      if (greedy[t] === k) marks.push({ kind: "disc", x: left + 9, y: top + 10, r: 4, fill: "none", stroke: "ink",
        width: 1.5, title: "highest score of this word alone" });
      if (reached(at, t, k)) marks.push({ kind: "text", x: x[t], y: top + h + 16, anchor: "middle", size: 13,
        bold: on, role: "number", fill: on ? "ink" : "ink-2", text: scoreText(scores[t][k]) });
      knobs.push({ kind: "disc", x: track(value), y: top + 34, r: 7, fill: on ? "mark" : "plate", stroke: "ink",
        width: 2, handle: { id: `e:${t}:${k}`, drag: "x", step: 0.5 * (track(1) - track(0)),
          label: `${WORDS[t]}, score of ${TAGS[k]}, ${fixed(value, 1)}` } });
    }));
    const legend = y[K - 1] + h / 2 + 40;
    marks.push({ kind: "disc", x: x[0] - w / 2 + 5, y: legend - 4, r: 4, fill: "none", stroke: "ink", width: 1.5 },
      { kind: "text", x: x[0] - w / 2 + 15, y: legend, size: 12, fill: "ink-2",
        text: "best of a word alone; shaded: probability" });
    // Scores of one tag behind another.
    marks.push({ kind: "text", x: map.grid.x, y: map.grid.y + 8, size: 13, fill: "ink-2",
      text: "score of a tag (column) behind a tag (row)" });
    TAGS.forEach((tag, i) => {
      const head = cellOf(map, i, i);
      marks.push({ kind: "text", x: head.x, y: map.grid.y + 32, text: tag, anchor: "middle", size: 15, bold: true },
        { kind: "text", x: map.grid.x + 14, y: head.y + 6, text: tag, anchor: "middle", size: 15, bold: true });
      TAGS.forEach((to, j) => {
        const cell = cellOf(map, i, j), left = cell.x - cell.w / 2, shut = rule && i === O && j === I;
        const value = transitions[i][j], track = trackOf(cell.x, cell.w);
        const used = path.some((k, t) => t > since && k === j && path[t - 1] === i);
        marks.push({ kind: "box", x: left, y: cell.y - 20, w: cell.w, h: 40, round: 4, fill: "plate",
          stroke: used ? "ink" : "hair", width: used ? 2 : 1 });
        marks.push({ kind: "text", x: cell.x, y: cell.y + (shut ? 5 : -3), text: shut ? "never" : fixed(value, 1),
          role: shut ? "label" : "number", anchor: "middle", size: 14 });
        if (shut) return;
        marks.push({ kind: "line", points: [[left + 9, cell.y + 9], [left + cell.w - 9, cell.y + 9]], stroke: "ink-3",
          width: 1.5 });
        knobs.push({ kind: "disc", x: track(value), y: cell.y + 9, r: 7, fill: used ? "mark" : "plate", stroke: "ink",
          width: 2, handle: { id: `t:${i}:${j}`, drag: "x", step: 0.5 * (track(1) - track(0)),
            label: `${to} behind ${tag}, ${fixed(value, 1)}` } });
      });
    });
    return { width, height, marks: [...marks, ...ranking(all, logZ, since > 0, map), ...knobs] };
  },
  describe(shown) {
    const { emissions, path, score, logZ, all, at } = shown, greedy = emissions.map(best);
    const chance = (value: number): string => percent(Math.exp(value - logZ));
    const alone = all.find(({ tags }) => tags.every((k, t) => k === greedy[t]))!;
    if (at > 0 && at <= T * K) return operation(shown, at);
    if (at > T * K && at < STEPS) {
      const t = STEPS - at;
      return `Back: at “${WORDS[t]}” the path is at ${TAGS[path[t]]}, best score ` +
        `${scoreText(shown.scores[t][path[t]])}, and came from ${TAGS[shown.from[t][path[t]]]}.`;
    }
    return `Best of ${count(all.length, "path")}: ${nameOf(path)}, score ${fixed(score)}, probability ` +
      `${chance(score)}. Second: ${nameOf(all[1].tags)}, ${fixed(all[1].score)}, ${chance(all[1].score)}. Each ` +
      `word for itself would give ${nameOf(greedy)}, ` +
      `${alone.score < NEVER / 2 ? "which cannot be" : chance(alone.score)}.`;
  },
  table: ({ emissions, scores, from, shares }) => ({
    head: ["word", "tag", "own score", "best score so far", "came from", "share of all paths"],
    rows: WORDS.flatMap((word, t) => TAGS.map((tag, k) => [word, tag, fixed(emissions[t][k], 1),
      scoreText(scores[t][k]), t === 0 ? "–" : TAGS[from[t][k]], percent(shares[t][k])])),
  }),
  invariants: [
    { name: "the path of nn.CRF has the highest score of all 81", holds: ({ all, score }) =>
      Math.abs(all[0].score - score) < 1e-3 },
    { name: "the best score by steps is the best of all paths", holds: ({ all, scores }) =>
      Math.abs(Math.max(...scores[T - 1]) - all[0].score) < 1e-9 },
    { name: "ln Z by steps is the logarithm of the sum over all paths", holds: ({ all, logZ }) =>
      Math.abs(Math.log(sum(all.map(({ score }) => Math.exp(score - all[0].score)))) + all[0].score - logZ) < 1e-3 },
    { name: "the slope of ln Z by a score is the share of the paths through it", holds: ({ all, logZ, shares }) =>
      shares.every((row, t) => row.every((share, k) => Math.abs(share - sum(all.filter(({ tags }) => tags[t] === k)
        .map(({ score }) => Math.exp(score - logZ)))) < 1e-3)) },
    { name: "shares of a word's tags sum to 1", holds: ({ shares }) => shares.every((row) =>
      Math.abs(sum(row) - 1) < 1e-4) },
  ],
});

/** One operation of the walk, with its numbers. */
function operation(shown: Pick<State, "scores" | "from" | "emissions" | "transitions" | "rule">, at: number): string {
  const { scores, from, emissions } = shown, A = rulesOf(shown), t = Math.floor((at - 1) / K), k = (at - 1) % K;
  const own = fixed(emissions[t][k], 1), total = scoreText(scores[t][k]);
  if (t === 0) return `“${WORDS[0]}” as ${TAGS[k]}: start ${scoreText(startOf(shown.rule)[k])} + ${own} = ${total}.`;
  const ways = TAGS.map((tag, i) => `${tag} ${scoreText(scores[t - 1][i])} + ${scoreText(A[i][k])}`).join(", ");
  return `“${WORDS[t]}” as ${TAGS[k]}: of ${ways} the largest is that from ${TAGS[from[t][k]]}; with its own ${own} ` +
    `that is ${total}.`;
}
/** The best paths, with their share of everything. */
function ranking(all: State["all"], logZ: number, walking: boolean, { list: { x, y, w } }: Layout): Mark[] {
  const marks: Mark[] = [{ kind: "text", x, y: y + 8, size: 13, fill: "ink-2", text: `best of ${all.length} paths, ` +
    `ln Z = ${fixed(logZ)}` }];
  if (walking) return [...marks, { kind: "text", x, y: y + 34, size: 13, fill: "ink-2", text: "still on the way" }];
  all.slice(0, SHOWN).forEach(({ tags, score }, i) => {
    const line = y + 36 + 30 * i, share = score < NEVER / 2 ? 0 : Math.exp(score - logZ);
    const [from, to] = [x + 118, x + w - 62], end = between([from, line], [to, line], clamp(share, [0, 1]));
    marks.push({ kind: "text", x, y: line + 5, text: nameOf(tags), role: "code", size: 14, bold: i === 0 },
      { kind: "text", x: from - 8, y: line + 5, text: scoreText(score), role: "number", anchor: "end", size: 13 },
      { kind: "box", x: from, y: line - 9, w: end[0] - from, h: 18, fill: "series-1", opacity: i === 0 ? 1 : 0.5 },
      { kind: "text", x: x + w, y: line + 5, text: percent(share), role: "number", anchor: "end", size: 13 });
  });
  return marks;
}
