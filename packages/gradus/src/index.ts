import "./exec/setup.ts";

export { Tensor, type TensorMethods } from "./tensor/tensor.ts";
export * from "./tensor/create.ts";
export { Generator, defaultGenerator, manualSeed, rand, randn, randint, randperm, bernoulli } from "./tensor/random.ts";
export { backward, detach, grad, noGrad, scope } from "./tensor/gradient.ts";
export { vmap, type InAxes, type VmapOptions } from "./tensor/vmap.ts";
export { full, zeros, ones, zerosLike, onesLike, constant } from "./ops/create.ts";
export * from "./ops/elementwise.ts";
export * from "./ops/movement.ts";
export * from "./ops/reduce.ts";
export * from "./ops/indexing.ts";
export * from "./ops/contract.ts";
export * from "./ops/special.ts";
export { scan, recurrence, cumsum } from "./ops/loop.ts";
export { assign } from "./exec/state.ts";
export { compile, type CompileOptions, type Compiled } from "./exec/compile.ts";
export { tap } from "./exec/trace.ts";
export { setBackend, currentBackend, useBackend, type BackendName, type BackendOptions } from "./runtime/registry.ts";
export type { Backend, KernelBackend, GraphBackend, Target } from "./runtime/backend.ts";
export { memoryReport } from "./runtime/storage.ts";
export { createReferenceBackend } from "./backends/reference/index.ts";
export { createWasmBackend } from "./backends/wasm/index.ts";
export * as nn from "./nn/nn.ts";
export * as F from "./nn/functional.ts";
export * as distributions from "./distributions/distributions.ts";
export * as optim from "./optim/optim.ts";
export * as metrics from "./metrics/metrics.ts";
export * as linalg from "./linalg/linalg.ts";
export * as classical from "./classical/classical.ts";
export * as training from "./train/training.ts";
export * as tune from "./tune/tune.ts";
export { Module } from "./nn/module.ts";
export { buffer, parameter } from "./nn/parameter.ts";
export { gradcheck, type GradcheckOptions, type TensorFunction } from "./autograd/gradcheck.ts";
export { explain, type Explanation, type ExplainOptions, type KernelExplanation } from "./explain/explain.ts";
export type { BufferExplanation, MemoryPlan } from "./explain/memory.ts";
export type { CallExplanation, PhaseExplanation } from "./explain/phases.ts";
export type { GroupExplanation } from "./explain/schedule.ts";
export { formatExplanation, type FormatOptions } from "./explain/format.ts";
export { printKernel } from "./explain/kernel.ts";
export { formatSummary, summary, type ModelSummary, type SummaryRow } from "./explain/summary.ts";
export type { LayerCost } from "./explain/cost.ts";
export {
  BackendError, DataError, DTypeError, GradusError, IndexError, MemoryError, NonFiniteError, ShapeError, UsageError,
} from "./vocab/errors.ts";
export type { DType, TypedArray } from "./vocab/dtype.ts";
export type { Shape } from "./vocab/shape.ts";
export { RandomStream } from "./vocab/random.ts";
export {
  loadNpy, loadNpz, loadPt, loadSafetensors, saveNpy, saveNpz, saveSafetensors, tensorForFile, tensorFromFile,
} from "./interop/tensors.ts";
export {
  readSafetensors, writeSafetensors, type SafeDType, type SafeFile, type SafeTensor,
} from "./interop/safetensors.ts";
export { readShardIndex, shardFiles, type ShardOptions } from "./interop/shards.ts";
export { readNpy, writeNpy } from "./interop/npy.ts";
export { readNpz, writeNpz } from "./interop/npz.ts";
export { readPt, type PtFile, type PtValue } from "./interop/pytorch.ts";
export { exportOnnx, type OnnxOptions } from "./interop/onnx/export.ts";
