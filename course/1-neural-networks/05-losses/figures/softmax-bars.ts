import { F, grad, tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { glyph } from "@gradus/lessons/draw/glyph";
import { colourOf, count, fixed } from "@gradus/lessons/draw/number";
import { plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const CLASSES = ["cat", "dog", "hare", "owl"], RANGE: Pair = [-5, 5], MOST = 40, RATE = 1;

interface State {
  /** As they are dragged; the softmax sees each times `scale` plus `shift`. */
  base: readonly number[];
  readonly scale: number; readonly shift: number;
  target: number; steps: number;
}
interface Shot extends State {
  readonly logits: readonly number[];
  /** e^z in 32 bits as it stands, and with the largest logit taken away first. */
  readonly raw: readonly number[]; readonly safe: readonly number[];
  readonly p: readonly number[]; readonly gradient: readonly number[];
  readonly loss: number;
  /** What the formula gives if nothing is taken away: infinity over infinity, or nothing over nothing. */
  readonly broken: boolean;
}
function look(state: State): Shot {
  const z = tensor(state.base.map((v) => v * state.scale + state.shift), { requiresGrad: true });
  const logits = Array.from(z.dataSync()), largest = Math.max(...logits);
  const loss = F.crossEntropy(z, tensor(state.target, { dtype: "i32" })), [gradient] = grad(loss, [z]);
  const raw = Array.from(z.exp().dataSync()), total = tensor(raw).sum().itemSync();
  return { ...state, logits, raw, safe: Array.from(z.sub(largest).exp().dataSync()),
    p: Array.from(F.softmax(z).dataSync()), gradient: Array.from(gradient!.dataSync()), loss: loss.itemSync(),
    broken: !Number.isFinite(total) || total === 0 };
}

interface Layout { readonly left: number; readonly column: number; readonly top: Plot; readonly shares: Plot;
  readonly rows: readonly number[]; readonly height: number; readonly wide: boolean }
function layout(width: number): Layout {
  const wide = width >= 560, left = wide ? 150 : 76, column = (width - left - 12) / 4, w = column * 4;
  const top = plot({ left, top: 34, width: w, height: wide ? 150 : 130, x: [0, 4], y: RANGE, xTicks: 0, yTicks: 4,
    zero: true });
  const first = top.bottom + 26, gap = 27;
  const shares = plot({ left, top: first + 3 * gap + 2, width: w, height: wide ? 110 : 96, x: [0, 4], y: [0, 1.2],
    xTicks: 0, yTicks: 2 });
  const rows = [first, first + gap, first + 2 * gap, shares.bottom + 24, shares.bottom + 24 + gap,
    shares.bottom + 24 + 2 * gap + 6];
  return { left, column, top, shares, rows, height: rows[5] + 44, wide };
}
/** A number that may be huge or tiny, in a few characters. */
function short(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return value === 0 ? "0" : "∞";
  if (value >= 0.001 && value < 10_000) return fixed(value, value < 10 ? 3 : 1);
  const [digits, power] = value.toExponential(1).split("e");
  return `${digits}e${power.replace("+", "").replace("-", "−")}`;
}

export default defineFigure({
  id: "softmax-bars",
  title: "From scores to shares, and back",
  question: "Which logits give the same probabilities, and which way does each one want to go?",
  params: {
    shift: { kind: "number", label: "add to every logit", value: 0, min: -200, max: 200, step: 10 },
    scale: { kind: "number", label: "multiply every logit by", value: 1, min: 0.2, max: 4, step: 0.2 },
  },
  init: ({ shift, scale }): State => ({ base: [0.6, 2.2, -1.2, 0.2], scale, shift, target: 0, steps: 0 }),
  step(state) {
    const { logits, gradient } = look(state);
    state.base = logits.map((z, i) => (z - RATE * gradient[i] - state.shift) / state.scale);
    state.steps++;
    return state;
  },
  done: (state) => state.steps >= MOST,
  act(state, action) {
    const index = Number(action.type === "drop" ? 0 : action.id.split(":")[1]);
    if (action.type === "press") state.target = index;
    if (action.type === "drag") {
      const value = Math.round(layout(action.width).top.y.invert(action.y) * 10) / 10;
      state.base = state.base.map((v, i) => (i === index ? value : v));
    }
    state.steps = 0;
    return state;
  },
  snapshot: look,

  view(shot, { width }: Frame): Scene {
    const { left, column, top, shares, rows, height, wide } = layout(width), marks: Mark[] = [];
    const centre = (i: number): number => left + column * (i + 0.5);
    const name = (y: number, long: string, narrow: string): Mark => ({ kind: "text", x: 8, y: y + 4,
      text: wide ? long : narrow, size: 13, fill: "ink-2" });
    const number = (i: number, y: number, text: string, extra: Partial<Mark & { kind: "text" }> = {}): Mark =>
      ({ kind: "text", x: centre(i), y: y + 4, text, role: "number", anchor: "middle", size: 13, ...extra });
    marks.push(...top.marks, ...shares.marks);
    marks.push({ kind: "text", x: 8, y: top.top + 16, text: wide ? "logits z, drag" : "logits z", size: 13,
      fill: "ink-2" }, { kind: "text", x: 8, y: shares.top + (wide ? 16 : -6), text: "softmax p", size: 13,
      fill: "ink-2" });
    CLASSES.forEach((label, i) => {
      const x = centre(i), zero = top.y(0), value = shot.base[i], y = top.y(clamp(value, RANGE));
      const chosen = i === shot.target;
      marks.push({ kind: "box", x: x - column / 2 + 3, y: 4, w: column - 6, h: 24, fill: chosen ? "mark" : "plate",
        stroke: chosen ? "ink" : "ink-3", width: chosen ? 2 : 1, handle: { id: `target:${i}`, press: true,
          label: `${label}${chosen ? ", the right class" : ": make it the right class"}` } });
      marks.push({ kind: "text", x, y: 21, text: wide && chosen ? `${label}: right` : label, anchor: "middle",
        size: 13, bold: chosen, fill: chosen ? "on-mark" : "ink" });
      marks.push({ kind: "line", points: [[x, zero], [x, y]], stroke: colourOf(value), width: 3 });
      marks.push({ ...glyph("value", value, x, y, 20), handle: { id: `logit:${i}`, drag: "y", step: 4,
        label: `logit of ${label}, ${fixed(value)}` } });
      marks.push(number(i, rows[0], fixed(shot.logits[i])));
      marks.push(number(i, rows[1], short(shot.raw[i]), shot.broken ? { fill: "bad", bold: true } : {}));
      marks.push(number(i, rows[2], short(shot.safe[i])));
      const w = Math.min(46, column * 0.55), h = shares.bottom - shares.y(shot.p[i]);
      marks.push({ kind: "box", x: x - w / 2, y: shares.bottom - h, w, h, fill: chosen ? "ink" : "ink-3",
        stroke: "ink", width: 1, title: `softmax gives ${label} ${fixed(shot.p[i], 4)}` });
      marks.push({ kind: "text", x, y: shares.y(shot.p[i]) - 4, text: fixed(shot.p[i], 3), role: "number",
        anchor: "middle", size: 13, bold: true });
      marks.push(number(i, rows[3], chosen ? "1" : "0"));
      const g = shot.gradient[i];
      marks.push(glyph("gradient", g, x - (wide ? 34 : 24), rows[4], 18, 1));
      marks.push(number(i, rows[4], fixed(g, wide ? 3 : 2), { fill: colourOf(g, 3), x: x + (wide ? 4 : 7) }));
    });
    const { scale, shift } = shot;
    const from = `${scale === 1 ? "" : `${fixed(scale, 1)} · `}z${shift === 0 ? "" : ` ${shift < 0 ? "−" : "+"} ` +
      fixed(Math.abs(shift), 0)}`;
    marks.push(name(rows[0], from === "z" ? "in numbers" : from, from === "z" ? "value" : from.replaceAll(" ", "")),
      name(rows[1], "e to the z, 32 bits", "e^z"), name(rows[2], "e to the z − max", "e^(z−max)"),
      name(rows[3], "target y", "target y"), name(rows[4], "gradient p − y", "p − y"));
    marks.push({ kind: "line", points: [[8, rows[5] - 14], [width - 12, rows[5] - 14]], stroke: "hair", width: 1 });
    marks.push({ kind: "text", x: 8, y: rows[5] + 8, size: 14, text: `loss −ln p(${CLASSES[shot.target]}) = ` +
      `${fixed(shot.loss, 3)}${wide ? `, after ${count(shot.steps, "step")} down the gradient` : ""}` });
    marks.push({ kind: "text", x: 8, y: rows[5] + 30, size: 14, fill: shot.broken ? "bad" : "ink-2",
      bold: shot.broken, text: shot.broken
        ? `${wide ? "without taking the largest away: every share is " : "plain formula: "}` +
          `${shot.raw.includes(Infinity) ? "∞ over ∞ or 0" : "0 over 0"}`
        : wide ? "the plain formula still works here" : "plain formula: works here" });
    return { width, height, marks };
  },
  describe({ p, target, loss, gradient, broken, raw, steps }) {
    const shares = CLASSES.map((label, i) => `${label} ${fixed(p[i], 3)}`).join(", ");
    const plain = !broken ? "" : raw.includes(Infinity)
      ? " Without taking the largest logit away first, e to the z is infinite in 32 bits and no share comes out."
      : " Without taking the largest logit away first, every e to the z is 0 in 32 bits and no share comes out.";
    return `${steps === 0 ? "" : `After ${count(steps, "step")}: `}softmax gives ${shares}. ${CLASSES[target]} is ` +
      `right, so the loss is ${fixed(loss, 3)} and its logit has slope ${fixed(gradient[target], 3)}.${plain}`;
  },
  table: ({ logits, raw, safe, p, gradient, target }) => ({
    head: ["class", "logit", "e^z", "e^(z − max)", "probability", "target", "gradient"],
    rows: CLASSES.map((label, i) => [label, fixed(logits[i]), short(raw[i]), short(safe[i]), fixed(p[i], 4),
      i === target ? "1" : "0", fixed(gradient[i], 4)]) }),
  numbers: ({ p, gradient, target }) => ({
    slope: { kind: "gradient", value: gradient[target] }, share: { kind: "plain", value: p[target] },
    truth: { kind: "plain", value: 1 },
  }),
  invariants: [
    { name: "probabilities are positive or 0 and add up to 1", holds: ({ p }) =>
      p.every((v) => v >= 0) && Math.abs(p.reduce((a, b) => a + b, 0) - 1) < 1e-5 },
    { name: "the gradient is p − y, and adds up to 0", holds: ({ p, gradient, target }) =>
      gradient.every((g, i) => Math.abs(g - p[i] + (i === target ? 1 : 0)) < 1e-5)
      && Math.abs(gradient.reduce((a, b) => a + b, 0)) < 1e-5 },
    { name: "what is added to every logit changes no probability", holds: ({ base, scale, p }) => {
      const plain = F.softmax(tensor(base.map((v) => v * scale))).dataSync();
      return p.every((v, i) => Math.abs(v - plain[i]) < 1e-4);
    } },
    { name: "the loss is log-sum-exp less the logit of the right class", holds: ({ logits, safe, target, loss }) =>
      Math.abs(Math.log(safe.reduce((a, b) => a + b, 0)) + Math.max(...logits) - logits[target] - loss) < 1e-4 },
  ],
  cell: ({ shift, scale }) => "import { F, grad, tensor } from \"gradus\";\n\n" +
    `const z = tensor([0.6, 2.2, -1.2, 0.2].map((v) => v * ${scale} + ${shift}), { requiresGrad: true });\n` +
    "const loss = F.crossEntropy(z, tensor(0, { dtype: \"i32\" }));\n" +
    "console.log(z.exp().div(z.exp().sum()));   // the plain formula\n" +
    "console.log(F.softmax(z));\nconsole.log(grad(loss, [z])[0]);",
});
