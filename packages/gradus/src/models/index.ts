import "../exec/setup.ts";

export { MLP, MLP_PRESETS, type MLPOptions } from "./mlp.ts";
export { LeNet5, LENET5_PRESETS, type LeNet5Options } from "./lenet5.ts";
export { WordMLP, WORD_MLP_PRESETS, type WordMLPOptions } from "./word-mlp.ts";
export { LSTMLanguageModel, LSTM_PRESETS, type LSTMLanguageModelOptions } from "./lstm-lm.ts";
export { GPT, GPT_PRESETS, gptCheckpointName, type GPTOptions } from "./gpt.ts";
export { Llama, LLAMA_PRESETS, llamaCheckpointName, type LlamaOptions } from "./llama.ts";
export {
  BERT, BERTForPreTraining, BERT_PRESETS, bertCheckpointName, type BERTInputs, type BERTOptions,
} from "./bert.ts";
export { Mamba, MAMBA_PRESETS, mambaCheckpointName, type MambaOptions } from "./mamba.ts";
export { Mamba2, MAMBA2_PRESETS, type Mamba2Options } from "./mamba2.ts";
export { isRecurrent, type LanguageModel, type RecurrentLanguageModel } from "./language-model.ts";
export { pick, sample, type SampleOptions } from "./sample.ts";
export { createModel, MODELS, type ModelEntry, type ModelRow } from "./registry.ts";
