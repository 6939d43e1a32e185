/** Modules and layers: the namespace `nn`. */
export { Module, type Layer } from "./module.ts";
export { type KeyReport } from "./state-dict.ts";
export { buffer, isBuffer, isParameter, parameter } from "./parameter.ts";
export { ModuleDict, ModuleList, Sequential } from "./container.ts";
export { Bilinear, Flatten, Identity, Linear } from "./linear.ts";
export { Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, type ConvLayerOptions } from "./conv.ts";
export { AdaptiveAvgPool1d, AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d } from "./pool.ts";
export { BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, RMSNorm } from "./norm.ts";
export { Dropout, Dropout2d } from "./dropout.ts";
export { Embedding } from "./embedding.ts";
export * from "./activation.ts";
export { GRU, LSTM, RNN, type RecurrentOptions } from "./recurrent.ts";
export { GRUCell, LSTMCell, RNNCell } from "./cells.ts";
export { MultiheadAttention, type MultiheadAttentionCall } from "./attention.ts";
export * as init from "./init.ts";
