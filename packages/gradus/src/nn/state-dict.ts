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

/** Compares the keys and shapes of a module with those of a record. */
export function compareKeys(own: ReadonlyMap<string, Tensor>, record: Readonly<Record<string, Tensor>>): KeyReport {
  const shared = [...own].filter(([name]) => Object.hasOwn(record, name));
  return {
    missing: [...own.keys()].filter((name) => !Object.hasOwn(record, name)),
    unexpected: Object.keys(record).filter((name) => !own.has(name)),
    mismatched: shared.filter(([name, value]) => !sameShape(value.shape, record[name].shape))
      .map(([name, value]) => `${name} (is ${formatShape(value.shape)}, file has ${formatShape(record[name].shape)})`),
  };
}

/** The report as an error. */
export function reportKeys(module: string, report: KeyReport): DataError {
  const parts: [string, readonly string[]][] = [
    ["missing from the file", report.missing], ["unknown to the module", report.unexpected],
    ["of another shape", report.mismatched],
  ];
  const lines = parts.filter(([, keys]) => keys.length > 0).map(([what, keys]) => `\n  ${what}: ${shorten(keys)}`);
  return new DataError(`loadStateDict: these keys do not fit ${module}; rename or remove them, ` +
    `or pass { strict: false } to load the others (shapes must agree always)${lines.join("")}`);
}
const SHOWN = 8;
const shorten = (keys: readonly string[]): string =>
  keys.slice(0, SHOWN).join(", ") + (keys.length > SHOWN ? ` and ${keys.length - SHOWN} more` : "");
