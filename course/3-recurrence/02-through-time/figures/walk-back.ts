import { detach, grad, stack, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { edge } from "@gradus/lessons/draw/edge";
import { glyph } from "@gradus/lessons/draw/glyph";
import { colourOf, fixed } from "@gradus/lessons/draw/number";
import { plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const INPUTS: readonly number[] = [1, 0.4, 0, -0.3, 0, 0.2, 0, 0], LENGTH = INPUTS.length;

interface State {
  readonly w: number; readonly window: number;
  target: number;
  /** h₀ and the states; the blame on each, and what each step adds to the slope by w. All by the engine. */
  states: number[]; blames: number[]; shares: number[];
  /** The slope by w as the engine gives it at once, with the past cut off where the window ends. */
  slope: number;
  step: number;
}
/** h = tanh(x + w h) over the inputs; beyond `window` steps from the end the past is a constant. */
async function differentiate(state: State): Promise<State> {
  const { w, window, target } = state, weight = tensor(w, { requiresGrad: true });
  // A weight of its own for each step: their slopes are the shares.
  const own = INPUTS.map(() => tensor(w, { requiresGrad: true }));
  const run = (weights: readonly Tensor[]): Tensor[] => {
    const states = [tensor(0, { requiresGrad: true })];
    INPUTS.forEach((x, t) => {
      const before = t === LENGTH - window ? detach(states[t]) : states[t];
      states.push(before.mul(weights[t]).add(x).tanh());
    });
    return states;
  };
  const lossOf = (states: readonly Tensor[]): Tensor => states[LENGTH].sub(target).square().mul(0.5);
  const states = run(own), found = grad(lossOf(states), [...own, ...states]);
  const [slope] = grad(lossOf(run(INPUTS.map(() => weight))), [weight]);
  const numbers = await Promise.all(found.map(async (one) => (one === null ? 0 : one.item())));
  // The past behind the border is a constant: its steps have no part in the slope.
  const past = (t: number): boolean => t < LENGTH - window;
  state.shares = numbers.slice(0, LENGTH).map((share, t) => (past(t) ? 0 : share));
  state.blames = numbers.slice(LENGTH).map((blame, t) => (t <= LENGTH - window ? 0 : blame));
  state.states = Array.from(await stack(states).data());
  state.slope = (await slope?.item()) ?? 0;
  return state;
}

interface Layout { readonly states: Plot; readonly blame: Plot; readonly shares: Plot; readonly height: number }
function layout(width: number, blamed: number, shared: number): Layout {
  const left = 52, wide = width - left - 16, x: Pair = [-0.5, LENGTH + 0.5];
  const states = plot({ left, top: 30, width: wide, height: 150, x, y: [-1.1, 1.1], xTicks: 0, yTicks: 2, zero: true,
    yLabel: "state h" });
  const blame = plot({ left, top: 216, width: wide, height: 80, x, y: [-blamed, blamed], xTicks: 0, yTicks: 2,
    zero: true, yLabel: "blame on the state" });
  const shares = plot({ left, top: 332, width: wide, height: 80, x, y: [-shared, shared], xTicks: 8, yTicks: 2,
    zero: true, yLabel: "share of the slope by w", xLabel: "step" });
  return { states, blame, shares, height: 452 };
}
/** What has been reached: forward to step `t`, then back to it. */
const phase = (step: number): { readonly forward: number; readonly back: number } =>
  ({ forward: Math.min(step, LENGTH), back: step <= LENGTH ? LENGTH + 1 : 2 * LENGTH + 1 - step });

export default defineFigure({
  id: "walk-back",
  title: "Forward in time, and back",
  question: "One weight is used at every step. How much of the error is due to each use?",
  params: {
    w: { kind: "number", label: "recurrent weight w", value: 0.9, min: -2, max: 2, step: 0.1, weight: true },
    window: { kind: "number", label: "steps to walk back", value: LENGTH, min: 1, max: LENGTH, step: 1 },
  },
  init: ({ w, window }): Promise<State> => differentiate({ w, window, target: -0.6, states: [], blames: [], shares: [],
    slope: 0, step: 0 }),
  step(state) {
    state.step++;
    return state;
  },
  done: ({ step }) => step >= 2 * LENGTH,
  act(state, action) {
    if (action.type !== "drag") return state;
    state.target = Math.round(clamp(layout(action.width, 1, 1).states.y.invert(action.y), [-1, 1]) * 20) / 20;
    return differentiate(state);
  },
  snapshot: ({ w, window, target, states, blames, shares, slope, step }) => ({ w, window, target, slope, step,
    states: [...states], blames: [...blames], shares: [...shares] }),

  view({ window, target, states: hs, blames, shares: parts, slope, step }, { width }: Frame): Scene {
    const largest = (numbers: readonly number[]): number => 1.2 * Math.max(0.1, ...numbers.map(Math.abs));
    const { states, blame, shares, height } = layout(width, largest(blames), largest(parts));
    const { forward, back } = phase(step);
    const marks: Mark[] = [...states.marks, ...blame.marks, ...shares.marks], going = step > LENGTH;
    const now = going ? back : forward, x = states.x(now);
    for (const { top, bottom } of [states, blame, shares]) {
      marks.push({ kind: "line", points: [[x, top], [x, bottom]], stroke: "mark", width: 14, opacity: 0.5 });
    }
    if (window < LENGTH) {
      const cut = states.x(LENGTH - window + 0.5);
      for (const { top, bottom } of [states, blame, shares]) {
        marks.push({ kind: "line", points: [[cut, top], [cut, bottom]], stroke: "bad", width: 2, dash: [5, 4] });
      }
      marks.push({ kind: "text", x: cut - 6, y: blame.top + 16, text: "cut", anchor: "end", size: 12,
        fill: "bad" });
    }
    for (let t = 1; t <= LENGTH; t++) {
      const a = states.point(t - 1, hs[t - 1]), b = states.point(t, hs[t]), returned = going && t > back;
      marks.push(...edge(a, b, { from: 9, to: 10, stroke: t <= forward ? "ink-2" : "hair", now: !going && t === now }));
      if (returned && t > LENGTH - window + 1) {
        marks.push(...edge(blame.point(t, blames[t]), blame.point(t - 1, blames[t - 1]), { from: 9, to: 9,
          now: t === now + 1 }));
      }
    }
    for (let t = 0; t <= LENGTH; t++) {
      const [px, py] = states.point(t, hs[t]);
      marks.push({ kind: "disc", x: px, y: py, r: 8, fill: "plate" }, { ...glyph("value", hs[t], px, py, 16),
        opacity: t <= forward ? 1 : 0.25 });
      if (!going || t < back || t === 0) continue;
      const [gx, gy] = blame.point(t, blames[t]), own = shares.point(t, parts[t - 1]);
      marks.push(glyph("gradient", blames[t], gx, gy, 14));
      const colour = colourOf(parts[t - 1], 3), zero = shares.y(0), half = Math.min(14, width / 40);
      marks.push({ kind: "box", x: own[0] - half, y: Math.min(zero, own[1]), w: 2 * half, h: Math.abs(own[1] - zero),
        fill: colour, stroke: colour, width: 1, hatch: parts[t - 1] < 0 });
    }
    const [tx, ty] = states.point(LENGTH, target);
    marks.push({ kind: "line", points: [[tx, states.y(hs[LENGTH])], [tx, ty]], stroke: "bad", width: 2, dash: [3, 3] },
      { kind: "disc", x: tx, y: ty, r: 9, fill: "plate", stroke: "ink", width: 2, handle: { id: "target",
        label: `target of the last state, ${fixed(target, 2)}`, drag: "y", step: 4 } },
      { kind: "text", x: tx - 14, y: ty + 5, text: "target", anchor: "end", size: 12, fill: "ink-2" });
    if (going) {
      const sum = parts.slice(back - 1).reduce((total, part) => total + part, 0);
      marks.push({ kind: "text", x: shares.right, y: shares.top - 8, anchor: "end", role: "number", size: 13,
        bold: true, text: back === 1 ? `sum ${fixed(slope, 3)}` : `so far ${fixed(sum, 3)}` });
    }
    return { width, height, marks };
  },
  describe({ w, window, target, states, blames, shares, slope, step }) {
    const { forward, back } = phase(step);
    if (step <= LENGTH) {
      const sum = forward === 0 ? "" : `Step ${forward}: tanh(${fixed(INPUTS[forward - 1], 1)} + ${fixed(w, 1)} × ` +
        `${fixed(states[forward - 1], 3)}) = ${fixed(states[forward], 3)}. `;
      return `${sum}The last state is ${fixed(states[LENGTH], 3)} and should be ${fixed(target, 2)}: loss ` +
        `${fixed((states[LENGTH] - target) ** 2 / 2, 4)}.`;
    }
    const local = 1 - states[back] ** 2, from = `Back at step ${back}: blame ${fixed(blames[back], 4)}`;
    const here = back <= LENGTH - window ? `Step ${back} lies before the cut: nothing arrives.`
      : `${from} × slope ${fixed(local, 3)} × state before ${fixed(states[back - 1], 3)} = ` +
        `${fixed(shares[back - 1], 4)} for w.`;
    return back > 1 ? here : `${here} All steps together: ${fixed(slope, 4)}.`;
  },
  table: ({ states, blames, shares }) => ({ head: ["step", "input", "state", "blame", "share of the slope by w"],
    rows: INPUTS.map((x, i) => [String(i + 1), fixed(x, 1), fixed(states[i + 1], 4), fixed(blames[i + 1], 4),
      fixed(shares[i], 4)]) }),
  invariants: [
    { name: "the shares of all steps add up to the slope of the one weight", holds: ({ shares, slope }) =>
      Math.abs(shares.reduce((a, b) => a + b, 0) - slope) < 1e-5 },
    { name: "each share is blame times slope times the state before", holds: ({ states, blames, shares, window }) =>
      shares.every((share, t) => t < LENGTH - window
        || Math.abs(share - blames[t + 1] * (1 - states[t + 1] ** 2) * states[t]) < 1e-5) },
    { name: "one step back multiplies the blame by w times the slope", holds: ({ w, states, blames, window }) =>
      blames.every((blame, t) => t <= LENGTH - window || t === LENGTH
        || Math.abs(blame - blames[t + 1] * (1 - states[t + 1] ** 2) * w) < 1e-5) },
    { name: "walked back all the way, it agrees with central differences",
      holds: ({ w, window, target, slope }) => {
      const loss = (v: number): number => (INPUTS.reduce((h, x) => Math.tanh(x + v * h), 0) - target) ** 2 / 2;
      return window < LENGTH || Math.abs((loss(w + 1e-4) - loss(w - 1e-4)) / 2e-4 - slope) < 1e-3;
    } },
  ],
});
