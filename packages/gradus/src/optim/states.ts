import { DataError } from "../vocab/errors.ts";
import { formatShape, sameShape } from "../vocab/shape.ts";
import { cast } from "../ops/elementwise.ts";
import { assign } from "../exec/state.ts";
import { detach, noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** State by name, as it is now: later steps do not change what is returned. */
export const saveStates = (own: ReadonlyMap<string, Tensor>): Record<string, Tensor> =>
  Object.fromEntries([...own].map(([name, value]) => [name, detach(value)]));

/** Gives State the values of a record, each under its name and of its shape; nothing is assigned if one is missing. */
export function loadStates(
  owner: string, own: ReadonlyMap<string, Tensor>, record: Readonly<Record<string, Tensor>>,
): void {
  const misfit = (what: string): DataError =>
    new DataError(`${owner}.loadStateDict: ${what}; it must come from a ${owner} over the same parameters`);
  for (const [key, target] of own) {
    if (!Object.hasOwn(record, key)) throw misfit(`"${key}" is missing`);
    if (!sameShape(record[key].shape, target.shape)) {
      throw misfit(`"${key}" has shape ${formatShape(record[key].shape)}, not ${formatShape(target.shape)}`);
    }
  }
  noGrad(() => {
    for (const [key, target] of own) assign(target, cast(record[key], target.dtype));
  });
}
/** The entries of a record under a prefix, without it. */
export const under = (record: Readonly<Record<string, Tensor>>, prefix: string): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(record)
    .flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [])));
/** Names with a prefix. */
export const prefixed = (record: Readonly<Record<string, Tensor>>, prefix: string): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [prefix + key, value]));
