import { tensor } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { glyph } from "@gradus/lessons/draw/glyph";
import { colourOf, fixed, signOf } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { plot, type Plot } from "@gradus/lessons/draw/plot";
import { linear, type Pair } from "@gradus/lessons/draw/scale";

const PLANE: Pair = [-4, 4];
const STARTS = {
  "some angle": [[1.5, 3], [3, 1]],
  "right angle": [[-1, 2], [3, 1.5]],
  "opposed": [[-2.5, -2], [3, 1]],
} as const;

interface State {
  readonly unit: boolean;
  a: Pair; b: Pair;
  /** The products a₁b₁ and a₂b₂, and their sum. */
  products: Pair; dot: number;
  lengths: Pair; cosine: number;
  /** The point of the line along b that is nearest to a; `share` times b. */
  share: number; shadow: Pair;
}

/** Everything that follows from the two arrows, by the library. */
function measured(a: Pair, b: Pair, unit: boolean): State {
  const x = tensor([...a]);
  let y = tensor([...b]);
  if (unit) y = y.div(y.square().sum().sqrt());
  const products = x.mul(y), dot = products.sum();
  const lengths = [x, y].map((v) => v.square().sum().sqrt());
  const share = dot.div(y.square().sum());
  const pair = (v: ArrayLike<number>): Pair => [v[0], v[1]];
  return { unit, a: pair(x.dataSync()), b: pair(y.dataSync()), products: pair(products.dataSync()),
    dot: dot.itemSync(), lengths: [lengths[0].itemSync(), lengths[1].itemSync()],
    cosine: dot.div(lengths[0].mul(lengths[1])).itemSync(), share: share.itemSync(),
    shadow: pair(y.mul(share).dataSync()) };
}

interface Layout { readonly plane: Plot; readonly x: number; readonly y: number; readonly w: number;
readonly height: number }
function layout(width: number): Layout {
  const narrow = width < 620;
  const { at: [left, right], height } = panels(width, { shares: [1, 0.9], height: Math.min(430, width * 0.5),
    heights: [width - 8, 250], narrow: 620 });
  const side = Math.min(left.w - 26, left.h - 40);
  const plane = plot({ left: left.x + 24, top: left.y + 14, width: side, height: side, x: PLANE, y: PLANE,
    zero: true, xTicks: 8, yTicks: 8 });
  // Names and their numbers stay close enough to be read as one line.
  return { plane, x: right.x, y: narrow ? right.y + 22 : right.y + 34, w: Math.min(right.w, 360),
    height: height + 16 };
}
const round = (v: number): number => Math.round(v * 10) / 10;
const degrees = (cosine: number): number => Math.acos(Math.min(1, Math.max(-1, cosine))) * 180 / Math.PI;

