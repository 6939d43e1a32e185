import { css, mix, type Palette } from "../../look/colour.ts";
import type { Thumbnail } from "./protocol.ts";
import type { Signs } from "../digits/tile.ts";

/** How strongly a magnitude is drawn: its share of full scale, lifted a little so that small numbers are seen. */
export const strength = (value: number, scale: number): number => Math.sqrt(Math.min(1, Math.abs(value) / scale));

/** A thumbnail as a picture of one pixel a number; the page enlarges it without smoothing. */
export function pictureOf({ rows, columns, values }: Thumbnail, scale: number, signs: Signs, palette: Palette): string {
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const brush = canvas.getContext("2d");
  if (brush === null) return "";
  brush.fillStyle = css(palette.plate);
  brush.fillRect(0, 0, columns, rows);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const hidden = (signs === "only positive" && value < 0) || (signs === "only negative" && value > 0);
    if (value === 0 || hidden) continue;
    brush.fillStyle = css(mix(palette.plate, value < 0 ? palette.negative : palette.positive, strength(value, scale)));
    brush.fillRect(i % columns, Math.floor(i / columns), 1, 1);
  }
  return canvas.toDataURL();
}
