import { tensor, zeros, type Tensor } from "gradus";
import { beamSearch, type BeamNode, type Decoder } from "gradus/models";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { paragraph, textWidth } from "@gradus/lessons/draw/text";
import { withShare } from "@gradus/lessons/draw/shares";
import { layoutTree, type TreeNode } from "@gradus/lessons/draw/tree";
import type { Pair } from "@gradus/lessons/draw/scale";

/** What may follow a word, with its probability. Only the last word counts. “.” ends the sentence. */
const NEXT: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  start: { Today: 0.46, It: 0.38, Rain: 0.16 },
  Today: { it: 0.37, rain: 0.35, there: 0.28 },
  It: { rains: 0.52, is: 0.3, pours: 0.18 },
  Rain: { ".": 0.85, today: 0.15 },
  it: { rains: 0.6, is: 0.4 },
  rain: { falls: 0.6, ".": 0.4 },
  there: { is: 0.6, falls: 0.4 },
  rains: { today: 0.46, ".": 0.34, and: 0.2 },
  is: { raining: 0.6, rain: 0.4 },
  pours: { today: 0.6, ".": 0.4 },
  raining: { today: 0.5, ".": 0.5 },
  falls: { ".": 0.7, today: 0.3 },
  today: { ".": 0.9, and: 0.1 },
  and: { rains: 0.6, pours: 0.4 },
};
const WORDS = ["start", ...new Set(Object.values(NEXT).flatMap((row) => Object.keys(row)))];
const V = WORDS.length, START = 0, END = WORDS.indexOf("."), LENGTH = 6, ROW = 23, SIZE = 12;

interface Hypothesis { readonly words: readonly string[]; readonly total: number }
/** One node of the tree, as it is drawn. */
interface Shown {
  readonly id: number; readonly parent: number | null; readonly word: string; readonly depth: number;
  readonly logProbability: number; readonly total: number; readonly fate: BeamNode["fate"]; readonly greedy: boolean;
}
interface State {
  readonly width: number; readonly penalty: number; readonly nodes: readonly Shown[]; readonly deepest: number;
  readonly greedy: Hypothesis; readonly best: Hypothesis; readonly sentences: number;
  /** How far the tree has grown, and the node whose sum is written out. */
  depth: number; chosen: number | null;
}
const scoreOf = ({ words, total }: Hypothesis, penalty: number): number => total / words.length ** penalty;

/** Log-probability of every word after every word, (V, V). */
function table(today: number): Tensor {
  const first = Object.keys(NEXT.start), shares = withShare(Object.values(NEXT.start), 0, today);
  const row = (word: string): readonly number[] => WORDS.map((next) => {
    const place = first.indexOf(next), chance = word === "start" ? shares[place] : NEXT[word]?.[next];
    return Math.log(chance ?? 0);
  });
  return tensor(WORDS.map((word) => [...row(word)]));
}
const modelOf = (logits: Tensor): Decoder => ({
  vocabulary: V,
  context: Infinity,
  start: (batch) => [zeros([batch])],
  step: (token, state) => ({ logits: logits.take(token, 0), state }),
});
/** All sentences there are. */
function everySentence(rows: readonly (readonly number[])[]): Hypothesis[] {
  const walk = (last: number, words: readonly string[], total: number): Hypothesis[] =>
    rows[last].flatMap((logarithm, next) => {
      if (logarithm === -Infinity) return [];
      const longer = [...words, WORDS[next]], sum = total + logarithm;
      return next === END || longer.length === LENGTH ? [{ words: longer, total: sum }] : walk(next, longer, sum);
    });
  return walk(START, [], 0);
}
const bestOf = (all: readonly Hypothesis[], penalty: number): Hypothesis =>
  all.reduce((best, one) => (scoreOf(one, penalty) > scoreOf(best, penalty) ? one : best));

