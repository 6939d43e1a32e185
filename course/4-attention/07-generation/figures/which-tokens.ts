import { noGrad, RandomStream, tensor } from "gradus";
import { controlScores, logSoftmax, pick, type Controls } from "gradus/models";
import { loadCourseModel, type CourseModel } from "gradus/pretrained";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { wrap } from "@gradus/lessons/draw/text";

const SHOWN = 12, MOST = 48, LONGEST = 60, SURPRISE: Pair = [0, 8], LINES = 6;
const CUTS: Readonly<Record<string, Controls>> = {
  "all tokens": {}, "top-k 5": { topK: 5 }, "top-p 0.9": { topP: 0.9 }, "top-p 0.5": { topP: 0.5 },
  "min-p 0.1": { minP: 0.1 }, "typical 0.9": { typicalP: 0.9 },
};

interface Candidate { readonly token: number; readonly text: string; readonly model: number; readonly after: number }
interface Shot {
  readonly prompt: number;
  /** Tokens so far as text, those of the prompt first. */
  words: readonly string[];
  /** The likeliest tokens: their chance by the model, and after the controls. */
  candidates: readonly Candidate[];
  /** How many tokens may come, of how many. */
  kept: number;
  readonly vocabulary: number;
  /** Share of the model's probability that the cut leaves. */
  mass: number;
  /** Surprise of each token written, in nats, as the model sees it. */
  surprise: readonly number[];
  entropy: number;
  /** Share of written pairs of neighbours that the text already had. */
  repeated: number;
}
type Cache = ReturnType<CourseModel["model"]["start"]>;
interface State extends Shot {
  readonly controls: Controls; readonly random: RandomStream; readonly course: CourseModel;
  cache: Cache; tokens: readonly number[]; scores: Float32Array;
}
/** The model is read once, however often the figure begins anew. */
let loaded: Promise<CourseModel> | undefined;
const course = (): Promise<CourseModel> => loaded ??= loadCourseModel();

/** Reads one token more. */
async function read(state: State, token: number): Promise<void> {
  const { model } = state.course;
  const { logits, state: cache } = noGrad(() => model.step(tensor(Int32Array.of(token)), state.cache));
  [state.cache, state.scores] = [cache, await logits.data() as Float32Array];
  state.tokens = [...state.tokens, token];
}
function repeatedPairs(tokens: readonly number[], prompt: number): number {
  const pairs = tokens.slice(1).map((token, i) => `${tokens[i]} ${token}`);
  const written = pairs.slice(Math.max(0, prompt - 1));
  const again = written.filter((pair, i) => pairs.indexOf(pair) < i + Math.max(0, prompt - 1));
  return written.length === 0 ? 0 : again.length / written.length;
}
function look(state: State): State {
  const { scores, tokens, controls, prompt, course: { tokenizer } } = state;
  const logs = logSoftmax(scores), left = controlScores(scores, tokens, controls, prompt);
  const after = controls.temperature === 0 ? left.map((s) => (s === Math.max(...left) ? 0 : -Infinity))
    : logSoftmax(left);
  const order = Array.from(logs, (_, i) => i).sort((a, b) => logs[b] - logs[a]).slice(0, SHOWN);
  state.candidates = order.map((token) => ({ token, text: tokenizer.decode([token]).replaceAll("\n", "¶"),
    model: Math.exp(logs[token]), after: Math.exp(after[token]) }));
  state.kept = after.filter((log) => log > -Infinity).length;
  state.mass = logs.reduce((sum, log, i) => sum + (after[i] > -Infinity ? Math.exp(log) : 0), 0);
  state.entropy = -logs.reduce((sum, log) => sum + Math.exp(log) * log, 0);
  state.words = tokens.map((token) => tokenizer.decode([token]).replaceAll("\n", "¶"));
  state.repeated = repeatedPairs(tokens, prompt);
  return state;
}
async function write(state: State, token: number): Promise<State> {
  state.surprise = [...state.surprise, -logSoftmax(state.scores)[token]];
  await read(state, token);
  return look(state);
}

