import type { Module } from "../nn/module.ts";
import { UsageError } from "../vocab/errors.ts";
import type { BERTOptions } from "./bert.ts";
import type { BiLSTMCRFOptions } from "./bilstm-crf.ts";
import type { CaptionerOptions } from "./captioner.ts";
import type { EfficientTransformerOptions } from "./efficient-transformer.ts";
import type { ForecasterOptions } from "./forecaster.ts";
import type { GPTOptions } from "./gpt.ts";
import type { LeNet5Options } from "./lenet5.ts";
import type { LlamaOptions } from "./llama.ts";
import type { LinearAttentionModelOptions } from "./linear-attention.ts";
import type { LSTMLanguageModelOptions } from "./lstm-lm.ts";
import type { MambaOptions } from "./mamba.ts";
import type { Mamba2Options } from "./mamba2.ts";
import type { MLPOptions } from "./mlp.ts";
import type { ResNetOptions } from "./resnet.ts";
import type { RetNetOptions } from "./retnet.ts";
import type { RWKVOptions } from "./rwkv.ts";
import type { S4Options } from "./s4.ts";
import type { Seq2SeqOptions } from "./seq2seq.ts";
import type { TranslationTransformerOptions } from "./transformer.ts";
import type { SentimentOptions } from "./sentiment.ts";
import type { WordMLPOptions } from "./word-mlp.ts";

/** A model as the registry builds it. */
export interface ModelEntry {
  /** The options of each preset. */
  readonly presets: Readonly<Record<string, object>>;
  /** A new model with the options of a preset. */
  create(preset: string): Module;
  /** The name here of a tensor in published checkpoints, or null for one that is not needed. */
  readonly checkpointName?: (name: string) => string | null;
}
/** A row of the registry. What it names is loaded on demand. */
export interface ModelRow {
  readonly name: string;
  readonly title: string;
  /** What it is for and where it comes from, in one sentence. */
  readonly description: string;
  readonly task: "classification" | "language" | "encoding" | "translation" | "forecasting" | "captioning";
  /** How many numbers each preset learns, from the publication where there is one. */
  readonly parameters: Readonly<Record<string, number>>;
  load(): Promise<ModelEntry>;
}

/** An entry whose presets are the options that a model is made with. */
function entry<O extends object>(
  presets: Readonly<Record<string, O>>, make: (options: O) => Module, checkpointName?: ModelEntry["checkpointName"],
): ModelEntry {
  const create = (preset: string): Module => {
    if (!Object.hasOwn(presets, preset)) {
      throw new UsageError(`createModel: there is no preset "${preset}"; there are ${Object.keys(presets).join(", ")}`);
    }
    return make(presets[preset]);
  };
  return { presets, create, ...(checkpointName === undefined ? {} : { checkpointName }) };
}