async function grow(width: number, penalty: number, today: number): Promise<State> {
  const logits = table(today), model = modelOf(logits), options = { length: LENGTH, stopTokens: [END] };
  const [{ tree }, narrow, rows] = await Promise.all([
    beamSearch(model, [START], { ...options, beams: width, lengthPenalty: penalty }),
    beamSearch(model, [START], { ...options, beams: 1, lengthPenalty: 0 }), logits.array() as Promise<number[][]>]);
  const [{ tokens, total }] = narrow.sequences, greedy = { words: tokens.map((token) => WORDS[token]), total };
  const nodes: Shown[] = [];
  for (const { id, parent, token, depth, logProbability, total: sum, fate } of tree) {
    const word = token < 0 ? "start" : WORDS[token];
    nodes.push({ id, parent, word, depth, logProbability, total: sum, fate,
      greedy: parent === null || (nodes[parent].greedy && greedy.words[depth - 1] === word) });
  }
  const sentences = everySentence(rows);
  return { width, penalty, nodes, deepest: nodes[nodes.length - 1].depth, greedy, best: bestOf(sentences, penalty),
    sentences: sentences.length, depth: 0, chosen: null };
}
type Snapshot = Pick<State, "width" | "penalty" | "deepest" | "greedy" | "best" | "sentences" | "depth" | "chosen">
& { readonly nodes: readonly Shown[] };

/** The nodes from the first word to this one. */
function pathTo(nodes: readonly Shown[], id: number): Shown[] {
  const { parent } = nodes[id];
  return parent === null ? [] : [...pathTo(nodes, parent), nodes[id]];
}
const hypothesisAt = (nodes: readonly Shown[], id: number): Hypothesis =>
  ({ words: pathTo(nodes, id).map(({ word }) => word), total: nodes[id].total });
const write = (words: readonly string[]): string => words.join(" ").replace(/ \.$/, ".");
const grown = ({ nodes, depth }: Snapshot): readonly Shown[] => nodes.filter((node) => node.depth <= depth);
/** The best finished sentence that the tree has so far. */
function found(snapshot: Snapshot): Shown | null {
  const scored = grown(snapshot).filter(({ fate }) => fate === "finished").map((node) =>
    ({ node, score: node.total / node.depth ** snapshot.penalty }));
  return scored.length === 0 ? null : scored.reduce((a, b) => (b.score > a.score ? b : a)).node;
}
/** What is written out below: what was chosen, or what was found, or what leads. */
function focus(snapshot: Snapshot): Shown {
  const shown = grown(snapshot);
  if (snapshot.chosen !== null && shown.some(({ id }) =>
    id === snapshot.chosen)) return snapshot.nodes[snapshot.chosen];
  return found(snapshot) ?? shown.filter(({ depth }) => depth === snapshot.depth)[0];
}

/** Where each node's mark lies; its text stands to the right. Wide: columns for lengths; narrow: an indented list. */
function places(nodes: readonly Shown[], width: number): { readonly at: ReadonlyMap<number, Pair>;
readonly height: number; readonly column: number; readonly list: boolean } {
  const list = width < 600, at = new Map<number, Pair>();
  const branch = (item: Shown): TreeNode<Shown> => ({ item, children: nodes.filter(({ parent }) => parent === item.id)
    .map(branch) });
  const placed = layoutTree(branch(nodes[0]), { x: 0, y: 0, w: 1, h: 1 });
  if (list) {
    placed.forEach(({ item, depth }, i) => at.set(item.id, [14 + depth * 22, 20 + i * ROW]));
    return { at, height: placed.length * ROW + 14, column: 22, list };
  }
  const parents = new Set(nodes.map(({ parent }) => parent)), leaves = nodes.filter(({ id }) =>
    !parents.has(id)).length;
  const height = Math.max(leaves * ROW, 5 * ROW), column = (width - 62) / LENGTH;
  for (const { item, at: [, y], depth } of placed) {
    at.set(item.id, [depth === 0 ? 14 : 62 + (depth - 1) * column, 44 + y * height]);
  }
  return { at, height: height + 48, column, list };
}
const nameOf = (word: string): string => (word === "." ? "stop" : word);
const labelOf = ({ word, total, depth }: Shown): string => (depth === 0 ? word : `${nameOf(word)} ${fixed(total)}`);
const FATES = { kept: "goes on", finished: "finished", dropped: "dropped" } as const;