interface Layout { readonly text: number; readonly lines: readonly string[]; readonly bars: { readonly x: number;
  readonly y: number; readonly w: number }; readonly curve: Plot; readonly height: number }
const ROW = 23;
function layout(width: number, words: readonly string[]): Layout {
  const size = 14, text = 44, most = Math.floor((width - 28) / (size * 0.6));
  // Letters of code are 0.6 of their size wide. A line of letters without a space is broken where it has to be.
  const lines = wrap(words.join(""), width - 28, 0.6 / 0.54 * size).flatMap((line) =>
    Array.from({ length: Math.ceil(line.length / most) }, (_, i) => line.slice(i * most,
      (i + 1) * most))).slice(-LINES);
  const below = text + LINES * 21 + 34, wide = width >= 620;
  const bars = { x: 14, y: below, w: wide ? width * 0.52 : width - 28 }, end = bars.y + SHOWN * ROW;
  const curve = plot({ left: wide ? bars.x + bars.w + 56 : 50, top: wide ? below + 34 : end + 54,
    width: wide ? width - bars.x - bars.w - 70 : width - 64, height: 170, x: [0, MOST], y: SURPRISE,
    xLabel: "tokens written", yLabel: "surprise (nats)", xTicks: 4, yTicks: 4 });
  return { text, lines, bars, curve, height: Math.max(end + 12, curve.bottom + 44) };
}

