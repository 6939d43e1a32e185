import { RandomStream } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";

const MASK = "[MASK]", MOST = 60;
/** Of the chosen words: shares that are masked, exchanged, left as they are. */
const SHARES = [0.8, 0.1, 0.1] as const, FATES = ["masked", "exchanged", "kept"] as const;
type Fate = "open" | (typeof FATES)[number];

interface Place { readonly word: string; readonly reads: string; readonly fate: Fate }
interface State {
  readonly words: readonly string[];
  readonly rate: number;
  readonly fresh: boolean;
  readonly seed: number;
  places: readonly Place[];
  rounds: number;
  /** Over all rounds: words read, and what became of the chosen ones. */
  read: number;
  counts: readonly number[];
  /** Which words were asked for at least once. */
  asked: readonly boolean[];
}
/** One corruption of the text: each word is chosen by itself, and its fate drawn anew. */
function corrupt(words: readonly string[], rate: number, random: RandomStream): Place[] {
  return words.map((word) => {
    if (random.uniform() >= rate) return { word, reads: word, fate: "open" };
    const u = random.uniform();
    if (u < SHARES[0]) return { word, reads: MASK, fate: "masked" };
    return u < SHARES[0] + SHARES[1] ? { word, reads: words[random.integer(words.length)], fate: "exchanged" }
      : { word, reads: word, fate: "kept" };
  });
}
function next(state: State): State {
  const { words, rate, fresh, seed } = state;
  state.places = corrupt(words, rate, new RandomStream(seed, fresh ? state.rounds : 0));
  state.rounds++;
  state.read += words.length;
  state.counts = FATES.map((fate, k) => state.counts[k] + state.places.filter((p) => p.fate === fate).length);
  state.asked = state.asked.map((was, i) => was || state.places[i].fate !== "open");
  return state;
}
/**
 * What is expected of `read` words, and how far chance usually takes it (one standard deviation): further where the
 * same draw is repeated `times` times.
 */
const expected = (read: number, share: number, times: number): readonly [number, number] =>
  [read * share, Math.sqrt(times * read * share * (1 - share))];

interface Placed { readonly x: number; readonly y: number; readonly w: number }
const HIGH = 48, LETTER = 7.6;
function layout(width: number, places: readonly Place[]): { readonly at: readonly Placed[]; readonly bars: number } {
  const at: Placed[] = [];
  let x = 12, y = 40;
  for (const { word, reads } of places) {
    const w = Math.min(width - 24, Math.max(word.length, reads.length, 2) * LETTER + 14);
    if (x + w > width - 12 && x > 12) {
      x = 12;
      y += HIGH + 10;
    }
    at.push({ x, y, w });
    x += w + 6;
  }
  return { at, bars: y + HIGH + 50 };
}

