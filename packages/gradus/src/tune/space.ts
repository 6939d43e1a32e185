import { UsageError } from "../vocab/errors.ts";

export type Value = number | string | boolean;
/** One choice for every parameter, by name. */
export type Values = Readonly<Record<string, Value>>;

/**
 * What a parameter may be. Every search sees it as a place u in [0, 1): equal lengths are equally likely beforehand.
 */
export interface Parameter {
  readonly kind: "float" | "integer" | "choice";
  /** The value at a place. */
  at(u: number): Value;
  /** The place of a value: the middle of those that give it. */
  placeOf(value: Value): number;
  /** About `count` values that cover the whole range; all of a choice. */
  grid(count: number): readonly Value[];
  /** The values of a choice, null for numbers. */
  readonly choices: readonly Value[] | null;
}
/** The parameters of a search, by name. */
export type Space = Readonly<Record<string, Parameter>>;

function checkRange(kind: string, low: number, high: number, logarithmic: boolean): void {
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high) || (logarithmic && low <= 0)) {
    throw new UsageError(`tune.${kind}: a range from ${low} to ${high}; it needs two numbers, the lower one first` +
      (logarithmic ? " and above 0" : ""));
  }
}
const within = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
const middles = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => (count === 1 ? 0.5 : i / (count - 1)));

/** A number from low to high. */
export function float(low: number, high: number): Parameter {
  checkRange("float", low, high, false);
  const at = (u: number): number => within(low + u * (high - low), low, high);
  return {
    kind: "float", at, choices: null, placeOf: (value) => (Number(value) - low) / (high - low),
    grid: (count) => middles(count).map(at),
  };
}
/** A number from low to high whose orders of magnitude are equally likely: learning rates, penalties. */
export function log(low: number, high: number): Parameter {
  checkRange("log", low, high, true);
  const ratio = Math.log(high / low);
  const at = (u: number): number => within(low * Math.exp(u * ratio), low, high);
  return {
    kind: "float", at, choices: null, placeOf: (value) => Math.log(Number(value) / low) / ratio,
    grid: (count) => middles(count).map(at),
  };
}
export interface IntegerOptions {
  /** Orders of magnitude are equally likely. */
  readonly log?: boolean;
}
/** A whole number from low to high, both included. */
export function integer(low: number, high: number, options: IntegerOptions = {}): Parameter {
  const scale = options.log === true ? log : float;
  checkRange("integer", low, high, options.log === true);
  // Every number owns the half before and the half after it; logarithmic ranges start at low itself.
  const wide = options.log === true ? scale(low, high + 1) : scale(low - 0.5, high + 0.5);
  const round = options.log === true ? Math.floor : Math.round;
  const at = (u: number): number => within(round(wide.at(u) as number), low, high);
  const nearest = (u: number): number => Math.round(scale(low, high).at(u) as number);
  return {
    kind: "integer", at, choices: null,
    placeOf: (value) => wide.placeOf(Number(value) + (options.log === true ? 0.5 : 0)),
    grid: (count) => [...new Set(middles(Math.min(count, high - low + 1)).map(nearest))],
  };
}
/** One of several values without an order. */
export function choice(values: readonly Value[]): Parameter {
  if (values.length === 0 || new Set(values).size !== values.length) {
    throw new UsageError(`tune.choice: [${values.join(", ")}]; give at least one value, each once`);
  }
  return {
    kind: "choice", choices: values, grid: () => values,
    at: (u) => values[within(Math.floor(u * values.length), 0, values.length - 1)],
    placeOf: (value) => (values.indexOf(value) + 0.5) / values.length,
  };
}

/** The values at one place per parameter. */
export const valuesAt = (space: Space, places: readonly number[]): Values =>
  Object.fromEntries(Object.entries(space).map(([name, parameter], i) => [name, parameter.at(places[i])]));
/** The places of values, one per parameter. */
export const placesOf = (space: Space, values: Values): number[] =>
  Object.entries(space).map(([name, parameter]) => parameter.placeOf(values[name]));