export default defineFigure({
  id: "which-tokens",
  title: "Which tokens may come?",
  question: "The same model, the same scores: what does it write if unlikely tokens are cut off, and if they are not?",
  heavy: true,
  params: {
    start: { kind: "text", label: "begin with", value: "The loss of a network is", longest: LONGEST },
    temperature: { kind: "number", label: "temperature", value: 1, min: 0, max: 2, step: 0.1 },
    cut: { kind: "choice", label: "keep", value: "all tokens", choices: Object.keys(CUTS) },
    penalty: { kind: "number", label: "penalty for repeating", value: 1, min: 1, max: 2, step: 0.1 },
  },
  async init({ start, temperature, cut, penalty }, seed): Promise<State> {
    const made = await course(), text = start.trim() === "" ? "The" : start.trim();
    const prompt = Array.from(made.tokenizer.encode(text).ids);
    const state: State = { controls: { ...CUTS[cut], temperature, repetitionPenalty: penalty },
      random: new RandomStream(seed), course: made, cache: made.model.start(1), tokens: [], scores: new Float32Array(0),
      prompt: prompt.length, words: [], candidates: [], kept: 0, vocabulary: made.model.vocabulary, mass: 0,
      surprise: [], entropy: 0, repeated: 0 };
    for (const token of prompt) await read(state, token);
    return look(state);
  },
  step: (state) => write(state, pick(controlScores(state.scores, state.tokens, state.controls, state.prompt),
    { temperature: state.controls.temperature === 0 ? 0 : 1 }, state.random)),
  done: ({ surprise }) => surprise.length >= MOST,
  act(state, action) {
    if (action.type !== "press" || state.surprise.length >= MOST) return state;
    return write(state, state.candidates[Number(action.id.split(":")[1])].token);
  },
  snapshot: ({ prompt, words, candidates, kept, vocabulary, mass, surprise, entropy, repeated }): Shot =>
    ({ prompt, words, candidates, kept, vocabulary, mass, surprise, entropy, repeated }),

  view(shot, { width }: Frame): Scene {
    const { text, lines, bars, curve, height } = layout(width, shot.words), marks: Mark[] = [];
    marks.push({ kind: "text", x: 14, y: 20, size: 13, fill: "ink-2", text: width < 560
      ? "step draws a token; press one to take it" : "what stands there so far; step draws the next token, or press " +
        "one to take it" });
    lines.forEach((line, i) => marks.push({ kind: "text", x: 14, y: text + 21 * i, size: 14, role: "code",
      text: line }));
    marks.push({ kind: "text", x: 14, y: bars.y - 12, size: 13, fill: "ink-2", text: width < 560
      ? `${shot.kept} of ${shot.vocabulary} tokens may come` : `${shot.kept} of ${shot.vocabulary} tokens may come; ` +
        "outline: the model, filled: after the controls" });
    const from = bars.x + 104, longest = Math.max(...shot.candidates.flatMap(({ model, after }) => [model, after]));
    const most = (bars.w - 104 - 56) / longest;
    shot.candidates.forEach(({ text: word, model, after }, i) => {
      const y = bars.y + i * ROW, gone = after === 0;
      marks.push({ kind: "box", x: bars.x, y: y + 1, w: 98, h: ROW - 3, round: 3, fill: gone ? "none" : "plate",
        stroke: "hair", width: 1, handle: { id: `token:${i}`, press: true,
          label: `${word.trim() === "" ? "a space" : word}, ${percent(model)}${gone ? ", cut off" : ""}` } },
      { kind: "text", x: bars.x + 6, y: y + 15, size: 13, role: "code", fill: gone ? "ink-3" : "ink",
        text: word.replace(/^ /, "·").slice(0, 11) },
      { kind: "box", x: from, y: y + 5, w: Math.max(0.5, most * after), h: ROW - 11, fill: "series-1" },
      { kind: "box", x: from, y: y + 3, w: Math.max(0.5, most * model), h: ROW - 7, fill: "none", stroke: "ink",
        width: 1.2, hatch: false },
      { kind: "text", x: bars.x + bars.w, y: y + 15, anchor: "end", size: 12, role: "number",
        fill: gone ? "ink-3" : "ink", text: gone ? "cut" : percent(after, 1) });
    });
    marks.push(...curve.marks);
    const points = shot.surprise.map((nats, i): Pair => [i + 1, clamp(nats, SURPRISE)]);
    if (points.length > 1) marks.push(...path(curve, points, { stroke: "series-1", width: 2 }));
    points.slice(-1).forEach(([x, y]) => marks.push({ kind: "disc", x: curve.x(x), y: curve.y(y), r: 4, fill: "mark",
      stroke: "ink", width: 1.2 }));
    return { width, height, marks };
  },
  describe({ prompt, words, kept, vocabulary, mass, surprise, entropy, repeated }) {
    const mean = surprise.reduce((sum, nats) => sum + nats, 0) / Math.max(1, surprise.length);
    const said = surprise.length === 0 ? "Nothing is written yet."
      : `${count(surprise.length, "token")} written, with a mean surprise of ${fixed(mean)} nats; ` +
        `${percent(repeated, 0)} of the pairs of neighbours are repetitions. It wrote: ` +
        `${words.slice(prompt).join("")}.`;
    return `${said} Of ${vocabulary} tokens ${kept} may come next; they hold ${percent(mass)} of the model’s ` +
      `probability, whose entropy is ${fixed(entropy)} nats.`;
  },
  table: ({ candidates }) => ({ head: ["token", "by the model", "after the controls"],
    rows: candidates.map(({ text, model, after }) => [text, percent(model), after === 0 ? "cut" : percent(after)]) }),
  invariants: [
    { name: "what may come holds no more than everything", holds: ({ mass, kept, vocabulary }) =>
      mass > 0 && mass < 1 + 1e-6 && kept >= 1 && kept <= vocabulary },
    { name: "chances after the controls add up to 1 at most", holds: ({ candidates }) =>
      candidates.reduce((sum, { after }) => sum + after, 0) < 1 + 1e-6 },
    { name: "no surprise is below zero", holds: ({ surprise }) => surprise.every((nats) => nats > -1e-6) },
  ],
});