/** Every model of the library. */
export const MODELS: readonly ModelRow[] = [
  {
    name: "mlp", title: "Multilayer perceptron", task: "classification",
    description: "Affine layers with a nonlinearity between them (Rumelhart et al. 1986), for digits and tables.",
    parameters: { digits: 2_410, mnist: 101_770 },
    load: async () => {
      const { MLP, MLP_PRESETS } = await import("./mlp.ts");
      return entry<MLPOptions>(MLP_PRESETS, (options) => new MLP(options));
    },
  },
  {
    name: "lenet5", title: "LeNet-5", task: "classification",
    description: "The first convolutional network in wide use (LeCun et al. 1998), for digits of 28x28 pixels.",
    parameters: { modern: 61_706, "1998": 61_706 },
    load: async () => {
      const { LeNet5, LENET5_PRESETS } = await import("./lenet5.ts");
      return entry<LeNet5Options>(LENET5_PRESETS, (options) => new LeNet5(options));
    },
  },
  {
    name: "resnet", title: "ResNet", task: "classification",
    description: "Convolutions with shortcuts past them (He et al. 2016), for pictures in colour.",
    parameters: {
      "resnet18-small": 11_173_962, resnet18: 11_689_512, resnet34: 21_797_672, resnet50: 25_557_032,
    },
    load: async () => {
      const { ResNet, RESNET_PRESETS } = await import("./resnet.ts");
      return entry<ResNetOptions>(RESNET_PRESETS, (options) => new ResNet(options));
    },
  },
  {
    name: "word-mlp", title: "Neural probabilistic language model", task: "language",
    description: "A hidden layer over the learned features of a few words (Bengio et al. 2003) that predicts the next.",
    parameters: { small: 84_136, brown: 2_158_273 },
    load: async () => {
      const { WordMLP, WORD_MLP_PRESETS } = await import("./word-mlp.ts");
      return entry<WordMLPOptions>(WORD_MLP_PRESETS, (options) => new WordMLP(options));
    },
  },
  {
    name: "lstm-lm", title: "LSTM language model", task: "language",
    description: "Long short-term memory (Hochreiter and Schmidhuber 1997) that predicts characters.",
    parameters: { small: 111_873 },
    load: async () => {
      const { LSTMLanguageModel, LSTM_PRESETS } = await import("./lstm-lm.ts");
      return entry<LSTMLanguageModelOptions>(LSTM_PRESETS, (options) => new LSTMLanguageModel(options));
    },
  },
  {
    name: "bilstm-crf", title: "BiLSTM-CRF", task: "encoding",
    description: "Tags of words by an LSTM in both directions and a conditional random field (Ma and Hovy 2016).",
    parameters: { small: 407_984, "ma-hovy": 40_557_090 },
    load: async () => {
      const { BiLSTMCRF, BILSTM_CRF_PRESETS } = await import("./bilstm-crf.ts");
      return entry<BiLSTMCRFOptions>(BILSTM_CRF_PRESETS, (options) => new BiLSTMCRF(options));
    },
  },
  {
    name: "sentiment", title: "Recurrent classifier of sentences", task: "encoding",
    description: "What a sentence says, pooled over what a recurrent network found at each word (Lai et al. 2015).",
    parameters: { small: 690_178, lstm: 706_818 },
    load: async () => {
      const { SentimentClassifier, SENTIMENT_PRESETS } = await import("./sentiment.ts");
      return entry<SentimentOptions>(SENTIMENT_PRESETS, (options) => new SentimentClassifier(options));
    },
  },
  {
    name: "forecaster", title: "Recurrent forecaster", task: "forecasting",
    description: "The next value of a series from a window on a scale of its own (Hochreiter and Schmidhuber 1997).",
    parameters: { small: 4_513, monthly: 4_513 },
    load: async () => {
      const { Forecaster, FORECASTER_PRESETS } = await import("./forecaster.ts");
      return entry<ForecasterOptions>(FORECASTER_PRESETS, (options) => new Forecaster(options));
    },
  },
  {
    name: "captioner", title: "Show and tell", task: "captioning",
    description: "A sentence about a picture: a convolutional encoder, a recurrent decoder (Vinyals et al. 2015).",
    parameters: { small: 164_816 },
    load: async () => {
      const { Captioner, CAPTIONER_PRESETS } = await import("./captioner.ts");
      return entry<CaptionerOptions>(CAPTIONER_PRESETS, (options) => new Captioner(options));
    },
  },
  {
    name: "gpt", title: "GPT-2", task: "language",
    description: "A Transformer decoder (Radford et al. 2019) that predicts the next token.",
    parameters: { small: 809_856, gpt2: 124_439_808 },
    load: async () => {
      const { GPT, GPT_PRESETS, gptCheckpointName } = await import("./gpt.ts");
      return entry<GPTOptions>(GPT_PRESETS, (options) => new GPT(options), gptCheckpointName);
    },
  },
  {
    name: "llama", title: "Llama", task: "language",
    description: "A Transformer decoder with rotary positions, gates and shared keys (Touvron et al. 2023).",
    parameters: { small: 746_752, "tinyllama-1.1b": 1_100_048_384, "llama-2-7b": 6_738_415_616 },
    load: async () => {
      const { Llama, LLAMA_PRESETS, llamaCheckpointName } = await import("./llama.ts");
      return entry<LlamaOptions>(LLAMA_PRESETS, (options) => new Llama(options), llamaCheckpointName);
    },
  },
  {
    name: "bert", title: "BERT", task: "encoding",
    description: "A Transformer encoder (Devlin et al. 2019) that reads a text in both directions.",
    parameters: { small: 949_376, "bert-base-uncased": 109_482_240, "bert-large-uncased": 335_141_888 },
    load: async () => {
      const { BERT, BERT_PRESETS, bertCheckpointName } = await import("./bert.ts");
      return entry<BERTOptions>(BERT_PRESETS, (options) => new BERT(options), bertCheckpointName);
    },
  },
  {
    name: "seq2seq", title: "Sequence to sequence", task: "translation",
    description: "Recurrent encoder and decoder, with attention (Bahdanau et al. 2015) or without, for translation.",
    parameters: { small: 1_354_368, none: 1_223_040 },
    load: async () => {
      const { Seq2Seq, SEQ2SEQ_PRESETS } = await import("./seq2seq.ts");
      return entry<Seq2SeqOptions>(SEQ2SEQ_PRESETS, (options) => new Seq2Seq(options));
    },
  },
  {
    name: "transformer", title: "Transformer", task: "translation",
    description: "An encoder and a decoder of attention alone (Vaswani et al. 2017), for translation.",
    parameters: { small: 1_047_040, base: 63_084_544, big: 214_249_472 },
    load: async () => {
      const { TranslationTransformer, TRANSLATION_TRANSFORMER_PRESETS } = await import("./transformer.ts");
      return entry<TranslationTransformerOptions>(
        TRANSLATION_TRANSFORMER_PRESETS, (options) => new TranslationTransformer(options));
    },
  },
  {
    name: "s4", title: "S4D", task: "language",
    description: "Diagonal state spaces that treat every input alike (Gu et al. 2022): a convolution, or a recurrence.",
    parameters: { small: 736_128 },
    load: async () => {
      const { S4, S4_PRESETS } = await import("./s4.ts");
      return entry<S4Options>(S4_PRESETS, (options) => new S4(options));
    },
  },
  {
    name: "linear-attention", title: "Linear Transformer", task: "language",
    description: "Attention without softmax (Katharopoulos et al. 2020), whose past is a matrix of fixed size.",
    parameters: { small: 801_664 },
    load: async () => {
      const { LinearAttention, LINEAR_ATTENTION_PRESETS } = await import("./linear-attention.ts");
      return entry<LinearAttentionModelOptions>(LINEAR_ATTENTION_PRESETS, (options) => new LinearAttention(options));
    },
  },
  {
    name: "retnet", title: "RetNet", task: "language",
    description: "Retention (Sun et al. 2023): linear attention whose heads forget at different speeds.",
    parameters: { small: 800_640 },
    load: async () => {
      const { RetNet, RETNET_PRESETS } = await import("./retnet.ts");
      return entry<RetNetOptions>(RETNET_PRESETS, (options) => new RetNet(options));
    },
  },
  {
    name: "rwkv", title: "RWKV-4", task: "language",
    description: "A recurrent network trained like a Transformer (Peng et al. 2023): decaying means of the past.",
    parameters: { small: 874_752, "rwkv-4-169m-pile": 169_342_464 },
    load: async () => {
      const { RWKV, RWKV_PRESETS } = await import("./rwkv.ts");
      return entry<RWKVOptions>(RWKV_PRESETS, (options) => new RWKV(options));
    },
  },
  {
    name: "efficient-transformer", title: "Efficient Transformer", task: "language",
    description: "A Transformer whose attention costs less than the square of the length: local, hashed, low-rank, ...",
    parameters: {
      local: 834_432, strided: 834_432, "big-bird": 834_432, performer: 834_432, reformer: 768_384,
      linformer: 899_968, full: 834_432,
    },
    load: async () => {
      const { EfficientTransformer, EFFICIENT_TRANSFORMER_PRESETS } = await import("./efficient-transformer.ts");
      return entry<EfficientTransformerOptions>(EFFICIENT_TRANSFORMER_PRESETS,
        (options) => new EfficientTransformer(options));
    },
  },
  {
    name: "mamba", title: "Mamba", task: "language",
    description: "Selective state spaces (Gu and Dao 2023) that predict the next token in time linear in the length.",
    parameters: { small: 824_704, "mamba-130m": 129_135_360 },
    load: async () => {
      const { Mamba, MAMBA_PRESETS, mambaCheckpointName } = await import("./mamba.ts");
      return entry<MambaOptions>(MAMBA_PRESETS, (options) => new Mamba(options), mambaCheckpointName);
    },
  },
  {
    name: "mamba2", title: "Mamba-2", task: "language",
    description: "State spaces as matrix products (Dao and Gu 2024): one decay per head, chunks of steps at once.",
    parameters: { small: 775_144, "mamba2-130m": 128_989_632 },
    load: async () => {
      const { mambaCheckpointName } = await import("./mamba.ts");
      const { Mamba2, MAMBA2_PRESETS } = await import("./mamba2.ts");
      return entry<Mamba2Options>(MAMBA2_PRESETS, (options) => new Mamba2(options), mambaCheckpointName);
    },
  },
];

/** A new model by name; the preset defaults to the first of its row. */
export async function createModel(name: string, preset?: string): Promise<Module> {
  const row = MODELS.find((model) => model.name === name);
  if (row === undefined) {
    const known = MODELS.map((model) => model.name).join(", ");
    throw new UsageError(`createModel: there is no "${name}"; models are ${known}`);
  }
  const found = await row.load();
  return found.create(preset ?? Object.keys(found.presets)[0]);
}
