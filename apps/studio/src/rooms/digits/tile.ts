import { css, mix, type Palette } from "../../look/colour.ts";

export const SIDE = 8;
/** Which weights a texture shows: too small to hatch, it would otherwise tell signs apart by hue alone. */
export const SIGNS = ["both", "only positive", "only negative"] as const;
export type Signs = (typeof SIGNS)[number];

export const nextSigns = (signs: Signs): Signs => SIGNS[(SIGNS.indexOf(signs) + 1) % SIGNS.length];

/** The largest magnitude: what full colour stands for, the same for every unit. */
export function scaleOf(weights: Float32Array): number {
  let largest = 0;
  for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
  return Number.isFinite(largest) && largest > 0 ? largest : 1;
}

/** How a cell is painted: the share of its sign's colour, and whether only its outline is. */
export interface Cell {
  readonly sign: "negative" | "zero" | "positive";
  readonly share: number;
}
export function cellOf(weight: number, scale: number, signs: Signs): Cell {
  const hidden = Number.isNaN(weight) || weight === 0 ||
    (weight < 0 ? signs === "only positive" : signs === "only negative");
  if (hidden) return { sign: "zero", share: 0 };
  return { sign: weight < 0 ? "negative" : "positive", share: Math.min(1, Math.abs(weight) / scale) };
}

/** One unit's 64 weights as squares: solid above zero, an open outline below. `cell` is in canvas pixels. */
export function paintTile(
  canvas: CanvasRenderingContext2D, weights: Float32Array, cell: number, scale: number, signs: Signs, palette: Palette,
): void {
  canvas.fillStyle = css(palette.plate);
  canvas.fillRect(0, 0, cell * SIDE, cell * SIDE);
  const line = Math.max(1, Math.round(cell / 6));
  for (let i = 0; i < SIDE * SIDE; i++) {
    const { sign, share } = cellOf(weights[i], scale, signs);
    if (sign === "zero") continue;
    const x = (i % SIDE) * cell, y = Math.floor(i / SIDE) * cell;
    canvas.fillStyle = css(mix(palette.plate, palette[sign], share));
    canvas.fillRect(x, y, cell, cell);
    if (sign === "positive") continue;
    canvas.fillStyle = css(mix(palette.plate, palette.negative, share * 0.35));
    canvas.fillRect(x + line, y + line, cell - 2 * line, cell - 2 * line);
  }
}
