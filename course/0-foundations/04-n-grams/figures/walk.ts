import { RandomStream } from "gradus";
import { NgramModel, type NgramOptions } from "gradus/text";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { clamp } from "@gradus/lessons/draw/scale";
import { paragraph, textWidth } from "@gradus/lessons/draw/text";
import {
  followersOf, keyOf, perplexityOf, RHYME, sentencesOf, SMOOTHINGS, UNITS, type SmoothingName, type Unit,
} from "../text.ts";

/** One word that may come next. */
interface Candidate {
  readonly word: string;
  readonly probability: number;
  /** How often it followed this very history. */
  readonly seen: number;
}
interface Snapshot {
  readonly order: number; readonly unit: Unit; readonly smoothing: SmoothingName;
  /** The signs at the start included. */
  readonly walk: readonly string[];
  /** Most probable first. */
  readonly next: readonly Candidate[];
  /** How often the history was seen, and the longest end of it that was. */
  readonly total: number; readonly known: readonly string[];
  /** The number drawn; null until there is one. */
  readonly u: number | null;
  readonly histories: number; readonly single: number; readonly perplexity: number;
  readonly ended: boolean;
}
interface State {
  readonly model: NgramModel; readonly random: RandomStream;
  readonly tables: readonly ReadonlyMap<string, ReadonlyMap<string, number>>[];
  now: Snapshot;
}
const LONGEST = 30, ROWS = 8, ROW = 27;
const SIGNS: Readonly<Record<string, string>> = { "<s>": "start", "</s>": "end", "<unk>": "unknown", " ": "␣" };
const shown = (word: string): string => {
  const name = SIGNS[word] ?? word;
  return name.length > 11 ? `${name.slice(0, 10)}…` : name;
};
const quoted = (words: readonly string[], unit: Unit): string =>
  `“${words.map(shown).join(unit === "words" ? " " : "")}”`;
const historyOf = ({ walk, order }: Pick<Snapshot, "walk" | "order">): readonly string[] =>
  (order === 1 ? [] : walk.slice(1 - order));

/** What may follow a walk: every word but the start sign, stretched to 1 as the library does before it draws. */
function look({ model, tables }: Pick<State, "model" | "tables">, before: Snapshot, walk: readonly string[]): Snapshot {
  const ended = walk.at(-1) === "</s>" || walk.length >= LONGEST + before.order - 1;
  // Nothing follows an end; the last shares stay in view.
  if (ended) return { ...before, walk, ended, u: null };
  const history = historyOf({ walk, order: before.order });
  const counts = tables[before.order - 1].get(keyOf(history));
  const all = model.distribution(history).filter(({ word }) => word !== "<s>");
  const sum = all.reduce((total, { probability }) => total + probability, 0);
  const next = all
    .map(({ word, probability }) => ({ word, probability: probability / sum, seen: counts?.get(word) ?? 0 }))
    .sort((a, b) => b.probability - a.probability || b.seen - a.seen || (a.word < b.word ? -1 : 1));
  let known = history;
  while (known.length > 0 && !tables[known.length].has(keyOf(known))) known = known.slice(1);
  const total = [...counts?.values() ?? []].reduce((a, b) => a + b, 0);
  return { ...before, walk, next, total, known, u: null, ended };
}
/** The candidate whose share of the line from 0 to 1 holds u. */
function chosen({ next, u }: Pick<Snapshot, "next" | "u">): number {
  if (u === null) return -1;
  let left = u;
  const found = next.findIndex(({ probability }) => (left -= probability) < 0);
  return found < 0 ? next.findLastIndex(({ probability }) => probability > 0) : found;
}
const startOf = ({ next }: Snapshot, index: number): number =>
  next.slice(0, index).reduce((sum, { probability }) => sum + probability, 0);

interface Layout { readonly label: number; readonly left: number; readonly right: number; readonly bars: number;
readonly line: number }
const layout = (width: number): Layout =>
  ({ label: 92, left: 104, right: width - (width < 560 ? 78 : 150), bars: 104, line: 104 + (ROWS + 1) * ROW + 44 });

