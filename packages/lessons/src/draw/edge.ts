/** Lines between nodes, and arrows, that begin and end at the rim of what they join. */
import type { Colour, Mark } from "../scene.ts";
import type { Pair } from "./scale.ts";

export interface EdgeOptions {
  /** Radius of what it leaves and of what it reaches. */
  readonly from?: number; readonly to?: number;
  readonly width?: number; readonly stroke?: Colour; readonly dash?: readonly number[];
  readonly arrow?: boolean;
  /** The running edge: a mark stroke with ink on it. */
  readonly now?: boolean;
}

export function edge(a: Pair, b: Pair, options: EdgeOptions = {}): Mark[] {
  const { from = 0, to = 0, width = 1.5, stroke = "ink-3", arrow = true, now = false, dash } = options;
  const points = trimmed(a, b, from, to);
  const style = dash === undefined ? {} : { dash };
  if (!now) return [{ kind: "line", points, stroke, width, arrow, ...style }];
  return [
    { kind: "line", points, stroke: "mark", width: Math.max(9, width + 6) },
    { kind: "line", points, stroke: "ink", width: Math.max(2.5, width), arrow, ...style },
  ];
}
/** The part of a segment outside two discs around its ends. */
export function trimmed([x0, y0]: Pair, [x1, y1]: Pair, from: number, to: number): [Pair, Pair] {
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  const dx = (x1 - x0) / length, dy = (y1 - y0) / length;
  return [[x0 + dx * from, y0 + dy * from], [x1 - dx * to, y1 - dy * to]];
}
/** The point a share of the way from a to b. */
export const between = ([x0, y0]: Pair, [x1, y1]: Pair, share: number): Pair =>
  [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
