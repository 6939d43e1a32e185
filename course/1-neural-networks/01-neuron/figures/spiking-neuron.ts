import { Generator, rand } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { between } from "@gradus/lessons/draw/edge";
import { glyph } from "@gradus/lessons/draw/glyph";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels, type Panel } from "@gradus/lessons/draw/panels";
import { plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { paragraph } from "@gradus/lessons/draw/text";

/** Millivolts and milliseconds. REST is also where a spike leaves the cell; FLOOR is where inhibition ends. */
const REST = -70, FLOOR = -85, JUMP = 6, QUIET = 2, MOST = 100;
const VOLTS: Pair = [-90, -32], PEAK = -36, THRESHOLDS: Pair = [-66, -44];
const SYNAPSES = [{ name: "a", sign: 1 }, { name: "b", sign: 1 }, { name: "c", sign: -1 }] as const;

interface State {
  /** Time constant of the leak. */
  readonly tau: number;
  /** For each ms, which synapses get a spike from outside. */
  readonly plan: readonly (readonly boolean[])[];
  threshold: number;
  time: number; volt: number;
  /** Spikes that came, and those sent. */
  came: { readonly time: number; readonly synapse: number }[];
  sent: number[];
  /** Potential along the way; a spike is drawn up to its peak. */
  trace: Pair[];
  /** What the last step did. */
  last: { readonly before: number; readonly kept: number; readonly jump: number; readonly fired: boolean } | null;
}
const resting = ({ sent, time }: Pick<State, "sent" | "time">): boolean => sent.length > 0
  && time - sent[sent.length - 1] < QUIET;

/** Lets spikes arrive now: the potential jumps, and at the threshold the cell fires and starts again from rest. */
function receive(state: State, synapses: readonly number[], kept: number): void {
  const before = state.volt, deaf = resting(state);
  const jump = deaf ? 0 : JUMP * synapses.reduce((sum, i) => sum + SYNAPSES[i].sign, 0);
  const reached = deaf ? REST : Math.max(FLOOR, kept + jump), fired = reached >= state.threshold;
  state.came = [...state.came, ...synapses.map((synapse) => ({ time: state.time, synapse }))];
  state.volt = fired ? REST : reached;
  state.trace = [...state.trace, [state.time, kept], [state.time, fired ? PEAK : reached], [state.time, state.volt]];
  if (fired) state.sent = [...state.sent, state.time];
  state.last = { before, kept, jump, fired };
}

interface Layout { readonly cell: Panel; readonly volts: Plot; readonly raster: Plot; readonly height: number }
function layout(width: number): Layout {
  const { at: [cell, right], stacked } = panels(width, { shares: [0.72, 1], height: 340, heights: [210, 330],
    narrow: 640, gap: 22 });
  const left = right.x + 40, wide = right.w - 40 - 26, top = right.y + 30;
  const volts = plot({ left, top, width: wide, height: 190, x: [0, MOST], y: VOLTS, xTicks: 0, yTicks: 5,
    yLabel: "potential in mV" });
  const raster = plot({ left, top: top + 200, width: wide, height: 72, x: [0, MOST], y: [4, 0], yTicks: 0,
    xLabel: "ms" });
  return { cell: { ...cell, y: stacked ? cell.y + 6 : cell.y + 26, h: stacked ? 200 : 250 }, volts, raster,
    height: raster.bottom + 40 + (width < 420 ? 58 : 40) };
}
/** The lower part of a disc, up to a share of its height. */
function level([x, y]: Pair, r: number, share: number): Pair[] {
  const edge = Math.acos(1 - 2 * share);
  return Array.from({ length: 25 }, (_, i) => {
    const angle = -edge + 2 * edge * i / 24;
    return [x + r * Math.sin(angle), y + r * Math.cos(angle)] as const;
  });
}

function drawCell({ cell, shot }: { cell: Panel; shot: State }): Mark[] {
  const marks: Mark[] = [], r = 34, soma: Pair = [cell.x + cell.w * 0.58, cell.y + cell.h * 0.5];
  const fired = shot.sent[shot.sent.length - 1] === shot.time && shot.sent.length > 0;
  const end: Pair = [cell.x + cell.w - 6, soma[1]];
  SYNAPSES.forEach(({ name, sign }, i) => {
    const at: Pair = [cell.x + 30, cell.y + cell.h * (0.16 + 0.34 * i)], bend: Pair = [cell.x + cell.w * 0.3, at[1]];
    const rim = between(soma, bend, (r - 2) / Math.hypot(bend[0] - soma[0], bend[1] - soma[1]));
    const now = shot.came.some(({ time, synapse }) => synapse === i && time === shot.time);
    const branch: Pair[] = [[at[0] + 14, at[1]], [bend[0] - 14, at[1]], between(bend, rim, 0.3), rim];
    marks.push({ kind: "line", points: branch, stroke: "ink-2", width: 5, smooth: true });
    marks.push({ kind: "line", points: [[cell.x, at[1]], [at[0] - 12, at[1]]], stroke: "ink-3", width: 2 });
    if (now) marks.push({ kind: "disc", x: at[0], y: at[1], r: 17, fill: "mark", stroke: "ink", width: 2 });
    marks.push({ kind: "disc", x: at[0], y: at[1], r: 12, fill: "plate", stroke: "none" });
    const handle = { id: `synapse:${i}`, label: `synapse ${name}, ${sign > 0 ? "excites" : "inhibits"}: send a spike`,
      press: true };
    marks.push({ ...glyph("value", sign, at[0], at[1], 22), handle });
    marks.push({ kind: "text", x: at[0] + 21, y: at[1] + (sign > 0 ? -9 : 21), size: 13,
      text: `${name}  ${sign > 0 ? "+" : "−"}${JUMP} mV`, fill: sign > 0 ? "positive" : "negative" });
  });
  marks.push({ kind: "line", points: [[soma[0] + r, soma[1]], end], stroke: "ink-2", width: 4, arrow: true });
  marks.push({ kind: "disc", x: soma[0], y: soma[1], r, fill: fired ? "mark" : "plate", stroke: "ink", width: 2.5 });
  const share = clamp((shot.volt - REST) / (shot.threshold - REST), [-1, 1]);
  if (share > 0.005) {
    marks.push({ kind: "line", closed: true, points: level(soma, r - 2, share), fill: "positive", stroke: "none",
      opacity: 0.4 });
  } else if (share < -0.005) {
    marks.push({ kind: "line", closed: true, points: level(soma, r - 2, -share), fill: "negative", stroke: "none",
      hatch: true, opacity: 0.6 });
  }
  for (const time of shot.sent) {
    const way = (shot.time - time) / 6;
    if (way > 1) continue;
    const [x, y] = between([soma[0] + r + 8, soma[1]], [end[0] - 14, end[1]], way);
    marks.push({ kind: "disc", x, y, r: 7, fill: "mark", stroke: "ink", width: 2 });
  }
  const label = (x: number, y: number, text: string): Mark => ({ kind: "text", x, y, text, size: 13, fill: "ink-2",
    anchor: "middle" });
  marks.push(label(soma[0], soma[1] + r + 18, "soma"), label((soma[0] + r + end[0]) / 2, soma[1] - 14, "axon"),
    { kind: "text", x: cell.x + 18, y: cell.y + cell.h * 0.35, text: "dendrites", size: 13, fill: "ink-2" },
    { kind: "text", x: cell.x + 14, y: cell.y + cell.h + 8, text: "synapses: press one", size: 13, fill: "ink-2" },
    { kind: "text", x: soma[0], y: soma[1] - r - 10, text: `${fixed(shot.volt, 1)} mV`, role: "number", size: 14,
      anchor: "middle" });
  return marks;
}

export default defineFigure({
  id: "spiking-neuron",
  title: "A neuron to drive",
  question: "How does a cell turn pushes from many others into one yes or no?",
  params: {
    excite: { kind: "number", label: "spikes a second at a and at b", value: 160, min: 0, max: 400, step: 10 },
    inhibit: { kind: "number", label: "spikes a second at c", value: 0, min: 0, max: 400, step: 10 },
    tau: { kind: "number", label: "time constant of the leak, ms", value: 10, min: 1, max: 50, step: 1 },
  },
  async init({ excite, inhibit, tau }, seed): Promise<State> {
    const draws = await rand([MOST + 1, 3], { generator: new Generator(seed) }).data();
    // Spikes come at random: each ms has the same chance of one.
    const plan = Array.from({ length: MOST + 1 }, (_, t) => SYNAPSES.map(({ sign }, i) =>
      draws[3 * t + i] < (sign > 0 ? excite : inhibit) / 1000));
    return { tau, plan, threshold: -55, time: 0, volt: REST, came: [], sent: [], trace: [[0, REST]],
      last: null };
  },
  step(state) {
    state.time++;
    const kept = resting(state) ? REST : REST + (state.volt - REST) * Math.exp(-1 / state.tau);
    receive(state, SYNAPSES.flatMap((_, i) => (state.plan[state.time][i] ? [i] : [])), kept);
    return state;
  },
  done: ({ time }) => time >= MOST,
  act(state, action) {
    if (action.type === "press") receive(state, [Number(action.id.split(":")[1])], state.volt);
    if (action.type === "drag") {
      state.threshold = Math.round(clamp(layout(action.width).volts.y.invert(action.y), THRESHOLDS) * 2) / 2;
      if (state.volt >= state.threshold) receive(state, [], state.volt);
    }
    return state;
  },
  snapshot: (state): State => ({ ...state, plan: [] }),

  view(shot, { width }: Frame): Scene {
    const { cell, volts, raster, height } = layout(width);
    const marks: Mark[] = [...drawCell({ cell, shot }), ...volts.marks, ...raster.marks];
    const rest = volts.y(REST), limit = volts.y(shot.threshold);
    marks.push({ kind: "line", points: [[volts.left, rest], [volts.right, rest]], stroke: "ink-3", width: 1 },
      { kind: "text", x: volts.right + 3, y: rest + 4, text: "rest", size: 12, fill: "ink-2" });
    marks.push({ kind: "line", points: [[volts.left, limit], [volts.right, limit]], stroke: "ink", width: 1.5,
      dash: [6, 4] });
    marks.push({ kind: "line", points: shot.trace.map(([t, v]) => volts.point(t, v)), stroke: "ink", width: 2 });
    for (const time of shot.sent) {
      const [x, y] = volts.point(time, PEAK);
      marks.push({ kind: "disc", x, y, r: 4.5, fill: "mark", stroke: "ink", width: 1.5,
        title: `spike at ${time} ms` });
    }
    const [nx, ny] = volts.point(shot.time, shot.volt);
    marks.push({ kind: "disc", x: nx, y: ny, r: 6, fill: "mark", stroke: "ink", width: 2 });
    marks.push({ kind: "box", x: volts.right + 4, y: limit - 8, w: 16, h: 16, fill: "ink", stroke: "plate", width: 2,
      handle: { id: "threshold", label: `threshold ${fixed(shot.threshold, 1)} mV`, drag: "y", step: 4 } });
    marks.push({ kind: "text", x: volts.right, y: volts.top - 8, text: `threshold ${fixed(shot.threshold, 1)}`,
      size: 13, fill: "ink-2", anchor: "end" });
    const tick = (time: number, row: number, stroke: "positive" | "negative" | "ink"): Mark => {
      const [x] = raster.point(time, 0), y = raster.y(row);
      return { kind: "line", points: [[x, y + 3], [x, y + 15]], stroke, width: 2.5,
        ...(stroke === "negative" ? { dash: [3, 2] } : {}) };
    };
    ["a", "b", "c", "out"].forEach((name, row) => marks.push({ kind: "text", x: raster.left - 7,
      y: raster.y(row) + 14, text: name, anchor: "end", size: 12, fill: "ink-2" }));
    for (const { time, synapse } of shot.came) {
      marks.push(tick(time, synapse, SYNAPSES[synapse].sign > 0 ? "positive" : "negative"));
    }
    for (const time of shot.sent) marks.push(tick(time, 3, "ink"));
    marks.push(...paragraph(equation(shot), 20, raster.bottom + 58, width - 36, { size: 13, fill: "ink" }));
    return { width, height, marks };
  },
  describe(shot) {
    const { time, volt, threshold, came, sent } = shot;
    if (time === 0 && came.length === 0) {
      return `The cell rests at ${fixed(REST, 0)} mV; its threshold is ${fixed(threshold, 1)} mV. Press a synapse, ` +
        "or step.";
    }
    const fires = time === 0 ? "" : `, ${fixed(1000 * sent.length / time, 0)} a second`;
    return `After ${fixed(time, 0)} ms ${count(came.length, "spike")} came in and ${count(sent.length, "spike")} ` +
      `went out${fires}. The potential is ${fixed(volt, 1)} mV, ${fixed(threshold - volt, 1)} below the threshold.`;
  },
  table: ({ came, sent, time }) => ({ head: ["where", "spikes", "a second"], rows: [
    ...SYNAPSES.map(({ name, sign }, i): [string, number] => [`${name} (${sign > 0 ? "excites" : "inhibits"})`,
      came.filter(({ synapse }) => synapse === i).length]), ["out", sent.length] as [string, number],
  ].map(([name, n]) => [name, String(n), time === 0 ? "·" : fixed(1000 * n / time, 0)]) }),
  invariants: [
    { name: "the potential stays between the floor and the threshold", holds: ({ volt, threshold }) =>
      volt >= FLOOR && volt < threshold },
    { name: "after a spike the cell is silent for its refractory time", holds: ({ sent }) =>
      sent.every((time, i) => i === 0 || time - sent[i - 1] >= QUIET) },
    { name: "without spikes the distance from rest only shrinks", holds: ({ last }) => last === null
      || last.jump !== 0 || Math.abs(last.kept - REST) <= Math.abs(last.before - REST) + 1e-9 },
  ],
  cell: ({ tau }) => `import { rand } from "gradus";\n\nconst draws = await rand([1000, 2]).array() as number[][];\n` +
    `let v = -70, spikes = 0, silent = 0;\nfor (const pair of draws) {          // one millisecond each\n` +
    `  v = -70 + (v + 70) * Math.exp(-1 / ${tau});\n  if (silent-- > 0) { v = -70; continue; }\n` +
    `  for (const draw of pair) if (draw < 0.1) v += 6;\n  if (v >= -55) { spikes++; v = -70; silent = 1; }\n}\n` +
    `spikes;`,
});

/** The last step as an equation. */
function equation({ last, time, tau, sent }: State): string {
  if (last === null) return "Press a synapse: each spike moves the potential by 6 mV. Step lets 1 ms pass.";
  if (last.fired) return `${fixed(last.kept, 1)} + ${fixed(last.jump, 0)} mV reaches the threshold: a spike, and ` +
    `back to rest.`;
  if (resting({ sent, time })) return `${time - sent[sent.length - 1]} ms after its spike the cell hears nothing.`;
  const jump = last.jump === 0 ? "" : ` ${last.jump < 0 ? "−" : "+"} ${fixed(Math.abs(last.jump), 0)}`;
  const now = fixed(Math.max(FLOOR, last.kept + last.jump), 1);
  return last.before === last.kept ? `${fixed(last.kept, 1)}${jump} = ${now} mV`
    : `−70 + (${fixed(last.before, 1)} + 70) · e^(−1/${tau})${jump} = ${now} mV`;
}
