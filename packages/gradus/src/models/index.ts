import "../exec/setup.ts";

export { MLP, MLP_PRESETS, type MLPOptions } from "./mlp.ts";
export { LeNet5, LENET5_PRESETS, type LeNet5Options } from "./lenet5.ts";
export { WordMLP, WORD_MLP_PRESETS, type WordMLPOptions } from "./word-mlp.ts";
export { LSTMLanguageModel, LSTM_PRESETS, type LSTMLanguageModelOptions } from "./lstm-lm.ts";
export { BiLSTMCRF, BILSTM_CRF_PRESETS, type BiLSTMCRFOptions } from "./bilstm-crf.ts";
export { SentimentClassifier, SENTIMENT_PRESETS, type SentimentOptions } from "./sentiment.ts";
export { Forecaster, FORECASTER_PRESETS, type ForecasterOptions } from "./forecaster.ts";
export { Captioner, CAPTION_WORDS, CAPTIONER_PRESETS, type CaptionerOptions } from "./captioner.ts";
export { GPT, GPT_PRESETS, gptCheckpointName, type GPTOptions } from "./gpt.ts";
export {
  EfficientTransformer, EFFICIENT_TRANSFORMER_PRESETS, type AttentionKind, type EfficientTransformerOptions,
} from "./efficient-transformer.ts";
export { Llama, LLAMA_PRESETS, llamaCheckpointName, type LlamaOptions } from "./llama.ts";
export {
  BERT, BERTForPreTraining, BERT_PRESETS, bertCheckpointName, type BERTInputs, type BERTOptions,
} from "./bert.ts";
export { S4, S4Classifier, S4_PRESETS, type S4ClassifierOptions, type S4Options } from "./s4.ts";
export {
  LinearAttention, LINEAR_ATTENTION_PRESETS, type LinearAttentionModelOptions,
} from "./linear-attention.ts";
export { RetNet, RETNET_PRESETS, type RetNetOptions } from "./retnet.ts";
export { RWKV, RWKV_PRESETS, type RWKVOptions } from "./rwkv.ts";
export type { Mixer, MixingBlock, MixingLanguageModel, MixingOptions } from "./mixing.ts";
export { Mamba, MAMBA_PRESETS, mambaCheckpointName, type MambaOptions } from "./mamba.ts";
export { Mamba2, MAMBA2_PRESETS, type Mamba2Options } from "./mamba2.ts";
export { isRecurrent, type LanguageModel, type RecurrentLanguageModel } from "./language-model.ts";
export { sample, type SampleOptions } from "./sample.ts";
export { decoderOf, isDecoder, selectSequences, type Decoder, type DecoderStep } from "./decoder.ts";
export { controlScores, logSoftmax, type Controls } from "./generate/controls.ts";
export {
  beamSearch, type BeamNode, type BeamSearchOptions, type BeamSearchResult, type BeamSequence,
} from "./generate/beam-search.ts";
export {
  contrastiveSearch, type ContrastiveCandidate, type ContrastiveSearchOptions, type ContrastiveStep,
} from "./generate/contrastive-search.ts";
export { streamText, textUntil, type Decode, type StreamTextOptions } from "./generate/text.ts";
export { pick } from "./generate/pick.ts";
export { generate, type GenerateOptions, type GenerationStep, type Limits } from "./generate/generate.ts";
export {
  TranslationTransformer, TRANSLATION_TRANSFORMER_PRESETS, type TranslationTransformerOptions,
} from "./transformer.ts";
export { Seq2Seq, SEQ2SEQ_PRESETS, type Seq2SeqCall, type Seq2SeqOptions } from "./seq2seq.ts";
export { decoderFrom, type AlignedStep, type EncoderDecoder } from "./encoder-decoder.ts";
export { ResNet, RESNET_PRESETS, type ResNetOptions } from "./resnet.ts";
export { createModel, MODELS, type ModelEntry, type ModelRow } from "./registry.ts";
