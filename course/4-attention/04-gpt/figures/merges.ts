import { countWords, trainBpe } from "gradus/text";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";

const MOST = 30, SHOWN = 6;
/** A space belongs to the word behind it; it is drawn as a dot. */
const SPACE = "·";

interface Counted { readonly left: string; readonly right: string; readonly times: number }
interface State {
  readonly text: string;
  /** Words of the text in order, each as tokens. */
  words: string[][];
  merges: Counted[];
  pairs: Counted[];
  /** Tokens of the whole text after 0, 1, 2 ... merges. */
  lengths: number[];
  /** Whether the library’s model, trained to as many merges, cuts every word alike. */
  agrees: boolean;
}
/** Words with the space before them, as GPT-2 cuts. */
const cut = (text: string): string[] => text.match(/ ?[^ ]+/g)?.map((word) => word.replaceAll(" ", SPACE)) ?? [];

function pairsOf(words: readonly (readonly string[])[]): Counted[] {
  const found = new Map<string, { left: string; right: string; times: number }>();
  for (const word of words) {
    for (let i = 0; i + 1 < word.length; i++) {
      const key = `${word[i]}\n${word[i + 1]}`, known = found.get(key);
      if (known === undefined) found.set(key, { left: word[i], right: word[i + 1], times: 1 });
      else known.times++;
    }
  }
  return [...found.values()].sort((a, b) => b.times - a.times);
}
function joined(word: readonly string[], { left, right }: Counted): string[] {
  const out: string[] = [];
  for (let i = 0; i < word.length; i++) {
    if (word[i] === left && word[i + 1] === right) {
      out.push(left + right);
      i++;
    } else out.push(word[i]);
  }
  return out;
}
const total = (words: readonly (readonly string[])[]): number => words.reduce((sum, word) => sum + word.length, 0);

/** The library’s merges, all at once; each step replays the next one. */
function learned(text: string,
  merges: number): { merges: readonly (readonly string[])[]; cut(word: string): string[] } {
  const words = countWords(cut(text)), alphabet = new Set([...words.keys()].flatMap((word) => [...word]));
  const model = trainBpe(words, { size: alphabet.size + merges, minFrequency: 2 });
  return { merges: model.options.merges, cut: (word) => model.tokenize(word).map(({ start, end }) =>
    word.slice(start, end)) };
}
function look(state: State): State {
  const model = learned(state.text, state.merges.length);
  state.pairs = pairsOf(state.words);
  state.agrees = model.merges.length !== state.merges.length
    || state.words.every((word) => model.cut(word.join("")).join("|") === word.join("|"));
  return state;
}
/** The pair that the library joins next: the most frequent, of equals the one with the older tokens. */
function next({ text, merges, pairs }: State): Counted | undefined {
  const found = learned(text, merges.length + 1).merges[merges.length];
  return found === undefined ? undefined
    : pairs.find(({ left, right }) => left === found[0] && right === found[1]);
}

interface Placed { readonly token: string; readonly x: number; readonly y: number; readonly w: number }
interface Layout { readonly tokens: readonly Placed[]; readonly list: { readonly x: number; readonly y: number;
  readonly w: number }; readonly curve: Plot; readonly height: number }
const LETTER = 8.4;
function layout(width: number, words: readonly (readonly string[])[], first: number): Layout {
  const wide = width >= 640, room = wide ? width * 0.56 : width - 12, tokens: Placed[] = [];
  let x = 12, y = 44;
  for (const token of words.flat()) {
    const w = token.length * LETTER + 9;
    if (x + w > room && x > 12) {
      x = 12;
      y += 34;
    }
    tokens.push({ token, x, y, w: Math.min(w, room - 12) });
    x += w + 3;
  }
  const below = y + 46, list = wide ? { x: room + 28, y: 44, w: width - room - 42 } : { x: 12, y: below + 26,
    w: width - 24 };
  const top = list.y + 26 * SHOWN + 66, left = list.x + 34;
  const curve = plot({ left, top, width: width - left - 14, height: 120, x: [0, MOST], y: [0, Math.max(10, first)],
    xLabel: "merges", yLabel: "tokens of this text", yTicks: 4 });
  return { tokens, list, curve, height: Math.max(below, curve.bottom + 44) };
}

