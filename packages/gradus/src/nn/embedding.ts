import type { Tensor } from "../tensor/tensor.ts";
import { noGrad } from "../tensor/gradient.ts";
import { iota } from "../ops/create.ts";
import { eq, where } from "../ops/elementwise.ts";
import { unsqueeze } from "../ops/movement.ts";
import { assign, eagerly } from "../exec/state.ts";
import {
  embedding, embeddingBag, embeddingRenorm, type EmbeddingBagCall, type EmbeddingCall,
} from "./functional/embedding.ts";
import { normal } from "./init.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";

export interface EmbeddingOptions extends EmbeddingCall {
  /** Rows are shortened to this length when they are looked up, in the table itself. */
  readonly maxNorm?: number | null;
  /** The p of that length (default 2). */
  readonly normType?: number;
}
/** A table of vectors that starts normal; the row `paddingIndex` is 0 and stays so. */
abstract class Table extends Module {
  readonly weight: Tensor;
  readonly paddingIndex: number | null;
  readonly scaleGradByFreq: boolean;
  readonly maxNorm: number | null;
  readonly normType: number;

  constructor(count: number, dim: number, options: EmbeddingOptions) {
    super();
    this.paddingIndex = options.paddingIndex ?? null;
    this.scaleGradByFreq = options.scaleGradByFreq ?? false;
    this.maxNorm = options.maxNorm ?? null;
    this.normType = options.normType ?? 2;
    const first = normal([count, dim]), hole = this.paddingIndex;
    this.weight = parameter(hole === null ? first
      : eagerly(() => noGrad(() => where(unsqueeze(eq(iota(count), hole), 1), 0, first))));
  }
  /** The table, after shortening the rows that are asked for. */
  protected tableFor(index: Tensor): Tensor {
    const most = this.maxNorm;
    if (most !== null) noGrad(() => { assign(this.weight, embeddingRenorm(this.weight, index, most, this.normType)); });
    return this.weight;
  }
  protected get call(): EmbeddingCall {
    return { paddingIndex: this.paddingIndex, scaleGradByFreq: this.scaleGradByFreq };
  }
  protected override describe(): string {
    return this.weight.shape.join(", ");
  }
}
/** Rows of a table: index (...), i32, gives (..., dim). */
export class Embedding extends Table {
  constructor(count: number, dim: number, options: EmbeddingOptions = {}) {
    super(count, dim, options);
  }
  forward(index: Tensor): Tensor {
    return embedding(index, this.tableFor(index), this.call);
  }
}

export interface EmbeddingBagOptions extends EmbeddingOptions, Pick<EmbeddingBagCall, "mode" | "includeLastOffset"> {}
/**
 * Sum, mean or maximum of the rows of each bag: index (bags, size), or (n) with offsets (bags), gives (bags, dim).
 */
export class EmbeddingBag extends Table {
  readonly mode: "sum" | "mean" | "max";
  readonly includeLastOffset: boolean;

  constructor(count: number, dim: number, options: EmbeddingBagOptions = {}) {
    super(count, dim, options);
    this.mode = options.mode ?? "mean";
    this.includeLastOffset = options.includeLastOffset ?? false;
  }
  forward(index: Tensor, call: Pick<EmbeddingBagCall, "offsets" | "perSampleWeights"> = {}): Tensor {
    return embeddingBag(index, this.tableFor(index),
      { ...this.call, mode: this.mode, includeLastOffset: this.includeLastOffset, ...call });
  }
}
