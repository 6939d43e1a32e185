import { nn, noGrad, stack, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { edge } from "@gradus/lessons/draw/edge";
import { glyph } from "@gradus/lessons/draw/glyph";
import { colourOf, fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { curve, path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const STEPS = 12;
/** One push at the beginning, and a weaker one the other way in the middle. */
const INPUTS: readonly number[] = [1, 0, 0, 0, 0, 0, -0.5, 0, 0, 0, 0, 0];
const ACTIVATIONS = ["tanh", "ReLU", "none"] as const;
type Activation = (typeof ACTIVATIONS)[number];
const PLAIN: Readonly<Record<Activation, (z: number) => number>> = { tanh: Math.tanh, ReLU: (z) => Math.max(0, z),
  none: (z) => z };

interface Unit { readonly wx: number; readonly wh: number; readonly b: number; readonly activation: Activation }
interface State {
  readonly unit: Unit;
  readonly inputs: number[];
  /** h₀ = 0 and the state after each step, by the cell; and those of the layer over all inputs at once. */
  states: number[]; layer: number[];
  at: number;
}

/** Reads the sequence twice: one step after the other, and with the layer that does all steps. */
async function read(state: State): Promise<State> {
  const { wx, wh, b, activation } = state.unit, xs = tensor(state.inputs.map((x) => [x]));
  const options = activation === "ReLU" ? { nonlinearity: "relu" as const } : {};
  const cell = new nn.RNNCell(1, 1, options), layer = new nn.RNN(1, 1, options);
  for (const [weight, value] of [[cell.weight_ih, wx], [cell.weight_hh, wh], [cell.bias_ih!, b],
    [cell.bias_hh!, 0]] as const) weight.assign(nn.init.full(weight.shape, value));
  const names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] as const;
  for (const name of names) (Reflect.get(layer, `${name}_l0`) as Tensor).assign(cell[name]!);
  let h = tensor([0]);
  const found: Tensor[] = [];
  const [own, all] = noGrad(() => {
    for (let t = 0; t < STEPS; t++) {
      const x = xs.select(0, t);
      h = activation === "none" ? x.mul(wx).add(h.mul(wh)).add(b) : cell.forward(x, h);
      found.push(h);
    }
    return [stack(found), layer.forward(xs)[0]];
  });
  state.states = [0, ...(await own.data())];
  state.layer = [0, ...(await all.data())];
  return state;
}
/** Where the unit stays without input: places h with g(w h + b) = h. */
function restingPlaces({ wh, b, activation }: Unit): number[] {
  const off = (h: number): number => PLAIN[activation](wh * h + b) - h;
  const found: number[] = [];
  for (let k = -601; k < 600; k += 2) {
    let [low, high] = [k / 500, (k + 2) / 500];
    if (off(low) * off(high) > 0) continue;
    for (let i = 0; i < 30; i++) {
      const middle = (low + high) / 2;
      if (off(low) * off(middle) <= 0) high = middle;
      else low = middle;
    }
    found.push((low + high) / 2);
  }
  // On the diagonal itself every place is one.
  return found.length > 5 ? [] : found;
}

interface Layout { readonly states: Plot; readonly inputs: Plot; readonly map: Plot; readonly height: number }
function layout(width: number, activation: Activation): Layout {
  const { at: [a, b], height } = panels(width, { shares: [1.2, 1], height: 410, heights: [400, 360], narrow: 600,
    gap: 20 });
  const reach = activation === "tanh" ? 1.15 : 3, range: Pair = [-reach, reach];
  const states = plot({ left: a.x + 30, top: a.y + 30, width: a.w - 36, height: 210, x: [-0.4, STEPS + 0.4], y: range,
    yLabel: "state h", xTicks: 0, zero: true });
  const inputs = plot({ left: a.x + 30, top: a.y + 282, width: a.w - 36, height: 80, x: [-0.4, STEPS + 0.4],
    y: [-1.2, 1.2], yLabel: "input x (drag)", xTicks: 6, yTicks: 2, zero: true, xLabel: "step" });
  const side = Math.min(b.w - 44, 290), left = b.x + (b.w - side) / 2 + 14;
  const map = plot({ left, top: b.y + 30, width: side, height: side, x: range, y: range, yLabel: "next state",
    xLabel: "state before", zero: true });
  return { states, inputs, map, height };
}
const limit = (plot_: Plot, h: number): number => clamp(h, plot_.y.domain);

export default defineFigure({
  id: "one-unit-memory",
  title: "The memory of one unit",
  question: "A unit receives a push and hears nothing more. How long does it remember?",
  params: {
    wx: { kind: "number", label: "input weight", value: 1, min: -3, max: 3, step: 0.1, weight: true },
    wh: { kind: "number", label: "recurrent weight", value: 0.8, min: -2, max: 2, step: 0.1, weight: true },
    b: { kind: "number", label: "bias", value: 0, min: -1, max: 1, step: 0.1 },
    activation: { kind: "choice", label: "activation", value: "tanh", choices: ACTIVATIONS },
  },
  init: (unit): Promise<State> => read({ unit, inputs: [...INPUTS], states: [], layer: [], at: 1 }),
  step(state) {
    state.at++;
    return state;
  },
  done: ({ at }) => at >= STEPS,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { inputs, states } = layout(action.width, state.unit.activation);
    if (action.id === "now") {
      state.at = Math.round(clamp(states.x.invert(action.x), [1, STEPS]));
      return state;
    }
    state.inputs[Number(action.id.slice(1)) - 1] = Math.round(clamp(inputs.y.invert(action.y), [-1, 1]) * 10) / 10;
    return read(state);
  },
  snapshot: ({ unit, inputs, states, layer, at }) => ({ unit, at, inputs: [...inputs], states: [...states],
    layer: [...layer], resting: restingPlaces(unit) }),

  view({ unit, inputs: xs, states: hs, at, resting }, { width }: Frame): Scene {
    const { states, inputs, map, height } = layout(width, unit.activation), g = PLAIN[unit.activation];
    const marks: Mark[] = [...states.marks, ...inputs.marks, ...map.marks];
    const x = states.x(at);
    marks.push({ kind: "line", points: [[x, states.top], [x, inputs.bottom]], stroke: "mark", width: 12,
      opacity: 0.55 });
    for (const h of resting) {
      marks.push({ kind: "line", points: [states.point(-0.4, h), states.point(STEPS + 0.4, h)], stroke: "ink-3",
        width: 1, dash: [2, 4] });
    }
    const r = width < 420 ? 6 : 8, place = (t: number): Pair => states.point(t, limit(states, hs[t]));
    for (let t = 1; t <= STEPS; t++) {
      marks.push(...edge(place(t - 1), place(t), { from: r, to: r + 1, now: t === at,
        stroke: t <= at ? "ink-2" : "hair", width: 1.5 }));
      // The input comes from below.
      const from = inputs.point(t, xs[t - 1]);
      if (t === at) {
        marks.push({ kind: "line", points: [[from[0], from[1] - 8], [place(t)[0], place(t)[1] + r + 2]],
          stroke: "ink-2", width: 1.2, dash: [4, 3], arrow: true });
      }
      marks.push({ kind: "line", points: [inputs.point(t, 0), from], stroke: colourOf(xs[t - 1]), width: 3 });
    }
    for (let t = 0; t <= STEPS; t++) {
      const [px, py] = place(t);
      marks.push({ kind: "disc", x: px, y: py, r, fill: "plate" }, { ...glyph("value", hs[t], px, py, 2 * r),
        opacity: t <= at ? 1 : 0.4, title: `h${t} = ${fixed(hs[t], 3)}` });
    }
    for (let t = 1; t <= STEPS; t++) {
      const [px, py] = inputs.point(t, xs[t - 1]);
      marks.push({ kind: "disc", x: px, y: py, r: r - 1, fill: "plate", stroke: "ink", width: 1.5,
        handle: { id: `x${t}`, label: `input of step ${t}, ${fixed(xs[t - 1], 1)}`, drag: "y", step: 4 } });
    }
    const [, now] = place(at), low = now > states.top + 30;
    const label = clamp(x, [states.left + 24, states.right - 24]), line = low ? now - r - 9 : now + r + 19;
    marks.push({ kind: "box", x: label - 25, y: line - 14, w: 50, h: 19, round: 4, fill: "plate", opacity: 0.9 });
    marks.push({ kind: "text", x: label, y: line, text: fixed(hs[at], 3), role: "number", bold: true, size: 14,
      anchor: "middle", fill: colourOf(hs[at], 3) });
    marks.push({ kind: "disc", x, y: states.top, r: 8, fill: "mark", stroke: "ink", width: 2,
      handle: { id: "now", label: `step ${at} of ${STEPS}`, drag: "x", step: Math.round(states.x(1) - states.x(0)) } });
    // From one state to the next: up to the curve, across to the diagonal.
    const step = (t: number): Pair[] => {
      const before = limit(map, hs[t - 1]), after = limit(map, hs[t]);
      return [map.point(before, before), map.point(before, after), map.point(after, after)];
    };
    const silent = (h: number): number => g(unit.wh * h + unit.b);
    marks.push(...path(map, [[map.x.domain[0], map.x.domain[0]], [map.x.domain[1], map.x.domain[1]]],
      { stroke: "ink-3", width: 1, dash: [3, 3] }));
    marks.push(...curve(map, silent, { stroke: "ink-3", width: 1.5 }));
    marks.push(...curve(map, (h) => g(unit.wh * h + unit.b + unit.wx * xs[at - 1]), { stroke: "ink", width: 2.5 }));
    for (let t = 1; t < at; t++) marks.push({ kind: "line", points: step(t), stroke: "series-1", width: 1.2 });
    marks.push({ kind: "line", points: step(at), stroke: "mark", width: 7 },
      { kind: "line", points: step(at), stroke: "on-mark", width: 2, arrow: true });
    for (const h of resting) {
      const [px, py] = map.point(h, h);
      const steady = Math.abs(silent(h + 1e-3) - silent(h - 1e-3)) < 2e-3;
      marks.push({ kind: "disc", x: px, y: py, r: 5, fill: steady ? "ink" : "plate", stroke: "ink", width: 1.5,
        title: `${steady ? "rests" : "balances"} at ${fixed(h, 3)}` });
    }
    return { width, height, marks };
  },
  describe({ unit: { wx, wh, b, activation }, inputs, states, at, resting }) {
    const z = wx * inputs[at - 1] + wh * states[at - 1] + b;
    const sum = `${fixed(wx, 1)} × ${fixed(inputs[at - 1], 1)} + ${fixed(wh, 1)} × ${fixed(states[at - 1], 3)} + ` +
      `${fixed(b, 1)} = ${fixed(z, 3)}`;
    const made = activation === "none" ? `Step ${at}: ${sum} is the state.`
      : `Step ${at}: ${sum}, and ${activation} makes it ${fixed(states[at], 3)}.`;
    const stays = resting.length === 0 ? "Without input no place in the picture is at rest, or all are."
      : `Without input the unit can stay at ${resting.map((h) => fixed(h, 2)).join(", ")}.`;
    return `${made} ${stays}`;
  },
  table: ({ inputs, states }) => ({ head: ["step", "input", "state"],
    rows: inputs.map((x, i) => [String(i + 1), fixed(x, 1), fixed(states[i + 1], 4)]) }),
  invariants: [
    { name: "step by step gives what the layer gives over the whole sequence", holds: ({ unit, states, layer }) =>
      unit.activation === "none" || states.every((h, t) => Math.abs(h - layer[t]) <= 1e-4 * Math.max(1,
        Math.abs(h))) },
    { name: "tanh keeps the state between −1 and 1", holds: ({ unit, states }) => unit.activation !== "tanh"
      || states.every((h) => Math.abs(h) <= 1) },
    { name: "without an activation each input counts by a power of the recurrent weight",
      holds: ({ unit, inputs, states }) => unit.activation !== "none" || states.every((h, t) => {
        const sum = inputs.slice(0, t).reduce((total, x, i) => total + unit.wh ** (t - 1 - i) * (unit.wx * x + unit.b),
          0);
        return Math.abs(sum - h) <= 1e-4 * Math.max(1, Math.abs(sum));
      }) },
    { name: "the places of rest do not move", holds: ({ unit, resting }) => resting.every((h) =>
      Math.abs(PLAIN[unit.activation](unit.wh * h + unit.b) - h) < 1e-6) },
  ],
  cell: ({ wx, wh, b }) => "import { tensor } from \"gradus\";\n\nlet h = tensor([0]);\n"
    + `for (const x of [${INPUTS.join(", ")}]) {\n  h = h.mul(${wh}).add(${wx} * x + ${b}).tanh();\n`
    + "  console.log(h.itemSync().toFixed(4));\n}",
});