export default defineFigure({
  id: "merges",
  title: "Letters that stick together",
  question: "Who decides what a token is, if nobody knows the language?",
  params: {
    text: { kind: "text", label: "your text", longest: 200,
      value: "whether the weather there is rather like the other weather, they gather whenever the others gather" },
  },
  init({ text }): State {
    const used = cut(text.trim()).length === 0 ? "a banana" : text.trim().replaceAll(/\s+/g, " ");
    const words = cut(used).map((word) => [...word]);
    return look({ text: used, words, merges: [], pairs: [], lengths: [total(words)], agrees: true });
  },
  step(state) {
    const pair = next(state);
    if (pair === undefined) return state;
    state.words = state.words.map((word) => joined(word, pair));
    state.merges = [...state.merges, pair];
    state.lengths = [...state.lengths, total(state.words)];
    return look(state);
  },
  done: (state) => state.merges.length >= MOST || next(state) === undefined,
  snapshot: ({ text, words, merges, pairs, lengths, agrees }) => ({ letters: cut(text).join("").length,
    words: words.map((word) => [...word]), merges: [...merges], pairs: pairs.slice(0, SHOWN), lengths: [...lengths],
    agrees }),

  view({ words, merges, pairs, lengths }, { width }: Frame): Scene {
    const { tokens, list, curve, height } = layout(width, words, lengths[0]), marks: Mark[] = [];
    const newest = merges[merges.length - 1], made = newest === undefined ? "" : newest.left + newest.right;
    marks.push({ kind: "text", x: 12, y: 24, size: 13, fill: "ink-2",
      text: newest === undefined ? "every letter is a token; · is a space" : `newest token: ${made}` });
    for (const { token, x, y, w } of tokens) {
      const now = token === made, long = [...token].length > 1;
      marks.push({ kind: "box", x, y, w, h: 27, round: 4, fill: now ? "mark" : "plate", stroke: now ? "ink"
        : long ? "series-1" : "ink-3", width: now ? 2 : long ? 1.8 : 1 },
      { kind: "text", x: x + w / 2, y: y + 18, anchor: "middle", size: 14, role: "code", text: token,
        fill: now ? "on-mark" : "ink" });
    }
    marks.push({ kind: "text", x: list.x, y: list.y - 20, size: 13, fill: "ink-2", text: "pairs of neighbours, " +
      "counted" });
    const most = Math.max(1, ...pairs.map(({ times }) => times));
    pairs.forEach(({ left, right, times }, i) => {
      const y = list.y + 26 * i, from = list.x + 112, room = list.w - 112 - 34;
      marks.push({ kind: "text", x: list.x, y: y + 15, size: 13, role: "code", text: `${left} + ` +
        `${right}`.slice(0, 13) },
        { kind: "box", x: from, y: y + 4, w: room * times / most, h: 14, fill: "series-1", title: String(times) },
        { kind: "text", x: list.x + list.w, y: y + 16, anchor: "end", size: 13, role: "number", text: String(times) });
    });
    marks.push(...curve.marks, ...path(curve, lengths.map((length, i): Pair => [i, length]),
      { stroke: "series-1", width: 2.5 }));
    const [x, y] = curve.point(lengths.length - 1, lengths[lengths.length - 1]);
    marks.push({ kind: "disc", x, y, r: 5, fill: "mark", stroke: "ink", width: 1.5 });
    return { width, height, marks };
  },
  describe({ letters, words, merges, pairs, lengths }) {
    const now = lengths[lengths.length - 1], newest = merges[merges.length - 1], top = pairs[0];
    const did = newest === undefined ? `${letters} letters are ${now} tokens.`
      : `Merge ${merges.length} joined “${newest.left}” and “${newest.right}”, seen ${count(newest.times, "time")}: ` +
        `${now} tokens for ${letters} letters, ${fixed(letters / now, 2)} letters each.`;
    return `${did} ${top === undefined || top.times < 2 ? "No pair is left that occurs twice."
      : `The most frequent pair now is “${top.left}” and “${top.right}”, ${count(top.times, "time")}.`} The ` +
      `${count(words.length, "word")} were cut at spaces first, and no token crosses one.`;
  },
  table: ({ merges }) => ({ head: ["merge", "left", "right", "times"],
    rows: merges.map(({ left, right, times }, i) => [String(i + 1), left, right, String(times)]) }),
  invariants: [
    { name: "tokens side by side are the text again", holds: ({ words, letters }) =>
      words.flat().join("").length === letters },
    { name: "each merge shortens the text by the number of pairs it joined, where they do not " +
      "overlap", holds: ({ merges,
      lengths }) => merges.every(({ left, right, times }, i) => left === right
        || lengths[i] - lengths[i + 1] === times) },
    { name: "no pair counted now is more frequent than the one joined last", holds: ({ merges, pairs }) =>
      merges.length === 0 || pairs.every(({ times }) => times <= merges[merges.length - 1].times) },
    { name: "the library’s tokenizer, trained as far, cuts every word alike", holds: ({ agrees }) => agrees },
  ],
  cell: () => [
    'import { countWords, trainBpe } from "gradus/text";',
    "",
    'const text = "the theory of the other three they gather there";',
    'const model = trainBpe(countWords(text.split(" ")), { size: 24 });',
    "console.log(model.options.merges.map(([a, b]) => `${a}+${b}`).join(\"  \"));",
    'for (const word of ["the", "there", "other", "throat"]) {',
    "  console.log(word, model.tokenize(word).map(({ start, end }) => word.slice(start, end)).join(\" \"));",
    "}",
  ].join("\n"),
});
