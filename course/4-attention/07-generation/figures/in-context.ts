import { compile, F, manualSeed, noGrad, optim, RandomStream, tensor, type Tensor } from "gradus";
import { GPT } from "gradus/models";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, percent } from "@gradus/lessons/draw/number";
import { plot, type Plot } from "@gradus/lessons/draw/plot";

const LETTERS = "abcdefgh", N = LETTERS.length, SHOTS = 6, T = 2 * SHOTS;
const BATCH = 32, TESTED = 100, UPDATES = 4, MOST = 125;
/** Rules from a letter to a letter. The last one never occurs in training. */
const RULES: readonly { readonly name: string; readonly of: (x: number) => number }[] = [
  { name: "same", of: (x) => x }, { name: "next", of: (x) => (x + 1) % N },
  { name: "before", of: (x) => (x + N - 1) % N }, { name: "mirror", of: (x) => N - 1 - x },
  { name: "two on", of: (x) => (x + 2) % N },
];
const KNOWN = RULES.length - 1;

/** Prompts: six letters, each followed by what the rule makes of it; answers have tokens of their own. */
function prompts(random: RandomStream, size: number, ruleOf: () => number): number[] {
  return Array.from({ length: size }, () => {
    const rule = RULES[ruleOf()], left = Array.from({ length: N }, (_, i) => i);
    return Array.from({ length: SHOTS }, () => {
      const [x] = left.splice(random.integer(left.length), 1);
      return [x, N + rule.of(x)];
    }).flat();
  }).flat();
}
const table = (ids: readonly number[]): Tensor => tensor(Int32Array.from(ids), { shape: [ids.length / T, T] });
/** What is asked: the answer behind each letter, nothing behind an answer. */
const asked = (ids: readonly number[]): Tensor => tensor(Int32Array.from(ids, (_, i) => (i % 2 === 0 ? ids[i + 1]
  : -100)));

interface Shot {
  updates: number;
  /** Share of right answers after 0, 1, ... examples: of known rules, and of the one never met. */
  right: readonly [known: readonly number[], strange: readonly number[]];
  /** The reader's prompt: letters, the answers given as examples, and what the model says at each place. */
  readonly letters: readonly number[];
  rule: number;
  said: readonly number[];
  sure: readonly number[];
  readonly parameters: number;
}
interface State extends Shot {
  readonly learn: (tokens: Tensor, answers: Tensor) => Tensor; readonly score: (tokens: Tensor) => Tensor;
  readonly random: RandomStream; readonly test: readonly [number[], number[]];
}
/** The likeliest answer at every letter, and its chance. */
async function answers(state: State, ids: readonly number[]): Promise<{ best: number[]; chance: number[] }> {
  const scores = noGrad(() => F.softmax(state.score(table(ids)), 2)), all = Array.from(await scores.data()), V = 2 * N;
  const best: number[] = [], chance: number[] = [];
  for (let i = 0; i < ids.length; i += 2) {
    const own = all.slice(i * V + N, (i + 1) * V), top = own.reduce((a, b, j) => (b > own[a] ? j : a), 0);
    best.push(top);
    chance.push(own[top]);
  }
  return { best, chance };
}
async function measure(state: State, ids: readonly number[]): Promise<number[]> {
  const { best } = await answers(state, ids), right = Array.from({ length: SHOTS }, () => 0);
  best.forEach((said, i) => { if (said + N === ids[2 * i + 1]) right[i % SHOTS] += SHOTS / best.length; });
  return right;
}
async function look(state: State): Promise<State> {
  const own = state.letters.flatMap((x) => [x, N + RULES[state.rule].of(x)]);
  const { best, chance } = await answers(state, own);
  [state.said, state.sure] = [best, chance];
  return state;
}

interface Layout { readonly cell: number; readonly prompt: number; readonly rules: number; readonly bars: Plot;
  readonly height: number }
function layout(width: number): Layout {
  const narrow = width < 560, rules = 40, prompt = rules + (narrow ? 96 : 62);
  const cell = Math.min(104, (width - 28) / SHOTS);
  const bars = plot({ left: 50, top: prompt + 176, width: width - 64, height: 150, x: [-0.5, SHOTS - 0.5], y: [0, 1],
    xLabel: "examples read before", yLabel: "share right", xTicks: SHOTS, yTicks: 4 });
  return { cell, prompt, rules, bars, height: bars.bottom + 46 };
}

