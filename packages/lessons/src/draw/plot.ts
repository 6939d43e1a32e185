/** A pair of axes: where numbers land on the canvas, and the marks that say so. */
import type { Mark, Style } from "../scene.ts";
import { fixed } from "./number.ts";
import { clamp, decimalsOf, linear, ticks, type Pair, type Scale } from "./scale.ts";

export interface PlotOptions {
  readonly left: number; readonly top: number; readonly width: number; readonly height: number;
  readonly x: Pair; readonly y: Pair;
  /** Names of the axes: x below at the right, y above at the left. */
  readonly xLabel?: string; readonly yLabel?: string;
  /** About how many ticks; none at 0. */
  readonly xTicks?: number; readonly yTicks?: number;
  /** Lines at zero where zero is inside. */
  readonly zero?: boolean;
}
export interface Plot {
  readonly x: Scale;
  readonly y: Scale;
  /** The frame, ticks and names; draw them first. */
  readonly marks: readonly Mark[];
  readonly left: number; readonly top: number; readonly right: number; readonly bottom: number;
  point(x: number, y: number): readonly [number, number];
}
/** Room that ticks and names take, to be left around a plot. */
export const MARGIN = { left: 40, right: 12, top: 24, bottom: 38 } as const;

export function plot(options: PlotOptions): Plot {
  const { left, top, width, height, xLabel, yLabel, xTicks = 5, yTicks = 5, zero = false } = options;
  const right = left + width, bottom = top + height;
  const x = linear(options.x, [left, right]), y = linear(options.y, [bottom, top]);
  const marks: Mark[] = [{ kind: "box", x: left, y: top, w: width, h: height, fill: "plate", stroke: "hair",
    width: 1 }];
  const line = (points: readonly Pair[]): Mark => ({ kind: "line", points, stroke: "hair", width: 1 });
  if (zero && inside(0, options.x)) marks.push(line([[x(0), top], [x(0), bottom]]));
  if (zero && inside(0, options.y)) marks.push(line([[left, y(0)], [right, y(0)]]));
  const across = xTicks === 0 ? [] : ticks(options.x, xTicks), up = yTicks === 0 ? [] : ticks(options.y, yTicks);
  for (const value of across) {
    marks.push({ kind: "line", points: [[x(value), bottom], [x(value), bottom + 4]], stroke: "ink-3", width: 1 });
    marks.push({ kind: "text", x: x(value), y: bottom + 17, text: fixed(value, decimalsOf(across)), role: "number",
      anchor: "middle", size: 12, fill: "ink-2" });
  }
  for (const value of up) {
    marks.push({ kind: "line", points: [[left - 4, y(value)], [left, y(value)]], stroke: "ink-3", width: 1 });
    marks.push({ kind: "text", x: left - 7, y: y(value) + 4, text: fixed(value, decimalsOf(up)), role: "number",
      anchor: "end", size: 12, fill: "ink-2" });
  }
  if (xLabel !== undefined) {
    marks.push({ kind: "text", x: right, y: bottom + (xTicks === 0 ? 17 : 33), text: xLabel, anchor: "end", size: 13,
      fill: "ink-2" });
  }
  if (yLabel !== undefined) {
    marks.push({ kind: "text", x: left, y: top - 8, text: yLabel, anchor: "start", size: 13, fill: "ink-2" });
  }
  return { x, y, marks, left, top, right, bottom, point: (a, b) => [x(a), y(b)] };
}
const inside = (value: number, [from, to]: Pair): boolean => value > from && value < to;

/**
 * The graph of a function, in pieces where it leaves the plot or is not finite. `samples` points across the domain.
 */
export function curve(on: Plot, f: (x: number) => number, style: Style, samples = 160): Mark[] {
  const [from, to] = on.x.domain;
  const values = Array.from({ length: samples + 1 }, (_, i) => from + (to - from) * i / samples);
  return path(on, values.map((x) => [x, f(x)]), style);
}

/** A line through points of the plot; parts outside of it are cut at its edge. */
export function path(on: Plot, points: readonly Pair[], style: Style): Mark[] {
  const marks: Mark[] = [];
  let piece: Pair[] = [];
  const close = (): void => {
    if (piece.length > 1) marks.push({ kind: "line", points: piece, width: 2, stroke: "ink", ...style, fill: "none" });
    piece = [];
  };
  points.forEach((point, i) => {
    const here = visible(on, point);
    if (i > 0 && here !== visible(on, points[i - 1]) && point.every(Number.isFinite)
      && points[i - 1].every(Number.isFinite)) {
      const edge = border(on, here ? point : points[i - 1], here ? points[i - 1] : point);
      piece.push(on.point(...edge));
    }
    if (here) piece.push(on.point(...point));
    else close();
  });
  close();
  return marks;
}
const visible = (on: Plot, [x, y]: Pair): boolean =>
  Number.isFinite(x) && Number.isFinite(y) && x === clamp(x, on.x.domain) && y === clamp(y, on.y.domain);
/** Where the way from a point inside to one outside meets the frame. */
function border(on: Plot, [x, y]: Pair, [u, v]: Pair): Pair {
  const reach = (from: number, to: number, domain: Pair): number =>
    (to === from ? 1 : (clamp(to, domain) - from) / (to - from));
  const share = Math.min(reach(x, u, on.x.domain), reach(y, v, on.y.domain));
  return [x + share * (u - x), y + share * (v - y)];
}
