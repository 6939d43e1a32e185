// fails: it should be [2, 4, 6]
import { arange, tensor, type Tensor } from "gradus";

/** [B, 1, S]: whether there is a token. */
function real(lengths: readonly number[], S: number): Tensor {
  return arange(S).reshape([1, 1, S]).lt(tensor([...lengths]).reshape([lengths.length, 1, 1]));
}

/** [B, T, T]: true where a place may be seen. */
export function encoderMask(lengths: readonly number[], T: number): Tensor {
  return real(lengths, T).expand([lengths.length, T, T]);
}

/** [B, T, T]: the same, and nothing ahead. */
export function decoderMask(lengths: readonly number[], T: number): Tensor {
  const place = arange(T);
  return real(lengths, T).logicalAnd(place.unsqueeze(0).le(place.unsqueeze(1)));
}

/** [B, T, S]: places of a target look at a source. */
export function crossMask(sourceLengths: readonly number[], S: number, T: number): Tensor {
  return real(sourceLengths, S).expand([sourceLengths.length, S, S]);
}
