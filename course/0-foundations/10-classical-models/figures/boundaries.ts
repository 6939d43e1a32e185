import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { contour } from "@gradus/lessons/draw/contour";
import { percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp } from "@gradus/lessons/draw/scale";
import {
  codeOf, draw, judge, MODELS, names, pictures, PLANE, type Judgement, type Name, type Points,
} from "../planes.ts";

const POINTS = 30, FINE = 39, COARSE = 19;
/** Just above a tie, which goes to the rings. */
const TIE = 1e-9;
interface State {
  shown: Points;
  readonly fresh: Points;
  name: Name;
  /** The setting of each model, stiff to flexible. */
  settings: Readonly<Record<Name, number>>;
}

interface Layout { readonly main: Plot; readonly height: number; readonly narrow: boolean;
readonly thumbs: readonly { readonly x: number; readonly y: number; readonly side: number }[];
readonly buttons: { readonly x: number; readonly y: number; readonly w: number } }
function layout(width: number): Layout {
  const narrow = width < 600, side = narrow ? width - 30 : Math.min(440, width * 0.56);
  const main = plot({ left: 14, top: 34, width: side, height: side, x: PLANE, y: PLANE, xTicks: 0, yTicks: 0 });
  const buttons = { x: 14, y: main.bottom + 14, w: side };
  const gap = narrow ? 10 : 18, left = narrow ? 14 : main.right + 30, room = width - left - 14;
  const thumb = narrow ? (room - gap) / 2 : Math.min(200, (room - gap) / 2, (side - 74) / 2);
  const top = narrow ? buttons.y + 76 : 34, line = thumb + 56;
  const thumbs = names.map((_, i) => ({ x: left + (i % 2) * (thumb + gap), y: top + Math.floor(i / 2) * line,
    side: thumb }));
  return { main, narrow, thumbs, buttons, height: Math.max(buttons.y + 88, top + 2 * line + 6) };
}
/** Where squares are said, and the line between. */
function regions({ scores }: Judgement, on: Plot): Mark[] {
  const { columns, rows, heights } = scores, marks: Mark[] = [];
  const [w, h] = [(on.right - on.left) / (columns - 1), (on.bottom - on.top) / (rows - 1)];
  for (let r = 0; r < rows; r++) {
    for (let c = 0, from = -1; c <= columns; c++) {
      const yes = c < columns && heights[r * columns + c] > 0;
      if (yes && from < 0) from = c;
      if (yes || from < 0) continue;
      // Each place of the grid stands for the square around it, cut at the frame.
      const x = clamp(on.left + (from - 0.5) * w, [on.left, on.right]);
      const y = clamp(on.bottom - (r + 0.5) * h, [on.top, on.bottom]);
      marks.push({ kind: "box", x, y, w: clamp(on.left + (c - 0.5) * w, [on.left, on.right]) - x,
        h: clamp(on.bottom - (r - 0.5) * h, [on.top, on.bottom]) - y, fill: "series-2", stroke: "none", hatch: true,
        opacity: 0.3 });
      from = -1;
    }
  }
  for (const line of contour(scores, TIE)) marks.push(...path(on, line, { stroke: "ink", width: 1.8 }));
  return marks;
}

