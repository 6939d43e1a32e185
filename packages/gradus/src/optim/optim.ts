/** Optimizers and learning-rate schedules: the namespace `optim`. */
export { Optimizer, type ParameterGroup } from "./optimizer.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
export { Adam, AdamW, type AdamOptions } from "./adam.ts";
export { RMSprop, type RMSpropOptions } from "./rmsprop.ts";
export { clipGradNorm, clipGradValue, gradientNorm } from "./clip.ts";
export * from "./scheduler.ts";
