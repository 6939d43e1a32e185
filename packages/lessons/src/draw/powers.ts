/** Axes for numbers of very different size: a plot holds their powers of ten, and the marks say the numbers. */
import type { Mark } from "../scene.ts";
import { fixed } from "./number.ts";
import type { Plot } from "./plot.ts";
import { clamp, type Pair } from "./scale.ts";

/** The power of ten of a number above zero, kept inside the domain. */
export const power = (value: number, domain: Pair): number => clamp(Math.log10(Math.max(value, 1e-300)), domain);

/** Lines across a plot at every whole power of ten of its upward axis, with 0.01, 0.1, 1, 10 beside them. */
export function powersUp(on: Plot): Mark[] {
  const [from, to] = on.y.domain, marks: Mark[] = [];
  for (let k = Math.ceil(from); k <= Math.floor(to); k++) {
    const level = on.y(k);
    marks.push({ kind: "line", points: [[on.left - 4, level], [on.right, level]], stroke: "hair", width: 1 },
      { kind: "text", x: on.left - 7, y: level + 4, anchor: "end", role: "number", size: 12, fill: "ink-2",
        text: fixed(10 ** k, Math.max(0, -k)) });
  }
  return marks;
}
/** Ticks below a plot at some numbers of its axis of powers. */
export function powersAcross(on: Plot, values: readonly number[]): Mark[] {
  return values.flatMap((value): Mark[] => {
    const x = on.x(Math.log10(value));
    return [{ kind: "line", points: [[x, on.bottom], [x, on.bottom + 4]], stroke: "ink-3", width: 1 },
      { kind: "text", x, y: on.bottom + 17, anchor: "middle", role: "number", size: 12, fill: "ink-2",
        text: fixed(value, 0) }];
  });
}
