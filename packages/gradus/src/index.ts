import "./exec/setup.ts";

export { Tensor, type TensorMethods } from "./tensor/tensor.ts";
export * from "./tensor/create.ts";
export { Generator, defaultGenerator, manualSeed, rand, randn, randint, randperm, bernoulli } from "./tensor/random.ts";
export { backward, detach, grad, noGrad, scope } from "./tensor/gradient.ts";
export { full, zeros, ones, zerosLike, onesLike, constant } from "./ops/create.ts";
export * from "./ops/elementwise.ts";
export * from "./ops/movement.ts";
export * from "./ops/reduce.ts";
export * from "./ops/indexing.ts";
export * from "./ops/contract.ts";
export { scan, recurrence, cumsum } from "./ops/loop.ts";
export { assign } from "./exec/state.ts";
export { tap } from "./exec/trace.ts";
export { setBackend, currentBackend } from "./runtime/registry.ts";
export { memoryReport } from "./runtime/storage.ts";
export { createReferenceBackend } from "./backends/reference/index.ts";
