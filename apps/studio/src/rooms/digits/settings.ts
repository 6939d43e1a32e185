export const OPTIMIZERS = { sgd: "SGD", momentum: "SGD, momentum 0.9", adam: "Adam" } as const;
export type OptimizerName = keyof typeof OPTIMIZERS;

/** Everything that decides how a run goes: the same settings give the same numbers. */
export interface Settings {
  readonly seed: number;
  readonly hidden: number;
  readonly rate: number;
  readonly batch: number;
  readonly optimizer: OptimizerName;
}

export const HIDDEN = [2, 4, 8, 16, 32, 64] as const;
export const BATCHES = [4, 8, 16, 32, 64, 128, 256] as const;
export const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1] as const;
export const DEFAULTS: Settings = { seed: 7, hidden: 32, rate: 0.003, batch: 32, optimizer: "adam" };
const LARGEST_SEED = 999_999;

const oneOf = (text: string | null, choices: readonly number[], otherwise: number): number => {
  const value = text === null || text.trim() === "" ? NaN : Number(text);
  return choices.includes(value) ? value : otherwise;
};

/** A seed typed by hand or found in an address: a whole number from 0 to 999,999, or null. */
export function readSeed(text: string): number | null {
  return /^\d{1,6}$/.test(text.trim()) && Number(text) <= LARGEST_SEED ? Number(text) : null;
}

/** The settings an address asks for; what is missing or makes no sense takes its default. */
export function readSettings(query: string): Settings {
  const given = new URLSearchParams(query);
  const optimizer = given.get("optimizer") ?? "";
  return {
    seed: readSeed(given.get("seed") ?? "") ?? DEFAULTS.seed,
    hidden: oneOf(given.get("hidden"), HIDDEN, DEFAULTS.hidden),
    rate: oneOf(given.get("rate"), RATES, DEFAULTS.rate),
    batch: oneOf(given.get("batch"), BATCHES, DEFAULTS.batch),
    optimizer: Object.hasOwn(OPTIMIZERS, optimizer) ? optimizer as OptimizerName : DEFAULTS.optimizer,
  };
}

/** The query of an address that brings these settings back. */
export function writeSettings(settings: Settings): string {
  const { seed, hidden, rate, batch, optimizer } = settings;
  return `?${new URLSearchParams({
    seed: String(seed), hidden: String(hidden), rate: String(rate), batch: String(batch), optimizer,
  })}`;
}

/** Another seed than this one, from a source of uniform numbers in [0, 1). */
export function anotherSeed(seed: number, uniform: () => number): number {
  const drawn = Math.floor(uniform() * 999);
  return drawn >= seed ? drawn + 1 : drawn;
}