export default defineFigure({
  id: "boundaries",
  title: "Four models, the same points",
  question: "Where does each model draw its line, and which line is right about points it has never seen?",
  params: {
    picture: { kind: "choice", label: "points", value: "two moons", choices: pictures },
    noise: { kind: "number", label: "noise", value: 0.3, min: 0.1, max: 0.5, step: 0.05 },
  },
  init: ({ picture, noise }, seed): State => ({ ...draw(picture, POINTS, seed, noise), name: "nearest",
    settings: { nearest: 0, tree: 1, margin: 2, bayes: 0 } }),
  step(state) {
    const { name, settings } = state;
    const setting = Math.min(settings[name] + 1, MODELS[name].settings.length - 1);
    return { ...state, settings: { ...settings, [name]: setting } };
  },
  done: ({ name, settings }) => settings[name] === MODELS[name].settings.length - 1,
  act(state, action) {
    if (action.type === "drop") return state;
    const [what, which] = action.id.split(":"), { name, settings, shown } = state;
    if (what === "model") return { ...state, name: which as Name };
    if (what === "turn") {
      const setting = clamp(settings[name] + Number(which), [0, MODELS[name].settings.length - 1]);
      return { ...state, settings: { ...settings, [name]: setting } };
    }
    if (action.type !== "drag") return state;
    const { main } = layout(action.width), i = Number(which);
    const place = [main.x.invert(action.x), main.y.invert(action.y)] as const;
    const x = shown.x.map((point, k) => (k === i ? place : point));
    return { ...state, shown: { ...shown, x } };
  },
  snapshot({ shown, fresh, name, settings }) {
    const each = names.map((one) => ({ name: one, setting: settings[one],
      ...judge(one, settings[one], shown, fresh, one === name ? FINE : COARSE) }));
    return { shown, name, each };
  },

  view({ shown, name, each }, { width }: Frame): Scene {
    const { main, thumbs, buttons, narrow, height } = layout(width), marks: Mark[] = [...main.marks];
    const chosen = each.find((one) => one.name === name)!, { title, settings } = MODELS[name];
    marks.push({ kind: "text", x: 14, y: 22, text: `${title}, ${settings[chosen.setting]}`, size: 15, bold: true });
    marks.push(...regions(chosen, main));
    shown.x.forEach((point, i) => {
      const [x, y] = main.point(clamp(point[0], PLANE), clamp(point[1], PLANE)), square = shown.y[i] === 1;
      if (chosen.support.includes(i)) marks.push({ kind: "disc", x, y, r: 10, fill: "none", stroke: "ink",
        width: 1.2 });
      const label = `${square ? "square" : "ring"} ${i + 1}`;
      const handle = { id: `point:${i}`, label, drag: "xy", step: 10 } as const;
      marks.push(square ? { kind: "box", x: x - 5, y: y - 5, w: 10, h: 10, fill: "series-2", stroke: "plate", width: 1,
        handle } : { kind: "disc", x, y, r: 5.2, fill: "plate", stroke: "series-1", width: 2.4, handle });
    });
    const half = Math.min(150, (buttons.w - 12) / 2);
    [["−1", "Stiffer", 0], ["1", "More flexible", 1]].forEach(([by, text, i]) => {
      const x = buttons.x + Number(i) * (half + 12);
      marks.push({ kind: "box", x, y: buttons.y, w: half, h: 44, fill: "plate", stroke: "ink", width: 1.5,
        handle: { id: `turn:${by === "1" ? 1 : -1}`, press: true, label: `${text}; now ${settings[chosen.setting]}` } },
      { kind: "text", x: x + half / 2, y: buttons.y + 27, text: String(text), anchor: "middle", size: 14 });
    });
    if (!narrow) marks.push({ kind: "text", x: 14, y: buttons.y + 72, size: 13, fill: "ink-2", text: name === "margin"
      ? "Drag any point. Circled: the support vectors."
      : "Drag any point; press a small picture to change the model." });
    each.forEach((one, i) => {
      const { x, y, side } = thumbs[i], now = one.name === name, small = plot({ left: x, top: y, width: side,
        height: side, x: PLANE, y: PLANE, xTicks: 0, yTicks: 0 });
      marks.push({ kind: "box", x: x - 4, y: y - 4, w: side + 8, h: side + 8, fill: now ? "mark" : "plate",
        stroke: now ? "ink" : "hair", width: now ? 2 : 1, handle: { id: `model:${one.name}`, press: true,
          label: `${MODELS[one.name].title}: ${percent(one.fresh)} of new points right` } });
      marks.push(...small.marks, ...regions(one, small));
      marks.push({ kind: "text", x, y: y + side + 20, text: MODELS[one.name].title, size: 13, bold: now },
        { kind: "text", x, y: y + side + 38, size: 13, role: "number", fill: "ink-2",
          text: `${percent(one.shown, 0)} shown, ${percent(one.fresh, 0)} new` });
    });
    return { width, height, marks };
  },
  describe({ name, each, shown }) {
    const one = each.find((other) => other.name === name)!, { title, settings } = MODELS[name];
    const best = [...each].sort((a, b) => b.fresh - a.fresh)[0];
    const missed = shown.y.length - Math.round(one.shown * shown.y.length);
    const rests = one.support.length > 0 ? ` It rests on ${one.support.length} support vectors.` : "";
    return `With ${title}, ${settings[one.setting]}, ${missed} of the ${shown.y.length} points shown are on the ` +
      `wrong side, and ${percent(one.fresh)} of 200 new points are on the right one.${rests} Best on new points now: ` +
      `${MODELS[best.name].title}, ${MODELS[best.name].settings[best.setting]}, with ${percent(best.fresh)}.`;
  },
  table: ({ each }) => ({ head: ["model", "setting", "shown", "new"], rows:
    each.map(({ name, setting, shown, fresh }) => [MODELS[name].title, MODELS[name].settings[setting],
      percent(shown), percent(fresh)]) }),
  invariants: [
    { name: "one neighbour is never wrong about a point it has stored (unless two lie in one place)", holds: ({ each,
      shown }) => each[0].setting < 4 || each[0].shown === 1
      || new Set(shown.x.map(String)).size < shown.x.length },
    { name: "a tree of any depth has no mistake left on the points shown", holds: ({ each, shown }) =>
      each[1].setting < 4 || each[1].shown === 1 || new Set(shown.x.map(String)).size < shown.x.length },
    { name: "no share is above 1 or below 0, and every support vector is one of the points", holds: ({ each, shown }) =>
      each.every((one) => [one.shown, one.fresh].every((share) => share >= 0 && share <= 1)
        && one.support.every((i) => i >= 0 && i < shown.x.length)) },
  ],
  cell: ({ picture, noise }, seed) => `import { classical } from "gradus";
import { blobs, circles, moons } from "gradus/data";

const rows = ({ features, labels }) => [...labels.keys()].map((i) => [features[2 * i], features[2 * i + 1]]);
const shown = ${codeOf(picture, POINTS, 2 * seed, noise)};
const fresh = ${codeOf(picture, 200, 2 * seed + 1, noise)};
const scaler = new classical.StandardScaler().fit(rows(shown));
const [x, z] = [scaler.transform(rows(shown)), scaler.transform(rows(fresh))];
for (const k of [21, 11, 5, 3, 1]) {
  const model = new classical.KNeighborsClassifier({ k }).fit(x, shown.labels);
  console.log("k", k, "shown", model.score(x, shown.labels), "new", model.score(z, fresh.labels));
}
`,
});
