/** Functions of tensors that layers are made of, without parameters: the namespace `F`. */
export * from "./functional/activation.ts";
export * from "./functional/softmax.ts";
export * from "./functional/norm.ts";
export { batchNormInference, batchNormTraining } from "./functional/batch-norm.ts";
export * from "./functional/dropout.ts";
export * from "./functional/cross-entropy.ts";
export * from "./functional/loss.ts";
export * from "./functional/pool.ts";
export * from "./functional/attention.ts";
export * from "./functional/embedding.ts";
export * from "./functional/selective-scan.ts";
export type { Reduction } from "./functional/reduction.ts";
export { conv, conv as conv1d, conv as conv2d, conv as conv3d, convTranspose, linear } from "../ops/contract.ts";
export { oneHot } from "../ops/indexing.ts";
export { pad } from "../ops/movement.ts";