export default defineFigure({
  id: "corrupt",
  title: "Eighty, ten and ten",
  question: "Of the words of your text, which is the model asked for, and what does it read there?",
  params: {
    text: { kind: "text", label: "your text", longest: 240, value: "the owl that lives in the old barn hears every " +
      "mouse but the farmer who owns the barn hears only the owl and wonders what it eats" },
    rate: { kind: "number", label: "share of words asked for", value: 0.15, min: 0.05, max: 0.5, step: 0.05 },
    fresh: { kind: "flag", label: "drawn anew each time", value: true },
  },
  init({ text, rate, fresh }, seed): State {
    const typed = text.trim().split(/\s+/).filter((word) => word !== "").map((word) => word.slice(0, 24));
    const words = typed.length === 0 ? ["one", "word", "more"] : typed;
    return next({ words, rate, fresh, seed, places: [], rounds: 0, read: 0, counts: [0, 0, 0],
      asked: words.map(() => false) });
  },
  step: next,
  done: ({ rounds }) => rounds >= MOST,
  snapshot: ({ rate, fresh, places, rounds, read, counts, asked }) => ({ rate, fresh, places: [...places], rounds, read,
    counts: [...counts], asked: [...asked] }),

  view({ rate, fresh, places, rounds, read, counts, asked }, { width }: Frame): Scene {
    const { at, bars } = layout(width, places), marks: Mark[] = [];
    marks.push({ kind: "text", x: 12, y: 22, size: 13, fill: "ink-2",
      text: width < 560 ? "what the model reads; below, what it is asked for"
        : `reading ${rounds}: in the boxes what the model reads, below them what it is asked for` });
    places.forEach(({ word, reads, fate }, i) => {
      const { x, y, w } = at[i], chosen = fate !== "open", masked = fate === "masked";
      marks.push({ kind: "box", x, y, w, h: 26, round: 4, fill: masked ? "mark" : "plate",
        stroke: chosen ? "ink" : "hair", width: chosen ? 2 : 1 });
      if (fate === "exchanged") marks.push({ kind: "box", x: x + 2, y: y + 2, w: w - 4, h: 22, round: 3,
        fill: "negative", hatch: true, opacity: 0.35 });
      marks.push({ kind: "text", x: x + w / 2, y: y + 17.5, anchor: "middle", size: 13, role: "code",
        fill: masked ? "on-mark" : chosen ? "ink" : "ink-2", text: reads.slice(0, Math.floor((w - 8) / LETTER)) });
      if (chosen) marks.push({ kind: "text", x: x + w / 2, y: y + 42, anchor: "middle", size: 12.5, bold: true,
        text: word.slice(0, Math.floor(w / LETTER)) });
    });
    const name = 92, tail = 118, room = width - 24 - name - tail;
    const most = Math.max(...counts, ...SHARES.map((share) => {
      const [mean, spread] = expected(read, rate * share, fresh ? 1 : rounds);
      return mean + 2 * spread;
    }), 1);
    marks.push({ kind: "text", x: 12, y: bars - 16, size: 13, fill: "ink-2",
      text: `chosen in ${count(rounds, "reading")}, ${count(read, "word")}` },
    { kind: "text", x: width - 12, y: bars - 16, anchor: "end", size: 13, fill: "ink-2", text: "found / expected" });
    FATES.forEach((fate, k) => {
      const y = bars + 34 * k, [mean, spread] = expected(read, rate * SHARES[k], fresh ? 1 : rounds), x = 12 + name;
      const to = (value: number): number => x + room * Math.max(0, value) / most;
      marks.push({ kind: "text", x: 12, y: y + 17, size: 13, text: fate },
        { kind: "box", x, y: y + 4, w: Math.max(0.8, to(counts[k]) - x), h: 18, fill: fate === "masked" ? "mark"
          : fate === "exchanged" ? "negative" : "ink-3", hatch: fate === "exchanged", stroke: "ink", width: 1 },
        { kind: "line", points: [[to(mean - 2 * spread), y + 26], [to(mean + 2 * spread), y + 26]], stroke: "ink",
          width: 2 },
        { kind: "line", points: [[to(mean), y], [to(mean), y + 29]], stroke: "ink", width: 2, dash: [3, 2] },
        { kind: "text", x: width - 12, y: y + 18, anchor: "end", size: 13, role: "number",
          text: `${fixed(counts[k], 0)} / ${fixed(mean, 1)}` });
    });
    const below = bars + 34 * 3 + 18, done = asked.filter(Boolean).length;
    marks.push({ kind: "text", x: 12, y: below, size: 13, fill: "ink-2",
      text: width < 560 ? "dashed: expected; bar below: ± 2 deviations"
        : "dashed line: what is expected; the bar below it: two standard deviations to either side" },
    { kind: "text", x: 12, y: below + 20, size: 13,
      text: `${done} of ${count(asked.length, "word")} asked for so far` });
    return { width, height: below + 36, marks };
  },
  describe({ rate, fresh, places, rounds, read, counts, asked }) {
    const now = places.filter(({ fate }) => fate !== "open").length, all = counts.reduce((a, b) => a + b, 0);
    return `This reading asks for ${now} of ${count(places.length, "word")}. Over ${count(rounds, "reading")} ` +
      `${percent(all / read)} were chosen (${percent(rate, 0)} are expected): ${counts[0]} masked, ${counts[1]} ` +
      `exchanged, ${counts[2]} kept; ${SHARES.map((share) => fixed(read * rate * share, 1)).join(", ")} ` +
      `are expected. ${asked.filter(Boolean).length} of ${places.length} have been asked for at least once` +
      `${fresh ? "." : "; always the same ones are."}`;
  },
  table: ({ places, counts, read, rate }) => ({ head: ["word", "the model reads", "asked for"],
    rows: [...places.map(({ word, reads, fate }) => [word, reads, fate === "open" ? "no" : `yes, ${fate}`]),
      ...FATES.map((fate, k) => [`all ${fate}`, String(counts[k]),
        `${fixed(read * rate * SHARES[k], 1)} expected`])] }),
  invariants: [
    { name: "a word that is not asked for is read as it is", holds: ({ places }) =>
      places.every(({ word, reads, fate }) => (fate !== "open" && fate !== "kept") || reads === word) },
    { name: "what is masked, exchanged and kept are all that was chosen", holds: ({ fresh, places, rounds, counts }) =>
      counts.reduce((a, b) => a + b, 0) >= places.filter(({ fate }) => fate !== "open").length && (fresh
        || counts.reduce((a, b) => a + b, 0) === rounds * places.filter(({ fate }) => fate !== "open").length) },
    { name: "counts stay within six deviations of what is expected", holds: ({ fresh, rate, rounds, read, counts }) =>
      counts.every((found, k) => {
        const times = fresh ? 1 : rounds, [mean, spread] = expected(read, rate * SHARES[k], times);
        return Math.abs(found - mean) <= 6 * spread + times;
      }) },
  ],
  cell: ({ rate }) => [
    'import { RandomStream } from "gradus";',
    "",
    "const random = new RandomStream(7), counts = { open: 0, masked: 0, exchanged: 0, kept: 0 };",
    "for (let word = 0; word < 10_000; word++) {",
    "  const u = random.uniform();",
    `  if (random.uniform() >= ${rate}) counts.open++;`,
    '  else counts[u < 0.8 ? "masked" : u < 0.9 ? "exchanged" : "kept"]++;',
    "}",
    "counts;",
  ].join("\n"),
});
