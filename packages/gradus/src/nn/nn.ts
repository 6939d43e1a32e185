/** Modules and layers: the namespace `nn`. */
export { Module, type Layer } from "./module.ts";
export type { BackwardHook, ForwardHook, ForwardPreHook, Gradients, HookHandle } from "./hooks.ts";
export { type KeyReport } from "./state-dict.ts";
export { buffer, isBuffer, isParameter, isPersistent, parameter, type BufferOptions } from "./parameter.ts";
export { ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential } from "./container.ts";
export {
  isParametrized, Parametrization, ParametrizationList, registerParametrization, removeParametrizations,
} from "./parametrize.ts";
export { quantizeWeights, type MatrixLayer } from "./quantize.ts";
export { spectralNorm, weightNorm, type SpectralNormOptions } from "./parametrizations.ts";
export { Bilinear, Flatten, Identity, Linear } from "./linear.ts";
export * from "./conv.ts";
export * from "./pad.ts";
export * from "./resample.ts";
export * from "./distance.ts";
export * from "./gated.ts";
export * from "./pool.ts";
export * from "./norm.ts";
export * from "./running-norm.ts";
export * from "./dropout.ts";
export { Embedding, EmbeddingBag, type EmbeddingOptions, type EmbeddingBagOptions } from "./embedding.ts";
export * from "./activation.ts";
export {
  GRU, LSTM, RNN, type GRUForm, type LSTMOptions, type RecurrentOptions, type RNNOptions,
} from "./recurrent.ts";
export * from "./sequence.ts";
export { CRF } from "./crf.ts";
export { MaskedSequence } from "./masked-sequence.ts";
export { Alignment, ALIGNMENT_FORMS, type AlignmentForm } from "./alignment.ts";
export { GRUCell, LSTMCell, RNNCell } from "./cells.ts";
export { MultiheadAttention, type MultiheadAttentionCall, type MultiheadAttentionOptions } from "./attention.ts";
export * from "./efficient-attention.ts";
export { ReversibleBlock, ReversibleSequence } from "./reversible.ts";
export * from "./transformer.ts";
export * from "./loss.ts";
export { AdaptiveLogSoftmaxWithLoss, type AdaptiveLogSoftmaxOptions } from "./adaptive-softmax.ts";
export * as init from "./init.ts";
