import type { Points } from "../../engine/protocol.ts";

/** A position on the pad, both from 0 to 1. */
export type Place = readonly [x: number, y: number];

/** The keyboard's pen moves over a raster this fine. */
export const RASTER = 16;

/** What the keyboard pen is doing. */
export interface Pen {
  readonly place: Place;
  readonly down: boolean;
}
export const PEN_AT_REST: Pen = { place: [0.5, 0.25], down: false };

const MOVES: Readonly<Record<string, Place>> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};
const onPad = (value: number): number => Math.min(1, Math.max(0, value));

/** Adds a point to the last stroke. */
export function extend(strokes: readonly Points[], place: Place): readonly Points[] {
  if (strokes.length === 0) return [[place]];
  return [...strokes.slice(0, -1), [...strokes[strokes.length - 1], place]];
}

export interface Drawn {
  readonly strokes: readonly Points[];
  readonly pen: Pen;
}
/**
 * What a key does: arrows move the pen, space lowers and lifts it, backspace takes the last stroke back, delete clears.
 * Null when the key means nothing here.
 */
export function pressKey(key: string, { strokes, pen }: Drawn): Drawn | null {
  if (Object.hasOwn(MOVES, key)) {
    const [dx, dy] = MOVES[key];
    const place: Place = [onPad(pen.place[0] + dx / RASTER), onPad(pen.place[1] + dy / RASTER)];
    return { strokes: pen.down ? extend(strokes, place) : strokes, pen: { ...pen, place } };
  }
  switch (key) {
    case " ":
    case "Enter":
      return pen.down
        ? { strokes, pen: { ...pen, down: false } }
        : { strokes: [...strokes, [pen.place]], pen: { ...pen, down: true } };
    case "Backspace":
      return { strokes: strokes.slice(0, -1), pen: { ...pen, down: false } };
    case "Delete":
      return { strokes: [], pen: PEN_AT_REST };
    default:
      return null;
  }
}

/** Where the pen is, in words. */
export function describePen({ place, down }: Pen): string {
  const [column, row] = place.map((value) => Math.round(value * RASTER));
  return `Pen ${down ? "down" : "up"}, column ${column}, row ${row} of ${RASTER}.`;
}