export default defineFigure({
  id: "walk",
  title: "A walk of one word after another",
  question: "What can a machine say that has only counted which word followed which?",
  params: {
    text: { kind: "text", label: "text to count", value: RHYME, longest: 800 },
    order: { kind: "number", label: "order: words looked at together", value: 2, min: 1, max: 5, step: 1 },
    smoothing: { kind: "choice", label: "smoothing", value: "none",
      choices: Object.keys(SMOOTHINGS) as SmoothingName[] },
    unit: { kind: "choice", label: "count", value: "words", choices: [...UNITS] },
  },
  init({ text, order, smoothing, unit }, seed): State {
    const typed = sentencesOf(text, unit), sentences = typed.length > 0 ? typed : sentencesOf(RHYME, unit);
    const options: NgramOptions = { order: order as NgramOptions["order"], smoothing: SMOOTHINGS[smoothing] };
    const model = new NgramModel(sentences, options);
    const tables = Array.from({ length: order }, (_, i) => followersOf(sentences, i + 1));
    const top = tables[order - 1];
    const before: Snapshot = { order, unit, smoothing, walk: [], next: [], total: 0, known: [], u: null, ended: false,
      histories: top.size, single: [...top.values()].filter(({ size }) => size === 1).length,
      perplexity: perplexityOf(model, sentences) };
    const walk = new Array<string>(order - 1).fill("<s>");
    return { model, tables, random: new RandomStream(seed), now: look({ model, tables }, before, walk) };
  },
  step(state) {
    const { now } = state;
    state.now = now.u === null ? { ...now, u: state.random.uniform() }
      : look(state, now, [...now.walk, now.next[chosen(now)].word]);
    return state;
  },
  done: ({ now }) => now.ended,
  act(state, action) {
    const { now } = state;
    if (action.type === "press") {
      const [kind, index] = action.id.split(":");
      if (kind === "back") state.now = look(state, now, now.walk.slice(0, Number(index) + 1));
      if (kind === "word" && !now.ended) {
        state.now = { ...now, u: startOf(now, Number(index)) + now.next[Number(index)].probability / 2 };
      }
    }
    if (action.type === "drag" && !now.ended) {
      const { left } = strip(action.width), w = action.width - 2 * left;
      state.now = { ...now, u: clamp(Math.round((action.x - left) / w * 200) / 200, [0, 0.9999]) };
    }
    return state;
  },
  snapshot: ({ now }) => now,

  view(snapshot, { width }: Frame): Scene {
    const at = layout(width), { next, ended } = snapshot, pick = chosen(snapshot);
    const marks: Mark[] = [...drawWalk(snapshot, width)];
    const narrow = width < 560, span = at.right - at.left;
    marks.push({ kind: "text", x: 14, y: at.bars - 12, size: 13, fill: "ink-2", text: ended
      ? "the walk has ended; press a word above to go back to it" : `next ${snapshot.unit === "words" ? "word"
        : "letter"}${narrow ? "" : " (press one to take it yourself)"}` });
    if (!narrow) marks.push({ kind: "text", x: width - 14, y: at.bars - 12, size: 13, anchor: "end", fill: "ink-2",
      text: "probability, and count" });
    // A drawn word far down the list takes the place of the last one shown.
    const rows = next.slice(0, ROWS).map((_, i) => (i === ROWS - 1 && pick >= ROWS ? pick : i));
    rows.forEach((index, i) => {
      const { word, probability, seen } = next[index], y = at.bars + i * ROW, now = index === pick;
      const hand = ended || probability === 0 ? {} : { handle: { id: `word:${index}`, press: true,
        label: `take ${shown(word)}, probability ${fixed(probability, 3)}` } };
      marks.push({ kind: "box", x: 8, y: y + 1, w: at.label - 2, h: ROW - 4, fill: now ? "mark" : "plate",
        stroke: now ? "ink" : "hair", width: now ? 2 : 1, ...hand });
      marks.push({ kind: "text", x: at.label, y: y + 18, text: shown(word), anchor: "end", size: 13.5, bold: now,
        fill: now ? "on-mark" : "ink" });
      const long = Math.max(probability > 0 ? 1 : 0, span * probability);
      marks.push({ kind: "box", x: at.left, y: y + 5, w: long, h: ROW - 12, fill: "ink",
        ...(seen === 0 ? { hatch: true, stroke: "ink", width: 1 } : {}) });
      if (snapshot.smoothing !== "none" && seen > 0) {
        marks.push({ kind: "box", x: at.left, y: y + 2, w: span * seen / snapshot.total, h: ROW - 6, fill: "none",
          stroke: "ink-2", width: 1.2, dash: [4, 3], title: `counted share ${fixed(seen / snapshot.total, 3)}` });
      }
      marks.push({ kind: "text", x: narrow ? width - 10 : at.right + 60, y: y + 18, text: fixed(probability, 3),
        role: "number", anchor: "end", size: 13 });
      if (!narrow) marks.push({ kind: "text", x: width - 14, y: y + 18, role: "number", anchor: "end", size: 13,
        fill: "ink-2", text: snapshot.total === 0 ? "never seen" : `${seen} of ${snapshot.total}` });
    });
    const rest = next.filter((_, i) => !rows.includes(i)).reduce((sum, { probability }) => sum + probability, 0);
    if (next.length > ROWS) {
      const y = at.bars + ROWS * ROW;
      marks.push({ kind: "text", x: at.label, y: y + 18, text: `${next.length - ROWS} others`, anchor: "end", size: 13,
        fill: "ink-2" });
      marks.push({ kind: "box", x: at.left, y: y + 5, w: Math.max(0, span * rest), h: ROW - 12, fill: "ink-3" });
      marks.push({ kind: "text", x: narrow ? width - 10 : at.right + 60, y: y + 18, text: fixed(rest, 3),
        role: "number", anchor: "end", size: 13, fill: "ink-2" });
    }
    marks.push(...drawLine(snapshot, at.line, width));
    const note = noteOf(snapshot);
    const words = paragraph(note, 14, at.line + 78, width - 28);
    marks.push(...words);
    return { width, height: at.line + 78 + words.length * 18, marks };
  },
  describe(now) {
    const { order, unit, walk, next, u, ended, perplexity } = now;
    const said = walk.filter((word) => word !== "<s>" && word !== "</s>");
    const perplex = `The text itself has perplexity ${fixed(perplexity, 2)} under this model.`;
    if (ended) {
      return `The walk is over after ${count(said.length, unit.slice(0, -1))}: ${quoted(said, unit)}. ${perplex}`;
    }
    const given = order === 1 ? "With no history" : `After ${quoted(historyOf(now), unit)}`;
    if (u !== null) {
      const index = chosen(now), from = startOf(now, index), { word, probability } = next[index];
      return `${given} the number ${fixed(u, 3)} falls into the share of “${shown(word)}”, from ${fixed(from, 3)} to ` +
        `${fixed(from + probability, 3)}. The next step appends it.`;
    }
    const [best] = next;
    return `${given} “${shown(best.word)}” is likeliest, with ${fixed(best.probability, 3)}` +
      `${now.total > 0 ? ` (${best.seen} of ${now.total} times)` : ""}. ${perplex}`;
  },
  table: ({ next, total }) => ({
    head: ["next", "probability", "count"],
    rows: next.slice(0, 20).map(({ word, probability, seen }) =>
      [shown(word), fixed(probability, 4), `${seen} of ${total}`]),
  }),
  invariants: [
    { name: "the probabilities of what may come next add up to 1", holds: ({ next }) =>
      Math.abs(next.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-9 },
    { name: "without smoothing a probability is count over count, wherever the history was seen", holds: (now) =>
      now.smoothing !== "none" || now.total === 0 || now.next.every(({ probability, seen }) =>
        Math.abs(probability - seen / now.total) < 1e-9) },
    { name: "with smoothing nothing is impossible", holds: ({ smoothing, next }) =>
      smoothing === "none" || next.every(({ probability }) => probability > 0) },
    { name: "a model hesitates among at least one word", holds: ({ perplexity }) => perplexity >= 1 - 1e-9 },
  ],
  cell: ({ text, order, smoothing, unit }) => `import { NgramModel } from "gradus/text";

const text = ${JSON.stringify(text)};
const sentences = text.toLowerCase().split(/[.!?]/).map((s) => s.trim()).filter((s) => s !== "")
  .map((s) => ${unit === "words" ? `s.split(/\\W+/)` : "[...s]"});
const model = new NgramModel(sentences, { order: ${order}, smoothing: ${JSON.stringify(SMOOTHINGS[smoothing])} });
console.log(model.sample({ length: 20, seed: 1 }).join("${unit === "words" ? " " : ""}"));
model.perplexity(sentences);`,
});

/** The words so far, the last of them that fit, with those the model looks at in a frame. */
function drawWalk({ walk, order, unit, ended }: Snapshot, width: number): Mark[] {
  const marks: Mark[] = [{ kind: "text", x: 14, y: 22, size: 13, fill: "ink-2", text: order === 1
    ? "so far (order 1 looks at none of it)" : `so far; framed: the ${order === 2 ? "one" : order - 1} it looks at` }];
  const gap = unit === "words" ? 8 : 4, size = 14.5;
  const wide = (word: string): number => Math.max(unit === "words" ? 24 : 18, textWidth(shown(word), size) + 10);
  let first = walk.length, room = width - 44;
  while (first > 0 && room - wide(walk[first - 1]) - gap > 0) room -= wide(walk[--first]) + gap;
  let x = 14;
  if (first > 0) {
    marks.push({ kind: "text", x, y: 56, text: "…", size, fill: "ink-3" });
    x += 18;
  }
  if (walk.length === 0) marks.push({ kind: "text", x, y: 56, text: "nothing yet", size, fill: "ink-3" });
  for (let i = first; i < walk.length; i++) {
    const w = wide(walk[i]), sign = walk[i] === "<s>" || walk[i] === "</s>", looked = !ended && i > walk.length - order;
    marks.push({ kind: "box", x, y: 36, w, h: 30, fill: looked ? "mark" : "none", stroke: looked ? "ink" : "hair",
      width: looked ? 2 : 1, ...(sign ? {} : { handle: { id: `back:${i}`, press: true,
        label: `go back to ${shown(walk[i])}, place ${i + 1}` } }) });
    marks.push({ kind: "text", x: x + w / 2, y: 56, text: shown(walk[i]), anchor: "middle", size,
      fill: looked ? "on-mark" : sign ? "ink-2" : "ink" });
    x += w + gap;
  }
  return marks;
}
const strip = (width: number): { readonly left: number } => ({ left: width < 560 ? 14 : 20 });

/** All shares end to end on a line from 0 to 1, and the number drawn on it. */
function drawLine(snapshot: Snapshot, y: number, width: number): Mark[] {
  const { next, u, ended } = snapshot, { left } = strip(width), w = width - 2 * left, pick = chosen(snapshot);
  const marks: Mark[] = [{ kind: "text", x: left, y: y - 10, size: 13, fill: "ink-2", text: u === null
    ? "the same shares, end to end: step draws a number" : `drawn: ${fixed(u, 3)}` }];
  let from = 0;
  next.forEach(({ word, probability }, i) => {
    const x = left + w * from, long = w * probability;
    from += probability;
    if (long < 0.5) return;
    marks.push({ kind: "box", x, y, w: long, h: 26, fill: i === pick ? "mark" : "plate",
      stroke: i === pick ? "ink" : "ink-3", width: i === pick ? 2 : 1,
      title: `${shown(word)}: ${fixed(probability, 3)}` });
    if (long > textWidth(shown(word), 12.5) + 8) marks.push({ kind: "text", x: x + long / 2, y: y + 17, size: 12.5,
      anchor: "middle", text: shown(word), fill: i === pick ? "on-mark" : "ink" });
  });
  for (const end of [0, 1]) {
    marks.push({ kind: "text", x: left + end * w, y: y + 46, text: fixed(end, 0), role: "number", size: 12,
      anchor: end === 0 ? "start" : "end", fill: "ink-2" });
  }
  if (ended) return marks;
  const x = left + w * (u ?? 0.5);
  // Before anything is drawn the needle stays below the line, off the words.
  marks.push({ kind: "line", points: [[x, u === null ? y + 26 : y - 5], [x, y + 33]], width: 2,
    stroke: u === null ? "ink-3" : "ink" });
  marks.push({ kind: "disc", x, y: y + 38, r: 7, fill: u === null ? "plate" : "ink", stroke: "ink", width: 2,
    handle: { id: "pin", label: `number from 0 to 1, ${fixed(u ?? 0.5, 3)}`, drag: "x", step: Math.ceil(w / 100) } });
  return marks;
}

/** What the history is worth. */
function noteOf(now: Snapshot): string {
  const { order, unit, total, known, histories, single, smoothing } = now;
  if (order === 1) return "Without a history the shares never change: each draw is from the whole text.";
  if (now.ended) return "The walk has ended. The seed draws another one.";
  const copies = `${single} of the ${histories} histories in this text have one follower only.`;
  if (total > 0) return `${quoted(historyOf(now), unit)} was seen ${count(total, "time")}. ${copies}`;
  const short = known.length === 0 ? "no history at all" : quoted(known, unit);
  return `${quoted(historyOf(now), unit)} was never seen. ${smoothing === "add 0.1" ? "Added counts alone make all "
    + "words equally likely." : `The model falls back to ${short}.`}`;
}
