/** Where the marks of a scene lie that a reader can act on. */
import type { Cells, Handle, Mark, Scene } from "@gradus/lessons";

export interface Place {
  readonly id: string;
  readonly label: string;
  /** The middle, and the size. */
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly round: boolean;
  readonly drag: "x" | "y" | "xy" | null;
  readonly press: boolean;
  readonly step: number;
  /** For a cell of a grid: the grid's columns. */
  readonly columns: number | null;
  /** Whether the tab key stops here. */
  readonly stop: boolean;
}
const STEP = 8;

/** Every mark with a handle, in the order in which they are drawn; the cells of a pressable grid one by one. */
export function handlesOf(scene: Scene): Place[] {
  const places: Place[] = [];
  const visit = (mark: Mark, dx: number, dy: number): void => {
    if (mark.kind === "group") {
      for (const inner of mark.marks) visit(inner, dx + (mark.x ?? 0), dy + (mark.y ?? 0));
      return;
    }
    const { handle } = mark;
    if (handle === undefined) return;
    if (mark.kind === "cells" && mark.pressCells === true) places.push(...cellsOf(mark, handle, dx, dy));
    else places.push({ ...placeOf(handle), ...boundsOf(mark, dx, dy), columns: null, stop: true });
  };
  for (const mark of scene.marks) visit(mark, 0, 0);
  return places;
}

const placeOf = ({ id, label, drag, press, step }: Handle) => ({
  id,
  label,
  drag: drag ?? null,
  press: press === true || drag === undefined,
  step: step ?? STEP,
});

function boundsOf(
  mark: Exclude<Mark, { kind: "group" }>,
  dx: number,
  dy: number,
): Pick<Place, "x" | "y" | "w" | "h" | "round"> {
  switch (mark.kind) {
    case "disc":
      return { x: mark.x + dx, y: mark.y + dy, w: 2 * mark.r, h: 2 * mark.r, round: true };
    case "box":
    case "cells":
      return { x: mark.x + dx + mark.w / 2, y: mark.y + dy + mark.h / 2, w: mark.w, h: mark.h, round: false };
    case "text": {
      // About half an em a letter; a cover need not be exact.
      const size = mark.size ?? 14,
        w = 0.5 * size * mark.text.length;
      const shift = mark.anchor === "middle" ? 0 : mark.anchor === "end" ? -w / 2 : w / 2;
      return { x: mark.x + dx + shift, y: mark.y + dy - 0.35 * size, w, h: 1.3 * size, round: false };
    }
    case "line": {
      const xs = mark.points.map(([x]) => x),
        ys = mark.points.map(([, y]) => y);
      const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
      return {
        x: (left + right) / 2 + dx,
        y: (top + bottom) / 2 + dy,
        w: right - left,
        h: bottom - top,
        round: false,
      };
    }
  }
}

function cellsOf(mark: Cells, handle: Handle, dx: number, dy: number): Place[] {
  const { x, y, w, h, rows, columns, values } = mark;
  return values.slice(0, rows * columns).map((value, i) => ({
    ...placeOf({
      ...handle,
      id: `${handle.id}:${i}`,
      label:
        `${handle.label}, row ${Math.floor(i / columns) + 1}, column ` +
        `${(i % columns) + 1}, ${String(Number(value.toFixed(3))).replace("-", "−")}`,
      drag: undefined,
      press: true,
    }),
    x: x + dx + (((i % columns) + 0.5) * w) / columns,
    y: y + dy + ((Math.floor(i / columns) + 0.5) * h) / rows,
    w: w / columns,
    h: h / rows,
    round: false,
    columns,
    stop: i === 0,
  }));
}
