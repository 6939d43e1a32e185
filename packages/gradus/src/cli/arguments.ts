import { parseArgs } from "node:util";
import { UsageError } from "../vocab/errors.ts";

/** One option of a command: what follows it, and what it does. */
export interface OptionSpec {
  /** What stands for the value in the help; without it the option is a switch. */
  readonly value?: string;
  readonly help: string;
}
export type Options<K extends string> = Readonly<Record<K, OptionSpec>>;
/** What was given: texts, switches as "true". */
export type Given<K extends string> = Readonly<Partial<Record<K, string>>>;

export interface Parsed<K extends string> {
  readonly options: Given<K>;
  readonly positionals: readonly string[];
}

/** Reads the arguments of a command. Throws a UsageError that suggests what an unknown option was meant to be. */
export function parseArguments<K extends string>(
  args: readonly string[], options: Options<K>, positionals: number,
): Parsed<K> {
  const names = Object.keys(options) as K[];
  for (const arg of args) {
    if (arg === "--") break;
    const name = /^--([^=]+)/.exec(arg)?.[1];
    if (name !== undefined && !names.includes(name as K)) {
      throw new UsageError(`unknown option --${name}${suggestion(name, names, "--")}`);
    }
  }
  try {
    const config = Object.fromEntries(names.map((name) =>
      [name, { type: options[name].value === undefined ? "boolean" as const : "string" as const }]));
    const { values, positionals: found } = parseArgs({ args: [...args], options: config, allowPositionals: true });
    if (found.length > positionals) throw new UsageError(`"${found[positionals]}" is one argument too many`);
    const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
    return { options: given as Given<K>, positionals: found };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(firstSentence((error as Error).message));
  }
}
const firstSentence = (text: string): string => {
  const sentence = text.split(/\.\s|\n/)[0].replace(/\.$/, "");
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
};

/** "; did you mean X?" if a name comes close. */
export function suggestion(name: string, names: readonly string[], prefix = ""): string {
  const [best] = names.map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  if (best === undefined || best.distance > Math.max(2, name.length / 3)) return "";
  return `; did you mean ${prefix}${best.candidate}?`;
}
/** Insertions, deletions and replacements that turn a into b. Source: Levenshtein 1966. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

export interface NumberRange {
  readonly min?: number;
  /** The lowest value itself is not allowed. */
  readonly above?: number;
  readonly whole?: boolean;
}
/** The number of an option, or undefined. Throws a UsageError that says what is allowed. */
export function numberOption<K extends string>(given: Given<K>, name: K, range: NumberRange = {}): number | undefined {
  const text: string | undefined = given[name];
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? NaN : Number(text);
  const { min = -Infinity, above = -Infinity, whole = false } = range;
  if (!Number.isFinite(value) || value < min || value <= above || (whole && !Number.isSafeInteger(value))) {
    const limit = range.min !== undefined ? ` of ${min} or more` : range.above !== undefined ? ` above ${above}` : "";
    throw new UsageError(`--${name} ${text} is not a ${whole ? "whole " : ""}number${limit}`);
  }
  return value;
}
/** The value of an option that must be one of a few. */
export function choiceOption<K extends string, C extends string>(
  given: Given<K>, name: K, choices: readonly C[],
): C | undefined {
  const text: string | undefined = given[name];
  if (text === undefined) return undefined;
  const found = choices.find((choice) => choice === text);
  if (found === undefined) {
    throw new UsageError(`--${name} ${text} is not one of ${choices.join(", ")}${suggestion(text, choices)}`);
  }
  return found;
}

/** The lines of help for options. */
export function describeOptions(options: Options<string>): string {
  const left = Object.entries(options).map(([name, { value }]) => `--${name}${value === undefined ? "" : ` ${value}`}`);
  const width = Math.max(...left.map((text) => text.length));
  return Object.values(options).map(({ help }, i) => `  ${left[i].padEnd(width)}  ${help}`).join("\n");
}
