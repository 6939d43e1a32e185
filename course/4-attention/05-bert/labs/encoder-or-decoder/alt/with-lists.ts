import { tensor, type Tensor } from "gradus";

type Sees = (i: number, j: number, length: number) => boolean;
const mask = (lengths: readonly number[], T: number, S: number, sees: Sees): Tensor =>
  tensor(lengths.map((length) => Array.from({ length: T }, (_, i) => Array.from({ length: S }, (__, j) =>
    sees(i, j, length)))));

export function encoderMask(lengths: readonly number[], T: number): Tensor {
  return mask(lengths, T, T, (_, j, length) => j < length);
}
export function decoderMask(lengths: readonly number[], T: number): Tensor {
  return mask(lengths, T, T, (i, j, length) => j < length && j <= i);
}
export function crossMask(sourceLengths: readonly number[], S: number, T: number): Tensor {
  return mask(sourceLengths, T, S, (_, j, length) => j < length);
}