export default defineFigure({
  id: "beam-tree",
  title: "Beam search, as it grows",
  question: "Which first word would you drop, before you know what follows it?",
  params: {
    width: { kind: "number", label: "beam width", value: 2, min: 1, max: 5, step: 1 },
    penalty: { kind: "number", label: "length penalty α", value: 0, min: 0, max: 2, step: 0.1 },
    today: { kind: "number", label: "chance that “Today” comes first", value: 0.46, min: 0.1, max: 0.9, step: 0.02 },
  },
  init: ({ width, penalty, today }) => grow(width, penalty, today),
  step(state) {
    state.depth++;
    state.chosen = null;
    return state;
  },
  done: ({ depth, deepest }) => depth >= deepest,
  act(state, action) {
    if (action.type === "press") state.chosen = Number(action.id.slice(1));
    return state;
  },
  snapshot: (state): Snapshot => ({ ...state }),

  view(snapshot, { width }: Frame): Scene {
    const { nodes, depth: now, deepest, penalty, greedy, best } = snapshot, shown = grown(snapshot);
    const { at, height, column, list } = places(nodes, width), marks: Mark[] = [], labels: Mark[] = [];
    const winner = found(snapshot), over = now >= deepest;
    const path = new Set(pathTo(nodes, focus(snapshot).id).map(({ id }) => id));
    if (!list) {
      for (let k = 1; k <= LENGTH; k++) {
        const x = 62 + (k - 1) * column;
        if (k === now) marks.push({ kind: "box", x: x - 10, y: 6, w: column - 2, h: 21, fill: "mark" });
        marks.push({ kind: "text", x: x - 6, y: 21, text: k === 1 ? "word 1" : `${k}`, size: SIZE,
          fill: k === now ? "on-mark" : "ink-2" });
      }
    }
    const rank = (node: Shown): number => (path.has(node.id) ? 2 : node.fate === "dropped" ? 0 : 1);
    for (const node of shown.toSorted((a, b) => rank(a) - rank(b))) {
      const [x, y] = at.get(node.id)!, dropped = node.fate === "dropped", on = path.has(node.id);
      if (node.parent !== null) {
        const [px, py] = at.get(node.parent)!, text = textWidth(labelOf(nodes[node.parent]), SIZE) * 0.94;
        const from = Math.min(px + 12 + text, x - 14);
        const points: Pair[] = list ? [[px, py + 7], [px, y], [x - 6, y]] : [[from, py], [x - 12, y], [x - 6, y]];
        marks.push({ kind: "line", points, stroke: on ? "ink" : dropped ? "hair" : "ink-3", width: on ? 2.5 : 1.5,
          ...(dropped ? { dash: [3, 3] } : {}) });
      }
      const colour: Colour = dropped ? "ink-3" : "ink", isNow = node.depth === now && !dropped;
      if (dropped) {
        for (const side of [1, -1]) labels.push({ kind: "line", points: [[x - 4, y - 4 * side], [x + 4, y + 4 * side]],
          stroke: colour, width: 1.5 });
      } else if (node.fate === "finished") {
        const good = over && node.id === winner?.id;
        labels.push({ kind: "box", x: x - 5, y: y - 5, w: 10, h: 10, fill: good ? "good" : isNow ? "mark" : "plate",
          stroke: good ? "good" : "ink", width: 2 });
      } else labels.push({ kind: "disc", x, y, r: 5, fill: isNow ? "mark" : "ink", stroke: "ink", width: 1.5 });
      if (node.greedy && node.depth > 0) {
        labels.push({ kind: "line", points: [[x + 11, y + 7], [x + 11 + textWidth(nameOf(node.word), SIZE) * 0.9, y +
          7]],
          stroke: "series-2", width: 2.5 });
      }
      const right = list ? textWidth(labelOf(node), SIZE) + 22 : Math.min(column - 8, textWidth(labelOf(node),
        SIZE) + 18);
      labels.push({ kind: "box", x: x - 8, y: y - 10, w: right, h: 20, fill: "none", stroke: node.id === snapshot.chosen
        ? "ink" : "none", width: 1.5, handle: { id: `n${node.id}`, press: true, label: node.depth === 0 ? "start"
        : `${write(pathTo(nodes, node.id).map(({ word }) => word))}, ${fixed(node.total)}, ${FATES[node.fate]}` } });
      labels.push({ kind: "text", x: x + 11, y: y + 4, text: nameOf(node.word), size: SIZE, fill: colour, bold: on });
      if (node.depth > 0) labels.push({ kind: "text", x: x + 15 + textWidth(nameOf(node.word), SIZE) * (on ? 1
        : 0.94), y: y + 4,
        text: fixed(node.total), role: "number", size: SIZE, fill: dropped ? "ink-3" : "ink-2" });
    }
    marks.push(...labels);
    let y = height + 8;
    marks.push({ kind: "line", points: [[8, y - 8], [width - 8, y - 8]], stroke: "hair", width: 1 });
    y += 10;
    const key: [string, (x: number) => Mark[]][] = [
      ["goes on", (x) => [{ kind: "disc", x, y: y - 4, r: 5, fill: "ink" }]],
      ["finished", (x) => [{ kind: "box", x: x - 5, y: y - 9, w: 10, h: 10, fill: "plate", stroke: "ink", width: 2 }]],
      ["dropped", (x) => [1, -1].map((s): Mark => ({ kind: "line", points: [[x - 4, y - 4 - 4 * s], [x + 4, y - 4 +
        4 * s]],
        stroke: "ink-3", width: 1.5 }))],
      ["greedy", (x) => [{ kind: "line", points: [[x - 6, y - 2], [x + 6, y - 2]], stroke: "series-2", width: 2.5 }]],
    ];
    key.forEach(([text, draw], i) => {
      const x = 14 + i * Math.min(110, (width - 20) / 4);
      marks.push(...draw(x), { kind: "text", x: x + 10, y, text, size: SIZE, fill: "ink-2" });
    });
    // Three sentences beside each other: what was found, what greedy takes, what an exhaustive search gives.
    const named: [string, Hypothesis | null][] = [["found", winner === null ? null : hypothesisAt(nodes, winner.id)],
      ["greedy", greedy], ["best of all", best]];
    const narrow = width < 600, right = width - 12, gap = narrow ? 42 : 22;
    y += 30;
    const head = (x: number, text: string): void => {
      marks.push({ kind: "text", x, y, text, size: SIZE, fill: "ink-2", anchor: "end" });
    };
    head(right - 150, "probability");
    head(right - 76, "logarithm");
    head(right, "score");
    named.forEach(([name, one], i) => {
      const line = y + 24 + i * gap, numbers = narrow ? line + 18 : line;
      marks.push({ kind: "text", x: 8, y: line, text: name, size: 13, fill: "ink-2" },
        { kind: "text", x: 84, y: line, text: one === null ? "nothing yet" : write(one.words), size: 13,
          bold: i === 0 });
      if (one === null) return;
      [[150, percent(Math.exp(one.total))], [76, fixed(one.total)], [0, fixed(scoreOf(one, penalty), 3)]].forEach(
        ([back, text]) => marks.push({ kind: "text", x: right - Number(back), y: numbers, text: String(text), size: 13,
          role: "number", anchor: "end", bold: back === 0 && i === 0 }));
    });
    y += 24 + 3 * gap + 4;
    const sum = paragraph(sumOf(snapshot), 8, y, width - 20, { size: 13, fill: "ink" });
    return { width, height: y + sum.length * 18, marks: [...marks, ...sum] };
  },
  describe(snapshot) {
    const { width, nodes, depth, deepest, sentences, best, penalty } = snapshot;
    if (depth === 0) {
      return `Nothing is written yet. There are ${sentences} sentences of at most ${LENGTH} words; a beam of ` +
        `${width} looks at a few.`;
    }
    const level = nodes.filter((node) => node.depth === depth), name = (fate: string): string =>
      level.filter((node) => node.fate === fate).map(({ id, total }) => `“${write(hypothesisAt(nodes, id).words)}” ` +
        fixed(total)).join(", ");
    const finished = name("finished"), kept = name("kept"), dropped = level.filter(({ fate }) =>
      fate === "dropped").length;
    const parts = [kept === "" ? "" : `${depth < deepest ? "goes on" : "left open"}: ${kept}`,
      finished === "" ? "" : `finished: ${finished}`,
      `${dropped} dropped`].filter((part) => part !== "").join("; ");
    const winner = found(snapshot);
    const end = depth < deepest || winner === null ? "" : ` The search ends with “${write(hypothesisAt(nodes, winner.id)
      .words)}”, score ${fixed(winner.total / winner.depth ** penalty)}; the best of all ${sentences} sentences is “${
      write(best.words)}”, ${fixed(scoreOf(best, penalty))}.`;
    return `Length ${depth}, ${count(level.length, "candidate")}; ${parts}.${end}`;
  },
  table: (snapshot) => ({ head: ["hypothesis", "length", "last log-probability", "sum", "score", "fate"],
    rows: grown(snapshot).filter(({ depth }) => depth > 0).map(({ id, depth, logProbability, total, fate }) =>
      [write(hypothesisAt(snapshot.nodes, id).words), String(depth), fixed(logProbability), fixed(total),
        fixed(total / depth ** snapshot.penalty), FATES[fate]]) }),
  invariants: [
    { name: "a sum is its parent's sum plus the last log-probability, and never above it", holds: ({ nodes }) =>
      nodes.every(({ parent, total, logProbability }) => parent === null
        || (Math.abs(nodes[parent].total + logProbability - total) < 1e-9 && total <= nodes[parent].total)) },
    { name: "no more hypotheses go on than the beam is wide", holds: ({ nodes, width }) =>
      nodes.every(({ depth }) => nodes.filter((node) => node.depth === depth
        && node.fate === "kept").length <= width) },
    { name: "what goes on is no less likely than what is dropped at the same length, unless that ended", holds:
      ({ nodes }) => nodes.every((kept) => kept.fate !== "kept" || nodes.every((other) => other.fate !== "dropped"
        || other.depth !== kept.depth || other.word === "." || other.total <= kept.total + 1e-9)) },
    { name: "no search finds more than there is", holds: (snapshot) => {
      const winner = found(snapshot);
      return winner === null || winner.total / winner.depth ** snapshot.penalty
        <= scoreOf(snapshot.best, snapshot.penalty) + 1e-5;
    } },
    { name: "a beam of one is greedy search", holds: ({ width, nodes, deepest }) => width > 1
      || nodes.every(({ fate, greedy, depth }) => fate === "dropped" || greedy
        || (fate === "kept" && depth === deepest)) },
  ],
});

/** One hypothesis with its sum written out. */
function sumOf(snapshot: Snapshot): string {
  const node = focus(snapshot), path = pathTo(snapshot.nodes, node.id), { penalty } = snapshot;
  if (path.length === 0) return "Press step: each step adds one word to every hypothesis that goes on.";
  const terms = path.map(({ logProbability }) => fixed(logProbability)).join(" + ").replaceAll("+ −", "− ");
  const divided = penalty === 0 ? "; with α = 0 that is the score"
    : `; divided by ${path.length}^${fixed(penalty, 1)} = ${
    fixed(path.length ** penalty)} the score is ${fixed(node.total / path.length ** penalty, 3)}`;
  return `“${write(path.map(({ word }) => word))}”: ${terms} = ${fixed(node.total)}${divided}.`;
}
