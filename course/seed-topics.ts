/** The rest of what the course was founded on: plans, a map, a curriculum and further reading (see seeds.ts). */
import type { Answer, SeedItem } from "./seeds.ts";

/** What the twenty weeks ask the learner to do. */
export const ACTIVITIES: readonly SeedItem[] = [
  ["3: a bigram and a trigram model", "lab:bigram-model", "lab:trigram-add-k"],
  ["4: entropy by hand", "lab:entropy-by-hand"],
  ["4: cross-entropy in code", "lab:cross-entropy-and-kl"],
  ["5 and 6: small problems with matrices", "lab:small-matrices", "lab:power-iteration"],
  ["7: gradients of simple functions", "lab:derivatives"],
  ["7: descent in two dimensions, seen", "figure:descent", "lab:descent-step"],
  ["8 and 9: a network from nothing", "lab:mlp-from-nothing"],
  ["8 and 9: the gradient of softmax with cross-entropy", "lab:softmax-gradient"],
  ["11 and 12: attention from nothing", "lab:attention-from-nothing"],
  ["11 and 12: weights of attention on short sequences", "lab:list-recall", "figure:recall"],
  ["11 and 12: against a fixed context", "figure:recall", "lab:list-recall"],
  ["13 and 14: self-attention", "lab:multi-head", "figure:shuffle"],
  ["13 and 14: several heads", "lab:multi-head"],
  ["13 and 14: patterns of heads", "figure:two-heads", "figure:head-patterns"],
  ["13 and 14: with and without positions", "figure:two-heads", "lab:where-am-i"],
  ["15 and 16: a whole Transformer", "lab:whole-transformer", "lab:block-from-parts"],
  ["15 and 16: a small translation", "figure:alignment-map", "lab:whole-transformer", "concept:translation-project"],
  ["15 and 16: heads, layers and width", "lesson:translation", "quiz:translation/one-run"],
  ["15 and 16: what a trained model attends to", "figure:alignment-map", "figure:head-patterns",
    "quiz:bert/named-head"],
  ["17 and 18: fine-tune a classifier", "concept:fine-tuning", "concept:classification-project"],
  ["17 and 18: generate from prompts", "figure:which-tokens", "lab:nucleus-by-hand", "lab:ask-by-prompt"],
  ["17 and 18: encoder only, decoder only", "figure:who-sees-whom", "lab:encoder-or-decoder",
    "essay:bert/encoder-or-decoder"],
  ["17 and 18: prompts for tasks", "lab:ask-by-prompt", "figure:in-context", "concept:prompting"],
];
export const PROJECTS: readonly SeedItem[] = [
  ["10: the next word by counting and by a network", "concept:word-embeddings", "concept:word-prediction-project"],
  ["19 and 20: an application with a Transformer", "concept:question-answering-project", "concept:chat-project"],
];

const about = (title: string, ...ids: readonly [string, ...string[]]): SeedItem => {
  const [first, ...more] = ids.map((id): Answer => `concept:${id}`);
  return [title, first, ...more];
};

/** The topics of the five phases. */
export const PHASES: readonly (readonly SeedItem[])[] = [
  [about("perceptron", "perceptron", "threshold-unit"), about("a layer", "forward-propagation", "backpropagation"),
    about("deep networks", "multilayer-perceptron")],
  [about("recurrent unit", "recurrent-networks"), about("recurrent layer", "backpropagation-through-time"),
    about("recurrent networks", "lstm", "gru")],
  [about("convolution", "convolution"), about("convolutional layer", "padding-and-stride", "pooling"),
    about("convolutional network", "convolutional-networks")],
  [about("several heads", "multi-head-attention"), about("positions", "positional-encoding"),
    about("Transformer", "transformer")],
  [["why another architecture", "lesson:state-spaces", "figure:token-by-token", "quiz:mamba/kept"],
    ["selection", "figure:selective-copying", "lab:selective-scan", "essay:selection/what-is-selected"],
    ["one block", "figure:mamba-block", "lab:mamba-step", "quiz:mamba/attention-where"],
    ["linear time", "quiz:mamba/what-is-quadratic", "figure:scan-tree", "term:linear-time-model"],
    ["use", "figure:gene-regions", "figure:toy-fold", "lab:write-on", "essay:mamba-in-use/protein-claim"]],
];

/** The branches of the map, each with its topics. */
export const MAP: readonly (readonly SeedItem[])[] = [
  [about("perceptron", "perceptron"), about("activations", "activation-functions"), about("losses", "loss-functions"),
    about("optimizers", "adaptive-optimizers", "momentum")],
  [about("feed-forward networks", "multilayer-perceptron"), about("backpropagation", "backpropagation")],
  [about("convolution", "convolution"), about("layers", "pooling", "padding-and-stride"),
    about("architectures", "lenet-to-vgg", "inception", "residual-connections"),
    about("techniques", "transfer-learning", "augmentation")],
  [about("recurrent networks", "recurrent-networks"), about("LSTM", "lstm"), about("GRU", "gru"),
    ["both directions", "figure:both-readers", "lab:both-ways"]],
  [about("attention", "attention"), about("self-attention", "self-attention"), about("Transformer", "transformer"),
    ["variants", "quiz:bert/variants", "figure:who-sees-whom"]],
  [about("autoencoders", "autoencoders"), about("variational autoencoders", "variational-autoencoders"),
    about("adversarial networks", "adversarial-networks"), about("diffusion", "diffusion")],
  [about("graph networks", "graph-convolution", "message-passing"), about("architecture search", "architecture-search"),
    about("meta-learning", "meta-gradients")],
  [about("language models", "pretraining", "scaling-laws"), about("vision", "vision-foundation-models"),
    about("several senses", "multimodal-models")],
  [about("strategies", "curriculum-and-multi-task"), about("regularisation", "regularisation", "dropout"),
    about("optimizers of today", "advanced-optimizers"), about("schedules", "learning-rate-schedules")],
  [about("which model", "classical-models", "hyperparameter-tuning"), about("metrics", "metrics"),
    about("interpretation", "saliency", "shapley-values")],
  [about("efficiency", "quantization", "pruning", "distillation"), about("hardware", "mixed-precision")],
];

