import type { Module } from "../nn/module.ts";
import { UsageError } from "../vocab/errors.ts";
import type { BERTOptions } from "./bert.ts";
import type { GPTOptions } from "./gpt.ts";
import type { LeNet5Options } from "./lenet5.ts";
import type { LlamaOptions } from "./llama.ts";
import type { LSTMLanguageModelOptions } from "./lstm-lm.ts";
import type { MambaOptions } from "./mamba.ts";
import type { Mamba2Options } from "./mamba2.ts";
import type { MLPOptions } from "./mlp.ts";
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
  readonly task: "classification" | "language" | "encoding";
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
