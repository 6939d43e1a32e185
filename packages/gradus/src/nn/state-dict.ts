import { DataError } from "../vocab/errors.ts";
import { formatShape, sameShape } from "../vocab/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How the keys of a checkpoint fit those of a module. */
export interface KeyReport {
  /** Keys of the module that the record lacks. */
  readonly missing: readonly string[];
  /** Keys of the record that the module has not. */
  readonly unexpected: readonly string[];
  /** Keys whose values differ in shape, with both shapes. */
  readonly mismatched: readonly string[];
}
type Own = ReadonlyMap<string, Tensor>;
type Given = Readonly<Record<string, Tensor>>;

/** Compares the keys and shapes of a module with those of a record. */
export function compareKeys(own: Own, record: Given): KeyReport {
  const shared = [...own].filter(([name]) => Object.hasOwn(record, name));
  return {
    missing: [...own.keys()].filter((name) => !Object.hasOwn(record, name)),
    unexpected: Object.keys(record).filter((name) => !own.has(name)),
    mismatched: shared.filter(([name, value]) => !sameShape(value.shape, record[name].shape))
      .map(([name, value]) => `${name} (is ${formatShape(value.shape)}, file has ${formatShape(record[name].shape)})`),
  };
}

/** The report as an error, with what probably happened. */
export function reportKeys(module: string, report: KeyReport, own: Own, record: Given): DataError {
  const parts: [string, readonly string[]][] = [
    ["missing from the file", report.missing], ["unknown to the module", report.unexpected],
    ["of another shape", report.mismatched],
  ];
  const lines = parts.filter(([, keys]) => keys.length > 0).map(([what, keys]) => `\n  ${what}: ${shorten(keys)}`);
  const hint = suggest(report, own, record);
  return new DataError(`loadStateDict: these keys do not fit ${module}; rename or remove them, ` +
    `or pass { strict: false } to load the others (shapes must agree always)${lines.join("")}` +
    (hint === null ? "" : `\n  perhaps: ${hint}`));
}
const SHOWN = 8;
const shorten = (keys: readonly string[]): string =>
  keys.slice(0, SHOWN).join(", ") + (keys.length > SHOWN ? ` and ${keys.length - SHOWN} more` : "");

/** What would make more keys fit: a prefix too many or too few, or names that are spelled otherwise. */
function suggest({ missing, unexpected }: KeyReport, own: Own, record: Given): string | null {
  if (missing.length === 0 || unexpected.length === 0) return null;
  const inFile = extraPrefix(missing, unexpected);
  if (inFile !== null) return `the keys of the file begin with "${inFile}"; take it away`;
  const inModule = extraPrefix(unexpected, missing);
  if (inModule !== null) return `the keys of the file lack "${inModule}" at the beginning; add it`;
  const pairs = missing.flatMap((name) => {
    const candidates = unexpected.filter((key) => sameShape(record[key].shape, own.get(name)!.shape));
    const [best] = candidates.sort((a, b) => distance(a, name) - distance(b, name));
    return best !== undefined && distance(best, name) <= name.length / 2 ? [`"${best}" in the file is "${name}"`] : [];
  });
  return pairs.length === 0 ? null : shorten(pairs);
}
/** What stands before each of `plain` in `longer`, if it is the same for all of them. */
function extraPrefix(plain: readonly string[], longer: readonly string[]): string | null {
  const match = longer.find((key) => key.endsWith(`.${plain[0]}`));
  if (match === undefined) return null;
  const prefix = match.slice(0, match.length - plain[0].length);
  return plain.every((key) => longer.includes(prefix + key)) ? prefix : null;
}
/** Letters to add, drop or change to make one name the other. Levenshtein 1966. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
