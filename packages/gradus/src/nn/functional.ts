/** Functions of tensors that layers are made of, without parameters: the namespace `F`. */
export * from "./functional/activation.ts";
export * from "./functional/softmax.ts";
export * from "./functional/log-sum.ts";
export { gumbelSoftmax, type GumbelSoftmaxOptions } from "./functional/gumbel.ts";
export * from "./functional/norm.ts";
export { batchNormInference, batchNormTraining, instanceNormTraining } from "./functional/batch-norm.ts";
export * from "./functional/dropout.ts";
export * from "./functional/cross-entropy.ts";
export * from "./functional/loss.ts";
export { bceWithLogits as binaryCrossEntropyWithLogits } from "./functional/loss.ts";
export * from "./functional/margin.ts";
export * from "./functional/contrastive.ts";
export * from "./functional/unbalanced.ts";
export * from "./functional/ctc.ts";
export * from "./functional/pool.ts";
export * from "./functional/adaptive-pool.ts";
export {
  conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d,
  type ConvolutionOptions, type ConvTransposeOptions,
} from "./functional/conv.ts";
export { pad, type PadMode, type PadOptions } from "./functional/pad.ts";
export * from "./functional/interpolate.ts";
export * from "./functional/grid.ts";
export * from "./functional/rearrange.ts";
export { cosineSimilarity, normalize, pairwiseDistance, type PairwiseDistanceOptions } from "./functional/distance.ts";
export { scaledDotProductAttention } from "./functional/attention.ts";
export { attentionWeights, type AttentionOptions } from "./functional/dense-attention.ts";
export { chunkedAttention, type ChunkedAttentionOptions } from "./functional/chunked-attention.ts";
export { localAttention, localMask, type LocalAttentionOptions } from "./functional/local-attention.ts";
export { stridedAttention, stridedMask, type StridedAttentionOptions } from "./functional/strided-attention.ts";
export * from "./functional/block-sparse-attention.ts";
export { lowRankAttention } from "./functional/low-rank-attention.ts";
export * from "./functional/random-feature-attention.ts";
export { lshAttention, lshBuckets, type LshAttentionOptions } from "./functional/lsh-attention.ts";
export type { SparseAttentionOptions } from "./functional/attention-blocks.ts";
export { cachedAttention, type KeyValueCache } from "./functional/cached-attention.ts";
export * from "./functional/positions.ts";
export * from "./functional/embedding.ts";
export { bilinear } from "./functional/bilinear.ts";
export * from "./functional/selective-scan.ts";
export * from "./functional/state-space-duality.ts";
export * from "./functional/state-space.ts";
export * from "./functional/linear-attention.ts";
export * from "./functional/wkv.ts";
export type { Reduction } from "./functional/reduction.ts";
export { linear } from "../ops/contract.ts";
export { oneHot } from "../ops/indexing.ts";
