/** Measures of models: the namespace `metrics`. Functions take the truth first, then what was predicted. */
export * from "./classification.ts";
export * from "./curves.ts";
export * from "./regression.ts";
export { characterErrorRate, editDistance, wordErrorRate } from "./distance.ts";
export * from "./entities.ts";
export * from "./translation.ts";
export * from "./text.ts";
export * from "./retrieval.ts";
export * from "./generation.ts";
export * from "./detection.ts";
export * from "./clustering.ts";
export { Metric, MeanMetric } from "./streaming.ts";
export type { Rows, Values } from "./input.ts";
