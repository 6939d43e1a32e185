import { reshape, transpose } from "../ops/movement.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { PackedSequence } from "./sequence.ts";

/**
 * A padded batch (B, T, features) with a mask (B, T) that is true where a sequence lasts, to be given to a recurrent
 * layer in place of a tensor: its states wait where the mask is false, so padding changes nothing, in both directions.
 * Unlike with `packPaddedSequence` the lengths are numbers of a tensor: a compiled function serves all of them.
 */
export class MaskedSequence extends PackedSequence {
  readonly mask: Tensor;

  constructor(x: Tensor, mask: Tensor) {
    const [B, T, features] = x.shape;
    super(reshape(transpose(x, 0, 1), [T * B, features]), Array.from({ length: T }, () => B));
    this.mask = mask;
  }
  /** (T, B, features). */
  override padded(): Tensor {
    return reshape(this.data, [this.batchSizes.length, this.batchSizes[0], -1]);
  }
  /** (T, B, 1). */
  override present(): Tensor {
    return transpose(this.mask, 0, 1).unsqueeze(2);
  }
  override repack(x: Tensor): MaskedSequence {
    return new MaskedSequence(transpose(x, 0, 1), this.mask);
  }
  /** (B, T, features). */
  unpadded(): Tensor {
    return transpose(this.padded(), 0, 1);
  }
}