export default defineFigure({
  id: "dot-product",
  title: "How far one arrow goes along another",
  question: "When is the dot product zero, and when is it negative?",
  params: {
    start: { kind: "choice", label: "start", value: "some angle",
      choices: Object.keys(STARTS) as (keyof typeof STARTS)[] },
    unit: { kind: "flag", label: "make b one long", value: false },
  },
  init: ({ start, unit }): State => measured(STARTS[start][0], STARTS[start][1], unit),
  act(state, action) {
    if (action.type !== "drag") return state;
    const { plane } = layout(action.width);
    const to: Pair = [round(plane.x.invert(action.x)), round(plane.y.invert(action.y))];
    // An arrow without length has no direction: it stays where it was.
    if (Math.hypot(...to) < 0.3) return state;
    return action.id === "a" ? measured(to, state.b, state.unit) : measured(state.a, to, state.unit);
  },
  snapshot: (state): State => ({ ...state }),

  view(shot, { width }: Frame): Scene {
    const { plane, x, y, w, height } = layout(width), { a, b, dot, shadow, lengths, cosine } = shot;
    const origin = plane.point(0, 0), sign = signOf(dot), colour = colourOf(dot);
    const marks: Mark[] = [...plane.marks];
    const far = 8 / lengths[1], [ux, uy] = [b[0] * far, b[1] * far];
    const reach = Math.min(1, 4 / Math.max(Math.abs(ux), Math.abs(uy)));
    marks.push({ kind: "line", points: [plane.point(-ux * reach, -uy * reach), plane.point(ux * reach, uy * reach)],
      stroke: "ink-3", width: 1, dash: [2, 4] });
    const inside = shadow.every((v) => Math.abs(v) <= PLANE[1]);
    if (inside) {
      if (sign !== 0) {
        marks.push({ kind: "line", points: [origin, plane.point(...shadow)], stroke: colour, width: 8, opacity: 0.55,
          ...(sign < 0 ? { dash: [7, 4] } : {}), title: `projection: ${fixed(shot.share)} times b` });
      }
      marks.push({ kind: "line", points: [plane.point(...a), plane.point(...shadow)], stroke: "ink-2", width: 1.5,
        dash: [5, 4] });
      marks.push(...corner(plane, a, b, shadow));
    }
    marks.push({ kind: "line", points: [origin, plane.point(...b)], stroke: "ink", width: 2.5, arrow: true });
    marks.push({ kind: "line", points: [origin, plane.point(...a)], stroke: "ink", width: 2.5, arrow: true });
    for (const [name, at] of [["b", b], ["a", a]] as const) {
      const [px, py] = plane.point(...at), long = Math.hypot(...at);
      marks.push({ kind: "disc", x: px, y: py, r: 8, fill: "plate", stroke: "ink", width: 2,
        handle: { id: name, label: `arrow ${name}, ${fixed(at[0], 1)} across and ${fixed(at[1], 1)} up`, drag: "xy",
          step: 6 } });
      const tx = Math.min(plane.right - 12, Math.max(plane.left + 12, px + 17 * at[0] / long));
      const ty = Math.min(plane.bottom - 6, Math.max(plane.top + 16, py - 17 * at[1] / long + 5));
      marks.push({ kind: "text", x: tx, y: ty, text: name, role: "symbol", anchor: "middle", size: 17, bold: true });
    }

    const line = (row: number, name: string, value: string, fill: Colour = "ink"): void => {
      marks.push({ kind: "text", x, y: y + row, text: name, size: 13.5, fill: "ink-2" });
      marks.push({ kind: "text", x: x + w, y: y + row, text: value, role: "number", anchor: "end", size: 14, fill });
    };
    ([0, 1] as const).forEach((i) => {
      line(26 * i, `${i === 0 ? "across" : "up"}: a${"₁₂"[i]} · b${"₁₂"[i]}`,
        `${fixed(a[i])} · ${fixed(b[i])} = ${fixed(shot.products[i])}`, colourOf(shot.products[i]));
    });
    marks.push({ kind: "line", points: [[x, y + 38], [x + w, y + 38]], stroke: "ink", width: 1 });
    marks.push({ kind: "text", x, y: y + 62, text: "their sum: a · b", size: 15, bold: true });
    marks.push({ kind: "text", x: x + w - 22, y: y + 62, text: fixed(dot), role: "number", anchor: "end", size: 17,
      bold: true, fill: colour }, glyph("value", dot, x + w - 8, y + 57, 15));
    line(92, "lengths of a and b", `${fixed(lengths[0])} and ${fixed(lengths[1])}`);
    line(118, "projection along b", fixed(shot.share * lengths[1]), colour);
    line(144, "cosine and angle", `${fixed(cosine)}, ${fixed(degrees(cosine), 0)}°`, colour);
    const bar = linear([-1, 1], [x + 8, x + w - 8]), level = y + 184;
    marks.push({ kind: "line", points: [[bar(-1), level], [bar(1), level]], stroke: "ink-3", width: 2 });
    for (const [at, name] of [[-1, "opposed"], [0, "right angle"], [1, "along"]] as const) {
      marks.push({ kind: "line", points: [[bar(at), level - 5], [bar(at), level + 5]], stroke: "ink-3", width: 1.5 });
      marks.push({ kind: "text", x: at === -1 ? x : at === 1 ? x + w : bar(at), y: level + 24, text: name, size: 12.5,
        anchor: at === -1 ? "start" : at === 1 ? "end" : "middle", fill: "ink-2" });
    }
    marks.push(glyph("value", cosine, bar(cosine), level, 15));
    return { width, height, marks };
  },
  describe: ({ a, b, dot, lengths, cosine, share }) =>
    `a is (${fixed(a[0], 1)}, ${fixed(a[1], 1)}), b is (${fixed(b[0])}, ${fixed(b[1])}); their dot product is ` +
    `${fixed(dot)}, the lengths ${fixed(lengths[0])} and ${fixed(lengths[1])}, the angle ` +
      `${fixed(degrees(cosine), 0)} ` +
    `degrees. The projection of a on b is ${fixed(share)} times b.`,
  table: ({ a, b, products, dot }) => ({ head: ["", "across", "up", "sum"],
    rows: [["a", fixed(a[0]), fixed(a[1]), ""], ["b", fixed(b[0]), fixed(b[1]), ""],
      ["product", fixed(products[0]), fixed(products[1]), fixed(dot)]] }),
  numbers: ({ dot, lengths, cosine }) => ({
    dot: { kind: "value", value: dot }, cosine: { kind: "value", value: cosine },
    a: { kind: "plain", value: lengths[0] }, b: { kind: "plain", value: lengths[1] },
  }),
  invariants: [
    { name: "the dot product is never larger than the product of the lengths", holds: ({ dot, lengths }) =>
      Math.abs(dot) <= lengths[0] * lengths[1] * (1 + 1e-5) },
    { name: "what the projection leaves of a stands at a right angle to b", holds: ({ a, b, shadow }) =>
      Math.abs((a[0] - shadow[0]) * b[0] + (a[1] - shadow[1]) * b[1]) < 1e-4 * (1 + Math.hypot(...a)
        * Math.hypot(...b)) },
    { name: "a · b is length times length times cosine of the angle between the directions", holds:
      ({ a, b, dot, lengths }) => Math.abs(dot - lengths[0] * lengths[1]
        * Math.cos(Math.atan2(a[1], a[0]) - Math.atan2(b[1], b[0]))) < 1e-4 * (1 + Math.abs(dot)) },
  ],
  cell: ({ start }) => `import { tensor } from "gradus";\n\nconst a = tensor(${JSON.stringify(STARTS[start][0])}), ` +
    `b = tensor(${JSON.stringify(STARTS[start][1])});\nconst dot = a.mul(b).sum();\nconsole.log("a · b =", ` +
    "dot.itemSync());\nb.mul(dot.div(b.square().sum())); // the projection of a on b",
});

/** The little square that says "right angle", where the dashed line meets the direction of b. */
function corner(plane: Plot, a: Pair, b: Pair, shadow: Pair): Mark[] {
  const rest: Pair = [a[0] - shadow[0], a[1] - shadow[1]], high = Math.hypot(...rest), long = Math.hypot(...b);
  if (high < 0.5) return [];
  const side = 0.24, up: Pair = [rest[0] / high * side, rest[1] / high * side];
  const back = shadow[0] * b[0] + shadow[1] * b[1] > 0 ? -side : side;
  const along: Pair = [b[0] / long * back, b[1] / long * back];
  return [{ kind: "line", stroke: "ink-2", width: 1.2, points: [
    plane.point(shadow[0] + up[0], shadow[1] + up[1]),
    plane.point(shadow[0] + up[0] + along[0], shadow[1] + up[1] + along[1]),
    plane.point(shadow[0] + along[0], shadow[1] + along[1])] }];
}
