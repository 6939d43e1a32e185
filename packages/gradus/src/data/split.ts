import { DataError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";

export interface Split {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** Row numbers for training and for testing: `heldOut` rows drawn by a seed, so that every seed has its own split. */
export function shuffledSplit(size: number, heldOut: number, seed: number): Split {
  checkHeldOut(size, heldOut);
  const order = new RandomStream(seed).permutation(size);
  return { train: order.subarray(heldOut), test: order.subarray(0, heldOut) };
}
/** The last `heldOut` rows for testing, in file order. */
export function tailSplit(size: number, heldOut: number): Split {
  checkHeldOut(size, heldOut);
  const order = Int32Array.from({ length: size }, (_, row) => row);
  return { train: order.subarray(0, size - heldOut), test: order.subarray(size - heldOut) };
}
function checkHeldOut(size: number, heldOut: number): void {
  if (!(Number.isInteger(heldOut) && heldOut > 0 && heldOut < size)) {
    throw new DataError(`cannot hold out ${heldOut} of ${size} rows; choose between 1 and ${size - 1}`);
  }
}
