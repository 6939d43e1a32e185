/**
 * A picture as plain data: what a figure's `view` returns. The studio draws it, the build prints it as SVG for the
 * first frame, tests read it in Node. Lengths are in CSS pixels of a canvas whose width the reader's window gives.
 *
 * Colours are names of the theme and never values, so that one picture serves light, dark and print.
 */

/**
 * What a stroke or fill means. `ink` to `ink-3` are text and lines, strongest first; `mark` is "now", and `on-mark`
 * text on it, dark in both themes; `good` and `bad` are verdicts; `positive` and `negative` are the two signs (never by
 * hue alone: shapes and hatching go with them); `plate` and `paper` are grounds; `series-1` to `series-6` tell curves
 * apart, together with a dash or a label.
 */
export type Colour = "ink" | "ink-2" | "ink-3" | "mark" | "on-mark" | "good" | "bad" | "positive" | "negative" | "plate"
  | "paper" | "hair" | "none" | `series-${1 | 2 | 3 | 4 | 5 | 6}`;

/** How a mark is drawn; `opacity` from 0 to 1, `hatch` draws the ground of a negative or wrong area. */
export interface Style {
  readonly fill?: Colour;
  readonly stroke?: Colour;
  readonly width?: number;
  readonly dash?: readonly number[];
  readonly opacity?: number;
  readonly hatch?: boolean;
}

/**
 * What a reader can do to a mark. `id` names it in actions. `drag` makes it movable: the studio reports the pointer's
 * place on the canvas, and arrow keys move it by `step` pixels. `press` makes it a button. `label` is its name for
 * screen readers ("weight 2, 0.50"); marks that can be acted on must have one.
 */
export interface Handle {
  readonly id: string;
  readonly label: string;
  readonly drag?: "x" | "y" | "xy";
  readonly press?: boolean;
  /** Pixels that one arrow key moves; 8 where nothing is said. */
  readonly step?: number;
}

interface Common extends Style {
  readonly handle?: Handle;
  /** Shown on hover and focus: a formula's part with its live number. */
  readonly title?: string;
}

export interface Line extends Common { readonly kind: "line"; readonly points: readonly (readonly [number, number])[];
  /** Whether the last point joins the first. */
  readonly closed?: boolean;
  readonly arrow?: boolean;
  /** Whether it bends smoothly through its points (monotone in x). */
  readonly smooth?: boolean }
export interface Disc extends Common {
  readonly kind: "disc"; readonly x: number; readonly y: number; readonly r: number;
}
export interface Box extends Common { readonly kind: "box"; readonly x: number; readonly y: number;
  readonly w: number; readonly h: number; readonly round?: number }
/** A line of text; `y` is its baseline. `role` picks the face: prose, a number, code, or a formula's italic. */
export interface Text extends Common { readonly kind: "text"; readonly x: number; readonly y: number;
  readonly text: string; readonly role?: "label" | "number" | "code" | "symbol" | "title";
  readonly anchor?: "start" | "middle" | "end"; readonly size?: number; readonly bold?: boolean }
/**
 * Numbers as cells: `values` in rows. Positive cells are solid, negative ones hatched, magnitude is strength; `scale`
 * is the magnitude drawn at full strength (the largest one where nothing is said). `kind: "grey"` draws brightness
 * from 0 to `scale` instead, for pictures.
 */
export interface Cells extends Common { readonly kind: "cells"; readonly x: number; readonly y: number;
  readonly w: number; readonly h: number; readonly rows: number; readonly columns: number;
  readonly values: readonly number[]; readonly scale?: number; readonly picture?: boolean;
  /** Prints each value in its cell, with this many digits. */
  readonly digits?: number;
  /** Makes each cell a button `${handle.id}:${index}`. */
  readonly pressCells?: boolean }
/** Marks that move together. */
export interface Group { readonly kind: "group"; readonly x?: number; readonly y?: number;
  readonly marks: readonly Mark[]; readonly opacity?: number; readonly title?: string }

export type Mark = Line | Disc | Box | Text | Cells | Group;

/** A whole picture. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly Mark[];
  /** Whether a press on the empty canvas is an action too (a ball dropped anywhere). */
  readonly press?: boolean;
}
