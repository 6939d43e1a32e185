/**
 * What a figure is: a small computation that one can step, and pure functions that show it. No framework, no page:
 * the studio runs `init`, `step` and `act` in a worker, and `view` and `describe` where it draws. Tests run all of it
 * in Node.
 */
import type { Scene } from "./scene.ts";

/** A number on a slider; `scale: "log"` for rates. */
export interface NumberParameter {
  readonly kind: "number"; readonly label: string; readonly value: number;
  readonly min: number; readonly max: number; readonly step: number; readonly scale?: "linear" | "log";
  /** A weight is drawn with a square thumb, a value with a disc. */
  readonly weight?: boolean;
}
export interface ChoiceParameter<C extends string = string> {
  readonly kind: "choice"; readonly label: string; readonly value: C; readonly choices: readonly C[];
}
export interface FlagParameter { readonly kind: "flag"; readonly label: string; readonly value: boolean }
/** Text of the reader: a sentence to be counted, a sequence to be read. */
export interface TextParameter {
  readonly kind: "text"; readonly label: string; readonly value: string; readonly longest: number;
}
export type Parameter = NumberParameter | ChoiceParameter | FlagParameter | TextParameter;
export type Parameters = Readonly<Record<string, Parameter>>;

/** The values of a figure's parameters. */
export type Settings<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends NumberParameter ? number
    : P[K] extends ChoiceParameter<infer C> ? C
    : P[K] extends FlagParameter ? boolean : string;
};

/** What a reader did on the canvas, in its pixels; `key` where a named mark was meant. */
export type Action =
  | { readonly type: "drag"; readonly id: string; readonly x: number; readonly y: number; readonly width: number }
  | { readonly type: "press"; readonly id: string }
  | { readonly type: "drop"; readonly x: number; readonly y: number; readonly width: number };

/** A sentence that must be true of every snapshot. */
export interface Invariant<V> {
  readonly name: string;
  holds(snapshot: V): boolean;
}

/** What `view` is given: the width there is (320 to 1120), and whether a pointer or a key rests on a mark. */
export interface Frame {
  readonly width: number;
}

export interface Figure<P extends Parameters = Parameters, S = unknown, V = unknown> {
  /** Unique in the course; also the end of its address. */
  readonly id: string;
  readonly title: string;
  /** One line that the figure answers, in italics above it. */
  readonly question: string;
  /** At most four. */
  readonly params: P;
  /** It loads more than a page may at first, a trained model say: it wakes when it is seen, not before. */
  readonly heavy?: true;
  /** The state at step 0; everything random comes from the seed. May use the library and await it. */
  init(settings: Settings<P>, seed: number): S | Promise<S>;
  /** One step of slow motion; the state may be changed in place and returned. Without it there is nothing to play. */
  step?(state: S, settings: Settings<P>): S | Promise<S>;
  /** Whether nothing is left to step. */
  done?(state: S): boolean;
  /** What the reader did on the canvas. */
  act?(state: S, action: Action, settings: Settings<P>): S | Promise<S>;
  /** Plain data that can be cloned; the only thing that `view`, `describe` and `invariants` see. */
  snapshot(state: S): V;
  view(snapshot: V, frame: Frame): Scene;
  /** One or two sentences with the numbers that matter: for screen readers, and shown below the canvas. */
  describe(snapshot: V): string;
  /** The same values as a table, for who would rather read. */
  table?(snapshot: V): { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
  /** Numbers for formulas of the lesson, by name. */
  numbers?(snapshot: V): Readonly<Record<string, LiveNumber>>;
  readonly invariants: readonly Invariant<V>[];
  /** TypeScript that does the same in a cell, for "Open in a cell". */
  cell?(settings: Settings<P>, seed: number): string;
}

/**
 * A number that stands under a factor of a formula, which the text names by `\live{figure.name}{factor}`. `kind` is its
 * shape: what cannot be negative is plain and has none. Null is not computed yet.
 */
export interface LiveNumber {
  readonly kind: "weight" | "value" | "gradient" | "plain";
  readonly value: number | null;
}

/** Names a figure's types: returns it unchanged. */
export function defineFigure<const P extends Parameters, S, V>(figure: Figure<P, S, V>): Figure<P, S, V> {
  return figure;
}
