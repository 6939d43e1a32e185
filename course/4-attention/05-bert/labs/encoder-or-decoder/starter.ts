import { ones, type Tensor } from "gradus";

/** [B, T, T]: true where a place may be seen. */
export function encoderMask(lengths: readonly number[], T: number): Tensor {
  return ones([lengths.length, T, T], "bool");
}

/** [B, T, T]: the same, and nothing ahead. */
export function decoderMask(lengths: readonly number[], T: number): Tensor {
  return ones([lengths.length, T, T], "bool");
}

/** [B, T, S]: places of a target look at a source. */
export function crossMask(sourceLengths: readonly number[], S: number, T: number): Tensor {
  return ones([sourceLengths.length, T, S], "bool");
}
