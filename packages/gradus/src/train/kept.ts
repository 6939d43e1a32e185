import { DataError } from "../vocab/errors.ts";

const damaged = (key: string, what: string): DataError =>
  new DataError(`what was kept with the run is damaged: "${key}" is not ${what}; train it again`);

/** A list of texts that was kept with a run. Throws a DataError if it is none. */
export function keptTexts(kept: object, key: string): readonly string[] {
  const found: unknown = Reflect.get(kept, key);
  if (Array.isArray(found) && found.length > 0 && found.every((item) => typeof item === "string")) return found;
  throw damaged(key, "a list of texts");
}
/** A number that was kept with a run. Throws a DataError if it is none, or not from `least` on. */
export function keptNumber(kept: object, key: string, least = -Infinity): number {
  const found: unknown = Reflect.get(kept, key);
  if (typeof found === "number" && Number.isFinite(found) && found >= least) return found;
  throw damaged(key, least === -Infinity ? "a number" : `a number from ${least} on`);
}
