import { readSeed } from "../digits/settings.ts";
import type { Settings } from "./protocol.ts";

export const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03] as const;
export const BATCHES = [1, 2, 4, 8, 16, 32, 64] as const;
/** Models with more parameters than this are not built in a page. */
export const MOST_PARAMETERS = 3_000_000;

/** What the zoo offers: the registry's rows, as far as the page needs them. */
export interface ZooRow {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly task: string;
  readonly parameters: Readonly<Record<string, number>>;
}
export const fits = (row: ZooRow, preset: string): boolean => (row.parameters[preset] ?? Infinity) <= MOST_PARAMETERS;
/** The preset that a model opens with: the first that fits into a page. */
export const firstPreset = (row: ZooRow): string | null =>
  Object.keys(row.parameters).find((preset) => fits(row, preset)) ?? null;

const DEFAULT_MODEL = "gpt";
const oneOf = (text: string | null, choices: readonly number[], otherwise: number): number =>
  choices.find((choice) => String(choice) === text) ?? otherwise;

/** The settings an address asks for; what is missing or makes no sense takes its default. */
export function readSettings(query: string, zoo: readonly ZooRow[]): Settings {
  const given = new URLSearchParams(query);
  const open = zoo.filter((row) => firstPreset(row) !== null);
  const row = open.find(({ name }) => name === given.get("model")) ??
    open.find(({ name }) => name === DEFAULT_MODEL) ?? open[0];
  const preset = given.get("preset");
  return {
    model: row.name, preset: preset !== null && fits(row, preset) ? preset : firstPreset(row)!,
    seed: readSeed(given.get("seed") ?? "") ?? 7,
    rate: oneOf(given.get("rate"), RATES, 0.003),
    batch: oneOf(given.get("batch"), BATCHES, row.task === "language" ? 8 : 32),
  };
}
export const writeSettings = ({ model, preset, seed, rate, batch }: Settings): string => `?${new URLSearchParams({
  model, preset, seed: String(seed), rate: String(rate), batch: String(batch),
})}`;
