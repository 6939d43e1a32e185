/**
 * The alphabet of the course: squares are weights, discs are values, triangles are gradients; solid above zero, hatched
 * below, hollow at zero. Area is magnitude.
 */
import type { Box, Disc, Line } from "../scene.ts";
import { colourOf, signOf } from "./number.ts";

export type Kind = "weight" | "value" | "gradient";

/**
 * One sign-and-kind mark centred on (x, y). `size` is its width at `full`, the magnitude drawn largest; without
 * `full` it keeps that width whatever the number.
 */
export function glyph(
  kind: Kind, value: number, x: number, y: number, size = 12, full?: number,
): Line | Disc | Box {
  const sign = signOf(value, 3);
  const share = full === undefined ? 1 : Math.sqrt(Math.min(1, Math.abs(value) / full));
  const side = sign === 0 ? size * 0.7 : Math.max(4, size * share);
  const half = side / 2;
  const colour = colourOf(value, 3);
  // Under 14 px a hatch is mud: an open outline stands for "below zero" there.
  const ground = sign > 0 ? { fill: colour } : sign < 0 && side >= 14 ? { fill: colour, hatch: true }
    : { fill: "none" as const };
  const style = { ...ground, stroke: colour, width: 1.5 };
  if (kind === "weight") return { kind: "box", x: x - half, y: y - half, w: side, h: side, ...style };
  if (kind === "value") return { kind: "disc", x, y, r: half, ...style };
  if (sign === 0) return { kind: "line", points: [[x - half, y], [x + half, y]], stroke: colour, width: 2.5 };
  const up = sign > 0 ? 1 : -1;
  return { kind: "line", closed: true, points: [[x - half, y + up * half], [x + half, y + up * half],
    [x, y - up * half]], ...style };
}
