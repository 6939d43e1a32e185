import { arange, tensor, type Tensor } from "gradus";

/** [B, 1, S], which broadcasts. */
export const encoderMask = (lengths: readonly number[], S: number): Tensor =>
  tensor(lengths.map((length) => [Array.from({ length: S }, (_, j) => j < length)]));

/** Padding stands at the end, so what is not ahead of a real token is real: the past alone will do. */
export function decoderMask(_lengths: readonly number[], T: number): Tensor {
  return arange(T).unsqueeze(1).ge(arange(T).unsqueeze(0)).unsqueeze(0);
}
export const crossMask = (sourceLengths: readonly number[], S: number): Tensor => encoderMask(sourceLengths, S);
