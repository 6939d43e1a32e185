import type { Tensor } from "../tensor/tensor.ts";
import { noGrad } from "../tensor/gradient.ts";
import { iota } from "../ops/create.ts";
import { eq, where } from "../ops/elementwise.ts";
import { unsqueeze } from "../ops/movement.ts";
import { eagerly } from "../exec/state.ts";
import { embedding } from "./functional/embedding.ts";
import { normal } from "./init.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";

/** A table of vectors: index (...), i32, gives (..., dim). Starts normal; the row `paddingIndex` is 0 and stays so. */
export class Embedding extends Module {
  readonly weight: Tensor;
  readonly paddingIndex: number | null;

  constructor(count: number, dim: number, options: { readonly paddingIndex?: number | null } = {}) {
    super();
    this.paddingIndex = options.paddingIndex ?? null;
    const first = normal([count, dim]), hole = this.paddingIndex;
    this.weight = parameter(hole === null ? first
      : eagerly(() => noGrad(() => where(unsqueeze(eq(iota(count), hole), 1), 0, first))));
  }
  forward(index: Tensor): Tensor {
    return embedding(index, this.weight, this.paddingIndex);
  }
  protected override describe(): string {
    return this.weight.shape.join(", ");
  }
}
