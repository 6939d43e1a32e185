/** Values of parameters: what is allowed, how they stand in an address, what is typed. */
import type { Parameter, Parameters } from "@gradus/lessons";
import type { Texts, Values } from "./protocol.ts";

export type Value = number | string | boolean;
export const SEED = 7, LARGEST_SEED = 999_999;
/** More steps than this an address does not ask for. */
export const MOST_STEPS = 5000;

export const defaultsOf = (params: Parameters): Values =>
  Object.fromEntries(Object.entries(params).map(([name, { value }]) => [name, value]));

/** Defaults with what was given in their place, as far as it is allowed. */
export const valuesOf = (params: Parameters, given: Values): Values => Object.fromEntries(
  Object.entries(params).map(([name, parameter]) => [name, allowed(parameter, given[name]) ?? parameter.value]));

/** A value as a parameter can take it, or null. */
export function allowed(parameter: Parameter, value: Value | undefined): Value | null {
  switch (parameter.kind) {
    case "number": {
      if (typeof value !== "number" || !Number.isFinite(value)) return null;
      return tidy(Math.min(parameter.max, Math.max(parameter.min, value)));
    }
    case "choice": return typeof value === "string" && parameter.choices.includes(value) ? value : null;
    case "flag": return typeof value === "boolean" ? value : null;
    case "text": return typeof value === "string" ? value.slice(0, parameter.longest) : null;
  }
}
/** Without the noise of binary fractions. */
const tidy = (value: number): number => Number(value.toPrecision(12));

/** A number as a reader types it: a true minus counts, a comma too. */
export function readNumber(text: string): number | null {
  const plain = text.trim().replaceAll("−", "-").replace(/^([-+]?\d*),(\d+)$/, "$1.$2");
  return plain !== "" && Number.isFinite(Number(plain)) ? Number(plain) : null;
}
export const readSeed = (text: string): number | null =>
  (/^\d{1,6}$/.test(text.trim()) && Number(text) <= LARGEST_SEED ? Number(text) : null);

/** Slider positions 0 to 1000 of a number, straight or logarithmic. */
export const TRAVEL = 1000;
type NumberParameter = Extract<Parameter, { kind: "number" }>;
export function positionOf({ min, max, scale }: NumberParameter, value: number): number {
  const share = scale === "log" ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return Math.round(TRAVEL * share);
}
/** The number at a position, on the parameter's steps; a logarithmic one to two digits. */
export function valueAt({ min, max, step, scale }: NumberParameter, position: number): number {
  const share = Math.min(1, Math.max(0, position / TRAVEL));
  if (scale === "log") return Math.min(max, Math.max(min, Number((min * (max / min) ** share).toPrecision(2))));
  return tidy(Math.min(max, min + Math.round((max - min) * share / step) * step));
}
/** Decimals that tell neighbouring steps apart. */
export function decimalsOf({ step, scale }: NumberParameter, value: number): number {
  if (scale === "log") return value === 0 ? 2 : Math.max(0, 1 - Math.floor(Math.log10(Math.abs(value))));
  return Math.min(6, (String(step).split(".")[1] ?? "").length);
}

/** What an address says of one figure. */
export interface Asked {
  readonly texts: Texts;
  readonly seed: number;
  readonly steps: number;
}
const SEED_NAME = "seed", STEPS_NAME = "step";

/** Reads `?<id>.<name>=<text>`. */
export function readAddress(query: string, id: string): Asked {
  const texts: Record<string, string> = {};
  let seed = SEED, steps = 0;
  for (const [key, text] of new URLSearchParams(query)) {
    if (!key.startsWith(`${id}.`)) continue;
    const name = key.slice(id.length + 1);
    if (name === SEED_NAME) seed = readSeed(text) ?? SEED;
    else if (name === STEPS_NAME) steps = /^\d{1,6}$/.test(text) ? Math.min(MOST_STEPS, Number(text)) : 0;
    else texts[name] = text;
  }
  return { texts, seed, steps };
}
/** Texts of an address as the parameters take them. */
export function typed(params: Parameters, texts: Texts): Values {
  const values: Record<string, Value> = {};
  for (const [name, parameter] of Object.entries(params)) {
    const text = texts[name];
    if (text === undefined) continue;
    if (parameter.kind === "number") values[name] = readNumber(text) ?? parameter.value;
    else values[name] = parameter.kind === "flag" ? text === "yes" : text;
  }
  return valuesOf(params, values);
}
/** The query with one figure's state in it: only what differs from the defaults. Others are left as they are. */
export function writeAddress(
  query: string, id: string, params: Parameters,
  { values, seed, steps }: { readonly values: Values; readonly seed: number; readonly steps: number },
): string {
  const kept = [...new URLSearchParams(query)].filter(([key]) => !key.startsWith(`${id}.`));
  const own: [string, string][] = [];
  for (const [name, { value }] of Object.entries(params)) {
    const now = values[name] ?? value;
    if (now !== value) own.push([`${id}.${name}`, typeof now === "boolean" ? (now ? "yes" : "no") : String(now)]);
  }
  if (seed !== SEED) own.push([`${id}.${SEED_NAME}`, String(seed)]);
  if (steps > 0) own.push([`${id}.${STEPS_NAME}`, String(Math.min(MOST_STEPS, steps))]);
  const text = new URLSearchParams([...kept, ...own]).toString();
  return text === "" ? "" : `?${text}`;
}

/** Milliseconds between two steps: slow motion at first, faster in a long run. */
export function paceOf(played: number): number {
  if (played < 10) return 1250;
  return played < 30 ? 500 : played < 80 ? 160 : 50;
}
/** Steps at once: very long runs show every second, fourth, eighth moment. */
export const strideOf = (played: number): number => (played < 200 ? 1 : played < 600 ? 2 : played < 1500 ? 4 : 8);
