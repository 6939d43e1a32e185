/** What page and worker say to each other. One worker hosts all figures of a page; `key` tells them apart. */
import type { Action, LiveNumber, Parameters, Scene } from "@gradus/lessons";

/** Values of parameters by their names; and the texts that an address holds in their place. */
export type Values = Readonly<Record<string, number | string | boolean>>;
export type Texts = Readonly<Record<string, string>>;

export type ToFigures = { readonly key: string } & (
  | {
      readonly type: "open";
      readonly figure: string;
      readonly texts: Texts;
      readonly seed: number;
      readonly steps: number;
      readonly width: number;
    }
  | { readonly type: "set"; readonly values: Values; readonly seed: number }
  | { readonly type: "step"; readonly count: number }
  | { readonly type: "act"; readonly action: Action }
  | { readonly type: "width"; readonly width: number }
  | { readonly type: "cell" }
  | { readonly type: "close" }
);

/** What a figure is, without its code. */
export interface About {
  readonly title: string;
  readonly question: string;
  readonly params: Parameters;
  /** Whether it has steps, a table of values, and code for a cell. */
  readonly steps: boolean;
  readonly table: boolean;
  readonly cell: boolean;
}
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
/** One moment of a figure. */
export interface Shown {
  readonly scene: Scene;
  readonly sentence: string;
  readonly table: Table | null;
  /** For formulas of the page, by name. */
  readonly numbers: Readonly<Record<string, LiveNumber>>;
  readonly step: number;
  readonly done: boolean;
  /** Milliseconds that the last computation took. */
  readonly took: number;
}
export type FromFigures = { readonly key: string } & (
  | { readonly type: "opened"; readonly about: About; readonly values: Values }
  | { readonly type: "shown"; readonly shown: Shown }
  | { readonly type: "cell"; readonly text: string }
  | { readonly type: "failed"; readonly message: string }
);