export default defineFigure({
  id: "in-context",
  title: "Learning without learning",
  question: "Its weights stand still. How can a model do better with every example in the prompt?",
  params: {
    layers: { kind: "choice", label: "blocks", value: "2", choices: ["1", "2"] },
  },
  async init({ layers }, seed): Promise<State> {
    manualSeed(seed);
    const random = new RandomStream(seed), test = new RandomStream(seed + 1);
    const model = new GPT({ vocabulary: 2 * N, block: T, width: 32, heads: 4, layers: Number(layers) });
    const optimizer = new optim.AdamW(model.parameters(), { lr: 0.01, weightDecay: 0.01 });
    const learn = compile((tokens: Tensor, wanted: Tensor): Tensor => {
      optimizer.zeroGrad();
      const loss = F.crossEntropy(model.forward(tokens).flatten(0, 1), wanted, { ignoreIndex: -100 });
      loss.backward();
      optimizer.step();
      return loss;
    });
    const state: State = { learn, score: compile((tokens: Tensor): Tensor => model.forward(tokens)), random,
      test: [prompts(test, TESTED, () => test.integer(KNOWN)), prompts(test, TESTED, () => KNOWN)], updates: 0,
      right: [[], []], letters: [2, 5, 0, 7, 3, 4], rule: 1, said: [], sure: [], parameters: model.parameterCount() };
    state.right = [await measure(state, state.test[0]), await measure(state, state.test[1])];
    return look(state);
  },
  async step(state) {
    const { random } = state;
    for (let i = 0; i < UPDATES; i++) {
      const ids = prompts(random, BATCH, () => random.integer(KNOWN));
      state.learn(table(ids), asked(ids));
    }
    state.updates += UPDATES;
    state.right = [await measure(state, state.test[0]), await measure(state, state.test[1])];
    return look(state);
  },
  done: ({ updates }) => updates >= UPDATES * MOST,
  act(state, action) {
    if (action.type !== "press") return state;
    state.rule = Number(action.id.split(":")[1]);
    return look(state);
  },
  snapshot: ({ updates, right, letters, rule, said, sure, parameters }): Shot =>
    ({ updates, right, letters, rule, said, sure, parameters }),

  view({ right, letters, rule, said, sure }, { width }: Frame): Scene {
    const { cell, prompt, rules, bars, height } = layout(width), narrow = width < 560, marks: Mark[] = [];
    marks.push({ kind: "text", x: 14, y: 22, size: 13, fill: "ink-2", text: narrow ? "the rule of your prompt; press"
      : "the rule that the examples of your prompt follow; press another" });
    RULES.forEach(({ name }, i) => {
      const per = narrow ? 3 : 5, w = (width - 28) / per, x = 14 + (i % per) * w, y = rules + Math.floor(i / per) * 32;
      marks.push({ kind: "box", x, y, w: w - 6, h: 26, round: 4, fill: i === rule ? "mark" : "plate",
        stroke: i === rule ? "ink" : "hair", width: i === rule ? 2 : 1, dash: i === KNOWN ? [4, 3] : [],
        handle: { id: `rule:${i}`, press: true, label: `rule ${name}${i === KNOWN ? ", never trained" : ""}` } },
      { kind: "text", x: x + (w - 6) / 2, y: y + 18, anchor: "middle", size: 13,
        fill: i === rule ? "on-mark" : "ink", text: i === KNOWN && !narrow ? `${name} (never met)` : name });
    });
    marks.push({ kind: "text", x: 14, y: prompt - 4, size: 13, fill: "ink-2", text: narrow
      ? "examples, and what it says for each" : "the prompt, letter and answer; below, what it says before it reads " +
        "the answer" });
    letters.forEach((x, i) => {
      const left = 14 + i * cell, y = prompt + 8, wanted = RULES[rule].of(x), ok = said[i] === wanted;
      marks.push({ kind: "text", x: left + cell / 2, y: y + 26, anchor: "middle", size: narrow ? 14 : 18, role: "code",
        text: `${LETTERS[x]}→${LETTERS[wanted]}` },
      { kind: "box", x: left + cell * 0.18, y: y + 46, w: cell * 0.64, h: 40, round: 4, fill: ok ? "good" : "none",
        stroke: ok ? "good" : "bad", width: 2, ...(ok ? { opacity: 0.2 } : { dash: [4, 3] }) },
      { kind: "text", x: left + cell / 2, y: y + 72, anchor: "middle", size: 18, role: "code", bold: ok,
        text: LETTERS[said[i]] },
      { kind: "text", x: left + cell / 2, y: y + 104, anchor: "middle", size: 12, role: "number", fill: "ink-2",
        text: percent(sure[i], 0) });
    });
    marks.push({ kind: "text", x: 14, y: bars.top - 30, size: 13, fill: "ink-2", text: narrow
      ? "new prompts; hollow: the rule never met" : "new prompts: known rules filled, the rule that it never met " +
        "hollow" }, ...bars.marks);
    const w = (bars.x(1) - bars.x(0)) * 0.3;
    right.forEach((list, k) => list.forEach((share, i) => {
      const x = bars.x(i) + (k === 0 ? -w - 1 : 1), top = bars.y(Math.min(1, share));
      marks.push({ kind: "box", x, y: top, w, h: bars.y(0) - top, fill: k === 0 ? "series-1" : "none",
        stroke: k === 0 ? "series-1" : "ink", width: 1.5, title: percent(share, 0) });
    }));
    return { width, height, marks };
  },
  describe({ updates, right: [known, strange], rule, said, letters }) {
    const ok = letters.filter((x, i) => RULES[rule].of(x) === said[i]).length;
    return `After ${count(updates, "update")}, on new prompts of known rules it is right in ${percent(known[0], 0)} ` +
      `without an example, ${percent(known[1], 0)} after one and ${percent(known[SHOTS - 1], 0)} after five; with ` +
      `the ` +
      `rule that it never met, ${percent(strange[0], 0)}, ${percent(strange[1], 0)} and ` +
      `${percent(strange[SHOTS - 1], 0)}. In your prompt, rule ${RULES[rule].name}, ${ok} of ${SHOTS} answers are ` +
      `right.`;
  },
  table: ({ right: [known, strange] }) => ({ head: ["examples before", "known rules", "a rule never met"],
    rows: known.map((share, i) => [String(i), percent(share, 0), percent(strange[i], 0)]) }),
  invariants: [
    { name: "shares and chances lie between 0 and 1", holds: ({ right, sure }) =>
      [...right.flat(), ...sure].every((share) => share >= 0 && share < 1 + 1e-6) },
    { name: "an answer is said at every letter", holds: ({ said }) => said.length === SHOTS &&
      said.every((letter) => letter >= 0 && letter < N) },
  ],
});
