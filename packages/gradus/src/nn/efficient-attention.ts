import { assign } from "../exec/state.ts";
import { narrow } from "../ops/movement.ts";
import type { RandomOptions } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ShapeError, UsageError } from "../vocab/errors.ts";
import { lowRankAttention } from "./functional/low-rank-attention.ts";
import { lshAttention } from "./functional/lsh-attention.ts";
import { orthogonalFeatures, randomFeatureAttention } from "./functional/random-feature-attention.ts";
import { normal } from "./init.ts";
import { Module } from "./module.ts";
import { buffer, parameter } from "./parameter.ts";

export interface LinformerAttentionOptions {
  /** The longest sequence. */
  readonly length: number;
  /** How many rows keys and values are mixed into: r. */
  readonly rank: number;
  /** Keys and values share one projection. */
  readonly share?: boolean;
}
/**
 * Attention to r mixtures of keys and of values, learned: see `lowRankAttention`. A shorter sequence uses the first
 * columns of E and F. Wang et al. 2020.
 */
export class LinformerAttention extends Module {
  readonly E: Tensor;
  readonly F: Tensor | null;

  constructor({ length, rank, share = false }: LinformerAttentionOptions) {
    super();
    const draw = (): Tensor => parameter(normal([rank, length], 0, 1 / Math.sqrt(length)));
    this.E = draw();
    this.F = share ? null : draw();
  }
  /** q (..., T, d), k (..., S, d), v (..., S, e), result (..., T, e). */
  forward(q: Tensor, k: Tensor, v: Tensor): Tensor {
    const S = k.shape[k.shape.length - 2], length = this.E.shape[1];
    if (S > length) throw new ShapeError(`LinformerAttention: ${S} positions are more than its length of ${length}`);
    const cut = (projection: Tensor): Tensor => narrow(projection, 1, 0, S);
    return lowRankAttention(q, k, v, cut(this.E), cut(this.F ?? this.E));
  }
  protected override describe(): string {
    return `length=${this.E.shape[1]}, rank=${this.E.shape[0]}`;
  }
}

export interface PerformerAttentionOptions extends RandomOptions {
  /** Random features: m (default 2 d ln d, rounded up). */
  readonly features?: number;
  /** Position i sees positions up to i only. */
  readonly causal?: boolean;
}
/** Softmax attention by random features, for vectors of d numbers: see `randomFeatureAttention`. Choromanski 2021. */
export class PerformerAttention extends Module {
  readonly projection: Tensor;
  readonly causal: boolean;

  constructor(d: number, options: PerformerAttentionOptions = {}) {
    super();
    const { features = Math.ceil(2 * d * Math.log(d)) } = options;
    this.projection = buffer(orthogonalFeatures(features, d, options));
    this.causal = options.causal ?? false;
  }
  /** q and k (..., T, d), v (..., T, e), result (..., T, e). */
  forward(q: Tensor, k: Tensor, v: Tensor): Tensor {
    return randomFeatureAttention(q, k, v, this.projection, { causal: this.causal });
  }
  /** Draws other features: what was learned should not depend on which. */
  redraw(options: RandomOptions = {}): void {
    const [m, d] = this.projection.shape;
    assign(this.projection, orthogonalFeatures(m, d, options));
  }
  protected override describe(): string {
    return `features=${this.projection.shape[0]}, causal=${this.causal}`;
  }
}

export interface LSHAttentionOptions extends RandomOptions {
  /** Buckets of each round, an even number. */
  readonly buckets: number;
  /** How often the sequence is hashed (default 2). */
  readonly rounds?: number;
  /** Positions of a chunk. */
  readonly chunk: number;
  /** Position i sees positions up to i only. */
  readonly causal?: boolean;
}
/** Attention among vectors of d numbers that hash alike: see `lshAttention`. Kitaev et al. 2020. */
export class LSHAttention extends Module {
  readonly rotations: Tensor;
  readonly chunk: number;
  readonly causal: boolean;

  constructor(d: number, options: LSHAttentionOptions) {
    super();
    const { buckets, rounds = 2, chunk, causal = false } = options;
    if (buckets < 2 || buckets % 2 !== 0) {
      throw new UsageError(`LSHAttention: ${buckets} buckets; each direction and its opposite make two, so use an ` +
        "even number from 2 on");
    }
    this.rotations = buffer(normal([rounds, d, buckets / 2], 0, 1, options));
    this.chunk = chunk;
    this.causal = causal;
  }
  /** Queries that are also keys (..., T, d), v (..., T, e), result (..., T, e). */
  forward(qk: Tensor, v: Tensor): Tensor {
    return lshAttention(qk, v, this.rotations, { chunk: this.chunk, causal: this.causal });
  }
  /** Draws other hash functions. */
  redraw(options: RandomOptions = {}): void {
    assign(this.rotations, normal(this.rotations.shape, 0, 1, options));
  }
  protected override describe(): string {
    const [rounds, , half] = this.rotations.shape;
    return `buckets=${2 * half}, rounds=${rounds}, chunk=${this.chunk}, causal=${this.causal}`;
  }
}