/** The sections of the curriculum: networks, convolution, recurrence, sequence to sequence. */
export const CURRICULUM: readonly (readonly SeedItem[])[] = [
  [about("biology", "biological-neuron"), about("history", "history-of-networks"),
    about("perceptrons", "perceptron", "multilayer-perceptron"), about("layers", "multilayer-perceptron"),
    about("activations", "activation-functions", "softmax"), about("forward", "forward-propagation"),
    about("losses", "loss-functions"), about("backward", "backpropagation"),
    about("kinds of descent", "stochastic-gradient-descent"), about("optimizers", "momentum", "adaptive-optimizers"),
    about("regularisation", "regularisation", "dropout", "early-stopping"),
    about("tuning", "hyperparameter-tuning"), about("vanishing and exploding", "vanishing-gradients"),
    about("first weights", "initialisation"), about("batch normalisation", "normalisation")],
  [about("why not an MLP", "images-as-tensors", "weight-sharing"), about("what it gains", "weight-sharing"),
    about("the operation", "convolution", "padding-and-stride"), about("activations", "activation-functions"),
    about("pooling", "pooling"), about("dense head", "convolutional-networks"), about("losses", "loss-functions"),
    about("architecture", "convolutional-networks"), about("scaling inputs", "preprocessing"),
    about("augmentation", "augmentation"), about("LeNet-5", "lenet-to-vgg"), about("AlexNet", "lenet-to-vgg"),
    about("VGG", "lenet-to-vgg"), about("GoogLeNet", "inception"), about("ResNet", "residual-connections"),
    about("MobileNets", "efficient-convolutions"), about("transfer", "transfer-learning"),
    about("detection before networks", "object-detection"), about("detection with networks", "object-detection"),
    about("fully convolutional", "segmentation"), about("U-Net", "u-net"), about("autoencoders", "autoencoders"),
    about("adversarial networks", "adversarial-networks")],
  [about("architecture", "recurrent-networks"), about("forward in time", "recurrent-networks"),
    about("back through time", "backpropagation-through-time"),
    about("trouble with training", "gradient-clipping", "vanishing-gradients"), about("LSTM", "lstm"),
    about("GRU", "gru"),
    ["several layers", "quiz:deep-recurrent/shape-of-two", "quiz:deep-recurrent/dropout-where"],
    ["both directions", "figure:both-readers", "lab:both-ways"],
    ["applications", "figure:tag-lattice", "lab:viterbi-by-hand", "figure:against-naive"]],
  [["encoder and decoder", "lesson:encoder-decoder", "figure:squeezed-message", "lab:shifted-targets",
    "lab:beam-search-by-hand"],
    about("attention", "additive-attention", "scaled-dot-product"), about("Transformer", "transformer"),
    ["families", "lesson:bert", "lesson:gpt", "quiz:bert/variants"], about("fine-tuning", "fine-tuning"),
    about("pre-training", "pretraining", "self-supervision"),
    ["efficiency", "lesson:long-context", "figure:cost-of-length", "figure:sparse-patterns",
      "quiz:long-context/which-family"],
    about("applications", "question-answering-project", "translation-project")],
];

/** Further reading, watching and code, each as resources.yaml has it. */
const listed = (...ids: readonly string[]): readonly SeedItem[] => ids.map((id) => [id, `resource:${id}`]);
export const RESOURCES: readonly SeedItem[] = [
  // One film for each lecture; where an address led elsewhere, the series it came from.
  ...Array.from({ length: 9 }, (_, i): SeedItem => [`film of lecture ${i + 1}`, "resource:three-blue-one-brown"]),
  ...listed("goodfellow-book", "vaswani-2017", "resnet-paper", "gan-paper", "gcn-paper", "cs231n", "cs224n", "fast-ai",
    "pytorch-examples", "tensorflow-models", "transformers-library", "pytorch", "tensorflow", "jax",
    "hugging-face-hub"),
  // Weeks 1 and 2.
  ...["conditional probability", "Bayes’ rule", "naive Bayes", "Gaussian naive Bayes"].map((title): SeedItem =>
    [title, "resource:statquest"]),
  ["Bayes’ theorem as geometry", "resource:three-blue-one-brown"],
  ...listed("khan-academy", "jurafsky-martin"),
  // Weeks 3 to 9.
  ...listed("illustrated-transformer", "happy-llm"), ["notebook on n-grams", "lab:bigram-model"],
  ["entropy, on film", "resource:three-blue-one-brown"], ["first lecture of CS224n", "resource:cs224n"],
  ["linear algebra, on film", "resource:three-blue-one-brown"], ...listed("cs229-algebra"),
  ["multivariable calculus", "resource:khan-academy"], ["descent, on film", "figure:descent"],
  ...listed("nielsen-book"), ["lecture of CS231n on backpropagation", "resource:cs231n"],
  // Weeks 13 to 18.
  ...listed("weng-attention", "annotated-transformer"), ["the paper of 2017", "resource:vaswani-2017"],
  ...listed("zero-to-hero", "transformer-explainer", "bertviz", "devlin-2019", "radford-2019", "brown-2020",
    "hugging-face-course"),
  ["pre-training in CS224n", "resource:cs224n"],
];
